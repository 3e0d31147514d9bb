/* node_task.c: the engine's APPEND and SEND_RANGE effects as store jobs
 * (floor 3).  run_* are on the store thread, inside the transaction; done is on the loop. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_news.h"
#include "daemon/store_recovery.h"
#include "daemon/store_snapshot.h"
#include "daemon/verb_internal.h"

enum { LARGE = 32 * 1024 }; /* a message of so many bytes brings some hundreds of events */

/* Copies what outlives the job's arena. */
static const char *keep_text(struct task *task, const char *text)
{
    return hw_arena_text(&task->arena, text, strlen(text));
}

static void keep_tips(struct task *task, struct hw_tx *tx)
{
    struct hw_group_tip *tips;
    size_t n;
    hw_tx_tips(tx, &tips, &n);
    task->stored.recovering = hw_tx_recovering(tx);
    task->stored.tips = hw_arena_copy(&task->arena, tips, n * sizeof *tips);
    task->stored.tips_n = n;
    struct hw_carry *carried;
    hw_tx_carried(tx, &carried, &task->stored.carried_n);
    task->stored.carried = hw_arena_copy(&task->arena, carried, task->stored.carried_n * sizeof *carried);
}

static enum hw_status decode(struct task *task, struct hw_err *err)
{
    task->stored.bytes = task->effect.bytes.n;
    return hw_message_decode(task->effect.bytes, &task->arena, &task->message, err);
}

static enum hw_status run_change(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_call *call = task->call;
    hw_out_reset(&call->answer.rows);
    hw_out_reset(&call->answer.end);
    call->answer.rows_n = 0;
    call->answer.note = (struct hw_err){0};
    if (call->verb->run == hw_verb_key_rotate)
        return hw_rotate_run(task, tx, err);
    if (call->verb->run == hw_verb_bundle_seal)
        return hw_bundle_seal(task, tx, err);
    if (call->verb->write == HW_VERB_APPLIES && !hw_tx_identity(tx)->gate)
        return hw_bundle_apply(task, tx, err);
    return call->verb->run(tx, &call->request, &call->answer, err);
}

/* The boundary that the hub names must be one of ours, with the same hash. */
static enum hw_status run_welcome(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = decode(task, err);
    if (!status)
        status = hw_tx_welcome(tx, &task->message.body.welcome, err);
    task->stored.message = task->effect.bytes;
    task->stored.direct = !status && task->hub_known && hw_tx_gate_key(tx, task->hub_key);
    struct hw_slice token = {task->effect.token, HW_TOKEN_SIZE};
    const struct hw_inc *hub = &task->message.body.welcome.hub;
    if (!status)
        status = hw_tx_put(tx, "token", token, err);
    if (!status)
        status = hw_tx_put(tx, "hub", (struct hw_slice){hub->b, sizeof hub->b}, err);
    if (!status)
        status = hw_tx_drop(tx, "shut", err);
    return status ? status : hw_tx_drop(tx, "restored", err); /* the hub knew its token: nothing was missing */
}

/* Tokens are those of one life of a hub: another one knows none, and takes nobody for a copy. */
static enum hw_status find_reason(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_welcome *welcome = &task->message.body.welcome;
    const struct hw_slice now = {welcome->hub.b, sizeof welcome->hub.b};
    struct hw_slice noted, hub;
    bool restored = hw_tx_get(tx, "restored", &noted) == HW_OK;
    bool same_hub = hw_tx_get(tx, "hub", &hub) == HW_OK && hw_slice_equal(hub, now);
    if (restored || welcome->status == HW_WELCOME_RESTORED)
        task->rebirth.reason = HW_LIFE_RESTORED;
    else if (welcome->status == HW_WELCOME_CLONE)
        task->rebirth.reason = same_hub ? HW_LIFE_CLONE : HW_LIFE_RESTORED;
    else
        task->rebirth.reason = HW_LIFE_FORK;
    return restored ? hw_tx_drop(tx, "restored", err) : HW_OK;
}

/* For the person who looks at `status`. */
static enum hw_status tell_rebirth(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    static const char *const why[] = {
        [HW_WELCOME_OK] = "the hub held other changes under the same numbers",
        [HW_WELCOME_RESTORED] = "the hub held more changes of this office than this office did, as after a restored backup",
        [HW_WELCOME_FORK] = "the hub held other changes under the same numbers, as when a copy of this office runs elsewhere",
        [HW_WELCOME_CLONE] = "the hub had seen a later session of this office, or was itself new to it, as after a restored"
                             " backup or when a copy of this office runs elsewhere"};
    const struct hw_identity *now = &task->identity;
    unsigned long long moved = task->rebirth.moved;
    const char *again = "";
    if (moved > 0)
        again = hw_arena_printf(&task->arena, "%llu %s that the hub did not have %s issued again under it; ", moved,
                                moved == 1 ? "change" : "changes", moved == 1 ? "was" : "were");
    const char *text = hw_arena_printf(&task->arena, "%s. This office goes on as %s.%u; %snothing was lost.",
                                       why[task->message.body.welcome.status & 3], now->office, now->life, again);
    return hw_tx_incident(tx, text, err);
}

/* The directory has the keys that this office drew: it goes over to them. What is not admitted yet is issued again, whatever is
 * on its way under the old ones: headquarters takes nothing new of those. */
static enum hw_status run_rotated(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    static const struct hw_welcome nobody;
    size_t moved = 0;
    task->identity = *hw_tx_identity(tx); /* as in run_rebirth */
    enum hw_status status = hw_rotate_over(task->node->home, tx, &task->identity, &task->rebirth, err);
    if (!status)
        status = hw_tx_rebirth(tx, &nobody, &task->rebirth.inc, &moved, err);
    if (status)
        return status;
    task->rebirth.moved = moved;
    task->stored.rebirth = &task->rebirth;
    task->reborn = true;
    hw_tx_identify(tx, &task->identity);
    status = hw_reborn_keep(tx, &task->identity, &task->rebirth, err);
    const char *text = hw_arena_printf(&task->arena, "this office has new keys, and goes on as %s.%u", task->identity.office,
                                       task->identity.life);
    return status ? status : hw_tx_incident(tx, text, err);
}

static enum hw_status run_rebirth(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_rebirth *rebirth = &task->rebirth;
    size_t moved = 0;
    enum hw_status status = decode(task, err);
    if (status)
        return status;
    task->identity = *hw_tx_identity(tx); /* a job before this one may have changed it, and the loop not know yet */
    status = hw_reborn_draw(task->node, &hw_tx_identity(tx)->inc, &task->identity, rebirth, err);
    if (!status)
        status = hw_tx_fences_forget(tx, err);
    if (!status)
        status = hw_tx_rebirth(tx, &task->message.body.welcome, &rebirth->inc, &moved, err);
    if (status)
        return status;
    rebirth->moved = moved;
    status = find_reason(task, tx, err);
    if (status)
        return status;
    task->stored.rebirth = rebirth;
    task->reborn = true;
    hw_tx_identify(tx, &task->identity);
    status = hw_reborn_keep(tx, &task->identity, rebirth, err);
    return status ? status : tell_rebirth(task, tx, err);
}

/* -- journals handed back -- */

static enum hw_status find_from(struct task *task, struct hw_tx *tx, bool hand, struct hw_err *err)
{
    enum hw_status status = decode(task, err);
    if (!status)
        status = hw_tx_return_from(tx, &task->message.body.welcome, hand, err);
    task->stored.welcome = &task->message.body.welcome;
    return status;
}

static enum hw_status run_asked(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    return find_from(task, tx, true, err);
}

/* The directory last: who decides for a group is known from it. */
static enum hw_status run_rebase(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_welcome *welcome = &task->message.body.welcome;
    enum hw_status status = find_from(task, tx, false, err);
    for (int directory = 0; directory < 2; directory++)
        for (size_t i = 0; i < welcome->groups_n && !status; i++) {
            const struct hw_group_welcome *ask = &welcome->groups[i];
            if (hw_slice_is(ask->group, "directory") == (directory == 1) && ask->state == HW_GROUP_RETURN)
                status = hw_tx_rebase(tx, hw_arena_text(&task->arena, ask->group.p, ask->group.n), ask->resume, err);
        }
    return status;
}

static enum hw_status run_return(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_returned returned;
    enum hw_status status = decode(task, err);
    const struct hw_journal_message *journal = &task->message.body.journal;
    if (status)
        return status;
    task->stored.group = hw_arena_text(&task->arena, journal->group.p, journal->group.n);
    task->stored.stream = journal->life;
    status = hw_tx_return_take(tx, task->effect.office, journal, &returned, err);
    if (status)
        return status;
    task->stored.last = returned.last;
    task->stored.later = returned.waits;
    task->stored.note = keep_text(task, returned.note);
    if (!returned.rolled_back)
        return HW_OK;
    task->identity = *hw_tx_identity(tx);
    task->reborn = task->stored.put_back = true;
    status = hw_tx_rebase(tx, task->stored.group, returned.common, err);
    return status ? status : hw_reborn_hub(task->node, tx, &task->identity, 0, err);
}

static enum hw_status run_returned(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_recovery recovery;
    enum hw_status status = hw_tx_recovery_heard(tx, task->effect.office, err);
    if (status || !hw_tx_recovering(tx))
        return status;
    status = hw_tx_recovery_look(tx, &recovery, err);
    if (!status)
        task->stored.note = keep_text(task, recovery.text);
    return status;
}

static enum hw_status run_journal(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = decode(task, err);
    if (status)
        return status;
    task->stored.brief = task->message.type == HW_NEWS;
    task->stored.later = task->effect.later;
    task->stored.soft = task->effect.soft;
    if (task->stored.brief) {
        task->stored.group = task->effect.group;
        return hw_tx_news_take(tx, task->effect.group, &task->message.body.news, task->effect.bare, err);
    }
    const struct hw_journal_message *journal = &task->message.body.journal;
    task->stored.group = hw_arena_text(&task->arena, journal->group.p, journal->group.n);
    status = hw_tx_cut_bare(tx, journal, &task->stored.parted, err);
    return status || task->stored.parted ? status : hw_tx_take_journal(tx, journal, err);
}

static void keep_welcome(struct task *task, const struct hw_welcome *from)
{
    struct hw_welcome *to = &task->welcome;
    *to = *from;
    to->streams = hw_arena_copy(&task->arena, from->streams, from->streams_n * sizeof *from->streams);
    for (size_t i = 0; i < to->streams_n; i++)
        to->streams[i].group = hw_arena_slice(&task->arena, to->streams[i].group);
    to->groups = hw_arena_copy(&task->arena, from->groups, from->groups_n * sizeof *from->groups);
    for (size_t i = 0; i < to->groups_n; i++)
        to->groups[i].group = hw_arena_slice(&task->arena, to->groups[i].group);
}

static void keep_acks(struct task *task, const struct hw_ack *acks, size_t n)
{
    struct hw_ack *kept = hw_arena_copy(&task->arena, acks, n * sizeof *kept);
    for (size_t i = 0; i < n; i++)
        kept[i].group = hw_arena_slice(&task->arena, kept[i].group);
    task->stored.acks = kept;
    task->stored.acks_n = n;
}

static enum hw_status keep_held(struct task *task, struct hw_tx *tx, const char *office, struct hw_err *err)
{
    struct hw_ack *acks;
    size_t n;
    enum hw_status status = hw_tx_carry_held(tx, office, &task->message.body.hello, &acks, &n, err);
    if (!status)
        keep_acks(task, acks, n);
    return status;
}

static enum hw_status run_hello(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_welcome welcome;
    const char *office = "";
    enum hw_status status = decode(task, err);
    if (!status)
        status = hw_tx_hello(tx, task->effect.key, &task->message.body.hello, task->effect.token,
                             task->effect.session, &welcome, &office, err);
    if (status == HW_TIMEOUT) { /* headquarters must enter this life first */
        const struct hw_hello *hello = &task->message.body.hello;
        task->introduce = (struct hw_introduce){.office = hw_slice_text(keep_text(task, office)), .inc = hello->inc,
                                                .previous = hello->previous, .reason = hello->reason};
        memcpy(task->introduce.sign_key, hello->sign_key, sizeof hello->sign_key);
        memcpy(task->introduce.proof, hello->previous_proof, sizeof hello->previous_proof);
        task->stored.introduce = &task->introduce;
    }
    if (status)
        return status;
    keep_welcome(task, &welcome);
    task->stored.welcome = &task->welcome;
    task->stored.hello = &task->message.body.hello;
    task->stored.inc = &task->message.body.hello.inc;
    task->stored.office = keep_text(task, office);
    return welcome.status == HW_WELCOME_OK ? keep_held(task, tx, office, err) : HW_OK;
}

static enum hw_status run_segments(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    struct hw_slice wire, *wires = &wire;
    size_t wires_n = 1;
    enum hw_status status = decode(task, err);
    task->stored.brief = task->message.type == HW_SEALED;
    if (!status && task->stored.brief) {
        status = hw_tx_sealed_wire(tx, effect->group, &effect->reader, &task->message.body.sealed, &wire, err);
    } else {
        wires = task->message.body.segments.wires;
        wires_n = task->message.body.segments.n;
    }
    if (!status)
        status = hw_tx_take_segments(tx, effect->office, &effect->reader, wires, wires_n, &task->taken, err);
    if (status)
        return status;
    keep_acks(task, task->taken.acks, task->taken.acks_n);
    task->stored.refused = task->taken.refused.status ? &task->taken.refused : NULL;
    return HW_OK;
}

static enum hw_status run_introduce(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    bool pass_on = false;
    enum hw_status status = decode(task, err);
    if (!status)
        status = hw_tx_introduce(tx, &task->message.body.introduce, &pass_on, err);
    task->stored.introduce = !status && pass_on ? &task->message.body.introduce : NULL;
    return status;
}

/* "shut" in the table node: what headquarters said; gone with the next session. */
static enum hw_status run_shut(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const char *why = task->effect.text ? task->effect.text : "";
    struct hw_slice before;
    enum hw_status known = hw_tx_get(tx, "shut", &before);
    if (known == HW_OK && (!*why || hw_slice_is(before, why)))
        return HW_OK;
    enum hw_status status = hw_tx_put(tx, "shut", hw_slice_text(why), err);
    const char *text = hw_arena_printf(&task->arena, "headquarters has shut this office out%s%s. All that is here stays, and can"
                                       " be exported: headway export -o FILE.xlsx", *why ? ": " : "", why);
    return status ? status : hw_tx_incident(tx, text, err);
}

static enum hw_status run_join(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = decode(task, err);
    if (status)
        return status;
    memcpy(task->enrol.invitation_key, task->effect.key, sizeof task->enrol.invitation_key);
    task->enrol.join = task->message.body.join;
    task->stored.admitted = &task->admitted;
    return hw_tx_enrol(tx, &task->enrol, task->effect.token, &task->admitted, err);
}

static enum hw_status run_snapshot(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = decode(task, err);
    const struct hw_snapshot_message *snapshot = &task->message.body.snapshot;
    if (status)
        return status;
    task->stored.group = hw_arena_text(&task->arena, snapshot->group.p, snapshot->group.n);
    return hw_tx_snapshot_take(tx, snapshot, err);
}

/* Whoever asked may have gone meanwhile. */
static enum hw_status run_page(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    enum hw_status status = task->call ? decode(task, err) : HW_OK;
    if (status || !task->call)
        return status;
    task->call->request.page = &task->message.body.history;
    return run_change(task, tx, err);
}

static enum hw_status run_effect(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    switch (effect->append) {
    case HW_APPEND_CHANGE:
        return run_change(task, tx, err);
    case HW_APPEND_WELCOME:
        return run_welcome(task, tx, err);
    case HW_APPEND_REBIRTH:
        return effect->rotate ? run_rotated(task, tx, err) : effect->alone ? hw_bundle_alone(task, tx, err) : run_rebirth(task, tx, err);
    case HW_APPEND_INTRODUCE:
        return run_introduce(task, tx, err);
    case HW_APPEND_JOURNAL:
        return run_journal(task, tx, err);
    case HW_APPEND_HELLO:
        return run_hello(task, tx, err);
    case HW_APPEND_CONFIRM:
        return hw_tx_confirm(tx, &effect->reader, effect->token, err);
    case HW_APPEND_SEGMENTS:
        return run_segments(task, tx, err);
    case HW_APPEND_JOIN:
        return run_join(task, tx, err);
    case HW_APPEND_BUDGET:
        return hw_tx_put(tx, "budget", effect->bytes, err);
    case HW_APPEND_SHUT:
        return run_shut(task, tx, err);
    case HW_APPEND_SETTLE:
        return HW_OK; /* its commit waits for all before it */
    case HW_APPEND_HEARD:
        return hw_tx_heard_set(tx, effect->office, hw_tx_wall(tx), effect->confirmed, err);
    case HW_APPEND_RANGE:
        return hw_send_range(task, tx, err);
    case HW_APPEND_ASKED:
        return run_asked(task, tx, err);
    case HW_APPEND_REBASE:
        return run_rebase(task, tx, err);
    case HW_APPEND_RETURN:
        return run_return(task, tx, err);
    case HW_APPEND_PASSED:
        return hw_tx_passed_drop(tx, effect->group, &effect->stream, effect->position, err);
    case HW_APPEND_RETURNED:
        return run_returned(task, tx, err);
    case HW_APPEND_OFFER:
        return hw_send_offer(task, tx, err);
    case HW_APPEND_CHUNK:
        return hw_send_chunk(task, tx, err);
    case HW_APPEND_SNAPSHOT:
        return run_snapshot(task, tx, err);
    case HW_APPEND_HISTORY:
        return hw_send_history(task, tx, err);
    case HW_APPEND_PAGE:
        return run_page(task, tx, err);
    case HW_APPEND_COMPACT:
        task->stored.group = effect->group;
        return hw_tx_compact(tx, effect->group, effect->position, &task->stored.again, err);
    case HW_APPEND_RECOVERED:
        return hw_tx_recovering(tx) ? hw_tx_recovery_end(tx, err) : HW_OK;
    }
    return hw_fail(err, HW_FAILED, "an effect that the node does not know");
}

static enum hw_status keep_serves(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_config *config = &task->node->config;
    enum hw_append what = task->effect.append;
    bool changed = what == HW_APPEND_HELLO || what == HW_APPEND_REBIRTH || task->doors_new;
    if (!config->listen || !config->upstream || !changed)
        return HW_OK;
    enum hw_status status = hw_tx_serves(tx, &task->serves, err);
    task->serves.codes = hw_arena_copy(&task->arena, task->serves.codes, task->serves.n * sizeof *task->serves.codes);
    task->stored.serves = &task->serves;
    return status;
}

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct task *task = self;
    uint64_t session = task->effect.session;
    task->reborn = task->root_new = false;
    task->stored = (struct hw_stored){.append = task->effect.append, .session = session};
    hw_tx_offset(tx, task->effect.offset_ms);
    enum hw_status status = run_effect(task, tx, err);
    if (!status && task->effect.seal && task->job.write)
        status = hw_tx_seal(tx, task->effect.max, err);
    if (!status && task->job.write)
        status = hw_tx_finish(tx, err); /* at the gate: seal and admit, so that the tips below are final */
    if (!status)
        status = hw_live_keep(task, tx, err);
    if (!status)
        keep_tips(task, tx);
    task->doors_new = !status && hw_tx_directory_changed(tx);
    if (task->doors_new)
        status = hw_doors_keep(task, tx, err);
    if (!status && task->doors_new && !task->node->identity.gate && !task->reborn) {
        struct hw_introduce rotation;
        enum hw_status waits = hw_rotate_look(tx, hw_tx_arena(tx), &rotation, &task->stored.rotated, task->job.write, err);
        status = waits == HW_NOT_FOUND ? HW_OK : waits;
    }
    return status ? status : keep_serves(task, tx, err);
}

static void task_free(struct task *task)
{
    sodium_memzero(&task->identity, sizeof task->identity);
    hw_out_done(&task->out);
    hw_arena_done(&task->arena);
    free(task);
}

/* The answer goes out only now, after the commit. */
static void answer(struct hw_call *call, enum hw_status status, const char *text)
{
    char not_saved[sizeof((struct hw_err *)0)->text + 16];
    if (!status) {
        call->answered(call, call->answer.note.status, call->answer.note.text);
        return;
    }
    call->answer.note = (struct hw_err){0}; /* what it had to say was undone with it */
    if (call->verb->write && (status == HW_NO_SPACE || status == HW_IO || status == HW_CORRUPT)) {
        snprintf(not_saved, sizeof not_saved, "not saved: %s", text);
        text = not_saved;
    }
    call->answered(call, status, text);
}

static void done(void *self, enum hw_status status, const struct hw_err *err)
{
    struct task *task = self;
    struct hw_node *node = task->node;
    node->tasks--;
    task->stored.status = status;
    task->stored.text = err->text;
    if (status) {
        task->stored.tips = NULL;
        task->stored.up = task->stored.down = NULL;
        task->stored.tips_n = 0;
        task->stored.group = task->stored.group ? task->stored.group : "";
    } else if (task->doors_new) {
        hw_node_doors(node, task->doors, task->doors_n);
        hw_doors_tell(task);
    }
    if (!status && task->reborn)
        node->identity = task->identity;
    if (!status && task->root_new)
        hw_root_place(node);
    if (!status && task->effect.rotate)
        hw_rotate_place(node, task->rebirth.curve_key);
    if (!status && task->switch_at)
        node->switch_at = task->switch_at;
    if (task->call) {
        answer(task->call, status, err->text);
    } else if (!status) {
        hw_node_do(node, &task->rest, 0);
    }
    struct hw_input input = {.type = HW_IN_STORED, .peer = task->effect.peer, .stored = &task->stored};
    hw_node_input(node, &input);
    task_free(task);
    hw_follow_check(node);
}

/* Copies an effect with all that it points to into the task's arena. */
static struct hw_effect keep_effect(struct task *task, const struct hw_effect *from)
{
    struct hw_effect effect = *from;
    effect.bytes = hw_arena_slice(&task->arena, from->bytes);
    effect.group = from->group ? keep_text(task, from->group) : NULL;
    effect.office = from->office ? keep_text(task, from->office) : NULL;
    effect.text = from->text ? keep_text(task, from->text) : NULL;
    effect.key = from->key ? hw_arena_copy(&task->arena, from->key, HW_KEY_SIZE) : NULL;
    return effect;
}

static bool reads_only(const struct task *task)
{
    return task->call && !task->call->verb->write;
}

void hw_task_start(struct hw_node *node, const struct hw_effects *effects, size_t at, bool wait)
{
    struct task *task = hw_alloc(sizeof *task);
    *task = (struct task){.node = node};
    hw_arena_init(&task->arena);
    task->effect = keep_effect(task, &effects->items[at]);
    size_t rest = wait ? effects->n - at - 1 : 0;
    task->rest.items = hw_arena_zero(&task->arena, rest, sizeof *task->rest.items);
    for (size_t i = 0; i < rest; i++)
        task->rest.items[task->rest.n++] = keep_effect(task, &effects->items[at + 1 + i]);
    if (task->effect.append == HW_APPEND_WELCOME)
        task->hub_known = hw_follow_key(node, task->hub_key);
    if (task->effect.append == HW_APPEND_CHANGE || task->effect.append == HW_APPEND_PAGE)
        task->call = hw_node_take_call(node, task->effect.client);
    task->proven = hw_sync_proven(node->sync);
    task->job = (struct hw_job){.write = !reads_only(task), .large = task->effect.bytes.n > LARGE, .soft = task->effect.soft,
                                .keeps = task->call && task->call->verb->keeps, .run = run, .done = done, .self = task};
    node->tasks++;
    hw_store_submit(node->store, &task->job);
}
