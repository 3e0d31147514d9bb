/* sync_brief.c: live changes in few bytes (floor 1, pure): when SEALED and NEWS take
 * the place of SEGMENTS and JOURNAL, when a signature may come later, and which acknowledgements can wait.
 *
 * An office that is in step is sent what it cannot compute. To one that is connected with the gate itself, the first change of a
 * burst goes with its signature, those that follow without, and the last one's comes when the burst is over. An ACK for NEWS waits for the
 * tick: nobody waits for it. Until then the disk need not have it either: such NEWS is committed softly, and what the last second
 * brought comes again should the power fail. What NEWS tells a writer, ACK need not. */
#include <string.h>

#include "proto/sync_internal.h"

enum {
    UNTOLD_MAX = 2048, /* bytes of NEWS: to the hub they are on their way until then, and leave less room for others */
    SIGN_MS = 2000, /* a crowd's changes in that time share a signature; so long an entry rests on the connection's key alone */
    BARE_MAX = 32   /* what HW_BARE_MAX of the store takes, less what two messages have: the last without, and the first with one */
};

struct lane_group *hw_brief_lane(struct lane_group *groups, size_t n, uint64_t number)
{
    for (size_t i = 0; i < n; i++)
        if (groups[i].number == number)
            return &groups[i];
    return NULL;
}

/* -- office -- */

void hw_brief_push(struct hw_effect *range, const struct lane_group *group)
{
    range->brief = true;
    range->lane = group->number;
}

void hw_brief_recv(struct step *step, const struct hw_news *news, struct hw_slice bytes)
{
    struct upstream *up = &step->sync->up;
    const struct lane_group *group = hw_brief_lane(up->groups, up->groups_n, news->lane);
    if (!group) {
        hw_office_fail(step, HW_CORRUPT, "the hub sent news of a group that it did not name", 0);
        return;
    }
    size_t before = step->effects->n;
    hw_office_take(step, HW_APPEND_JOURNAL, bytes);
    struct hw_effect *append = &step->effects->items[step->effects->n - 1];
    if (step->effects->n == before || append->type != HW_DO_APPEND)
        return;
    append->group = hw_arena_text(step->arena, group->group, strlen(group->group));
    append->bare = up->direct;
    append->later = up->untold < UNTOLD_MAX;
    append->soft = append->later && !step->sync->config.hub; /* a relay has it and its readers have it, or neither */
    up->untold = append->later ? up->untold + bytes.n : 0;
}

void hw_brief_settle(struct step *step)
{
    struct upstream *up = &step->sync->up;
    if (up->settling)
        return;
    up->settling = true;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, HW_UPSTREAM);
    append->append = HW_APPEND_SETTLE;
    append->apart = true;
}

void hw_brief_settled(struct step *step, const struct hw_stored *stored)
{
    struct upstream *up = &step->sync->up;
    up->settling = false;
    if (stored->status) {
        hw_office_own_fault(step, stored);
        return;
    }
    up->unsettled = false;
    if (up->late)
        hw_office_up(step);
    else if (up->state == HW_OFFICE_STREAM)
        hw_brief_ack(step);
}

bool hw_brief_hello(const struct hw_sync *sync, struct hw_hello *hello)
{
    static const uint8_t none[HW_TOKEN_SIZE];
    bool again = !sync->up.whole && hello->serves_n == 0 && memcmp(hello->token, none, sizeof none) != 0;
    for (size_t i = 0; i < sync->tips_n && again; i++) {
        const struct hw_group_tip *tip = &sync->tips[i];
        again = tip->bare == 0 && tip->own_sealed == tip->own_admitted && (tip->position > 0 || tip->own_sealed == 0);
    }
    hello->again = again;
    if (again)
        hw_hello_digest(hello, hello->digest);
    return again;
}

void hw_brief_acked(struct step *step)
{
    struct upstream *up = &step->sync->up;
    for (size_t i = 0; i < up->groups_n && up->state == HW_OFFICE_STREAM; i++) {
        struct lane_group *group = &up->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (!tip || tip->own_admitted <= group->acked)
            continue;
        group->acked = tip->own_admitted;
        hw_pace_done(&up->pace, step->input->now_ms,
                     hw_pace_tag(group->group, step->sync->config.inc.b, sizeof step->sync->config.inc.b), group->acked);
        if (group->sent < group->acked)
            group->sent = group->acked;
        if (!up->paused_until)
            up->paused[0] = 0;
    }
}

void hw_brief_ack(struct step *step)
{
    struct upstream *up = &step->sync->up;
    struct hw_message message = {.type = HW_ACK, .session = up->session};
    struct hw_ack_message *ack = &message.body.ack;
    if (up->unsettled) {
        hw_brief_settle(step);
        return;
    }
    ack->journals = hw_arena_zero(step->arena, up->groups_n, sizeof *ack->journals);
    for (size_t i = 0; i < up->groups_n; i++) {
        struct lane_group *group = &up->groups[i];
        const struct hw_group_tip *tip = hw_step_tip(step->sync, group->group);
        if (!tip || tip->position <= group->told || group->told == 0)
            continue;
        ack->journals[ack->journals_n++] = (struct hw_position){.position = tip->position, .lane = group->number};
        group->told = tip->position;
    }
    if (ack->journals_n)
        hw_step_send(step, HW_UPSTREAM, &message);
}

/* -- hub -- */

void hw_brief_segments(struct step *step, struct peer *peer, const char *group)
{
    if (peer->window <= 0) {
        hw_hub_fail(step, peer->number, HW_LIMIT, "it sent more than it was granted");
        return;
    }
    peer->window -= (int64_t)step->input->bytes.n;
    struct hw_effect *append = hw_step_add(step, HW_DO_APPEND, peer->number);
    append->append = HW_APPEND_SEGMENTS;
    append->bytes = step->input->bytes;
    append->session = peer->session;
    append->group = group ? hw_arena_text(step->arena, group, strlen(group)) : NULL;
    append->office = hw_arena_text(step->arena, peer->office, strlen(peer->office));
    append->reader = peer->inc;
}

void hw_brief_segment(struct step *step, struct peer *peer, const struct hw_sealed *sealed)
{
    const struct lane_group *group = hw_brief_lane(peer->groups, peer->groups_n, sealed->lane);
    if (group)
        hw_brief_segments(step, peer, group->group);
    else
        hw_hub_fail(step, peer->number, HW_DENIED, "a change of a group that this session does not have");
}

void hw_brief_confirmed(struct step *step, struct peer *peer, const struct hw_ack_message *ack)
{
    for (size_t i = 0; i < ack->journals_n; i++) {
        const struct hw_position *told = &ack->journals[i];
        struct lane_group *group = told->group.n ? hw_lane_find(peer->groups, peer->groups_n, told->group)
                                                 : hw_brief_lane(peer->groups, peer->groups_n, told->lane);
        if (group)
            hw_down_ack(step, peer, group, told->position);
    }
}

bool hw_brief_told(const struct step *step, const struct peer *peer, const struct hw_stored *stored)
{
    if (!stored->brief || stored->refused || peer->credit < HW_CREDIT_LEAST || stored->acks_n != 1)
        return false;
    const struct hw_ack *ack = &stored->acks[0];
    const struct lane_group *group = hw_lane_find(peer->groups, peer->groups_n, ack->group);
    const struct hw_group_tip *tip = group ? hw_step_tip(step->sync, group->group) : NULL;
    if (group && peer->lane == HW_LANE_LIVE && group->turn.behind)
        return false; /* it takes no backlog now: that will not come before it asks */
    return tip && group->snap == SNAP_NONE && tip->position > group->sent && ack->admitted == ack->durable;
}

/* The reader holds the entry before: it was sent in this session, or is the one whose signature it misses. */
static bool in_step(const struct lane_group *group)
{
    return (group->begun || group->bare > 0) && strcmp(group->group, "directory") != 0;
}

static bool may_be_bare(const struct step *step, const struct peer *peer, const struct lane_group *group)
{
    bool fresh = group->signed_ms && step->input->now_ms - group->signed_ms < SIGN_MS;
    return peer->bare && step->sync->config.gate && fresh && group->bare < BARE_MAX;
}

void hw_brief_range(const struct step *step, const struct peer *peer, const struct lane_group *group, struct hw_effect *range)
{
    range->brief = in_step(group);
    range->lane = group->number;
    range->owing = group->bare > 0;
    range->bare = may_be_bare(step, peer, group);
}

void hw_brief_sent(const struct step *step, struct lane_group *group, uint64_t last, bool bare)
{
    group->begun = true;
    if (bare) {
        group->bare += last - group->sent;
        return;
    }
    group->bare = 0;
    group->signed_ms = step->input->now_ms;
}

bool hw_brief_up(uint64_t session, const struct lane_group *group, const struct hw_live *live, struct hw_out *out)
{
    struct hw_message message = {.type = HW_SEALED, .session = session, .body.sealed = live->sealed};
    if (live->sealed.n == 0)
        return false;
    message.body.sealed.lane = group->number;
    hw_message_encode(out, &message);
    return true;
}

bool hw_brief_down(const struct step *step, const struct peer *peer, struct lane_group *group, const struct hw_live *live, bool wrote,
                   struct hw_out *out)
{
    struct hw_message message = {.type = HW_NEWS, .session = peer->session, .body.news = live->news};
    struct hw_news *news = &message.body.news;
    bool bare = live->gate && may_be_bare(step, peer, group);
    if (news->items_n == 0 || !in_step(group))
        return false;
    news->lane = group->number;
    news->is_signed = !bare;
    news->items = hw_arena_copy(step->arena, live->news.items, news->items_n * sizeof *news->items);
    for (size_t i = 0; i < news->items_n; i++)
        news->items[i].own = wrote;
    hw_message_encode(out, &message);
    hw_brief_sent(step, group, live->last, bare);
    return true;
}

bool hw_brief_seal(struct step *step, struct peer *peer)
{
    for (size_t i = 0; i < peer->groups_n && peer->credit >= HW_CREDIT_LEAST; i++) {
        const struct lane_group *group = &peer->groups[i];
        if (group->bare == 0 || step->input->now_ms - group->signed_ms < SIGN_MS)
            continue;
        struct hw_effect *range = hw_step_add(step, HW_DO_SEND_RANGE, peer->number);
        range->append = HW_APPEND_RANGE;
        range->group = hw_arena_text(step->arena, group->group, strlen(group->group));
        range->from = group->sent + 1;
        range->max = HW_MESSAGE_SIZE - 1024;
        range->session = peer->session;
        range->reader = peer->inc;
        range->brief = range->owing = range->signature = true;
        range->lane = group->number;
        return true;
    }
    return false;
}
