/* test_bundle.c: bundles between the stores of headquarters and two offices: in any order they end the same; one that is wrong
 * in one place changes nothing; what waits and turns out wrong stands in nobody's way. */
#include "daemon/bundle_file.h"
#include "daemon/store_against.h"
#include "return_world.h"

enum { MESSAGES_MAX = 64 };

struct bundle {
    struct hw_bundle head;
    struct hw_out messages[MESSAGES_MAX];
    size_t n;
    struct hw_bundle_wish wish; /* how it is made */
    size_t at;                  /* how far it is read */
    struct hw_applied applied;
    enum hw_status status;
    char said[1000];
};

static enum hw_status keep(void *self, struct hw_slice message, struct hw_err *err)
{
    struct bundle *bundle = self;
    (void)err;
    assert_true(bundle->n < MESSAGES_MAX && message.n <= HW_MESSAGE_SIZE);
    hw_put_raw(&bundle->messages[bundle->n++], message.p, message.n);
    return HW_OK;
}

static enum hw_status make(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct bundle *bundle = self;
    struct hw_bundled bundled;
    return hw_tx_bundle(tx, &bundle->wish, keep, bundle, &bundled, err);
}

static enum hw_status seal(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    return hw_tx_bundle_seal(tx, err);
}

static void run(struct world *world, bool write, enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                void *self)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = write, .run = what, .self = self};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

static struct bundle *bundle_of(struct world *world, const char *office, bool all)
{
    struct bundle *bundle = calloc(1, sizeof *bundle);
    bundle->wish = (struct hw_bundle_wish){.office = office, .all = all};
    bundle->head = (struct hw_bundle){.inc = world->identity.inc};
    memcpy(bundle->head.office, world->identity.office, sizeof bundle->head.office);
    memcpy(bundle->head.root, world->identity.root, sizeof bundle->head.root);
    memcpy(bundle->head.sign_key, world->identity.sign_public, sizeof bundle->head.sign_key);
    run(world, true, seal, NULL);
    run(world, false, make, bundle);
    return bundle;
}

static void bundle_free(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->n; i++)
        hw_out_done(&bundle->messages[i]);
    hw_out_done(&bundle->applied.left);
    free(bundle);
}

static enum hw_status next(void *self, struct hw_slice *message, struct hw_err *err)
{
    struct bundle *bundle = self;
    (void)err;
    if (bundle->at == bundle->n)
        return HW_NOT_FOUND;
    *message = hw_out_slice(&bundle->messages[bundle->at++]);
    return HW_OK;
}

static enum hw_status take(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct bundle *bundle = self;
    bundle->at = 0;
    return hw_tx_apply(tx, &bundle->head, next, bundle, &bundle->applied, err);
}

static enum hw_status apply(struct world *world, struct bundle *bundle)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = take, .self = bundle};
    bundle->status = hw_store_now(world->store, &job, &err);
    snprintf(bundle->said, sizeof bundle->said, "%s", bundle->status ? err.text : "");
    return bundle->status;
}

static void applied(struct world *world, struct bundle *bundle)
{
    if (apply(world, bundle) != HW_OK)
        fail_msg("%s", bundle->said);
}

static bool left_out(const struct bundle *bundle, const char *what)
{
    const struct hw_out *left = &bundle->applied.left;
    return left->n && memmem(left->p, left->n, what, strlen(what));
}

static enum hw_status look_against(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct bundle *bundle = self;
    struct hw_against against = {0};
    bundle->at = 0;
    enum hw_status status = hw_tx_against(tx, &bundle->head, next, bundle, &against, err);
    snprintf(bundle->said, sizeof bundle->said, "%zu %.*s", against.faults.all, (int)against.faults.list.n, (const char *)against.faults.list.p);
    hw_against_done(&against);
    return status;
}

/* Two contents for one name are a fork, whoever compares them. */
static void is_fork(struct world *world, struct bundle *bundle, const char *where)
{
    run(world, false, look_against, bundle);
    assert_memory_equal(bundle->said, "1 ", 2);
    assert_non_null(memmem(bundle->said, sizeof bundle->said, where, strlen(where)));
    assert_non_null(memmem(bundle->said, sizeof bundle->said, "both signed by KAZ", 18));
}

/* -- order -- */

static void in_any_order_they_end_the_same(void **state)
{
    enum { STEPS = 6 };
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct net *net = net_open();
        struct bundle *ups[STEPS], *downs[STEPS + 1];
        char title[40];
        down(net, net->kaz);
        uint64_t before = tip(net->hub, "wg6");
        for (size_t i = 0; i < STEPS; i++) { /* each holds only what is new since the one before */
            snprintf(title, sizeof title, "By KAZ %zu", i);
            write_item(net, net->kaz, title);
            ups[i] = bundle_of(net->kaz, NULL, false);
            snprintf(title, sizeof title, "By headquarters %zu", i);
            write_item(net, net->hub, title);
            downs[i] = bundle_of(net->hub, "KAZ", true);
        }
        for (size_t i = STEPS; i > 1; i--) { /* shuffled */
            size_t k = (seed * 7919u + i * 104729u) % i;
            struct bundle *one = ups[i - 1], *other = downs[i - 1];
            ups[i - 1] = ups[k];
            downs[i - 1] = downs[(k * 3 + seed) % i];
            ups[k] = one;
            downs[(k * 3 + seed) % i] = other;
        }
        for (size_t i = 0; i < STEPS; i++) {
            applied(net->hub, ups[i]);
            applied(net->hub, ups[(i * seed) % STEPS]); /* and again */
            applied(net->kaz, downs[i]);
        }
        downs[STEPS] = bundle_of(net->hub, "KAZ", false);
        applied(net->kaz, downs[STEPS]);
        assert_int_equal(tip(net->hub, "wg6"), tip(net->kaz, "wg6"));
        assert_true(tip(net->hub, "wg6") > before + STEPS);
        same_export(net->hub, net->kaz);
        for (size_t i = 0; i < STEPS; i++) {
            snprintf(title, sizeof title, "By KAZ %zu", i);
            assert_true(has_item(net->hub, title) && has_item(net->kaz, title));
            snprintf(title, sizeof title, "By headquarters %zu", i);
            assert_true(has_item(net->kaz, title));
        }
        assert_int_equal(downs[STEPS]->applied.waiting, 0);
        for (size_t i = 0; i <= STEPS; i++) {
            if (i < STEPS)
                bundle_free(ups[i]);
            bundle_free(downs[i]);
        }
        net_close(net);
    }
}

/* -- what waits -- */

/* The journal of wg6 from `from` on, as the only message behind HELLO. */
static struct bundle *part_from(struct net *net, uint64_t from)
{
    struct bundle *bundle = bundle_of(net->hub, "KAZ", false);
    struct deed deed = {.net = net, .group = "wg6", .from = from};
    while (bundle->n > 1)
        hw_out_done(&bundle->messages[--bundle->n]);
    must(net->hub, pack_journal, &deed);
    assert_int_equal(keep(bundle, hw_out_slice(&deed.out), NULL), HW_OK);
    hw_out_done(&deed.out);
    return bundle;
}

static void what_waits_and_turns_out_wrong_goes(void **state)
{
    (void)state;
    struct net *net = net_open();
    down(net, net->kaz);
    uint64_t from = tip(net->kaz, "wg6") + 1;
    write_item(net, net->hub, "First");
    struct bundle *first = part_from(net, from);
    write_item(net, net->hub, "Second");
    struct bundle *good = part_from(net, from + 1), *bad = part_from(net, from + 1);
    /* The signature of the last entry stands before its segment; a flipped bit of it is found when it is looked at. */
    struct hw_out *message = &bad->messages[1];
    struct hw_arena arena;
    struct hw_message decoded;
    hw_arena_init(&arena);
    assert_int_equal(hw_message_decode(hw_out_slice(message), &arena, &decoded, NULL), HW_OK);
    uint8_t *signature = memmem(message->p, message->n, decoded.body.journal.items[0].signature, HW_SIGNATURE_SIZE);
    assert_non_null(signature);
    signature[5] ^= 1;
    hw_arena_done(&arena);
    applied(net->kaz, bad);
    assert_int_equal(bad->applied.waiting, 1);
    assert_false(has_item(net->kaz, "Second"));
    applied(net->kaz, first);
    assert_int_equal(first->applied.waiting, 0);
    assert_true(left_out(first, "not signed by headquarters"));
    assert_true(has_item(net->kaz, "First"));
    assert_false(has_item(net->kaz, "Second"));
    applied(net->kaz, good);
    assert_true(has_item(net->kaz, "Second"));
    assert_int_equal(tip(net->kaz, "wg6"), tip(net->hub, "wg6"));
    bundle_free(first);
    bundle_free(good);
    bundle_free(bad);
    net_close(net);
}

/* -- what is refused as a whole -- */

static void one_wrong_message_undoes_the_rest(void **state)
{
    (void)state;
    struct net *net = net_open();
    down(net, net->kaz);
    write_item(net, net->hub, "New");
    struct bundle *bundle = bundle_of(net->hub, "KAZ", true);
    struct hw_out *message = &bundle->messages[bundle->n++];
    hw_put_raw(message, "\x84\x01\x0b\x00\x80", 5); /* a message that belongs in no bundle */
    assert_int_not_equal(apply(net->kaz, bundle), HW_OK);
    assert_false(has_item(net->kaz, "New"));
    hw_out_done(message);
    bundle->n--;
    applied(net->kaz, bundle);
    assert_true(has_item(net->kaz, "New"));
    bundle_free(bundle);
    net_close(net);
}

static void own_numbers_that_are_not_here_are_refused(void **state)
{
    (void)state;
    struct net *net = net_open();
    char backup[80];
    down(net, net->kaz);
    snprintf(backup, sizeof backup, "%s.kaz", net->kaz->dir);
    reopen(net->kaz, "", backup);
    write_item(net, net->kaz, "Lost");
    struct bundle *own = bundle_of(net->kaz, "TKM", true), *up_stick = bundle_of(net->kaz, NULL, false);
    applied(net->hub, up_stick);
    struct bundle *back = bundle_of(net->hub, "KAZ", true);
    reopen(net->kaz, backup, "");
    assert_int_equal(apply(net->kaz, own), HW_FORK);
    assert_non_null(strstr(own->said, "KAZ.1/wg6:1"));
    assert_int_equal(apply(net->kaz, back), HW_FORK);
    write_item(net, net->kaz, "Under the same number"); /* sealed without asking whether anybody may */
    write_item(net, net->tkm, "By TKM");
    struct bundle *theirs = bundle_of(net->tkm, NULL, false);
    applied(net->kaz, theirs);
    struct bundle *fork = bundle_of(net->kaz, NULL, false);
    is_fork(net->hub, fork, "KAZ.1/wg6:1");
    is_fork(net->kaz, own, "KAZ.1/wg6:1");
    applied(net->hub, fork); /* what is wrong with one stream stands in no other's way */
    assert_true(left_out(fork, "KAZ.1/wg6:1: another segment"));
    assert_false(has_item(net->hub, "Under the same number"));
    assert_true(has_item(net->hub, "By TKM"));
    unlink(backup);
    bundle_free(own);
    bundle_free(up_stick);
    bundle_free(back);
    bundle_free(fork);
    bundle_free(theirs);
    net_close(net);
}

struct new_life {
    struct hw_inc inc;
    size_t moved;
    bool due;
};

static enum hw_status begin_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct new_life *life = self;
    enum hw_status status = hw_tx_bundle_due(tx, &life->due, err);
    return status ? status : hw_tx_bundle_rebirth(tx, &life->inc, &life->moved, err);
}

/* What was sealed under a life that the directory knows is out, and the same wherever it is held. */
static void a_life_that_seals_a_bundle_takes_over_what_is_not_sealed(void **state)
{
    (void)state;
    struct net *net = net_open();
    struct new_life life = {.inc = {{7}}}, again = {.inc = {{8}}};
    down(net, net->kaz);
    write_item(net, net->kaz, "Sealed");
    run(net->kaz, true, seal, NULL);
    write_item(net, net->kaz, "Draft");
    run(net->kaz, true, begin_life, &life);
    assert_true(life.due);
    assert_int_equal(life.moved, 1);
    net->kaz->identity.inc = life.inc;
    hw_store_identify(net->kaz->store, &net->kaz->identity);
    run(net->kaz, true, seal, NULL);
    run(net->kaz, true, begin_life, &again); /* of the last one the directory knows nothing */
    assert_false(again.due);
    assert_int_equal(again.moved, 1);
    assert_true(has_item(net->kaz, "Sealed") && has_item(net->kaz, "Draft"));
    net_close(net);
}

static void who_made_it_must_be_known(void **state)
{
    (void)state;
    struct net *net = net_open();
    down(net, net->kaz);
    write_item(net, net->kaz, "New");
    struct bundle *bundle = bundle_of(net->kaz, NULL, false);
    struct hw_bundle head = bundle->head;
    randombytes_buf(bundle->head.sign_key, sizeof bundle->head.sign_key);
    assert_int_equal(apply(net->hub, bundle), HW_CORRUPT); /* HELLO names another key */
    bundle->head = head;
    memcpy(bundle->head.office, "TKM", 4);
    assert_int_equal(apply(net->hub, bundle), HW_DENIED);
    bundle->head = head;
    bundle->head.root[0] ^= 1;
    assert_int_equal(apply(net->hub, bundle), HW_DENIED);
    assert_false(has_item(net->hub, "New"));
    bundle->head = head;
    applied(net->hub, bundle);
    assert_true(has_item(net->hub, "New"));
    bundle_free(bundle);
    net_close(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_any_order_they_end_the_same),
        cmocka_unit_test(what_waits_and_turns_out_wrong_goes),
        cmocka_unit_test(one_wrong_message_undoes_the_rest),
        cmocka_unit_test(own_numbers_that_are_not_here_are_refused),
        cmocka_unit_test(a_life_that_seals_a_bundle_takes_over_what_is_not_sealed),
        cmocka_unit_test(who_made_it_must_be_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
