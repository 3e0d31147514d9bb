/* sim_sodium.c: what is dear in libsodium, made cheap: hashes of 256 bits that
 * mix well and resist nobody, a signature is a keyed hash over the public key, and check words take no tenth of a second. Who
 * knows a public key could forge one; nobody in a simulated world tries, bytes changed by chance are found out as before, and
 * the real ones have tests of their own. Takes the place of libsodium's functions because the program's symbols come first. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

/* -- hashes -- */

enum { LANES = 4, BLOCK = LANES * 8 };

/* What stands in crypto_generichash_state. */
struct hash {
    uint64_t lanes[LANES], n;
    uint8_t block[BLOCK]; /* what does not fill one yet: n % BLOCK bytes */
};
_Static_assert(sizeof(struct hash) <= sizeof(crypto_generichash_state), "it has room");

static uint64_t turn(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

/* Odd factors and turns keep each step one to one: blocks that differ once stay apart. */
static void mix(struct hash *hash, const uint8_t *block)
{
    static const uint64_t factors[LANES] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9),
                                            UINT64_C(0x94d049bb133111eb), UINT64_C(0xd6e8feb86659fd93)};
    for (size_t i = 0; i < LANES; i++) {
        uint64_t word;
        memcpy(&word, block + i * sizeof word, sizeof word);
        hash->lanes[i] = turn((hash->lanes[i] ^ word) * factors[i], 31);
    }
}

static void take(struct hash *hash, const uint8_t *p, size_t n)
{
    size_t have = hash->n % BLOCK;
    hash->n += n;
    if (have && n) {
        size_t first = n < BLOCK - have ? n : BLOCK - have;
        memcpy(hash->block + have, p, first);
        if (have + first < BLOCK)
            return;
        mix(hash, hash->block);
        p += first;
        n -= first;
    }
    for (; n >= BLOCK; n -= BLOCK, p += BLOCK)
        mix(hash, p);
    if (n)
        memcpy(hash->block, p, n);
}

static void begin(struct hash *hash, const uint8_t *key, size_t key_n, size_t to_n)
{
    *hash = (struct hash){.lanes = {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344), key_n, to_n}};
    take(hash, key, key_n);
}

static void end(struct hash *hash, uint8_t *to, size_t to_n)
{
    uint64_t all = hash->n;
    memset(hash->block + hash->n % BLOCK, 0, BLOCK - hash->n % BLOCK);
    mix(hash, hash->block);
    for (size_t i = 0; i < 3 * LANES; i++) { /* each lane into each other */
        all = (all ^ hash->lanes[i % LANES] ^ all >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
        hash->lanes[i % LANES] ^= all ^ all >> 32;
    }
    for (size_t at = 0; at < to_n; at += sizeof all) {
        all = (hash->lanes[at / sizeof all % LANES] + at) * UINT64_C(0x94d049bb133111eb);
        all ^= all >> 31;
        memcpy(to + at, &all, to_n - at < sizeof all ? to_n - at : sizeof all);
    }
}

int crypto_generichash(unsigned char *to, size_t to_n, const unsigned char *bytes, unsigned long long n,
                       const unsigned char *key, size_t key_n)
{
    struct hash hash;
    begin(&hash, key, key_n, to_n);
    take(&hash, bytes, (size_t)n);
    end(&hash, to, to_n);
    return 0;
}

int crypto_generichash_init(crypto_generichash_state *state, const unsigned char *key, const size_t key_n,
                            const size_t to_n)
{
    begin((struct hash *)state, key, key_n, to_n);
    return 0;
}

int crypto_generichash_update(crypto_generichash_state *state, const unsigned char *bytes, unsigned long long n)
{
    take((struct hash *)state, bytes, (size_t)n);
    return 0;
}

int crypto_generichash_final(crypto_generichash_state *state, unsigned char *to, const size_t to_n)
{
    end((struct hash *)state, to, to_n);
    return 0;
}

/* -- signatures -- */

static void sign(unsigned char *to, const unsigned char *message, unsigned long long n, const unsigned char *key)
{
    crypto_generichash(to, crypto_sign_BYTES, message, n, key, crypto_sign_PUBLICKEYBYTES);
}

int crypto_sign_detached(unsigned char *to, unsigned long long *to_n, const unsigned char *message,
                         unsigned long long n, const unsigned char *secret)
{
    sign(to, message, n, secret + crypto_sign_SEEDBYTES); /* its second half is the public key */
    if (to_n)
        *to_n = crypto_sign_BYTES;
    return 0;
}

int crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message, unsigned long long n,
                                const unsigned char *key)
{
    unsigned char right[crypto_sign_BYTES];
    sign(right, message, n, key);
    return memcmp(right, signature, sizeof right) == 0 ? 0 : -1;
}

int crypto_pwhash(unsigned char *const to, unsigned long long to_n, const char *const word, unsigned long long word_n,
                  const unsigned char *const salt, unsigned long long ops, size_t memory, int algorithm)
{
    (void)ops;
    (void)memory;
    (void)algorithm;
    return crypto_generichash(to, (size_t)to_n, (const unsigned char *)word, word_n, salt, crypto_pwhash_SALTBYTES);
}
