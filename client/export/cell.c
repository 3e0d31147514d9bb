/* cell.c: a field of a record as the cell of a table, and the hash of what an
 * import reads in that cell again (floor 2, noun: export cell). */
#include <stdlib.h>
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"
#include "client/import/cell.h"
#include "client/import/text.h"
#include "headway/base.h"
#include "headway/when.h"

enum {
    PARTS_MAX = 512, /* elements of a set: twice the operations of an event */
    EDTF_DAY = 10    /* 2016-12-31, without ~ or ? */
};

static bool day_of(const char *text, int32_t *day)
{
    int32_t last;
    return strlen(text) == EDTF_DAY && hw_when_bounds(hw_slice_text(text), day, &last) && *day == last;
}

bool hw_export_day(const json_t *time, int32_t *day)
{
    return day_of(hw_doc_text(time, "edtf"), day);
}

bool hw_export_latest(const json_t *time, int32_t *day)
{
    return day_of(hw_doc_text(time, "latest"), day);
}

const char *hw_export_stamp(const char *time, struct hw_arena *arena)
{
    /* 2016-11-22T10:15:00.123Z */
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? time[i] < '0' || time[i] > '9' : time[i] != shape[i])
            return "";
    return hw_arena_printf(arena, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", time, time + 5, time + 8, time + 11, time + 14,
                           time + 17);
}

const char *hw_export_join(const json_t *list, struct hw_arena *arena)
{
    const char *text = "";
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const char *next = hw_doc_line(arena, item, NULL);
        text = i ? hw_arena_printf(arena, "%s; %s", text, next) : next; /* names hold commas */
    }
    return text;
}

struct hw_export_cell hw_export_cell(const struct hw_export *export, const struct hw_kind *kind,
                                     const struct hw_export_column *column, const json_t *row, bool days,
                                     struct hw_arena *arena)
{
    struct hw_export_cell cell = {.text = "", .form = HW_EXPORT_TEXT};
    const struct hw_field *field = column->field;
    const json_t *value = json_object_get(row, field ? hw_export_key(kind, field, arena) : column->name);
    int32_t day;
    if (json_is_array(value)) {
        cell.text = hw_export_join(value, arena);
    } else if (json_is_integer(value)) {
        cell.form = HW_EXPORT_NUMBER;
        cell.number = json_integer_value(value);
        cell.text = hw_doc_line(arena, value, NULL);
    } else if (field && field->ref_kind == HW_KIND_PLAN && json_is_string(value)) {
        cell.text = hw_export_plan_name(export, json_string_value(value));
    } else if (days && json_is_object(value) && hw_export_day(value, &day)) {
        char text[16];
        hw_day_print(day, text);
        cell = (struct hw_export_cell){hw_arena_text(arena, text, strlen(text)), HW_EXPORT_DAY, day};
    } else {
        cell.text = hw_doc_line(arena, value, NULL);
    }
    return cell;
}

/* As a reader of the file sees it: line ends are \n, blanks around it are gone. */
static struct hw_slice read_back(const char *text, struct hw_arena *arena)
{
    size_t n = strlen(text), kept = 0;
    if (!memchr(text, '\r', n))
        return hw_import_trim(hw_slice_text(text));
    char *plain = hw_arena_alloc(arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
            continue;
        plain[kept++] = text[i] == '\r' ? '\n' : text[i];
    }
    return hw_import_trim((struct hw_slice){(uint8_t *)plain, kept});
}

/* What a cell says twice is read once. */
static bool holds(const struct hw_slice *parts, size_t n, struct hw_slice part)
{
    for (size_t i = 0; i < n; i++)
        if (hw_slice_equal(parts[i], part))
            return true;
    return false;
}

const char *hw_export_base(const struct hw_export_columns *columns, const struct hw_export_cell *cells,
                           struct hw_arena *arena)
{
    struct hw_slice parts[PARTS_MAX];
    char hash[HW_BASE_HASH + 1];
    const char *line = "";
    for (size_t i = 0; i < columns->n; i++) {
        const struct hw_field *field = columns->column[i].field;
        struct hw_slice text = field ? read_back(cells[i].text, arena) : (struct hw_slice){0};
        size_t n = 0, at = 0;
        if (text.n == 0)
            continue;
        if (!field->set)
            parts[n++] = text;
        else
            while (n < PARTS_MAX && hw_import_part(text, false, &at, &parts[n]))
                n += !holds(parts, n, parts[n]);
        hw_base_hash(parts, n, hash);
        line = hw_arena_printf(arena, "%s%s%s=%s", line, *line ? " " : "", field->name, hash);
    }
    return line;
}
