/* store_return.c: journals handed back to a hub that has lost their ends, and
 * what it makes of them (floor 2).
 *
 * While it recovers, entries that continue its own journal are taken as any replica takes them: verbatim. Afterwards the
 * journal has gone on under a new life: what an earlier life decided is admitted late (store_late.c). And entries
 * that this hub's present life has signed, and that are not here, prove that its database was put back without a word. */
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_handed.h"
#include "daemon/store_passed.h"
#include "daemon/store_late.h"
#include "daemon/store_recovery.h"

/* -- what is asked for -- */

/* What this node could do with a journal that is claimed. */
enum use { HELD, SHORTER /* than its own, while it recovers */, WANTED };

/* The hub holds the journal up to `resume` in a form that the office may hold too. */
static enum hw_status ask_group(struct hw_tx *tx, const struct hw_cursor *cursor, struct hw_group_welcome *ask,
                                enum use *use, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, cursor->group);
    uint64_t end = 0;
    *use = group && hw_cursor_holds(tx, group, cursor) ? HELD : WANTED;
    *ask = (struct hw_group_welcome){.group = cursor->group, .state = HW_GROUP_RETURN};
    if (*use == HELD || !group)
        return HW_OK;
    enum hw_status status = HW_OK;
    if (tx->store->recovering)
        end = group->position;
    else
        status = hw_gate_life_end(tx->store, group, &cursor->life, &end, err);
    ask->resume = end < cursor->position ? end : cursor->position;
    /* Longer than the own journal, or another one: only the longer is of use to who recovers. */
    if (tx->store->recovering && cursor->position - cursor->bare <= group->position)
        *use = SHORTER;
    return status ? status : hw_journal_chain(tx, group, ask->resume, ask->chain, err);
}

/* At a relay. Its own journal may be another than the one that the office follows: either hub was restored, and has gone on as another
 * life. The office hands back what is not here, which goes on to the gate (store_passed.c), lets go of it and follows. Of a
 * life that the directory here has not got yet nothing can be checked: the directory goes first, and brings it.
 * Who is ahead in the same journal keeps it: this node comes to it. */
static enum hw_status ask_behind(struct hw_tx *tx, const struct hw_cursor *cursor, struct hw_group_welcome *ask,
                                 enum use *use, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, cursor->group);
    const struct hw_life *life = NULL;
    uint64_t end = 0;
    *use = HELD;
    if (hw_carry_behind(tx, group, cursor) || hw_cursor_holds(tx, group, cursor))
        return HW_OK;
    enum hw_status status = hw_cache_life(tx, &cursor->life, &life, err);
    *use = !status && (life || hw_slice_is(cursor->group, "directory")) ? WANTED : HELD;
    *ask = (struct hw_group_welcome){.group = cursor->group, .state = HW_GROUP_RETURN};
    if (status || *use == HELD)
        return status;
    status = hw_gate_life_end(tx->store, group, &cursor->life, &end, err);
    ask->resume = end < cursor->position ? end : cursor->position;
    return status ? status : hw_journal_chain(tx, group, ask->resume, ask->chain, err);
}

/* What is asked for, of what the office claims.
 *
 * An office may claim a journal of any group. One in which it has no grant, and never had, is passed over as if it had not been
 * claimed: how far another's group is, and that there is one, is nobody else's affair. Unless its directory is asked for too:
 * then the grant itself may be in what is to come back. That group is asked for from its beginning, as if nothing were here,
 * and of use or not; so is one whose grant has ended, for nobody learns from the question how far it has gone on since. */
static enum hw_status keep_granted(struct hw_tx *tx, const char *office, struct hw_group_welcome *groups, const enum use *uses,
                                   size_t *n, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    bool directory = false;
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        directory = directory || (uses[i] == WANTED && hw_slice_is(groups[i].group, "directory"));
    for (size_t i = 0; i < *n && !status; i++) {
        enum hw_granted granted = HW_GRANTED_NOW;
        status = hw_tx_has_grant(tx, office, groups[i].group, &granted, err);
        if (granted != HW_GRANTED_NOW)
            groups[i] = (struct hw_group_welcome){.group = groups[i].group, .state = HW_GROUP_RETURN};
        if (granted == HW_GRANTED_NEVER ? directory : granted == HW_GRANTED_NOW ? uses[i] == WANTED : uses[i] != HELD)
            groups[kept++] = groups[i];
    }
    *n = kept;
    return status;
}

/* What was handed back in a session that ended too soon is not asked for again. While this hub recovers, its own journal says
 * how far it has come. A relay asks for the last entry once more while the gate has not got them: its acknowledgement says that. */
static enum hw_status go_on(struct hw_tx *tx, const char *office, const struct hw_hello *hello, struct hw_group_welcome *groups,
                            size_t n, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < hello->cursors_n && !status && !tx->store->recovering; c++) {
            const struct hw_cursor *cursor = &hello->cursors[c];
            if (!hw_slice_equal(cursor->group, groups[i].group))
                continue;
            status = hw_handed_ask(tx, office, cursor, &groups[i].position, err);
            bool all = groups[i].position > 0 && groups[i].position + cursor->bare >= cursor->position;
            groups[i].position -= all && hw_passed_waits(tx, cursor->group);
        }
    return status;
}

enum hw_status hw_tx_return_ask(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                struct hw_welcome *welcome, struct hw_err *err)
{
    bool gate = tx->store->identity.gate;
    enum hw_status status = HW_OK;
    struct hw_group_welcome *groups = hw_arena_zero(&tx->arena, hello->cursors_n, sizeof *groups);
    enum use *uses = hw_arena_zero(&tx->arena, hello->cursors_n, sizeof *uses);
    size_t n = 0;
    for (size_t i = 0; i < hello->cursors_n && !status; i++) {
        if (hello->cursors[i].position == 0)
            continue;
        status = (gate ? ask_group : ask_behind)(tx, &hello->cursors[i], &groups[n], &uses[n], err);
        groups[n++].group = hello->cursors[i].group;
    }
    if (!status)
        status = keep_granted(tx, office, groups, uses, &n, err);
    if (!status)
        status = go_on(tx, office, hello, groups, n, err);
    if (status || (n == 0 && !tx->store->recovering))
        return status;
    welcome->status = tx->store->recovering ? HW_WELCOME_RECOVERY : HW_WELCOME_LATE;
    welcome->groups = groups;
    welcome->groups_n = n;
    return HW_OK;
}

enum hw_status hw_tx_return_from(struct hw_tx *tx, struct hw_welcome *welcome, bool hand, struct hw_err *err)
{
    for (size_t i = 0; i < welcome->groups_n; i++) {
        struct hw_group_welcome *ask = &welcome->groups[i];
        const struct hw_group *group = hw_cache_group(tx->store, ask->group);
        uint8_t chain[HW_HASH_SIZE];
        enum hw_status status = group ? hw_journal_chain(tx, group, ask->resume, chain, err) : HW_NOT_FOUND;
        if (status && status != HW_NOT_FOUND)
            return status;
        if (status || memcmp(chain, ask->chain, sizeof chain) != 0)
            ask->resume = 0;
        if (hand && group && ask->resume < group->base) /* what a snapshot stands for cannot be handed back */
            ask->resume = group->base;
        if (hand && ask->resume < ask->position) /* handed back before */
            ask->resume = ask->position;
    }
    return HW_OK;
}

/* -- what comes -- */

static enum hw_status not_signed(const struct hw_group *group, struct hw_err *err)
{
    return hw_fail(err, HW_SIGNATURE, "an entry of the journal of %s that came back is not signed by its gate", group->code);
}

/* Whether the root handed over in this journal at `position` or later: no other branch is worth going back behind that. */
static enum hw_status hands_over_behind(struct hw_tx *tx, const struct hw_group *group, uint64_t position, bool *does,
                                        struct hw_err *err)
{
    uint8_t then[HW_SIGN_PUBLIC], now[HW_SIGN_PUBLIC];
    *does = false;
    if (strcmp(group->code, "directory") != 0)
        return HW_OK;
    enum hw_status status = hw_root_at(tx, position, then, err);
    if (!status)
        status = hw_root_at(tx, group->position + 1, now, err);
    *does = !status && memcmp(then, now, sizeof then) != 0;
    return status;
}

/* Whether the first signature at or behind item `at` holds; `chain`: after that item. `behind`: the root that counts is that of the
 * next entry here, wherever the item stood. */
static enum hw_status is_signed(struct hw_tx *tx, const struct hw_group *group, const struct hw_journal_message *message, size_t at,
                                const uint8_t chain[HW_HASH_SIZE], bool behind, bool *good, struct hw_err *err)
{
    uint8_t now[HW_HASH_SIZE];
    struct hw_entry entry;
    memcpy(now, chain, sizeof now);
    *good = false;
    for (size_t first = at; at < message->items_n; at++) {
        const struct hw_journal_item *item = &message->items[at];
        if (at > first)
            hw_entry_chain(tx->store->identity.root, message->group, &message->life, now, item->entry, now);
        if (item->bare)
            continue;
        enum hw_status status = hw_entry_decode(item->entry, &entry, err);
        return status ? status : hw_journal_signed(tx, group, &message->life, &entry, behind ? group->position + 1 : entry.position,
                                                   now, item->signature, good, err);
    }
    return HW_OK;
}

/* The office's journal is longer than the one here and leaves it at this item, which follows `before`: both were written by
 * lives of this gate, so this hub was put back once without noticing. The longer one stands; what the other admitted is
 * judged again, and own events in it are issued again. */
static enum hw_status leave_branch(struct hw_tx *tx, const struct hw_journal_message *message, const struct hw_entry *entry,
                                   const uint8_t before[HW_HASH_SIZE], const uint8_t chain[HW_HASH_SIZE],
                                   bool *left, struct hw_err *err)
{
    struct hw_group *group = hw_cache_group(tx->store, message->group);
    uint8_t held[HW_HASH_SIZE];
    bool good, stays;
    enum hw_status status = hw_journal_chain(tx, group, entry->position - 1, held, err);
    *left = false;
    if (status || memcmp(held, before, sizeof held) != 0)
        return status; /* they part even earlier: it hands that back as well, or it is of no use */
    status = is_signed(tx, group, message, 0, chain, false, &good, err);
    if (status)
        return status;
    if (!good)
        return not_signed(group, err);
    status = hands_over_behind(tx, group, entry->position, &stays, err);
    if (status || stays)
        return status;
    *left = true;
    status = hw_tx_rebase(tx, group->code, entry->position - 1, err);
    return status ? status : hw_tx_rebirth_rest(tx, group->code, err);
}

/* Goes over what is held; *items: what comes behind it, *chain: before that. */
static enum hw_status skip_held(struct hw_tx *tx, struct hw_journal_message *rest, const struct hw_group *group,
                                uint8_t chain[HW_HASH_SIZE], struct hw_err *err)
{
    enum hw_status status = HW_OK;
    bool left = false;
    for (; !status && rest->items_n > 0; rest->items++, rest->items_n--) {
        struct hw_entry entry;
        uint8_t after[HW_HASH_SIZE], held[HW_HASH_SIZE];
        status = hw_entry_decode(rest->items[0].entry, &entry, err);
        if (status || entry.position > group->position)
            break;
        hw_entry_chain(tx->store->identity.root, rest->group, &rest->life, chain, rest->items[0].entry, after);
        status = hw_journal_chain(tx, group, entry.position, held, err);
        if (!status && memcmp(held, after, sizeof held) != 0)
            status = leave_branch(tx, rest, &entry, chain, after, &left, err);
        if (status || left)
            break;
        memcpy(chain, after, sizeof after);
    }
    return status;
}

/* A journal that comes back may name lives that stand in a branch of the directory that was left, or not taken yet. They
 * are known when that branch comes late. Cuts the message before the first of them. */
static enum hw_status cut_unknown(struct hw_tx *tx, struct hw_journal_message *rest, struct hw_err *err)
{
    const struct hw_life *life = NULL;
    if (hw_slice_is(rest->group, "directory"))
        return HW_OK;
    enum hw_status status = hw_cache_life(tx, &rest->life, &life, err);
    size_t n = 0;
    for (bool known = life != NULL; !status && known && n < rest->items_n; n += known) {
        struct hw_entry entry;
        status = hw_entry_decode(rest->items[n].entry, &entry, err);
        if (!status)
            status = hw_cache_life(tx, &entry.inc, &life, err);
        known = !status && life;
    }
    rest->items_n = n;
    return status;
}

/* While recovering: skips what is held, takes what continues it. What does not continue it stays with the office: it
 * comes later, when the journal has gone on. */
static enum hw_status take_on(struct hw_tx *tx, const struct hw_journal_message *message, struct hw_err *err)
{
    struct hw_group *group;
    struct hw_journal_message rest = *message;
    struct hw_entry entry;
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = hw_cache_group_make(tx->store, message->group, &group, err);
    memcpy(chain, message->chain, sizeof chain);
    if (!status)
        status = cut_unknown(tx, &rest, err);
    if (!status)
        status = skip_held(tx, &rest, group, chain, err);
    if (status || rest.items_n == 0)
        return status;
    status = hw_entry_decode(rest.items[0].entry, &entry, err);
    if (status || entry.position > group->position + 1 || memcmp(chain, group->chain, sizeof chain) != 0)
        return status; /* what goes before it was passed over */
    return hw_tx_take_journal(tx, &rest, err);
}

/* One entry that came back: is it held here in its place, and if not, did its gate sign it? Another life's branch of the
 * directory has no place here: the root that counts now must have signed it. */
static enum hw_status check_item(struct hw_tx *tx, const struct hw_group *group, const struct hw_journal_message *message,
                                 size_t at, const struct hw_entry *entry, const uint8_t chain[HW_HASH_SIZE], bool *held,
                                 bool *good, struct hw_err *err)
{
    uint8_t here[HW_HASH_SIZE];
    bool mine = hw_inc_compare(&message->life, &tx->store->identity.inc) == 0;
    enum hw_status status = hw_journal_chain(tx, group, entry->position, here, err);
    *held = *good = !status && memcmp(here, chain, sizeof here) == 0;
    if (*held || (status && status != HW_NOT_FOUND))
        return status;
    return is_signed(tx, group, message, at, chain, !mine, good, err);
}

/* What a root that has handed over since signed in a branch that nobody has followed may be anybody's who stole it. It stays
 * where it is, and a person is told. False: no root has handed over. */
static bool by_former_root(struct hw_tx *tx, const struct hw_group *group, const char *office, struct hw_returned *returned)
{
    uint8_t key[HW_SIGN_PUBLIC];
    if (strcmp(group->code, "directory") != 0 || hw_root_at(tx, group->position + 1, key, NULL) != HW_OK ||
        memcmp(key, tx->store->identity.root, sizeof key) == 0)
        return false;
    returned->note = hw_arena_printf(&tx->arena, "office %s handed back decisions about the directory under a root key that has been"
                                     " handed over since. They are not taken, and %s gives them up now: look which offices and grants"
                                     " are missing here. An older backup of %s, restored apart, shows them",
                                     office, office, office);
    return true;
}

/* Each entry is signed by the life that the message names: whoever hands it back cannot have made it. Cuts the message
 * before what a former root signed. */
static enum hw_status verify(struct hw_tx *tx, const char *office, const struct hw_group *group,
                             struct hw_journal_message *message, struct hw_entry *entries, struct hw_returned *returned,
                             struct hw_err *err)
{
    bool mine = hw_inc_compare(&message->life, &tx->store->identity.inc) == 0, held = false, good;
    uint8_t chain[HW_HASH_SIZE];
    enum hw_status status = HW_OK;
    memcpy(chain, message->chain, sizeof chain);
    for (size_t i = 0; i < message->items_n && !status && !returned->rolled_back; i++) {
        hw_entry_chain(tx->store->identity.root, message->group, &message->life, chain, message->items[i].entry, chain);
        status = hw_entry_decode(message->items[i].entry, &entries[i], err);
        if (!status)
            status = check_item(tx, group, message, i, &entries[i], chain, &held, &good, err);
        if (status)
            return status;
        if (!good && !mine && by_former_root(tx, group, office, returned)) {
            message->items_n = i;
            return HW_OK;
        }
        if (!good)
            return not_signed(group, err);
        if (!mine && !held && entries[i].type == HW_ENTRY_ROOT && tx->store->identity.gate)
            return hw_fail(err, HW_DENIED, "office %s has followed a hand-over of headquarters' root key that this headquarters has"
                           " lost: put its latest root.key in place (a backup made with --keys has it), and restore again", office);
        returned->rolled_back = mine && !held;
        returned->common = entries[i].position - 1;
    }
    returned->held = held;
    if (returned->rolled_back && returned->common > group->position)
        returned->common = group->position;
    return status;
}

/* At a relay: what is not here goes on to the gate. */
static enum hw_status pass_on(struct hw_tx *tx, const char *office, const struct hw_journal_message *message,
                              struct hw_entry *entries, struct hw_returned *returned, struct hw_err *err)
{
    struct hw_group *group;
    struct hw_journal_message taken = *message;
    const char *code = hw_arena_text(&tx->arena, message->group.p, message->group.n);
    bool serves = false;
    enum hw_status status = hw_carry_serves(tx, code, &serves, err);
    if (!status && !serves)
        return hw_fail(err, HW_DENIED, "this relay has no grant in group %s", code);
    if (!status)
        status = hw_cache_group_make(tx->store, message->group, &group, err);
    if (!status)
        status = verify(tx, office, group, &taken, entries, returned, err);
    if (!status && taken.items_n && !returned->held)
        status = hw_passed_keep(tx, group, &taken, entries, err);
    returned->waits = !status && hw_passed_waits(tx, message->group);
    return status ? status : hw_handed_take(tx, office, message, err);
}

/* At the gate: a life that nobody knows, when the part of the directory that entered it was signed by a former root and is not
 * taken. Whoever hands this back would be refused in each session, and go on with nothing; it goes on without this. */
static enum hw_status by_unknown_life(struct hw_tx *tx, const char *office, const struct hw_group *group,
                                      const struct hw_journal_message *message, bool *unknown, struct hw_returned *returned,
                                      struct hw_err *err)
{
    const struct hw_life *life = NULL;
    enum hw_status status = hw_cache_life(tx, &message->life, &life, err);
    *unknown = !status && !life && strcmp(group->code, "directory") != 0;
    if (*unknown)
        returned->note = hw_arena_printf(&tx->arena, "office %s handed back decisions in group %s of a life of headquarters that the"
                                         " directory does not know: they are not taken", office, group->code);
    return status;
}

enum hw_status hw_tx_return_take(struct hw_tx *tx, const char *office, const struct hw_journal_message *message,
                                 struct hw_returned *returned, struct hw_err *err)
{
    struct hw_group *group;
    struct hw_entry *entries = hw_arena_zero(&tx->arena, message->items_n, sizeof *entries);
    *returned = (struct hw_returned){.note = ""};
    if (message->items_n == 0)
        return hw_fail(err, HW_CORRUPT, "office %s hands back an empty part of a journal", office);
    enum hw_status status = hw_entry_decode(message->items[message->items_n - 1].entry, &entries[0], err);
    returned->last = entries[0].position;
    if (!status && !tx->store->identity.gate)
        return pass_on(tx, office, message, entries, returned, err);
    if (!status)
        status = hw_cache_group_make(tx->store, message->group, &group, err);
    /* While it recovers, its present life has decided nothing yet: whatever that has signed is another's past. */
    bool mine = hw_inc_compare(&message->life, &tx->store->identity.inc) == 0;
    if (status || (tx->store->recovering && !mine))
        return status ? status : take_on(tx, message, err);
    struct hw_journal_message taken = *message;
    const char *note = "";
    bool unknown;
    status = by_unknown_life(tx, office, group, message, &unknown, returned, err);
    if (status || unknown)
        return status ? status : hw_handed_take(tx, office, message, err);
    status = verify(tx, office, group, &taken, entries, returned, err);
    if (status || returned->rolled_back || tx->store->recovering)
        return status;
    status = hw_late_take(tx, office, group, &taken, entries, &note, err);
    returned->note = *returned->note ? returned->note : note;
    return status ? status : hw_handed_take(tx, office, message, err);
}
