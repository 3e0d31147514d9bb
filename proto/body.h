/* body.h: what the writer and the reader of a segment's body share (floor 1, private). */
#ifndef PROTO_BODY_H
#define PROTO_BODY_H

#include "headway/event.h"

/* First bytes of CBOR items: a byte string of an id's length; a text, whose length stands in the first byte when it is short. */
enum { REF = 0x40 | sizeof(struct hw_id), TEXT = 0x60, MAJOR = 0xe0, SHORT = 24 };
enum { STAMP = 8 }; /* bytes of a stamp */

static inline bool is_ref(struct hw_slice value)
{
    return value.n == sizeof(struct hw_id) + 1 && value.p[0] == REF;
}

#endif
