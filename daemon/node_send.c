/* node_send.c: what a store job reads into a message for a peer (floor 3): ranges
 * of segments and journals, offers and chunks of snapshots, pages of old history.  On the store thread, inside the transaction. */
#include <string.h>

#include "daemon/node_internal.h"
#include "daemon/store_history.h"
#include "daemon/store_news.h"
#include "daemon/store_recovery.h"
#include "daemon/store_snapshot.h"

/* As SEALED or NEWS where that can be; else nothing is written. */
static enum hw_status run_brief(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    const struct hw_news_wish wish = {.group = effect->group, .lane = effect->lane, .session = effect->session, .from = effect->from,
                                      .reader = effect->reader, .bare = effect->bare, .owing = effect->owing,
                                      .seal = effect->signature, .max = effect->max};
    enum hw_status status = HW_OK;
    if (effect->peer == HW_UPSTREAM)
        return hw_tx_sealed_up(tx, &wish, &task->out, &task->stored.last, err);
    status = hw_tx_may_read(tx, &effect->reader, effect->group, err);
    return status ? status : hw_tx_news_down(tx, &wish, &task->out, &task->stored.last, &task->stored.bare, err);
}

enum hw_status hw_send_range(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    static const struct hw_inc own;
    struct hw_journal_message head;
    bool journal = effect->peer != HW_UPSTREAM || effect->back;
    size_t n = 0;
    enum hw_status status = HW_OK;
    task->stored.group = effect->group;
    task->stored.stream = effect->stream;
    task->stored.back = effect->back;
    hw_out_reset(&task->out);
    if (effect->back && hw_inc_compare(&effect->stream, &own) != 0) {
        status = hw_tx_passed_read(tx, effect->group, &effect->stream, effect->session, &task->out, &task->stored.last, err);
        task->stored.message = hw_out_slice(&task->out);
        return status;
    }
    if (effect->brief)
        status = run_brief(task, tx, err);
    task->stored.brief = effect->signature || task->out.n > 0;
    task->stored.message = hw_out_slice(&task->out);
    if (status || task->stored.brief)
        return status;
    if (!journal && hw_inc_compare(&effect->stream, &own) != 0)
        status = hw_tx_segments_carry(tx, &effect->stream, effect->group, effect->from, effect->max, &items, &n,
                                      &task->stored.last, err);
    else if (!journal)
        status = hw_tx_segments_up(tx, effect->group, effect->from, effect->max, &items, &n, &task->stored.last, err);
    else if (effect->back || !(status = hw_tx_may_read(tx, &effect->reader, effect->group, err)))
        status = hw_tx_journal_down(tx, effect->group, effect->from, effect->max,
                                    effect->back ? NULL : &effect->reader, &items, &n, &task->stored.last, &head, err);
    if (status || n == 0)
        return status;
    if (journal)
        hw_journal_wrap(&task->out, effect->session, &head, hw_out_slice(&items), n);
    else
        hw_segments_wrap(&task->out, effect->session, hw_out_slice(&items), n);
    task->stored.message = hw_out_slice(&task->out);
    return HW_OK;
}

/* -- snapshots -- */

static void keep_snapshot(struct task *task, const struct hw_snapshot_message *snapshot)
{
    struct hw_message message = {.type = HW_SNAPSHOT, .session = task->effect.session, .body.snapshot = *snapshot};
    hw_out_reset(&task->out);
    hw_message_encode(&task->out, &message);
    task->stored.message = hw_out_slice(&task->out);
}

enum hw_status hw_send_offer(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    struct hw_offer offer = {.position = 0};
    task->stored.group = task->effect.group;
    enum hw_status status = hw_tx_may_read(tx, &task->effect.reader, task->effect.group, err);
    if (!status)
        status = hw_tx_snapshot_offer(tx, task->effect.group, task->effect.position, &offer, err);
    task->stored.again = offer.again;
    task->stored.last = offer.position;
    task->stored.chunks = offer.chunks;
    if (status || !offer.position)
        return status;
    struct hw_snapshot_message snapshot = {.what = HW_SNAPSHOT_OFFER, .group = hw_slice_text(task->effect.group), .bytes = offer.manifest};
    memcpy(snapshot.signature, offer.signature, sizeof snapshot.signature);
    keep_snapshot(task, &snapshot);
    return HW_OK;
}

enum hw_status hw_send_chunk(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    struct hw_snapshot_message snapshot = {.what = HW_SNAPSHOT_CHUNK, .group = hw_slice_text(effect->group),
                                           .position = effect->position, .index = effect->from};
    task->stored.group = effect->group;
    enum hw_status status = hw_tx_may_read(tx, &effect->reader, effect->group, err);
    if (!status)
        status = hw_tx_snapshot_chunk(tx, effect->group, effect->position, effect->from, &snapshot.bytes, err);
    if (!status)
        keep_snapshot(task, &snapshot);
    return status;
}

/* -- old history -- */

/* Who may not read the group any more learns no more than who never could. */
enum hw_status hw_send_history(struct task *task, struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_effect *effect = &task->effect;
    struct hw_history_sheet sheet HW_CLEANUP(hw_history_sheet_done) = {0};
    hw_out_reset(&task->out);
    enum hw_status status = hw_message_decode(effect->bytes, &task->arena, &task->message, err);
    struct hw_history_message page = task->message.body.history;
    if (!status)
        status = hw_tx_may_read(tx, &effect->reader, effect->group, err);
    if (!status)
        status = hw_tx_history_page(tx, &task->message.body.history, effect->max, &sheet, err);
    if (status && status != HW_DENIED)
        return status;
    page.from = sheet.next;
    page.items_n = sheet.items_n;
    page.named_n = sheet.named_n;
    hw_history_wrap(&task->out, effect->session, &page, hw_out_slice(&sheet.items), hw_out_slice(&sheet.named));
    task->stored.message = hw_out_slice(&task->out);
    return HW_OK;
}
