/* pace.h: how many bytes may be on their way to one peer, so that what is urgent never waits long behind what is not.
 * Floor 1, pure.
 *
 * What was handed out cannot be overtaken: it lies in queues of ours, of the kernel and of the network. So not more is
 * handed out than the link carries in a second or two beyond a round trip; the rest waits in the store, where the next
 * message is chosen when there is room. The rate is measured by what the peer says it has committed, which takes in
 * whatever is in between. A link that is fast gets the whole window within a few round trips. */
#ifndef HEADWAY_PROTO_PACE_H
#define HEADWAY_PROTO_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages told apart; when more are on their way they are small, and one entry stands for several. */
#define HW_PACE_PARCELS 16

struct hw_pace_parcel {
    uint64_t tag;     /* whose: of hw_pace_tag */
    uint64_t last;    /* the last event or entry in it */
    uint64_t bytes;
    uint64_t sent_ms;
    uint64_t done, done_ms; /* bytes that were committed when it was handed out, and since when no more were */
    bool full;        /* the window was used up then: it tells what the link can, not what there was to say */
};

struct hw_pace {
    uint64_t rate;     /* bytes a second */
    uint64_t least_ms; /* from handing out to the word that it is committed, the shortest yet; 0: none yet */
    uint64_t way, done; /* bytes on their way; bytes known to be committed */
    uint64_t done_ms;   /* when the last of these were */
    uint64_t free_ms;   /* when the link will have taken all that was handed out, by the rate as it is known */
    struct hw_pace_parcel *parcels; /* the oldest first; owned; NULL while none is on its way: most of a hub's offices are idle */
    size_t parcels_n;
};

/* A session begins: nothing is on its way. What is known of the rate is kept, within bounds: the link may be another. */
void hw_pace_begin(struct hw_pace *pace);
/* So long took a question and its answer, both short. */
void hw_pace_round(struct hw_pace *pace, uint64_t ms);
/* Names a stream or journal: a hash of its group and incarnation. */
uint64_t hw_pace_tag(const char *group, const uint8_t *inc, size_t inc_n);
/* Bytes that may be on their way, and how long the next message may be. */
size_t hw_pace_window(const struct hw_pace *pace);
size_t hw_pace_message(const struct hw_pace *pace);
/* May another one be handed out? Live ones go up to twice the window, since they are small and wait for nobody. */
bool hw_pace_room(const struct hw_pace *pace, uint64_t now_ms, bool live);
void hw_pace_sent(struct hw_pace *pace, uint64_t now_ms, uint64_t tag, uint64_t last, size_t bytes);
/* The peer has committed all of `tag` up to `last`: that, and what was handed out before it, is on its way no more. */
void hw_pace_done(struct hw_pace *pace, uint64_t now_ms, uint64_t tag, uint64_t last);
/* The oldest of `tag` alone: of pieces that have no numbers. */
void hw_pace_piece(struct hw_pace *pace, uint64_t now_ms, uint64_t tag);
/* What is on its way will not be acknowledged: the peer has no space, refuses the stream, or is gone. Nothing is owned then. */
void hw_pace_forget(struct hw_pace *pace);

#endif
