/* store_record.c: the rows that one job touches: loaded once, changed in
 * memory, written back once (floor 2).
 *
 * People's changes come one after the other to the same records: loading a row and taking it apart anew for each was a quarter of
 * such a write. So the records of a job that keeps them are there for the next one of its kind. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/stamp.h"
#include "headway/value.h"

static size_t slot_of(const struct hw_tx *tx, const struct hw_id *id)
{
    /* Ids are random or hashed: their bytes are a hash already. */
    return ((size_t)id->b[6] << 24 | (size_t)id->b[7] << 16 | (size_t)id->b[8] << 8 | id->b[9]) % tx->slots_n;
}

/* An import touches 100,000 records and more: their chains stay as short as others. */
static void widen(struct hw_tx *tx)
{
    if (tx->records_n < 2 * tx->slots_n)
        return;
    tx->slots_n *= 8;
    tx->slots = hw_arena_zero(&tx->arena, tx->slots_n, sizeof(struct hw_record_slot *));
    for (struct hw_record_slot *slot = tx->all; slot; slot = slot->after) {
        struct hw_record_slot **chain = &tx->slots[slot_of(tx, &slot->record.row.id)];
        slot->chain = *chain;
        *chain = slot;
    }
}

/* Most jobs touch a few records: their slots are found again sooner than all are cleared. */
void hw_records_forget(struct hw_tx *tx)
{
    bool wide = tx->slots != tx->slots_first;
    if (wide)
        memset(tx->slots_first, 0, sizeof tx->slots_first);
    for (const struct hw_record_slot *slot = tx->all; slot && !wide; slot = slot->after)
        tx->slots[slot_of(tx, &slot->record.row.id)] = NULL;
    tx->slots = tx->slots_first;
    tx->slots_n = RECORD_SLOTS;
    tx->records_n = 0;
    tx->all = NULL;
    tx->all_end = &tx->all;
    hw_records_keep(tx);
}

void hw_records_keep(struct hw_tx *tx)
{
    tx->records = NULL;
    tx->records_end = &tx->records;
    tx->job++;
    memset(tx->read, 0, sizeof tx->read);
    tx->lent = NULL;
    tx->drafts_read = (struct hw_drafts){0}; /* its events are in that memory as well */
}

/* Among those that this job has asked for. */
static void enlist(struct hw_tx *tx, struct hw_record_slot *slot)
{
    if (slot->job == tx->job)
        return;
    slot->job = tx->job;
    slot->next = NULL;
    *tx->records_end = slot;
    tx->records_end = &slot->next;
}

/* Loads an existing row; the record stays empty when there is none. */
static enum hw_status load(struct hw_tx *tx, struct hw_table *table, struct hw_record *record, struct hw_err *err)
{
    char id[HW_ID_TEXT + 1];
    int column[HW_TABLE_FIELDS];
    sqlite3_stmt *statement = hw_table_sql(tx->store, table, HW_TABLE_LOAD);
    hw_id_print(&record->row.id, id);
    hw_bind_text(statement, 1, id, HW_ID_TEXT);
    hw_bind_text(statement, 2, record->group, strlen(record->group));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    struct hw_slice meta = hw_arena_slice(&tx->arena, hw_column_blob(statement, 0));
    struct hw_slice history = hw_arena_slice(&tx->arena, hw_column_blob(statement, 1));
    record->history = (uint8_t *)history.p;
    record->history_n = record->history_cap = history.n;
    record->exists = true;
    hw_table_places(table->kind, 2, column);
    status = hw_table_meta(&record->row, statement, column, &tx->arena, meta, err);
    sqlite3_reset(statement);
    return status;
}

/* The record as it stands in the job's cache, loaded when it is not there. */
static enum hw_status get(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const char *group,
                          struct hw_record **record, struct hw_err *err)
{
    struct hw_record_slot **chain = &tx->slots[slot_of(tx, id)];
    for (struct hw_record_slot *slot = *chain; slot; slot = slot->chain) {
        *record = &slot->record;
        if (slot->record.row.kind == kind && hw_id_equal(&slot->record.row.id, id) &&
            strcmp(slot->record.group, group) == 0) {
            enlist(tx, slot);
            return HW_OK;
        }
    }
    struct hw_table *table = hw_table_of(tx->store, kind);
    struct hw_record_slot *slot = hw_arena_zero(&tx->arena, 1, sizeof *slot);
    hw_row_init(&slot->record.row, kind, id);
    memcpy(slot->record.group, group, strlen(group) + 1);
    enum hw_status status = table ? load(tx, table, &slot->record, err) : HW_OK;
    if (status)
        return status;
    slot->chain = *chain;
    *chain = slot;
    *tx->all_end = slot;
    tx->all_end = &slot->after;
    enlist(tx, slot);
    tx->records_n++;
    widen(tx);
    *record = &slot->record;
    return HW_OK;
}

static enum hw_status fold_now(struct hw_tx *tx, struct hw_record *record, struct hw_err *err)
{
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(record->group));
    struct hw_id id = record->row.id;
    record->fold = false; /* the work itself asks for the record */
    return group ? hw_apply_fold(tx, record->row.kind, &id, group, err) : HW_OK;
}

enum hw_status hw_tx_record(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const char *group,
                            struct hw_record **record, struct hw_err *err)
{
    enum hw_status status = get(tx, kind, id, group, record, err);
    return !status && (*record)->fold ? fold_now(tx, *record, err) : status;
}

enum hw_status hw_record_fold(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const char *group,
                              struct hw_err *err)
{
    struct hw_record *record;
    enum hw_status status = get(tx, kind, id, group, &record, err);
    if (!status)
        record->fold = record->dirty = true;
    return status;
}

struct hw_record *hw_record_cached(struct hw_tx *tx, const struct hw_id *id)
{
    for (struct hw_record_slot *slot = tx->slots[slot_of(tx, id)]; slot; slot = slot->chain)
        if (hw_id_equal(&slot->record.row.id, id))
            return &slot->record;
    return NULL;
}

/* -- history -- */

static void put_number(struct hw_record *record, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        record->history[record->history_n++] = (uint8_t)(value | 0x80);
    record->history[record->history_n++] = (uint8_t)value;
}

void hw_history_add(struct hw_tx *tx, struct hw_record *record, int64_t stream, uint64_t seq)
{
    enum { ENTRY = 20 }; /* two numbers of 64 bits in groups of 7 */
    if (record->history_cap - record->history_n < ENTRY) {
        size_t cap = record->history_cap * 2 + ENTRY;
        uint8_t *grown = hw_arena_alloc(&tx->arena, cap);
        if (record->history_n)
            memcpy(grown, record->history, record->history_n);
        record->history = grown;
        record->history_cap = cap;
    }
    put_number(record, (uint64_t)stream);
    put_number(record, seq);
}

static bool get_number(const struct hw_record *record, size_t *at, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < record->history_n && shift < 64; shift += 7) {
        uint8_t byte = record->history[(*at)++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

bool hw_history_next(const struct hw_record *record, size_t *at, int64_t *stream, uint64_t *seq)
{
    uint64_t owner;
    if (!get_number(record, at, &owner) || !get_number(record, at, seq))
        return false;
    *stream = (int64_t)owner;
    return true;
}

bool hw_history_has(const struct hw_record *record, int64_t stream, uint64_t seq)
{
    int64_t owner;
    uint64_t number;
    size_t at = 0;
    while (hw_history_next(record, &at, &owner, &number))
        if (owner == stream && number == seq)
            return true;
    return false;
}

/* -- projection: the merged row into columns -- */

struct binder {
    sqlite3_stmt *statement;
    int at;
    struct hw_arena *arena;
    bool shown[HW_TABLE_FIELDS]; /* fields whose whole value is the text of a column */
};

static void bind_text(struct binder *b, struct hw_slice text)
{
    if (text.n)
        hw_bind_text(b->statement, b->at++, (const char *)text.p, text.n);
    else
        sqlite3_bind_null(b->statement, b->at++);
}

static void bind_day(struct binder *b, int32_t day)
{
    char *text = hw_arena_alloc(b->arena, 16);
    hw_day_print(day, text);
    bind_text(b, hw_slice_text(text));
}

static void bind_id(struct binder *b, const struct hw_id *id)
{
    char *text = hw_arena_alloc(b->arena, HW_ID_TEXT + 1);
    hw_id_print(id, text);
    hw_bind_text(b->statement, b->at++, text, HW_ID_TEXT);
}

/* A JSON string (RFC 8259, section 7). */
static void put_json(struct hw_out *out, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    const char *plain = text; /* where the characters begin that stand for themselves */
    hw_put_raw(out, "\"", 1);
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool quoted = c == '"' || c == '\\';
        if (!quoted && c >= 0x20)
            continue;
        hw_put_raw(out, plain, (size_t)(p - plain));
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        hw_put_raw(out, escape, quoted ? 1 : sizeof escape);
        plain = quoted ? p : p + 1;
    }
    hw_put_raw(out, plain, strlen(plain));
    hw_put_raw(out, "\"", 1);
}

static void bind_set(struct binder *b, const struct hw_row *row, const struct hw_field *field)
{
    size_t n;
    struct hw_slice *elements = hw_cell_elements(hw_row_cell(row, field->id), b->arena, &n);
    if (n == 0) {
        bind_text(b, (struct hw_slice){0});
        return;
    }
    struct hw_out json = {0};
    for (size_t i = 0; i < n; i++) {
        hw_put_raw(&json, i ? "," : "[", 1);
        put_json(&json, hw_value_print(field, elements[i], b->arena));
    }
    hw_put_raw(&json, "]", 1);
    bind_text(b, hw_arena_slice(b->arena, hw_out_slice(&json)));
    hw_out_done(&json);
}

static void bind_time(struct binder *b, const struct hw_value *value)
{
    bind_text(b, value->text);
    bind_text(b, value->edtf);
    bind_day(b, value->null ? HW_DAY_NONE : value->earliest);
    bind_day(b, value->null ? HW_DAY_NONE : value->latest);
}

static void bind_field(struct binder *b, const struct hw_row *row, const struct hw_field *field)
{
    if (field->set) {
        bind_set(b, row, field);
        return;
    }
    struct hw_slice bytes = hw_row_value(row, field->id);
    struct hw_value value;
    if (!bytes.n || !hw_value_read(field, bytes, &value))
        value = (struct hw_value){.null = true};
    switch (field->type) {
    case HW_TYPE_TIME:
        bind_time(b, &value);
        return;
    case HW_TYPE_ENUM: {
        const char *word = value.null ? NULL : hw_word_name(field->words, (uint16_t)value.number);
        bind_text(b, hw_slice_text(word));
        bind_text(b, value.text);
        return;
    }
    case HW_TYPE_INTEGER:
    case HW_TYPE_BOOL:
        if (value.null)
            sqlite3_bind_null(b->statement, b->at++);
        else
            sqlite3_bind_int64(b->statement, b->at++, value.number);
        return;
    case HW_TYPE_BYTES:
        if (value.null)
            sqlite3_bind_null(b->statement, b->at++);
        else
            hw_bind_blob(b->statement, b->at++, value.text.p, value.text.n);
        return;
    case HW_TYPE_TEXT:
    case HW_TYPE_COUNTRY:
        b->shown[field->id] = hw_table_text(field) && !value.null && hw_table_text_whole(bytes, value.text);
        bind_text(b, value.null ? (struct hw_slice){0} : value.text);
        return;
    case HW_TYPE_REF:
        if (value.null)
            sqlite3_bind_null(b->statement, b->at++);
        else
            bind_id(b, &value.ref);
        return;
    }
}

/* `source` says where a row came from; two files that agree on everything else are no conflict. Whether a field of a later
 * version is in conflict, nobody can say or settle who does not know whether it is a set. */
static int count_conflicts(const struct hw_row *row, const struct hw_kind *kind)
{
    int n = 0;
    for (size_t i = 0; i < row->cells_n; i++) {
        const struct hw_field *field = hw_field_by_id(kind, row->cells[i].field);
        n += field && row->cells[i].field != HW_FIELD_SOURCE && hw_cell_conflict(&row->cells[i], field);
    }
    return n;
}

void hw_record_bind(sqlite3_stmt *statement, const struct hw_table *table, const struct hw_record *record,
                    struct hw_out *meta, struct hw_arena *arena)
{
    const struct hw_row *row = &record->row;
    struct binder b = {.statement = statement, .at = 1, .arena = arena};
    int meta_at;
    sqlite3_reset(statement);
    bind_id(&b, &row->id);
    hw_bind_text(b.statement, b.at++, record->group, strlen(record->group));
    sqlite3_bind_int(b.statement, b.at++, count_conflicts(row, table->kind));
    if (row->made.seq)
        hw_bind_int(b.statement, b.at++, hw_stamp_ms(row->updated.stamp));
    else
        sqlite3_bind_null(b.statement, b.at++); /* all of it was refused: there is no such record */
    bind_text(&b, row->updated.author);
    hw_bind_blob(b.statement, b.at++, row->updated.inc.b, sizeof row->updated.inc.b);
    hw_bind_blob(b.statement, b.at++, row->made.inc.b, sizeof row->made.inc.b);
    meta_at = b.at++;
    hw_bind_blob(b.statement, b.at++, record->history, record->history_n);
    for (size_t i = 0; i < table->kind->fields_n; i++)
        bind_field(&b, row, &table->kind->fields[i]);
    hw_out_reset(meta);
    hw_row_encode_beside(row, b.shown, meta);
    hw_bind_blob(b.statement, meta_at, meta->p, meta->n);
}

/* All its events went when a journal was cut back (store_rebase.c), and no snapshot has it. */
static bool is_empty(const struct hw_record *record)
{
    const struct hw_row *row = &record->row;
    return !record->history_n && !row->made.seq && !row->cells_n && !row->refused_n;
}

static enum hw_status save(struct hw_tx *tx, struct hw_table *table, struct hw_record *record, struct hw_out *meta,
                           struct hw_err *err)
{
    enum hw_table_sql which = !record->exists ? HW_TABLE_ADD : record->moved ? HW_TABLE_SAVE : HW_TABLE_UPDATE;
    if (record->moved && is_empty(record)) {
        if (!record->exists)
            return HW_OK;
        which = HW_TABLE_DROP;
    }
    sqlite3_stmt *statement = hw_table_sql(tx->store, table, which);
    tx->store->grants_known = tx->store->grants_known && table->kind->id != HW_KIND_GRANT;
    tx->store->doors_known = tx->store->doors_known && table->kind->id != HW_KIND_GRANT &&
                             table->kind->id != HW_KIND_OFFICE && table->kind->id != HW_KIND_INCARNATION;
    if (which == HW_TABLE_DROP) {
        char id[HW_ID_TEXT + 1];
        hw_id_print(&record->row.id, id);
        hw_bind_text(statement, 1, id, HW_ID_TEXT);
        hw_bind_text(statement, 2, record->group, strlen(record->group));
        record->exists = false;
        return hw_sql_run(tx->store, statement, err);
    }
    hw_record_bind(statement, table, record, meta, &tx->arena);
    enum hw_status status = hw_sql_run(tx->store, statement, err);
    record->exists = record->exists || !status;
    return status;
}

/* The group has records that its rows do not show: no snapshot is made of it. */
static enum hw_status note_strange(struct hw_tx *tx, const char *group, struct hw_err *err)
{
    const char *key = hw_arena_printf(&tx->arena, "strange %s", group);
    struct hw_slice noted;
    enum hw_status status = hw_tx_get(tx, key, &noted);
    return status == HW_NOT_FOUND ? hw_tx_put(tx, key, hw_slice_text("yes"), err) : status;
}

static enum hw_status flush(struct hw_tx *tx, struct hw_record_slot *slot, struct hw_out *meta, struct hw_err *err)
{
    struct hw_table *table = hw_table_of(tx->store, slot->record.row.kind);
    enum hw_status status = HW_OK;
    if (!slot->record.dirty)
        return HW_OK;
    if (slot->record.fold)
        status = fold_now(tx, &slot->record, err);
    if (table && !status)
        status = save(tx, table, &slot->record, meta, err);
    else if (!status) /* rows of unknown kinds stay in the log until an upgrade knows them */
        status = note_strange(tx, slot->record.group, err);
    slot->record.dirty = slot->record.moved = slot->owed = false;
    return status;
}

enum hw_status hw_tx_flush(struct hw_tx *tx, struct hw_err *err)
{
    struct hw_out meta HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = HW_OK;
    tx->paid = true;
    for (struct hw_record_slot *slot = tx->all; slot && !status && tx->owing; slot = slot->after)
        if (slot->owed)
            status = flush(tx, slot, &meta, err);
    for (struct hw_record_slot *slot = tx->records; slot && !status; slot = slot->next)
        status = flush(tx, slot, &meta, err);
    return status;
}
