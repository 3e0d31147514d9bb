/* separated.c: csv and tsv, one row a record (floor 2, noun: separated table).
 * With a byte order mark, so that Excel reads Cyrillic and Arabic; cells that a
 * spreadsheet would take for a formula get a ' in front, which an import of the
 * file takes off again (hw_csv_unguard). */
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"
#include "client/out.h"

enum hw_status hw_export_separated(struct hw_export *export, const struct hw_kind *kind, char separator, FILE *to,
                                   struct hw_err *err)
{
    struct hw_export_columns columns;
    struct hw_export_cell cells[HW_EXPORT_COLUMNS_MAX];
    const char *texts[HW_EXPORT_COLUMNS_MAX + 1];
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    enum hw_status status = hw_export_columns(export, kind, &columns, err);
    if (status != HW_OK)
        return status;
    for (size_t i = 0; i < columns.n; i++)
        texts[i] = columns.column[i].name;
    texts[columns.n] = "base";
    hw_csv_start(to);
    hw_csv_cells(to, texts, columns.n + columns.base, separator);
    for (size_t r = 0; r < export->records.n; r++) {
        const struct hw_export_record *record = &export->records.record[r];
        if (record->kind != kind)
            continue;
        json_t *row = hw_export_row(record);
        hw_arena_reset(&arena);
        for (size_t i = 0; i < columns.n; i++) {
            cells[i] = hw_export_cell(export, kind, &columns.column[i], row, false, &arena);
            texts[i] = cells[i].text;
        }
        texts[columns.n] = hw_export_base(&columns, cells, &arena);
        hw_csv_cells(to, texts, columns.n + columns.base, separator);
        json_decref(row);
    }
    return HW_OK;
}
