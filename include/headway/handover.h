/* handover.h: headquarters' root key gives its office to another: what the old and the new one sign.  Floor 0. */
#ifndef HEADWAY_HANDOVER_H
#define HEADWAY_HANDOVER_H

#include "headway/segment.h"

/* Stands in the directory's journal and in no other: from its place on the new key signs that. The first root key stays the
 * id of the system in every hash. It names no place, so a headquarters that was restored can say it again. */
struct hw_handover {
    uint8_t from[HW_SIGN_PUBLIC], to[HW_SIGN_PUBLIC];
    uint8_t signed_from[HW_SIGNATURE_SIZE], signed_to[HW_SIGNATURE_SIZE]; /* both over the same hash */
};
#define HW_HANDOVER_SIZE (2 * HW_SIGN_PUBLIC + 2 * HW_SIGNATURE_SIZE)

/* The public half of a root's secret key. */
void hw_root_public(const uint8_t secret[HW_SIGN_SECRET], uint8_t key[HW_SIGN_PUBLIC]);
/* `root`: the first one. */
void hw_handover_sign(struct hw_handover *handover, const uint8_t root[HW_ROOT_SIZE], const uint8_t from[HW_SIGN_SECRET],
                      const uint8_t to[HW_SIGN_SECRET]);
/* Whether both signatures hold; who `from` is the caller knows. */
bool hw_handover_holds(const struct hw_handover *handover, const uint8_t root[HW_ROOT_SIZE]);
/* One after the other, as a file has them. */
void hw_handover_pack(const struct hw_handover *handover, uint8_t bytes[HW_HANDOVER_SIZE]);
void hw_handover_unpack(const uint8_t bytes[HW_HANDOVER_SIZE], struct hw_handover *handover);

#endif
