/* history.c: looking back from a write to what it wrote over, and from a
 * printed name to what it names (floor 3, noun: history). */
#include "daemon/history.h"

#include <string.h>

#include "daemon/view.h"

enum { DIGITS_MAX = 19 }; /* all of them fit 64 bits */

enum hw_status hw_history_before(struct hw_tx *tx, const char *group, const struct hw_op *op, struct hw_slice *value,
                                 bool *gone, struct hw_err *err)
{
    uint64_t stamp = 0;
    *value = (struct hw_slice){0};
    *gone = false;
    for (size_t i = 0; i < op->seen_n; i++) {
        struct hw_logged seen;
        enum hw_status status = hw_tx_event(tx, &op->seen[i].inc, group, op->seen[i].seq, &seen, err);
        if (status == HW_NOT_FOUND)
            continue; /* named, not arrived: it showed nothing here */
        if (status != HW_OK)
            return status;
        if (op->seen[i].op >= seen.event.ops_n || (value->n && seen.event.stamp < stamp))
            continue;
        stamp = seen.event.stamp;
        *gone = seen.event.redacted != NULL;
        *value = seen.event.ops[op->seen[i].op].value;
    }
    return HW_OK;
}

const char *hw_history_name(struct hw_tx *tx, struct hw_arena *arena, const struct hw_inc *inc, const char *group,
                            uint64_t seq)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, inc, &life);
    return hw_event_name(arena, office, life, group, seq);
}

const char *hw_history_change_name(struct hw_tx *tx, struct hw_arena *arena, const struct hw_inc *inc, uint64_t change)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, inc, &life);
    return hw_arena_printf(arena, "%s.%u:%llu", office, life, (unsigned long long)change);
}

static bool number_of(struct hw_slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i == DIGITS_MAX - 1)
            return false;
        *number = *number * 10 + (uint64_t)(text.p[i] - '0');
    }
    return text.n > 0;
}

/* The incarnation printed as OFFICE.LIFE. */
static enum hw_status life_of(struct hw_tx *tx, struct hw_slice printed, struct hw_inc *inc, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    const struct hw_self *self = hw_tx_self(tx);
    struct hw_scan *scan;
    bool found = hw_slice_is(printed, hw_arena_printf(arena, "%s.%u", self->office, self->life));
    *inc = self->inc;
    if (found)
        return HW_OK;
    enum hw_status status = hw_scan_open(tx, HW_KIND_INCARNATION, HW_SCAN_ALL, 0, NULL, &scan, err);
    while (status == HW_OK && !found && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        struct hw_value name;
        unsigned life;
        status = hw_view_scan(tx, arena, scan, HW_KIND_INCARNATION, &row, &view, err);
        if (status != HW_OK || !hw_view_value(&view, "life", &name) || name.text.n != sizeof inc->b)
            continue;
        memcpy(inc->b, name.text.p, sizeof inc->b);
        const char *office = hw_tx_office_of(tx, inc, &life);
        found = hw_slice_is(printed, hw_arena_printf(arena, "%s.%u", office, life));
    }
    hw_scan_close(scan);
    if (status == HW_OK && !found)
        status = hw_fail(err, HW_NOT_FOUND, "no life \"%.*s\" of an office is known here; see: headway log",
                         (int)printed.n, (const char *)printed.p);
    return status;
}

enum hw_status hw_history_event(struct hw_tx *tx, struct hw_slice typed, struct hw_logged *event, struct hw_err *err)
{
    const uint8_t *colon = typed.n ? memchr(typed.p, ':', typed.n) : NULL;
    const uint8_t *slash = colon ? memchr(typed.p, '/', (size_t)(colon - typed.p)) : NULL;
    struct hw_inc inc;
    uint64_t seq;
    if (!slash || !number_of((struct hw_slice){colon + 1, typed.n - (size_t)(colon + 1 - typed.p)}, &seq))
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no event, such as KAZ.1/wg6:17; see the last column of: headway log",
                       (int)typed.n, (const char *)typed.p);
    enum hw_status status = life_of(tx, (struct hw_slice){typed.p, (size_t)(slash - typed.p)}, &inc, err);
    if (status)
        return status;
    return hw_tx_event(tx, &inc, hw_arena_text(hw_tx_arena(tx), slash + 1, (size_t)(colon - slash - 1)), seq, event, err);
}

enum hw_status hw_history_change(struct hw_tx *tx, struct hw_slice typed, struct hw_inc *inc, uint64_t *change,
                                 struct hw_err *err)
{
    const uint8_t *colon = typed.n ? memchr(typed.p, ':', typed.n) : NULL;
    struct hw_slice number = typed, life = {typed.p, 0};
    struct hw_logged event;
    *inc = hw_tx_self(tx)->inc;
    if (colon) {
        life.n = (size_t)(colon - typed.p);
        number = (struct hw_slice){colon + 1, typed.n - life.n - 1};
    }
    if (!number_of(number, change))
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no change; see the last column of: headway log", (int)typed.n,
                       (const char *)typed.p);
    if (!colon)
        return HW_OK;
    const uint8_t *slash = memchr(life.p, '/', life.n);
    const char *group = NULL;
    if (slash) {
        group = hw_arena_text(hw_tx_arena(tx), slash + 1, life.n - (size_t)(slash + 1 - life.p));
        life.n = (size_t)(slash - life.p);
    }
    enum hw_status status = life_of(tx, life, inc, err);
    if (status != HW_OK || !group)
        return status;
    status = hw_tx_event(tx, inc, group, *change, &event, err);
    if (status == HW_OK)
        *change = event.event.change;
    return status;
}
