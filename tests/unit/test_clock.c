/* test_clock.c: bad clocks do no harm: what the stamps of drafts become when they are sealed, and what a gate with a wrong
 * clock does. The wall clock is the test's. */
#include "daemon/clock.h"
#include "daemon/store_internal.h"
#include "daemon/store_verify.h"
#include "headway/stamp.h"
#include "verb_world.h"

#define NOW INT64_C(1784000000000)
#define TEN_YEARS (INT64_C(3653) * 86400 * 1000)

static int64_t wall = NOW;

int64_t hw_clock_wall(void)
{
    return wall;
}

/* An office that was set up with a right clock and belongs to a headquarters now. */
static struct world *office(void)
{
    wall = NOW;
    struct world *world = world_open("KAZ", false);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    world->identity.enrolled = true;
    hw_store_identify(world->store, &world->identity);
    return world;
}

struct sealing {
    struct world *world;
    int64_t offset;
};

static enum hw_status seal(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sealing *sealing = self;
    hw_tx_offset(tx, sealing->offset);
    return hw_tx_seal(tx, HW_SEGMENT_MAX, err);
}

static void sealed(struct world *world, int64_t offset)
{
    struct hw_err err = {0};
    struct sealing sealing = {world, offset};
    struct hw_job job = {.write = true, .run = seal, .self = &sealing};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

struct looking {
    uint64_t seq, stamp, shown;
};

/* The stamp in the log, and the greatest that the record's row shows. */
static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct looking *looking = self;
    struct hw_logged logged;
    struct hw_record *record;
    enum hw_status status = hw_tx_event(tx, &hw_tx_self(tx)->inc, "wg6", looking->seq, &logged, err);
    if (!status)
        status = hw_tx_record(tx, logged.event.kind, &logged.event.record, "wg6", &record, err);
    looking->stamp = logged.event.stamp;
    for (size_t c = 0; !status && c < record->row.cells_n; c++)
        for (size_t h = 0; h < record->row.cells[c].heads_n; h++)
            if (record->row.cells[c].heads[h].name.seq == looking->seq)
                looking->shown = record->row.cells[c].heads[h].stamp;
    return status;
}

static uint64_t stamp_of(struct world *world, uint64_t seq)
{
    struct hw_err err = {0};
    struct looking looking = {.seq = seq};
    struct hw_job job = {.run = look, .self = &looking};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
    assert_true(looking.stamp == looking.shown); /* the row was folded anew */
    return looking.stamp;
}

static void a_draft_of_a_clock_that_is_slow_is_moved_to_the_hubs_time(void **state)
{
    (void)state;
    struct world *world = office();
    wall = NOW - TEN_YEARS;
    ask_ok(world, "plan.add", "{'title':'Plan','group':'wg6'}");
    assert_true(hw_stamp_ms(stamp_of(world, 1)) == (uint64_t)(NOW - TEN_YEARS));
    wall += 5000;
    sealed(world, TEN_YEARS);
    assert_true(hw_stamp_ms(stamp_of(world, 1)) == (uint64_t)NOW);
    world_close(world);
}

static void a_draft_of_a_clock_that_was_fast_is_brought_back_to_now(void **state)
{
    (void)state;
    struct world *world = office();
    wall = NOW + TEN_YEARS;
    ask_ok(world, "plan.add", "{'title':'Plan','group':'wg6'}");
    wall = NOW; /* somebody has set it right meanwhile */
    sealed(world, 0);
    assert_true(hw_stamp_ms(stamp_of(world, 1)) == (uint64_t)NOW);
    world_close(world);
}

static void a_link_that_is_slow_moves_no_stamp(void **state)
{
    (void)state;
    struct world *world = office();
    ask_ok(world, "plan.add", "{'title':'Plan','group':'wg6'}");
    uint64_t before = stamp_of(world, 1);
    sealed(world, 4000);
    assert_true(stamp_of(world, 1) == before);
    world_close(world);
}

static void stamps_rise_in_the_stream_when_the_clock_went_back_between(void **state)
{
    (void)state;
    struct world *world = office();
    ask_ok(world, "plan.add", "{'title':'One','group':'wg6'}");
    sealed(world, 0);
    wall = NOW - TEN_YEARS;
    ask_ok(world, "plan.add", "{'title':'Two','group':'wg6'}");
    assert_true(stamp_of(world, 2) < stamp_of(world, 1));
    wall = NOW + 60000; /* set right before the next session */
    sealed(world, 0);
    assert_true(stamp_of(world, 2) == stamp_of(world, 1) + 1);
    world_close(world);
}

static void a_draft_is_stamped_after_the_writes_that_it_names(void **state)
{
    (void)state;
    struct world *world = office();
    ask_ok(world, "plan.add", "{'title':'One','group':'wg6','assign':['code=one']}");
    wall = NOW - TEN_YEARS; /* names what was written ten years later by this clock */
    ask_ok(world, "set", "{'target':['one'],'assign':['title=Two']}");
    wall = NOW;
    sealed(world, 0);
    assert_true(stamp_of(world, 2) > stamp_of(world, 1));
    world_close(world);
}

static void the_clock_follows_no_wall_clock_that_was_wrong_for_longer_than_it_is(void **state)
{
    (void)state;
    struct world *world = office();
    wall = NOW + TEN_YEARS;
    ask_ok(world, "plan.add", "{'title':'One','group':'wg6'}");
    wall = NOW;
    ask_ok(world, "plan.add", "{'title':'Two','group':'wg6'}");
    assert_true(hw_stamp_ms(stamp_of(world, 2)) == (uint64_t)NOW);
    world_close(world);
}

static enum hw_status verify(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_verified result;
    enum hw_status status = hw_tx_verify(tx, &result, err);
    *(uint64_t *)self = result.faults_all;
    return status;
}

static uint64_t faults(struct world *world)
{
    uint64_t n = 0;
    struct hw_job job = {.run = verify, .self = &n};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    return n;
}

static void a_clock_that_was_wrong_is_no_damage(void **state)
{
    (void)state;
    struct world *world = office();
    wall = NOW + TEN_YEARS;
    ask_ok(world, "plan.add", "{'title':'One','group':'wg6'}");
    wall = NOW; /* set back: the next stamp is below the one before */
    ask_ok(world, "plan.add", "{'title':'Two','group':'wg6'}");
    assert_int_equal(faults(world), 0);
    sealed(world, TEN_YEARS); /* the hub's time, far above this node's own last stamp */
    assert_true(hw_stamp_ms(stamp_of(world, 2)) >= (uint64_t)(NOW + TEN_YEARS));
    assert_int_equal(faults(world), 0);
    world_close(world);
}

static enum hw_status doubts(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)err;
    *(bool *)self = hw_tx_doubts_clock(tx);
    return HW_OK;
}

static bool gate_doubts(struct world *world)
{
    bool answer = false;
    struct hw_job job = {.run = doubts, .self = &answer};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    return answer;
}

static void a_gate_far_behind_its_own_stamps_doubts_its_clock(void **state)
{
    (void)state;
    wall = NOW;
    struct world *world = world_open("HQ", true);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    assert_false(gate_doubts(world));
    wall = NOW - 4 * 60 * 1000;
    assert_false(gate_doubts(world));
    wall = NOW - TEN_YEARS;
    assert_true(gate_doubts(world));
    ask_ok(world, "plan.add", "{'title':'Plan','group':'wg6'}");
    assert_true(gate_doubts(world)); /* its own writes do not end the doubt */
    wall = NOW + 1000;
    assert_false(gate_doubts(world));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_of_a_clock_that_is_slow_is_moved_to_the_hubs_time),
        cmocka_unit_test(a_draft_of_a_clock_that_was_fast_is_brought_back_to_now),
        cmocka_unit_test(a_link_that_is_slow_moves_no_stamp),
        cmocka_unit_test(stamps_rise_in_the_stream_when_the_clock_went_back_between),
        cmocka_unit_test(a_draft_is_stamped_after_the_writes_that_it_names),
        cmocka_unit_test(the_clock_follows_no_wall_clock_that_was_wrong_for_longer_than_it_is),
        cmocka_unit_test(a_clock_that_was_wrong_is_no_damage),
        cmocka_unit_test(a_gate_far_behind_its_own_stamps_doubts_its_clock),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
