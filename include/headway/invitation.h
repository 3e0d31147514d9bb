/* invitation.h: what headquarters hands to an office that is to join, and the
 * four check words read out over the telephone.  Floor 0. */
#ifndef HEADWAY_INVITATION_H
#define HEADWAY_INVITATION_H

#include "headway/message.h"

#define HW_INVITATION_MAX 4096 /* the whole file */
#define HW_WORDS_MAX 32        /* four words of five letters, spaces, NUL */

struct hw_invitation {
    struct hw_slice office;  /* code */
    struct hw_slice address; /* of the hub: tcp://HOST:PORT */
    uint8_t root[HW_ROOT_SIZE];         /* headquarters' first root signing key: the id of the system */
    uint8_t root_now[HW_ROOT_SIZE];     /* the root key that counted when this was written */
    uint8_t hub_key[HW_CURVE_SIZE];     /* the hub's CURVE key */
    uint8_t secret[HW_CURVE_SIZE];      /* one-use CURVE secret */
    uint64_t expires_ms;                /* Unix */
};

/* Appends the file's text. */
void hw_invitation_print(struct hw_out *out, const struct hw_invitation *invitation);
/* Slices live in the arena. Errors: CORRUPT with what to do. */
HW_MUST_USE enum hw_status hw_invitation_read(struct hw_slice text, struct hw_arena *arena,
                                              struct hw_invitation *invitation, struct hw_err *err);
/* The check words: crypto_pwhash (Argon2id, 2 passes over 64 MiB: a tenth of a second here, and as much for each
 * guess of who would forge them) over both root keys and the hub's, 64 bits, as four
 * proquints (Wilkerson, "A Proposal for Proquints", arXiv:0901.4016). */
HW_MUST_USE enum hw_status hw_invitation_words(const struct hw_invitation *invitation, char words[HW_WORDS_MAX],
                                               struct hw_err *err);

#endif
