/* package.h: the parts of a workbook or document: a zip file of XML.  Floor 2, noun: import package. */
#ifndef CLIENT_IMPORT_PACKAGE_H
#define CLIENT_IMPORT_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/import/book.h"
#include "client/import/xml.h"

struct zip;

struct hw_import_part {
    const char *name;      /* "xl/workbook.xml": no slash before it */
    uint64_t nth;          /* in the zip file */
    uint64_t packed;       /* bytes there */
    struct hw_slice bytes; /* of a package without a zip file */
};
struct hw_import_package {
    struct hw_arena *arena;
    struct zip *zip;              /* NULL: the parts lie in memory (tests) */
    struct hw_import_part *parts; /* by name, letters of either case alike */
    size_t n;
    size_t unpacked; /* bytes of all parts read so far */
};
/* Looks at the zip file; `bytes` stay until it is closed. Errors: LIMIT, CORRUPT. */
HW_MUST_USE enum hw_status hw_import_package_open(struct hw_import_package *package, struct hw_slice bytes,
                                                  struct hw_arena *arena, struct hw_err *err);
/* Puts parts that lie in memory into order. Errors: CORRUPT (two of one name). */
HW_MUST_USE enum hw_status hw_import_package_sort(struct hw_import_package *package, struct hw_err *err);
void hw_import_package_close(struct hw_import_package *package);
const struct hw_import_part *hw_import_package_part(const struct hw_import_package *package, const char *name);
/* Runs a part through `xml`, which is begun and ended here. Errors: LIMIT,
 * CORRUPT, USAGE and those of its functions. */
HW_MUST_USE enum hw_status hw_import_package_read(struct hw_import_package *package, const struct hw_import_part *part,
                                                  struct hw_import_xml *xml, struct hw_err *err);

/* What one part says about others. */
struct hw_import_relation {
    const char *id;     /* "rId3" */
    const char *type;   /* its last word: "worksheet", "hyperlink" */
    const char *target; /* the name of a part, or an address when outside */
    bool outside;
};
struct hw_import_relations {
    struct hw_import_relation *p; /* by id */
    size_t n, cap;
};
/* Of a part, or of the package when `part` is "". None when it says nothing. */
HW_MUST_USE enum hw_status hw_import_relations_read(struct hw_import_package *package, const char *part,
                                                    struct hw_import_relations *relations, struct hw_err *err);
const struct hw_import_relation *hw_import_relation_id(const struct hw_import_relations *relations, const char *id);
/* The first part of a type that is there, or NULL. */
const struct hw_import_part *hw_import_relation_part(const struct hw_import_package *package,
                                                     const struct hw_import_relations *relations, const char *type);

/* The readers behind it. */
HW_MUST_USE enum hw_status hw_import_zip_read(struct hw_slice bytes, struct hw_import_book *book, struct hw_err *err);
HW_MUST_USE enum hw_status hw_import_package_book(struct hw_import_package *package, struct hw_import_book *book,
                                                  struct hw_err *err);
HW_MUST_USE enum hw_status hw_import_workbook_read(struct hw_import_package *package, const struct hw_import_part *part,
                                                   struct hw_import_book *book, struct hw_err *err);
HW_MUST_USE enum hw_status hw_import_document_read(struct hw_import_package *package, const struct hw_import_part *part,
                                                   struct hw_import_book *book, struct hw_err *err);

#endif
