/* node_rotate.c: `headway key rotate`: new CURVE and signing keys (floor 3).  At headquarters see store_rotate.c; at an office:
 *
 * The keys are drawn and kept in the home (curve-next.key, sign-LIFE.key) and "rotation" in the table node says to whom they
 * are to be introduced. The engine tells the hub (proto/sync_rotate.c); once the directory has them this office goes over:
 * one commit makes it the new incarnation, then the CURVE key takes its place and the session begins again with it. "curve" in
 * the table node is the public key that counts, should the process end between the two. */
#include <sodium.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_recovery.h"
#include "daemon/verb_internal.h"

static const char next_file[] = "curve-next.key";

/* The key that counts may be in the home as curve-next.key alone, when it could not be put in its place: drawing another one
 * writes over that. */
static enum hw_status keep_present(const struct hw_home *home, const struct hw_keys *keys, struct hw_err *err)
{
    uint8_t held[HW_KEY_SIZE];
    enum hw_status status = hw_home_secret_read(home, "curve.key", held, sizeof held, err);
    if (status == HW_NOT_FOUND || (!status && memcmp(held, keys->curve_secret, sizeof held) != 0))
        status = hw_home_secret_write(home, "curve.key", keys->curve_secret, sizeof keys->curve_secret, err);
    sodium_memzero(held, sizeof held);
    return status;
}

static enum hw_status draw(const struct hw_node *node, const struct hw_identity *identity, struct hw_introduce *made,
                           struct hw_err *err)
{
    const struct hw_home *home = node->home;
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    uint8_t sign[HW_SIGN_SECRET], curve[HW_KEY_SIZE];
    if (hw_home_secret_given(home, "curve.key"))
        return hw_fail(err, HW_CONFIG, "this node's keys come from systemd (LoadCredential=): put them into its home first, "
                                       "as curve.key and sign.key with mode 0600, and take the drop-in away");
    *made = (struct hw_introduce){.office = hw_slice_text(identity->office), .previous = identity->inc,
                                  .reason = HW_LIFE_ROTATION, .keyed = true};
    randombytes_buf(made->inc.b, sizeof made->inc.b);
    randombytes_buf(curve, sizeof curve);
    crypto_scalarmult_base(made->curve_key, curve);
    enum hw_status status = keep_present(home, &node->keys, err);
    if (!status)
        status = hw_keys_reborn(home, &made->inc, made->sign_key, sign, err);
    if (!status)
        status = hw_home_secret_write(home, next_file, curve, sizeof curve, err);
    sodium_memzero(curve, sizeof curve);
    sodium_memzero(sign, sizeof sign);
    hw_life_signed(&text, &made->inc, made->sign_key);
    crypto_sign_detached(made->proof, NULL, text.p, text.n, identity->sign_secret);
    hw_out_reset(&text);
    hw_keys_signed(&text, made);
    crypto_sign_detached(made->curve_proof, NULL, text.p, text.n, identity->sign_secret);
    return status;
}

enum hw_status hw_rotate_read(struct hw_tx *tx, struct hw_arena *arena, struct hw_introduce *rotation, bool *rotated,
                              struct hw_err *err)
{
    struct hw_message message;
    struct hw_slice kept;
    const char *office;
    enum hw_status status = hw_tx_get(tx, "rotation", &kept);
    *rotated = false;
    if (status)
        return status;
    status = hw_message_decode(hw_arena_slice(arena, kept), arena, &message, err);
    if (status || message.type != HW_INTRODUCE)
        return hw_fail(err, HW_CORRUPT, "the note of this office's new keys cannot be read: type headway key rotate again");
    *rotation = message.body.introduce;
    *rotated = hw_door_office(tx, rotation->curve_key, &office, NULL) == HW_OK &&
               strcmp(office, hw_tx_identity(tx)->office) == 0;
    return HW_OK;
}

/* A note that cannot be read must not hold up whatever else the directory says. */
enum hw_status hw_rotate_look(struct hw_tx *tx, struct hw_arena *arena, struct hw_introduce *rotation, bool *rotated, bool write,
                              struct hw_err *err)
{
    struct hw_err why = {0};
    enum hw_status status = hw_rotate_read(tx, arena, rotation, rotated, &why);
    if (status != HW_CORRUPT)
        return status ? hw_fail(err, status, "%s", why.text) : HW_OK;
    status = write ? hw_tx_drop(tx, "rotation", err) : HW_OK;
    if (!status && write)
        status = hw_tx_incident(tx, why.text, err);
    return status ? status : hw_fail(err, HW_NOT_FOUND, "%s", why.text);
}

enum hw_status hw_verb_key_rotate(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    (void)tx;
    (void)request;
    (void)answer;
    return hw_fail(err, HW_DENIED, "keys are drawn by the running daemon alone, in its home");
}

static enum hw_status keep(struct hw_tx *tx, const struct hw_introduce *rotation, struct hw_err *err)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_message message = {.type = HW_INTRODUCE, .body.introduce = *rotation};
    hw_message_encode(&bytes, &message);
    return hw_tx_put(tx, "rotation", hw_out_slice(&bytes), err);
}

enum { DAY_MS = 86400000, OVERLAP_DAYS = 60 }; /* an office that is switched on once in a season still finds the hub */

static int64_t overlap(const struct task *task)
{
    int64_t days = hw_arg_int(&task->call->request, "overlap", -1), usual = task->node->config.key_overlap_days;
    return days >= 0 ? days : usual > 0 ? usual : OVERLAP_DAYS;
}

/* Headquarters signs with the new life at once; its connections change over when every office has had the time to hear. */
static enum hw_status rotate_gate(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_node *node = task->node;
    struct hw_introduce made;
    struct hw_keys keys = {0};
    int64_t days = overlap(task);
    int64_t at = hw_tx_wall(tx) + days * DAY_MS;
    if (hw_tx_recovering(tx))
        return hw_fail(err, HW_DENIED, "this hub takes back what the offices hold: change its keys when that is over");
    if (hw_tx_switch_at(tx))
        return hw_fail(err, HW_DENIED, "a new key of this hub is announced already and waits for its day");
    task->identity = *hw_tx_identity(tx); /* a job before this one may have changed it, and the loop not know yet */
    enum hw_status status = draw(node, &task->identity, &made, err);
    if (!status)
        status = hw_keys_life(node->home, &made.inc, &keys, err);
    if (status)
        return status;
    task->rebirth = (struct hw_rebirth){.inc = made.inc, .previous = made.previous, .reason = HW_LIFE_ROTATION};
    memcpy(task->rebirth.sign_key, made.sign_key, sizeof made.sign_key);
    memcpy(task->rebirth.proof, made.proof, sizeof made.proof);
    memcpy(task->identity.sign_public, keys.sign_public, sizeof keys.sign_public);
    memcpy(task->identity.sign_secret, keys.sign_secret, sizeof keys.sign_secret);
    sodium_memzero(&keys, sizeof keys);
    task->identity.inc = made.inc;
    task->identity.life++;
    status = hw_tx_rotate_gate(tx, &task->identity, node->keys.curve_public, made.curve_key, at, err);
    if (!status)
        status = hw_reborn_keep(tx, &task->identity, &task->rebirth, err);
    task->reborn = true;
    task->stored.rebirth = &task->rebirth;
    task->switch_at = at;
    struct hw_out *out = &task->call->answer.end;
    hw_put_map(out, 3);
    hw_put_text(out, "office");
    hw_put_text(out, task->identity.office);
    hw_put_key_time(out, "switch", at);
    hw_put_text(out, "note");
    hw_put_text(out, days > 0 ? "This hub signs with new keys from now on. Its connections get theirs later, so that every office that comes"
                                " until then learns of it by itself; headway status shows the day."
                              : "This hub has new keys from now on. Offices that are in session follow by themselves; who is away gets"
                                " them as a file: headway bundle --for CODE -o FILE here, headway apply FILE there.");
    return status;
}

enum hw_status hw_rotate_run(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_node *node = task->node;
    const struct hw_identity *identity = hw_tx_identity(tx);
    if (!task->call->request.owner)
        return hw_fail(err, HW_DENIED, "keys are changed by the node's own user or root");
    if (hw_arg_bool(&task->call->request, "root") && !identity->gate)
        return hw_fail(err, HW_CONFIG, "headquarters alone has a root key");
    if (identity->gate)
        return hw_arg_bool(&task->call->request, "root") ? hw_root_run(task, tx, err) : rotate_gate(task, tx, err);
    if (!identity->enrolled)
        return hw_fail(err, HW_CONFIG, "this node belongs to no headquarters yet: nobody knows its keys");
    bool relay = node->config.listen && node->config.upstream;
    if (relay && hw_tx_switch_at(tx))
        return hw_fail(err, HW_DENIED, "offices still come with this relay's former key; headway status shows until when");
    int64_t at = hw_tx_wall(tx) + overlap(task) * DAY_MS;
    enum hw_status status = draw(node, identity, &task->introduce, err);
    if (!status && relay) {
        status = hw_tx_switch_set(tx, at, err);
        task->switch_at = at;
    }
    if (!status)
        status = keep(tx, &task->introduce, err);
    task->introduce.office = hw_arena_slice(&task->arena, task->introduce.office);
    task->stored.rotation = &task->introduce;
    struct hw_out *out = &task->call->answer.end;
    hw_put_map(out, 2);
    hw_put_text(out, "office");
    hw_put_text(out, identity->office);
    hw_put_text(out, "note");
    hw_put_text(out, relay ? "The new keys are drawn. They count as soon as headquarters has them in the directory. Offices behind this"
                             " relay go on with its former key until the day that headway status shows, and follow by themselves."
                           : "The new keys are drawn. They count as soon as headquarters has them in the directory; until then, and while"
                             " there is no link, the old ones do. headway status tells which life this office is in.");
    return status;
}

enum hw_status hw_rotate_over(const struct hw_home *home, struct hw_tx *tx, struct hw_identity *identity,
                              struct hw_rebirth *rebirth, struct hw_err *err)
{
    struct hw_introduce rotation;
    struct hw_keys keys = {0};
    bool rotated;
    enum hw_status status = hw_rotate_read(tx, hw_tx_arena(tx), &rotation, &rotated, err);
    if (status)
        return status == HW_NOT_FOUND ? hw_fail(err, HW_CORRUPT, "the note of this office's new keys is gone") : status;
    if (!rotated)
        return hw_fail(err, HW_DENIED, "the directory has not this office's new keys any more");
    status = hw_keys_life(home, &rotation.inc, &keys, err);
    if (!status && memcmp(keys.sign_public, rotation.sign_key, sizeof keys.sign_public) != 0)
        status = hw_fail(err, HW_CORRUPT, "this office's new signing key is gone: type headway key rotate again");
    *rebirth = (struct hw_rebirth){.inc = rotation.inc, .previous = rotation.previous, .reason = HW_LIFE_ROTATION};
    memcpy(rebirth->sign_key, rotation.sign_key, sizeof rebirth->sign_key);
    memcpy(rebirth->proof, rotation.proof, sizeof rebirth->proof);
    memcpy(rebirth->curve_key, rotation.curve_key, sizeof rebirth->curve_key);
    memcpy(identity->sign_public, keys.sign_public, sizeof identity->sign_public);
    memcpy(identity->sign_secret, keys.sign_secret, sizeof identity->sign_secret);
    sodium_memzero(&keys, sizeof keys);
    identity->inc = rotation.inc;
    identity->life++;
    if (!status)
        status = hw_tx_put(tx, "curve", (struct hw_slice){rotation.curve_key, sizeof rotation.curve_key}, err);
    return status ? status : hw_tx_drop(tx, "rotation", err);
}

enum hw_status hw_rotate_settle(const struct hw_home *home, const uint8_t wanted[HW_KEY_SIZE], bool former,
                                struct hw_keys *keys, struct hw_err *err)
{
    uint8_t secret[HW_KEY_SIZE], public_key[HW_KEY_SIZE];
    enum hw_status status = HW_OK;
    if (memcmp(wanted, keys->curve_public, sizeof keys->curve_public) == 0)
        return HW_OK;
    status = hw_home_secret_read(home, next_file, secret, sizeof secret, err);
    if (!status)
        crypto_scalarmult_base(public_key, secret);
    if (!status && memcmp(public_key, wanted, sizeof public_key) == 0) {
        if (former)
            status = hw_keys_serve(home, keys, false, err);
        if (!status)
            status = hw_home_secret_write(home, "curve.key", secret, sizeof secret, err);
        memcpy(keys->curve_secret, secret, sizeof keys->curve_secret);
        memcpy(keys->curve_public, public_key, sizeof keys->curve_public);
        if (!status)
            hw_home_secret_drop(home, next_file);
        if (!status && !former)
            status = hw_keys_serve(home, keys, true, err);
    }
    sodium_memzero(secret, sizeof secret);
    return status == HW_NOT_FOUND ? HW_OK : status; /* a database from before: the key file counts */
}

/* Whether offices go on with the key of before: behind a relay, until its day. */
bool hw_rotate_former(const struct hw_node *node)
{
    return node->config.listen && node->config.upstream && node->switch_at > hw_clock_wall();
}

void hw_rotate_place(struct hw_node *node, const uint8_t public_key[HW_KEY_SIZE])
{
    struct hw_err err = {0};
    if (hw_rotate_settle(node->home, public_key, hw_rotate_former(node), &node->keys, &err) != HW_OK)
        hw_log_write(node->log, 3, "the new CURVE key could not be put in its place: %s; it is tried again at the next start",
                     err.text);
    hw_link_rekey(node->link, node->keys.curve_public, node->keys.curve_secret);
    hw_link_serve(node->link, node->keys.served_secret);
}

void hw_rotate_serve(struct hw_node *node)
{
    struct hw_err err = {0};
    if (hw_keys_serve(node->home, &node->keys, true, &err) != HW_OK)
        hw_log_write(node->log, 3, "the former key could not be put away: %s", err.text);
    hw_link_serve(node->link, node->keys.served_secret);
}
