/* store_restamp.c: the stamps of drafts that are about to be sealed, set right
 * by the hub's clock (floor 2).
 *
 * A draft was stamped by this machine's clock, which may have been wrong by years. The hub's time is known when a draft is
 * sealed: its stamp is moved by the difference of the clocks, brought back when it is still ahead, and raised above the
 * event before it in the stream and above the writes that it names, unless those are ahead themselves. Writes are named
 * without stamps, so nobody's name changes. */
#include "daemon/store_internal.h"
#include "headway/stamp.h"

/* A difference that a slow link alone can make is none: WELCOME is as old as its way here. */
enum { TOLERANCE_MS = 10 * 1000 };

void hw_tx_offset(struct hw_tx *tx, int64_t offset_ms)
{
    tx->offset = offset_ms > TOLERANCE_MS || offset_ms < -TOLERANCE_MS ? offset_ms : 0;
}

/* The stamp of the stream's last sealed event. */
static enum hw_status last_stamp(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err)
{
    struct hw_stored_segment segment;
    struct hw_opened opened;
    if (stream->stamped || !stream->sealed)
        return HW_OK;
    enum hw_status status = hw_segment_get(tx, stream, stream->sealed, false, &segment, err);
    if (!status)
        status = hw_segment_open(segment.wire, &tx->arena, &opened, err);
    if (!status)
        stream->stamped = opened.events[opened.head.n - 1].stamp;
    return status;
}

static uint64_t moved(const struct hw_tx *tx, uint64_t stamp)
{
    int64_t ms = (int64_t)hw_stamp_ms(stamp) + tx->offset;
    uint64_t hub_now = (uint64_t)(tx->wall + tx->offset);
    if (tx->offset)
        stamp = (uint64_t)(ms > 0 ? ms : 0) << 16 | (stamp & 0xffff);
    return hw_stamp_ahead(stamp, hub_now) ? hub_now << 16 : stamp;
}

static uint64_t above(const struct hw_tx *tx, uint64_t stamp, uint64_t floor)
{
    bool ahead = hw_stamp_ahead(floor, (uint64_t)(tx->wall + tx->offset));
    return floor >= stamp && !ahead ? floor + 1 : stamp;
}

/* Raises the stamp above those of the writes that the event names. */
static enum hw_status above_names(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_group *group,
                                  const struct hw_event *events, size_t at, uint64_t *stamp, struct hw_err *err)
{
    const struct hw_event *event = &events[at];
    for (size_t o = 0; o < event->ops_n; o++)
        for (size_t s = 0; s < event->ops[o].seen_n; s++) {
            const struct hw_name *name = &event->ops[o].seen[s];
            struct hw_logged named;
            if (hw_inc_compare(&name->inc, &stream->inc) == 0 && name->seq >= events[0].seq && name->seq < event->seq) {
                *stamp = above(tx, *stamp, events[name->seq - events[0].seq].stamp);
                continue;
            }
            enum hw_status status = hw_tx_event(tx, &name->inc, group->code, name->seq, &named, err);
            if (status && status != HW_NOT_FOUND)
                return status;
            if (!status)
                *stamp = above(tx, *stamp, named.event.stamp);
        }
    return HW_OK;
}

enum hw_status hw_restamp(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                          struct hw_event *events, size_t n, struct hw_err *err)
{
    enum hw_status status = last_stamp(tx, stream, err);
    for (size_t i = 0; i < n && !status; i++) {
        struct hw_event *event = &events[i];
        uint64_t stamp = moved(tx, event->stamp);
        bool odd = stamp != event->stamp || stamp <= stream->stamped || !stream->stamped;
        stamp = above(tx, stamp, stream->stamped);
        if (odd)
            status = above_names(tx, stream, group, events, i, &stamp, err);
        if (!status && stamp != event->stamp)
            status = hw_record_fold(tx, event->kind, &event->record, group->code, err);
        event->stamp = stream->stamped = stamp;
    }
    return status;
}
