/* journal.h: the gate's append-only list of decisions about one group:
 * hash-chained and signed.  Floor 0. */
#ifndef HEADWAY_JOURNAL_H
#define HEADWAY_JOURNAL_H

#include "headway/handover.h"

enum hw_entry_type { HW_ENTRY_ADMIT = 1, HW_ENTRY_VERDICT = 2, HW_ENTRY_ROOT = 3 /* of the directory alone */ };
#define HW_VERDICT_TEXT_MAX 500 /* bytes: a sentence */
enum hw_verdict { HW_VERDICT_REFUSED = 1, HW_VERDICT_RECLOCKED = 2, HW_VERDICT_REDACTED = 3,
                  HW_VERDICT_LIFTED = 4 /* refused by this life of the gate, admitted by an earlier one: it counts */ };

/* Why an event was refused: permanent codes. */
enum hw_refusal { HW_REFUSAL_UNREADABLE = 1, HW_REFUSAL_RIGHTS = 2, HW_REFUSAL_LIMIT = 3, HW_REFUSAL_SEEN = 4 };

/* A verdict REDACTED takes the place of the one before it, and carries on what that said: the code of a REFUSED, the stamp of a
 * RECLOCKED. */
static inline bool hw_verdict_refuses(unsigned verdict, unsigned code)
{
    return verdict == HW_VERDICT_REFUSED || (verdict == HW_VERDICT_REDACTED && code != 0);
}
/* Refused for what it names (struct hw_held). */
static inline bool hw_verdict_misnames(unsigned verdict, unsigned code)
{
    return hw_verdict_refuses(verdict, code) && code == HW_REFUSAL_SEEN;
}
static inline bool hw_verdict_restamps(unsigned verdict, uint64_t stamp)
{
    return verdict == HW_VERDICT_RECLOCKED || (verdict == HW_VERDICT_REDACTED && stamp != 0);
}

const char *hw_refusal_text(unsigned code);

struct hw_entry {
    uint64_t position; /* from 1, without gaps */
    uint64_t time_ms;  /* arrival at the gate, Unix */
    uint8_t type;      /* enum hw_entry_type */
    struct hw_inc inc; /* stream, with the journal's group; ROOT: zeros */
    uint64_t seq;      /* ADMIT: first event; VERDICT: the event; ROOT: 0 */
    uint32_t n;        /* ADMIT: events */
    uint8_t hash[HW_HASH_SIZE]; /* ADMIT: of the segment */
    uint8_t verdict;   /* VERDICT: enum hw_verdict */
    uint16_t code;     /* VERDICT: enum hw_refusal, or 0 */
    uint64_t stamp;    /* VERDICT RECLOCKED: the stamp that counts; 0 elsewhere, but see hw_verdict_restamps */
    struct hw_slice text; /* VERDICT: reason in words, at most 500 bytes */
    struct hw_handover handover; /* ROOT */
};

void hw_entry_encode(struct hw_out *out, const struct hw_entry *entry);
/* Errors: CORRUPT. `text` borrows. */
HW_MUST_USE enum hw_status hw_entry_decode(struct hw_slice bytes, struct hw_entry *entry, struct hw_err *err);

/* The chain: BLAKE2b-256(domain, root, group, gate's life, previous chain
 * hash, entry bytes); zeros before position 1. */
void hw_entry_chain(const uint8_t root[HW_ROOT_SIZE], struct hw_slice group, const struct hw_inc *life,
                    const uint8_t previous[HW_HASH_SIZE], struct hw_slice entry, uint8_t chain[HW_HASH_SIZE]);
void hw_entry_sign(const uint8_t chain[HW_HASH_SIZE], const uint8_t secret[HW_SIGN_SECRET],
                   uint8_t signature[HW_SIGNATURE_SIZE]);
bool hw_entry_verify(const uint8_t chain[HW_HASH_SIZE], const uint8_t key[HW_SIGN_PUBLIC],
                     const uint8_t signature[HW_SIGNATURE_SIZE]);

#endif
