/* store_handed.c: how far an office has handed back a journal (floor 2, noun: handed).
 *
 * A long journal may not fit into one session: a budget is spent, a line breaks. What was taken is noted in the transaction that
 * took it, so that the next session goes on behind it: an office that began anew in each would never come to the end.
 *
 * "handed OFFICE GROUP" in the table node is [own life, chain at the end of the office's journal, position, chain there]. It
 * counts for that very journal, and for this life alone: whoever was put back, or cut its journal, may have lost what it took. */
#include "daemon/store_handed.h"

#include <string.h>

struct handed {
    struct hw_inc life;           /* this node's */
    uint8_t journal[HW_HASH_SIZE]; /* the chain at its end */
    uint64_t position;            /* taken up to here */
    uint8_t chain[HW_HASH_SIZE];
};

static const char *key_of(struct hw_tx *tx, const char *office, struct hw_slice group)
{
    return hw_arena_printf(&tx->arena, "handed %s %.*s", office, (int)group.n, (const char *)group.p);
}

/* False: nothing is noted that counts now. */
static bool find(struct hw_tx *tx, const char *key, struct handed *handed)
{
    struct hw_slice value;
    if (hw_tx_get(tx, key, &value) != HW_OK)
        return false;
    struct hw_in in = hw_in_of(value);
    if (hw_get_array(&in) != 4)
        hw_in_spoil(&in);
    hw_get_fixed(&in, handed->life.b, sizeof handed->life.b);
    hw_get_fixed(&in, handed->journal, sizeof handed->journal);
    handed->position = hw_get_uint_max(&in, INT64_MAX);
    hw_get_fixed(&in, handed->chain, sizeof handed->chain);
    return hw_in_end(&in) && hw_inc_compare(&handed->life, &tx->store->identity.inc) == 0;
}

static enum hw_status keep(struct hw_tx *tx, const char *key, const struct handed *handed, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, 4);
    hw_put_bytes(&out, handed->life.b, sizeof handed->life.b);
    hw_put_bytes(&out, handed->journal, sizeof handed->journal);
    hw_put_uint(&out, handed->position);
    hw_put_bytes(&out, handed->chain, sizeof handed->chain);
    return hw_tx_put(tx, key, hw_out_slice(&out), err);
}

enum hw_status hw_handed_ask(struct hw_tx *tx, const char *office, const struct hw_cursor *cursor, uint64_t *position,
                             struct hw_err *err)
{
    struct handed handed;
    const char *key = key_of(tx, office, cursor->group);
    *position = 0;
    if (!hw_cache_group(tx->store, cursor->group)) /* whoever thinks up names of groups fills no table */
        return HW_OK;
    if (find(tx, key, &handed) && memcmp(handed.journal, cursor->chain, sizeof handed.journal) == 0) {
        *position = handed.position;
        return HW_OK;
    }
    handed = (struct handed){.life = tx->store->identity.inc};
    memcpy(handed.journal, cursor->chain, sizeof handed.journal);
    return keep(tx, key, &handed, err);
}

/* It goes on where the last message ended, or begins behind what is held here anyway. */
static bool follows(struct hw_tx *tx, const struct handed *handed, const struct hw_journal_message *message, uint64_t first)
{
    const struct hw_group *group = hw_cache_group(tx->store, message->group);
    uint8_t here[HW_HASH_SIZE];
    if (handed->position)
        return first == handed->position + 1 && memcmp(handed->chain, message->chain, sizeof handed->chain) == 0;
    return group && hw_journal_chain(tx, group, first - 1, here, NULL) == HW_OK &&
           memcmp(here, message->chain, sizeof here) == 0;
}

enum hw_status hw_handed_take(struct hw_tx *tx, const char *office, const struct hw_journal_message *message, struct hw_err *err)
{
    struct handed handed;
    struct hw_entry entry;
    const char *key = key_of(tx, office, message->group);
    if (!find(tx, key, &handed))
        return HW_OK;
    enum hw_status status = hw_entry_decode(message->items[0].entry, &entry, err);
    if (status || entry.position == 0 || !follows(tx, &handed, message, entry.position))
        return status;
    handed.position = entry.position + message->items_n - 1;
    memcpy(handed.chain, message->chain, sizeof handed.chain);
    for (size_t i = 0; i < message->items_n; i++)
        hw_entry_chain(tx->store->identity.root, message->group, &message->life, handed.chain, message->items[i].entry, handed.chain);
    return keep(tx, key, &handed, err);
}
