/* base.c: see headway/base.h (floor 0). */
#include "headway/base.h"

#include <sodium.h>
#include <string.h>

void hw_base_hash(const struct hw_slice *texts, size_t n, char hash[HW_BASE_HASH + 1])
{
    static const char digits[] = "0123456789abcdef";
    crypto_generichash_state state;
    uint8_t sum[32];
    crypto_generichash_init(&state, NULL, 0, sizeof sum);
    for (size_t i = 0; i < n; i++) {
        uint64_t length = texts[i].n;
        uint8_t size[8];
        for (size_t k = 0; k < sizeof size; k++)
            size[k] = (uint8_t)(length >> (8 * k));
        crypto_generichash_update(&state, size, sizeof size);
        if (texts[i].n)
            crypto_generichash_update(&state, texts[i].p, texts[i].n);
    }
    crypto_generichash_final(&state, sum, sizeof sum);
    for (size_t i = 0; i < HW_BASE_HASH; i++)
        hash[i] = digits[i % 2 ? sum[i / 2] & 15 : sum[i / 2] >> 4];
    hash[HW_BASE_HASH] = '\0';
}

struct hw_slice hw_base_find(struct hw_slice line, const char *field)
{
    const uint8_t *p = line.p, *end = line.n ? line.p + line.n : line.p;
    size_t length = strlen(field);
    while (p < end) {
        const uint8_t *space = memchr(p, ' ', (size_t)(end - p));
        size_t n = (size_t)((space ? space : end) - p);
        if (n == length + 1 + HW_BASE_HASH && memcmp(p, field, length) == 0 && p[length] == '=')
            return (struct hw_slice){p + length + 1, HW_BASE_HASH};
        p += n + 1;
    }
    return (struct hw_slice){0};
}
