/* store_apply.c: events into rows, through merge (floor 2). */
#include <string.h>

#include "daemon/store_internal.h"

bool hw_apply_arrived(void *self, const struct hw_name *name)
{
    const struct hw_holding *holding = self;
    const struct hw_stream *stream = hw_cache_stream(holding->tx->store, &name->inc, holding->group);
    if (!stream || name->seq <= stream->base)
        return stream != NULL;
    return holding->record && hw_history_has(holding->record, stream->id, name->seq);
}

/* Only headquarters writes the directory. What a standalone office wrote there
 * before it joined gives way to headquarters' record: its events are kept, refused, and shown as such. */
static enum hw_status give_way(struct hw_tx *tx, const struct hw_event *event, const struct hw_group *group,
                               const struct hw_record *record, struct hw_err *err)
{
    static const char reason[] = "headquarters keeps this record of the directory";
    struct hw_store *store = tx->store;
    const struct hw_stream *own = hw_cache_stream(store, &store->identity.inc, group->id);
    struct hw_logged *events;
    size_t n;
    bool found = false;
    enum hw_status status = own ? hw_history_read(tx, record, &events, &n, err) : HW_NOT_FOUND;
    for (size_t i = 0; !status && i < n; i++) {
        if (hw_inc_compare(&events[i].inc, &own->inc) != 0 || events[i].verdict)
            continue;
        sqlite3_stmt *statement = hw_sql(store, SQL_VERDICT_ADD);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(own->id, events[i].event.seq));
        hw_bind_int(statement, 2, HW_VERDICT_REFUSED);
        hw_bind_int(statement, 3, HW_REFUSAL_RIGHTS);
        hw_bind_int(statement, 4, 0);
        hw_bind_text(statement, 5, reason, sizeof reason - 1);
        status = hw_sql_run(store, statement, err);
        found = true;
    }
    if (!status && found)
        status = hw_apply_fold(tx, event->kind, &event->record, group, err);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static bool names_reference(const struct hw_event *event)
{
    const struct hw_kind *kind = hw_kind_by_id(event->kind);
    for (size_t i = 0; kind && i < event->ops_n; i++) {
        const struct hw_field *field = hw_field_by_id(kind, event->ops[i].field);
        if (field && field->type == HW_TYPE_REF)
            return true;
    }
    return false;
}

enum hw_status hw_apply_event(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                              const struct hw_event *event, bool refused, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    struct hw_record *record;
    enum hw_status status = hw_tx_record(tx, event->kind, &event->record, group->code, &record, err);
    if (status)
        return status;
    struct hw_holding holding = {tx, group->id, record};
    struct hw_arrivals arrivals = {hw_apply_arrived, &holding};
    if (!refused)
        hw_row_apply(&record->row, &tx->arena, event, &stream->inc, &arrivals);
    hw_history_add(tx, record, stream->id, event->seq);
    record->dirty = true;
    stream->tip = event->seq;
    stream->dirty = true;
    if (refused)
        return HW_OK;
    record->moved = record->moved || names_reference(event);
    if (strcmp(group->code, "directory") != 0)
        return HW_OK;
    tx->store->directory_changed = true;
    tx->store->lives_known = false;
    bool ours = hw_inc_compare(&stream->inc, &self->inc) == 0;
    return ours || self->gate || !self->enrolled ? HW_OK : give_way(tx, event, group, record, err);
}

enum hw_status hw_apply_fold(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const struct hw_group *group,
                             struct hw_err *err)
{
    struct hw_logged *events;
    struct hw_record *record;
    size_t n;
    enum hw_status status = hw_tx_record(tx, kind, id, group->code, &record, err);
    if (!status)
        status = hw_history_read(tx, record, &events, &n, err);
    if (status)
        return status;
    struct hw_holding holding = {tx, group->id, NULL};
    struct hw_arrivals arrivals = {hw_apply_arrived, &holding};
    hw_row_init(&record->row, kind, id);
    status = hw_base_row(tx, group, &record->row, err);
    if (status)
        return status;
    hw_row_fold_on(&record->row, &tx->arena, hw_history_held(tx, events, n), n, &arrivals);
    record->dirty = record->moved = true;
    return HW_OK;
}
