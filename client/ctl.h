/* ctl.h: talks to the daemon over HOME/ctl.sock.  Floor 2, noun: client
 * (the daemon's end of the socket is hw_ctl). Blocking; one request at a time. The protocol is in headway/ctl.h. */
#ifndef CLIENT_CTL_H
#define CLIENT_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headway/cbor.h"
#include "headway/ctl.h"
#include "headway/status.h"

struct hw_client; /* an open connection */

/* Connects to HOME/ctl.sock. Errors: UNREACHABLE with the line that starts the
 * daemon; DENIED with the group to be added to. */
HW_MUST_USE enum hw_status hw_client_open(const char *home, struct hw_client **ctl, struct hw_err *err);
void hw_client_free(struct hw_client *ctl); /* NULL is fine */

/* A request being built. Embedded by the caller; hw_ask_done frees. */
struct hw_ask {
    const char *verb;
    struct hw_out args; /* the pairs written so far, without the map's head */
    size_t n;           /* how many pairs */
    char garbled[32];   /* the key of a value that is not UTF-8: the call refuses it; "" when all are */
};

void hw_ask_init(struct hw_ask *ask, const char *verb);
void hw_ask_done(struct hw_ask *ask);
void hw_ask_text(struct hw_ask *ask, const char *key, const char *value); /* NULL: left out */
void hw_ask_int(struct hw_ask *ask, const char *key, int64_t value);
void hw_ask_bool(struct hw_ask *ask, const char *key, bool value);
void hw_ask_list(struct hw_ask *ask, const char *key, char *const *words, size_t n);
/* Starts a pair whose value the caller writes: exactly one CBOR item, with
 * hw_put_* on the returned buffer. For what is not flat, such as `rows`. */
struct hw_out *hw_ask_item(struct hw_ask *ask, const char *key);

/* Called for each row, which is borrowed. False: no further rows are wanted (the
 * rest is read and dropped). */
typedef bool hw_row_fn(void *user, json_t *row);

/* Sends the request and reads the answer. Returns the daemon's status, its
 * text in `err`. `*end` (may be NULL) takes the end document or NULL, also on failure;
 * the caller owns it. `author` may be NULL. Errors of its own: USAGE (a text is not UTF-8), UNREACHABLE, LIMIT (request too long), CORRUPT
 * (an answer that is not the protocol). */
HW_MUST_USE enum hw_status hw_client_call(struct hw_client *ctl, const struct hw_ask *ask, const char *author,
                                       hw_row_fn *row, void *user, json_t **end, struct hw_err *err);

#endif
