/* alliance.c: see alliance.h. Three thousand times `headway invite` and `headway join` would take an hour, most of it in the
 * check words; this writes the same records with the same store, sealed by headquarters' own key. */
#include "tests/hostile/alliance.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/home.h"
#include "daemon/node.h"
#include "daemon/store_edit.h"
#include "daemon/store_sync.h"

enum { AT_ONCE = 100 }; /* offices in a job */

void alliance_office(unsigned number, struct alliance_office *office)
{
    uint8_t seed[64];
    snprintf(office->code, sizeof office->code, "A%04u", number);
    crypto_generichash(seed, sizeof seed, (const uint8_t *)office->code, strlen(office->code), NULL, 0);
    memcpy(office->curve_secret, seed, sizeof office->curve_secret);
    crypto_scalarmult_base(office->curve_public, office->curve_secret);
    crypto_sign_seed_keypair(office->sign_public, office->sign_secret, seed + 32);
    memcpy(office->inc.b, office->sign_public, sizeof office->inc.b);
}

struct entering {
    const char *group;
    unsigned from, n;
};

static enum hw_status put_all(struct hw_edit *edit, const char *const (*fields)[2], struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (; !status && (*fields)[0]; fields++)
        status = hw_edit_put(edit, (*fields)[0], (*fields)[1], err);
    return status;
}

static enum hw_status enter_one(struct hw_tx *tx, const struct alliance_office *office, const char *group, struct hw_err *err)
{
    const struct hw_slice parts[] = {hw_slice_text(office->code), hw_slice_text(group)}, life = {office->inc.b, sizeof office->inc.b};
    struct hw_id id = hw_id_derive("office", parts, 1), grant = hw_id_derive("grant", parts, 2),
                 incarnation = hw_id_derive("incarnation", &life, 1);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    char text[HW_ID_TEXT + 1];
    uint64_t change = hw_tx_next_change(tx);
    hw_id_print(&id, text);
    const char *const of_office[][2] = {{"code", office->code}, {"name", office->code}, {"kind", "country"}, {"state", "active"}, {NULL, NULL}};
    const char *const of_grant[][2] = {{"office", text}, {"scope", group}, {"role", "contributor"}, {NULL, NULL}};
    const char *const of_life[][2] = {{"office", text}, {"number", "1"}, {"reason", "first"}, {NULL, NULL}};
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = put_all(edit, of_office, err);
    if (!status)
        status = hw_edit_bytes(edit, "curve_key", office->curve_public, sizeof office->curve_public, err);
    if (!status)
        status = hw_edit_write(edit, change, "headwayd", err);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_GRANT, &grant, "directory", err);
    if (!status)
        status = put_all(edit, of_grant, err);
    if (!status)
        status = hw_edit_write(edit, change, "headwayd", err);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &incarnation, "directory", err);
    if (!status)
        status = put_all(edit, of_life, err);
    if (!status)
        status = hw_edit_bytes(edit, "life", office->inc.b, sizeof office->inc.b, err);
    if (!status)
        status = hw_edit_bytes(edit, "sign_key", office->sign_public, sizeof office->sign_public, err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

static enum hw_status enter_some(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct entering *entering = self;
    struct alliance_office office;
    enum hw_status status = HW_OK;
    for (unsigned i = 0; i < entering->n && !status; i++) {
        alliance_office(entering->from + i, &office);
        status = enter_one(tx, &office, entering->group, err);
    }
    return status ? status : hw_tx_finish(tx, err);
}

static enum hw_status enter_all(struct hw_home *home, struct entering all, struct hw_err *err)
{
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    struct hw_store *store = NULL;
    struct hw_identity identity;
    struct hw_keys keys;
    char *path = hw_home_file(home, "headway.conf");
    enum hw_status status = hw_config_read(path, &config, err);
    if (!status)
        status = hw_keys_read(home, &keys, err);
    if (!status)
        status = hw_node_open_store(home, &config, &keys, NULL, NULL, &store, &identity, err);
    for (unsigned i = 0; i < all.n && !status; i += AT_ONCE) {
        struct entering some = {.group = all.group, .from = all.from + i, .n = all.n - i < AT_ONCE ? all.n - i : AT_ONCE};
        struct hw_job job = {.write = true, .run = enter_some, .self = &some};
        status = hw_store_now(store, &job, err);
    }
    hw_store_close(store);
    free(path);
    return status;
}

int alliance_enter(const char *home, const char *group, unsigned from, unsigned n)
{
    struct hw_home *opened = NULL;
    struct hw_err err = {0};
    enum hw_status status = hw_home_open(home, &opened, &err);
    if (!status)
        status = enter_all(opened, (struct entering){.group = group, .from = from, .n = n}, &err);
    if (status)
        fprintf(stderr, "rogue: %s\n", err.text);
    hw_home_free(opened);
    return status ? 1 : 0;
}
