/* test_integrity.c: a hub or relay that alters, drops, reorders or invents what an office wrote is found out by the next honest
 * replica, which says whose change it is about: KAZ writes, headquarters admits, a rogue stands between headquarters and TKM. */
#include "daemon/store_verify.h"
#include "return_world.h"

/* What the rogue does with the entries of one message. */
struct rogue {
    struct net *net;
    struct hw_out message;
    struct hw_arena arena;
    struct hw_journal_message journal;
    enum hw_status status;
    char said[1000];
};

/* KAZ has written three changes that TKM does not have; the rogue has the message in its hands. */
static struct rogue *intercept(void)
{
    static const char *const titles[] = {"First", "Second", "Third"};
    struct rogue *rogue = calloc(1, sizeof *rogue);
    struct hw_message message;
    hw_arena_init(&rogue->arena);
    rogue->net = net_open();
    down(rogue->net, rogue->net->tkm);
    for (size_t i = 0; i < 3; i++) { /* a segment each */
        write_item(rogue->net, rogue->net->kaz, titles[i]);
        up(rogue->net, rogue->net->kaz);
    }
    struct deed deed = {.net = rogue->net, .of = rogue->net->tkm, .group = "wg6", .from = tip(rogue->net->tkm, "wg6") + 1};
    must(rogue->net->hub, pack_journal, &deed);
    rogue->message = deed.out;
    assert_int_equal(hw_message_decode(hw_out_slice(&deed.out), &rogue->arena, &message, NULL), HW_OK);
    rogue->journal = message.body.journal;
    assert_int_equal(rogue->journal.items_n, 3);
    return rogue;
}

static void end_rogue(struct rogue *rogue)
{
    net_close(rogue->net);
    hw_out_done(&rogue->message);
    hw_arena_done(&rogue->arena);
    free(rogue);
}

/* Sends what the rogue has made of it to TKM. */
static void pass_on(struct rogue *rogue)
{
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct deed deed = {.net = rogue->net, .of = rogue->net->tkm};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = take_down, .self = &deed};
    for (size_t i = 0; i < rogue->journal.items_n; i++)
        hw_journal_item(&items, &rogue->journal.items[i]);
    hw_journal_wrap(&deed.out, 1, &rogue->journal, hw_out_slice(&items), rogue->journal.items_n);
    rogue->status = hw_store_now(rogue->net->tkm->store, &job, &err);
    snprintf(rogue->said, sizeof rogue->said, "%s", rogue->status ? err.text : "");
    hw_out_done(&deed.out);
}

/* Refused, with whose change it is; nothing of it is here; and the honest message is taken afterwards. */
static void is_found_out(struct rogue *rogue, enum hw_status status, const char *what)
{
    static const char *const titles[] = {"First", "Second", "Third"};
    if (rogue->status != status || !strstr(rogue->said, what))
        fail_msg("%d instead of %d: %s", (int)rogue->status, (int)status, rogue->said);
    for (size_t i = 0; i < 3; i++)
        assert_false(has_item(rogue->net->tkm, titles[i]));
    down(rogue->net, rogue->net->tkm);
    for (size_t i = 0; i < 3; i++)
        assert_true(has_item(rogue->net->tkm, titles[i]));
    end_rogue(rogue);
}

static struct hw_opened open_item(struct rogue *rogue, size_t at)
{
    struct hw_opened opened;
    assert_int_equal(hw_segment_open(rogue->journal.items[at].segment, &rogue->arena, &opened, NULL), HW_OK);
    return opened;
}

static void put_item(struct rogue *rogue, size_t at, const struct hw_opened *opened)
{
    struct hw_out wire = {0};
    assert_int_equal(hw_segment_pack(opened, &wire, NULL), HW_OK);
    rogue->journal.items[at].segment = hw_arena_slice(&rogue->arena, hw_out_slice(&wire));
    hw_out_done(&wire);
}

/* Another value under the same signature. */
static void change_value(struct rogue *rogue, size_t at)
{
    struct hw_opened opened = open_item(rogue, at);
    struct hw_op *ops = hw_arena_copy(&rogue->arena, opened.events[0].ops, opened.events[0].ops_n * sizeof *ops);
    ops[0].value = hw_slice_text("\x66" "Forged");
    opened.events[0].ops = ops;
    put_item(rogue, at, &opened);
}

/* -- what is altered -- */

static void an_altered_value(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    change_value(rogue, 1);
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "KAZ.1/wg6:2: office KAZ did not sign this");
}

static void an_altered_author_or_time(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        struct rogue *rogue = intercept();
        struct hw_opened opened = open_item(rogue, 0);
        if (what == 0)
            opened.events[0].author = hw_slice_text("somebody");
        else if (what == 1)
            opened.events[0].stamp++;
        else
            opened.events[0].record.b[3] ^= 1;
        put_item(rogue, 0, &opened);
        pass_on(rogue);
        is_found_out(rogue, HW_SIGNATURE, "KAZ.1/wg6:1: office KAZ did not sign this");
    }
}

static void an_altered_decision(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_entry entry;
    assert_int_equal(hw_entry_decode(rogue->journal.items[1].entry, &entry, NULL), HW_OK);
    entry.time_ms += 1000;
    hw_entry_encode(&bytes, &entry);
    rogue->journal.items[1].entry = hw_out_slice(&bytes);
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "about KAZ.1/wg6:2, is not signed by headquarters");
}

/* Values beside the hash that stands for them: hash and signature hold. */
static void values_put_where_a_redaction_took_them(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_opened opened = open_item(rogue, 2);
    hw_event_redact(&opened.events[0], opened.seed, 0, &rogue->arena);
    struct hw_op *ops = hw_arena_copy(&rogue->arena, opened.events[0].ops, opened.events[0].ops_n * sizeof *ops);
    ops[0].value = hw_slice_text("\x66" "Forged");
    opened.events[0].ops = ops;
    put_item(rogue, 2, &opened);
    pass_on(rogue);
    is_found_out(rogue, HW_CORRUPT, "KAZ.1/wg6:3");
}

/* -- what is dropped, swapped, invented -- */

static void a_dropped_entry(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    rogue->journal.items[1] = rogue->journal.items[2];
    rogue->journal.items_n = 2;
    pass_on(rogue);
    is_found_out(rogue, HW_GAP, "came before entry");
}

static void a_dropped_segment(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    rogue->journal.items[1].segment = (struct hw_slice){0};
    pass_on(rogue);
    is_found_out(rogue, HW_NOT_FOUND, "KAZ.1/wg6:2: headquarters admitted it, and it did not come along");
}

/* The rogue closes the gap that it has made: chain and signature do not follow. */
static void a_dropped_entry_with_the_gap_closed(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_entry entry;
    assert_int_equal(hw_entry_decode(rogue->journal.items[2].entry, &entry, NULL), HW_OK);
    entry.position--;
    hw_entry_encode(&bytes, &entry);
    rogue->journal.items[1] = rogue->journal.items[2];
    rogue->journal.items[1].entry = hw_out_slice(&bytes);
    rogue->journal.items_n = 2;
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "about KAZ.1/wg6:3, is not signed by headquarters");
}

static void swapped_entries(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_journal_item one = rogue->journal.items[0];
    rogue->journal.items[0] = rogue->journal.items[1];
    rogue->journal.items[1] = one;
    pass_on(rogue);
    is_found_out(rogue, HW_GAP, "came before entry");
}

static void swapped_segments(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_slice one = rogue->journal.items[0].segment;
    rogue->journal.items[0].segment = rogue->journal.items[1].segment;
    rogue->journal.items[1].segment = one;
    pass_on(rogue);
    is_found_out(rogue, HW_CORRUPT, "another segment than that of KAZ.1/wg6:1");
}

static void an_invented_segment(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_opened opened = open_item(rogue, 0);
    struct hw_binding binding = {.office = hw_slice_text("KAZ")};
    uint8_t public_key[HW_SIGN_PUBLIC], secret[HW_SIGN_SECRET], hash[HW_HASH_SIZE], none[HW_HASH_SIZE] = {0};
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0};
    crypto_sign_keypair(public_key, secret);
    memcpy(binding.root, rogue->net->hub->identity.root, sizeof binding.root);
    opened.events[0].change += 7;
    hw_segment_seal(&binding, &opened.head.inc, opened.head.group, opened.events, 1, none, opened.seed, secret, &wire, hash);
    rogue->journal.items[0].segment = hw_out_slice(&wire);
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "KAZ.1/wg6:1: office KAZ did not sign this");
}

/* A hub that is no gate makes a verdict up. */
static void an_invented_verdict(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_entry entry;
    assert_int_equal(hw_entry_decode(rogue->journal.items[2].entry, &entry, NULL), HW_OK);
    entry = (struct hw_entry){.position = entry.position, .time_ms = entry.time_ms, .type = HW_ENTRY_VERDICT,
                              .inc = entry.inc, .seq = 2, .verdict = HW_VERDICT_REFUSED, .code = HW_REFUSAL_RIGHTS,
                              .text = hw_slice_text("no")};
    hw_entry_encode(&bytes, &entry);
    rogue->journal.items[2].entry = hw_out_slice(&bytes);
    rogue->journal.items[2].segment = (struct hw_slice){0};
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "about KAZ.1/wg6:2, is not signed by headquarters");
}

/* Headquarters itself can admit what it likes, but not make an office's signature. */
static void headquarters_forging_an_office(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    const struct hw_identity *hub = &rogue->net->hub->identity;
    struct hw_opened opened = open_item(rogue, 0);
    struct hw_binding binding = {.office = hw_slice_text("KAZ")};
    uint8_t none[HW_HASH_SIZE] = {0}, chain[HW_HASH_SIZE];
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_entry entry;
    change_value(rogue, 0);
    opened = open_item(rogue, 0);
    memcpy(binding.root, hub->root, sizeof binding.root);
    assert_int_equal(hw_entry_decode(rogue->journal.items[0].entry, &entry, NULL), HW_OK);
    hw_segment_hash(&opened, &binding, none, entry.hash);
    hw_entry_encode(&bytes, &entry);
    rogue->journal.items[0].entry = hw_out_slice(&bytes);
    hw_entry_chain(hub->root, rogue->journal.group, &hub->inc, rogue->journal.chain, hw_out_slice(&bytes), chain);
    hw_entry_sign(chain, hub->sign_secret, rogue->journal.items[0].signature);
    rogue->journal.items_n = 1;
    pass_on(rogue);
    is_found_out(rogue, HW_SIGNATURE, "KAZ.1/wg6:1: office KAZ did not sign this");
}

/* -- values taken out without headquarters' word -- */

struct told {
    struct hw_verified verified;
    struct hw_incident incidents[HW_INCIDENTS_MAX];
    size_t n;
    char where[100], message[600], incident[600];
    uint64_t position;
};

static enum hw_status look_over(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct told *told = self;
    enum hw_status status = hw_tx_verify(tx, &told->verified, err);
    if (!status && told->verified.faults_n) {
        snprintf(told->where, sizeof told->where, "%s", told->verified.faults[0].where);
        snprintf(told->message, sizeof told->message, "%s", told->verified.faults[0].message);
    }
    if (!status)
        status = hw_tx_incidents(tx, told->incidents, &told->n, err);
    if (!status && told->n)
        snprintf(told->incident, sizeof told->incident, "%s", told->incidents[0].text);
    return status;
}

/* A session begins: the hub says that its journal ends where ours does. */
static enum hw_status begin_session(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct told *told = self;
    struct hw_group_welcome group = {.group = hw_slice_text("wg6"), .state = HW_GROUP_RESUME, .position = told->position};
    struct hw_welcome welcome = {.groups = &group, .groups_n = 1};
    return hw_tx_welcome(tx, &welcome, err);
}

static void run_told(struct world *world, struct told *told,
                     enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err))
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = told};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

static void values_taken_out_by_a_relay(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct world *tkm = rogue->net->tkm;
    struct hw_opened opened = open_item(rogue, 1);
    struct told told = {.n = HW_INCIDENTS_MAX};
    hw_event_redact(&opened.events[0], opened.seed, 0, &rogue->arena);
    put_item(rogue, 1, &opened);
    pass_on(rogue);
    assert_int_equal(rogue->status, HW_OK); /* the signature holds: only the journal can tell */
    told.position = tip(tkm, "wg6") + 1;    /* it may still come */
    run_told(tkm, &told, begin_session);
    run_told(tkm, &told, look_over);
    assert_int_equal(told.n, 0);
    told.position--;
    told.n = HW_INCIDENTS_MAX;
    run_told(tkm, &told, begin_session);
    run_told(tkm, &told, begin_session); /* told once */
    run_told(tkm, &told, look_over);
    assert_int_equal(told.n, 1);
    assert_non_null(strstr(told.incident, "KAZ.1/wg6:2 came without its text"));
    assert_string_equal(told.where, "KAZ.1/wg6:2");
    assert_non_null(strstr(told.message, "does not say that it was redacted"));
    end_rogue(rogue);
}

static enum hw_status redact_second(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct net *net = self;
    return hw_tx_redact(tx, &net->kaz->identity.inc, "wg6", 2, "redacted by maria at HQ because private", err);
}

static void values_taken_out_by_headquarters(void **state)
{
    (void)state;
    struct rogue *rogue = intercept();
    struct net *net = rogue->net;
    struct hw_job job = {.write = true, .run = redact_second, .self = net};
    struct told told = {.n = HW_INCIDENTS_MAX};
    pass_on(rogue); /* TKM had it with its text */
    assert_true(has_item(net->tkm, "Second"));
    assert_int_equal(hw_store_now(net->hub->store, &job, NULL), HW_OK);
    assert_false(has_item(net->hub, "Second"));
    struct world *offices[] = {net->tkm, net->kaz}, *uzb;
    up(net, net->kaz); /* with its text still: known to be the same */
    join(net, &uzb, "UZB");
    down(net, uzb); /* it never had it */
    for (size_t i = 0; i < 3; i++) {
        struct world *office = i < 2 ? offices[i] : uzb;
        down(net, office);
        assert_false(has_item(office, "Second"));
        assert_true(has_item(office, "Third"));
        told.position = tip(office, "wg6");
        told.n = HW_INCIDENTS_MAX;
        run_told(office, &told, begin_session);
        run_told(office, &told, look_over);
        if (told.verified.faults_n)
            fail_msg("%s: %s", told.where, told.message);
        assert_int_equal(told.n, 0);
        assert_int_equal(event_at(office, &net->kaz->identity.inc, 2).verdict, HW_VERDICT_REDACTED);
    }
    assert_int_equal(hw_store_now(net->hub->store, &job, NULL), HW_USAGE);
    world_close(uzb);
    end_rogue(rogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_altered_value),
        cmocka_unit_test(an_altered_author_or_time),
        cmocka_unit_test(an_altered_decision),
        cmocka_unit_test(values_put_where_a_redaction_took_them),
        cmocka_unit_test(a_dropped_entry),
        cmocka_unit_test(a_dropped_segment),
        cmocka_unit_test(a_dropped_entry_with_the_gap_closed),
        cmocka_unit_test(swapped_entries),
        cmocka_unit_test(swapped_segments),
        cmocka_unit_test(an_invented_segment),
        cmocka_unit_test(an_invented_verdict),
        cmocka_unit_test(headquarters_forging_an_office),
        cmocka_unit_test(values_taken_out_by_a_relay),
        cmocka_unit_test(values_taken_out_by_headquarters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
