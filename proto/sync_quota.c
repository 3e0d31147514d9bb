/* sync_quota.c: how often served peers may ask for what costs a commit or an answer (floor 1, pure).
 *
 * HELLO is counted by key and not by connection, since a hostile office has as many connections as it likes; the keys are
 * those of the directory, so the table is as long as the list of offices. JOIN is counted by invitation and by address, so that
 * one guest with an invitation does not use up what is there for all, and in all. The link tells addresses apart by few numbers,
 * so that table is short too. A bucket holds what may come at once and fills at the rate allowed. */
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
    /* One would do; the others are for lost answers. */
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

static struct key_bucket *bucket_of(struct hw_sync *sync, const uint8_t key[HW_CURVE_SIZE])
{
    for (size_t i = 0; i < sync->keys_n; i++)
        if (memcmp(sync->keys[i].key, key, HW_CURVE_SIZE) == 0)
            return &sync->keys[i];
    sync->keys = hw_realloc(sync->keys, (sync->keys_n + 1) * sizeof *sync->keys);
    struct key_bucket *one = &sync->keys[sync->keys_n++];
    *one = (struct key_bucket){.bucket = {.used = false}};
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

static uint64_t hello(struct step *step)
{
    struct hw_sync *sync = step->sync;
    if (!step->input->key)
        return 0;
    return take(&bucket_of(sync, step->input->key)->bucket, sync->config.hellos_per_minute, MINUTE_MS, step->input->now_ms);
}

/* The nearest first: what is refused there takes nothing of what the others share. */
static const char *join(struct step *step, uint64_t *wait_ms)
{
    struct hw_sync *sync = step->sync;
    const struct hw_sync_config *config = &sync->config;
    const struct hw_input *input = step->input;
    *wait_ms = input->key ? take(&bucket_of(sync, input->key)->bucket, config->joins_per_invitation, MINUTE_MS, input->now_ms) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u requests to join a minute with one invitation (joins_per_invitation)",
                               config->joins_per_invitation);
    *wait_ms = input->source ? take(bucket_of_source(sync, input->source), config->joins_per_address, MINUTE_MS, input->now_ms) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u requests to join a minute from one address (joins_per_address): try again "
                               "later", config->joins_per_address);
    *wait_ms = take(&sync->joins, config->joins_per_minute, MINUTE_MS, input->now_ms);
    return !*wait_ms ? NULL
                     : hw_arena_printf(step->arena, "more than %u offices a minute ask to join (joins_per_minute): try again later",
                                       config->joins_per_minute);
}

const char *hw_quota_check(struct step *step, struct peer *peer, const struct hw_message *message, uint64_t *wait_ms)
{
    struct hw_sync *sync = step->sync;
    uint64_t now = step->input->now_ms;
    *wait_ms = take(&peer->messages, (uint64_t)sync->config.messages_per_second * BURST_S, SECOND_MS * BURST_S, now);
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u messages a second (messages_per_second)",
                               sync->config.messages_per_second);
    *wait_ms = message->type == HW_HELLO ? hello(step) : 0;
    if (*wait_ms)
        return hw_arena_printf(step->arena, "more than %u sessions a minute begun by one office (hellos_per_minute)",
                               sync->config.hellos_per_minute);
    return message->type == HW_JOIN ? join(step, wait_ms) : NULL;
}

/* Full buckets say nothing: whoever is quiet for a minute is forgotten. */
void hw_quota_tick(struct step *step)
{
    struct hw_sync *sync = step->sync;
    for (size_t i = sync->keys_n; i > 0; i--)
        if (step->input->now_ms - sync->keys[i - 1].bucket.at_ms >= MINUTE_MS)
            sync->keys[i - 1] = sync->keys[--sync->keys_n];
    for (size_t i = sync->sources_n; i > 0; i--)
        if (step->input->now_ms - sync->sources[i - 1].bucket.at_ms >= MINUTE_MS)
            sync->sources[i - 1] = sync->sources[--sync->sources_n];
}
