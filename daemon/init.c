/* init.c: making a home: keys, configuration, database, and at headquarters
 * the first facts of the directory (floor 3). */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/modes.h"
#include "daemon/store_edit.h"

struct birth {
    struct hw_store *store;
    const uint8_t *curve_key;
    struct hw_identity *identity;
};

/* The first incarnation of this home. */
static enum hw_status first_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct birth *birth = self;
    struct hw_identity *identity = birth->identity;
    randombytes_buf(identity->inc.b, sizeof identity->inc.b);
    identity->life = 1;
    enum hw_status status =
        hw_tx_put(tx, "incarnation", (struct hw_slice){identity->inc.b, sizeof identity->inc.b}, err);
    return status ? status : hw_tx_life_put(tx, identity->life, err);
}

/* Headquarters enters itself. */
static enum hw_status first_facts(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_identity *identity = ((struct birth *)self)->identity;
    const struct hw_slice code = hw_slice_text(identity->office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    uint64_t change = hw_tx_next_change(tx);
    unsigned number;
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "code", identity->office, err);
    if (!status)
        status = hw_edit_put(edit, "name", "Headquarters", err);
    if (!status)
        status = hw_edit_put(edit, "kind", "hq", err);
    if (!status)
        status = hw_edit_put(edit, "state", "active", err);
    if (!status) /* so that who is connected with headquarters itself knows that it is */
        status = hw_edit_bytes(edit, "curve_key", ((struct birth *)self)->curve_key, HW_CURVE_SIZE, err);
    if (!status)
        status = hw_edit_write(edit, change, "headwayd", err);
    return status ? status
                  : hw_tx_life_enter(tx, identity->office, &identity->inc, identity->sign_public, "first", change,
                                     "headwayd", &number, err);
}

static enum hw_status run(struct hw_store *store,
                          enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                          struct birth *birth, struct hw_err *err)
{
    struct hw_job job = {.write = true, .run = what, .self = birth};
    return hw_store_now(store, &job, err);
}

static enum hw_status make_database(struct hw_home *home, const struct hw_config *config, const struct hw_keys *keys,
                                    struct hw_err *err)
{
    struct hw_store *store = NULL;
    struct hw_identity identity;
    enum hw_status status = hw_node_open_store(home, config, keys, NULL, NULL, &store, &identity, err);
    struct birth birth = {.store = store, .identity = &identity, .curve_key = keys->curve_public};
    if (!status)
        status = run(store, first_life, &birth, err);
    if (!status) {
        hw_store_identify(store, &identity);
        if (identity.gate)
            status = run(store, first_facts, &birth, err);
    }
    hw_store_close(store);
    sodium_memzero(&identity, sizeof identity);
    return status;
}

static enum hw_status fill(struct hw_home *home, const char *name, const char *listen, struct hw_err *err)
{
    struct hw_keys keys;
    struct hw_config config HW_CLEANUP(hw_config_done) = {.name = strdup(name), .listen = listen ? strdup(listen) : NULL};
    enum hw_status status = hw_keys_make(home, listen != NULL, &keys, err);
    if (!status && listen) {
        uint8_t root[HW_ROOT_SIZE];
        crypto_sign_ed25519_sk_to_pk(root, keys.root_secret);
        config.root = hw_key_text(root, sizeof root);
    }
    if (!status)
        status = make_database(home, &config, &keys, err);
    char *path = hw_home_file(home, "headway.conf");
    if (!status) /* last: a home without it is not finished */
        status = hw_config_write(path, &config, err);
    free(path);
    sodium_memzero(&keys, sizeof keys);
    return status;
}

enum hw_status hw_init(const char *path, const char *name, const char *listen, struct hw_err *err)
{
    struct hw_home *home = NULL;
    if (!hw_office_code_valid(hw_slice_text(name)))
        return hw_fail(err, HW_USAGE, "a node's name is its office's code: 1 to %d capital letters, digits and hyphens",
                       HW_OFFICE_MAX);
    if (listen && (strncmp(listen, "tcp://", 6) != 0 || !strrchr(listen + 6, ':')))
        return hw_fail(err, HW_CONFIG, "--listen takes an address such as tcp://0.0.0.0:7400, not \"%.200s\"", listen);
    enum hw_status status = hw_home_make(path, &home, err);
    if (!status)
        status = fill(home, name, listen, err);
    hw_home_free(home);
    return status;
}
