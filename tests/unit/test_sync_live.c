/* test_sync_live.c: what a commit has just added goes out with it to whoever has all before it, and to nobody else. */
#include "sync_world.h"

static struct hw_live live_of(uint64_t first, uint64_t last)
{
    static const uint8_t item[] = {0x41, 7}, echo[] = {0x41, 8}; /* byte strings, told apart by their last byte */
    return (struct hw_live){.group = "gtg-eca", .first = first, .last = last, .items = {item, sizeof item}, .n = 1,
                            .author = office_inc, .echo = {echo, sizeof echo}, .head = {.group = {(const uint8_t *)"gtg-eca", 7}, .life = hub_inc}};
}

/* Events first..last of this office are saved and sealed in one commit. */
static void saved(struct world *world, uint64_t first, uint64_t last)
{
    struct hw_live live = live_of(first, last);
    world->tip.own_tip = world->tip.own_sealed = last;
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_CHANGE, .up = &live});
}

static void a_change_goes_up_with_its_commit(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    saved(world, 1, 1);
    DOES(world, "to 0: SEGMENTS");
    saved(world, 2, 3);
    DOES(world, "to 0: SEGMENTS"); /* 1 need not be acknowledged for that */
    tick(world, SECOND);
    DOES(world, ""); /* they were sent: not again */
    world_free(world);
}

static void a_change_behind_others_waits_for_its_turn(void **state)
{
    (void)state;
    struct world *world = office_in_session(3);
    saved(world, 4, 4);
    DOES(world, ""); /* no credit yet */
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(world, "range to 0: gtg-eca from 1");
    saved(world, 5, 5);
    DOES(world, ""); /* that range may hold it or not */
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .last = 4,
                                                  .message = hw_slice_text("segments")});
    DOES(world, "to 0: a range; range to 0: gtg-eca from 5");
    world_free(world);
}

static void a_change_saved_without_a_session_is_not_sent(void **state)
{
    (void)state;
    struct world *world = office_in_session(0);
    hear_credit(world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    event(world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    saved(world, 1, 1);
    DOES(world, "");
    world_free(world);
}

/* A hub with the writer as peer 1, and peer 2; both hold the journal to its end. */
static struct world *hub_with_two(uint64_t *session)
{
    struct world *world = world_new(false);
    *session = hub_in_session(world, 1, &office_inc);
    uint64_t other = hub_in_session(world, 2, &other_inc);
    hear_credit(world, 1, *session, HW_CREDIT_WINDOW);
    hear_credit(world, 2, other, HW_CREDIT_WINDOW);
    return world;
}

/* Entries first..last come of a message of peer 1. */
static void judged(struct world *world, uint64_t session, uint64_t first, uint64_t last)
{
    struct hw_live live = live_of(first, last);
    world->tip.position = last;
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_SEGMENTS, .session = session, .down = &live});
}

static uint8_t last_byte(const struct world *world, size_t at)
{
    struct hw_slice bytes = world->effects.items[at].bytes;
    return bytes.p[bytes.n - 1];
}

static void others_hear_first_and_the_author_after_its_ack(void **state)
{
    (void)state;
    uint64_t session;
    struct world *world = hub_with_two(&session);
    judged(world, session, 1, 1);
    DOES(world, "to 2: a range; to 1: ACK; to 1: a range");
    assert_int_equal(last_byte(world, 0), 7); /* with segments */
    assert_int_equal(last_byte(world, 2), 8);
    judged(world, session, 2, 2);
    DOES(world, "to 2: a range; to 1: ACK; to 1: a range");
    world_free(world);
}

static void who_lacks_entries_gets_them_in_order(void **state)
{
    (void)state;
    uint64_t session;
    struct world *world = hub_with_two(&session);
    world->tip.position = 4; /* written here meanwhile */
    judged(world, session, 5, 5);
    DOES(world, "to 1: ACK; range to 1: gtg-eca from 1; range to 2: gtg-eca from 1");
    judged(world, session, 6, 6);
    DOES(world, "to 1: ACK"); /* the ranges are under way */
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_goes_up_with_its_commit),
        cmocka_unit_test(a_change_behind_others_waits_for_its_turn),
        cmocka_unit_test(a_change_saved_without_a_session_is_not_sent),
        cmocka_unit_test(others_hear_first_and_the_author_after_its_ack),
        cmocka_unit_test(who_lacks_entries_gets_them_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
