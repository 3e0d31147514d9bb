/* invitation.c: see invitation.h (floor 1, pure).
 *
 * The file is two lines for people and one of base64url:
 *   headway invitation 1
 *   office KAZ
 *   <[1, office, address, root, root now, hub key, secret, expires] as CBOR, then the first 4 bytes of its BLAKE2b-256> */
#include "headway/invitation.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_SIZE = 4, FORMAT = 1, VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

static const char first_line[] = "headway invitation 1\n";

static void put_check(struct hw_out *out)
{
    uint8_t hash[HW_HASH_SIZE];
    crypto_generichash(hash, sizeof hash, out->p, out->n, NULL, 0);
    hw_put_raw(out, hash, CHECK_SIZE);
}

void hw_invitation_print(struct hw_out *out, const struct hw_invitation *invitation)
{
    struct hw_out body = {0};
    hw_put_array(&body, 8);
    hw_put_uint(&body, FORMAT);
    hw_put_textn(&body, invitation->office.p, invitation->office.n);
    hw_put_textn(&body, invitation->address.p, invitation->address.n);
    hw_put_bytes(&body, invitation->root, sizeof invitation->root);
    hw_put_bytes(&body, invitation->root_now, sizeof invitation->root_now);
    hw_put_bytes(&body, invitation->hub_key, sizeof invitation->hub_key);
    hw_put_bytes(&body, invitation->secret, sizeof invitation->secret);
    hw_put_uint(&body, invitation->expires_ms);
    put_check(&body);
    size_t size = sodium_base64_ENCODED_LEN(body.n, VARIANT);
    char *text = hw_alloc(size);
    sodium_bin2base64(text, size, body.p, body.n, VARIANT);
    hw_put_raw(out, first_line, sizeof first_line - 1);
    hw_put_raw(out, "office ", 7);
    hw_put_raw(out, invitation->office.p, invitation->office.n);
    hw_put_raw(out, "\n", 1);
    hw_put_raw(out, text, strlen(text));
    hw_put_raw(out, "\n", 1);
    sodium_memzero(text, size);
    sodium_memzero(body.p, body.n);
    free(text);
    hw_out_done(&body);
}

/* The third line's bytes, check included; empty when there is none. */
static struct hw_slice decode_line(struct hw_slice text, struct hw_arena *arena)
{
    const size_t head = sizeof first_line - 1;
    if (text.n > HW_INVITATION_MAX || text.n < head || memcmp(text.p, first_line, head) != 0)
        return (struct hw_slice){0};
    const uint8_t *line = memchr(text.p + head, '\n', text.n - head);
    if (!line)
        return (struct hw_slice){0};
    size_t n = 0, left = (size_t)(text.p + text.n - line) - 1;
    uint8_t *bytes = hw_arena_alloc(arena, left);
    if (sodium_base642bin(bytes, left, (const char *)line + 1, left, "\r\n ", &n, NULL, VARIANT) != 0)
        return (struct hw_slice){0};
    return (struct hw_slice){bytes, n};
}

static bool check_holds(struct hw_slice bytes)
{
    uint8_t hash[HW_HASH_SIZE];
    if (bytes.n <= CHECK_SIZE)
        return false;
    crypto_generichash(hash, sizeof hash, bytes.p, bytes.n - CHECK_SIZE, NULL, 0);
    return memcmp(hash, bytes.p + bytes.n - CHECK_SIZE, CHECK_SIZE) == 0;
}

enum hw_status hw_invitation_read(struct hw_slice text, struct hw_arena *arena, struct hw_invitation *invitation,
                                  struct hw_err *err)
{
    struct hw_slice bytes = decode_line(text, arena);
    if (!check_holds(bytes))
        return hw_fail(err, HW_CORRUPT, "this is not a whole invitation: was it cut or changed on the way? Ask for it again");
    bytes.n -= CHECK_SIZE;
    struct hw_in in = hw_in_of(bytes);
    if (hw_get_array(&in) != 8)
        hw_in_spoil(&in);
    uint64_t format = hw_get_uint(&in);
    invitation->office = hw_get_text(&in);
    invitation->address = hw_get_text(&in);
    hw_get_fixed(&in, invitation->root, sizeof invitation->root);
    hw_get_fixed(&in, invitation->root_now, sizeof invitation->root_now);
    hw_get_fixed(&in, invitation->hub_key, sizeof invitation->hub_key);
    hw_get_fixed(&in, invitation->secret, sizeof invitation->secret);
    invitation->expires_ms = hw_get_uint_max(&in, INT64_MAX);
    if (!hw_in_end(&in) || format != FORMAT || !hw_office_code_valid(invitation->office))
        return hw_fail(err, HW_CORRUPT, "this invitation cannot be read: was it made by a newer Headway?");
    return HW_OK;
}

/* 16 bits as five letters: consonant, vowel, consonant, vowel, consonant. */
static char *put_proquint(char *to, unsigned value)
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";
    *to++ = consonants[value >> 12 & 15];
    *to++ = vowels[value >> 10 & 3];
    *to++ = consonants[value >> 6 & 15];
    *to++ = vowels[value >> 4 & 3];
    *to++ = consonants[value & 15];
    return to;
}

enum hw_status hw_invitation_words(const struct hw_invitation *invitation, char words[HW_WORDS_MAX],
                                   struct hw_err *err)
{
    static const uint8_t salt[crypto_pwhash_SALTBYTES] = "headway words 1"; /* one meaning, no secret */
    char keys[2 * HW_ROOT_SIZE + HW_CURVE_SIZE];
    uint8_t hash[crypto_pwhash_BYTES_MIN];
    memcpy(keys, invitation->root, HW_ROOT_SIZE);
    memcpy(keys + HW_ROOT_SIZE, invitation->root_now, HW_ROOT_SIZE);
    memcpy(keys + 2 * HW_ROOT_SIZE, invitation->hub_key, HW_CURVE_SIZE);
    if (crypto_pwhash(hash, sizeof hash, keys, sizeof keys, salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                      crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return hw_fail(err, HW_FAILED, "the check words need 64 MiB of free memory for a moment");
    char *at = words;
    for (size_t i = 0; i < 4; i++) {
        if (i)
            *at++ = ' ';
        at = put_proquint(at, (unsigned)hash[2 * i] << 8 | hash[2 * i + 1]);
    }
    *at = 0;
    return HW_OK;
}
