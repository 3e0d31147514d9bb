/* event.c: what the hash of a segment takes of an event, and an event's printed
 * name (floor 1, pure).
 *
 * skeleton = [kind, record, stamp, author, change, [[code, field, [incarnation, seq, op ...]] ...]]
 * inner    = BLAKE2b-256(seed, index as 8 bytes big endian, values one after the other)
 *
 * Without the seed the inner hash gives no short text away; with it kept, a redacted event still proves its skeleton. The
 * seed stands before the values, and is no key: a key takes a block of its own, and so twice the time for most events. */
#include "headway/event.h"

#include <sodium.h>
#include <string.h>

static void put_skeleton(struct hw_out *out, const struct hw_event *event)
{
    hw_put_array(out, 6);
    hw_put_uint(out, event->kind);
    hw_put_bytes(out, event->record.b, sizeof event->record.b);
    hw_put_uint(out, event->stamp);
    hw_put_textn(out, event->author.p, event->author.n);
    hw_put_uint(out, event->change);
    hw_put_array(out, event->ops_n);
    for (size_t i = 0; i < event->ops_n; i++) {
        const struct hw_op *op = &event->ops[i];
        hw_put_array(out, 3);
        hw_put_uint(out, op->code);
        hw_put_uint(out, op->field);
        hw_put_array(out, op->seen_n * 3);
        for (size_t s = 0; s < op->seen_n; s++) {
            hw_put_bytes(out, op->seen[s].inc.b, sizeof op->seen[s].inc.b);
            hw_put_uint(out, op->seen[s].seq);
            hw_put_uint(out, op->seen[s].op);
        }
    }
}

static void hash_values(const struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index,
                        struct hw_out *scratch, uint8_t inner[HW_HASH_SIZE])
{
    hw_out_reset(scratch);
    hw_put_raw(scratch, seed, HW_SEED_SIZE);
    uint8_t number[8];
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (uint8_t)((uint64_t)index >> (56 - 8 * i));
    hw_put_raw(scratch, number, sizeof number);
    for (size_t i = 0; i < event->ops_n; i++) {
        struct hw_slice value = event->ops[i].value;
        if (value.n)
            hw_put_raw(scratch, value.p, value.n);
        else
            hw_put_null(scratch); /* as body.c writes it, so that sealing and opening hash the same bytes */
    }
    crypto_generichash(inner, HW_HASH_SIZE, scratch->p, scratch->n, NULL, 0);
}

void hw_event_put_proof(const struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index,
                        struct hw_out *scratch, struct hw_out *out)
{
    uint8_t inner[HW_HASH_SIZE];
    if (event->redacted)
        memcpy(inner, event->redacted, sizeof inner);
    else
        hash_values(event, seed, index, scratch, inner);
    put_skeleton(out, event);
    hw_put_raw(out, inner, sizeof inner);
}

void hw_event_redact(struct hw_event *event, const uint8_t seed[HW_SEED_SIZE], size_t index, struct hw_arena *arena)
{
    struct hw_out scratch = {0};
    if (event->redacted)
        return;
    uint8_t *inner = hw_arena_alloc(arena, HW_HASH_SIZE);
    hash_values(event, seed, index, &scratch, inner);
    hw_out_done(&scratch);
    struct hw_op *ops = hw_arena_copy(arena, event->ops, event->ops_n * sizeof *ops);
    for (size_t i = 0; i < event->ops_n; i++)
        ops[i].value = hw_slice_text("\xf6"); /* null */
    event->ops = ops;
    event->redacted = inner;
}

char *hw_event_name(struct hw_arena *arena, const char *office, unsigned life, const char *group, uint64_t seq)
{
    return hw_arena_printf(arena, "%s.%u/%s:%llu", office, life, group, (unsigned long long)seq);
}
