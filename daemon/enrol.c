/* enrol.c: the exchange with the hub that makes a home an office of a
 * headquarters (floor 3): JOIN with the invitation's one-use key, ADMITTED. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/modes.h"
#include "headway/invitation.h"

/* Long enough for the slowest link: resolve, connect, handshake, one commit. */
enum {
    PATIENCE_MS = 60 * 1000,
    CROWD_MS = 5 * 60 * 1000 /* a workshop where all join at once: headquarters says how long to wait, and this is the longest */
};

struct enrolment {
    struct hw_loop *loop;
    struct hw_link *link;
    struct hw_invitation invitation;
    struct hw_keys keys;
    struct hw_identity identity;
    struct hw_arena arena;
    uv_timer_t timer;
    char reason[400];
    struct hw_admitted admitted;
    uint8_t token[HW_TOKEN_SIZE];
    bool done, stopping, sent;
    uint64_t began; /* loop time */
    struct hw_err *err;
    enum hw_status status;
};

static enum hw_status read_file(const char *file, struct hw_arena *arena, struct hw_invitation *invitation,
                                struct hw_err *err)
{
    char *text = NULL;
    size_t n;
    enum hw_status status = hw_file_read(file, HW_INVITATION_MAX, &text, &n, err);
    if (!status)
        status = hw_invitation_read((struct hw_slice){(uint8_t *)text, n}, arena, invitation, err);
    if (text)
        sodium_memzero(text, strlen(text)); /* its secret opens the hub's door once */
    free(text);
    return status;
}

enum hw_status hw_words(const char *file, struct hw_err *err)
{
    struct hw_arena arena = {0};
    struct hw_invitation invitation;
    char words[HW_WORDS_MAX];
    enum hw_status status = read_file(file, &arena, &invitation, err);
    if (!status)
        status = hw_invitation_words(&invitation, words, err);
    if (!status)
        printf("%s\noffice %.*s\n", words, (int)invitation.office.n, (const char *)invitation.office.p);
    sodium_memzero(&invitation, sizeof invitation);
    hw_arena_wipe(&arena);
    return status;
}

/* -- the exchange -- */

static void on_stopped(void *self)
{
    hw_loop_stop(((struct enrolment *)self)->loop);
}

static void stop(struct enrolment *enrolment, enum hw_status status)
{
    if (enrolment->stopping)
        return;
    enrolment->stopping = true;
    enrolment->status = status;
    uv_close((uv_handle_t *)&enrolment->timer, NULL);
    hw_link_stop(enrolment->link, on_stopped, enrolment);
}

static void on_up(void *self)
{
    struct enrolment *enrolment = self;
    struct hw_message message = {.type = HW_JOIN};
    struct hw_join *join = &message.body.join;
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    join->office = enrolment->invitation.office;
    join->inc = enrolment->identity.inc;
    memcpy(join->curve_key, enrolment->keys.curve_public, sizeof join->curve_key);
    memcpy(join->sign_key, enrolment->keys.sign_public, sizeof join->sign_key);
    randombytes_buf(join->nonce, sizeof join->nonce);
    hw_join_signed(&bytes, join);
    crypto_sign_detached(join->proof, NULL, bytes.p, bytes.n, enrolment->keys.sign_secret);
    hw_out_reset(&bytes);
    hw_message_encode(&bytes, &message);
    enrolment->sent = hw_link_send_up(enrolment->link, hw_out_slice(&bytes)) == HW_OK;
    if (!enrolment->sent)
        snprintf(enrolment->reason, sizeof enrolment->reason, "the request could not be sent");
}

static void on_time(uv_timer_t *timer)
{
    struct enrolment *enrolment = timer->data;
    stop(enrolment, hw_fail(enrolment->err, HW_FAILED,
                            "the hub %.*s could not be reached (%s). Nothing is lost: repeat the same command later",
                            (int)enrolment->invitation.address.n, (const char *)enrolment->invitation.address.p,
                            *enrolment->reason ? enrolment->reason : "no answer"));
}

/* Others join at the same time: the link connects again by itself, and each time asks again. False: for too long already. */
static bool waits(struct enrolment *enrolment, const struct hw_error_message *said)
{
    uint64_t now = uv_now(hw_loop_uv(enrolment->loop));
    if (!said->retry_ms || now + said->retry_ms - enrolment->began > CROWD_MS)
        return false;
    snprintf(enrolment->reason, sizeof enrolment->reason, "headquarters says: %.*s", (int)said->text.n, (const char *)said->text.p);
    fprintf(stderr, "%s; trying again for %llu s\n", enrolment->reason, (unsigned long long)(said->retry_ms / 1000 + 1));
    enrolment->sent = false;
    uv_timer_start(&enrolment->timer, on_time, said->retry_ms + PATIENCE_MS, 0);
    return true;
}

static void on_message(void *self, struct hw_slice bytes)
{
    struct enrolment *enrolment = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(bytes, &enrolment->arena, &message, enrolment->err);
    if (!status && message.type == HW_ADMITTED &&
        hw_slice_equal(message.body.admitted.office, enrolment->invitation.office)) {
        enrolment->admitted = message.body.admitted;
        memcpy(enrolment->token, message.body.admitted.token, sizeof enrolment->token);
        enrolment->done = true;
    } else if (!status && message.type == HW_ERROR) {
        const struct hw_error_message *said = &message.body.error;
        bool full = hw_slice_is(said->code, hw_status_name(HW_NO_SPACE));
        if (hw_slice_is(said->code, hw_status_name(HW_LIMIT)) && waits(enrolment, said))
            return;
        status = hw_fail(enrolment->err, HW_DENIED, "headquarters %s: %.*s%s", full ? "cannot store now" : "says",
                         (int)said->text.n, (const char *)said->text.p, full ? ": try again later" : "");
    } else if (!status) {
        return;
    }
    stop(enrolment, status);
}

static void on_down(void *self, const char *reason, bool refused)
{
    struct enrolment *enrolment = self;
    snprintf(enrolment->reason, sizeof enrolment->reason, "%s", reason);
    if (refused)
        stop(enrolment, hw_fail(enrolment->err, HW_DENIED,
                                "not joined: %s. An invitation is good once and for a limited time: ask for a new one",
                                reason));
}

static void on_writable(void *self)
{
    /* libzmq tells of the connection before its own queue is attached, now and
     * then, and takes nothing in between. */
    if (!((struct enrolment *)self)->sent)
        on_up(self);
}

static void on_note(void *self, int priority, const char *text)
{
    (void)self;
    if (priority <= 5)
        fprintf(stderr, "%s\n", text);
}

static enum hw_status exchange(struct enrolment *enrolment, struct hw_err *err)
{
    struct hw_link_calls calls = {.self = enrolment, .up = on_up, .up_message = on_message, .up_down = on_down,
                                  .up_writable = on_writable, .note = on_note};
    struct hw_link_config config = {.upstream = hw_arena_text(&enrolment->arena, enrolment->invitation.address.p,
                                                              enrolment->invitation.address.n)};
    memcpy(config.secret_key, enrolment->invitation.secret, sizeof config.secret_key);
    crypto_scalarmult_base(config.public_key, config.secret_key);
    memcpy(config.upstream_key, enrolment->invitation.hub_key, sizeof config.upstream_key);
    randombytes_buf(&config.jitter, sizeof config.jitter);
    enrolment->err = err;
    enrolment->loop = hw_loop_new(err);
    if (!enrolment->loop)
        return err->status;
    enrolment->link = hw_link_new(enrolment->loop, &config, &calls, err);
    enum hw_status status = enrolment->link ? hw_link_start(enrolment->link, err) : err->status;
    if (!status) {
        uv_timer_init(hw_loop_uv(enrolment->loop), &enrolment->timer);
        enrolment->timer.data = enrolment;
        enrolment->began = uv_now(hw_loop_uv(enrolment->loop));
        uv_timer_start(&enrolment->timer, on_time, PATIENCE_MS, 0);
        hw_loop_run(enrolment->loop);
        status = enrolment->status;
    }
    hw_link_free(enrolment->link);
    hw_loop_free(enrolment->loop);
    sodium_memzero(&config, sizeof config);
    return status;
}

/* -- before and after -- */

static enum hw_status read_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct enrolment *enrolment = self;
    struct hw_slice inc;
    if (hw_tx_get(tx, "incarnation", &inc) != HW_OK || inc.n != sizeof enrolment->identity.inc.b)
        return hw_fail(err, HW_CORRUPT, "this home has no incarnation: remove it and join again");
    memcpy(enrolment->identity.inc.b, inc.p, inc.n);
    return HW_OK;
}

static enum hw_status keep_token(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct enrolment *enrolment = self;
    unsigned life = (unsigned)enrolment->admitted.life;
    const uint8_t reason = life > 1 ? HW_LIFE_REPLACED : HW_LIFE_FIRST; /* an office with a past had another machine */
    enum hw_status status = hw_tx_put(tx, "token", (struct hw_slice){enrolment->token, HW_TOKEN_SIZE}, err);
    if (!status)
        status = hw_tx_put(tx, "reason", (struct hw_slice){&reason, 1}, err);
    if (!status)
        status = hw_tx_root_pin(tx, enrolment->invitation.root, enrolment->invitation.root_now, err);
    return status ? status : hw_tx_life_put(tx, life, err);
}

static enum hw_status in_store(struct enrolment *enrolment, struct hw_home *home, const struct hw_config *config,
                               enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                               struct hw_err *err)
{
    struct hw_store *store = NULL;
    struct hw_identity identity;
    struct hw_job job = {.write = true, .run = what, .self = enrolment};
    enum hw_status status = hw_node_open_store(home, config, &enrolment->keys, NULL, NULL, &store, &identity, err);
    if (!status)
        status = hw_store_now(store, &job, err);
    hw_store_close(store);
    sodium_memzero(&identity, sizeof identity);
    return status;
}

static enum hw_status check_home(const struct hw_config *config, const struct enrolment *enrolment,
                                 struct hw_err *err)
{
    if (config->upstream)
        return hw_fail(err, HW_FAILED, "this home follows %s already", config->upstream);
    if (enrolment->keys.root)
        return hw_fail(err, HW_FAILED, "this home is a headquarters; making it a relay comes with a later version");
    if (!hw_slice_is(enrolment->invitation.office, config->name))
        return hw_fail(err, HW_USAGE, "the invitation is for office %.*s, this home is %s",
                       (int)enrolment->invitation.office.n, (const char *)enrolment->invitation.office.p, config->name);
    return HW_OK;
}

static enum hw_status join_home(struct enrolment *enrolment, struct hw_home *home, struct hw_err *err)
{
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    char *path = hw_home_file(home, "headway.conf");
    enum hw_status status = hw_config_read(path, &config, err);
    if (!status)
        status = hw_keys_read(home, &enrolment->keys, err);
    if (!status)
        status = check_home(&config, enrolment, err);
    if (!status)
        status = in_store(enrolment, home, &config, read_life, err);
    if (!status)
        status = exchange(enrolment, err);
    if (!status)
        status = in_store(enrolment, home, &config, keep_token, err);
    if (!status) {
        const struct hw_invitation *invitation = &enrolment->invitation;
        config.root = hw_key_text(invitation->root, sizeof invitation->root);
        config.upstream = strndup((const char *)invitation->address.p, invitation->address.n);
        config.upstream_key = hw_key_text(invitation->hub_key, sizeof invitation->hub_key);
        status = hw_config_write(path, &config, err);
    }
    free(path);
    return status;
}

enum hw_status hw_enrol(const char *path, const char *file, struct hw_err *err)
{
    struct enrolment *enrolment = hw_alloc(sizeof *enrolment);
    *enrolment = (struct enrolment){.status = HW_OK};
    struct hw_home *home = NULL;
    struct stat there;
    enum hw_status status = read_file(file, &enrolment->arena, &enrolment->invitation, err);
    if (!status && enrolment->invitation.expires_ms < (uint64_t)hw_clock_wall())
        status = hw_fail(err, HW_DENIED, "this invitation has expired: ask for a new one");
    char *conf = hw_arena_printf(&enrolment->arena, "%s/headway.conf", path);
    if (!status && stat(conf, &there) != 0)
        status = hw_init(path, hw_arena_text(&enrolment->arena, enrolment->invitation.office.p,
                                             enrolment->invitation.office.n), NULL, err);
    if (!status)
        status = hw_home_open(path, &home, err);
    if (!status)
        status = join_home(enrolment, home, err);
    if (!status)
        fprintf(stderr, "joined as %.*s; start it: headwayd --home %s\n", (int)enrolment->invitation.office.n,
                (const char *)enrolment->invitation.office.p, path);
    hw_home_free(home);
    hw_arena_wipe(&enrolment->arena);
    sodium_memzero(enrolment, sizeof *enrolment);
    free(enrolment);
    return status;
}
