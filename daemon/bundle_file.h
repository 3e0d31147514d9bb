/* bundle_file.h: the file that `headway bundle` leaves: messages of the protocol
 * for a stick or a letter.  Floor 2.  The format is at the head of bundle_file.c. */
#ifndef DAEMON_BUNDLE_FILE_H
#define DAEMON_BUNDLE_FILE_H

#include <sodium.h>

#include "daemon/store_bundle.h"

/* Writing. Embedded; hw_bundle_writer_done ends it at any time. */
struct hw_bundle_writer {
    int fd; /* borrowed */
    bool sealed;
    uint64_t size; /* bytes written */
    crypto_generichash_state hash;
    crypto_secretstream_xchacha20poly1305_state stream;
    struct hw_out buffer;
};
/* Writes the head. `key`: the CURVE key of the office that may read it; NULL: not sealed. Errors: IO, NO_SPACE. */
HW_MUST_USE enum hw_status hw_bundle_begin(struct hw_bundle_writer *writer, int fd, const struct hw_bundle *bundle,
                                           const uint8_t *key, struct hw_err *err);
/* Writes one message, of at most HW_MESSAGE_SIZE bytes. */
HW_MUST_USE enum hw_status hw_bundle_put(struct hw_bundle_writer *writer, struct hw_slice message, struct hw_err *err);
/* Writes the end: the hash of it all, signed. */
HW_MUST_USE enum hw_status hw_bundle_end(struct hw_bundle_writer *writer, const uint8_t secret[HW_SIGN_SECRET],
                                         struct hw_err *err);
void hw_bundle_writer_done(struct hw_bundle_writer *writer);

/* Reading. Embedded; hw_bundle_reader_done ends it, also after a failure. */
struct hw_bundle_reader {
    struct hw_bundle bundle;
    int fd; /* borrowed */
    bool sealed, locked;
    uint64_t at, end; /* the next message, and where the end stands */
    uint8_t box[HW_CURVE_SIZE + crypto_box_SEALBYTES], start[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    crypto_secretstream_xchacha20poly1305_state stream;
    uint8_t *frame;
    struct hw_out message;
};
/* Reads head and end and checks every byte between against them, before anything is used: a file that was cut or changed is
 * refused as a whole. That `sign_key` is an office's, who reads must find out. Errors: CORRUPT, VERSION, IO. */
HW_MUST_USE enum hw_status hw_bundle_open(struct hw_bundle_reader *reader, int fd, struct hw_err *err);
/* Opens what is sealed, with the receiving office's CURVE key. Errors: DENIED (sealed for another). */
HW_MUST_USE enum hw_status hw_bundle_unlock(struct hw_bundle_reader *reader, const uint8_t curve_public[HW_CURVE_SIZE],
                                            const uint8_t curve_secret[HW_CURVE_SIZE], struct hw_err *err);
/* The next message, borrowed until the next call. NOT_FOUND: there is none. */
HW_MUST_USE enum hw_status hw_bundle_next(struct hw_bundle_reader *reader, struct hw_slice *message, struct hw_err *err);
void hw_bundle_reader_done(struct hw_bundle_reader *reader);

#endif
