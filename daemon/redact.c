/* redact.c: the verb `redact` (floor 3): at headquarters, the values of one event
 * are taken out of every replica that syncs from then on. */
#include <string.h>

#include "daemon/history.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

enum { REASON_MAX = 300 }; /* with author and office it fits the journal's 500 */

struct redaction {
    struct hw_tx *tx;
    struct hw_arena *arena;
    struct hw_logged event;
    const char *name;
};

static const char *print_value(const struct redaction *redaction, const struct hw_op *op)
{
    const struct hw_kind *kind = hw_kind_by_id(redaction->event.event.kind);
    const struct hw_field *field = kind ? hw_field_by_id(kind, op->field) : NULL;
    return field && op->value.n ? hw_value_print(field, op->value, redaction->arena) : "";
}

static void put_values(const struct redaction *redaction, struct hw_out *out)
{
    const struct hw_event *event = &redaction->event.event;
    const struct hw_kind *kind = hw_kind_by_id(event->kind);
    hw_put_text(out, "values");
    hw_put_array_open(out);
    for (size_t i = 0; i < event->ops_n; i++) {
        const struct hw_field *field = kind ? hw_field_by_id(kind, event->ops[i].field) : NULL;
        if (!*print_value(redaction, &event->ops[i]))
            continue;
        hw_put_map(out, 2);
        hw_put_key_text(out, "field", field->name);
        hw_put_key_words(out, "value", print_value(redaction, &event->ops[i]));
    }
    hw_put_close(out);
}

/* Whether an event says again, whole, something that the redacted one says in more than a word. */
static bool repeats(const struct hw_event *event, const struct hw_event *redacted)
{
    enum { WORD = 8 }; /* shorter values are statuses, countries and numbers */
    for (size_t i = 0; i < event->ops_n; i++)
        for (size_t k = 0; k < redacted->ops_n; k++)
            if (event->ops[i].value.n > WORD && hw_slice_equal(event->ops[i].value, redacted->ops[k].value))
                return true;
    return false;
}

/* The same text may stand in other events of the record: those are redacted by themselves. */
static enum hw_status put_also(const struct redaction *redaction, struct hw_out *out, struct hw_err *err)
{
    const struct hw_logged *event = &redaction->event;
    struct hw_logged *all;
    size_t n;
    enum hw_status status = hw_tx_history(redaction->tx, &event->event.record, &all, &n, err);
    hw_put_text(out, "also");
    hw_put_array_open(out);
    for (size_t i = 0; i < n && !status; i++) {
        bool self = hw_inc_compare(&all[i].inc, &event->inc) == 0 && all[i].event.seq == event->event.seq;
        if (!self && repeats(&all[i].event, &event->event))
            hw_put_text(out, hw_history_name(redaction->tx, redaction->arena, &all[i].inc, all[i].group, all[i].event.seq));
    }
    hw_put_close(out);
    return status;
}

static enum hw_status put_answer(const struct redaction *redaction, bool dry_run, struct hw_out *out, struct hw_err *err)
{
    const struct hw_logged *event = &redaction->event;
    char id[HW_ID_TEXT + 1];
    unsigned life;
    hw_id_print(&event->event.record, id);
    hw_put_map_open(out);
    hw_put_key_text(out, "event", redaction->name);
    hw_put_key_text(out, "id", id);
    hw_put_key_text(out, "group", event->group);
    hw_put_key_text(out, "author", hw_arena_text(redaction->arena, event->event.author.p, event->event.author.n));
    hw_put_key_text(out, "office", hw_tx_office_of(redaction->tx, &event->inc, &life));
    hw_put_key_bool(out, "dry_run", dry_run);
    put_values(redaction, out);
    enum hw_status status = put_also(redaction, out, err);
    hw_put_close(out);
    return status;
}

enum hw_status hw_verb_redact(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                              struct hw_err *err)
{
    struct redaction redaction = {.tx = tx, .arena = hw_tx_arena(tx)};
    struct hw_slice reason = hw_arg_text(request, "reason");
    bool dry_run = hw_arg_bool(request, "dry_run");
    if (!hw_tx_self(tx)->gate)
        return hw_fail(err, HW_DENIED, "headquarters redacts: ask there");
    if (reason.n == 0 || reason.n > REASON_MAX)
        return hw_fail(err, HW_USAGE, "say why, in at most %d bytes, without the text itself: everybody reads it", REASON_MAX);
    enum hw_status status = hw_history_event(tx, hw_arg_text(request, "event"), &redaction.event, err);
    if (status)
        return status;
    const struct hw_logged *event = &redaction.event;
    redaction.name = hw_history_name(tx, redaction.arena, &event->inc, event->group, event->event.seq);
    status = put_answer(&redaction, dry_run, &answer->end, err); /* as it was */
    if (status || dry_run)
        return status;
    const char *text = hw_arena_printf(redaction.arena, "redacted by %s at %s because %.*s", request->author,
                                       hw_tx_self(tx)->office, (int)reason.n, (const char *)reason.p);
    return hw_tx_redact(tx, &event->inc, event->group, event->event.seq, text, err);
}
