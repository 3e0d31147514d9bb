/* pace.c: see pace.h (floor 1, pure).
 *
 * The window is what the measured rate carries in SLACK_MS and 1.25 round trips. A message is a part of it, so the line
 * never runs dry while a word of acknowledgement comes back. The measure corrects itself: on a link that can do more, a full
 * window comes back in less time than it was meant for, which is a higher rate; on one that can do less, in more.
 * A segment that was sealed elsewhere can be longer than a window. Of such there are two on their way at most, the second when
 * the line must be nearly through with the first: the word that it has arrived would come a round trip too late. */
#include "proto/pace.h"

#include <stdlib.h>
#include <string.h>

#include "headway/sync.h"

enum {
    SLACK_MS = 1000, /* what may lie in queues: a stall of that length leaves the line busy, and live changes wait no longer */
    THROUGH_MS = 2000, /* so long before the line is through with a long segment the next may go: the engine looks once a second */
    ROUND_MS = 1000, /* assumed before the first measure */
    ROUND_MAX_MS = 6000, /* beyond that it is a queue and not a distance */
    START = 8 * 1000,    /* bytes a second, 64 kbit/s: should the line be slower, the first window teaches that */
    START_MAX = 64 * 1000,
    WINDOW_MIN = 8 * 1024, /* on a slower line a message is long whatever is done */
    SHARE = 3,
    SLOWER = 4 /* of a lower measure, a quarter counts: one stall is no slow link */
};

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void let_go(struct hw_pace *pace)
{
    free(pace->parcels);
    pace->parcels = NULL;
    pace->parcels_n = 0;
}

void hw_pace_begin(struct hw_pace *pace)
{
    uint64_t rate = pace->rate ? clamp(pace->rate, WINDOW_MIN / 4, START_MAX) : START;
    hw_pace_forget(pace);
    *pace = (struct hw_pace){.rate = rate};
}

/* FNV-1a: names are compared within one session, with nobody's harm in mind but a wrong measure. */
uint64_t hw_pace_tag(const char *group, const uint8_t *inc, size_t inc_n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *group; group++)
        hash = (hash ^ (uint8_t)*group) * 0x100000001b3u;
    for (size_t i = 0; i < inc_n; i++)
        hash = (hash ^ inc[i]) * 0x100000001b3u;
    return hash;
}

size_t hw_pace_window(const struct hw_pace *pace)
{
    uint64_t round = pace->least_ms ? clamp(pace->least_ms, 1, ROUND_MAX_MS) : ROUND_MS;
    uint64_t rate = clamp(pace->rate, 1, UINT32_MAX);
    return (size_t)clamp(rate * (SLACK_MS + round + round / 4) / 1000, WINDOW_MIN, HW_CREDIT_WINDOW);
}

size_t hw_pace_message(const struct hw_pace *pace)
{
    return (size_t)clamp(hw_pace_window(pace) / SHARE, 1, HW_MESSAGE_SIZE - 1024); /* the envelope around it */
}

void hw_pace_round(struct hw_pace *pace, uint64_t ms)
{
    ms = ms ? ms : 1;
    if (!pace->least_ms || ms < pace->least_ms)
        pace->least_ms = ms;
}

static uint64_t longest(const struct hw_pace *pace)
{
    uint64_t most = 0;
    for (size_t i = 0; i < pace->parcels_n; i++)
        most = pace->parcels[i].bytes > most ? pace->parcels[i].bytes : most;
    return most;
}

bool hw_pace_room(const struct hw_pace *pace, uint64_t now_ms, bool live)
{
    bool through = pace->free_ms <= now_ms + THROUGH_MS && pace->way - longest(pace) < hw_pace_message(pace);
    return pace->way < hw_pace_window(pace) * (live ? 2u : 1u) || through;
}

void hw_pace_sent(struct hw_pace *pace, uint64_t now_ms, uint64_t tag, uint64_t last, size_t bytes)
{
    if (pace->way == 0)
        pace->done_ms = now_ms; /* the link was idle until now */
    pace->way += bytes;
    pace->free_ms = (pace->free_ms > now_ms ? pace->free_ms : now_ms) + bytes * 1000 / clamp(pace->rate, 1, UINT32_MAX);
    bool full = pace->way >= hw_pace_window(pace);
    struct hw_pace_parcel *newest = pace->parcels_n ? &pace->parcels[pace->parcels_n - 1] : NULL;
    if (newest && pace->parcels_n == HW_PACE_PARCELS) { /* the word of the newest answers for those before it */
        newest->tag = tag;
        newest->last = last;
        newest->bytes += bytes;
        newest->full = newest->full || full;
        return;
    }
    if (!pace->parcels)
        pace->parcels = hw_alloc(HW_PACE_PARCELS * sizeof *pace->parcels);
    pace->parcels[pace->parcels_n++] = (struct hw_pace_parcel){.tag = tag, .last = last, .bytes = bytes, .sent_ms = now_ms,
                                                               .done = pace->done, .done_ms = pace->done_ms, .full = full};
}

/* What was committed since the last word before this parcel was handed out: of one alone, it would be the round trip that is
 * measured. */
static void measure(struct hw_pace *pace, uint64_t now_ms, const struct hw_pace_parcel *parcel)
{
    uint64_t ms = now_ms > parcel->done_ms ? now_ms - parcel->done_ms : 1;
    uint64_t rate = (pace->done - parcel->done) * 1000 / ms;
    hw_pace_round(pace, now_ms - parcel->sent_ms);
    if (rate > pace->rate)
        pace->rate = rate;
    else if (parcel->full)
        pace->rate -= (pace->rate - rate) / SLOWER;
    pace->done_ms = now_ms;
}

/* The first `n` parcels have arrived. */
static void arrived(struct hw_pace *pace, uint64_t now_ms, size_t n)
{
    struct hw_pace_parcel last = pace->parcels[n - 1];
    for (size_t i = 0; i < n; i++) {
        pace->way -= pace->parcels[i].bytes;
        pace->done += pace->parcels[i].bytes;
    }
    pace->parcels_n -= n;
    memmove(pace->parcels, pace->parcels + n, pace->parcels_n * sizeof *pace->parcels);
    if (pace->parcels_n == 0)
        let_go(pace);
    measure(pace, now_ms, &last);
}

void hw_pace_done(struct hw_pace *pace, uint64_t now_ms, uint64_t tag, uint64_t last)
{
    for (size_t n = pace->parcels_n; n > 0; n--)
        if (pace->parcels[n - 1].tag == tag && pace->parcels[n - 1].last <= last) {
            arrived(pace, now_ms, n);
            return;
        }
}

void hw_pace_piece(struct hw_pace *pace, uint64_t now_ms, uint64_t tag)
{
    for (size_t n = 1; n <= pace->parcels_n; n++)
        if (pace->parcels[n - 1].tag == tag) {
            arrived(pace, now_ms, n);
            return;
        }
}

void hw_pace_forget(struct hw_pace *pace)
{
    pace->done += pace->way;
    pace->way = pace->free_ms = 0;
    let_go(pace);
}
