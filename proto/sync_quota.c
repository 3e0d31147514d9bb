/* sync_quota.c: how often served peers may ask for what costs a commit or an answer (floor 1, pure).
 *
 * HELLO and messages are counted by key and not by connection, since a hostile office has as many connections as it likes; the
 * keys are those of the directory and of open invitations, so the table is as long as the list of offices. JOIN is counted in
 * all, since each is a commit, and by key and by address before that, so that one guest does not use up everybody's. The link
 * tells addresses apart by few numbers, so that table is short too.
 * A bucket holds what may come at once and fills at the rate allowed. */
#include <stdlib.h>
#include <string.h>

#include "proto/sync_internal.h"

enum {
    /* An office says HELLO once for each connection, and its link waits half a second at least between them. */
    HELLOS_PER_MINUTE = 300,
    /* A fifth of a second of pwhash and typing is on the other side of each; a hundred offices join in a workshop. */
    JOINS_PER_MINUTE = 120,
    /* Half of them: the offices of a workshop stand behind one address, and who comes later tries again by itself. */
    JOINS_PER_ADDRESS = 60,
    /* One will do; a person who is puzzled tries again. */
    JOINS_PER_INVITATION = 10,
    /* A segment, its ACKs and a PING for each of a thousand changes a second. */
    MESSAGES_PER_SECOND = 4000,
    MINUTE_MS = 60 * 1000,
    SECOND_MS = 1000,
    BURST_S = 4 /* of messages: what a slow link had gathered comes at once */
};

/* Takes one out of a bucket of `most` that fills within `fill_ms`; milliseconds until there is one, 0: taken. */
static uint64_t take(struct bucket *bucket, uint64_t most, uint64_t fill_ms, uint64_t now)
{
    uint64_t full = most * fill_ms; /* one costs fill_ms */
    uint64_t gone = bucket->used ? now - bucket->at_ms : 0;
    bucket->left = bucket->used ? bucket->left + (gone < fill_ms ? gone : fill_ms) * most : full;
    bucket->left = bucket->left < full ? bucket->left : full;
    bucket->at_ms = now;
    bucket->used = true;
    if (bucket->left < fill_ms)
        return (fill_ms - bucket->left) / most + 1;
    bucket->left -= fill_ms;
    return 0;
}

static struct bucket *bucket_of_source(struct hw_sync *sync, uint64_t source)
{
    for (size_t i = 0; i < sync->sources_n; i++)
        if (sync->sources[i].source == source)
            return &sync->sources[i].bucket;
    sync->sources = hw_realloc(sync->sources, (sync->sources_n + 1) * sizeof *sync->sources);
    sync->sources[sync->sources_n] = (struct source_bucket){.source = source};
    return &sync->sources[sync->sources_n++].bucket;
}

/* In the order of keys: one in some thousands is looked for at each message. */
static struct key_bucket *bucket_of(struct hw_sync *sync, const uint8_t key[HW_CURVE_SIZE])
{
    size_t low = 0, high = sync->keys_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(sync->keys[middle].key, key, HW_CURVE_SIZE);
        if (order == 0)
            return &sync->keys[middle];
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    if (sync->keys_n == sync->keys_cap) {
        sync->keys_cap = sync->keys_cap ? sync->keys_cap * 2 : 16;
        sync->keys = hw_realloc(sync->keys, sync->keys_cap * sizeof *sync->keys);
    }
    struct key_bucket *one = &sync->keys[low];
    memmove(one + 1, one, (sync->keys_n++ - low) * sizeof *one);
    *one = (struct key_bucket){.entries = {.used = false}};
    memcpy(one->key, key, HW_CURVE_SIZE);
    return one;
}

void hw_quota_defaults(struct hw_sync_config *config)
{
    config->hellos_per_minute = config->hellos_per_minute ? config->hellos_per_minute : HELLOS_PER_MINUTE;
    config->joins_per_minute = config->joins_per_minute ? config->joins_per_minute : JOINS_PER_MINUTE;
    config->joins_per_address = config->joins_per_address ? config->joins_per_address : JOINS_PER_ADDRESS;
    config->joins_per_invitation = config->joins_per_invitation ? config->joins_per_invitation : JOINS_PER_INVITATION;
    config->messages_per_second = config->messages_per_second ? config->messages_per_second : MESSAGES_PER_SECOND;
    config->window = config->window ? config->window : HW_CREDIT_WINDOW;
}

/* The nearest first: what is refused there takes nothing of what the others share. */
static const char *check_join(struct step *step, struct bucket *of_key, uint64_t *wait_ms)
{
    struct hw_sync *sync = step->sync;
    const struct hw_sync_config *config = &sync->config;
    uint64_t now = step->input->now_ms, source = step->input->source;
    *wait_ms = of_key ? take(of_key, config->joins_per_invitation, MINUTE_MS, now) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u requests to join a minute with one invitation (joins_per_invitation): try"
                               " again later", config->joins_per_invitation);
    *wait_ms = source ? take(bucket_of_source(sync, source), config->joins_per_address, MINUTE_MS, now) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u requests to join a minute from one address (joins_per_address): try again"
                               " later", config->joins_per_address);
    *wait_ms = take(&sync->joins, config->joins_per_minute, MINUTE_MS, now);
    return *wait_ms ? hw_arena_printf(step->arena, "more than %u offices a minute ask to join (joins_per_minute): try again later",
                                      config->joins_per_minute)
                    : NULL;
}

const char *hw_quota_check(struct step *step, const struct hw_message *message, uint64_t *wait_ms)
{
    const struct hw_sync_config *config = &step->sync->config;
    uint64_t now = step->input->now_ms;
    struct key_bucket *key = step->input->key ? bucket_of(step->sync, step->input->key) : NULL;
    *wait_ms = key ? take(&key->messages, (uint64_t)config->messages_per_second * BURST_S, SECOND_MS * BURST_S, now) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u messages a second (messages_per_second)", config->messages_per_second);
    if (message->type == HW_JOIN)
        return check_join(step, key ? &key->entries : NULL, wait_ms);
    *wait_ms = key && (message->type == HW_HELLO || message->type == HW_AGAIN) ? take(&key->entries, config->hellos_per_minute, MINUTE_MS, now) : 0;
    return *wait_ms ? hw_arena_printf(step->arena, "more than %u sessions a minute begun by one office (hellos_per_minute)",
                                      config->hellos_per_minute)
                    : NULL;
}

/* Full buckets say nothing: whoever is quiet for a minute is forgotten. */
void hw_quota_tick(struct step *step)
{
    struct hw_sync *sync = step->sync;
    size_t kept = 0;
    for (size_t i = 0; i < sync->keys_n; i++)
        if (step->input->now_ms - sync->keys[i].messages.at_ms < MINUTE_MS)
            sync->keys[kept++] = sync->keys[i];
    sync->keys_n = kept;
    for (size_t i = sync->sources_n; i > 0; i--)
        if (step->input->now_ms - sync->sources[i - 1].bucket.at_ms >= MINUTE_MS)
            sync->sources[i - 1] = sync->sources[--sync->sources_n];
}
