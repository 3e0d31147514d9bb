/* change_import_old.c: the items that a plan holds already, for two questions:
 * which of them a retitled row is, and which of them are no longer in the file
 * (floor 3, noun: import).
 *
 * A row is told by what it says, so a row with another title has another id.
 * It is the old record when its title is like the old one's, something beside
 * the title is the same, nothing speaks against it, and no other pair comes
 * near. All of it is computed from the file and the replica alone, so two
 * offices that hold the same come to the same. */
#include <stdlib.h>
#include <string.h>

#include "daemon/import.h"
#include "daemon/verb_internal.h"
#include "daemon/view.h"

enum {
    ALIKE_LEAST = 50,     /* of 100: half of the words */
    AGREE_WEIGHT = 10,    /* of each other field that is the same */
    CLEAR_LEAD = 15,      /* before the next best pair: two words of a usual title */
    PAIRS_MAX = 1000000,  /* a second of comparing; a file that changed more is another file */
    PASSES_MAX = 4        /* children follow their parents, and real plans have four levels */
};

/* ---- alike ---- */

struct words {
    const char **word; /* sorted */
    size_t n;
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct words words_of(struct hw_arena *arena, const char *text)
{
    const char *folded = hw_fold(arena, hw_slice_text(text));
    char *copy = hw_arena_text(arena, folded, strlen(folded)), *rest = NULL;
    struct words words = {.word = hw_arena_zero(arena, strlen(folded) / 2 + 2, sizeof *words.word)};
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        words.word[words.n++] = word;
    if (words.n)
        qsort(words.word, words.n, sizeof *words.word, compare_words);
    return words;
}

static unsigned alike(const struct words *a, const struct words *b)
{
    size_t i = 0, k = 0, shared = 0;
    while (i < a->n && k < b->n) {
        int order = strcmp(a->word[i], b->word[k]);
        shared += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return a->n + b->n ? (unsigned)(200 * shared / (a->n + b->n)) : 0;
}

unsigned hw_intake_alike(struct hw_arena *arena, const char *a, const char *b)
{
    struct words x = words_of(arena, a), y = words_of(arena, b);
    return alike(&x, &y);
}

/* ---- what there is ---- */

static int compare_old(const void *a, const void *b)
{
    const struct hw_intake_old *x = a, *y = b;
    return hw_id_compare(&x->id, &y->id);
}

static struct hw_intake_old *old_of(const struct hw_intake *import, const struct hw_id *id)
{
    struct hw_intake_old want = {.id = *id};
    return import->old_n ? bsearch(&want, import->old, import->old_n, sizeof want, compare_old) : NULL;
}

static void read_old(struct hw_intake *import, struct hw_scan *scan, struct hw_intake_old *old)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_ITEM);
    struct hw_slice source = hw_slice_text(hw_scan_text(scan, HW_FIELD_SOURCE));
    *old = (struct hw_intake_old){.mine = hw_intake_source_of(source, import->file),
                                  .archived = hw_scan_archived(scan)};
    hw_id_parse(hw_slice_text(hw_scan_id(scan)), &old->id);
    hw_id_parse(hw_slice_text(hw_scan_text(scan, hw_field_named(kind, "parent")->id)), &old->parent);
    if (!old->mine)
        return;
    const char *title = hw_scan_text(scan, hw_field_named(kind, "title")->id);
    old->title = hw_arena_text(import->arena, title, strlen(title));
    old->line = hw_arena_slice(import->arena, hw_intake_source_line(source));
}

static enum hw_status load(struct hw_intake *import, struct hw_err *err)
{
    char key[HW_ID_TEXT + 1];
    size_t cap = 0;
    struct hw_scan *scan = NULL;
    uint16_t plan = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "plan")->id;
    if (import->plan_new)
        return HW_OK;
    hw_id_print(&import->plan->row.id, key);
    enum hw_status status = hw_scan_open(import->command.tx, HW_KIND_ITEM, HW_SCAN_REF, plan, key, &scan, err);
    while (status == HW_OK && hw_scan_next(scan)) {
        if (strcmp(hw_scan_group(scan), import->group) != 0)
            continue;
        if (import->old_n == cap) {
            cap = cap ? cap * 2 : 256;
            struct hw_intake_old *grown = hw_arena_alloc(import->arena, cap * sizeof *grown);
            if (import->old_n)
                memcpy(grown, import->old, import->old_n * sizeof *grown);
            import->old = grown;
        }
        read_old(import, scan, &import->old[import->old_n++]);
    }
    hw_scan_close(scan);
    if (import->old_n)
        qsort(import->old, import->old_n, sizeof *import->old, compare_old);
    return status;
}

/* 1: the file says the same of this field as it did of the old record; -1: something else; 0: one of them says nothing. */
static int agrees(const struct hw_intake_row *row, const struct hw_intake_old *old, const char *field)
{
    struct hw_slice known = hw_intake_known(old->line, field), texts[HW_INTAKE_VALUES];
    char hash[HW_BASE_HASH + 1];
    size_t n = 0;
    for (size_t i = 0; i < row->n && n < HW_INTAKE_VALUES; i++)
        if (hw_slice_is(row->entries[i].field, field))
            texts[n++] = row->entries[i].text;
    if (n == 0 || known.n == 0)
        return 0;
    hw_base_hash(texts, n, hash);
    return hw_slice_is(known, hash) ? 1 : -1;
}

/* ---- rows that were retitled before: their record remembers the id that they would have ---- */

struct keyed {
    struct hw_slice hash;
    struct hw_intake_old *old;
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = hw_slice_compare(x->hash, y->hash);
    return order ? order : hw_id_compare(&x->old->id, &y->old->id);
}

static size_t gather_keyed(struct hw_intake *import, struct keyed *keyed)
{
    size_t n = 0;
    for (size_t i = 0; i < import->old_n; i++) {
        struct hw_intake_old *old = &import->old[i];
        struct hw_slice hash = old->mine && !old->met ? hw_intake_known(old->line, "key") : (struct hw_slice){0};
        if (hash.n)
            keyed[n++] = (struct keyed){hash, old};
    }
    if (n)
        qsort(keyed, n, sizeof *keyed, compare_keyed);
    return n;
}

static enum hw_status find_keyed(struct hw_intake *import, struct hw_intake_row *row, const struct keyed *keyed, size_t n,
                                 struct hw_err *err)
{
    char text[HW_ID_TEXT + 1], hash[HW_BASE_HASH + 1];
    size_t low = 0, high = n;
    hw_id_print(&row->derived, text);
    struct hw_slice key = hw_slice_text(text);
    hw_base_hash(&key, 1, hash);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hw_slice_compare(keyed[middle].hash, hw_slice_text(hash)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n && hw_slice_is(keyed[low].hash, hash); low++) {
        if (keyed[low].old->met || agrees(row, keyed[low].old, "title") <= 0) /* the hash is a short one */
            continue;
        keyed[low].old->met = true;
        return hw_intake_adopt(import, row, &keyed[low].old->id, err);
    }
    return HW_OK;
}

static bool is_new_item(const struct hw_intake_row *row)
{
    return !row->bad && row->fresh && !row->given && row->of->id == HW_KIND_ITEM;
}

static enum hw_status meet(struct hw_intake *import, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < import->n; i++) {
        const struct hw_intake_row *row = &import->rows[i];
        struct hw_intake_old *old = row->bad || row->fresh ? NULL : old_of(import, &row->id);
        if (old)
            old->met = true;
    }
    struct keyed *keyed = hw_arena_alloc(import->arena, (import->old_n + 1) * sizeof *keyed);
    size_t n = gather_keyed(import, keyed);
    for (size_t i = 0; n && i < import->n && status == HW_OK; i++)
        if (is_new_item(&import->rows[i]))
            status = find_keyed(import, &import->rows[i], keyed, n, err);
    return status;
}

/* ---- rows that were retitled now ---- */

struct best {
    unsigned first, second;
    size_t with; /* index of the other side's candidate, for `first` */
};
struct candidate {
    struct hw_intake_row *row;
    struct hw_intake_old *old;
    struct words words;
    struct best best;
    bool taken;
};
struct candidates {
    struct candidate *rows, *olds;
    size_t rows_n, olds_n;
};

static unsigned weigh(const struct hw_intake *import, const struct candidate *a, const struct candidate *b)
{
    static const char *const fields[] = {"number", "countries", "responsible", "deadline"};
    unsigned score = alike(&a->words, &b->words), same = 0;
    if (score < ALIKE_LEAST || agrees(a->row, b->old, "countries") < 0)
        return 0;
    const struct hw_intake_row *parent = hw_intake_parent(import, a->row);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        same += agrees(a->row, b->old, fields[i]) > 0;
    same += parent && hw_id_equal(&parent->id, &b->old->parent);
    return same ? score + AGREE_WEIGHT * same : 0;
}

static void rank_pair(struct best *best, unsigned score, size_t with)
{
    if (score > best->first) {
        best->second = best->first;
        best->first = score;
        best->with = with;
    } else if (score > best->second) {
        best->second = score;
    }
}

static void gather(struct hw_intake *import, struct candidates *all)
{
    all->rows = hw_arena_zero(import->arena, import->n + 1, sizeof *all->rows);
    all->olds = hw_arena_zero(import->arena, import->old_n + 1, sizeof *all->olds);
    for (size_t i = 0; i < import->old_n; i++)
        if (import->old[i].mine && !import->old[i].met && !import->old[i].archived)
            all->olds[all->olds_n++].old = &import->old[i];
    for (size_t i = 0; all->olds_n && i < import->n; i++)
        if (is_new_item(&import->rows[i]))
            all->rows[all->rows_n++].row = &import->rows[i];
}

static void read_words(struct hw_intake *import, struct candidates *all)
{
    for (size_t i = 0; i < all->olds_n; i++)
        all->olds[i].words = words_of(import->arena, all->olds[i].old->title);
    for (size_t i = 0; i < all->rows_n; i++) {
        const struct hw_intake_row *row = all->rows[i].row;
        const char *title = "";
        for (size_t k = 0; k < row->n; k++)
            if (hw_slice_is(row->entries[k].field, "title"))
                title = hw_arena_text(import->arena, row->entries[k].text.p, row->entries[k].text.n);
        all->rows[i].words = words_of(import->arena, title);
    }
}

/* One pass: every pair that is clear from both sides. */
static enum hw_status pass(struct hw_intake *import, struct candidates *all, bool *more, struct hw_err *err)
{
    enum hw_status status = HW_OK;
    *more = false;
    for (size_t i = 0; i < all->olds_n; i++)
        all->olds[i].best = (struct best){0};
    for (size_t i = 0; i < all->rows_n; i++) {
        struct candidate *row = &all->rows[i];
        row->best = (struct best){0};
        for (size_t k = 0; k < all->olds_n && !row->taken; k++) {
            unsigned score = all->olds[k].taken ? 0 : weigh(import, row, &all->olds[k]);
            rank_pair(&row->best, score, k);
            rank_pair(&all->olds[k].best, score, i);
        }
    }
    for (size_t i = 0; i < all->rows_n && status == HW_OK; i++) {
        struct candidate *row = &all->rows[i], *old = &all->olds[row->best.with];
        if (row->best.first < row->best.second + CLEAR_LEAD || old->best.first < old->best.second + CLEAR_LEAD ||
            old->best.with != i || row->taken || old->taken)
            continue;
        row->taken = old->taken = old->old->met = *more = true;
        status = hw_intake_adopt(import, row->row, &old->old->id, err);
    }
    return status;
}

enum hw_status hw_intake_old_find(struct hw_intake *import, struct hw_err *err)
{
    struct candidates all = {0};
    bool more = true;
    enum hw_status status = load(import, err);
    if (status == HW_OK)
        status = meet(import, err);
    if (status != HW_OK)
        return status;
    gather(import, &all);
    if (all.rows_n == 0 || all.rows_n * all.olds_n > PAIRS_MAX)
        return HW_OK;
    read_words(import, &all);
    for (size_t i = 0; i < PASSES_MAX && more && status == HW_OK; i++)
        status = pass(import, &all, &more, err);
    return status;
}

/* ---- rows that are gone ---- */

static void leave(struct hw_intake *import, const struct hw_intake_old *old, const char *reason)
{
    char id[HW_ID_TEXT + 1];
    struct hw_out *out = &import->command.left;
    hw_id_print(&old->id, id);
    hw_put_map(out, 4);
    hw_put_key_text(out, "id", id);
    hw_put_key_words(out, "title", old->title);
    hw_put_key_words(out, "field", "");
    hw_put_key_text(out, "reason", reason);
    import->command.left_n++;
}

static bool gone(const struct hw_intake_old *old)
{
    return old && old->mine && !old->met && !old->archived;
}

/* Whether the record is as the import left it. */
static bool untouched(struct hw_intake *import, const struct hw_record *record)
{
    const struct hw_head *head = hw_cell_shown(hw_row_cell(&record->row, HW_FIELD_SOURCE));
    const struct hw_touch *last = &record->row.updated;
    struct hw_logged ours, latest;
    if (!head || hw_inc_compare(&head->name.inc, &last->inc) != 0)
        return false;
    if (head->name.seq == last->seq)
        return true;
    /* A wide row is several events of one change. */
    return hw_tx_event(import->command.tx, &last->inc, record->group, head->name.seq, &ours, NULL) == HW_OK &&
           hw_tx_event(import->command.tx, &last->inc, record->group, last->seq, &latest, NULL) == HW_OK &&
           ours.event.change == latest.event.change;
}

/* "archived=HASH" in the hashes says that the import did it: a row that comes back takes it out of the archive. */
static enum hw_status mark(struct hw_intake *import, struct hw_draft *draft, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out value = {0};
    char hash[HW_BASE_HASH + 1];
    struct hw_slice yes = hw_slice_text("yes"), source = hw_intake_source(draft->record),
                    line = hw_intake_source_line(source);
    const uint8_t *end = line.n ? line.p + line.n : source.p + source.n;
    hw_base_hash(&yes, 1, hash);
    const char *text = hw_arena_printf(import->arena, "%.*s%sarchived=%s%.*s", (int)(end - source.p),
                                       (const char *)source.p, line.n ? " " : "\n", hash,
                                       (int)(source.p + source.n - end), (const char *)end);
    const struct hw_field *field = hw_field_by_id(draft->kind, HW_FIELD_SOURCE);
    hw_put_text(&value, text);
    if (strlen(text) > field->limit)
        return HW_OK; /* no room: then it stays put away until a person says otherwise */
    return hw_draft_set(draft, field, hw_arena_slice(import->arena, hw_out_slice(&value)), err);
}

static enum hw_status put_away(struct hw_intake *import, const struct hw_intake_old *old, struct hw_err *err)
{
    struct hw_record *record;
    struct hw_draft draft;
    struct hw_err why = {0};
    enum hw_status status =
        hw_tx_record(import->command.tx, HW_KIND_ITEM, &old->id, import->group, &record, err);
    if (status != HW_OK)
        return status;
    hw_draft_init(&draft, import->command.tx, import->arena, record);
    draft.rights = import->rights;
    draft.settle = true; /* two files may both have spoken of it */
    status = hw_assign_text(&draft, "archived", hw_slice_text("yes"), err);
    if (status == HW_OK)
        status = mark(import, &draft, err);
    if (status == HW_OK && hw_rights_check(&draft, &why) != HW_OK) {
        leave(import, old, why.text);
        return HW_OK;
    }
    import->rights = draft.rights;
    import->archived++;
    return status == HW_OK ? hw_command_write(&import->command, &draft, (struct hw_slice){0}, err) : status;
}

/* Why an item that is gone stays; NULL: it goes. One array beside `import->old`. */
static enum hw_status find_reasons(struct hw_intake *import, const char **reasons, struct hw_err *err)
{
    for (size_t i = 0; i < import->old_n; i++) {
        struct hw_record *record;
        if (!gone(&import->old[i]))
            continue;
        enum hw_status status =
            hw_tx_record(import->command.tx, HW_KIND_ITEM, &import->old[i].id, import->group, &record, err);
        if (status != HW_OK)
            return status;
        if (import->problems_n)
            reasons[i] = "rows with problems are left out, and one of them may be this item";
        else if (!untouched(import, record))
            reasons[i] = "changed here since the file was imported";
    }
    return HW_OK;
}

/* Items that the file moves elsewhere no longer hang where they hung. */
static bool *find_moved(struct hw_intake *import)
{
    bool *moved = hw_arena_zero(import->arena, import->old_n + 1, sizeof *moved);
    for (size_t i = 0; i < import->by_id_n; i++) {
        const struct hw_intake_row *row = import->by_id[i];
        const struct hw_intake_old *old = row->fresh || row->bad || !row->above ? NULL : old_of(import, &row->id);
        if (old)
            moved[old - import->old] = !hw_id_equal(row->above, &old->parent);
    }
    return moved;
}

/* What stays keeps what it hangs below. */
static void hold_parents(struct hw_intake *import, const char **reasons)
{
    const bool *moved = find_moved(import);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < import->old_n; i++) {
            const struct hw_intake_old *old = &import->old[i];
            if (old->archived || moved[i] || hw_id_zero(&old->parent) || (gone(old) && !reasons[i]))
                continue;
            const struct hw_intake_old *above = old_of(import, &old->parent);
            if (!above || !gone(above) || reasons[above - import->old])
                continue;
            reasons[above - import->old] = "there are items below it that stay";
            more = true;
        }
    }
}

enum hw_status hw_intake_old_end(struct hw_intake *import, bool archive, struct hw_err *err)
{
    const char **reasons = hw_arena_zero(import->arena, import->old_n + 1, sizeof *reasons);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < import->old_n; i++)
        import->missing += gone(&import->old[i]);
    if (!archive || import->missing == 0)
        return HW_OK;
    status = find_reasons(import, reasons, err);
    if (status == HW_OK)
        hold_parents(import, reasons);
    for (size_t i = 0; i < import->old_n && status == HW_OK; i++) {
        if (gone(&import->old[i]) && reasons[i])
            leave(import, &import->old[i], reasons[i]);
        else if (gone(&import->old[i]))
            status = put_away(import, &import->old[i], err);
    }
    return status;
}
