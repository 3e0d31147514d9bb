/* store_root.c: which root key signs the directory's journal from where on, and its hand-over (floor 2, noun: root).
 *
 * The first root key is the id of the system in every hash, for ever. What it signs ends where it hands over to the next one:
 * a ROOT entry of the journal, which both have signed and which is itself signed by the new one. Every replica goes along the
 * journal and so along the hand-overs, however long it was away. "roots" in the table node is a note of them, so that
 * nobody has to go through the journal again: [* [position, new key, Unix milliseconds]], rising.
 *
 * A replica does not go back to a root that has handed over. When its journal is cut back behind a hand-over, because
 * headquarters was restored, the next entry must be the same hand-over, said again: "root owed" in the table node is to whom.
 * Otherwise the thief of a former root key could undo what was done against him.
 *
 * A new office has followed nothing yet, and the thief could show it a directory of his own in which nobody hands over. So its
 * invitation names the root that counts, "root pinned" in the table node, and until the directory has handed over to that one no
 * other journal is believed, nor a new key of the hub. */
#include <string.h>

#include "daemon/store_internal.h"

static const char roots_key[] = "roots", owed_key[] = "root owed", pinned_key[] = "root pinned";
static const char directory_code[] = "directory";

struct handed {
    uint64_t position, time_ms;
    uint8_t key[HW_SIGN_PUBLIC];
};

/* Job's arena. */
static enum hw_status load(struct hw_tx *tx, struct handed **list, size_t *n, struct hw_err *err)
{
    struct hw_slice value;
    enum hw_status status = hw_tx_get(tx, roots_key, &value);
    *list = NULL;
    *n = 0;
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : hw_fail(err, status, "what this node noted of root keys cannot be read");
    struct hw_in in = hw_in_of(value);
    size_t count = hw_get_array(&in);
    if (count > value.n)
        hw_in_spoil(&in);
    *list = in.bad ? NULL : hw_arena_zero(&tx->arena, count + 1, sizeof **list); /* one is added at most */
    for (; *n < count && !in.bad; ++*n) {
        struct handed *handed = &(*list)[*n];
        if (hw_get_array(&in) != 3)
            hw_in_spoil(&in);
        handed->position = hw_get_uint_max(&in, INT64_MAX);
        hw_get_fixed(&in, handed->key, sizeof handed->key);
        handed->time_ms = hw_get_uint_max(&in, INT64_MAX);
    }
    return hw_in_end(&in) ? HW_OK : hw_fail(err, HW_CORRUPT, "what this node noted of root keys cannot be read: restore a backup");
}

static enum hw_status save(struct hw_tx *tx, const struct handed *list, size_t n, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, n);
    for (size_t i = 0; i < n; i++) {
        hw_put_array(&out, 3);
        hw_put_uint(&out, list[i].position);
        hw_put_bytes(&out, list[i].key, sizeof list[i].key);
        hw_put_uint(&out, list[i].time_ms);
    }
    return hw_tx_put(tx, roots_key, hw_out_slice(&out), err);
}

enum hw_status hw_root_at(struct hw_tx *tx, uint64_t position, uint8_t key[HW_SIGN_PUBLIC], struct hw_err *err)
{
    struct handed *list;
    size_t n;
    enum hw_status status = load(tx, &list, &n, err);
    memcpy(key, tx->store->identity.root, HW_SIGN_PUBLIC);
    for (size_t i = 0; i < n && !status && list[i].position < position; i++)
        memcpy(key, list[i].key, HW_SIGN_PUBLIC);
    return status;
}

enum hw_status hw_tx_root_now(struct hw_tx *tx, uint8_t key[HW_SIGN_PUBLIC], int64_t *since_ms, struct hw_err *err)
{
    struct handed *list;
    size_t n;
    enum hw_status status = load(tx, &list, &n, err);
    memcpy(key, !status && n ? list[n - 1].key : tx->store->identity.root, HW_SIGN_PUBLIC);
    *since_ms = !status && n ? (int64_t)list[n - 1].time_ms : 0;
    return status;
}

/* A key that was the root once and handed over never is again: whoever stole it would wait for that. */
static enum hw_status was_root(struct hw_tx *tx, uint64_t position, const uint8_t key[HW_SIGN_PUBLIC], bool *was,
                               struct hw_err *err)
{
    struct handed *list;
    size_t n;
    enum hw_status status = load(tx, &list, &n, err);
    *was = memcmp(key, tx->store->identity.root, HW_SIGN_PUBLIC) == 0;
    for (size_t i = 0; i < n && !status && list[i].position < position; i++)
        *was = *was || memcmp(key, list[i].key, HW_SIGN_PUBLIC) == 0;
    return status;
}

bool hw_root_signed(const struct hw_store *store, const uint8_t root[HW_SIGN_PUBLIC], const struct hw_entry *entry,
                    const uint8_t chain[HW_HASH_SIZE], const uint8_t signature[HW_SIGNATURE_SIZE])
{
    const struct hw_handover *handover = &entry->handover;
    if (entry->type != HW_ENTRY_ROOT)
        return hw_entry_verify(chain, root, signature);
    return memcmp(handover->from, root, HW_SIGN_PUBLIC) == 0 && hw_handover_holds(handover, store->identity.root) &&
           hw_entry_verify(chain, handover->to, signature);
}

enum hw_status hw_journal_signed(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *life,
                                 const struct hw_entry *entry, uint64_t position, const uint8_t chain[HW_HASH_SIZE],
                                 const uint8_t signature[HW_SIGNATURE_SIZE], bool *good, struct hw_err *err)
{
    uint8_t root[HW_SIGN_PUBLIC];
    const uint8_t *key;
    bool was = false;
    *good = false;
    if (strcmp(group->code, directory_code) != 0) {
        enum hw_status known = hw_journal_key(tx, group, life, &key, err);
        *good = !known && entry->type != HW_ENTRY_ROOT && hw_entry_verify(chain, key, signature);
        return known;
    }
    enum hw_status status = hw_root_at(tx, position, root, err);
    if (!status && entry->type == HW_ENTRY_ROOT)
        status = was_root(tx, position, entry->handover.to, &was, err);
    *good = !status && !was && hw_root_signed(tx->store, root, entry, chain, signature);
    return status;
}

enum hw_status hw_root_note(struct hw_tx *tx, const struct hw_entry *entry, struct hw_err *err)
{
    struct handed *list;
    size_t n;
    enum hw_status status = load(tx, &list, &n, err);
    if (status)
        return status;
    if (!list)
        list = hw_arena_zero(&tx->arena, 1, sizeof *list);
    list[n] = (struct handed){.position = entry->position, .time_ms = entry->time_ms};
    memcpy(list[n].key, entry->handover.to, sizeof list[n].key);
    status = save(tx, list, n + 1, err);
    struct hw_slice pinned;
    if (status || hw_tx_get(tx, pinned_key, &pinned) != HW_OK ||
        !hw_slice_equal(pinned, (struct hw_slice){entry->handover.to, HW_SIGN_PUBLIC}))
        return status;
    return hw_tx_drop(tx, pinned_key, err);
}

enum hw_status hw_tx_root_pin(struct hw_tx *tx, const uint8_t first[HW_SIGN_PUBLIC], const uint8_t now[HW_SIGN_PUBLIC],
                              struct hw_err *err)
{
    if (memcmp(first, now, HW_SIGN_PUBLIC) == 0)
        return hw_tx_drop(tx, pinned_key, err); /* should another invitation have got as far as this */
    return hw_tx_put(tx, pinned_key, (struct hw_slice){now, HW_SIGN_PUBLIC}, err);
}

enum hw_status hw_root_reached(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_slice pinned;
    enum hw_status status = hw_tx_get(tx, pinned_key, &pinned);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : hw_fail(err, status, "the root key of this office's invitation cannot be read");
    return hw_fail(err, HW_DENIED, "the directory that comes is not signed by the root key that this office's invitation names: ask "
                   "headquarters whether this is its hub, and for a new invitation");
}

enum hw_status hw_root_cut(struct hw_tx *tx, uint64_t position, struct hw_err *err)
{
    struct handed *list;
    size_t n, kept = 0;
    enum hw_status status = load(tx, &list, &n, err);
    while (kept < n && list[kept].position <= position)
        kept++;
    if (status || kept == n)
        return status;
    if (!tx->store->identity.gate)
        status = hw_tx_put(tx, owed_key, (struct hw_slice){list[kept].key, sizeof list[kept].key}, err);
    return status ? status : save(tx, list, kept, err);
}

enum hw_status hw_root_owed(struct hw_tx *tx, const struct hw_group *group, const struct hw_entry *entry, struct hw_err *err)
{
    struct hw_slice owed;
    if (strcmp(group->code, directory_code) != 0 || hw_tx_get(tx, owed_key, &owed) != HW_OK)
        return HW_OK;
    if (entry->type == HW_ENTRY_ROOT && hw_slice_equal(owed, (struct hw_slice){entry->handover.to, HW_SIGN_PUBLIC}))
        return hw_tx_drop(tx, owed_key, err);
    return hw_fail(err, HW_DENIED, "headquarters' directory goes back behind the hand-over of its root key, which this office has "
                   "followed: ask headquarters to put its latest root.key in place");
}

static enum hw_status append(struct hw_tx *tx, struct hw_group *directory, const struct hw_handover *handover,
                             struct hw_err *err)
{
    struct hw_entry entry = {.type = HW_ENTRY_ROOT, .handover = *handover};
    enum hw_status status = hw_gate_append(tx, directory, &entry, false, err);
    return status ? status : hw_root_note(tx, &entry, err);
}

/* Whether this home's secret is that of the root that counts, or at least the one that this handed over to: `behind`. */
static enum hw_status look(struct hw_tx *tx, bool *same, bool *behind, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    uint8_t now[HW_SIGN_PUBLIC], held[HW_SIGN_PUBLIC];
    enum hw_status status = hw_root_at(tx, HW_ROW_LAST, now, err);
    hw_root_public(self->root_secret, held);
    *same = !status && memcmp(now, held, sizeof now) == 0;
    *behind = !status && memcmp(self->handover.to, held, sizeof held) == 0 &&
              memcmp(self->handover.from, now, sizeof now) == 0;
    return status;
}

enum hw_status hw_root_fits(struct hw_tx *tx, bool *fits, struct hw_err *err)
{
    bool behind;
    enum hw_status status = look(tx, fits, &behind, err);
    *fits = *fits || behind;
    return status;
}

enum hw_status hw_root_ready(struct hw_tx *tx, struct hw_group *directory, struct hw_err *err)
{
    bool same, behind;
    enum hw_status status = look(tx, &same, &behind, err);
    if (status || same)
        return status;
    if (behind)
        return append(tx, directory, &tx->store->identity.handover, err);
    return hw_fail(err, HW_DENIED, "root.key in this home is not the root key that signs the directory's journal now: put headquarters' "
                   "latest one in its place (a backup made with --keys has it), and start again");
}

enum hw_status hw_tx_root_hand_over(struct hw_tx *tx, const struct hw_identity *identity, struct hw_err *err)
{
    struct hw_group *directory;
    enum hw_status status = hw_tx_finish(tx, err); /* what was said before is signed by the key of before */
    if (!status)
        status = hw_cache_group_make(tx->store, hw_slice_text(directory_code), &directory, err);
    if (!status)
        status = hw_root_ready(tx, directory, err);
    if (status)
        return status;
    hw_tx_identify(tx, identity);
    return append(tx, directory, &identity->handover, err);
}
