/* bundle_file.c: the file that `headway bundle` leaves (floor 2).
 *
 * file   = "headway bundle 1\n" length head *(length frame) end
 * length = 4 bytes, big endian: of what follows; 0 stands before the end
 * head   = [office, to, root, incarnation, sign key, made, box, start]     CBOR
 *          to, box, start: "" and nothing, or the office that may read it, the key of the frames in a sealed box of
 *          its CURVE key (crypto_box_seal), and the 24 bytes that a stream of XChaCha20-Poly1305 begins with
 * frame  = a message of the protocol, of session 0; sealed: 17 bytes longer (crypto_secretstream)
 * end    = length 0, hash, signature
 *          hash: BLAKE2b-256 of everything before it; signature: Ed25519 by `sign key` over the first line and the hash
 *
 * One frame is in memory at a time. */
#include "daemon/bundle_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "headway bundle 1\n";
static const char any_magic[] = "headway bundle ";

enum {
    MAGIC = sizeof magic - 1,
    LENGTH = 4,
    HEAD_MAX = 1024, /* it has some 300 bytes */
    TAG = crypto_secretstream_xchacha20poly1305_ABYTES,
    FRAME_MAX = HW_MESSAGE_SIZE + TAG,
    END = LENGTH + HW_HASH_SIZE + HW_SIGNATURE_SIZE,
    CHUNK = 256 * 1024
};

static void put_length(struct hw_out *out, size_t n)
{
    uint8_t bytes[LENGTH] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    hw_put_raw(out, bytes, sizeof bytes);
}

static uint32_t get_length(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The end's signature is over more than a hash, so that it can never be taken for a segment's or an entry's. */
static void signed_text(const uint8_t hash[HW_HASH_SIZE], uint8_t text[MAGIC + HW_HASH_SIZE])
{
    memcpy(text, magic, MAGIC);
    memcpy(text + MAGIC, hash, HW_HASH_SIZE);
}

/* -- writing -- */

/* What is in the buffer goes to the file, and into the hash. */
static enum hw_status write_out(struct hw_bundle_writer *writer, struct hw_err *err)
{
    const struct hw_out *out = &writer->buffer;
    crypto_generichash_update(&writer->hash, out->p, out->n);
    for (size_t at = 0; at < out->n;) {
        ssize_t n = write(writer->fd, out->p + at, out->n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hw_fail(err, errno == ENOSPC ? HW_NO_SPACE : HW_IO, "the bundle cannot be written: %s", strerror(errno));
        at += (size_t)n;
    }
    writer->size += out->n;
    hw_out_reset(&writer->buffer);
    return HW_OK;
}

static void put_head(struct hw_bundle_writer *writer, const struct hw_bundle *bundle, const uint8_t *key)
{
    struct hw_out head HW_CLEANUP(hw_out_done) = {0};
    uint8_t frames[crypto_secretstream_xchacha20poly1305_KEYBYTES], box[sizeof frames + crypto_box_SEALBYTES];
    uint8_t start[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    if (key) {
        crypto_secretstream_xchacha20poly1305_keygen(frames);
        crypto_secretstream_xchacha20poly1305_init_push(&writer->stream, start, frames);
        (void)crypto_box_seal(box, frames, sizeof frames, key); /* a key that is none gives a box that nobody opens */
        sodium_memzero(frames, sizeof frames);
    }
    hw_put_array(&head, 8);
    hw_put_text(&head, bundle->office);
    hw_put_textn(&head, bundle->to, key ? strlen(bundle->to) : 0);
    hw_put_bytes(&head, bundle->root, sizeof bundle->root);
    hw_put_bytes(&head, bundle->inc.b, sizeof bundle->inc.b);
    hw_put_bytes(&head, bundle->sign_key, sizeof bundle->sign_key);
    hw_put_uint(&head, (uint64_t)bundle->made_ms);
    hw_put_bytes(&head, box, key ? sizeof box : 0);
    hw_put_bytes(&head, start, key ? sizeof start : 0);
    hw_put_raw(&writer->buffer, magic, MAGIC);
    put_length(&writer->buffer, head.n);
    hw_put_raw(&writer->buffer, head.p, head.n);
}

enum hw_status hw_bundle_begin(struct hw_bundle_writer *writer, int fd, const struct hw_bundle *bundle,
                               const uint8_t *key, struct hw_err *err)
{
    *writer = (struct hw_bundle_writer){.fd = fd, .sealed = key != NULL};
    crypto_generichash_init(&writer->hash, NULL, 0, HW_HASH_SIZE);
    put_head(writer, bundle, key);
    return write_out(writer, err);
}

enum hw_status hw_bundle_put(struct hw_bundle_writer *writer, struct hw_slice message, struct hw_err *err)
{
    if (message.n == 0 || message.n > HW_MESSAGE_SIZE)
        return hw_fail(err, HW_LIMIT, "a message of a bundle has at most %d bytes", HW_MESSAGE_SIZE);
    if (!writer->sealed) {
        put_length(&writer->buffer, message.n);
        hw_put_raw(&writer->buffer, message.p, message.n);
        return write_out(writer, err);
    }
    uint8_t *sealed = hw_alloc(message.n + TAG);
    crypto_secretstream_xchacha20poly1305_push(&writer->stream, sealed, NULL, message.p, message.n, NULL, 0, 0);
    put_length(&writer->buffer, message.n + TAG);
    hw_put_raw(&writer->buffer, sealed, message.n + TAG);
    free(sealed);
    return write_out(writer, err);
}

enum hw_status hw_bundle_end(struct hw_bundle_writer *writer, const uint8_t secret[HW_SIGN_SECRET], struct hw_err *err)
{
    uint8_t hash[HW_HASH_SIZE], text[MAGIC + HW_HASH_SIZE], signature[HW_SIGNATURE_SIZE];
    put_length(&writer->buffer, 0);
    enum hw_status status = write_out(writer, err);
    if (status)
        return status;
    crypto_generichash_final(&writer->hash, hash, sizeof hash);
    signed_text(hash, text);
    crypto_sign_detached(signature, NULL, text, sizeof text, secret);
    hw_put_raw(&writer->buffer, hash, sizeof hash);
    hw_put_raw(&writer->buffer, signature, sizeof signature);
    return write_out(writer, err);
}

void hw_bundle_writer_done(struct hw_bundle_writer *writer)
{
    hw_out_done(&writer->buffer);
    sodium_memzero(&writer->stream, sizeof writer->stream);
}

/* -- reading -- */

/* Exactly `n` bytes from `from` on. */
static enum hw_status read_at(int fd, uint64_t from, void *to, size_t n, struct hw_err *err)
{
    for (size_t got = 0; got < n;) {
        ssize_t rc = pread(fd, (uint8_t *)to + got, n - got, (off_t)(from + got));
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return hw_fail(err, HW_IO, "the bundle cannot be read: %s", strerror(errno));
        if (rc == 0)
            return hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
        got += (size_t)rc;
    }
    return HW_OK;
}

static bool copy_code(struct hw_slice code, char to[HW_OFFICE_MAX + 1])
{
    if (!hw_office_code_valid(code))
        return false;
    memcpy(to, code.p, code.n);
    to[code.n] = 0;
    return true;
}

static bool read_head(struct hw_slice bytes, struct hw_bundle_reader *reader)
{
    struct hw_bundle *bundle = &reader->bundle;
    struct hw_in in = hw_in_of(bytes);
    if (hw_get_array(&in) != 8)
        hw_in_spoil(&in);
    struct hw_slice office = hw_get_text(&in), to = hw_get_text(&in);
    hw_get_fixed(&in, bundle->root, sizeof bundle->root);
    hw_get_fixed(&in, bundle->inc.b, sizeof bundle->inc.b);
    hw_get_fixed(&in, bundle->sign_key, sizeof bundle->sign_key);
    bundle->made_ms = (int64_t)hw_get_uint_max(&in, INT64_MAX);
    struct hw_slice box = hw_get_bytes(&in), start = hw_get_bytes(&in);
    reader->sealed = reader->locked = to.n > 0;
    if (!hw_in_end(&in) || !copy_code(office, bundle->office) || (to.n && !copy_code(to, bundle->to)) ||
        box.n != (to.n ? sizeof reader->box : 0) || start.n != (to.n ? sizeof reader->start : 0))
        return false;
    if (to.n) {
        memcpy(reader->box, box.p, box.n);
        memcpy(reader->start, start.p, start.n);
    }
    return true;
}

static enum hw_status open_head(struct hw_bundle_reader *reader, uint64_t size, struct hw_err *err)
{
    uint8_t bytes[HEAD_MAX], start[MAGIC + LENGTH];
    size_t told = size < sizeof start ? (size_t)size : sizeof start;
    enum hw_status status = read_at(reader->fd, 0, start, told, err);
    if (status)
        return status;
    if (told < sizeof any_magic - 1 || memcmp(start, any_magic, sizeof any_magic - 1) != 0)
        return hw_fail(err, HW_CORRUPT, "this is not a bundle of Headway");
    if (told >= MAGIC && memcmp(start, magic, MAGIC) != 0)
        return hw_fail(err, HW_VERSION, "this bundle is of another version, or its first line is damaged");
    if (size < MAGIC + LENGTH + END)
        return hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
    size_t n = get_length(start + MAGIC);
    if (n == 0 || n > sizeof bytes)
        return hw_fail(err, HW_CORRUPT, "the head of the bundle is damaged");
    status = read_at(reader->fd, MAGIC + LENGTH, bytes, n, err);
    if (status)
        return status;
    if (!read_head((struct hw_slice){bytes, n}, reader))
        return hw_fail(err, HW_CORRUPT, "the head of the bundle is damaged");
    reader->at = MAGIC + LENGTH + n;
    return HW_OK;
}

/* From one length to the next up to the end, which must be the file's. */
static enum hw_status walk_frames(struct hw_bundle_reader *reader, uint64_t size, struct hw_err *err)
{
    uint8_t bytes[LENGTH];
    uint64_t at = reader->at;
    enum hw_status status;
    while (!(status = read_at(reader->fd, at, bytes, sizeof bytes, err))) {
        size_t n = get_length(bytes);
        if (n == 0)
            break;
        if (n > FRAME_MAX || (reader->sealed && n <= TAG))
            return hw_fail(err, HW_CORRUPT, "the bundle is damaged: a part of it has no right length");
        at += LENGTH + n;
    }
    if (status)
        return status;
    if (size < at + END)
        return hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
    if (size > at + END)
        return hw_fail(err, HW_CORRUPT, "the file is longer than the bundle in it: it was changed");
    reader->end = at;
    return HW_OK;
}

static enum hw_status check_end(struct hw_bundle_reader *reader, struct hw_err *err)
{
    crypto_generichash_state state;
    uint8_t hash[HW_HASH_SIZE], end[HW_HASH_SIZE + HW_SIGNATURE_SIZE], text[MAGIC + HW_HASH_SIZE];
    uint8_t *chunk = hw_alloc(CHUNK);
    enum hw_status status = HW_OK;
    crypto_generichash_init(&state, NULL, 0, HW_HASH_SIZE);
    for (uint64_t at = 0, n = reader->end + LENGTH; at < n && !status;) {
        size_t part = n - at < CHUNK ? (size_t)(n - at) : CHUNK;
        status = read_at(reader->fd, at, chunk, part, err);
        crypto_generichash_update(&state, chunk, status ? 0 : part);
        at += part;
    }
    free(chunk);
    crypto_generichash_final(&state, hash, sizeof hash);
    if (!status)
        status = read_at(reader->fd, reader->end + LENGTH, end, sizeof end, err);
    if (status)
        return status;
    if (memcmp(hash, end, sizeof hash) != 0)
        return hw_fail(err, HW_CORRUPT, "the bundle is damaged: its bytes are not those that were written");
    signed_text(hash, text);
    if (crypto_sign_verify_detached(end + HW_HASH_SIZE, text, sizeof text, reader->bundle.sign_key) != 0)
        return hw_fail(err, HW_SIGNATURE, "the bundle is not signed by who is said to have made it");
    return HW_OK;
}

enum hw_status hw_bundle_open(struct hw_bundle_reader *reader, int fd, struct hw_err *err)
{
    struct stat st;
    *reader = (struct hw_bundle_reader){.fd = fd};
    if (fstat(fd, &st) != 0)
        return hw_fail(err, HW_IO, "the bundle cannot be read: %s", strerror(errno));
    enum hw_status status = open_head(reader, (uint64_t)st.st_size, err);
    if (!status)
        status = walk_frames(reader, (uint64_t)st.st_size, err);
    if (!status)
        status = check_end(reader, err);
    if (!status)
        reader->frame = hw_alloc(FRAME_MAX);
    return status;
}

enum hw_status hw_bundle_unlock(struct hw_bundle_reader *reader, const uint8_t curve_public[HW_CURVE_SIZE],
                                const uint8_t curve_secret[HW_CURVE_SIZE], struct hw_err *err)
{
    uint8_t frames[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    if (!reader->sealed)
        return HW_OK;
    if (crypto_box_seal_open(frames, reader->box, sizeof reader->box, curve_public, curve_secret) != 0)
        return hw_fail(err, HW_DENIED, "this bundle is sealed for office %s: only that office can open it",
                       reader->bundle.to);
    int wrong = crypto_secretstream_xchacha20poly1305_init_pull(&reader->stream, reader->start, frames);
    sodium_memzero(frames, sizeof frames);
    if (wrong)
        return hw_fail(err, HW_CORRUPT, "the head of the bundle is damaged");
    reader->locked = false;
    return HW_OK;
}

static enum hw_status unseal(struct hw_bundle_reader *reader, size_t n, struct hw_err *err)
{
    uint8_t *plain = hw_alloc(n), tag;
    unsigned long long size = 0;
    int wrong = n < TAG || crypto_secretstream_xchacha20poly1305_pull(&reader->stream, plain, &size, &tag, reader->frame,
                                                                      n, NULL, 0) != 0;
    if (!wrong)
        hw_put_raw(&reader->message, plain, (size_t)size);
    free(plain);
    return wrong ? hw_fail(err, HW_CORRUPT, "the bundle is damaged: a sealed part of it does not open") : HW_OK;
}

enum hw_status hw_bundle_next(struct hw_bundle_reader *reader, struct hw_slice *message, struct hw_err *err)
{
    uint8_t bytes[LENGTH];
    if (reader->locked)
        return hw_fail(err, HW_DENIED, "this bundle is sealed for office %s: only that office can open it",
                       reader->bundle.to);
    if (reader->at >= reader->end)
        return HW_NOT_FOUND;
    enum hw_status status = read_at(reader->fd, reader->at, bytes, sizeof bytes, err);
    size_t n = status ? 0 : get_length(bytes);
    if (!status && (n == 0 || n > FRAME_MAX)) /* the file was changed while we read it */
        status = hw_fail(err, HW_CORRUPT, "the bundle is damaged: a part of it has no right length");
    if (!status)
        status = read_at(reader->fd, reader->at + LENGTH, reader->frame, n, err);
    if (status)
        return status;
    reader->at += LENGTH + n;
    *message = (struct hw_slice){reader->frame, n};
    if (!reader->sealed)
        return HW_OK;
    hw_out_reset(&reader->message);
    status = unseal(reader, n, err);
    *message = hw_out_slice(&reader->message);
    return status;
}

void hw_bundle_reader_done(struct hw_bundle_reader *reader)
{
    free(reader->frame);
    hw_out_done(&reader->message);
    sodium_memzero(reader, sizeof *reader);
}
