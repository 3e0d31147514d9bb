/* Bundles. Input: a byte that says how it is meant, then a file; or a file without its end, which is put on here, since no
 * fuzzer guesses a hash and a signature; or messages of up to 255 bytes, each behind its length, that are written, sealed or not,
 * and read back. */
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/bundle_file.h"
#include "fuzz.h"

enum { ANY_MESSAGES = 100000 };

static uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET], box_public[HW_CURVE_SIZE], box_secret[HW_CURVE_SIZE];

static void put(int fd, const void *p, size_t n)
{
    HOLDS(write(fd, p, n) == (ssize_t)n);
}

/* Length 0, the hash of it all, and a signature by the key that the seeds name. */
static void put_end(int fd, struct hw_slice file)
{
    static const char magic[] = "headway bundle 1\n";
    uint8_t zeros[4] = {0}, text[sizeof magic - 1 + HW_HASH_SIZE], signature[HW_SIGNATURE_SIZE];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HW_HASH_SIZE);
    crypto_generichash_update(&state, file.p, file.n);
    crypto_generichash_update(&state, zeros, sizeof zeros);
    memcpy(text, magic, sizeof magic - 1);
    crypto_generichash_final(&state, text + sizeof magic - 1, HW_HASH_SIZE);
    crypto_sign_detached(signature, NULL, text, sizeof text, sign_secret);
    put(fd, zeros, sizeof zeros);
    put(fd, text + sizeof magic - 1, HW_HASH_SIZE);
    put(fd, signature, sizeof signature);
}

static void read_any(int fd)
{
    struct hw_bundle_reader reader;
    struct hw_slice message;
    enum hw_status status = hw_bundle_open(&reader, fd, NULL);
    if (!status) {
        HOLDS(hw_office_code_valid(hw_slice_text(reader.bundle.office)));
        HOLDS(reader.sealed == (reader.bundle.to[0] != 0));
        status = hw_bundle_unlock(&reader, box_public, box_secret, NULL);
    }
    for (size_t i = 0; !status; i++) {
        status = hw_bundle_next(&reader, &message, NULL);
        HOLDS(status || (message.n > 0 && message.n <= HW_MESSAGE_SIZE + 17));
        HOLDS(i < ANY_MESSAGES);
    }
    hw_bundle_reader_done(&reader);
}

static bool next_message(struct hw_slice *input, struct hw_slice *message)
{
    size_t n = fuzz_byte(input);
    *message = (struct hw_slice){input->p, n < input->n ? n : input->n};
    input->p += message->n;
    input->n -= message->n;
    return message->n > 0;
}

/* What was written comes back, and nobody else's key opens it. */
static void round_trip(int fd, struct hw_slice input, bool sealed)
{
    struct hw_bundle bundle = {.office = "KAZ", .to = "HQ", .made_ms = 1784000000000};
    struct hw_bundle_writer writer;
    struct hw_bundle_reader reader;
    struct hw_slice rest = input, message, back;
    memcpy(bundle.sign_key, sign_public, sizeof bundle.sign_key);
    HOLDS(hw_bundle_begin(&writer, fd, &bundle, sealed ? box_public : NULL, NULL) == HW_OK);
    while (next_message(&rest, &message))
        HOLDS(hw_bundle_put(&writer, message, NULL) == HW_OK);
    HOLDS(hw_bundle_end(&writer, sign_secret, NULL) == HW_OK);
    hw_bundle_writer_done(&writer);
    HOLDS(hw_bundle_open(&reader, fd, NULL) == HW_OK);
    HOLDS(reader.sealed == sealed && strcmp(reader.bundle.to, sealed ? "HQ" : "") == 0);
    if (sealed) {
        HOLDS(hw_bundle_next(&reader, &back, NULL) == HW_DENIED);
        HOLDS(hw_bundle_unlock(&reader, box_secret, box_public, NULL) == HW_DENIED);
    }
    HOLDS(hw_bundle_unlock(&reader, box_public, box_secret, NULL) == HW_OK);
    for (rest = input; next_message(&rest, &message);) {
        HOLDS(hw_bundle_next(&reader, &back, NULL) == HW_OK);
        HOLDS(hw_slice_equal(message, back));
    }
    HOLDS(hw_bundle_next(&reader, &back, NULL) == HW_NOT_FOUND);
    hw_bundle_reader_done(&reader);
}

FUZZ_TARGET(bundle)
{
    static const uint8_t sign_seed[crypto_sign_SEEDBYTES], box_seed[crypto_box_SEEDBYTES];
    struct hw_slice input = {data, size};
    HOLDS(sodium_init() >= 0);
    crypto_sign_seed_keypair(sign_public, sign_secret, sign_seed);
    crypto_box_seed_keypair(box_public, box_secret, box_seed);
    int fd = memfd_create("bundle", MFD_CLOEXEC);
    HOLDS(fd >= 0);
    uint8_t how = fuzz_byte(&input) & 3;
    if (how < 2) {
        put(fd, input.p, input.n);
        if (how == 1)
            put_end(fd, input);
        read_any(fd);
    } else {
        round_trip(fd, input, how == 3);
    }
    close(fd);
    return 0;
}
