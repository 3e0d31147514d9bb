/* test_carry_held.c: what a peer is told that it need not carry again, because it is here and waits for the gate. */
#include "carry_world.h"

/* Somebody's HELLO, and what it need not carry. */
struct asked {
    const char *office;
    struct hw_hello hello;
    struct hw_ack first;
    size_t n;
};

static enum hw_status find(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct asked *asked = self;
    struct hw_ack *acks;
    enum hw_status status = hw_tx_carry_held(tx, asked->office, &asked->hello, &acks, &asked->n, err);
    asked->first = asked->n ? acks[0] : (struct hw_ack){.durable = 0};
    if (asked->n)
        assert_true(hw_slice_is(asked->first.group, "wg6"));
    return status;
}

/* `serves`: how many offices it speaks for. */
static struct asked asked_by(struct world *hub, const char *office, struct hw_inc inc, size_t serves)
{
    struct asked asked = {.office = office, .hello = {.inc = inc, .serves_n = serves}};
    run(hub, find, &asked, HW_OK);
    return asked;
}

/* REL has two segments of UZB, which headquarters has not got yet. */
static struct region region_waiting(void)
{
    struct region region = region_open();
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), two = seal(&region, "wg6", 2, "Two", &one);
    struct push pushed = by_uzb(&region, &one);
    run(region.rel, push, &pushed, HW_OK);
    pushed = by_uzb(&region, &two);
    run(region.rel, push, &pushed, HW_OK);
    hw_out_done(&one.wire);
    hw_out_done(&two.wire);
    return region;
}

static const struct hw_inc later = {{9, 9, 9}};

static void whoever_serves_others_learns_what_waits_here(void **state)
{
    (void)state;
    struct region region = region_waiting();
    struct asked asked = asked_by(region.rel, "REL", later, 1);
    assert_int_equal(asked.n, 1);
    assert_int_equal(asked.first.durable, 2);
    assert_int_equal(asked.first.admitted, 0);
    assert_memory_equal(asked.first.inc.b, region.uzb.inc.b, sizeof region.uzb.inc.b);
    assert_int_equal(asked_by(region.rel, "REL", later, 0).n, 0);
    region_close(&region);
}

static void an_office_learns_it_of_its_former_incarnations(void **state)
{
    (void)state;
    struct region region = region_waiting();
    assert_int_equal(asked_by(region.rel, "UZB", later, 0).n, 1);
    assert_int_equal(asked_by(region.rel, "UZB", region.uzb.inc, 0).n, 0); /* of its own WELCOME tells */
    region_close(&region);
}

static void what_is_admitted_and_what_is_of_other_groups_is_not_said(void **state)
{
    (void)state;
    struct region region = region_waiting();
    assert_int_equal(asked_by(region.rel, "KAZ", later, 1).n, 0); /* it has no grant there */
    struct sealed one = seal(&region, "wg6", 1, "One", NULL);
    struct push pushed = by_rel(&region, &one);
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.ack.admitted, 1);
    assert_int_equal(asked_by(region.hq, "REL", later, 1).n, 0);
    hw_out_done(&one.wire);
    region_close(&region);
}

static void a_relay_says_nothing_of_groups_that_it_has_lost(void **state)
{
    (void)state;
    struct region region = region_waiting();
    run(region.hq, end_grant, (void *)(uintptr_t)"REL", HW_OK);
    down(region.hq, region.rel, "directory");
    assert_int_equal(asked_by(region.rel, "UZB", later, 1).n, 0);
    region_close(&region);
}

/* -- what nobody admits any more -- */

static enum hw_status end_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_inc *successor = self;
    return hw_tx_lives_end(tx, "UZB", successor, "UZB has another machine", NULL, hw_tx_next_change(tx), err);
}

struct orphans {
    uint64_t changes, carried;
    bool revoked;
    size_t n, incidents;
    struct hw_group_welcome at; /* what the hub says of wg6 */
    char text[400];
};

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct orphans *seen = self;
    struct hw_orphans *list;
    struct hw_counts counts;
    enum hw_status status = hw_tx_orphans(tx, &list, &seen->n, err);
    if (!status)
        status = hw_tx_counts(tx, &counts, err);
    seen->carried = counts.carried;
    seen->changes = seen->n ? list[0].changes : 0;
    seen->revoked = seen->n && list[0].revoked;
    return status;
}

static enum hw_status welcomed(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct orphans *seen = self;
    struct hw_welcome welcome = {.groups = &seen->at, .groups_n = 1};
    struct hw_incident list[HW_INCIDENTS_MAX];
    seen->at.group = hw_slice_text("wg6");
    seen->at.state = HW_GROUP_RESUME;
    enum hw_status status = hw_tx_welcome(tx, &welcome, err);
    if (!status)
        status = hw_tx_incidents(tx, list, &seen->incidents, err);
    if (!status && seen->incidents)
        snprintf(seen->text, sizeof seen->text, "%s", list[0].text);
    return status;
}

static void what_an_ended_life_left_at_a_relay_is_told_once_and_kept(void **state)
{
    (void)state;
    struct region region = region_waiting();
    struct orphans seen = {0};
    run(region.rel, look, &seen, HW_OK);
    assert_int_equal(seen.n, 0);
    assert_int_equal(seen.carried, 2);
    run(region.hq, end_life, (void *)(uintptr_t)&later, HW_OK);
    down(region.hq, region.rel, "directory");
    run(region.rel, look, &seen, HW_OK);
    assert_int_equal(seen.changes, 2);
    assert_int_equal(seen.carried, 0);
    assert_false(seen.revoked);
    seen.at.position = 1; /* headquarters may have admitted them: that is on its way */
    run(region.rel, welcomed, &seen, HW_OK);
    assert_int_equal(seen.incidents, 0);
    seen.at.position = 0;
    run(region.rel, welcomed, &seen, HW_OK);
    assert_int_equal(seen.incidents, 1);
    assert_non_null(strstr(seen.text, "2 changes of UZB.1 in wg6 were taken here"));
    assert_non_null(strstr(seen.text, "ask UZB to type them again"));
    run(region.rel, welcomed, &seen, HW_OK);
    assert_int_equal(seen.incidents, 1);
    region_close(&region);
}

static void so_is_what_a_revoked_office_left(void **state)
{
    (void)state;
    struct region region = region_waiting();
    struct orphans seen = {0};
    run(region.hq, revoke_office, (void *)(uintptr_t)"UZB", HW_OK);
    down(region.hq, region.rel, "directory");
    run(region.rel, look, &seen, HW_OK);
    assert_int_equal(seen.changes, 2);
    assert_int_equal(seen.carried, 0);
    assert_true(seen.revoked);
    run(region.rel, welcomed, &seen, HW_OK);
    assert_non_null(strstr(seen.text, "office UZB was revoked"));
    region_close(&region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_serves_others_learns_what_waits_here),
        cmocka_unit_test(an_office_learns_it_of_its_former_incarnations),
        cmocka_unit_test(what_is_admitted_and_what_is_of_other_groups_is_not_said),
        cmocka_unit_test(a_relay_says_nothing_of_groups_that_it_has_lost),
        cmocka_unit_test(what_an_ended_life_left_at_a_relay_is_told_once_and_kept),
        cmocka_unit_test(so_is_what_a_revoked_office_left),
    };
    return cmocka_run_group_tests_name("carry held", tests, NULL, NULL);
}
