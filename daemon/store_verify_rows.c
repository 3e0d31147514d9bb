/* store_verify_rows.c: every record built anew from its events and compared
 * with its row (floor 2).
 *
 * Events lie by stream, records are scattered over streams. So the log is walked in order and the events of a part of the
 * records are kept, then these are sorted and folded; with few events one walk takes all. Which part a record belongs
 * to, its id says. */
#include <stdlib.h>
#include <string.h>

#include "daemon/store_verify_internal.h"

/* Events kept at a time: about a hundred megabytes, and a walk over the log takes a second for each. */
enum { KEPT_MAX = 128 * 1024 };

struct kept {
    const struct hw_group *group;
    int64_t stream; /* 0: not an event, but the record as a snapshot brought it */
    struct hw_held held;
    struct hw_slice base;
};

struct rows {
    struct hw_verify *verify;
    struct hw_arena arena; /* of one part: copies of its events */
    struct kept **list;
    size_t n, cap;
    size_t part, parts;
    struct hw_out meta;
    uint64_t *found; /* rows met, by place of the kind in the schema */
};

/* -- keeping the events of one part -- */

static struct hw_event copy_event(struct hw_arena *arena, const struct hw_event *event)
{
    struct hw_event copy = *event;
    struct hw_op *ops = hw_arena_copy(arena, event->ops, event->ops_n * sizeof *ops);
    for (size_t i = 0; i < event->ops_n; i++) {
        ops[i].value = hw_arena_slice(arena, ops[i].value);
        ops[i].seen = hw_arena_copy(arena, ops[i].seen, ops[i].seen_n * sizeof *ops[i].seen);
    }
    copy.ops = ops;
    copy.author = hw_arena_slice(arena, event->author);
    if (event->redacted)
        copy.redacted = hw_arena_copy(arena, event->redacted, HW_HASH_SIZE);
    return copy;
}

static bool of_part(const struct rows *rows, uint16_t kind, const struct hw_id *id)
{
    return (size_t)(id->b[6] << 16 | id->b[7] << 8 | id->b[8]) % rows->parts == rows->part &&
           hw_table_of(rows->verify->tx->store, kind); /* a kind that an upgrade will know has no row */
}

static struct kept *add_kept(struct rows *rows)
{
    struct kept *kept = hw_arena_zero(&rows->arena, 1, sizeof *kept);
    if (rows->n == rows->cap) {
        rows->cap = rows->cap ? rows->cap * 2 : 1024;
        rows->list = hw_realloc(rows->list, rows->cap * sizeof(struct kept *));
    }
    rows->list[rows->n++] = kept;
    return kept;
}

static void keep_base(void *self, const struct hw_group *group, const struct hw_chunk_record *record)
{
    struct rows *rows = self;
    if (!of_part(rows, record->kind, &record->id))
        return;
    *add_kept(rows) = (struct kept){.group = group, .base = hw_arena_slice(&rows->arena, record->meta),
                                    .held = {.event = {.kind = record->kind, .record = record->id}}};
}

static void keep(struct rows *rows, const struct hw_followed *followed, const struct hw_event *event)
{
    if (!of_part(rows, event->kind, &event->record) || event->seq > followed->stream->tip ||
        event->seq <= followed->stream->base)
        return; /* another part's; one that waits for the gate; one that a snapshot stands for */
    struct kept *kept = add_kept(rows);
    const struct hw_judged *judged =
        hw_verify_judged(rows->verify, hw_row_id(followed->stream->id, event->seq));
    *kept = (struct kept){.group = followed->group, .stream = followed->stream->id,
                          .held = {.event = copy_event(&rows->arena, event), .inc = followed->stream->inc}};
    kept->held.refused = judged && hw_verdict_refuses(judged->verdict, judged->code);
    kept->held.misnames = judged && hw_verdict_misnames(judged->verdict, judged->code);
    if (judged && hw_verdict_restamps(judged->verdict, judged->stamp))
        kept->held.event.stamp = judged->stamp;
}

/* What cannot be read was said when the log was looked at. */
static enum hw_status keep_segments(struct rows *rows, struct hw_err *err)
{
    struct hw_verify *verify = rows->verify;
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_SEGMENT_FROM);
    struct hw_opened opened;
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    hw_bind_int(statement, 2, INT64_MAX);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        int64_t id = sqlite3_column_int64(statement, 0);
        const struct hw_followed *followed = hw_verify_stream(verify, id);
        if (followed && hw_segment_open(hw_column_blob(statement, 3), &verify->scratch, &opened, NULL) == HW_OK &&
            opened.head.first == (uint64_t)(id & HW_ROW_LAST))
            for (size_t i = 0; i < opened.head.n; i++)
                keep(rows, followed, &opened.events[i]);
        hw_arena_reset(&verify->scratch);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status keep_drafts(struct rows *rows, struct hw_err *err)
{
    struct hw_verify *verify = rows->verify;
    sqlite3_stmt *statement = hw_sql(verify->tx->store, SQL_DRAFT_FROM);
    enum hw_status status;
    hw_bind_int(statement, 1, 0);
    hw_bind_int(statement, 2, INT64_MAX);
    while (!(status = hw_sql_step(verify->tx->store, statement, err))) {
        int64_t id = sqlite3_column_int64(statement, 0);
        const struct hw_followed *followed = hw_verify_stream(verify, id);
        struct hw_event *events;
        size_t n = (size_t)sqlite3_column_int64(statement, 1);
        if (followed && hw_draft_decode(hw_column_blob(statement, 2), &followed->stream->inc, (uint64_t)(id & HW_ROW_LAST), n,
                                        &verify->scratch, &events, NULL) == HW_OK)
            for (size_t i = 0; i < n; i++)
                keep(rows, followed, &events[i]);
        hw_arena_reset(&verify->scratch);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* -- one record -- */

static int compare_record(const struct kept *x, const struct kept *y)
{
    if (x->group->id != y->group->id)
        return x->group->id < y->group->id ? -1 : 1;
    if (x->held.event.kind != y->held.event.kind)
        return x->held.event.kind < y->held.event.kind ? -1 : 1;
    return hw_id_compare(&x->held.event.record, &y->held.event.record);
}

static int compare_kept(const void *a, const void *b)
{
    const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;
    int order = compare_record(x, y);
    if (order)
        return order;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return x->held.event.seq < y->held.event.seq ? -1 : x->held.event.seq > y->held.event.seq;
}

static const char *place(struct hw_verify *verify, const char *kind, const char *id, const char *group)
{
    return hw_arena_printf(&verify->scratch, "%s %s of %s", kind, id, group);
}

/* An event as the history of a row names it. */
struct named {
    int64_t stream;
    uint64_t seq;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The history must name exactly the record's events, in whatever order. */
static bool same_history(struct hw_verify *verify, struct hw_slice bytes, struct kept *const *kept, size_t n)
{
    struct hw_record record = {.history = (uint8_t *)bytes.p, .history_n = bytes.n}; /* only read */
    struct named *list = hw_arena_alloc(&verify->scratch, (n + 1) * sizeof *list);
    size_t at = 0, have = 0;
    while (have <= n && hw_history_next(&record, &at, &list[have].stream, &list[have].seq)) {
        const struct hw_followed *followed = hw_verify_stream(verify, hw_row_id(list[have].stream, 0));
        have += !followed || list[have].seq > followed->stream->base; /* a snapshot stands for the others */
    }
    if (have != n || at != bytes.n)
        return false;
    qsort(list, n, sizeof *list, compare_named);
    for (size_t i = 0; i < n; i++)
        if (list[i].stream != kept[i]->stream || list[i].seq != kept[i]->held.event.seq)
            return false;
    return true;
}

/* Names the columns that differ. */
static void compare_columns(struct hw_verify *verify, sqlite3_stmt *statement, const char *where)
{
    struct hw_out names HW_CLEANUP(hw_out_done) = {0};
    for (int i = 1; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        if (sqlite3_column_int(statement, i))
            continue;
        hw_put_raw(&names, names.n ? ", " : "", names.n ? 2 : 0);
        hw_put_raw(&names, name, strlen(name));
    }
    if (names.n)
        hw_verify_fault(verify, where, "its events say something else than the row (%.*s): restore a backup",
                        (int)names.n, (const char *)names.p);
}

static enum hw_status check_record(struct rows *rows, struct kept *const *kept, size_t n, struct hw_err *err)
{
    struct hw_verify *verify = rows->verify;
    const struct kept *first = kept[0];
    bool based = first->stream == 0; /* sorted before the events */
    struct hw_table *table = hw_table_of(verify->tx->store, first->held.event.kind);
    struct hw_record record = {0};
    struct hw_held *held = hw_arena_alloc(&verify->scratch, n * sizeof *held);
    char id[HW_ID_TEXT + 1];
    kept += based;
    n -= based;
    for (size_t i = 0; i < n; i++)
        held[i] = kept[i]->held;
    struct hw_holding holding = {verify->tx, first->group->id, NULL};
    struct hw_arrivals arrivals = {hw_apply_arrived, &holding};
    hw_row_init(&record.row, first->held.event.kind, &first->held.event.record);
    memcpy(record.group, first->group->code, sizeof record.group);
    if (based && hw_row_decode(&record.row, &verify->scratch, first->base, NULL) != HW_OK)
        hw_row_init(&record.row, first->held.event.kind, &first->held.event.record); /* its row will differ, and be named */
    hw_row_fold_on(&record.row, &verify->scratch, held, n, &arrivals);
    sqlite3_stmt *match = hw_table_sql(verify->tx->store, table, HW_TABLE_MATCH);
    hw_record_bind(match, table, &record, &rows->meta, &verify->scratch);
    enum hw_status status = hw_sql_step(verify->tx->store, match, err);
    hw_id_print(&record.row.id, id);
    const char *where = place(verify, table->kind->name, id, record.group);
    if (status == HW_NOT_FOUND) {
        hw_verify_fault(verify, where, "its events are held, and its row is lost: restore a backup");
        return HW_OK;
    }
    if (status)
        return status;
    rows->found[table - verify->tx->store->tables]++;
    if (!same_history(verify, hw_column_blob(match, 0), kept, n))
        hw_verify_fault(verify, where, "its row does not name the %zu events that are held of it: restore a backup", n);
    else
        compare_columns(verify, match, where);
    sqlite3_reset(match);
    return HW_OK;
}

static enum hw_status check_part(struct rows *rows, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    if (rows->n)
        qsort(rows->list, rows->n, sizeof *rows->list, compare_kept);
    for (size_t from = 0, to; from < rows->n && !status; from = to) {
        for (to = from + 1; to < rows->n && compare_record(rows->list[from], rows->list[to]) == 0; to++)
            ;
        status = check_record(rows, rows->list + from, to - from, err);
        rows->verify->result->records++;
        hw_arena_reset(&rows->verify->scratch);
    }
    return status;
}

/* -- rows without events -- */

static bool in_base(struct hw_verify *verify, uint16_t kind, const struct hw_id *id, struct hw_slice code)
{
    const struct hw_group *group = hw_cache_group(verify->tx->store, code);
    struct hw_row row;
    hw_row_init(&row, kind, id);
    return group && hw_base_row(verify->tx, group, &row, NULL) == HW_OK && (row.made.seq || row.refused_n);
}

/* Whether the first event that a row names is held and is the record's own, or a snapshot brought it. */
static bool has_event(struct hw_verify *verify, uint16_t kind, const struct hw_id *id, struct hw_slice group,
                      struct hw_slice history)
{
    struct hw_record record = {.history = (uint8_t *)history.p, .history_n = history.n}; /* only read */
    struct hw_logged logged;
    size_t at = 0;
    int64_t owner;
    uint64_t seq;
    const struct hw_followed *followed = NULL;
    do {
        if (!hw_history_next(&record, &at, &owner, &seq))
            return in_base(verify, kind, id, group);
        followed = hw_verify_stream(verify, hw_row_id(owner, 0));
    } while (followed && seq <= followed->stream->base);
    return followed && hw_slice_is(group, followed->group->code) &&
           hw_tx_event(verify->tx, &followed->stream->inc, followed->group->code, seq, &logged, NULL) == HW_OK &&
           logged.event.kind == kind && hw_id_equal(&logged.event.record, id);
}

/* There are more rows than records: which are they? */
static enum hw_status name_strays(struct hw_verify *verify, const struct hw_kind *kind, struct hw_err *err)
{
    struct hw_store *store = verify->tx->store;
    sqlite3_stmt *statement = NULL;
    enum hw_status status = hw_sql_prepare(
        store, hw_arena_printf(&verify->scratch, "SELECT id, grp, history FROM \"%s\"", kind->name), &statement, err);
    while (!status && !(status = hw_sql_step(store, statement, err))) {
        struct hw_slice text = hw_column_blob(statement, 0), group = hw_column_blob(statement, 1);
        struct hw_id id;
        if (!hw_id_parse(text, &id) || !has_event(verify, kind->id, &id, group, hw_column_blob(statement, 2)))
            hw_verify_fault(verify,
                            hw_arena_printf(&verify->scratch, "%s %.*s of %.*s", kind->name, (int)text.n,
                                            (const char *)text.p, (int)group.n, (const char *)group.p),
                            "a row that no event made: restore a backup");
        hw_arena_reset(&verify->scratch);
    }
    sqlite3_finalize(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status check_strays(struct rows *rows, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < hw_schema_n && !status; i++)
        if ((uint64_t)hw_tx_count(rows->verify->tx, hw_schema[i].id) != rows->found[i])
            status = name_strays(rows->verify, &hw_schema[i], err);
    return status;
}

enum hw_status hw_verify_rows(struct hw_verify *verify, struct hw_err *err)
{
    struct rows rows = {.verify = verify, .parts = (size_t)((verify->result->events + verify->based) / KEPT_MAX) + 1};
    enum hw_status status = HW_OK;
    rows.found = hw_arena_zero(&verify->tx->arena, hw_schema_n, sizeof *rows.found);
    for (rows.part = 0; rows.part < rows.parts && !status; rows.part++) {
        rows.n = 0;
        status = keep_segments(&rows, err);
        if (!status)
            status = keep_drafts(&rows, err);
        if (!status)
            status = hw_verify_each_base(verify, keep_base, &rows, err);
        if (!status)
            status = check_part(&rows, err);
        hw_arena_reset(&rows.arena);
    }
    if (!status)
        status = check_strays(&rows, err);
    hw_arena_done(&rows.arena);
    hw_out_done(&rows.meta);
    free(rows.list);
    return status;
}
