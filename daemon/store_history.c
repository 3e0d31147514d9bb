/* store_history.c: old history as a hub reads it for an office that does not hold it (floor 2).
 *
 * What a page costs is bounded, whatever is asked: so many entries are looked at, so many bytes are packed. Of one record, its
 * own history names the segments; of a whole group, its journal, from its end. */
#include "daemon/store_history.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

enum {
    LOOKED_MAX = 4096, /* entries in one page: some milliseconds */
    OLDER_MAX = 1000,  /* so many admissions from before the time asked for, one behind the other, are no late ones */
    NAMED_MAX = 256, /* writes looked for, each in a segment of its own perhaps: some tens of milliseconds */
    NAMED_ROOM = 8 * 1024, /* bytes of them: a page holds a little less for it, but for one long segment */
    ROOM = HW_MESSAGE_SIZE - 1024, /* the envelope around the items */
    BARE = 24 /* a verdict without its text */
};

/* One event that is asked for, and the admission of its segment. */
struct place {
    uint64_t position, first, seq;
    int64_t stream, time_ms;
};

/* A page on its way. */
struct page {
    struct hw_tx *tx;
    const struct hw_group *group;
    const struct hw_history_message *ask;
    size_t max;
    struct hw_history_sheet *sheet;
    uint64_t events;
    uint64_t lowest; /* position of the last item */
    struct hw_out chosen;         /* struct place: every event that is asked for, in order */
    struct hw_name looked[NAMED_MAX];
    size_t looked_n;
};

void hw_history_sheet_done(struct hw_history_sheet *sheet)
{
    hw_out_done(&sheet->items);
    hw_out_done(&sheet->named);
}

static void page_done(struct page *page)
{
    hw_out_done(&page->chosen);
}

static struct hw_history_verdict verdict_at(struct hw_tx *tx, sqlite3_stmt *statement, int column, uint64_t seq)
{
    struct hw_slice text = hw_arena_slice(&tx->arena, hw_column_blob(statement, column + 3));
    return (struct hw_history_verdict){.seq = seq,
                                       .verdict = (uint8_t)sqlite3_column_int(statement, column),
                                       .code = (uint16_t)sqlite3_column_int(statement, column + 1),
                                       .stamp = (uint64_t)sqlite3_column_int64(statement, column + 2),
                                       .text = text};
}

/* On any event of a segment. */
static enum hw_status verdicts_of(struct hw_tx *tx, const struct hw_stored_segment *segment, int64_t stream,
                                  struct hw_history_item *item, struct hw_err *err)
{
    int64_t last = hw_row_id(stream, segment->first + segment->n - 1);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_ALL);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream, segment->first));
    enum hw_status status;
    item->verdicts = hw_arena_zero(&tx->arena, segment->n, sizeof *item->verdicts);
    while (!(status = hw_sql_step(tx->store, statement, err)) && sqlite3_column_int64(statement, 0) <= last)
        item->verdicts[item->verdicts_n++] =
            verdict_at(tx, statement, 1, (uint64_t)(sqlite3_column_int64(statement, 0) & HW_ROW_LAST));
    sqlite3_reset(statement);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* On those events alone that were asked for. */
static enum hw_status verdicts_at(struct hw_tx *tx, const struct place *places, size_t n, struct hw_history_item *item,
                                  struct hw_err *err)
{
    enum hw_status status = HW_OK;
    item->verdicts = hw_arena_zero(&tx->arena, n, sizeof *item->verdicts);
    for (size_t i = 0; i < n && !status; i++) {
        sqlite3_stmt *statement = hw_sql(tx->store, SQL_VERDICT_GET);
        hw_bind_int(statement, 1, (uint64_t)hw_row_id(places[i].stream, places[i].seq));
        status = hw_sql_step(tx->store, statement, err);
        if (!status)
            item->verdicts[item->verdicts_n++] = verdict_at(tx, statement, 0, places[i].seq);
        sqlite3_reset(statement);
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    return status;
}

/* Whatever was said of its events, a segment fits one message: in the end without the words. */
static void shorten(struct hw_history_item *item)
{
    size_t used = item->segment.n + item->verdicts_n * BARE;
    for (size_t i = 0; i < item->verdicts_n; i++) {
        if (used + item->verdicts[i].text.n > ROOM)
            item->verdicts[i].text.n = 0;
        used += item->verdicts[i].text.n;
    }
}

/* Adds the segment that the places are in; `whole`: all of its events are asked for. `full`: it had no room. */
static enum hw_status add(struct page *page, const struct place *places, size_t n, bool whole, bool *full, struct hw_err *err)
{
    struct hw_tx *tx = page->tx;
    struct hw_stored_segment segment;
    struct hw_history_item item = {.position = places->position, .time_ms = (uint64_t)places->time_ms};
    const struct hw_stream *stream = hw_cache_stream_by_id(tx->store, places->stream);
    if (!stream)
        return hw_fail(err, HW_CORRUPT, "the journal of %s names a stream that is not held", page->group->code);
    struct hw_out *items = &page->sheet->items;
    size_t before = items->n;
    enum hw_status status = hw_segment_get(tx, stream, places->first, true, &segment, err);
    if (!status)
        status = hw_segment_hash_at(tx, stream, places->first - 1, item.before, err);
    if (!status)
        status = whole ? verdicts_of(tx, &segment, stream->id, &item, err) : verdicts_at(tx, places, n, &item, err);
    if (status)
        return status;
    item.segment = segment.wire;
    shorten(&item);
    hw_history_item(items, &item);
    *full = before > 0 && items->n > page->max;
    if (*full) {
        items->n = before;
        return HW_OK;
    }
    page->sheet->items_n++;
    page->events += whole ? segment.n : n;
    page->lowest = item.position;
    for (size_t i = 0; i < (whole ? segment.n : n); i++) {
        struct place chosen = whole ? *places : places[i];
        chosen.seq = whole ? segment.first + segment.n - 1 - i : chosen.seq;
        hw_put_raw(&page->chosen, &chosen, sizeof chosen);
    }
    return HW_OK;
}

/* -- a whole group -- */

static enum hw_status read_group(struct page *page, struct hw_err *err)
{
    const struct hw_group *group = page->group;
    const struct hw_history_message *ask = page->ask;
    uint64_t at = ask->from < group->position ? ask->from : group->position;
    size_t looked = 0, older = 0;
    bool full = false;
    enum hw_status status = HW_OK;
    for (; at > group->base && !status && looked < LOOKED_MAX && page->events < ask->events; at--, looked++) {
        struct hw_entry entry;
        status = hw_journal_entry(page->tx, group, at, &entry, NULL, err);
        if (status || entry.type != HW_ENTRY_ADMIT)
            continue;
        older = entry.time_ms < ask->since_ms ? older + 1 : 0;
        if (older == OLDER_MAX)
            break;
        const struct hw_stream *stream = older ? NULL : hw_cache_stream(page->tx->store, &entry.inc, group->id);
        const struct place place = {.position = at, .first = entry.seq, .stream = stream ? stream->id : 0,
                                    .time_ms = (int64_t)entry.time_ms};
        if (!older)
            status = add(page, &place, 1, true, &full, err);
        if (full)
            break;
    }
    page->sheet->next = older == OLDER_MAX || at <= group->base ? 0 : at;
    return status;
}

/* -- one record -- */

struct places {
    struct place *list; /* owned */
    size_t n, cap;
};

static void places_done(struct places *places)
{
    free(places->list);
}

/* Where the segment of an event was admitted. NOT_FOUND: it was not. */
static enum hw_status admission(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, struct place *place,
                                struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_ADMIT_AT);
    hw_bind_int(statement, 1, (uint64_t)hw_row_id(stream->id, seq));
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    int64_t id = status ? 0 : sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    if (status || id >> HW_ROW_SHIFT != stream->id)
        return status ? status : HW_NOT_FOUND;
    statement = hw_sql(tx->store, SQL_ADMIT_GET);
    hw_bind_int(statement, 1, (uint64_t)id);
    status = hw_sql_step(tx->store, statement, err);
    if (!status)
        *place = (struct place){.position = (uint64_t)sqlite3_column_int64(statement, 0), .first = (uint64_t)(id & HW_ROW_LAST),
                                .seq = seq, .stream = stream->id, .time_ms = sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    return status;
}

static void put_place(struct places *places, const struct place *place)
{
    if (places->n == places->cap) {
        places->cap = places->cap ? places->cap * 2 : 64;
        places->list = hw_realloc(places->list, places->cap * sizeof *places->list);
    }
    places->list[places->n++] = *place;
}

/* The admitted events of a record, up to where the page begins. */
static enum hw_status find_places(const struct page *page, uint16_t kind, const struct hw_id *id, struct places *places,
                                  struct hw_err *err)
{
    struct hw_record *record;
    size_t at = 0;
    int64_t owner;
    uint64_t seq;
    enum hw_status status = hw_tx_record(page->tx, kind, id, page->group->code, &record, err);
    while (!status && hw_history_next(record, &at, &owner, &seq)) {
        const struct hw_stream *stream = hw_cache_stream_by_id(page->tx->store, owner);
        struct place place;
        if (!stream || seq > stream->admitted)
            continue;
        status = admission(page->tx, stream, seq, &place, err);
        if (!status && place.position <= page->ask->from && place.position > page->group->base &&
            (uint64_t)place.time_ms >= page->ask->since_ms)
            put_place(places, &place);
        status = status == HW_NOT_FOUND ? HW_OK : status;
    }
    return status;
}

static enum hw_status find_remarks(const struct page *page, const char *id, struct places *places, struct hw_err *err)
{
    struct hw_scan *scan = NULL;
    const struct hw_kind *comment = hw_kind_by_id(HW_KIND_COMMENT);
    enum hw_status status = hw_scan_open(page->tx, HW_KIND_COMMENT, HW_SCAN_REF, hw_field_named(comment, "on")->id, id, &scan, err);
    struct hw_id remark;
    while (!status && hw_scan_next(scan))
        if (strcmp(hw_scan_group(scan), page->group->code) == 0 && hw_id_parse(hw_slice_text(hw_scan_id(scan)), &remark))
            status = find_places(page, HW_KIND_COMMENT, &remark, places, err);
    hw_scan_close(scan);
    return status;
}

static int latest_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = (x->position < y->position) - (x->position > y->position);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static enum hw_status read_record(struct page *page, struct hw_err *err)
{
    enum { FOUND_MAX = 50 };
    struct places places HW_CLEANUP(places_done) = {0};
    struct hw_found found[FOUND_MAX];
    char id[HW_ID_TEXT + 1];
    hw_id_print(&page->ask->record, id);
    size_t n = hw_tx_find(page->tx, hw_slice_text(id), found, FOUND_MAX);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < n && i < FOUND_MAX && !status; i++)
        if (strcmp(found[i].group, page->group->code) == 0)
            status = find_places(page, found[i].kind, &page->ask->record, &places, err);
    if (!status)
        status = find_remarks(page, id, &places, err);
    if (places.n)
        qsort(places.list, places.n, sizeof *places.list, latest_first);
    for (size_t at = 0, end; at < places.n && !status; at = end) {
        bool full = page->events >= page->ask->events;
        for (end = at + 1; end < places.n && places.list[end].position == places.list[at].position;)
            end++;
        if (!full)
            status = add(page, &places.list[at], end - at, false, &full, err);
        if (full) {
            page->sheet->next = places.list[at].position;
            break;
        }
    }
    return status;
}

/* -- what stood there before -- */

/* False: it is on this page, looked for already, or there is no room to look. */
static bool is_wanted(struct page *page, const struct hw_name *name, const struct place *place)
{
    if (place->position >= page->lowest || page->looked_n == NAMED_MAX)
        return false;
    for (size_t i = 0; i < page->looked_n; i++)
        if (hw_name_compare(&page->looked[i], name) == 0)
            return false;
    page->looked[page->looked_n++] = *name;
    return true;
}

static enum hw_status add_named(struct page *page, const struct hw_name *name, struct hw_err *err)
{
    struct hw_history_sheet *sheet = page->sheet;
    const struct hw_stream *stream = hw_cache_stream(page->tx->store, &name->inc, page->group->id);
    struct hw_logged seen;
    struct place place;
    if (!stream || name->seq > stream->admitted)
        return HW_OK;
    enum hw_status status = admission(page->tx, stream, name->seq, &place, err);
    if (status || !is_wanted(page, name, &place))
        return status == HW_NOT_FOUND ? HW_OK : status;
    status = hw_tx_event(page->tx, &name->inc, page->group->code, name->seq, &seen, err);
    if (status || seen.event.redacted || name->op >= seen.event.ops_n)
        return status;
    const struct hw_history_named write = {.name = *name, .stamp = seen.event.stamp, .value = seen.event.ops[name->op].value};
    size_t before = sheet->named.n;
    hw_history_name_item(&sheet->named, &write);
    if (sheet->named.n > NAMED_ROOM || write.value.n == 0 || sheet->items.n + sheet->named.n > ROOM)
        sheet->named.n = before;
    else
        sheet->named_n++;
    return HW_OK;
}

/* Of the writes that the events on this page name as seen, those on pages to come: whoever reads shows what a change was made to. */
static enum hw_status add_before(struct page *page, struct hw_err *err)
{
    const struct place *chosen = (const void *)page->chosen.p;
    enum hw_status status = HW_OK;
    for (size_t i = page->chosen.n / sizeof *chosen; i > 0 && !status && page->looked_n < NAMED_MAX; i--) {
        const struct hw_stream *stream = hw_cache_stream_by_id(page->tx->store, chosen[i - 1].stream);
        struct hw_logged event;
        status = hw_tx_event(page->tx, &stream->inc, page->group->code, chosen[i - 1].seq, &event, err);
        for (size_t k = 0; !status && k < event.event.ops_n; k++)
            for (size_t s = 0; s < event.event.ops[k].seen_n && !status; s++)
                status = add_named(page, &event.event.ops[k].seen[s], err);
    }
    return status;
}

enum hw_status hw_tx_history_page(struct hw_tx *tx, const struct hw_history_message *ask, size_t max,
                                  struct hw_history_sheet *sheet, struct hw_err *err)
{
    struct page page HW_CLEANUP(page_done) = {.tx = tx, .group = hw_cache_group(tx->store, ask->group), .ask = ask, .sheet = sheet,
                                              .max = max < ROOM - NAMED_ROOM ? max : ROOM - NAMED_ROOM};
    if (!page.group)
        return HW_OK;
    enum hw_status status = ask->one ? read_record(&page, err) : read_group(&page, err);
    return status || sheet->next == 0 ? status : add_before(&page, err);
}
