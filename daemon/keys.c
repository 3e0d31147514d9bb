/* keys.c: the secrets of a node (floor 3): drawn once, kept in its home. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/node.h"

static const char curve_file[] = "curve.key", sign_file[] = "sign.key", former_file[] = "curve-former.key", root_file[] = "root.key";

static void derive_public(struct hw_keys *keys)
{
    crypto_scalarmult_base(keys->curve_public, keys->curve_secret);
    crypto_sign_ed25519_sk_to_pk(keys->sign_public, keys->sign_secret);
}

enum hw_status hw_keys_read(const struct hw_home *home, struct hw_keys *keys, struct hw_err *err)
{
    *keys = (struct hw_keys){0};
    enum hw_status status = hw_home_secret_read(home, curve_file, keys->curve_secret, HW_KEY_SIZE, err);
    if (!status)
        status = hw_home_secret_read(home, sign_file, keys->sign_secret, HW_SIGN_SECRET, err);
    if (status)
        return status;
    derive_public(keys);
    status = hw_home_secret_read(home, former_file, keys->served_secret, HW_KEY_SIZE, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    if (status)
        memcpy(keys->served_secret, keys->curve_secret, HW_KEY_SIZE);
    crypto_scalarmult_base(keys->served_public, keys->served_secret);
    status = hw_home_secret_read(home, root_file, keys->root_secret, HW_SIGN_SECRET, err);
    keys->root = status == HW_OK;
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_keys_serve(const struct hw_home *home, struct hw_keys *keys, bool own, struct hw_err *err)
{
    if (!own)
        return hw_home_secret_write(home, former_file, keys->served_secret, HW_KEY_SIZE, err);
    memcpy(keys->served_secret, keys->curve_secret, HW_KEY_SIZE);
    memcpy(keys->served_public, keys->curve_public, HW_KEY_SIZE);
    hw_home_secret_drop(home, former_file);
    return HW_OK;
}

enum hw_status hw_keys_make(const struct hw_home *home, bool root, struct hw_keys *keys, struct hw_err *err)
{
    uint8_t unused[HW_SIGN_PUBLIC];
    *keys = (struct hw_keys){.root = root};
    randombytes_buf(keys->curve_secret, sizeof keys->curve_secret);
    crypto_sign_keypair(keys->sign_public, keys->sign_secret);
    derive_public(keys);
    enum hw_status status = hw_home_secret_write(home, curve_file, keys->curve_secret, HW_KEY_SIZE, err);
    if (!status)
        status = hw_home_secret_write(home, sign_file, keys->sign_secret, HW_SIGN_SECRET, err);
    if (status || !root)
        return status;
    crypto_sign_keypair(unused, keys->root_secret);
    return hw_home_secret_write(home, root_file, keys->root_secret, HW_SIGN_SECRET, err);
}

static void life_file(const struct hw_inc *inc, char name[64])
{
    char hex[2 * sizeof inc->b + 1];
    sodium_bin2hex(hex, sizeof hex, inc->b, sizeof inc->b);
    snprintf(name, 64, "sign-%s.key", hex);
}

enum hw_status hw_keys_life(const struct hw_home *home, const struct hw_inc *inc, struct hw_keys *keys,
                            struct hw_err *err)
{
    char name[64];
    uint8_t secret[HW_SIGN_SECRET];
    life_file(inc, name);
    enum hw_status status = hw_home_secret_read(home, name, secret, sizeof secret, err);
    if (!status) {
        memcpy(keys->sign_secret, secret, sizeof secret);
        derive_public(keys);
    }
    sodium_memzero(secret, sizeof secret);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

enum hw_status hw_keys_reborn(const struct hw_home *home, const struct hw_inc *inc,
                              uint8_t public_key[HW_SIGN_PUBLIC], uint8_t secret_key[HW_SIGN_SECRET],
                              struct hw_err *err)
{
    char name[64];
    life_file(inc, name);
    crypto_sign_keypair(public_key, secret_key);
    return hw_home_secret_write(home, name, secret_key, HW_SIGN_SECRET, err);
}

char *hw_key_text(const uint8_t *bytes, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(hw_alloc(size), size, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void hw_key_short(const char *key, char text[12])
{
    snprintf(text, 12, "%.4s-%.4s", key ? key : "", key && strlen(key) > 4 ? key + 4 : "");
}
