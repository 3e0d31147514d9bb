/* query_todo.c: what needs a person: the verbs conflicts, refused and todo
 * (floor 3, noun: query). */
#include <string.h>

#include "daemon/filter.h"
#include "daemon/history.h"
#include "daemon/query.h"
#include "daemon/verb_internal.h"
#include "headway/stamp.h"

/* ---- conflicts ---- */

typedef enum hw_status each_conflict(void *self, const struct hw_view *view, const struct hw_field *field,
                                     const struct hw_cell *cell, struct hw_err *err);

static enum hw_status conflicts_of(const struct hw_view *view, each_conflict *each, void *self, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < view->row->cells_n && status == HW_OK; i++) {
        const struct hw_cell *cell = &view->row->cells[i];
        const struct hw_field *field = hw_field_by_id(view->kind, cell->field);
        if (field && field->id != HW_FIELD_SOURCE && hw_cell_conflict(cell, field))
            status = each(self, view, field, cell, err);
    }
    return status;
}

static enum hw_status all_conflicts(struct hw_tx *tx, const struct hw_filter *filter, each_conflict *each, void *self,
                                    struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < hw_schema_n && status == HW_OK; i++) {
        struct hw_scan *scan;
        if (!hw_filter_kind(filter, hw_schema[i].id, true))
            continue;
        status = hw_scan_open(tx, hw_schema[i].id, HW_SCAN_CONFLICTS, 0, NULL, &scan, err);
        while (status == HW_OK && hw_scan_next(scan)) {
            struct hw_row row;
            struct hw_view view;
            hw_arena_reset(&arena);
            status = hw_view_scan(tx, &arena, scan, hw_schema[i].id, &row, &view, err);
            if (status == HW_OK && hw_filter_test(filter, &view))
                status = conflicts_of(&view, each, self, err);
        }
        hw_scan_close(scan);
    }
    return status;
}

static void put_head(const struct hw_view *view, const struct hw_field *field, const struct hw_head *head,
                     struct hw_out *out)
{
    struct hw_logged event;
    unsigned life;
    const char *author = "";
    if (hw_tx_event(view->tx, &head->name.inc, view->group, head->name.seq, &event, NULL) == HW_OK)
        author = hw_arena_text(view->arena, event.event.author.p, event.event.author.n);
    hw_put_map(out, 5);
    hw_put_key_text(out, "event", hw_history_name(view->tx, view->arena, &head->name.inc, view->group, head->name.seq));
    hw_put_key_words(out, "value", hw_value_print(field, head->value, view->arena));
    hw_put_key_text(out, "author", author);
    hw_put_key_text(out, "office", hw_tx_office_of(view->tx, &head->name.inc, &life));
    hw_put_key_time(out, "when", (int64_t)hw_stamp_ms(head->stamp));
}

static enum hw_status put_conflict(void *self, const struct hw_view *view, const struct hw_field *field,
                                   const struct hw_cell *cell, struct hw_err *err)
{
    struct hw_answer *answer = self;
    struct hw_out *out = &answer->rows;
    char id[HW_ID_TEXT + 1];
    (void)err;
    hw_tx_short(view->tx, &view->row->id, id);
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_view_id(view));
    hw_put_key_text(out, "short", id);
    hw_put_key_words(out, "title", hw_view_title(view));
    hw_put_key_text(out, "field", field->name);
    hw_put_text(out, "heads");
    hw_put_array(out, cell->heads_n);
    for (size_t i = 0; i < cell->heads_n; i++)
        put_head(view, field, &cell->heads[i], out);
    /* Counted from 1, as `resolve --take N` does. */
    hw_put_key_int(out, "shown", hw_cell_shown(cell) - cell->heads + 1);
    hw_put_close(out);
    answer->rows_n++;
    return HW_OK;
}

static enum hw_status filter_of(struct hw_tx *tx, const struct hw_request *request, struct hw_filter **filter,
                                struct hw_err *err)
{
    size_t n;
    const struct hw_slice *words = hw_arg_list(request, "filter", &n);
    return hw_filter_parse(tx, words, n, filter, err);
}

enum hw_status hw_verb_conflicts(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    struct hw_filter *filter;
    enum hw_status status = filter_of(tx, request, &filter, err);
    return status == HW_OK ? all_conflicts(tx, filter, put_conflict, answer, err) : status;
}

/* ---- refused ---- */

enum hw_status hw_query_refused(struct hw_tx *tx, hw_each_refused *each, void *self, struct hw_err *err)
{
    struct hw_logged *events;
    size_t n;
    enum hw_status status = hw_tx_refused(tx, &events, &n, err);
    for (size_t i = 0; i < n && status == HW_OK; i++)
        status = each(self, &events[i], err);
    return status;
}

struct sink {
    struct hw_tx *tx;
    struct hw_answer *answer;
};

static const struct hw_field *field_of(const struct hw_logged *event, const struct hw_op *op)
{
    const struct hw_kind *kind = hw_kind_by_id(event->event.kind);
    return kind ? hw_field_by_id(kind, op->field) : NULL;
}

static enum hw_status put_refused(void *self, const struct hw_logged *event, struct hw_err *err)
{
    struct sink *sink = self;
    struct hw_arena *arena = hw_tx_arena(sink->tx);
    struct hw_out *out = &sink->answer->rows;
    char id[HW_ID_TEXT + 1];
    (void)err;
    hw_id_print(&event->event.record, id);
    for (size_t i = 0; i < event->event.ops_n; i++) {
        const struct hw_op *op = &event->event.ops[i];
        const struct hw_field *field = field_of(event, op);
        if (field && field->id == HW_FIELD_SOURCE)
            continue;
        hw_put_map_open(out);
        hw_put_key_text(out, "event",
                        hw_history_name(sink->tx, arena, &event->inc, event->group, event->event.seq));
        hw_put_key_text(out, "id", id);
        hw_put_key_text(out, "field", field ? field->name : NULL);
        hw_put_key_words(out, "value", field && op->value.n ? hw_value_print(field, op->value, arena) : "");
        hw_put_key_int(out, "code", event->verdict_code);
        hw_put_key_text(out, "reason", event->verdict_text);
        hw_put_key_time(out, "when", (int64_t)hw_stamp_ms(event->event.stamp));
        hw_put_close(out);
        sink->answer->rows_n++;
    }
    return HW_OK;
}

enum hw_status hw_verb_refused(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    struct sink sink = {tx, answer};
    (void)request;
    return hw_query_refused(tx, put_refused, &sink, err);
}

/* ---- todo ---- */

static void put_todo(struct sink *sink, const char *what, const struct hw_id *id, const char *field, const char *text,
                     const char *command)
{
    struct hw_out *out = &sink->answer->rows;
    char whole[HW_ID_TEXT + 1], prefix[HW_ID_TEXT + 1];
    hw_id_print(id, whole);
    hw_tx_short(sink->tx, id, prefix);
    hw_put_map_open(out);
    hw_put_key_text(out, "what", what);
    hw_put_key_text(out, "id", whole);
    hw_put_key_text(out, "short", prefix);
    hw_put_key_text(out, "field", field);
    hw_put_key_words(out, "text", text);
    hw_put_key_text(out, "command", command);
    hw_put_close(out);
    sink->answer->rows_n++;
}

/* --mine only where it would be taken: exactly one of the values is this office's. */
static const char *resolve_command(const struct hw_view *view, const struct hw_field *field, const struct hw_cell *cell)
{
    char id[HW_ID_TEXT + 1];
    size_t mine = 0;
    unsigned life;
    for (size_t i = 0; i < cell->heads_n; i++)
        mine += strcmp(hw_tx_office_of(view->tx, &cell->heads[i].name.inc, &life), hw_tx_self(view->tx)->office) == 0;
    if (mine != 1)
        return "headway conflicts";
    hw_tx_short(view->tx, &view->row->id, id);
    return hw_arena_printf(view->arena, "headway resolve %s %s --mine", id, field->name);
}

static enum hw_status todo_conflict(void *self, const struct hw_view *view, const struct hw_field *field,
                                    const struct hw_cell *cell, struct hw_err *err)
{
    struct sink *sink = self;
    const char *values = "";
    (void)err;
    for (size_t i = 0; i < cell->heads_n; i++)
        values = hw_arena_printf(view->arena, "%s%s%s", values, i ? " or " : "",
                                 hw_view_cut(view->arena, hw_value_print(field, cell->heads[i].value, view->arena), 60));
    put_todo(sink, "conflict", &view->row->id, field->name,
             hw_arena_printf(view->arena, "%s: %s is %s", hw_view_cut(view->arena, hw_view_title(view), 80), field->name,
                             values),
             resolve_command(view, field, cell));
    return HW_OK;
}

static enum hw_status todo_refused(void *self, const struct hw_logged *event, struct hw_err *err)
{
    struct sink *sink = self;
    struct hw_arena *arena = hw_tx_arena(sink->tx);
    const struct hw_field *field = event->event.ops_n ? field_of(event, &event->event.ops[0]) : NULL;
    const char *name = hw_history_name(sink->tx, arena, &event->inc, event->group, event->event.seq);
    (void)err;
    put_todo(sink, "refused", &event->event.record, field ? field->name : NULL, event->verdict_text,
             strcmp(event->group, "directory") == 0 ? "headway refused" /* written at headquarters */
                                                    : hw_arena_printf(arena, "headway retry %s", name));
    return HW_OK;
}

/* A date that the import could read two ways, and kept as it stood. */
static enum hw_status todo_date(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct sink *sink = self;
    struct hw_value value;
    struct hw_when when;
    char id[HW_ID_TEXT + 1];
    (void)err;
    if (!hw_view_value(view, "deadline", &value) || value.edtf.n)
        return HW_OK;
    hw_when_parse(value.text, HW_DATES_UNKNOWN, &when);
    if (when.kind != HW_WHEN_AMBIGUOUS)
        return HW_OK;
    hw_tx_short(view->tx, &view->row->id, id);
    put_todo(sink, "date", &view->row->id, "deadline",
             hw_arena_printf(view->arena, "%s: \"%.*s\" can be read two ways",
                             hw_view_cut(view->arena, hw_view_title(view), 80), (int)value.text.n,
                             (const char *)value.text.p),
             hw_arena_printf(view->arena, "headway set %s deadline=YYYY-MM-DD", id));
    return HW_OK;
}

enum hw_status hw_verb_todo(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    struct sink sink = {tx, answer};
    struct hw_filter *filter;
    enum hw_status status = filter_of(tx, request, &filter, err);
    if (status == HW_OK)
        status = all_conflicts(tx, filter, todo_conflict, &sink, err);
    if (status == HW_OK)
        status = hw_query_refused(tx, todo_refused, &sink, err);
    return status == HW_OK ? hw_filter_scan(tx, filter, HW_KIND_ITEM, todo_date, &sink, err) : status;
}
