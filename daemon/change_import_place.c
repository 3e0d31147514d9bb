/* change_import_place.c: where each item stands: the record above it, and its
 * rank, which follows the file's order (floor 3, noun: import).
 *
 * A row put in between must not give a new rank to every row behind it: ranks
 * are RANK_GAP apart at first. Of the rows whose rank is as an import left it,
 * the longest run that is in order keeps its ranks; the others go between. */
#include <string.h>

#include "daemon/import.h"
#include "daemon/view.h"

enum { RANK_GAP = 100, RANK_MAX = INT32_MAX };

/* ---- above ---- */

static void find_above(struct hw_intake *import, struct hw_intake_row *row)
{
    const struct hw_intake_row *parent = hw_intake_parent(import, row);
    struct hw_record *record;
    struct hw_id id;
    if (row->parent_text.n == 0) {
        row->above = parent && !hw_id_equal(&parent->id, &row->id) ? &parent->id : NULL;
        return;
    }
    bool is_id = row->parent_text.n == HW_ID_TEXT && hw_id_parse(row->parent_text, &id);
    bool found = is_id && hw_intake_by_id(import, &id);
    if (is_id && hw_id_equal(&id, &row->id))
        hw_intake_problem(import, row, (struct hw_slice){0}, row->parent_text, "an item cannot stand below itself");
    if (is_id && !found)
        found = hw_tx_record(import->command.tx, HW_KIND_ITEM, &id, import->group, &record, NULL) == HW_OK &&
                record->row.made.seq;
    if (found)
        row->above = hw_arena_copy(import->arena, &id, sizeof id);
    else
        hw_intake_problem(import, row, (struct hw_slice){0}, row->parent_text,
                          "the item above it is neither in the file nor in this group");
}

/* ---- rank ---- */

struct placed {
    struct hw_intake_row *row;
    int64_t rank; /* as it is; -1 for none */
    bool keep;
};

static bool has_entry(const struct hw_intake_row *row, const char *field)
{
    for (size_t i = 0; i < row->n; i++)
        if (hw_slice_is(row->entries[i].field, field))
            return true;
    return false;
}

/* The rank of the record, when an import gave it and nobody another since; -1 for none; false: leave the row alone. */
static bool read_rank(struct hw_intake *import, const struct hw_intake_row *row, int64_t *rank)
{
    const struct hw_field *field = hw_field_named(row->of, "rank");
    struct hw_slice bytes = hw_row_value(&row->record->row, field->id);
    struct hw_slice known = hw_intake_known(hw_intake_source_line(hw_intake_source(row->record)), "rank");
    struct hw_value value;
    char hash[HW_BASE_HASH + 1];
    *rank = -1;
    if (row->fresh)
        return true;
    if (bytes.n == 0 || !hw_value_read(field, bytes, &value) || value.null)
        return known.n == 0; /* else a person took it away */
    *rank = value.number;
    hw_intake_hash_value(import->arena, field, bytes, hash);
    return known.n == 0 || hw_slice_is(known, hash);
}

static size_t gather(struct hw_intake *import, struct placed *placed)
{
    size_t n = 0;
    for (size_t i = 0; i < import->n; i++) {
        struct hw_intake_row *row = &import->rows[i];
        /* The rows of an exported table may have been sorted by anything. */
        if (row->bad || row->of->id != HW_KIND_ITEM || row->whole || (row->given && !row->fresh) || has_entry(row, "rank"))
            continue;
        placed[n].row = row;
        n += read_rank(import, row, &placed[n].rank);
    }
    return n;
}

/* Marks the longest run of rising ranks (Fredman, "On computing the length of longest increasing subsequences", 1975). */
static void keep_longest(struct hw_arena *arena, struct placed *placed, size_t n)
{
    size_t *tail = hw_arena_zero(arena, n + 1, sizeof *tail), *before = hw_arena_zero(arena, n + 1, sizeof *before);
    size_t length = 0; /* tail[k]: the smallest end of a run of k + 1 */
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = length;
        if (placed[i].rank < 0)
            continue;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (placed[tail[middle]].rank < placed[i].rank)
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low ? tail[low - 1] : n;
        tail[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t at = length ? tail[length - 1] : n; at != n; at = before[at])
        placed[at].keep = true;
}

/* Ranks for the `n` rows from `placed` on, above `last`; `next` is the rank of the row behind them, -1 for none. */
static int64_t fill(struct placed *placed, size_t n, int64_t last, int64_t next)
{
    int64_t step = next < 0 ? RANK_GAP : (next - last) / ((int64_t)n + 1);
    for (size_t i = 0; i < n; i++) {
        last += step > 0 ? step : 1;
        placed[i].row->rank = last <= RANK_MAX ? last : RANK_MAX;
    }
    return last;
}

static void rank_rows(struct hw_intake *import)
{
    struct placed *placed = hw_arena_zero(import->arena, import->n + 1, sizeof *placed);
    size_t n = gather(import, placed), from = 0;
    int64_t last = 0;
    keep_longest(import->arena, placed, n);
    for (size_t i = 0; i <= n; i++) {
        if (i < n && !placed[i].keep)
            continue;
        last = fill(&placed[from], i - from, last, i < n ? placed[i].rank : -1);
        if (i < n && placed[i].rank <= last && last > 0) /* no room: it makes way */
            last = placed[i].row->rank = last + 1;
        else if (i < n)
            last = placed[i].rank;
        from = i + 1;
    }
}

void hw_intake_place(struct hw_intake *import)
{
    for (size_t i = 0; i < import->n; i++)
        if (!import->rows[i].bad && import->rows[i].of->id == HW_KIND_ITEM)
            find_above(import, &import->rows[i]);
    rank_rows(import);
}
