/* store_orphan.c: changes of other offices that this node took for headquarters, and
 * that nobody admits any more: the life that made them has ended, or its office was revoked (floor 2).
 *
 * They are not admitted by themselves: who has a stolen machine could go on writing. They stay where they are, and a person
 * is told. "orphans" in the table node is who was told of: [[incarnation, changes], ...]. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/cbor.h"

static const char told_key[] = "orphans";

enum hw_status hw_office_left(struct hw_tx *tx, const char *office, bool *left, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_OFFICE);
    const struct hw_slice code = hw_slice_text(office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    char key[HW_ID_TEXT + 1];
    struct hw_scan *scan = NULL;
    hw_id_print(&id, key);
    enum hw_status status = hw_scan_open(tx, HW_KIND_OFFICE, HW_SCAN_ID, 0, key, &scan, err);
    *left = !status && hw_scan_next(scan) &&
            (hw_scan_archived(scan) || strcmp(hw_scan_text(scan, hw_field_named(kind, "state")->id), "revoked") == 0);
    hw_scan_close(scan);
    return status;
}

static struct hw_orphans *orphans_of(struct hw_tx *tx, struct hw_orphans *list, size_t *n, const struct hw_life *life)
{
    for (size_t i = 0; i < *n; i++)
        if (hw_inc_compare(&list[i].inc, &life->inc) == 0)
            return &list[i];
    struct hw_orphans *one = &list[(*n)++];
    *one = (struct hw_orphans){.inc = life->inc, .life = life->number, .revoked = !life->ended};
    memcpy(one->office, life->office, sizeof one->office);
    one->groups = hw_arena_zero(&tx->arena, tx->store->groups_n, sizeof *one->groups);
    return one;
}

/* What this office's own former lives have left it issues again itself. */
static enum hw_status is_orphan(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_life **life, bool *orphan,
                                struct hw_err *err)
{
    *orphan = false;
    if (stream->sealed <= stream->admitted || strcmp(hw_cache_group_by_id(tx->store, stream->group)->code, "directory") == 0)
        return HW_OK;
    enum hw_status status = hw_cache_life(tx, &stream->inc, life, err);
    if (status || !*life || strcmp((*life)->office, tx->store->identity.office) == 0)
        return status;
    *orphan = (*life)->ended;
    return *orphan ? HW_OK : hw_office_left(tx, (*life)->office, orphan, err);
}

enum hw_status hw_tx_orphans(struct hw_tx *tx, struct hw_orphans **list, size_t *n, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    *n = 0;
    *list = NULL;
    if (store->identity.gate || !store->identity.enrolled)
        return HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_life *life = NULL;
        bool orphan;
        status = is_orphan(tx, stream, &life, &orphan, err);
        if (status || !orphan)
            continue;
        if (!*list)
            *list = hw_arena_zero(&tx->arena, store->lives_n, sizeof **list);
        struct hw_orphans *one = orphans_of(tx, *list, n, life);
        one->groups[one->groups_n++] = hw_arena_printf(&tx->arena, "%s", hw_cache_group_by_id(store, stream->group)->code);
        one->changes += stream->sealed - stream->admitted;
    }
    return status;
}

const char *hw_orphans_text(struct hw_arena *arena, const struct hw_orphans *one)
{
    bool many = one->changes != 1;
    const char *groups = one->groups[0];
    for (size_t i = 1; i < one->groups_n; i++)
        groups = hw_arena_printf(arena, "%s, %s", groups, one->groups[i]);
    const char *start = hw_arena_printf(arena, "%llu %s of %s.%u in %s %s taken here, and headquarters had not admitted %s when",
                                        (unsigned long long)one->changes, many ? "changes" : "change", one->office, one->life,
                                        groups, many ? "were" : "was", many ? "them" : "it");
    const char *stay = many ? "They stay here and are shown nowhere" : "It stays here and is shown nowhere";
    if (one->revoked)
        return hw_arena_printf(arena, "%s office %s was revoked. %s.", start, one->office, stay);
    return hw_arena_printf(arena, "%s %s.%u ended: its office has another machine or other keys. %s. If the machine that made %s still"
                           " runs under new keys, it sends %s again itself; otherwise ask %s to type %s again.", start, one->office,
                           one->life, stay, many ? "them" : "it", many ? "them" : "it", one->office, many ? "them" : "it");
}

/* -- told once -- */

/* Whether the hub has said in WELCOME that nothing of these groups is on its way: what it admitted is known here then. */
static bool is_level(struct hw_tx *tx, const struct hw_orphans *one, const struct hw_welcome *welcome)
{
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group_welcome *at = &welcome->groups[i];
        const struct hw_group *group = hw_cache_group(tx->store, at->group);
        for (size_t g = 0; g < one->groups_n; g++)
            if (hw_slice_is(at->group, one->groups[g]) && (at->state != HW_GROUP_RESUME || group->position < at->position))
                return false;
    }
    return true;
}

static bool was_told(struct hw_slice told, const struct hw_orphans *one)
{
    struct hw_in in = hw_in_of(told);
    size_t n = hw_get_array(&in);
    for (size_t i = 0; i < n && !in.bad; i++) {
        hw_get_array(&in);
        struct hw_slice inc = hw_get_bytes(&in);
        uint64_t changes = hw_get_uint(&in);
        if (!in.bad && inc.n == sizeof one->inc.b && memcmp(inc.p, one->inc.b, inc.n) == 0 && changes >= one->changes)
            return true;
    }
    return false;
}

enum hw_status hw_orphans_tell(struct hw_tx *tx, const struct hw_welcome *welcome, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_slice told = {0};
    struct hw_orphans *list;
    size_t n, new_n = 0, all = 0;
    enum hw_status status = hw_tx_orphans(tx, &list, &n, err);
    if (status || n == 0)
        return status;
    status = hw_tx_get(tx, told_key, &told);
    if (status && status != HW_NOT_FOUND)
        return hw_fail(err, status, "the note of who was told of cannot be read");
    status = HW_OK;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    for (size_t i = 0; i < n && !status; i++) {
        bool before = was_told(told, &list[i]);
        if (!before && !is_level(tx, &list[i], welcome))
            continue;
        hw_put_array(&items, 2);
        hw_put_bytes(&items, list[i].inc.b, sizeof list[i].inc.b);
        hw_put_uint(&items, list[i].changes);
        all++;
        new_n += !before;
        status = before ? HW_OK : hw_tx_incident(tx, hw_orphans_text(&tx->arena, &list[i]), err);
    }
    if (status || new_n == 0)
        return status;
    hw_put_array(&out, all);
    hw_put_raw(&out, items.p, items.n);
    return hw_tx_put(tx, told_key, hw_out_slice(&out), err);
}
