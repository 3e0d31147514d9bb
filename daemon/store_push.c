/* store_push.c: segments that a peer pushes, its own and those that it carries
 * for others (floor 2). */
#include <stdio.h>
#include <string.h>

#include "daemon/store_branch.h"
#include "daemon/store_internal.h"

/* `office` has something to do with the group; what it may write there is judged event by event. */
static enum hw_status check_grant(struct hw_tx *tx, const char *office, const struct hw_segment *head,
                                  struct hw_err *err)
{
    enum hw_granted granted = HW_GRANTED_NEVER;
    enum hw_status status = hw_tx_has_grant(tx, office, head->group, &granted, err);
    if (!status && (granted != HW_GRANTED_NOW || hw_slice_is(head->group, "directory")))
        return hw_fail(err, HW_DENIED, "office %s has no grant in group %.*s", office, (int)head->group.n,
                       (const char *)head->group.p);
    return status;
}

/* Who is in session is active: the link sees to that. An author is known by the directory alone. */
static enum hw_status check_author(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    bool left;
    enum hw_status status = hw_office_left(tx, office, &left, err);
    return !status && left ? hw_fail(err, HW_DENIED, "office %s is revoked", office) : status;
}

/* A segment goes where its author's office and everybody who carries it may write. */
static enum hw_status check_push(struct hw_tx *tx, const char *office, const struct hw_segment *head,
                                 struct hw_err *err)
{
    const struct hw_life *life;
    bool serves = false;
    enum hw_status status = hw_cache_life(tx, &head->inc, &life, err);
    if (!status && !life)
        return hw_fail(err, HW_DENIED, "office %s pushed a segment of an incarnation that is not in the directory", office);
    if (!status && life->ended)
        return hw_fail(err, HW_DENIED, "%s.%u has ended, since its office has another machine or other keys: nothing new of it is"
                       " taken", life->office, life->number);
    char author[HW_OFFICE_MAX + 1] = "";
    if (!status)
        memcpy(author, life->office, sizeof author);
    if (!status)
        status = check_grant(tx, author, head, err);
    if (!status && strcmp(author, office) != 0)
        status = check_author(tx, author, err);
    if (!status && strcmp(author, office) != 0)
        status = check_grant(tx, office, head, err);
    if (!status && life->number > 1 && strcmp(author, office) != 0) /* behind a relay: that is how its new keys show */
        status = hw_life_settle(tx, life, NULL, err);
    const char *group = hw_arena_text(&tx->arena, head->group.p, head->group.n);
    if (!status)
        status = hw_carry_serves(tx, group, &serves, err);
    if (!status && !serves)
        return hw_fail(err, HW_DENIED, "this relay has no grant in group %s", group);
    return status;
}

static struct hw_ack *ack_for(struct hw_ack *acks, size_t *n, const struct hw_segment *head)
{
    for (size_t i = 0; i < *n; i++)
        if (hw_inc_compare(&acks[i].inc, &head->inc) == 0 && hw_slice_equal(acks[i].group, head->group))
            return &acks[i];
    acks[*n] = (struct hw_ack){.inc = head->inc, .group = head->group};
    return &acks[(*n)++];
}

/* A stream that is refused costs a look into the directory or a signature, and does not end the session; a message has room
 * for a thousand of them, and the store has one thread. So what follows in a refused stream is passed over, and streams are
 * refused so often for one office and no more. */
struct refusals {
    char office[HW_OFFICE_MAX + 1];
    double left; /* a bucket of a minute's worth */
    int64_t at_ms;
};

void hw_store_refusals(struct hw_store *store, unsigned a_minute)
{
    store->refusals_a_minute = a_minute;
}

static struct refusals *refusals_of(struct hw_store *store, const char *office)
{
    for (size_t i = 0; i < store->refusals_n; i++)
        if (strcmp(store->refusals[i].office, office) == 0)
            return &store->refusals[i];
    store->refusals = hw_realloc(store->refusals, (store->refusals_n + 1) * sizeof *store->refusals);
    struct refusals *one = &store->refusals[store->refusals_n++];
    *one = (struct refusals){.left = -1};
    snprintf(one->office, sizeof one->office, "%s", office);
    return one;
}

static enum hw_status count_refusal(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    enum { MINUTE_MS = 60 * 1000 };
    struct refusals *one = refusals_of(tx->store, office);
    double most = tx->store->refusals_a_minute ? tx->store->refusals_a_minute : HW_REFUSALS_PER_MINUTE;
    int64_t gone = tx->wall > one->at_ms ? tx->wall - one->at_ms : 0; /* a clock that was set back fills nothing */
    one->left = one->left < 0 ? most : one->left + most * (double)(gone < MINUTE_MS ? gone : MINUTE_MS) / MINUTE_MS;
    one->left = one->left < most ? one->left : most;
    one->at_ms = tx->wall;
    if (one->left < 1)
        return hw_fail(err, HW_LIMIT, "more than %.0f streams a minute that are not taken (refusals_per_minute)", most);
    one->left -= 1;
    return HW_OK;
}

/* Whether something before it in its stream was refused in this message: it cannot fit any more. */
static bool is_refused(const struct hw_segment *refused, size_t n, const struct hw_segment *head)
{
    for (size_t i = 0; i < n; i++)
        if (hw_inc_compare(&refused[i].inc, &head->inc) == 0 && hw_slice_equal(refused[i].group, head->group) &&
            head->first > refused[i].first)
            return true;
    return false;
}

static void say_refused(struct hw_taken *taken, const struct hw_segment *head, enum hw_status status, const char *why)
{
    if (taken->refused.status)
        return;
    taken->refused = (struct hw_carry_refusal){.status = status, .inc = head->inc};
    memcpy(taken->refused.group, head->group.p, head->group.n);
    snprintf(taken->refused.text, sizeof taken->refused.text, "%.*s", (int)sizeof taken->refused.text - 1, why);
}

/* What this hub itself wrote before its database was copied back is taken under other names all the same: the ACK says how far, so
 * that what follows comes as well, in the next message. */
static enum hw_status refuse(struct hw_tx *tx, const char *office, struct hw_slice wire, const struct hw_segment *head,
                             enum hw_status why, const char *text, struct hw_taken *taken, bool *refused, struct hw_err *err)
{
    uint64_t tip = 0;
    enum hw_status status = HW_OK;
    if (why == HW_FORK || why == HW_SIGNATURE || why == HW_GAP)
        status = hw_branch_take(tx, office, wire, &tip, err);
    *refused = !tip;
    if (status)
        return status;
    if (tip) {
        ack_for(taken->acks, &taken->acks_n, head)->durable = tip;
        return HW_OK;
    }
    say_refused(taken, head, why, text);
    return count_refusal(tx, office, err);
}

/* `own`: what is wrong is the peer's own fault, and ends its session. What is wrong with another's stream must not: the peer
 * would bring it again and again, and everything else that it has would wait behind. Nor must a grant that has ended while
 * changes were on their way. */
static enum hw_status take_one(struct hw_tx *tx, const char *office, struct hw_slice wire,
                               const struct hw_segment *head, struct hw_taken *taken, bool own, bool *refused,
                               struct hw_err *err)
{
    struct hw_opened opened;
    struct hw_stream *stream;
    struct hw_err why = {0};
    bool known = true, moved;
    enum hw_status status = check_push(tx, office, head, &why);
    own = own && status != HW_DENIED;
    if (!status)
        status = hw_segment_take(tx, wire, &opened, &stream, &known, false, &why);
    if (status && (own || status == HW_IO || status == HW_NO_SPACE))
        return hw_fail(err, status, "%s", why.text);
    if (status)
        return refuse(tx, office, wire, head, status, why.text, taken, refused, err);
    ack_for(taken->acks, &taken->acks_n, head);
    struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    if (known || !hw_gate_here(tx->store, group))
        return HW_OK;
    return hw_gate_segment(tx, group, stream, &opened, stream->hash, &moved, err);
}

enum hw_status hw_tx_take_segments(struct hw_tx *tx, const char *office, const struct hw_inc *peer,
                                   const struct hw_slice *wires, size_t n, struct hw_taken *taken, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    *taken = (struct hw_taken){.acks = hw_arena_zero(&tx->arena, n, sizeof *taken->acks)};
    struct hw_segment *refused = hw_arena_zero(&tx->arena, n, sizeof *refused);
    size_t refused_n = 0;
    for (size_t i = 0; !status && i < n; i++) {
        struct hw_segment head;
        bool no = false;
        status = hw_segment_read(wires[i], &head, err);
        if (!status && !is_refused(refused, refused_n, &head))
            status = take_one(tx, office, wires[i], &head, taken, hw_inc_compare(&head.inc, peer) == 0, &no, err);
        if (no)
            refused[refused_n++] = head;
    }
    for (size_t i = 0; i < taken->acks_n && !status; i++) {
        struct hw_ack *ack = &taken->acks[i];
        struct hw_group *group = hw_cache_group(tx->store, ack->group);
        if (hw_gate_here(tx->store, group))
            status = hw_gate_judge(tx, group, err);
        const struct hw_stream *stream = hw_cache_stream(tx->store, &ack->inc, group->id);
        ack->admitted = stream->admitted;
        if (!ack->durable)
            ack->durable = stream->sealed;
    }
    return status ? status : hw_tx_heard_set(tx, office, tx->wall, 0, err);
}
