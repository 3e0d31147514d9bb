/* office.c: which office program's file a zip file is.
 * Floor 2, noun: import package.  The package says which of its parts is the main one,
 * and that part's folder what it is. */
#include <string.h>
#include <strings.h>

#include "client/import/package.h"

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcasecmp(name + n - m, end) == 0;
}

enum hw_status hw_import_package_book(struct hw_import_package *package, struct hw_import_book *book, struct hw_err *err)
{
    struct hw_import_relations relations;
    if (hw_import_relations_read(package, "", &relations, err) != HW_OK)
        return err->status;
    const struct hw_import_part *part = hw_import_relation_part(package, &relations, "officeDocument");
    if (part != NULL && ends_in(part->name, ".bin"))
        return hw_fail(err, HW_USAGE, "this is a binary workbook (.xlsb); save it as .xlsx and import that");
    if (part != NULL && strncasecmp(part->name, "xl/", 3) == 0)
        return hw_import_workbook_read(package, part, book, err);
    if (part != NULL && strncasecmp(part->name, "word/", 5) == 0)
        return hw_import_document_read(package, part, book, err);
    if (hw_import_package_part(package, "content.xml") != NULL)
        return hw_fail(err, HW_USAGE, "this is an OpenDocument file; save it as .xlsx or .docx and import that");
    if (part != NULL && strncasecmp(part->name, "ppt/", 4) == 0)
        return hw_fail(err, HW_USAGE, "this is a presentation; save its tables as .xlsx or .docx and import that");
    return hw_fail(err, HW_USAGE, "this zip file is no workbook and no document; unpack it and import what is in it");
}

enum hw_status hw_import_zip_read(struct hw_slice bytes, struct hw_import_book *book, struct hw_err *err)
{
    HW_CLEANUP(hw_import_package_close) struct hw_import_package package = {.arena = book->arena};
    if (hw_import_package_open(&package, bytes, book->arena, err) != HW_OK)
        return err->status;
    return hw_import_package_book(&package, book, err);
}
