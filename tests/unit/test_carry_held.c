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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_serves_others_learns_what_waits_here),
        cmocka_unit_test(an_office_learns_it_of_its_former_incarnations),
        cmocka_unit_test(what_is_admitted_and_what_is_of_other_groups_is_not_said),
        cmocka_unit_test(a_relay_says_nothing_of_groups_that_it_has_lost),
    };
    return cmocka_run_group_tests_name("carry held", tests, NULL, NULL);
}
