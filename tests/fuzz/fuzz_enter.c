/* HELLO and JOIN as the store of a hub decides them. Input: a byte, then the message. Its bits: 1 the key that the connection
 * has shown is the right one, 2 the request is signed as it should be, 4 names and lives are put in that the directory knows.
 * Nothing stays. */
#include <sodium.h>

#include "fuzz_office.h"

#include "daemon/store_edit.h"
#include "daemon/store_sync.h"

static const uint8_t office_key[32] = {1}, invited_key[32] = {2}, other_key[32] = {3};
static const struct hw_inc office_life = {{11}};
static uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];

/* Office KAZ is active and has a grant in wg6; TJK is invited; wg7 is nobody's. */
static enum hw_status put_record(struct hw_tx *tx, uint16_t kind, const char *of, const char *const (*fields)[2],
                                 const uint8_t *curve, uint64_t change, struct hw_err *err)
{
    const struct hw_slice part = hw_slice_text(of);
    struct hw_id id = hw_id_derive(kind == HW_KIND_GRANT ? "grant" : "office", &part, 1);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, kind, &id, "directory", err);
    for (; !status && (*fields)[0]; fields++)
        status = hw_edit_put(edit, (*fields)[0], (*fields)[1], err);
    if (!status && curve)
        status = hw_edit_bytes(edit, "curve_key", curve, 32, err);
    return status ? status : hw_edit_write(edit, change, "maria", err);
}

static enum hw_status furnish(struct hw_tx *tx, void *self, struct hw_err *err)
{
    static const char *const kaz[][2] = {{"code", "KAZ"}, {"state", "active"}, {NULL, NULL}};
    static const char *const tjk[][2] = {{"code", "TJK"}, {"state", "invited"}, {NULL, NULL}};
    char office[HW_ID_TEXT + 1];
    const struct hw_slice part = hw_slice_text("KAZ");
    struct hw_id id = hw_id_derive("office", &part, 1);
    uint64_t change = hw_tx_next_change(tx);
    unsigned number;
    (void)self;
    hw_id_print(&id, office);
    const char *const grant[][2] = {{"office", office}, {"scope", "wg6"}, {"role", "coordinator"}, {NULL, NULL}};
    enum hw_status status = put_record(tx, HW_KIND_OFFICE, "KAZ", kaz, office_key, change, err);
    if (!status)
        status = put_record(tx, HW_KIND_OFFICE, "TJK", tjk, NULL, change, err);
    if (!status)
        status = put_record(tx, HW_KIND_GRANT, "KAZ", grant, NULL, change, err);
    if (!status)
        status = hw_tx_life_enter(tx, "KAZ", &office_life, sign_public, "first", change, "maria", &number, err);
    if (!status)
        status = hw_tx_invite(tx, "TJK", invited_key, INT64_MAX, err);
    return status ? status : hw_tx_finish(tx, err);
}

static struct world *hub(void)
{
    static struct world *world;
    struct hw_err err = {0};
    if (world)
        return world;
    (void)fuzz_office(); /* replaces chance */
    world = world_open("HQ", true);
    crypto_sign_keypair(sign_public, sign_secret);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "group.add", "{'code':'wg7'}");
    struct hw_job job = {.write = true, .run = furnish};
    if (hw_store_now(world->store, &job, &err) != HW_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return world;
}

struct knock {
    struct hw_message *message;
    uint8_t bits;
};

static enum hw_status join(struct hw_tx *tx, const struct knock *knock, struct hw_err *err)
{
    static const uint8_t token[HW_TOKEN_SIZE] = {5};
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_admitted admitted;
    struct hw_enrol enrol = {.join = knock->message->body.join};
    memcpy(enrol.invitation_key, knock->bits & 1 ? invited_key : other_key, sizeof enrol.invitation_key);
    if (knock->bits & 4)
        enrol.join.office = hw_slice_text("TJK");
    if (knock->bits & 2)
        memcpy(enrol.join.sign_key, sign_public, sizeof sign_public);
    hw_join_signed(&bytes, &enrol.join);
    if (knock->bits & 2)
        crypto_sign_detached(enrol.join.proof, NULL, bytes.p, bytes.n, sign_secret);
    enum hw_status status = hw_tx_enrol(tx, &enrol, token, &admitted, err);
    HOLDS(status || (knock->bits & 1 && hw_slice_is(enrol.join.office, "TJK")));
    HOLDS(status || crypto_sign_verify_detached(enrol.join.proof, bytes.p, bytes.n, enrol.join.sign_key) == 0);
    return status;
}

static enum hw_status hello(struct hw_tx *tx, const struct knock *knock, struct hw_err *err)
{
    static const uint8_t token[HW_TOKEN_SIZE] = {6};
    struct hw_hello one = knock->message->body.hello;
    struct hw_welcome welcome;
    const char *office = NULL;
    if (knock->bits & 4)
        one.inc = office_life;
    if (knock->bits & 2)
        memcpy(one.sign_key, sign_public, sizeof sign_public);
    enum hw_status status = hw_tx_hello(tx, knock->bits & 1 ? office_key : other_key, &one, token, 9, &welcome, &office, err);
    if (status)
        return status;
    HOLDS(knock->bits & 1 && strcmp(office, "KAZ") == 0);
    /* What it claims of journals is asked back before its life is looked at; nothing else is told without the right one. */
    HOLDS(welcome.status == HW_WELCOME_LATE ||
          (hw_inc_compare(&one.inc, &office_life) == 0 && memcmp(one.sign_key, sign_public, sizeof sign_public) == 0));
    for (size_t i = 0; i < welcome.groups_n; i++) {
        const struct hw_group_welcome *group = &welcome.groups[i];
        bool own = hw_slice_is(group->group, "wg6") || hw_slice_is(group->group, "directory");
        HOLDS(own || (!group->position && !group->resume && welcome.status == HW_WELCOME_LATE));
    }
    return HW_OK;
}

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct knock *knock = self;
    enum hw_status status = knock->message->type == HW_JOIN ? join(tx, knock, err) : hello(tx, knock, err);
    if (!status)
        status = hw_tx_finish(tx, err);
    HOLDS(status != HW_IO && status != HW_FAILED && (!status || *err->text));
    return hw_fail(err, HW_TIMEOUT, "rolled back");
}

FUZZ_TARGET(enter)
{
    struct hw_slice input = {data, size};
    struct hw_message message;
    struct hw_arena arena;
    struct hw_err err = {0};
    struct knock knock = {.message = &message, .bits = fuzz_byte(&input)};
    struct hw_job job = {.write = true, .run = run, .self = &knock};
    hw_arena_init(&arena);
    if (hw_message_decode(input, &arena, &message, NULL) == HW_OK && (message.type == HW_JOIN || message.type == HW_HELLO))
        HOLDS(hw_store_now(hub()->store, &job, &err) == HW_TIMEOUT);
    hw_arena_done(&arena);
    return 0;
}
