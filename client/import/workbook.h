/* workbook.h: what the parts of a workbook share.  Floor 2, noun: import workbook. */
#ifndef CLIENT_IMPORT_WORKBOOK_H
#define CLIENT_IMPORT_WORKBOOK_H

#include "client/import/format.h"
#include "client/import/package.h"
#include "client/import/run.h"

struct hw_import_workbook {
    struct hw_import_package *package;
    struct hw_import_book *book;
    struct hw_slice *strings; /* the shared ones; the array is heap, the texts are the arena's */
    size_t strings_n, strings_cap;
    struct hw_import_format *formats; /* by the style number of a cell */
    size_t formats_n, formats_cap;
    bool since1904;
    size_t lines, cells; /* of all sheets so far */
};
/* Errors of all: LIMIT, CORRUPT, USAGE. */
HW_MUST_USE enum hw_status hw_import_strings_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                                  struct hw_err *err);
HW_MUST_USE enum hw_status hw_import_styles_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                                 struct hw_err *err);

/* Control characters of a text as Excel writes them; CR is dropped. */
void hw_import_unescape(struct hw_import_run *run);

/* What belongs to a row of a sheet and is in none of its cells. */
struct hw_import_aside {
    uint32_t line, column;
    const char *text; /* "note on B3 by Aigul: ask again" */
};
/* A merged range of more than one line. Columns count from 0, lines from 1. */
struct hw_import_merge {
    uint32_t first, last;
    uint32_t column;
};
struct hw_import_sheet {
    struct hw_import_workbook *workbook;
    const char *name;
    const char *part; /* its name */
    struct hw_import_relations relations;
    struct hw_import_aside *asides; /* arena */
    size_t asides_n, asides_cap;
    struct hw_import_merge *merges; /* arena */
    size_t merges_n, merges_cap;
    /* What is not shown on the screen. */
    uint32_t hidden_rows, hidden_row, hidden_column; /* how many; the first of them; 0 none */
};
void hw_import_sheet_aside(struct hw_import_sheet *sheet, uint32_t line, uint32_t column, const char *text);
/* "AB12" to line 12 and column 27; false when it is none. `rest` is what follows. */
bool hw_import_place_read(const char *ref, uint32_t *line, uint32_t *column, const char **rest);
/* The other way; arena string. */
const char *hw_import_place_name(struct hw_arena *arena, uint32_t line, uint32_t column);
/* One sheet becomes a table, when it holds anything. */
HW_MUST_USE enum hw_status hw_import_sheet_read(struct hw_import_workbook *workbook, const struct hw_import_part *part,
                                                const char *name, struct hw_err *err);
/* The remarks that people have pinned to cells: "comments" and "threadedComment". */
HW_MUST_USE enum hw_status hw_import_remarks_read(struct hw_import_sheet *sheet, struct hw_err *err);
/* Puts the asides and what merged cells say into the lines of the table. Errors: LIMIT. */
HW_MUST_USE enum hw_status hw_import_sheet_finish(struct hw_import_sheet *sheet, struct hw_import_table *table,
                                                  struct hw_err *err);

#endif
