/* test_carry.c: what the stores of a relay and of headquarters do with the segments and new incarnations of an office behind
 * the relay: headquarters HQ, the relay REL, the office UZB. */
#include "carry_world.h"

/* What the relay would send up of UZB's stream in wg6. */
struct carried {
    struct hw_inc inc;
    size_t streams;
    uint64_t sealed, admitted;
    size_t segments;
    struct hw_out items;
};

static enum hw_status read_up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct carried *carried = self;
    struct hw_carry *list;
    uint64_t last;
    hw_tx_carried(tx, &list, &carried->streams);
    carried->sealed = carried->streams ? list[0].sealed : 0;
    carried->admitted = carried->streams ? list[0].admitted : 0;
    hw_out_reset(&carried->items);
    return hw_tx_segments_carry(tx, &carried->inc, "wg6", carried->admitted + 1, HW_MESSAGE_SIZE, &carried->items,
                                &carried->segments, &last, err);
}

static enum hw_status item_shown(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const char *title = self;
    struct hw_record *record;
    struct hw_id id;
    memset(id.b, 1, sizeof id.b);
    enum hw_status status = hw_tx_record(tx, HW_KIND_ITEM, &id, "wg6", &record, err);
    const struct hw_cell *cell =
        status ? NULL : hw_row_cell(&record->row, hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title")->id);
    bool same = cell && cell->heads_n == 1 && cell->heads[0].value.n == strlen(title) + 1 &&
                memcmp(cell->heads[0].value.p + 1, title, strlen(title)) == 0;
    if (*title ? !same : cell != NULL)
        fail_msg("the item is not shown as \"%s\"", title);
    return status;
}

/* -- up -- */

static void a_relay_keeps_a_segment_unjudged_and_hands_it_on_byte_for_byte(void **state)
{
    (void)state;
    struct region region = region_open();
    struct carried carried = {.inc = region.uzb.inc};
    struct hw_out same = {0};
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), two = seal(&region, "wg6", 2, "Two", &one);
    struct push pushed = by_uzb(&region, &one);
    pushed.wires[pushed.n++] = hw_out_slice(&two.wire);
    run(region.rel, push, &pushed, HW_OK);
    assert_int_equal(pushed.ack.durable, 2);
    assert_int_equal(pushed.ack.admitted, 0);
    run(region.rel, item_shown, (void *)(uintptr_t)"", HW_OK);
    run(region.rel, read_up, &carried, HW_OK);
    assert_int_equal(carried.streams, 1);
    assert_int_equal(carried.sealed, 2);
    assert_int_equal(carried.segments, 2);
    hw_segments_item(&same, hw_out_slice(&one.wire));
    hw_segments_item(&same, hw_out_slice(&two.wire));
    assert_true(hw_slice_equal(hw_out_slice(&same), hw_out_slice(&carried.items)));
    pushed = by_rel(&region, &one);
    pushed.wires[pushed.n++] = hw_out_slice(&two.wire);
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.ack.admitted, 2);
    run(region.hq, push, &pushed, HW_OK); /* once more, after a cut */
    assert_int_equal(pushed.ack.durable, 2);
    assert_int_equal(pushed.refused.status, HW_OK);
    down(region.hq, region.rel, "wg6");
    run(region.rel, item_shown, (void *)(uintptr_t)"One", HW_OK);
    run(region.rel, read_up, &carried, HW_OK);
    assert_int_equal(carried.streams, 0);
    hw_out_done(&same);
    hw_out_done(&carried.items);
    hw_out_done(&one.wire);
    hw_out_done(&two.wire);
    region_close(&region);
}

static void headquarters_refuses_a_carried_stream_and_takes_the_rest(void **state)
{
    (void)state;
    struct region region = region_open();
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), other = seal(&region, "wg6", 1, "Other", NULL),
                  two = seal(&region, "wg6", 2, "Two", &other), three = seal(&region, "wg6", 3, "Three", NULL),
                  hidden = seal(&region, "hidden", 1, "Hidden", NULL);
    struct {
        const struct sealed *sealed;
        enum hw_status status;
    } bad[] = {{&other, HW_FORK}, {&two, HW_SIGNATURE}, {&three, HW_GAP}, {&hidden, HW_DENIED}};
    struct push first = by_rel(&region, &one);
    run(region.hq, push, &first, HW_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct push pushed = by_rel(&region, bad[i].sealed);
        pushed.wires[pushed.n++] = hw_out_slice(&one.wire);
        run(region.hq, push, &pushed, HW_OK);
        assert_int_equal(pushed.refused.status, bad[i].status);
        assert_memory_equal(pushed.refused.inc.b, region.uzb.inc.b, sizeof pushed.refused.inc.b);
        assert_string_equal(pushed.refused.group, i == 3 ? "hidden" : "wg6");
        assert_int_equal(pushed.acks_n, 1);
        assert_int_equal(pushed.ack.durable, 1);
        /* Its own fault ends its session; that it has no grant, which may have ended while this was on its way, does not. */
        pushed = by_uzb(&region, bad[i].sealed);
        run(region.hq, push, &pushed, bad[i].status == HW_DENIED ? HW_OK : bad[i].status);
        assert_int_equal(pushed.refused.status, bad[i].status == HW_DENIED ? HW_DENIED : HW_OK);
    }
    run(region.hq, item_shown, (void *)(uintptr_t)"One", HW_OK);
    struct sealed *all[] = {&one, &other, &two, &three, &hidden};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        hw_out_done(&all[i]->wire);
    region_close(&region);
}

static void streams_are_refused_so_often_and_no_more(void **state)
{
    (void)state;
    struct region region = region_open();
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), other = seal(&region, "hidden", 1, "Hidden", NULL),
                  next = seal(&region, "hidden", 2, "Next", &other);
    struct push pushed = {.office = "REL", .peer = region.rel->identity.inc, .n = 4};
    hw_store_refusals(region.hq->store, 3);
    for (size_t i = 0; i < 4; i++) /* one stream, refused once, and another */
        pushed.wires[i] = hw_out_slice(i == 0 ? &other.wire : i == 3 ? &one.wire : &next.wire);
    for (int i = 0; i < 3; i++) {
        run(region.hq, push, &pushed, HW_OK);
        assert_int_equal(pushed.refused.status, HW_DENIED);
        assert_int_equal(pushed.ack.admitted, 1);
    }
    run(region.hq, push, &pushed, HW_LIMIT);
    pushed = by_uzb(&region, &one); /* another office is not concerned */
    run(region.hq, push, &pushed, HW_OK);
    hw_out_done(&one.wire);
    hw_out_done(&other.wire);
    hw_out_done(&next.wire);
    region_close(&region);
}

/* The relay holds its text, and hash and signature hold without it. */
static struct sealed without_values(const struct sealed *sealed, struct hw_arena *arena)
{
    struct sealed empty = {0};
    struct hw_opened opened;
    assert_int_equal(hw_segment_open(hw_out_slice(&sealed->wire), arena, &opened, NULL), HW_OK);
    hw_event_redact(&opened.events[0], opened.seed, 0, arena);
    assert_int_equal(hw_segment_pack(&opened, &empty.wire, NULL), HW_OK);
    memcpy(empty.hash, sealed->hash, sizeof empty.hash);
    return empty;
}

static void a_relay_cannot_take_a_text_out_on_its_way_up(void **state)
{
    (void)state;
    struct region region = region_open();
    struct hw_arena arena = {0};
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), empty = without_values(&one, &arena);
    struct push pushed = by_rel(&region, &empty);
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.refused.status, HW_CORRUPT);
    assert_non_null(strstr(pushed.refused.text, "without its text"));
    assert_int_equal(pushed.acks_n, 0);
    pushed = by_uzb(&region, &one); /* by another way it comes whole */
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.ack.admitted, 1);
    run(region.hq, item_shown, (void *)(uintptr_t)"One", HW_OK);
    pushed = by_rel(&region, &empty); /* and is known */
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.refused.status, HW_OK);
    run(region.hq, item_shown, (void *)(uintptr_t)"One", HW_OK);
    hw_out_done(&one.wire);
    hw_out_done(&empty.wire);
    hw_arena_done(&arena);
    region_close(&region);
}

static void what_cannot_be_read_as_a_segment_ends_the_session_of_whoever_carries_it(void **state)
{
    (void)state;
    struct region region = region_open();
    struct push pushed = {.office = "REL", .peer = region.rel->identity.inc, .wires = {hw_slice_text("noise")}, .n = 1};
    run(region.hq, push, &pushed, HW_CORRUPT);
    region_close(&region);
}

static void what_a_revoked_office_left_at_the_relay_is_not_taken(void **state)
{
    (void)state;
    struct region region = region_open();
    struct sealed one = seal(&region, "wg6", 1, "One", NULL);
    struct push pushed = by_rel(&region, &one);
    run(region.hq, revoke_office, (void *)(uintptr_t)"UZB", HW_OK);
    run(region.hq, push, &pushed, HW_OK);
    assert_int_equal(pushed.refused.status, HW_DENIED);
    assert_int_equal(pushed.acks_n, 0);
    hw_out_done(&one.wire);
    region_close(&region);
}

static void a_grant_that_has_ended_ends_the_carrying(void **state)
{
    (void)state;
    static const char *const offices[] = {"UZB", "REL"}; /* the author's, the relay's */
    for (size_t i = 0; i < 2; i++) {
        struct region region = region_open();
        struct carried carried = {.inc = region.uzb.inc};
        struct sealed one = seal(&region, "wg6", 1, "One", NULL);
        struct push pushed = by_uzb(&region, &one);
        run(region.rel, push, &pushed, HW_OK);
        run(region.rel, read_up, &carried, HW_OK);
        run(region.hq, end_grant, (void *)(uintptr_t)offices[i], HW_OK);
        pushed = by_rel(&region, &one);
        run(region.hq, push, &pushed, HW_OK);
        assert_int_equal(pushed.refused.status, HW_DENIED);
        down(region.hq, region.rel, "directory");
        run(region.rel, read_up, &carried, HW_DENIED);
        pushed = by_uzb(&region, &one);
        run(region.rel, push, &pushed, HW_OK);
        assert_int_equal(pushed.refused.status, HW_DENIED);
        hw_out_done(&carried.items);
        hw_out_done(&one.wire);
        region_close(&region);
    }
}

/* -- down -- */

static void what_the_gate_admits_takes_the_place_of_what_was_carried(void **state)
{
    (void)state;
    struct region region = region_open();
    struct carried carried = {.inc = region.uzb.inc};
    struct sealed one = seal(&region, "wg6", 1, "One", NULL), other = seal(&region, "wg6", 1, "Other", NULL),
                  next = seal(&region, "wg6", 2, "Next", &other), two = seal(&region, "wg6", 2, "Two", &one);
    struct push pushed = by_uzb(&region, &other);
    pushed.wires[pushed.n++] = hw_out_slice(&next.wire);
    run(region.rel, push, &pushed, HW_OK);
    pushed = by_uzb(&region, &one);
    run(region.hq, push, &pushed, HW_OK);
    down(region.hq, region.rel, "wg6");
    run(region.rel, item_shown, (void *)(uintptr_t)"One", HW_OK);
    run(region.rel, read_up, &carried, HW_OK);
    assert_int_equal(carried.streams, 0);
    pushed = by_uzb(&region, &two);
    run(region.rel, push, &pushed, HW_OK); /* the stream goes on from what was admitted */
    assert_int_equal(pushed.ack.durable, 2);
    hw_out_done(&carried.items);
    hw_out_done(&one.wire);
    hw_out_done(&other.wire);
    hw_out_done(&next.wire);
    hw_out_done(&two.wire);
    region_close(&region);
}

/* -- HELLO, and new incarnations -- */

struct greeting {
    struct hw_identity *office; /* has its CURVE key as sign_public's first bytes */
    struct hw_hello hello;
    uint8_t state; /* of wg6; 0: it was not named */
    uint64_t resume;
};

static enum hw_status greet(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct greeting *greeting = self;
    struct hw_welcome welcome;
    const char *office;
    static const uint8_t token[HW_TOKEN_SIZE] = {5};
    enum hw_status status = hw_tx_hello(tx, greeting->office->sign_public, &greeting->hello, token, 9, &welcome,
                                        &office, err);
    greeting->state = 0;
    for (size_t i = 0; !status && i < welcome.groups_n; i++)
        if (hw_slice_is(welcome.groups[i].group, "wg6")) {
            greeting->state = welcome.groups[i].state;
            greeting->resume = welcome.groups[i].resume;
        }
    return status;
}

static enum hw_status open_door(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_identity *office = self;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(office->office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "state", "active", err);
    if (!status)
        status = hw_edit_bytes(edit, "curve_key", office->sign_public, HW_CURVE_SIZE, err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

static struct greeting greeting_of(struct region *region, struct hw_cursor *cursor)
{
    struct greeting greeting = {.office = &region->uzb, .hello = {.schema = 1, .inc = region->uzb.inc}};
    memcpy(greeting.hello.sign_key, region->uzb.sign_public, sizeof greeting.hello.sign_key);
    greeting.hello.cursors = cursor;
    greeting.hello.cursors_n = cursor != NULL;
    return greeting;
}

static void an_office_that_is_ahead_of_the_relay_goes_on_where_it_is(void **state)
{
    (void)state;
    struct region region = region_open();
    struct hw_cursor cursor = {.group = hw_slice_text("wg6"), .life = region.hq->identity.inc, .position = 9};
    run(region.hq, open_door, &region.uzb, HW_OK);
    down(region.hq, region.rel, "directory");
    struct greeting greeting = greeting_of(&region, &cursor);
    run(region.rel, greet, &greeting, HW_OK);
    assert_int_equal(greeting.state, HW_GROUP_RESUME);
    assert_int_equal(greeting.resume, 9);
    run(region.hq, greet, &greeting, HW_OK);
    assert_int_equal(greeting.state, HW_GROUP_RETURN);
    region_close(&region);
}

static void a_relay_welcomes_only_the_groups_that_it_is_granted(void **state)
{
    (void)state;
    struct region region = region_open();
    run(region.hq, open_door, &region.uzb, HW_OK);
    run(region.hq, end_grant, (void *)(uintptr_t)"REL", HW_OK);
    down(region.hq, region.rel, "directory");
    struct greeting greeting = greeting_of(&region, NULL);
    run(region.rel, greet, &greeting, HW_OK);
    assert_int_equal(greeting.state, 0);
    run(region.hq, greet, &greeting, HW_OK);
    assert_int_equal(greeting.state, HW_GROUP_RESUME);
    region_close(&region);
}

/* What an introduction came to. */
struct introduction {
    struct hw_introduce one;
    bool pass_on;
};

static enum hw_status introduce(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct introduction *introduction = self;
    return hw_tx_introduce(tx, &introduction->one, &introduction->pass_on, err);
}

static struct introduction introduction_by(const struct region *region, const struct hw_identity *voucher)
{
    struct introduction introduction = {.one = {.office = hw_slice_text("UZB"), .inc = {{8, 8}},
                                                .previous = region->uzb.inc}};
    struct hw_out text = {0};
    memset(introduction.one.sign_key, 6, sizeof introduction.one.sign_key);
    hw_life_signed(&text, &introduction.one.inc, introduction.one.sign_key);
    crypto_sign_detached(introduction.one.proof, NULL, text.p, text.n, voucher->sign_secret);
    hw_out_done(&text);
    return introduction;
}

static void headquarters_enters_a_life_that_an_earlier_one_vouches_for(void **state)
{
    (void)state;
    struct region region = region_open();
    struct introduction good = introduction_by(&region, &region.uzb),
                        forged = introduction_by(&region, &region.rel->identity), taken = good;
    taken.one.office = hw_slice_text("REL"); /* UZB's life, for another office */
    run(region.hq, introduce, &forged, HW_DENIED);
    run(region.hq, introduce, &taken, HW_DENIED);
    run(region.rel, introduce, &forged, HW_DENIED);
    run(region.rel, introduce, &good, HW_OK);
    assert_true(good.pass_on);
    run(region.hq, introduce, &good, HW_OK);
    assert_false(good.pass_on);
    run(region.hq, introduce, &good, HW_OK); /* said again: it is known */
    down(region.hq, region.rel, "directory");
    run(region.rel, introduce, &good, HW_OK);
    assert_false(good.pass_on);
    region_close(&region);
}

static void a_relay_lets_a_new_incarnation_wait_for_headquarters(void **state)
{
    (void)state;
    struct region region = region_open();
    struct introduction good = introduction_by(&region, &region.uzb);
    run(region.hq, open_door, &region.uzb, HW_OK);
    down(region.hq, region.rel, "directory");
    struct greeting greeting = greeting_of(&region, NULL);
    greeting.hello.inc = good.one.inc;
    greeting.hello.previous = good.one.previous;
    memcpy(greeting.hello.sign_key, good.one.sign_key, sizeof good.one.sign_key);
    run(region.rel, greet, &greeting, HW_DENIED); /* nobody vouches for it */
    memcpy(greeting.hello.previous_proof, good.one.proof, sizeof good.one.proof);
    run(region.rel, greet, &greeting, HW_TIMEOUT);
    run(region.hq, introduce, &good, HW_OK);
    down(region.hq, region.rel, "directory");
    run(region.rel, greet, &greeting, HW_OK);
    region_close(&region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_keeps_a_segment_unjudged_and_hands_it_on_byte_for_byte),
        cmocka_unit_test(headquarters_refuses_a_carried_stream_and_takes_the_rest),
        cmocka_unit_test(a_relay_cannot_take_a_text_out_on_its_way_up),
        cmocka_unit_test(streams_are_refused_so_often_and_no_more),
        cmocka_unit_test(what_cannot_be_read_as_a_segment_ends_the_session_of_whoever_carries_it),
        cmocka_unit_test(what_a_revoked_office_left_at_the_relay_is_not_taken),
        cmocka_unit_test(a_grant_that_has_ended_ends_the_carrying),
        cmocka_unit_test(what_the_gate_admits_takes_the_place_of_what_was_carried),
        cmocka_unit_test(an_office_that_is_ahead_of_the_relay_goes_on_where_it_is),
        cmocka_unit_test(a_relay_welcomes_only_the_groups_that_it_is_granted),
        cmocka_unit_test(headquarters_enters_a_life_that_an_earlier_one_vouches_for),
        cmocka_unit_test(a_relay_lets_a_new_incarnation_wait_for_headquarters),
    };
    return cmocka_run_group_tests_name("carry", tests, NULL, NULL);
}
