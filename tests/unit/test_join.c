/* test_join.c: `headway join` at a hub that says "later", "no", or nothing good for a long time. The hub is a link of this process,
 * in a thread of its own; what is under test makes a home and writes it. */
#include "tests/unit/link_world.h"

#include <ftw.h>
#include <pthread.h>
#include <unistd.h>

#include "daemon/modes.h"
#include "headway/invitation.h"

enum { RETRY_MS = 1, TOO_LONG_MS = 3600 * 1000 };

/* What the hub says to each request to join, in turn; the last for all further ones. */
struct answer {
    enum hw_status refusal; /* HW_OK: ADMITTED */
    uint64_t retry_ms;
};

static struct scene {
    struct world world;
    const struct answer *answers;
    size_t answers_n;
    unsigned asked;
    uv_async_t enough; /* the office has ended */
    char dir[40], home[60], file[60];
    pthread_t hub;
} *scene;

static void say(struct side *hub, const struct hw_message *message)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    hw_message_encode(&bytes, message);
    if (hw_link_send(hub->link, hub->peer, hw_out_slice(&bytes)) != HW_OK)
        abort();
}

static void answer(struct side *hub)
{
    size_t at = scene->asked < scene->answers_n ? scene->asked : scene->answers_n - 1;
    const struct answer *one = &scene->answers[at];
    struct hw_message message = {.type = HW_ADMITTED};
    scene->asked++;
    if (!one->refusal) {
        message.body.admitted = (struct hw_admitted){.office = hw_slice_text("KAZ"), .hub = {{7}}, .token = {5}, .life = 1};
        say(hub, &message);
        return;
    }
    message.type = HW_ERROR;
    message.body.error = (struct hw_error_message){.code = hw_slice_text(hw_status_name(one->refusal)), .what = hw_slice_text("session"),
                                                   .text = hw_slice_text("others are before you"), .retry_ms = one->retry_ms};
    say(hub, &message);
}

static void at_the_hub(struct world *world, struct side *side, enum what what)
{
    (void)world;
    if (what != PEER_MESSAGE)
        return;
    answer(side);
    hw_link_drop(side->link, side->peer); /* as the engine does behind an ERROR; who was admitted goes by himself before */
}

static void on_enough(uv_async_t *async)
{
    uv_close((uv_handle_t *)async, NULL);
    hw_loop_stop(scene->world.loop);
}

static void *serve(void *self)
{
    (void)self;
    run(&scene->world);
    return NULL;
}

static void write_invitation(struct side *hub, struct side *office)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    struct hw_invitation invitation = {.office = hw_slice_text("KAZ"), .address = hw_slice_text(hw_link_bound(hub->link)),
                                       .root = {1}, .root_now = {1}, .expires_ms = 4000000000000};
    memcpy(invitation.hub_key, hub->public_key, sizeof invitation.hub_key);
    memcpy(invitation.secret, office->secret_key, sizeof invitation.secret);
    hw_invitation_print(&text, &invitation);
    FILE *file = fopen(scene->file, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
}

/* What `headwayd --enrol` comes to. */
static enum hw_status join(const struct answer *answers, size_t n, struct hw_err *err)
{
    scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->answers = answers;
    scene->answers_n = n;
    snprintf(scene->dir, sizeof scene->dir, "/tmp/hw-join-XXXXXX");
    assert_non_null(mkdtemp(scene->dir));
    snprintf(scene->home, sizeof scene->home, "%s/kaz", scene->dir);
    snprintf(scene->file, sizeof scene->file, "%s/kaz.invite", scene->dir);
    begin(&scene->world, at_the_hub, 0);
    struct side *invited = &scene->world.sides[1]; /* keys alone: the link of that side is hw_enrol()'s own */
    admit(&scene->world, invited, HW_ADMIT_JOIN);
    write_invitation(&scene->world.sides[0], invited);
    uv_async_init(hw_loop_uv(scene->world.loop), &scene->enough, on_enough);
    assert_int_equal(pthread_create(&scene->hub, NULL, serve, NULL), 0);
    *err = (struct hw_err){0};
    enum hw_status status = hw_enrol(scene->home, scene->file, err);
    uv_async_send(&scene->enough);
    assert_int_equal(pthread_join(scene->hub, NULL), 0);
    return status;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void leave(void)
{
    nftw(scene->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
    free(scene);
}

static bool has_hub(void)
{
    char path[80], text[4096] = "";
    snprintf(path, sizeof path, "%s/headway.conf", scene->home);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    return strstr(text, "\nupstream = ") != NULL;
}

static void who_is_refused_for_the_crowd_asks_again_and_joins(void **state)
{
    static const struct answer answers[] = {{HW_LIMIT, RETRY_MS}, {HW_LIMIT, RETRY_MS}, {HW_OK, 0}};
    struct hw_err err;
    (void)state;
    if (join(answers, 3, &err) != HW_OK)
        fail_msg("%s", err.text);
    assert_int_equal(scene->asked, 3);
    assert_true(has_hub());
    leave();
}

static void who_would_wait_for_too_long_is_told_so(void **state)
{
    static const struct answer answers[] = {{HW_LIMIT, TOO_LONG_MS}};
    struct hw_err err;
    (void)state;
    assert_int_equal(join(answers, 1, &err), HW_DENIED);
    assert_non_null(strstr(err.text, "others are before you"));
    assert_int_equal(scene->asked, 1);
    assert_false(has_hub());
    leave();
}

static void who_is_refused_for_good_asks_once(void **state)
{
    static const struct answer answers[] = {{HW_DENIED, RETRY_MS}};
    struct hw_err err;
    (void)state;
    assert_int_equal(join(answers, 1, &err), HW_DENIED);
    assert_int_equal(scene->asked, 1);
    assert_false(has_hub());
    leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_refused_for_the_crowd_asks_again_and_joins),
        cmocka_unit_test(who_would_wait_for_too_long_is_told_so),
        cmocka_unit_test(who_is_refused_for_good_asks_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
