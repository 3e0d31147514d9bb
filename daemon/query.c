/* query.c: the verbs list, show and export (floor 3, noun: query). */
#include "daemon/query.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/filter.h"
#include "daemon/lookup.h"
#include "daemon/verb_internal.h"
#include "headway/stamp.h"

enum {
    SHORT_MAX = 500,  /* rows that get their shortest prefix: each asks every table */
    PAGE_DEFAULT = 1000,
    PAGE_MAX = 100000,
    /* Bytes after which a page is full, too: a thousand rows of 20 kB, in every buffer on their way, would take 60 MB, and
     * everybody else would wait for as long as they are read. */
    PAGE_BYTES = 512 * 1024,
    SHOW_LOG = 10
};

/* ---- list ---- */

/* A row and where its document stands, so that rows can be sorted before they are sent. */
struct listed {
    const char *key;
    struct hw_id id;
    size_t at, n;
};
struct listing {
    struct hw_tx *tx;
    struct hw_out docs, index;
    size_t n;
};

/* Numbers inside a text sort by their value: 1.2 before 1.10. */
static const char *natural(struct hw_arena *arena, const char *text)
{
    const char *key = "";
    while (*text) {
        size_t plain = strcspn(text, "0123456789"), digits = strspn(text + plain, "0123456789");
        key = hw_arena_printf(arena, "%s%.*s%s%.*s", key, (int)plain, text, digits && digits < 6 ? "00000" + digits - 1 : "",
                              (int)digits, text + plain);
        text += plain + digits;
    }
    return key;
}

static enum hw_status each_listed(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct listing *listing = self;
    struct hw_value rank;
    struct listed row = {.id = view->row->id, .at = listing->docs.n};
    (void)err;
    hw_view_value(view, "rank", &rank);
    const char *key =
        hw_arena_printf(view->arena, "%s\x1f%s\x1f%010lld\x1f%s", view->group, hw_view_plan(view),
                        rank.null ? 0LL : (long long)rank.number, natural(view->arena, hw_view_text(view, "number")));
    row.key = hw_arena_text(hw_tx_arena(listing->tx), key, strlen(key));
    hw_view_put_list(view, &listing->docs);
    row.n = listing->docs.n - row.at;
    hw_put_raw(&listing->index, &row, sizeof row);
    listing->n++;
    return HW_OK;
}

static int compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : hw_id_compare(&x->id, &y->id);
}

static void put_listing(struct listing *listing, struct hw_answer *answer)
{
    struct listed *rows = (void *)listing->index.p;
    if (listing->n)
        qsort(rows, listing->n, sizeof *rows, compare_listed);
    for (size_t i = 0; i < listing->n; i++) {
        /* The document is an open map: its end mark gives way to one more member. */
        hw_put_raw(&answer->rows, listing->docs.p + rows[i].at, rows[i].n - 1);
        if (listing->n <= SHORT_MAX) {
            char text[HW_ID_TEXT + 1];
            hw_tx_short(listing->tx, &rows[i].id, text);
            hw_put_key_text(&answer->rows, "short", text);
        }
        hw_put_close(&answer->rows);
    }
    answer->rows_n += listing->n;
}

enum hw_status hw_verb_list(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    struct listing listing = {.tx = tx};
    struct hw_filter *filter;
    size_t n;
    const struct hw_slice *words = hw_arg_list(request, "filter", &n);
    hw_out_init(&listing.docs);
    hw_out_init(&listing.index);
    enum hw_status status = hw_filter_parse(tx, words, n, &filter, err);
    for (size_t i = 0; i < hw_schema_n && status == HW_OK; i++)
        if (hw_filter_kind(filter, hw_schema[i].id, hw_schema[i].id == HW_KIND_ITEM))
            status = hw_filter_scan(tx, filter, hw_schema[i].id, each_listed, &listing, err);
    if (status == HW_OK)
        put_listing(&listing, answer);
    hw_out_done(&listing.docs);
    hw_out_done(&listing.index);
    return status;
}

/* ---- show ---- */

/* A comment's document and its place: the oldest first. */
struct remark {
    uint64_t stamp;
    struct hw_id id;
    size_t at, n;
};

static int oldest_first(const void *a, const void *b)
{
    const struct remark *x = a, *y = b;
    if (x->stamp != y->stamp)
        return x->stamp < y->stamp ? -1 : 1;
    return hw_id_compare(&x->id, &y->id);
}

static void put_remark(const struct hw_view *comment, struct hw_out *out)
{
    const struct hw_touch *made = &comment->row->made;
    unsigned life;
    hw_put_map_open(out);
    hw_put_key_text(out, "event", hw_history_name(comment->tx, comment->arena, &made->inc, comment->group, made->seq));
    hw_put_key_text(out, "id", hw_view_id(comment));
    hw_put_key_time(out, "when", (int64_t)hw_stamp_ms(made->stamp));
    hw_put_key_text(out, "author", hw_arena_text(comment->arena, made->author.p, made->author.n));
    hw_put_key_text(out, "office", hw_tx_office_of(comment->tx, &made->inc, &life));
    hw_put_key_words(out, "text", hw_view_text(comment, "text"));
    hw_put_close(out);
}

static enum hw_status put_comments(const struct hw_view *on, struct hw_out *out, struct hw_err *err)
{
    struct hw_out docs HW_CLEANUP(hw_out_done) = {0}, index HW_CLEANUP(hw_out_done) = {0};
    size_t n = 0;
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_COMMENT);
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(on->tx, HW_KIND_COMMENT, HW_SCAN_REF, hw_field_named(kind, "on")->id,
                                         hw_view_id(on), &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        if (hw_scan_archived(scan))
            continue;
        status = hw_view_scan(on->tx, on->arena, scan, HW_KIND_COMMENT, &row, &view, err);
        if (status != HW_OK)
            break;
        struct remark remark = {.stamp = row.made.stamp, .id = row.id, .at = docs.n};
        put_remark(&view, &docs);
        remark.n = docs.n - remark.at;
        hw_put_raw(&index, &remark, sizeof remark);
        n++;
    }
    hw_scan_close(scan);
    struct remark *remarks = (void *)index.p;
    if (n)
        qsort(remarks, n, sizeof *remarks, oldest_first);
    hw_put_text(out, "comments");
    hw_put_array_open(out);
    for (size_t i = 0; i < n; i++)
        hw_put_raw(out, docs.p + remarks[i].at, remarks[i].n);
    hw_put_close(out);
    return status;
}

/* Items below an item, and the top items of a plan. */
static enum hw_status put_children(const struct hw_view *of, struct hw_out *out, struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    bool plan = of->kind->id == HW_KIND_PLAN;
    uint16_t parent = hw_field_named(kind, "parent")->id;
    struct hw_scan *scan = NULL;
    enum hw_status status = HW_OK;
    hw_put_text(out, "children");
    hw_put_array_open(out);
    if (plan || of->kind->id == HW_KIND_ITEM)
        status = hw_scan_open(of->tx, HW_KIND_ITEM, HW_SCAN_REF, plan ? hw_field_named(kind, "plan")->id : parent,
                              hw_view_id(of), &scan, err);
    while (status == HW_OK && scan && hw_scan_next(scan))
        if (!hw_scan_archived(scan) && !(plan && *hw_scan_text(scan, parent)))
            hw_put_text(out, hw_scan_id(scan));
    hw_put_close(out);
    hw_scan_close(scan);
    return status;
}

enum hw_status hw_query_show(struct hw_tx *tx, const struct hw_record *record, bool log, struct hw_answer *answer,
                             struct hw_err *err)
{
    struct hw_view view = hw_view_of(tx, hw_tx_arena(tx), record);
    struct hw_out *out = &answer->end;
    char id[HW_ID_TEXT + 1];
    hw_tx_short(tx, &record->row.id, id);
    hw_view_open_show(&view, out);
    hw_put_key_text(out, "short", id);
    enum hw_status status = put_comments(&view, out, err);
    if (status == HW_OK)
        status = put_children(&view, out, err);
    if (status == HW_OK && log) {
        hw_put_text(out, "log");
        hw_put_array_open(out);
        status = hw_query_record_log(tx, record, SHOW_LOG, out, err);
        hw_put_close(out);
    }
    hw_put_close(out);
    return status;
}

enum hw_status hw_verb_show(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    struct hw_record *record;
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    return status == HW_OK ? hw_query_show(tx, record, true, answer, err) : status;
}

/* ---- export ---- */

struct export {
    struct hw_answer *answer;
    size_t left;
    const char *last; /* id of the last row given; text is `id` */
    char id[HW_ID_TEXT + 1];
    bool full, touched;
};

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct hw_kind *const *)a)->name, (*(const struct hw_kind *const *)b)->name);
}

/* The kinds wanted, by name. */
static size_t kinds_of(const struct hw_request *request, const struct hw_filter *filter, struct hw_arena *arena,
                       const struct hw_kind ***kinds)
{
    size_t asked_n, n = 0;
    const struct hw_slice *asked = hw_arg_list(request, "kinds", &asked_n);
    *kinds = hw_arena_zero(arena, hw_schema_n, sizeof **kinds);
    for (size_t i = 0; i < hw_schema_n; i++) {
        bool wanted = asked_n == 0;
        for (size_t k = 0; k < asked_n; k++)
            wanted = wanted || hw_kind_find(asked[k]) == &hw_schema[i];
        if (wanted && hw_filter_kind(filter, hw_schema[i].id, true))
            (*kinds)[n++] = &hw_schema[i];
    }
    qsort(*kinds, n, sizeof **kinds, by_name);
    return n;
}

static enum hw_status export_kind(struct hw_tx *tx, struct hw_filter *filter, const struct hw_kind *kind,
                                  const char *after, struct export *export, struct hw_err *err)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    struct hw_scan *scan;
    enum hw_status status = hw_scan_open(tx, kind->id, HW_SCAN_AFTER, 0, after, &scan, err);
    if (status != HW_OK)
        return status;
    while (status == HW_OK && !export->full && hw_scan_next(scan)) {
        struct hw_row row;
        struct hw_view view;
        hw_arena_reset(&arena);
        status = hw_view_scan(tx, &arena, scan, kind->id, &row, &view, err);
        if (status != HW_OK || !hw_filter_test(filter, &view))
            continue;
        if (export->left == 0 || export->answer->rows.n >= PAGE_BYTES) {
            export->full = true;
            break;
        }
        hw_view_put_export(&view, export->touched, &export->answer->rows);
        export->answer->rows_n++;
        export->left--;
        hw_id_print(&row.id, export->id);
        export->last = kind->name;
    }
    hw_scan_close(scan);
    return status;
}

/* `after` is "kind:id" of the last row of the page before. */
static const char *resume(struct hw_arena *arena, struct hw_slice after, const char **id)
{
    const uint8_t *colon = after.n ? memchr(after.p, ':', after.n) : NULL;
    *id = "";
    if (!colon)
        return "";
    *id = hw_arena_text(arena, colon + 1, after.n - (size_t)(colon + 1 - after.p));
    return hw_arena_text(arena, after.p, (size_t)(colon - after.p));
}

enum hw_status hw_verb_export(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                              struct hw_err *err)
{
    const struct hw_kind **kinds;
    struct hw_filter *filter;
    const char *id, *from = resume(hw_tx_arena(tx), hw_arg_text(request, "after"), &id);
    size_t n;
    int64_t limit = hw_arg_int(request, "limit", PAGE_DEFAULT);
    const struct hw_slice *words = hw_arg_list(request, "filter", &n);
    struct export export = {.answer = answer, .left = limit > 0 && limit < PAGE_MAX ? (size_t)limit : PAGE_MAX,
                            .touched = hw_arg_bool(request, "touched")};
    enum hw_status status = hw_filter_parse(tx, words, n, &filter, err);
    if (status != HW_OK)
        return status;
    if (n == 0)
        hw_filter_with_archived(filter);
    n = kinds_of(request, filter, hw_tx_arena(tx), &kinds);
    for (size_t i = 0; i < n && status == HW_OK && !export.full; i++) {
        int order = strcmp(kinds[i]->name, from);
        if (order >= 0)
            status = export_kind(tx, filter, kinds[i], order == 0 ? id : "", &export, err);
    }
    hw_put_map(&answer->end, 1);
    hw_put_text(&answer->end, "next");
    if (export.full && export.last)
        hw_put_text(&answer->end, hw_arena_printf(hw_tx_arena(tx), "%s:%s", export.last, export.id));
    else
        hw_put_null(&answer->end);
    return status;
}
