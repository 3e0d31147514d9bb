/* store_news.h: small segments up and small entries down, for a peer that is in step: SEALED and NEWS (floor 2).  All inside a
 * job. */
#ifndef DAEMON_STORE_NEWS_H
#define DAEMON_STORE_NEWS_H

#include "daemon/store_sync.h"

#define HW_BARE_MAX 64 /* entries without a signature behind each other: they must fit one message when they are handed back */

/* How a range may be sent. */
struct hw_news_wish {
    const char *group;
    uint64_t lane, session;
    uint64_t from;
    struct hw_inc reader; /* down: whose own segments are left out */
    bool bare;            /* down: it may go without a signature where this is the gate */
    bool owing;           /* down: entries before `from` went without one */
    bool seal;            /* down: the signature that is owed, and nothing else */
    size_t max;      /* SEALED: of what is sealed for it */
};
/* Entries from `from` on as NEWS, when they are few and small and nothing but ADMITs of the life that wrote the entry before; else, where
 * a signature is owed, that one; else nothing. `last`: the last entry in it; `bare`: it has no signature. */
HW_MUST_USE enum hw_status hw_tx_news_down(struct hw_tx *tx, const struct hw_news_wish *wish, struct hw_out *out,
                                           uint64_t *last, bool *bare, struct hw_err *err);
/* Takes them: what was left out is put in, then it goes the way of JOURNAL. `bare`: the hub is known for the gate. */
HW_MUST_USE enum hw_status hw_tx_news_take(struct hw_tx *tx, const char *group, const struct hw_news *news, bool bare,
                                           struct hw_err *err);

/* One own segment from `from` on as SEALED, when there is one that is small; sealed now where it is a draft. */
HW_MUST_USE enum hw_status hw_tx_sealed_up(struct hw_tx *tx, const struct hw_news_wish *wish, struct hw_out *out,
                                           uint64_t *last, struct hw_err *err);
/* The segment of a SEALED as it is stored; arena. */
HW_MUST_USE enum hw_status hw_tx_sealed_wire(struct hw_tx *tx, const char *group, const struct hw_inc *inc,
                                             const struct hw_sealed *sealed, struct hw_slice *wire, struct hw_err *err);

/* Whether that CURVE key is of the office that decides for all groups. */
bool hw_tx_gate_key(struct hw_tx *tx, const uint8_t key[32]);

#endif
