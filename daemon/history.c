/* history.c: looking back from a write to what it wrote over, and from a
 * printed name to what it names (floor 3, noun: history). */
#include "daemon/history.h"

#include <string.h>

#include "daemon/view.h"

enum { DIGITS_MAX = 19 }; /* all of them fit 64 bits */

/* Where the snapshot alone is left that the group began with. */
static enum hw_status before_cut(struct hw_tx *tx, const char *group, const struct hw_row *of, const struct hw_op *op,
                                 size_t at, uint64_t *stamp, struct hw_slice *value, bool *gone, struct hw_err *err)
{
    struct hw_slice was;
    uint64_t then = 0;
    enum hw_status status = hw_tx_based(tx, group, of, op->field, &op->seen[at], &was, &then, err);
    *gone = *gone || status == HW_GAP;
    if (!status && (!value->n || then >= *stamp)) {
        *value = was;
        *stamp = then;
    }
    return status == HW_GAP || status == HW_NOT_FOUND ? HW_OK : status; /* named, not arrived: it showed nothing here */
}

enum hw_status hw_history_before(struct hw_tx *tx, const char *group, const struct hw_row *of, const struct hw_op *op,
                                 struct hw_slice *value, bool *gone, struct hw_err *err)
{
    uint64_t stamp = 0;
    *value = (struct hw_slice){0};
    *gone = false;
    for (size_t i = 0; i < op->seen_n; i++) {
        struct hw_logged seen;
        enum hw_status status = hw_tx_event(tx, &op->seen[i].inc, group, op->seen[i].seq, &seen, err);
        bool held = status != HW_NOT_FOUND;
        if (!held)
            status = before_cut(tx, group, of, op, i, &stamp, value, gone, err);
        if (status != HW_OK)
            return status;
        if (!held || op->seen[i].op >= seen.event.ops_n || (value->n && seen.event.stamp < stamp))
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

static bool is_printed(struct hw_tx *tx, const struct hw_inc *inc, struct hw_slice printed)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, inc, &life);
    return hw_slice_is(printed, hw_arena_printf(hw_tx_arena(tx), "%s.%u", office, life));
}

/* The incarnation printed as OFFICE.LIFE. What names two means neither: see hw_lives_number. */
static enum hw_status life_of(struct hw_tx *tx, struct hw_slice printed, struct hw_inc *inc, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    const struct hw_inc self = hw_tx_self(tx)->inc;
    struct hw_scan *scan;
    size_t found = is_printed(tx, &self, printed);
    *inc = self;
    enum hw_status status = hw_scan_open(tx, HW_KIND_INCARNATION, HW_SCAN_GROUP, 0, "directory", &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_inc other;
        struct hw_row row;
        struct hw_view view;
        struct hw_value name;
        status = hw_view_scan(tx, arena, scan, HW_KIND_INCARNATION, &row, &view, err);
        if (status != HW_OK || !hw_view_value(&view, "life", &name) || name.text.n != sizeof other.b)
            continue;
        memcpy(other.b, name.text.p, sizeof other.b);
        if (hw_inc_compare(&other, &self) == 0 || !is_printed(tx, &other, printed))
            continue;
        found++;
        *inc = other;
    }
    hw_scan_close(scan);
    if (status == HW_OK && found == 0)
        status = hw_fail(err, HW_NOT_FOUND, "no life \"%.*s\" of an office is known here; see: headway log",
                         (int)printed.n, (const char *)printed.p);
    if (status == HW_OK && found > 1)
        status = hw_fail(err, HW_NOT_FOUND, "two lives are called \"%.*s\" until headquarters has given them other numbers; try again later",
                         (int)printed.n, (const char *)printed.p);
    return status;
}

/* LIFE/GROUP:NUMBER taken apart: what was not said is empty. False: no number. */
struct printed {
    struct hw_slice life, group;
    uint64_t number;
};

static bool take_apart(struct hw_slice typed, struct printed *printed)
{
    const uint8_t *colon = typed.n ? memchr(typed.p, ':', typed.n) : NULL;
    *printed = (struct printed){{0}, {0}, 0};
    if (!colon)
        return number_of(typed, &printed->number);
    printed->life = (struct hw_slice){typed.p, (size_t)(colon - typed.p)};
    const uint8_t *slash = memchr(typed.p, '/', printed->life.n);
    if (slash) {
        printed->life.n = (size_t)(slash - typed.p);
        printed->group = (struct hw_slice){slash + 1, (size_t)(colon - slash) - 1};
    }
    return number_of((struct hw_slice){colon + 1, typed.n - (size_t)(colon - typed.p) - 1}, &printed->number);
}

static enum hw_status find_event(struct hw_tx *tx, const struct printed *printed, struct hw_inc *inc,
                                 struct hw_logged *event, struct hw_err *err)
{
    const char *group = hw_arena_text(hw_tx_arena(tx), printed->group.p, printed->group.n);
    enum hw_status status = life_of(tx, printed->life, inc, err);
    return status ? status : hw_tx_event(tx, inc, group, printed->number, event, err);
}

enum hw_status hw_history_event(struct hw_tx *tx, struct hw_slice typed, struct hw_logged *event, struct hw_err *err)
{
    struct printed printed;
    struct hw_inc inc;
    if (!take_apart(typed, &printed) || printed.group.n == 0)
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no event; they look like KAZ.1/gtg-eca:1204", (int)typed.n,
                       (const char *)typed.p);
    return find_event(tx, &printed, &inc, event, err);
}

enum hw_status hw_history_change(struct hw_tx *tx, struct hw_slice typed, struct hw_inc *inc, uint64_t *change,
                                 struct hw_err *err)
{
    struct printed printed;
    struct hw_logged event;
    *inc = hw_tx_self(tx)->inc;
    if (!take_apart(typed, &printed))
        return hw_fail(err, HW_USAGE, "\"%.*s\" is no change; see the last column of: headway log", (int)typed.n,
                       (const char *)typed.p);
    *change = printed.number;
    if (printed.life.n == 0 && printed.group.n == 0 && !memchr(typed.p, ':', typed.n))
        return HW_OK;
    if (printed.group.n == 0)
        return life_of(tx, printed.life, inc, err);
    enum hw_status status = find_event(tx, &printed, inc, &event, err);
    if (status == HW_OK)
        *change = event.event.change;
    return status;
}
