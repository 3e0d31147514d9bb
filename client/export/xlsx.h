/* xlsx.h: a workbook being written.  Floor 2, private to xlsx*.c, noun: xlsx. */
#ifndef CLIENT_EXPORT_XLSX_H
#define CLIENT_EXPORT_XLSX_H

#include <xlsxwriter.h>

#include "client/export/export.h"

/* A text that no cell holds: Excel stops at 32,767 letters. */
struct hw_xlsx_long {
    const char *sheet, *id, *field, *text; /* the export's arena */
};
struct hw_xlsx {
    struct hw_export *export;
    lxw_workbook *book;
    lxw_format *head, *text, *typed, *number, *day, *grey; /* typed: stays text whatever is typed into it */
    struct hw_sheet_names names;
    struct hw_xlsx_long *longs; /* heap */
    size_t longs_n;
};

/* xlsx_sheet.c: one sheet with the records from `record` on, all of one kind. `extra` (ends with NULL) are keys of
 * the rows that are no fields and become columns before `base`. */
HW_MUST_USE enum hw_status hw_xlsx_sheet(struct hw_xlsx *xlsx, const char *name, const struct hw_export_record *record,
                                         size_t n, const char *const *extra, struct hw_err *err);
/* The sheet with the long texts, in pieces. */
HW_MUST_USE enum hw_status hw_xlsx_longs(struct hw_xlsx *xlsx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_xlsx_check(lxw_error error, struct hw_err *err);

#endif
