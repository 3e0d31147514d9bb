/* test_sync_carry.c: a relay's engine: streams of others on their way up, and new incarnations of the offices behind it. */
#include "sync_world.h"

static const struct hw_inc own; /* zeros: the relay's */

/* A relay holds streams of two offices; what waits is told with every commit. */
struct relay {
    struct world *world;
    struct hw_group_tip tips[2]; /* directory, gtg-eca */
    struct hw_carry carried[2];
    size_t carried_n;
};

static void relay_stored(struct relay *relay, uint64_t peer, struct hw_stored what)
{
    what.tips = relay->tips;
    what.tips_n = 2;
    what.carried = relay->carried;
    what.carried_n = relay->carried_n;
    what.text = what.text ? what.text : "no";
    struct hw_input input = {.type = HW_IN_STORED, .peer = peer, .stored = &what};
    step(relay->world, &input);
}

static void hear_hub(struct relay *relay)
{
    event(relay->world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(relay->world, 7);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(relay->world, "to 0: CONFIRM");
}

/* Connected to nobody yet; `waiting` changes of its own are unsent. */
static struct relay *relay_new(uint64_t waiting)
{
    struct relay *relay = calloc(1, sizeof *relay);
    assert_non_null(relay);
    relay->world = world_new(true);
    hw_sync_free(relay->world->sync);
    struct hw_sync_config config = {.upstream = true, .hub = true, .inc = {{3, 3}}};
    relay->world->sync = hw_sync_new(&config);
    relay->tips[0] = (struct hw_group_tip){.group = "directory", .life = hub_inc, .position = 4};
    relay->tips[1] = (struct hw_group_tip){.group = "gtg-eca", .life = hub_inc, .own_tip = waiting};
    relay->carried[0] = (struct hw_carry){.inc = office_inc, .group = "gtg-eca", .sealed = 30, .admitted = 10};
    relay->carried[1] = (struct hw_carry){.inc = other_inc, .group = "gtg-eca", .sealed = 5};
    relay->carried_n = 2;
    struct hw_input input = {.type = HW_IN_START, .tips = relay->tips, .tips_n = 2, .carried = relay->carried,
                             .carried_n = 2};
    step(relay->world, &input);
    return relay;
}

static struct relay *relay_in_session(uint64_t waiting)
{
    struct relay *relay = relay_new(waiting);
    hear_hub(relay);
    return relay;
}

static void relay_free(struct relay *relay)
{
    world_free(relay->world);
    free(relay);
}

/* The range that was asked for is read, up to `last`. */
static void range_read(struct relay *relay, struct hw_inc stream, uint64_t last)
{
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7,
                                                        .stream = stream, .last = last,
                                                        .message = hw_slice_text("segments")});
}

/* Whose range the step asked for. */
static const struct hw_inc *asked(const struct relay *relay)
{
    return &effect_of(relay->world, HW_DO_SEND_RANGE)->stream;
}

#define ASKS_FOR(relay, wanted) assert_memory_equal(asked(relay)->b, (wanted).b, sizeof(wanted).b)

static void hear_ack(struct relay *relay, struct hw_inc inc, uint64_t durable)
{
    struct hw_ack one = {.inc = inc, .group = hw_slice_text("gtg-eca"), .durable = durable};
    struct hw_message message = {.type = HW_ACK, .session = 7};
    message.body.ack.streams = &one;
    message.body.ack.streams_n = 1;
    hear(relay->world, HW_UPSTREAM, &message);
}

static void hear_error(struct relay *relay, enum hw_status status, const char *what)
{
    struct hw_message message = {.type = HW_ERROR, .session = 7};
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(status)),
                                                   .what = hw_slice_text(what),
                                                   .text = hw_slice_text("not this one"),
                                                   .retry_ms = status == HW_NO_SPACE ? 1000 : 0};
    hear(relay->world, HW_UPSTREAM, &message);
}

static const char office_stream[] = "stream gtg-eca 0102030000000000";

/* -- what goes up -- */

static void lanes_take_turns_and_begin_behind_what_is_admitted(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(9);
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 1");
    ASKS_FOR(relay, own);
    range_read(relay, own, 4);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 11");
    ASKS_FOR(relay, office_inc);
    range_read(relay, office_inc, 20);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 1");
    ASKS_FOR(relay, other_inc);
    range_read(relay, other_inc, 5);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 5");
    ASKS_FOR(relay, own);
    range_read(relay, own, 6);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 21");
    ASKS_FOR(relay, office_inc);
    range_read(relay, office_inc, 30);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 7"); /* the other's has nothing more */
    ASKS_FOR(relay, own);
    relay_free(relay);
}

/* A long stream of one office behind the relay gives way to what is typed at the relay, once it has had a message. */
static void a_live_change_goes_before_a_carried_backlog(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    relay->carried[0].sealed = 5000;
    relay->carried_n = 1;
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    ASKS_FOR(relay, office_inc);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7,
                                                        .stream = office_inc, .last = 1000,
                                                        .message = large_message(relay->world)});
    DOES(relay->world, "to 0: a range"); /* that is more than a link of which nothing is known may have on its way */
    relay->tips[1].own_tip = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    DOES(relay->world, "");
    hear_ack(relay, office_inc, 1000);
    DOES(relay->world, "range to 0: gtg-eca from 1");
    ASKS_FOR(relay, own);
    range_read(relay, own, 1);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 1001");
    relay_free(relay);
}

static void what_is_admitted_meanwhile_is_not_sent(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    struct hw_sync_view view;
    hw_sync_look(relay->world->sync, &view);
    assert_int_equal(view.carried, 25);
    relay->carried[0].admitted = 28; /* it came to the hub another way, and down the journal */
    relay->carried[1] = relay->carried[0];
    relay->carried_n = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 29");
    hear_ack(relay, office_inc, 30);
    range_read(relay, office_inc, 30);
    DOES(relay->world, "to 0: a range");
    hw_sync_look(relay->world->sync, &view);
    assert_int_equal(view.carried, 2);
    relay_free(relay);
}

static void a_new_session_begins_behind_what_is_admitted(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    relay->carried_n = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    range_read(relay, office_inc, 30);
    DOES(relay->world, "to 0: a range");
    hear_ack(relay, office_inc, 30); /* committed there, and not judged yet */
    event(relay->world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    hear_hub(relay);
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 11");
    relay_free(relay);
}

/* Else a budget that is spent before the session's end lets the same go up for ever. */
static void what_the_hub_has_and_has_not_judged_is_not_sent_again(void **state)
{
    (void)state;
    struct relay *relay = relay_new(0);
    relay->carried_n = 1;
    event(relay->world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(relay->world, 7);
    hear_ack(relay, office_inc, 25); /* while the token is being committed */
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    DOES(relay->world, "to 0: CONFIRM");
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 26");
    relay_free(relay);
}

static void a_group_that_the_hub_does_not_welcome_is_not_carried(void **state)
{
    (void)state;
    struct relay *relay = relay_new(0);
    memcpy(relay->carried[0].group, "other", 6);
    relay->carried_n = 1;
    event(relay->world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(relay->world, 7);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "");
    relay_free(relay);
}

/* -- one stream that cannot be taken -- */

static void a_refused_stream_waits_and_the_others_go_on(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    ASKS_FOR(relay, office_inc);
    range_read(relay, office_inc, 12);
    ASKS_FOR(relay, other_inc);
    hear_error(relay, HW_DENIED, office_stream);
    DOES(relay->world, "");
    assert_int_equal(office_state(relay->world), HW_OFFICE_STREAM);
    range_read(relay, other_inc, 2); /* was asked for before: who knows what it was to follow */
    DOES(relay->world, "range to 0: gtg-eca from 1");
    ASKS_FOR(relay, other_inc);
    range_read(relay, other_inc, 5);
    DOES(relay->world, "to 0: a range");
    relay->tips[0].position++; /* the grant may have come back */
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    DOES(relay->world, "range to 0: gtg-eca from 11");
    relay_free(relay);
}

/* The grant ended while changes were on their way: the session goes on, and nobody waits for them to be admitted. */
static void own_changes_of_a_group_without_a_grant_stay_here(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(9);
    struct hw_sync_view view;
    relay->carried_n = 0;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 1");
    range_read(relay, own, 4);
    DOES(relay->world, "to 0: a range; range to 0: gtg-eca from 5");
    hear_error(relay, HW_DENIED, "stream gtg-eca 0303000000000000");
    DOES(relay->world, "");
    range_read(relay, own, 9); /* was asked for before */
    DOES(relay->world, "");
    assert_int_equal(office_state(relay->world), HW_OFFICE_STREAM);
    hw_sync_look(relay->world->sync, &view);
    assert_int_equal(view.pending, 0);
    event(relay->world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    hear_hub(relay); /* it is welcome again */
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    DOES(relay->world, "range to 0: gtg-eca from 1");
    relay_free(relay);
}

static void a_stream_that_cannot_be_read_here_is_barred_and_asked_for_no_more(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    struct hw_stored none = {.append = HW_APPEND_RANGE, .group = "gtg-eca", .session = 7, .stream = office_inc};
    relay_stored(relay, HW_UPSTREAM, none);
    DOES(relay->world, "range to 0: gtg-eca from 1");
    ASKS_FOR(relay, other_inc);
    none.stream = other_inc;
    none.status = HW_DENIED;
    relay_stored(relay, HW_UPSTREAM, none);
    DOES(relay->world, "");
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    DOES(relay->world, ""); /* STORED of a failure tells no tips; this one does */
    event(relay->world, HW_IN_PEER_DOWN, HW_UPSTREAM);
    hear_hub(relay);
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    assert_non_null(strstr(relay->world->line, "range to 0"));
    relay_free(relay);
}

static void a_gap_begins_the_stream_again_and_does_not_go_on_for_ever(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    relay->carried_n = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    int begun = 0;
    for (; begun < 100 && strstr(relay->world->line, "range to 0: gtg-eca from 11"); begun++) {
        range_read(relay, office_inc, 30);
        DOES(relay->world, "to 0: a range");
        hear_error(relay, HW_GAP, office_stream);
        tick(relay->world, SECOND);
    }
    assert_in_range(begun, 2, 50);
    DOES(relay->world, "");
    assert_int_equal(office_state(relay->world), HW_OFFICE_STREAM);
    relay_free(relay);
}

static void a_hub_without_space_gets_the_carried_stream_again(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    relay->carried_n = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    range_read(relay, office_inc, 20);
    hear_ack(relay, office_inc, 15);
    hear_error(relay, HW_NO_SPACE, "session");
    range_read(relay, office_inc, 30); /* goes behind what is missing */
    DOES(relay->world, "");
    tick(relay->world, 2 * SECOND);
    DOES(relay->world, "range to 0: gtg-eca from 16");
    relay_free(relay);
}

static void a_carried_stream_that_is_never_confirmed_begins_the_session_again(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    struct hw_message answer = {.type = HW_PING, .session = 7}, question;
    answer.body.ping.answer = true;
    relay->carried_n = 1;
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HEARD});
    hear_credit(relay->world, HW_UPSTREAM, 7, HW_CREDIT_WINDOW);
    range_read(relay, office_inc, 30);
    for (int before = 0; before < 2; before++) {
        DOES(relay->world, before ? "" : "to 0: a range");
        tick(relay->world, 60 * SECOND);
        DOES(relay->world, "to 0: PING");
        assert_int_equal(hw_message_decode(effect_of(relay->world, HW_DO_SEND)->bytes, &relay->world->arena, &question,
                                           NULL), HW_OK);
        answer.body.ping.number = question.body.ping.number;
        hear(relay->world, HW_UPSTREAM, &answer);
    }
    DOES(relay->world, "to 0: ERROR TIMEOUT; close 0");
    relay_free(relay);
}

/* -- the hub's side -- */

static void the_hub_says_with_its_welcome_what_it_has_and_has_not_judged(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = other_inc}}, ack;
    const struct hw_ack held = {.inc = office_inc, .group = hw_slice_text("gtg-eca"), .durable = 25};
    hear(world, 1, &hello);
    uint64_t session = effect_of(world, HW_DO_APPEND)->session;
    struct hw_welcome welcome = welcome_of(world, session, 0, 0);
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .welcome = &welcome, .inc = &other_inc, .office = "REL",
                                        .session = session, .acks = &held, .acks_n = 1});
    DOES(world, "to 1: WELCOME; to 1: ACK");
    assert_int_equal(hw_message_decode(world->effects.items[1].bytes, &world->arena, &ack, NULL), HW_OK);
    assert_int_equal(ack.session, session);
    assert_int_equal(ack.body.ack.streams[0].durable, 25);
    world_free(world);
}

static void the_hub_refuses_one_stream_and_keeps_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &office_inc);
    struct hw_carry_refusal refused = {.status = HW_FORK, .inc = office_inc, .group = "gtg-eca", .text = "two"};
    struct hw_stored segments = {.append = HW_APPEND_SEGMENTS, .session = session, .bytes = 10, .refused = &refused};
    struct hw_message error;
    hear_empty(world, 1, HW_SEGMENTS, session);
    assert_memory_equal(effect_of(world, HW_DO_APPEND)->reader.b, office_inc.b, sizeof office_inc.b);
    stored(world, 1, segments);
    DOES(world, "to 1: ACK; to 1: ERROR FORK");
    assert_int_equal(hw_message_decode(world->effects.items[1].bytes, &world->arena, &error, NULL), HW_OK);
    assert_true(hw_slice_is(error.body.error.what, office_stream));
    segments.refused = NULL;
    segments.status = HW_NO_SPACE;
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR NO_SPACE");
    segments.status = HW_OK;
    segments.refused = &refused;
    refused.status = HW_GAP; /* it came behind what found no space */
    stored(world, 1, segments);
    DOES(world, "to 1: ERROR NO_SPACE");
    world_free(world);
}

/* -- new incarnations -- */

static struct hw_introduce new_life(void)
{
    return (struct hw_introduce){.office = hw_slice_text("KAZ"), .inc = {{8, 8}}, .previous = office_inc,
                                 .reason = HW_LIFE_CLONE};
}

/* The relay hears a HELLO of an incarnation that headquarters has to enter first; the retry that it tells. */
static uint64_t hello_of_a_new_life(struct relay *relay, const char *does)
{
    struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = {{8, 8}}}}, error;
    struct hw_introduce life = new_life();
    hear(relay->world, 1, &hello);
    DOES(relay->world, "append HELLO");
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_HELLO, .status = HW_TIMEOUT, .introduce = &life});
    DOES(relay->world, does);
    for (size_t i = 0; i < relay->world->effects.n; i++) {
        const struct hw_effect *effect = &relay->world->effects.items[i];
        if (effect->type == HW_DO_SEND && effect->peer == 1 &&
            hw_message_decode(effect->bytes, &relay->world->arena, &error, NULL) == HW_OK)
            return error.body.error.retry_ms;
    }
    return 0;
}

static void a_relay_introduces_a_new_incarnation_and_tells_the_office_to_come_back(void **state)
{
    (void)state;
    struct relay *relay = relay_new(0);
    assert_true(hello_of_a_new_life(relay, "to 1: ERROR TIMEOUT; close 1") >= 20 * SECOND); /* there is nobody to tell */
    hear_hub(relay);
    assert_true(hello_of_a_new_life(relay, "to 0: INTRODUCE; to 1: ERROR TIMEOUT; close 1") <= 5 * SECOND);
    relay_free(relay);
}

/* Headquarters may be out of reach for long, and each try is paid for. */
static void an_office_that_is_told_to_come_back_comes_less_and_less_often(void **state)
{
    (void)state;
    static const uint64_t seconds[] = {3, 6, 12, 24, 48, 96, 192, 300, 300};
    struct world *world = world_new(true);
    struct hw_message no = {.type = HW_ERROR};
    no.body.error = (struct hw_error_message){.code = hw_slice_text("TIMEOUT"), .what = hw_slice_text("session"),
                                              .text = hw_slice_text("not yet"), .retry_ms = 3000};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        event(world, HW_IN_PEER_UP, HW_UPSTREAM);
        hear(world, HW_UPSTREAM, &no);
        assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, seconds[i] * 1000);
    }
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear_welcome(world, 7);
    stored(world, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_WELCOME, .session = 7});
    event(world, HW_IN_PEER_UP, HW_UPSTREAM);
    hear(world, HW_UPSTREAM, &no);
    assert_int_equal(effect_of(world, HW_DO_CLOSE)->ms, 3000);
    world_free(world);
}

static void hear_introduce(struct world *world, uint64_t session)
{
    struct hw_message message = {.type = HW_INTRODUCE, .session = session, .body.introduce = new_life()};
    hear(world, 1, &message);
}

static void one_introduction_at_a_time_and_none_ends_the_session(void **state)
{
    (void)state;
    struct world *world = world_new(false);
    uint64_t session = hub_in_session(world, 1, &other_inc);
    hear_introduce(world, session);
    DOES(world, "append INTRODUCE");
    hear_introduce(world, session);
    DOES(world, "");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_INTRODUCE, .session = session, .status = HW_DENIED});
    DOES(world, "");
    hear_introduce(world, session);
    DOES(world, "append INTRODUCE");
    stored(world, 1, (struct hw_stored){.append = HW_APPEND_INTRODUCE, .session = session});
    DOES(world, "");
    hear_empty(world, 1, HW_SEGMENTS, session);
    DOES(world, "append SEGMENTS");
    world_free(world);
}

static uint64_t reason_said(struct world *world)
{
    struct hw_message message;
    assert_int_equal(hw_message_decode(effect_of(world, HW_DO_SEND)->bytes, &world->arena, &message, NULL), HW_OK);
    return message.body.introduce.reason;
}

static void a_relay_passes_an_introduction_on(void **state)
{
    (void)state;
    struct relay *relay = relay_in_session(0);
    struct hw_introduce life = new_life();
    uint64_t session = hub_in_session(relay->world, 1, &other_inc);
    hear_introduce(relay->world, session);
    DOES(relay->world, "append INTRODUCE");
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_INTRODUCE, .session = session, .introduce = &life});
    DOES(relay->world, "to 0: INTRODUCE");
    assert_int_equal(reason_said(relay->world), HW_LIFE_CLONE);
    struct hw_message corrupt = {.type = HW_ERROR};
    corrupt.body.error = (struct hw_error_message){.code = hw_slice_text("CORRUPT"), .what = hw_slice_text("session")};
    hear(relay->world, HW_UPSTREAM, &corrupt); /* a hub that knows no reasons */
    hear_hub(relay);
    hear_introduce(relay->world, session);
    relay_stored(relay, 1, (struct hw_stored){.append = HW_APPEND_INTRODUCE, .session = session, .introduce = &life});
    DOES(relay->world, "to 0: INTRODUCE");
    assert_int_equal(reason_said(relay->world), 0);
    relay_free(relay);
}

/* It has acknowledged what they carry of its former life, in a bundle say, and does not hold that any more. */
static void those_behind_a_relay_that_begins_a_new_life_begin_a_new_session(void **state)
{
    (void)state;
    struct relay *relay = relay_new(0);
    struct hw_rebirth rebirth = {.inc = {{9, 9}}, .reason = HW_LIFE_RESTORED};
    hub_in_session(relay->world, 1, &other_inc);
    relay_stored(relay, HW_UPSTREAM, (struct hw_stored){.append = HW_APPEND_REBIRTH, .rebirth = &rebirth});
    DOES(relay->world, "close 0; to 1: BYE; close 1");
    relay_free(relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_take_turns_and_begin_behind_what_is_admitted),
        cmocka_unit_test(a_live_change_goes_before_a_carried_backlog),
        cmocka_unit_test(what_is_admitted_meanwhile_is_not_sent),
        cmocka_unit_test(a_new_session_begins_behind_what_is_admitted),
        cmocka_unit_test(what_the_hub_has_and_has_not_judged_is_not_sent_again),
        cmocka_unit_test(a_group_that_the_hub_does_not_welcome_is_not_carried),
        cmocka_unit_test(a_refused_stream_waits_and_the_others_go_on),
        cmocka_unit_test(own_changes_of_a_group_without_a_grant_stay_here),
        cmocka_unit_test(a_stream_that_cannot_be_read_here_is_barred_and_asked_for_no_more),
        cmocka_unit_test(a_gap_begins_the_stream_again_and_does_not_go_on_for_ever),
        cmocka_unit_test(a_hub_without_space_gets_the_carried_stream_again),
        cmocka_unit_test(a_carried_stream_that_is_never_confirmed_begins_the_session_again),
        cmocka_unit_test(the_hub_says_with_its_welcome_what_it_has_and_has_not_judged),
        cmocka_unit_test(the_hub_refuses_one_stream_and_keeps_the_session),
        cmocka_unit_test(a_relay_introduces_a_new_incarnation_and_tells_the_office_to_come_back),
        cmocka_unit_test(an_office_that_is_told_to_come_back_comes_less_and_less_often),
        cmocka_unit_test(one_introduction_at_a_time_and_none_ends_the_session),
        cmocka_unit_test(a_relay_passes_an_introduction_on),
        cmocka_unit_test(those_behind_a_relay_that_begins_a_new_life_begin_a_new_session),
    };
    return cmocka_run_group_tests_name("sync carry", tests, NULL, NULL);
}
