/* node.h: one running headwayd: it gives the engine its inputs and carries out
 * its effects.  Floor 3. */
#ifndef DAEMON_NODE_H
#define DAEMON_NODE_H

#include "daemon/config.h"
#include "daemon/home.h"
#include "daemon/link.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/store_sync.h"
#include "daemon/verb.h"
#include "headway/sync.h"

/* Secrets of a node, read from its home. */
struct hw_keys {
    uint8_t curve_public[HW_KEY_SIZE], curve_secret[HW_KEY_SIZE];
    uint8_t served_public[HW_KEY_SIZE], served_secret[HW_KEY_SIZE]; /* for offices: at a relay the former one for a while */
    uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];
    uint8_t root_secret[HW_SIGN_SECRET]; /* headquarters alone */
    bool root;
};
/* Reads curve.key, sign.key and, where they exist, curve-former.key and root.key. */
HW_MUST_USE enum hw_status hw_keys_read(const struct hw_home *home, struct hw_keys *keys, struct hw_err *err);
/* The key that offices know a relay by stays (false) or becomes that of its own connections; kept in curve-former.key. */
HW_MUST_USE enum hw_status hw_keys_serve(const struct hw_home *home, struct hw_keys *keys, bool own, struct hw_err *err);
/* Draws and writes them. */
HW_MUST_USE enum hw_status hw_keys_make(const struct hw_home *home, bool root, struct hw_keys *keys,
                                        struct hw_err *err);
/* The signing key of a later incarnation has a file of its own; without one `keys` stays as it is. */
HW_MUST_USE enum hw_status hw_keys_life(const struct hw_home *home, const struct hw_inc *inc, struct hw_keys *keys,
                                        struct hw_err *err);
/* Draws and writes the signing key of a new incarnation. */
HW_MUST_USE enum hw_status hw_keys_reborn(const struct hw_home *home, const struct hw_inc *inc,
                                          uint8_t public_key[HW_SIGN_PUBLIC], uint8_t secret_key[HW_SIGN_SECRET],
                                          struct hw_err *err);
/* A public key as headway.conf has it: base64url. Caller frees. */
char *hw_key_text(const uint8_t *bytes, size_t n);

/* Of a key's text, what people compare: "AbCd-EfGh". */
void hw_key_short(const char *key, char text[12]);

struct hw_node;
struct hw_errand;
struct hw_act;
/* A client's request and where its answer goes. Owned by ctl.c until `answered`; */
struct hw_call {
    struct hw_request request;
    struct hw_answer answer;
    const struct hw_verb *verb; /* NULL: sync, or an errand */
    const struct hw_errand *errand; /* NULL: a verb, or sync */
    const struct hw_act *act;       /* the same */
    uint64_t sent, received, began_ms; /* sync: what was so at the call */
    uint64_t id;
    void (*answered)(struct hw_call *call, enum hw_status status, const char *text);
};
/* Runs the request; calls `answered` once, on the loop's thread. */
void hw_node_call(struct hw_node *node, struct hw_call *call);
void hw_node_link_view(const struct hw_node *node, struct hw_arena *arena, struct hw_link_view *view);
struct hw_loop *hw_node_loop(struct hw_node *node);
struct hw_log *hw_node_log(struct hw_node *node);
const char *hw_node_home(const struct hw_node *node);

/* Runs the daemon of an opened home until SIGTERM or SIGINT. Errors before it is ready are returned; afterwards HW_OK. */
HW_MUST_USE enum hw_status hw_node_run(struct hw_home *home, struct hw_err *err);

/* Opens the store of a home and tells it who it is (used by all modes). */
HW_MUST_USE enum hw_status hw_node_open_store(struct hw_home *home, const struct hw_config *config,
                                              const struct hw_keys *keys, void (*wake)(void *self), void *self,
                                              struct hw_store **store, struct hw_identity *identity,
                                              struct hw_err *err);

#endif
