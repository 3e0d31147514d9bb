/* query_log.c: the verbs log and history: one row per operation, newest first, with what
 * stood there before (floor 3, noun: query). */
#include <stdlib.h>
#include <string.h>

#include "daemon/filter.h"
#include "daemon/lookup.h"
#include "daemon/query.h"
#include "daemon/store_history.h"
#include "daemon/verb_internal.h"
#include "headway/stamp.h"

enum {
    DAY_MS = 86400000,
    REMARK_NEAR = 64 /* a remark is written right after what it is about */
};

struct wanted {
    struct hw_tx *tx;
    const struct hw_record *record; /* NULL: all */
    struct hw_slice author, field;
    const char *office;
    int64_t since_ms, until_ms; /* until: exclusive; 0 none */
    size_t limit;               /* rows; 0 for all */
    bool accepted;              /* what the gate admitted and did not refuse, by when that came there: stamps are the author's word */
};

/* Events met so far; what they borrow lives as long as the job. */
struct found {
    const struct wanted *wanted;
    struct hw_out events;
    size_t n, rows;
    size_t waiting; /* of `n`: not admitted yet; they come first, stream by stream */
};

static bool is_comment(const struct hw_logged *event)
{
    return event->event.kind == HW_KIND_COMMENT;
}

/* The record that a comment is on. */
static bool comment_on(const struct hw_logged *event, struct hw_id *id)
{
    const struct hw_field *on = hw_field_named(hw_kind_by_id(HW_KIND_COMMENT), "on");
    struct hw_value value;
    for (size_t i = 0; i < event->event.ops_n; i++)
        if (event->event.ops[i].code == HW_OP_SET && event->event.ops[i].field == on->id &&
            hw_value_read(on, event->event.ops[i].value, &value) && !value.null) {
            *id = value.ref;
            return true;
        }
    return false;
}

static const struct hw_op *comment_text(const struct hw_logged *event)
{
    for (size_t i = 0; is_comment(event) && i < event->event.ops_n; i++)
        if (event->event.ops[i].code == HW_OP_COMMENT)
            return &event->event.ops[i];
    return NULL;
}

static bool about(const struct hw_logged *event, const struct hw_record *record)
{
    struct hw_id on;
    return hw_id_equal(&event->event.record, &record->row.id) ||
           (is_comment(event) && comment_on(event, &on) && hw_id_equal(&on, &record->row.id));
}

static bool wants(const struct wanted *wanted, const struct hw_logged *event)
{
    int64_t when = (int64_t)hw_stamp_ms(event->event.stamp);
    unsigned life;
    if (wanted->accepted && (!event->admitted || event->refused))
        return false;
    when = wanted->accepted ? event->received_ms : when;
    if (wanted->record && !about(event, wanted->record))
        return false;
    if (wanted->author.n && !hw_slice_equal(wanted->author, event->event.author))
        return false;
    if ((wanted->since_ms && when < wanted->since_ms) || (wanted->until_ms && when >= wanted->until_ms))
        return false;
    return !wanted->office || strcmp(hw_tx_office_of(wanted->tx, &event->inc, &life), wanted->office) == 0;
}

/* Whether an operation makes a row of its own. */
static bool shows(const struct wanted *wanted, const struct hw_logged *event, const struct hw_op *op)
{
    const struct hw_kind *kind = hw_kind_by_id(event->event.kind);
    const struct hw_field *field = kind ? hw_field_by_id(kind, op->field) : NULL;
    if (is_comment(event) && op->code == HW_OP_SET && field && strcmp(field->name, "on") == 0)
        return false; /* the comment's own row says it */
    if (field && field->id == HW_FIELD_SOURCE)
        return false;
    if (wanted->field.n == 0)
        return true;
    return op->code == HW_OP_COMMENT ? hw_slice_is(wanted->field, "comment")
                                     : field && hw_field_find(kind, wanted->field) == field;
}

static bool collect(void *self, const struct hw_logged *event)
{
    struct found *found = self;
    size_t rows = 0;
    bool enough = found->wanted->limit && found->rows >= found->wanted->limit;
    if (enough && (event->admitted || found->wanted->record))
        return false;
    if (!wants(found->wanted, event))
        return true;
    for (size_t i = 0; i < event->event.ops_n; i++)
        rows += shows(found->wanted, event, &event->event.ops[i]);
    if (rows) {
        hw_put_raw(&found->events, event, sizeof *event);
        found->n++;
        found->rows += rows;
        found->waiting += event->admitted ? 0 : 1;
    }
    return true;
}

static const char *verdict_of(const struct hw_logged *event)
{
    switch (event->verdict) {
    case HW_VERDICT_REFUSED:
        return "refused";
    case HW_VERDICT_RECLOCKED:
        return "reclocked";
    case HW_VERDICT_REDACTED:
        return "redacted";
    default:
        return event->admitted ? "admitted" : NULL;
    }
}

/* The remark that was made with the change on the same record. */
static const char *remark(const struct found *found, const struct hw_logged *event, struct hw_arena *arena)
{
    const struct hw_logged *events = (const void *)found->events.p;
    const struct hw_field *text = hw_field_named(hw_kind_by_id(HW_KIND_COMMENT), "text");
    struct hw_id on;
    size_t at = (size_t)(event - events), last = at + REMARK_NEAR < found->n ? at + REMARK_NEAR : found->n;
    for (size_t i = at > REMARK_NEAR ? at - REMARK_NEAR : 0; i < last; i++) {
        const struct hw_op *op = comment_text(&events[i]);
        if (op && events[i].event.change == event->event.change && hw_inc_compare(&events[i].inc, &event->inc) == 0 &&
            comment_on(&events[i], &on) && hw_id_equal(&on, &event->event.record))
            return hw_value_print(text, op->value, arena);
    }
    return NULL;
}

static void put_common(struct hw_tx *tx, const struct hw_logged *event, struct hw_arena *arena, struct hw_out *out)
{
    unsigned life;
    char id[HW_ID_TEXT + 1], prefix[HW_ID_TEXT + 1];
    struct hw_id record = event->event.record;
    if (is_comment(event))
        comment_on(event, &record);
    hw_id_print(&record, id);
    hw_tx_short(tx, &record, prefix);
    hw_put_key_text(out, "event", hw_history_name(tx, arena, &event->inc, event->group, event->event.seq));
    hw_put_key_text(out, "change", hw_history_change_name(tx, arena, &event->inc, event->event.change));
    hw_put_key_time(out, "when", (int64_t)hw_stamp_ms(event->event.stamp));
    hw_put_key_time(out, "received", event->received_ms);
    hw_put_key_text(out, "author", hw_arena_text(arena, event->event.author.p, event->event.author.n));
    hw_put_key_text(out, "office", hw_tx_office_of(tx, &event->inc, &life));
    hw_put_key_text(out, "id", id);
    hw_put_key_text(out, "short", prefix);
}

/* Signatures were good when the segments came; the disk may have changed them since. */
static enum hw_status put_judgement(struct hw_tx *tx, const struct hw_logged *event, struct hw_out *out,
                                    struct hw_err *err)
{
    static const char *const words[] = {
        [HW_SIGNED_UNKNOWN] = "unknown", [HW_SIGNED_GOOD] = "good", [HW_SIGNED_BAD] = "bad"};
    enum hw_signed found;
    enum hw_status status = hw_tx_signed(tx, event, &found, err);
    hw_put_key_text(out, "signature", words[status ? HW_SIGNED_UNKNOWN : found]);
    hw_put_key_text(out, "verdict", verdict_of(event));
    hw_put_key_text(out, "reason", event->verdict ? event->verdict_text : NULL);
    return status;
}

/* A value as people read it: a reference by the name that its record has now. */
static const char *value_text(struct hw_tx *tx, const struct hw_logged *event, const struct hw_field *field,
                              struct hw_slice bytes)
{
    struct hw_value value;
    if (field->type == HW_TYPE_REF && field->ref_kind && hw_value_read(field, bytes, &value) && !value.null)
        return hw_view_name_of(tx, hw_tx_arena(tx), event->group, field->ref_kind, &value.ref);
    return hw_value_print(field, bytes, hw_tx_arena(tx));
}

static enum hw_status put_row(struct hw_tx *tx, const struct found *found, const struct hw_logged *event,
                              const struct hw_op *op, struct hw_out *out, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    const struct hw_kind *kind = hw_kind_by_id(event->event.kind);
    const struct hw_field *field = kind ? hw_field_by_id(kind, op->field) : NULL;
    bool comment = op->code == HW_OP_COMMENT, gone;
    struct hw_slice before;
    const struct hw_row of = {.kind = event->event.kind, .id = event->event.record};
    enum hw_status status = hw_history_before(tx, event->group, &of, op, &before, &gone, err);
    if (status != HW_OK)
        return status;
    const char *was = gone ? "(taken out)" : field && before.n ? value_text(tx, event, field, before) : "";
    const char *now = event->event.redacted                            ? "(taken out)"
                      : field && op->code != HW_OP_REMOVE && op->value.n ? value_text(tx, event, field, op->value)
                                                                         : "";
    hw_put_map_open(out);
    put_common(tx, event, arena, out);
    hw_put_key_text(out, "field", comment ? NULL : field ? field->name : hw_arena_printf(arena, "field %u", op->field));
    hw_put_text(out, "before");
    hw_put_text(out, comment ? NULL : was);
    hw_put_text(out, "after");
    hw_put_text(out, comment ? NULL : now);
    hw_put_key_text(out, "comment", comment ? now : remark(found, event, arena));
    status = put_judgement(tx, event, out, err);
    hw_put_close(out);
    return status;
}

static enum hw_status put_rows(struct hw_tx *tx, const struct found *found, struct hw_out *out, size_t *rows,
                               struct hw_err *err)
{
    const struct hw_logged *events = (const void *)found->events.p;
    size_t limit = found->wanted->limit;
    enum hw_status status = HW_OK;
    *rows = 0;
    for (size_t i = 0; i < found->n; i++)
        for (size_t k = 0; k < events[i].event.ops_n && status == HW_OK && (!limit || *rows < limit); k++)
            if (shows(found->wanted, &events[i], &events[i].event.ops[k])) {
                status = put_row(tx, found, &events[i], &events[i].event.ops[k], out, err);
                (*rows)++;
            }
    return status;
}

static int newest_first(const void *a, const void *b)
{
    const struct hw_logged *x = a, *y = b;
    if (x->event.stamp != y->event.stamp)
        return x->event.stamp > y->event.stamp ? -1 : 1;
    int order = hw_inc_compare(&y->inc, &x->inc);
    return order ? order : (x->event.seq < y->event.seq) - (x->event.seq > y->event.seq);
}

/* Everything that waits is newer than what the gate has had time to admit; among itself it goes by its stamps. */
static enum hw_status collect_all(struct found *found, struct hw_err *err)
{
    enum hw_status status = hw_tx_log(found->wanted->tx, NULL, collect, found, err);
    struct hw_logged *events = (void *)found->events.p;
    if (status == HW_OK && found->waiting)
        qsort(events, found->waiting, sizeof *events, newest_first);
    return status;
}

/* A record's own events and those of the remarks on it, without reading the whole log. */
static enum hw_status collect_record(struct found *found, struct hw_err *err)
{
    const struct wanted *wanted = found->wanted;
    struct hw_tx *tx = wanted->tx;
    struct hw_logged *events;
    struct hw_scan *scan;
    char id[HW_ID_TEXT + 1];
    struct found all = {.wanted = wanted};
    size_t n;
    enum hw_status status = hw_tx_history(tx, &wanted->record->row.id, &events, &n, err);
    if (status == HW_OK)
        hw_put_raw(&all.events, events, (all.n = n) * sizeof *events);
    hw_id_print(&wanted->record->row.id, id);
    if (status == HW_OK)
        status = hw_scan_open(tx, HW_KIND_COMMENT, HW_SCAN_REF,
                              hw_field_named(hw_kind_by_id(HW_KIND_COMMENT), "on")->id, id, &scan, err);
    if (status == HW_OK) {
        struct hw_id comment;
        while (status == HW_OK && hw_scan_next(scan)) {
            if (!hw_id_parse(hw_slice_text(hw_scan_id(scan)), &comment))
                continue;
            status = hw_tx_history(tx, &comment, &events, &n, err);
            if (status == HW_OK)
                hw_put_raw(&all.events, events, n * sizeof *events);
            all.n += status == HW_OK ? n : 0;
        }
        hw_scan_close(scan);
    }
    struct hw_logged *sorted = (void *)all.events.p;
    if (status == HW_OK && all.n)
        qsort(sorted, all.n, sizeof *sorted, newest_first);
    for (size_t i = 0; status == HW_OK && i < all.n && collect(found, &sorted[i]); i++)
        continue;
    hw_out_done(&all.events);
    return status;
}

enum hw_status hw_query_record_log(struct hw_tx *tx, const struct hw_record *record, size_t limit, struct hw_out *out,
                                   struct hw_err *err)
{
    struct wanted wanted = {.tx = tx, .record = record, .limit = limit};
    struct found found = {.wanted = &wanted};
    size_t rows;
    enum hw_status status = collect_record(&found, err);
    if (status == HW_OK)
        status = put_rows(tx, &found, out, &rows, err);
    hw_out_done(&found.events);
    return status;
}

static enum hw_status day_arg(struct hw_tx *tx, const struct hw_request *request, const char *name, bool end,
                              int64_t *ms, struct hw_err *err)
{
    struct hw_slice text = hw_arg_text(request, name);
    int32_t earliest, latest;
    *ms = 0;
    if (text.n == 0)
        return HW_OK;
    enum hw_status status = hw_filter_time(tx, text, &earliest, &latest, err);
    int32_t day = end ? latest : earliest;
    if (status == HW_OK && day != HW_DAY_NONE)
        *ms = ((int64_t)day + (end ? 1 : 0)) * DAY_MS;
    return status;
}

/* `field` is a field of some kind, or "comment". */
static enum hw_status check_field(struct hw_slice field, struct hw_err *err)
{
    enum { NAMES_MAX = 256 }; /* twice as many as all kinds have */
    const char *names[NAMES_MAX] = {"comment"};
    size_t n = 1;
    if (field.n == 0 || hw_slice_is(field, names[0]))
        return HW_OK;
    for (size_t k = 0; k < hw_schema_n; k++) {
        if (hw_field_find(&hw_schema[k], field))
            return HW_OK;
        for (size_t i = 0; i < hw_schema[k].fields_n && n < NAMES_MAX; i++)
            names[n++] = hw_schema[k].fields[i].name;
    }
    const char *near = hw_nearest(field, names, n);
    return hw_fail(err, HW_USAGE, "no field \"%.*s\"%s%s%s; headway help item lists those of an item",
                   (int)(field.n > 100 ? 100 : field.n), (const char *)field.p, near ? "; did you mean \"" : "",
                   near ? near : "", near ? "\"?" : "");
}

/* What the arguments ask for. */
static enum hw_status want(struct hw_tx *tx, const struct hw_request *request, struct wanted *wanted, struct hw_err *err)
{
    int64_t limit = hw_arg_int(request, "limit", 0);
    struct hw_slice id = hw_arg_text(request, "id"), office = hw_arg_text(request, "office");
    struct hw_record *record, *at;
    *wanted = (struct wanted){.tx = tx,
                              .author = hw_arg_text(request, "author"),
                              .field = hw_arg_text(request, "field"),
                              .limit = limit > 0 ? (size_t)limit : 0,
                              .accepted = hw_arg_bool(request, "accepted")};
    enum hw_status status = check_field(wanted->field, err);
    if (status == HW_OK && id.n) {
        status = hw_lookup_any(tx, id, &record, err);
        wanted->record = status == HW_OK ? record : NULL;
    }
    if (status == HW_OK && office.n && !hw_slice_is(office, hw_tx_self(tx)->office)) {
        status = hw_lookup_office(tx, office, &at, err);
        if (status == HW_OK) {
            struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), at);
            wanted->office = hw_view_text(&view, "code");
        }
    } else if (office.n) {
        wanted->office = hw_tx_self(tx)->office;
    }
    if (status == HW_OK)
        status = day_arg(tx, request, "since", false, &wanted->since_ms, err);
    return status == HW_OK ? day_arg(tx, request, "until", true, &wanted->until_ms, err) : status;
}

/* Says where the rest is, and from which place on to ask for it. What came to headquarters before `since` was written before it. */
static enum hw_status put_older(const struct wanted *wanted, struct hw_out *end, struct hw_err *err)
{
    struct hw_older *older;
    char id[HW_ID_TEXT + 1] = "";
    size_t n, kept = 0;
    enum hw_status status = hw_tx_history_older(wanted->tx, wanted->record, &older, &n, err);
    for (size_t i = 0; i < n && status == HW_OK; i++)
        if (older[i].before_ms >= wanted->since_ms)
            older[kept++] = older[i];
    if (status != HW_OK || kept == 0)
        return status;
    if (wanted->record)
        hw_id_print(&wanted->record->row.id, id);
    hw_put_map(end, 5);
    hw_put_key_text(end, "older_elsewhere", older[0].group);
    hw_put_key_time(end, "before", older[0].before_ms);
    hw_put_key_text(end, "id", id);
    hw_put_key_int(end, "since_ms", wanted->since_ms);
    hw_put_text(end, "older");
    hw_put_array(end, kept);
    for (size_t i = 0; i < kept; i++) {
        hw_put_map(end, 3);
        hw_put_key_text(end, "group", older[i].group);
        hw_put_key_time(end, "before", older[i].before_ms);
        hw_put_key_int(end, "next", (int64_t)older[i].position);
    }
    return HW_OK;
}

enum hw_status hw_verb_log(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                           struct hw_err *err)
{
    struct wanted wanted;
    struct found found = {.wanted = &wanted};
    enum hw_status status = want(tx, request, &wanted, err);
    if (status == HW_OK)
        status = wanted.record ? collect_record(&found, err) : collect_all(&found, err);
    if (status == HW_OK)
        status = put_rows(tx, &found, &answer->rows, &answer->rows_n, err);
    if (status == HW_OK)
        status = put_older(&wanted, &answer->end, err);
    hw_out_done(&found.events);
    return status;
}

/* A page that the hub has sent, as rows like those of log. */
enum hw_status hw_verb_history(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    const struct hw_history_message *page = request->page;
    struct wanted wanted;
    struct found found = {.wanted = &wanted};
    struct hw_logged *events;
    size_t n = 0;
    if (!page)
        return hw_fail(err, HW_USAGE, "history comes from the hub alone");
    if ((int64_t)page->from >= hw_arg_int(request, "next", 0))
        return hw_fail(err, HW_CORRUPT, "the hub goes back to what it has given before");
    enum hw_status status = want(tx, request, &wanted, err);
    if (status == HW_OK)
        status = hw_tx_history_lend(tx, page, &events, &n, err);
    if (status == HW_OK && wanted.record && n)
        qsort(events, n, sizeof *events, newest_first);
    for (size_t i = 0; i < n && status == HW_OK && collect(&found, &events[i]); i++)
        continue;
    if (status == HW_OK)
        status = put_rows(tx, &found, &answer->rows, &answer->rows_n, err);
    hw_put_map(&answer->end, 1);
    hw_put_key_int(&answer->end, "next", (int64_t)page->from);
    hw_out_done(&found.events);
    return status;
}
