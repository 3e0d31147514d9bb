/* store_branch.c: changes of headquarters whose names mean something else by now
 * (floor 2).
 *
 * A hub whose database was copied back gives its numbers out a second time, until it meets somebody who holds what it gave them
 * to before. Of two such branches one keeps the names; the events of the other are issued again under the present life when an
 * office hands them back or brings them. Who wrote a segment its signature tells, and that binds what goes before it in its
 * branch: it is held here where the branch begins, and came from the same office just before where it goes on. So the node
 * keeps of each office and stream how far its branch was followed, and what the events are called now ("branch OFFICE STREAM"
 * in the table node): later ones of the branch name them, and so do verdicts. */
#include "daemon/store_branch.h"

#include <string.h>

/* `n` events from `from` on in the branch: from `to` on in the stream of `inc` here. */
struct run {
    uint64_t from, n, to;
    struct hw_inc inc;
};

struct branch {
    const char *key;
    uint64_t tip; /* the last event of the branch that was followed; 0: none */
    uint8_t hash[HW_HASH_SIZE]; /* of the segment that ends with it */
    struct run *runs;
    size_t runs_n;
};

static enum hw_status load(struct hw_tx *tx, const char *office, const struct hw_stream *stream, struct branch *branch,
                           struct hw_err *err)
{
    struct hw_slice value;
    *branch = (struct branch){.key = hw_arena_printf(&tx->arena, "branch %s %lld", office, (long long)stream->id)};
    enum hw_status status = hw_tx_get(tx, branch->key, &value);
    if (status == HW_NOT_FOUND)
        return HW_OK;
    struct hw_in in = hw_in_of(value);
    size_t n = status ? 0 : hw_get_array(&in);
    bool head = n >= 2 && n % 4 == 2 && n < value.n;
    branch->runs = hw_arena_zero(&tx->arena, head ? n / 4 : 0, sizeof *branch->runs);
    branch->tip = hw_get_uint_max(&in, INT64_MAX);
    hw_get_fixed(&in, branch->hash, sizeof branch->hash);
    for (size_t i = 0; head && i < n / 4 && !in.bad; i++) {
        struct run *run = &branch->runs[branch->runs_n++];
        run->from = hw_get_uint_max(&in, INT64_MAX);
        run->n = hw_get_uint_max(&in, INT64_MAX);
        run->to = hw_get_uint_max(&in, INT64_MAX);
        hw_get_fixed(&in, run->inc.b, sizeof run->inc.b);
    }
    return head && hw_in_end(&in) ? HW_OK
                                  : hw_fail(err, HW_CORRUPT, "what this hub noted of office %s cannot be read", office);
}

static enum hw_status save(struct hw_tx *tx, const struct branch *branch, struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    hw_put_array(&out, 2 + 4 * branch->runs_n);
    hw_put_uint(&out, branch->tip);
    hw_put_bytes(&out, branch->hash, sizeof branch->hash);
    for (size_t i = 0; i < branch->runs_n; i++) {
        const struct run *run = &branch->runs[i];
        hw_put_uint(&out, run->from);
        hw_put_uint(&out, run->n);
        hw_put_uint(&out, run->to);
        hw_put_bytes(&out, run->inc.b, sizeof run->inc.b);
    }
    return hw_tx_put(tx, branch->key, hw_out_slice(&out), err);
}

static bool rename_in(const struct branch *branch, struct hw_name *name)
{
    for (size_t i = 0; i < branch->runs_n; i++) {
        const struct run *run = &branch->runs[i];
        if (name->seq < run->from || name->seq - run->from >= run->n)
            continue;
        name->seq = run->to + (name->seq - run->from);
        name->inc = run->inc;
        return true;
    }
    return false;
}

enum hw_status hw_branch_name(struct hw_tx *tx, const char *office, int64_t group, struct hw_name *name, bool *found,
                              struct hw_err *err)
{
    const struct hw_stream *stream = hw_cache_stream(tx->store, &name->inc, group);
    struct branch branch;
    *found = false;
    if (!stream)
        return HW_OK;
    enum hw_status status = load(tx, office, stream, &branch, err);
    *found = !status && rename_in(&branch, name);
    return status;
}

/* `branch` has room for it. */
static void add_run(struct branch *branch, uint64_t from, const struct hw_name *now)
{
    struct run *last = branch->runs_n ? &branch->runs[branch->runs_n - 1] : NULL;
    if (last && last->from + last->n == from && last->to + last->n == now->seq && hw_inc_compare(&last->inc, &now->inc) == 0)
        last->n++;
    else
        branch->runs[branch->runs_n++] = (struct run){.from = from, .n = 1, .to = now->seq, .inc = now->inc};
}

static bool is_signed(struct hw_tx *tx, const struct hw_life *life, const struct hw_opened *opened,
                      const uint8_t before[HW_HASH_SIZE], uint8_t hash[HW_HASH_SIZE])
{
    struct hw_binding binding = {.office = hw_slice_text(life->office)};
    memcpy(binding.root, tx->store->identity.root, sizeof binding.root);
    hw_segment_hash(opened, &binding, before, hash);
    return hw_segment_verify(opened, hash, life->key, NULL) == HW_OK;
}

/* Whether the segment's life signed it behind what is held before it, where the branch begins; or behind what came before it. The
 * branch goes on with it then. */
static enum hw_status follow(struct hw_tx *tx, const struct hw_stream *stream, const struct hw_opened *opened,
                             struct branch *branch, bool *follows, struct hw_err *err)
{
    uint8_t before[HW_HASH_SIZE], hash[HW_HASH_SIZE];
    const struct hw_segment *head = &opened->head;
    const struct hw_life *life = NULL;
    enum hw_status status = hw_cache_life(tx, &head->inc, &life, err);
    *follows = false;
    if (status || !life)
        return status;
    status = hw_segment_hash_at(tx, stream, head->first - 1, before, err);
    if (status && status != HW_NOT_FOUND)
        return status;
    *follows = !status && is_signed(tx, life, opened, before, hash);
    if (*follows)
        branch->runs_n = 0;
    else if (branch->tip && branch->tip + 1 == head->first)
        *follows = is_signed(tx, life, opened, branch->hash, hash);
    branch->tip = head->first + head->n - 1;
    memcpy(branch->hash, hash, sizeof hash);
    return HW_OK;
}

static enum hw_status is_own(struct hw_tx *tx, const struct hw_inc *inc, bool *own, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    const struct hw_life *life = NULL;
    enum hw_status status = hw_cache_life(tx, inc, &life, err);
    *own = !status && life && strcmp(life->office, self->office) == 0;
    return status;
}

/* The same change of the same record: number and time may have changed since, and a text may have been taken out. */
static bool same_change(const struct hw_event *a, const struct hw_event *b)
{
    bool same = a->change == b->change && a->ops_n == b->ops_n && hw_slice_equal(a->author, b->author);
    for (size_t i = 0; same && i < a->ops_n; i++)
        same = a->ops[i].code == b->ops[i].code && a->ops[i].field == b->ops[i].field &&
               (a->redacted || b->redacted || hw_slice_equal(a->ops[i].value, b->ops[i].value));
    return same;
}

/* It may have been issued again before: when this hub left the branch itself, or when another office handed it back. Headquarters
 * lets go of no event (store_compact.c), so the record's history is whole. */
static enum hw_status find_again(struct hw_tx *tx, const struct hw_group *group, const struct hw_event *event,
                                 struct hw_name *now, bool *found, struct hw_err *err)
{
    struct hw_record *record;
    struct hw_logged *events;
    size_t n = 0;
    *found = false;
    enum hw_status status = hw_tx_record(tx, event->kind, &event->record, group->code, &record, err);
    if (!status)
        status = hw_history_read(tx, record, &events, &n, err);
    for (size_t i = 0; i < n && !status && !*found; i++) {
        if (same_change(&events[i].event, event))
            status = is_own(tx, &events[i].inc, found, err);
        *now = (struct hw_name){.inc = events[i].inc, .seq = events[i].event.seq};
    }
    return status;
}

static enum hw_status rename_seen(struct hw_tx *tx, const char *office, int64_t group, const struct branch *branch,
                                  const struct hw_inc *inc, struct hw_event *event, struct hw_err *err)
{
    struct hw_op *ops = hw_arena_copy(&tx->arena, event->ops, event->ops_n * sizeof *ops);
    enum hw_status status = HW_OK;
    bool found;
    for (size_t i = 0; i < event->ops_n; i++) {
        struct hw_name *seen = hw_arena_copy(&tx->arena, ops[i].seen, ops[i].seen_n * sizeof *seen);
        for (size_t s = 0; s < ops[i].seen_n && !status; s++)
            if (hw_inc_compare(&seen[s].inc, inc) == 0)
                rename_in(branch, &seen[s]);
            else
                status = hw_branch_name(tx, office, group, &seen[s], &found, err);
        ops[i].seen = seen;
    }
    event->ops = ops;
    return status;
}

static enum hw_status issue(struct hw_tx *tx, const char *office, const struct hw_stream *stream, struct hw_opened *opened,
                            struct branch *branch, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    const struct hw_stream from = *stream;
    struct run *runs = hw_arena_zero(&tx->arena, branch->runs_n + opened->head.n, sizeof *runs);
    enum hw_status status = HW_OK;
    if (branch->runs_n)
        memcpy(runs, branch->runs, branch->runs_n * sizeof *runs);
    branch->runs = runs;
    for (size_t i = 0; i < opened->head.n && !status; i++) {
        struct hw_event *event = &opened->events[i];
        const uint64_t seq = event->seq;
        struct hw_name now;
        bool found;
        status = find_again(tx, group, event, &now, &found, err);
        if (!status && !found) {
            status = rename_seen(tx, office, from.group, branch, &from.inc, event, err);
            if (!status) /* nothing is left to rename */
                status = hw_rebirth_issue(tx, &from, INT64_MAX, event, 1, err);
            now = (struct hw_name){.inc = tx->store->identity.inc, .seq = event->seq};
        }
        add_run(branch, seq, &now);
    }
    return status;
}

enum hw_status hw_branch_take(struct hw_tx *tx, const char *office, struct hw_slice wire, uint64_t *tip, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    struct hw_opened opened;
    struct branch branch;
    bool own = false, follows;
    *tip = 0;
    enum hw_status status = HW_OK;
    if (hw_segment_open(wire, &tx->arena, &opened, NULL) != HW_OK)
        return HW_OK; /* nobody's: the caller says what is not taken */
    const struct hw_group *group = hw_cache_group(tx->store, opened.head.group);
    const struct hw_stream *stream = group ? hw_cache_stream(tx->store, &opened.head.inc, group->id) : NULL;
    if (stream && hw_gate_here(store, group) && hw_inc_compare(&stream->inc, &store->identity.inc) != 0)
        status = is_own(tx, &stream->inc, &own, err);
    if (status || !own)
        return status;
    status = load(tx, office, stream, &branch, err);
    if (!status)
        status = follow(tx, stream, &opened, &branch, &follows, err);
    if (status || !follows)
        return status;
    status = issue(tx, office, stream, &opened, &branch, err);
    if (!status)
        status = save(tx, &branch, err);
    *tip = branch.tip;
    /* Admitted at once: a verdict about it may follow. */
    return status ? status : hw_seal_own(tx, err);
}
