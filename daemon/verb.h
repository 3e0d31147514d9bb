/* verb.h: what a local client may ask (include/headway/ctl.h), one function per
 * verb.  Floor 3.  A verb runs inside one store job; it reads its arguments,
 * uses the transaction, and writes its documents into the answer. */
#ifndef DAEMON_VERB_H
#define DAEMON_VERB_H

#include "daemon/store.h"
#include "headway/budget.h"
#include "headway/message.h"

/* What a hub allows those who connect: headway.conf, or the defaults. Bytes where it says so. */
struct hw_limits {
    const char *name;
    uint64_t value;
};
#define HW_LIMITS_MAX 16

/* The upstream link as the loop saw it when the request came in. */
struct hw_link_view {
    const char *address; /* NULL: no upstream */
    const char *state;   /* connected, connecting, refused, off */
    const char *reason;  /* one plain sentence; "" when connected, but for a hub that cannot store now */
    int64_t since_ms;    /* wall clock of the last change of state; 0 unknown */
    int64_t last_sync_ms; /* when it was last in step; 0 never */
    int64_t clock_offset_ms;
    int64_t next_try_ms; /* wall clock; 0 unknown */
    int64_t started_ms;  /* start of the daemon */
    const char *listen;  /* NULL: serves nobody */
    const char *public_address; /* what invitations name; NULL: serves nobody */
    const uint8_t *curve_public; /* this node's CURVE key, 32 bytes */
    const char *const *connected; /* codes of the offices in session with this hub */
    const uint64_t *behind;       /* of each: entries that it has not confirmed */
    size_t connected_n;
    struct hw_limits limits[HW_LIMITS_MAX];
    size_t limits_n; /* 0: serves nobody */
    size_t connections, strangers; /* now */
    const struct hw_budget *budget; /* of the link to the hub; NULL: nobody counts */
    bool metered, asked;            /* live changes alone, but for what somebody has asked for and is under way */
    unsigned lane;                  /* the least urgent that may go now; 0: none */
};

struct hw_request {
    struct hw_slice verb;
    struct hw_slice args;   /* CBOR map, checked to be well-formed */
    const char *author;     /* who is recorded */
    bool owner;             /* the caller is the node's own user or root */
    const struct hw_link_view *link;
    const char *home;
    struct hw_arena *arena; /* lives as long as the answer */
    const struct hw_history_message *page; /* history: what the hub has sent; NULL elsewhere */
};

struct hw_answer {
    struct hw_out rows;  /* row documents one after the other (a CBOR sequence) */
    size_t rows_n;
    struct hw_out end;   /* the end document; empty for none */
    struct hw_err note;  /* status and text of the end when the verb succeeded with something to say, such as DECISION:
                            then what it wrote IS saved. A verb that returns an error saves nothing. */
};

enum hw_verb_way { HW_VERB_READS, HW_VERB_WRITES, HW_VERB_APPLIES /* writes what a bundle holds: see node_bundle.c */ };

struct hw_verb {
    const char *name;
    enum hw_verb_way write; /* false, true, or how */
    bool keeps; /* as in a job (store.h) */
    enum hw_status (*run)(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                          struct hw_err *err);
};

extern const struct hw_verb hw_verbs[];
extern const size_t hw_verbs_n;
const struct hw_verb *hw_verb_find(struct hw_slice name);

/* Arguments by name: empty slice, false, `fallback` when absent; n = 0 for lists. Lists are arrays of texts. */
struct hw_slice hw_arg_text(const struct hw_request *request, const char *name);
bool hw_arg_bool(const struct hw_request *request, const char *name);
int64_t hw_arg_int(const struct hw_request *request, const char *name, int64_t fallback);
struct hw_slice *hw_arg_list(const struct hw_request *request, const char *name, size_t *n);
/* Raw CBOR of an argument; empty when absent. */
struct hw_slice hw_arg_raw(const struct hw_request *request, const char *name);

#endif
