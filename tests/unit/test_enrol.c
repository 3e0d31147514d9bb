/* test_enrol.c: what a request to join, and a new incarnation, may not bring: a life or a key that another office has. Both
 * stand in the directory, which everybody reads, so that any invited person can name them. */
#include "daemon/store_internal.h"
#include "verb_world.h"

typedef enum hw_status job_run(struct hw_tx *tx, void *self, struct hw_err *err);

static const uint8_t kaz_key[32] = {1}, invited_key[32] = {2}, token[HW_TOKEN_SIZE] = {5};

struct scene {
    struct world *hq;
    struct hw_identity kaz, mal;
    struct hw_enrol enrol;
    struct hw_introduce introduce;
    char said[1000];
};

static enum hw_status run(struct scene *scene, job_run *what)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = scene};
    enum hw_status status = hw_store_now(scene->hq->store, &job, &err);
    snprintf(scene->said, sizeof scene->said, "%s", status ? err.text : "");
    return status;
}

static enum hw_status put_office(struct hw_tx *tx, const char *code, const char *state, const uint8_t *key,
                                 struct hw_err *err)
{
    const struct hw_slice part = hw_slice_text(code);
    struct hw_id id = hw_id_derive("office", &part, 1);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "code", code, err);
    if (!status)
        status = hw_edit_put(edit, "state", state, err);
    if (!status && key)
        status = hw_edit_bytes(edit, "curve_key", key, 32, err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "maria", err);
}

/* KAZ has joined; MAL has an invitation. */
static enum hw_status furnish(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct scene *scene = self;
    unsigned number;
    enum hw_status status = put_office(tx, "HQ", "active", NULL, err);
    if (!status)
        status = put_office(tx, "KAZ", "active", kaz_key, err);
    if (!status)
        status = put_office(tx, "MAL", "invited", NULL, err);
    if (!status)
        status = hw_tx_life_enter(tx, "HQ", &scene->hq->identity.inc, scene->hq->identity.sign_public, "first",
                                  hw_tx_next_change(tx), "maria", &number, err);
    if (!status)
        status = hw_tx_life_enter(tx, "KAZ", &scene->kaz.inc, scene->kaz.sign_public, "first", hw_tx_next_change(tx), "maria",
                                  &number, err);
    if (!status)
        status = hw_tx_invite(tx, "MAL", invited_key, INT64_MAX, err);
    return status ? status : hw_tx_finish(tx, err);
}

static enum hw_status enrol(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct scene *scene = self;
    struct hw_admitted admitted;
    enum hw_status status = hw_tx_enrol(tx, &scene->enrol, token, &admitted, err);
    return status ? status : hw_tx_finish(tx, err);
}

static enum hw_status introduce(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct scene *scene = self;
    bool pass_on;
    enum hw_status status = hw_tx_introduce(tx, &scene->introduce, &pass_on, err);
    return status ? status : hw_tx_finish(tx, err);
}

static struct scene *open_scene(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->hq = world_open("HQ", true);
    world_identity(&scene->kaz, "KAZ", false);
    world_identity(&scene->mal, "MAL", false);
    assert_int_equal(run(scene, furnish), HW_OK);
    return scene;
}

static void close_scene(struct scene *scene)
{
    world_close(scene->hq);
    free(scene);
}

/* MAL asks to join as this life, with this key. */
static enum hw_status joins(struct scene *scene, const struct hw_inc *inc, const uint8_t *curve_key)
{
    struct hw_join *join = &scene->enrol.join;
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    *join = (struct hw_join){.office = hw_slice_text("MAL"), .inc = *inc};
    memcpy(scene->enrol.invitation_key, invited_key, sizeof invited_key);
    memcpy(join->curve_key, curve_key, sizeof join->curve_key);
    memcpy(join->sign_key, scene->mal.sign_public, sizeof join->sign_key);
    hw_join_signed(&bytes, join);
    crypto_sign_detached(join->proof, NULL, bytes.p, bytes.n, scene->mal.sign_secret);
    return run(scene, enrol);
}

/* -- what the directory says afterwards -- */

struct seen {
    struct scene *scene;
    const struct hw_inc *inc;
    char office[HW_OFFICE_MAX + 1];
    uint8_t key[HW_SIGN_PUBLIC];
    size_t lives;
};

static enum hw_status look_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct seen *seen = self;
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, seen->inc, &life, err);
    seen->lives = tx->store->lives_n;
    if (status || !life)
        return status;
    snprintf(seen->office, sizeof seen->office, "%s", life->office);
    memcpy(seen->key, life->key, sizeof seen->key);
    return HW_OK;
}

static struct seen look(struct scene *scene, const struct hw_inc *inc)
{
    struct seen seen = {.scene = scene, .inc = inc};
    struct hw_job job = {.run = look_life, .self = &seen};
    assert_int_equal(hw_store_now(scene->hq->store, &job, NULL), HW_OK);
    return seen;
}

static enum hw_status who_is_kaz(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const char *office = "";
    (void)self;
    enum hw_status status = hw_door_office(tx, kaz_key, &office, err);
    return status || strcmp(office, "KAZ") == 0 ? status : hw_fail(err, HW_CORRUPT, "it is %s's", office);
}

static void who_joins_cannot_take_a_life_of_another_office(void **state)
{
    static const uint8_t own_key[32] = {3};
    struct scene *scene = open_scene();
    const struct hw_identity *victims[] = {&scene->kaz, &scene->hq->identity};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(joins(scene, &victims[i]->inc, own_key), HW_DENIED);
        assert_non_null(strstr(scene->said, "incarnation"));
        struct seen seen = look(scene, &victims[i]->inc);
        assert_string_equal(seen.office, victims[i]->office);
        assert_memory_equal(seen.key, victims[i]->sign_public, sizeof seen.key);
    }
    assert_int_equal(joins(scene, &scene->mal.inc, own_key), HW_OK); /* the invitation is still good */
    close_scene(scene);
}

static void who_joins_cannot_take_the_key_of_another_office(void **state)
{
    static const uint8_t own_key[32] = {3};
    struct scene *scene = open_scene();
    (void)state;
    assert_int_equal(joins(scene, &scene->mal.inc, kaz_key), HW_DENIED);
    assert_non_null(strstr(scene->said, "key"));
    assert_int_equal(joins(scene, &scene->mal.inc, invited_key), HW_DENIED);
    assert_int_equal(run(scene, who_is_kaz), HW_OK);
    assert_int_equal(joins(scene, &scene->mal.inc, own_key), HW_OK);
    close_scene(scene);
}

/* MAL, which has joined, begins a new life and announces a key for it. */
static enum hw_status begins(struct scene *scene, const uint8_t *curve_key)
{
    struct hw_introduce *one = &scene->introduce;
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_identity next;
    world_identity(&next, "MAL", false);
    *one = (struct hw_introduce){.office = hw_slice_text("MAL"), .inc = next.inc, .previous = scene->mal.inc,
                                 .reason = HW_LIFE_ROTATION, .keyed = curve_key != NULL};
    memcpy(one->sign_key, next.sign_public, sizeof one->sign_key);
    hw_life_signed(&bytes, &one->inc, one->sign_key);
    crypto_sign_detached(one->proof, NULL, bytes.p, bytes.n, scene->mal.sign_secret);
    if (curve_key) {
        memcpy(one->curve_key, curve_key, sizeof one->curve_key);
        hw_out_reset(&bytes);
        hw_keys_signed(&bytes, one);
        crypto_sign_detached(one->curve_proof, NULL, bytes.p, bytes.n, scene->mal.sign_secret);
    }
    enum hw_status status = run(scene, introduce);
    if (!status)
        scene->mal = next;
    return status;
}

static void who_changes_keys_cannot_announce_the_key_of_another_office(void **state)
{
    static const uint8_t own_key[32] = {3}, next_key[32] = {4};
    struct scene *scene = open_scene();
    (void)state;
    assert_int_equal(joins(scene, &scene->mal.inc, own_key), HW_OK);
    assert_int_equal(begins(scene, kaz_key), HW_DENIED);
    assert_int_equal(run(scene, who_is_kaz), HW_OK);
    assert_int_equal(begins(scene, next_key), HW_OK);
    close_scene(scene);
}

/* Each is a record that goes to every office and stays for ever. */
static void an_office_begins_only_so_many_lives_a_day(void **state)
{
    static const uint8_t own_key[32] = {3};
    struct scene *scene = open_scene();
    size_t begun = 0;
    (void)state;
    hw_store_lives(scene->hq->store, 6); /* with the one that joins */
    assert_int_equal(joins(scene, &scene->mal.inc, own_key), HW_OK);
    size_t before = look(scene, &scene->mal.inc).lives;
    while (begun < 20 && begins(scene, NULL) == HW_OK)
        begun++;
    assert_int_equal(begun, 5);
    assert_int_equal(begins(scene, NULL), HW_LIMIT);
    assert_non_null(strstr(scene->said, "lives_per_day"));
    assert_int_equal(look(scene, &scene->mal.inc).lives, before + 5);
    close_scene(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_joins_cannot_take_a_life_of_another_office),
        cmocka_unit_test(who_joins_cannot_take_the_key_of_another_office),
        cmocka_unit_test(who_changes_keys_cannot_announce_the_key_of_another_office),
        cmocka_unit_test(an_office_begins_only_so_many_lives_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
