/* sim_sodium.c: what is dear in libsodium, made cheap: a signature is a keyed
 * hash over the public key, and check words take no tenth of a second. Who knows a public key could forge one; nobody in
 * a simulated world tries, bytes changed by chance are found out as before, and the real ones have tests of their own.
 * Takes the place of libsodium's functions because the program's symbols come first. */
#include <sodium.h>
#include <string.h>

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
