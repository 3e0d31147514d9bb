/* test_root.c: headquarters' root key hands over: whoever follows the directory's journal follows, nobody else can do it, and a
 * headquarters that comes back from a backup goes on with the key that counts. */
#include "daemon/store_verify.h"
#include "return_world.h"

/* -- the root's own deeds -- */

static enum hw_status run_hand_over(struct hw_tx *tx, void *self, struct hw_err *err)
{
    enum hw_status status = hw_tx_root_hand_over(tx, self, err);
    return status ? status : hw_tx_finish(tx, err);
}

/* What `headway key rotate --root` does, without the home's files. */
static void hand_over(struct net *net)
{
    struct hw_identity next = net->hub->identity;
    uint8_t key[HW_SIGN_PUBLIC];
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = run_hand_over, .self = &next};
    crypto_sign_keypair(key, next.root_secret);
    hw_handover_sign(&next.handover, next.root, net->hub->identity.root_secret, next.root_secret);
    if (hw_store_now(net->hub->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
    net->hub->identity = next;
}

struct root {
    uint8_t key[HW_SIGN_PUBLIC];
    int64_t since;
};

static enum hw_status ask_root(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct root *root = self;
    return hw_tx_root_now(tx, root->key, &root->since, err);
}

static struct root root_of(struct world *world)
{
    struct root root;
    struct hw_err err = {0};
    struct hw_job job = {.run = ask_root, .self = &root};
    assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
    return root;
}

static void same_root(struct net *net, struct world *world)
{
    assert_memory_equal(root_of(world).key, net->hub->identity.handover.to, HW_SIGN_PUBLIC);
}

static enum hw_status verify(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_verified *verified = self;
    return hw_tx_verify(tx, verified, err);
}

static struct hw_verified verified(struct world *world)
{
    struct hw_verified result = {0};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = verify, .self = &result};
    assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
    return result;
}

static void add_group(struct net *net, const char *code)
{
    char args[60];
    snprintf(args, sizeof args, "{'code':'%s'}", code);
    ask_ok(net->hub, "group.add", args);
}

static bool has_group(struct world *world, const char *code)
{
    ask_ok(world, "group.list", "{}");
    for (size_t i = 0; i < size_at(world, "rows"); i++) {
        char path[40];
        snprintf(path, sizeof path, "rows.%zu.code", i);
        if (strcmp(text_at(world, path), code) == 0)
            return true;
    }
    return false;
}

/* -- who follows -- */

static void an_office_that_was_away_follows_from_root_to_root(void **state)
{
    (void)state;
    struct net *net = net_open();
    assert_int_equal(root_of(net->hub).since, 0);
    assert_memory_equal(root_of(net->kaz).key, net->hub->identity.root, HW_SIGN_PUBLIC);
    hand_over(net);
    add_group(net, "wg7");
    down(net, net->kaz);
    same_root(net, net->kaz);
    hand_over(net);
    add_group(net, "wg8");
    down(net, net->kaz);
    down(net, net->tkm); /* both hand-overs at once */
    for (int i = 0; i < 2; i++) {
        struct world *office = i ? net->tkm : net->kaz;
        same_root(net, office);
        assert_true(root_of(office).since > 0);
        assert_true(has_group(office, "wg7") && has_group(office, "wg8"));
        same_export(net->hub, office);
        assert_int_equal(verified(office).faults_n, 0);
    }
    assert_int_equal(verified(net->hub).faults_n, 0);
    write_item(net, net->kaz, "By KAZ");
    up(net, net->kaz);
    down(net, net->tkm);
    assert_true(has_item(net->tkm, "By KAZ"));
    net_close(net);
}

static void a_new_office_follows_from_the_first_root(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct world *uzb;
    hand_over(net);
    join(net, &uzb, "UZB"); /* by an invitation of before: it names the first root */
    down(net, uzb);
    same_root(net, uzb);
    same_export(net->hub, uzb);
    world_close(uzb);
    net_close(net);
}

struct pin {
    const uint8_t *first, *now;
};

static enum hw_status pin_root(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct pin *pin = self;
    return hw_tx_root_pin(tx, pin->first, pin->now, err);
}

static void pin_to(struct net *net, struct world *office, const uint8_t *now)
{
    struct pin pin = {net->hub->identity.root, now};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = pin_root, .self = &pin};
    assert_int_equal(hw_store_now(office->store, &job, &err), HW_OK);
}

static enum hw_status next_of_group(struct net *net, struct world *office, const char *group)
{
    struct deed deed = {.net = net, .of = office, .group = group, .from = tip(office, group) + 1};
    must(net->hub, pack_journal, &deed);
    enum hw_status status = deed_do(office, take_down, &deed);
    hw_out_done(&deed.out);
    return status;
}

/* Who has a former root key shows a new office a directory that never hands over. */
static void a_new_office_believes_nothing_before_the_root_that_its_invitation_names(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct world *uzb;
    uint8_t elsewhere[HW_SIGN_PUBLIC] = {9};
    join(net, &uzb, "UZB");
    assert_int_equal(next_of_group(net, uzb, "directory"), HW_OK);
    hand_over(net);
    hand_over(net); /* its invitation was written between the two, or after them */
    pin_to(net, uzb, elsewhere);
    assert_int_equal(next_of_group(net, uzb, "wg6"), HW_DENIED);
    while (tip(uzb, "directory") < tip(net->hub, "directory"))
        assert_int_equal(next_of_group(net, uzb, "directory"), HW_OK);
    assert_int_equal(next_of_group(net, uzb, "wg6"), HW_DENIED); /* it never came to `elsewhere` */
    world_close(uzb);
    join(net, &uzb, "UZB2");
    pin_to(net, uzb, net->hub->identity.handover.from);
    down(net, uzb);
    same_root(net, uzb);
    same_export(net->hub, uzb);
    world_close(uzb);
    net_close(net);
}

/* -- who cannot -- */

/* The directory's next entry on its way to TKM, in the hands of whoever stands between. */
struct way {
    struct net *net;
    struct hw_out bytes;
    struct hw_arena arena;
    struct hw_journal_message journal;
    struct hw_entry entry;
};

static struct way *way_of(struct net *net)
{
    struct way *way = calloc(1, sizeof *way);
    struct hw_message message;
    struct deed deed = {.net = net, .of = net->tkm, .group = "directory", .from = tip(net->tkm, "directory") + 1};
    hw_arena_init(&way->arena);
    way->net = net;
    must(net->hub, pack_journal, &deed);
    way->bytes = deed.out;
    assert_int_equal(hw_message_decode(hw_out_slice(&way->bytes), &way->arena, &message, NULL), HW_OK);
    way->journal = message.body.journal;
    assert_int_equal(hw_entry_decode(way->journal.items[0].entry, &way->entry, NULL), HW_OK);
    return way;
}

static void way_done(struct way *way)
{
    hw_out_done(&way->bytes);
    hw_arena_done(&way->arena);
    free(way);
}

/* The first entry as `way->entry` says, signed by `secret`. */
static void forge(struct way *way, const uint8_t *secret)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    uint8_t chain[HW_HASH_SIZE];
    hw_entry_encode(&bytes, &way->entry);
    way->journal.items[0].entry = hw_arena_slice(&way->arena, hw_out_slice(&bytes));
    hw_entry_chain(way->net->hub->identity.root, way->journal.group, &way->journal.life, way->journal.chain,
                   way->journal.items[0].entry, chain);
    hw_entry_sign(chain, secret, way->journal.items[0].signature);
    way->journal.items_n = 1;
}

static enum hw_status pass_on(struct way *way, struct hw_err *err)
{
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct deed deed = {.net = way->net, .of = way->net->tkm};
    struct hw_job job = {.write = true, .run = take_down, .self = &deed};
    *err = (struct hw_err){0};
    for (size_t i = 0; i < way->journal.items_n; i++)
        hw_journal_item(&items, &way->journal.items[i]);
    hw_journal_wrap(&deed.out, 1, &way->journal, hw_out_slice(&items), way->journal.items_n);
    enum hw_status status = hw_store_now(way->net->tkm->store, &job, err);
    hw_out_done(&deed.out);
    return status;
}

static void is_refused(struct way *way)
{
    struct root before = root_of(way->net->tkm);
    struct hw_err err;
    assert_int_equal(pass_on(way, &err), HW_SIGNATURE);
    assert_non_null(strstr(err.text, "about a new root key, is not signed by headquarters"));
    assert_memory_equal(root_of(way->net->tkm).key, before.key, sizeof before.key);
}

static void nobody_hands_over_without_the_roots_key(void **state)
{
    (void)state;
    struct net *net = net_open();
    const struct hw_identity hub = net->hub->identity; /* what a thief of the hub's own keys has, but for root_secret */
    uint8_t key[HW_SIGN_PUBLIC], own[HW_SIGN_SECRET];
    crypto_sign_keypair(key, own);
    hand_over(net);
    struct way *way = way_of(net);
    const struct hw_handover honest = way->entry.handover;
    assert_int_equal(way->entry.type, HW_ENTRY_ROOT);

    hw_handover_sign(&way->entry.handover, hub.root, own, own); /* to itself, from itself */
    forge(way, own);
    is_refused(way);
    hw_handover_sign(&way->entry.handover, hub.root, hub.sign_secret, own); /* with the gate's key */
    memcpy(way->entry.handover.from, honest.from, sizeof honest.from);
    forge(way, own);
    is_refused(way);
    way->entry.handover = honest; /* the honest one, with another key in it */
    memcpy(way->entry.handover.to, key, sizeof key);
    forge(way, own);
    is_refused(way);
    way->entry.handover = honest; /* the honest one elsewhere: the new key has not signed that place */
    way->entry.time_ms++;
    forge(way, hub.sign_secret);
    is_refused(way);
    forge(way, hub.root_secret);
    is_refused(way);
    uint8_t other[HW_ROOT_SIZE] = {7}; /* of another system */
    hw_handover_sign(&way->entry.handover, other, hub.root_secret, own);
    forge(way, own);
    is_refused(way);
    way_done(way);
    down(net, net->tkm); /* the honest one is taken */
    same_root(net, net->tkm);
    net_close(net);
}

static void a_former_root_signs_nothing_any_more(void **state)
{
    (void)state;
    struct net *net = net_open();
    const struct hw_identity before = net->hub->identity;
    struct hw_err err;
    hand_over(net);
    down(net, net->tkm);
    add_group(net, "wg7");
    struct way *way = way_of(net);
    forge(way, before.root_secret);
    assert_int_equal(pass_on(way, &err), HW_SIGNATURE);
    way->entry = (struct hw_entry){.position = way->entry.position, .time_ms = 1, .type = HW_ENTRY_ROOT};
    hw_handover_sign(&way->entry.handover, before.root, net->hub->identity.root_secret, before.root_secret);
    forge(way, before.root_secret);
    is_refused(way); /* back to it, even with the present root's word */
    way_done(way);
    down(net, net->tkm);
    assert_true(has_group(net->tkm, "wg7"));
    net_close(net);
}

static void another_groups_journal_hands_nothing_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct hw_entry entry = {.position = 1, .type = HW_ENTRY_ROOT};
    struct hw_journal_item item = {0};
    struct hw_journal_message head = {.group = hw_slice_text("wg7"), .life = net->hub->identity.inc};
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0}, items HW_CLEANUP(hw_out_done) = {0};
    struct deed deed = {.net = net, .of = net->tkm};
    uint8_t key[HW_SIGN_PUBLIC], next[HW_SIGN_SECRET], chain[HW_HASH_SIZE], none[HW_HASH_SIZE] = {0};
    crypto_sign_keypair(key, next);
    add_group(net, "wg7"); /* its journal begins here */
    down(net, net->tkm);
    hw_handover_sign(&entry.handover, net->hub->identity.root, net->hub->identity.root_secret, next);
    hw_entry_encode(&bytes, &entry);
    item.entry = hw_out_slice(&bytes);
    for (int i = 0; i < 2; i++) { /* signed by the gate, and by the new root */
        hw_entry_chain(net->hub->identity.root, head.group, &head.life, none, item.entry, chain);
        hw_entry_sign(chain, i ? next : net->hub->identity.sign_secret, item.signature);
        hw_out_reset(&items);
        hw_journal_item(&items, &item);
        hw_out_reset(&deed.out);
        hw_journal_wrap(&deed.out, 1, &head, hw_out_slice(&items), 1);
        assert_int_equal(deed_do(net->tkm, take_down, &deed), HW_SIGNATURE);
    }
    hw_out_done(&deed.out);
    net_close(net);
}

/* -- what `verify` sees -- */

static enum hw_status spoil_note(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    return hw_tx_drop(tx, "roots", err);
}

static void a_note_that_differs_from_the_journal_is_a_fault(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct deed deed = {.net = net};
    hand_over(net);
    down(net, net->kaz);
    must(net->kaz, spoil_note, &deed);
    struct hw_verified found = verified(net->kaz);
    assert_int_equal(found.faults_n, 1);
    assert_non_null(strstr(found.faults[0].message, "hands the root key over to another"));
    net_close(net);
}

/* -- headquarters from a backup -- */

static void a_backup_of_before_gets_the_hand_over_back_from_the_offices(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    add_group(net, "wg7");
    down(net, net->kaz);
    restore(net);
    memcpy(net->hub->identity.root_secret, now.root_secret, sizeof now.root_secret); /* its home has the later key */
    hw_store_identify(net->hub->store, &net->hub->identity);
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    end(net);
    net->hub->identity.handover = now.handover;
    same_root(net, net->hub);
    add_group(net, "wg8");
    down(net, net->kaz);
    down(net, net->tkm);
    same_root(net, net->tkm);
    assert_true(has_group(net->tkm, "wg7") && has_group(net->tkm, "wg8"));
    same_export(net->kaz, net->tkm);
    assert_int_equal(verified(net->hub).faults_n, 0);
    net_close(net);
}

static void a_hand_over_that_nobody_gives_back_is_said_again(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    restore(net);
    memcpy(net->hub->identity.root_secret, now.root_secret, sizeof now.root_secret);
    net->hub->identity.handover = now.handover; /* root.handover of its home */
    hw_store_identify(net->hub->store, &net->hub->identity);
    end(net);
    add_group(net, "wg7");
    same_root(net, net->hub);
    down(net, net->tkm);
    same_root(net, net->tkm);
    assert_true(has_group(net->tkm, "wg7"));
    assert_int_equal(verified(net->tkm).faults_n, 0);
    net_close(net);
}

static void a_home_with_the_former_key_alone_decides_nothing_about_the_directory(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    down(net, net->kaz);
    restore(net); /* with the keys of before */
    assert_int_equal(hand_back(net, net->kaz), HW_WELCOME_RECOVERY);
    is_heard(net, net->kaz);
    is_heard(net, net->tkm);
    assert_true(recovering(net)); /* all are heard, and still */
    struct deed deed = {.net = net};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = end_recovery, .self = &deed};
    assert_int_equal(hw_store_now(net->hub->store, &job, &err), HW_DENIED);
    assert_non_null(strstr(err.text, "root.key in this home is not the root key"));
    memcpy(net->hub->identity.root_secret, now.root_secret, sizeof now.root_secret); /* it is put in its place */
    hw_store_identify(net->hub->store, &net->hub->identity);
    end(net);
    add_group(net, "wg7");
    down(net, net->kaz);
    assert_true(has_group(net->kaz, "wg7"));
    net_close(net);
}

/* The operator did not wait for KAZ, which alone knows what the former root signed last. */
static void what_a_former_root_signed_in_a_lost_branch_stays_where_it_is(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    add_group(net, "lost");
    down(net, net->kaz);
    restore(net);
    end(net);
    hand_over(net);
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_LATE);
    deed.group = "directory";
    for (size_t i = 0; i < deed.welcome.groups_n; i++)
        if (hw_slice_is(deed.welcome.groups[i].group, "directory"))
            deed.from = deed.welcome.groups[i].resume + 1;
    assert_true(deed.from > 0);
    deed.of = NULL;
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    assert_non_null(strstr(deed.returned.note, "handed over since. They are not taken, and KAZ gives them up now"));
    assert_false(has_group(net->hub, "lost"));
    deed.of = net->kaz;
    must(net->kaz, rebase, &deed);
    down(net, net->kaz);
    same_root(net, net->kaz);
    same_export(net->hub, net->kaz);
    deed_done(&deed);
    net_close(net);
}

/* Whoever has the former root key, and the hub's, must not undo the hand-over by playing a restored headquarters. */
static void an_office_does_not_go_back_to_a_root_that_has_handed_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    down(net, net->kaz);
    restore(net); /* everything is as it was, the root key too */
    const struct hw_identity thief = net->hub->identity;
    end(net);
    struct deed deed = hello_of(net, net->kaz);
    assert_int_equal(deed.welcome.status, HW_WELCOME_LATE);
    must(net->kaz, rebase, &deed);
    assert_memory_equal(root_of(net->kaz).key, thief.root, HW_SIGN_PUBLIC);
    hw_out_reset(&deed.out);
    deed.group = "directory";
    deed.from = tip(net->kaz, "directory") + 1;
    must(net->hub, pack_journal, &deed);
    assert_int_equal(deed_do(net->kaz, take_down, &deed), HW_DENIED);
    deed_done(&deed);
    restore(net); /* and the true one, which says the hand-over again first of all */
    memcpy(net->hub->identity.root_secret, now.root_secret, sizeof now.root_secret);
    net->hub->identity.handover = now.handover;
    hw_store_identify(net->hub->store, &net->hub->identity);
    end(net);
    down(net, net->kaz);
    assert_memory_equal(root_of(net->kaz).key, now.handover.to, HW_SIGN_PUBLIC);
    add_group(net, "wg7"); /* nothing is owed any more */
    down(net, net->kaz);
    assert_true(has_group(net->kaz, "wg7"));
    same_export(net->hub, net->kaz);
    net_close(net);
}

static void a_headquarters_that_has_lost_a_hand_over_is_told_so(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    down(net, net->kaz);
    restore(net); /* with the keys of before */
    end(net);
    struct deed deed = hello_of(net, net->kaz);
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = take_back, .self = &deed};
    deed.group = "directory";
    deed.from = tip(net->kaz, "directory");
    deed.of = NULL;
    must(net->kaz, pack_journal, &deed);
    assert_int_equal(hw_store_now(net->hub->store, &job, &err), HW_DENIED);
    assert_non_null(strstr(err.text, "office KAZ has followed a hand-over"));
    deed_done(&deed);
    net_close(net);
}

/* It was put back without a word, handed over, and then began to recover: the longer branch of before does not count. */
static void a_recovering_headquarters_does_not_leave_its_own_hand_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    add_group(net, "one");
    add_group(net, "two");
    down(net, net->kaz);
    put_back(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    begin(net);
    hand_back(net, net->kaz);
    assert_memory_equal(root_of(net->hub).key, now.handover.to, HW_SIGN_PUBLIC);
    end(net);
    assert_int_equal(verified(net->hub).faults_n, 0);
    net_close(net);
}

/* A hub put back without a word: the office's journal is longer, hand-over included. */
static void a_hub_put_back_without_a_word_finds_out_by_the_hand_over(void **state)
{
    (void)state;
    struct net *net = net_open();
    make_backup(net);
    hand_over(net);
    const struct hw_identity now = net->hub->identity;
    down(net, net->kaz);
    put_back(net);
    struct deed deed = hello_of(net, net->kaz);
    deed.group = "directory";
    deed.from = tip(net->hub, "directory") + 1;
    deed.of = NULL;
    must(net->kaz, pack_journal, &deed);
    must(net->hub, take_back, &deed);
    assert_true(deed.returned.rolled_back);
    deed_done(&deed);
    begin(net);
    hand_back(net, net->kaz);
    memcpy(net->hub->identity.root_secret, now.root_secret, sizeof now.root_secret);
    hw_store_identify(net->hub->store, &net->hub->identity);
    end(net);
    assert_memory_equal(root_of(net->hub).key, now.handover.to, HW_SIGN_PUBLIC);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office_that_was_away_follows_from_root_to_root),
        cmocka_unit_test(a_new_office_follows_from_the_first_root),
        cmocka_unit_test(a_new_office_believes_nothing_before_the_root_that_its_invitation_names),
        cmocka_unit_test(nobody_hands_over_without_the_roots_key),
        cmocka_unit_test(a_former_root_signs_nothing_any_more),
        cmocka_unit_test(another_groups_journal_hands_nothing_over),
        cmocka_unit_test(a_note_that_differs_from_the_journal_is_a_fault),
        cmocka_unit_test(a_backup_of_before_gets_the_hand_over_back_from_the_offices),
        cmocka_unit_test(a_hand_over_that_nobody_gives_back_is_said_again),
        cmocka_unit_test(a_home_with_the_former_key_alone_decides_nothing_about_the_directory),
        cmocka_unit_test(what_a_former_root_signed_in_a_lost_branch_stays_where_it_is),
        cmocka_unit_test(an_office_does_not_go_back_to_a_root_that_has_handed_over),
        cmocka_unit_test(a_headquarters_that_has_lost_a_hand_over_is_told_so),
        cmocka_unit_test(a_recovering_headquarters_does_not_leave_its_own_hand_over),
        cmocka_unit_test(a_hub_put_back_without_a_word_finds_out_by_the_hand_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
