/* map.c: which column of a table is which field of an item.
 * Floor 2, noun: import map.  The head line is the one with the most heads that
 * are understood; what stands above it is a preamble. A column that is not
 * understood keeps its text in the record's source. */
#include <string.h>

#include "client/import/own.h"
#include "headway/country.h"
#include "headway/schema.h"

/* Preambles of real trackers have up to 20 lines. */
enum { HEAD_LINES_MAX = 60 };
/* Different fields that tell a head line from others; an item has 19. */
enum { HEADS_COUNTED = 24 };
/* A longer cell is text, not a head; see also proto/heading.c. */
enum { HEAD_BYTES_MAX = 120 };
/* Rows and bytes of a cell by which a title is guessed: a remark of a page is not more of a title than a line. */
enum { GUESS_ROWS = 200, GUESS_BYTES = 120 };
/* A status cell longer than this is a remark. */
enum { STATUS_BYTES_MAX = 40 };

/* A column whose rows are things to hand over: each makes an item of its own.
 * No field of the schema, so proto/heading.c does not know it. */
static const char *const deliverable_heads[] = {
    "deliverable",   "deliverables",  "output",    "outputs",   "expected output", "expected outputs", "product",
    "products",      "livrable",      "livrables", "entregable", "entregables",    "producto",         "productos",
    "produto",       "produtos",      "entregavel", "entregaveis", "результат",    "результаты",       "النواتج",
    "المخرجات",
};

/* Heads that may be a title when no better one is there; beside "Activity" they
 * are something else. */
static const char *const weak_titles[] = {"name",      "nom",        "nome",     "name_en",   "label",
                                          "decision",  "initiative", "iniciativa", "objective", "objectives",
                                          "objectif",  "objetivo",   "goal",     "project milestone", "цель"};

static const struct hw_kind *item_kind(void)
{
    return hw_kind_by_id(HW_KIND_ITEM);
}

/* The name of a field that an import may fill, as the schema has it. */
static const char *field_named(struct hw_slice name)
{
    static const char *const kept[] = {"plan", "parent", "archived", "source", "rank", "continues"};
    static const char *const more[] = {"comment", "comments", "deliverable", "deliverables", "rest"};
    static const char *const meant[] = {"comment", "comment", "deliverables", "deliverables", "rest"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (hw_slice_is(name, more[i]))
            return meant[i];
    const struct hw_field *field = hw_field_find(item_kind(), name);
    for (size_t i = 0; field != NULL && i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(field->name, kept[i]) == 0)
            return NULL;
    return field != NULL ? field->name : NULL;
}

enum hw_status hw_import_heads_add(struct hw_import_heads *heads, const char *typed, struct hw_err *err)
{
    static const char *const words[] = {"title",     "number",       "type",   "description", "countries", "responsible",
                                        "deadline",  "completed_on", "status", "reason",      "progress",  "themes",
                                        "references", "comment",     "deliverables", "rest"};
    const char *equals = strrchr(typed, '=');
    if (equals == NULL)
        return hw_fail(err, HW_USAGE, "--map wants Header=field, for example --map \"By when=deadline\"");
    struct hw_slice name = hw_import_trim(hw_slice_text(equals + 1));
    const char *field = field_named(name);
    if (field == NULL) {
        const char *near = hw_nearest(name, words, sizeof words / sizeof words[0]);
        return hw_fail(err, HW_USAGE, "--map: an import fills no field \"%.*s\"%s%s%s", (int)(name.n < 100 ? name.n : 100),
                       (const char *)name.p, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                       near != NULL ? "?" : "; see headway help import");
    }
    struct hw_import_named *named = hw_arena_alloc(heads->arena, (heads->named_n + 1) * sizeof *named);
    if (heads->named_n > 0)
        memcpy(named, heads->named, heads->named_n * sizeof *named);
    const char *head = hw_fold(heads->arena, (struct hw_slice){(const uint8_t *)typed, (size_t)(equals - typed)});
    named[heads->named_n++] = (struct hw_import_named){.head = head, .field = field};
    heads->named = named;
    return HW_OK;
}

/* Numbers and dates are the bulk of a table and never heads. */
static bool has_letter(struct hw_slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80 || ((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z') || text.p[i] == '#' ||
            text.p[i] == '%')
            return true;
    return false;
}

static struct hw_import_named *named_head(const struct hw_import_heads *heads, const char *folded)
{
    for (size_t i = 0; i < heads->named_n; i++)
        if (strcmp(heads->named[i].head, folded) == 0)
            return &heads->named[i];
    return NULL;
}

/* Word processors write d’avancement for d'avancement. */
static struct hw_slice straight(struct hw_slice text, struct hw_arena *arena)
{
    static const char curly[] = "\xE2\x80\x99";
    if (text.n < 3 || memmem(text.p, text.n, curly, 3) == NULL)
        return text;
    uint8_t *out = hw_arena_alloc(arena, text.n);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool found = text.n - i >= 3 && memcmp(text.p + i, curly, 3) == 0;
        out[n++] = found ? '\'' : text.p[i];
        i += found ? 2 : 0;
    }
    return (struct hw_slice){out, n};
}

const char *hw_import_head(const struct hw_import_heads *heads, struct hw_slice head)
{
    if (head.n > HEAD_BYTES_MAX || (heads->named_n == 0 && !has_letter(head)))
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    head = hw_import_plain(head, &arena);
    const char *folded = hw_fold(&arena, head);
    const struct hw_import_named *named = named_head(heads, folded);
    if (named != NULL)
        return named->field;
    for (size_t i = 0; i < sizeof deliverable_heads / sizeof deliverable_heads[0]; i++)
        if (strcmp(folded, deliverable_heads[i]) == 0)
            return "deliverables";
    return hw_heading_field(straight(head, &arena));
}

const char *hw_import_column_name(const struct hw_import_map *map, uint32_t column, struct hw_arena *arena)
{
    if (map != NULL && column < map->width)
        return map->columns[column].name;
    return hw_arena_printf(arena, "column %u", (unsigned)column + 1);
}

/* How many different fields the cells of a line name. "N" and "No" are answers
 * in many a table, so a number alone makes no head. */
static size_t heads_in(const struct hw_import_line *line, const struct hw_import_heads *heads)
{
    const char *fields[HEADS_COUNTED];
    size_t n = 0;
    for (size_t k = 0; k < line->n && n < HEADS_COUNTED; k++) {
        const char *field = hw_import_head(heads, line->cells[k].text);
        bool again = field == NULL || strcmp(field, "number") == 0;
        for (size_t i = 0; i < n && !again; i++)
            again = strcmp(fields[i], field) == 0;
        if (!again)
            fields[n++] = field;
    }
    return n;
}

/* Prose has no columns: under a head that stands alone every line must be one
 * cell. */
static bool is_prose(const struct hw_import_table *table, size_t head)
{
    for (size_t i = head + 1; i < table->n && table->lines[head].width == 1; i++)
        if (table->lines[i].n > 1)
            return true;
    return false;
}

/* Index of the head line, or table->n. One understood head is enough only when
 * nothing that looks like a row stands above it. */
static size_t find_head(const struct hw_import_table *table, const struct hw_import_heads *heads)
{
    size_t best = table->n, best_known = 0;
    bool rows_above = false;
    for (size_t i = 0; i < table->n && i < HEAD_LINES_MAX; i++) {
        const struct hw_import_line *line = &table->lines[i];
        if (line->place != HW_IMPORT_ROW || line->fault != HW_IMPORT_SOUND)
            continue;
        size_t known = heads_in(line, heads);
        if (known > best_known && (known > 1 || !rows_above)) {
            best_known = known;
            best = i;
        }
        rows_above = rows_above || line->n > 1;
    }
    return best < table->n && is_prose(table, best) ? table->n : best;
}

/* Cells without a head that stand in the same place in most rows make columns
 * without a name; a single wide row is a broken one. */
static uint32_t find_width(const struct hw_import_table *table, size_t head)
{
    uint32_t width = table->lines[head].width;
    size_t rows = 0, wider = 0;
    uint32_t least = HW_IMPORT_COLUMNS_MAX;
    for (size_t i = head + 1; i < table->n; i++) {
        const struct hw_import_line *line = &table->lines[i];
        if (line->place != HW_IMPORT_ROW || line->fault != HW_IMPORT_SOUND)
            continue;
        rows++;
        if (line->width > width) {
            wider++;
            least = line->width < least ? line->width : least;
        }
    }
    return wider * 2 > rows ? least : width;
}

struct reads {
    size_t filled, read, numbers, longest;
};

/* How many cells of a column its field would understand. */
static struct reads column_reads(const struct hw_import_table *table, size_t body, uint32_t column, const char *field)
{
    const struct hw_vocabulary *words =
        strcmp(field, "countries") == 0 ? NULL : hw_field_named(item_kind(), field)->words;
    struct reads reads = {0, 0, 0, 0};
    for (size_t i = body; i < table->n; i++) {
        struct hw_slice cell = hw_import_cell(&table->lines[i], column), part = cell;
        size_t at = 0;
        if (cell.n == 0)
            continue;
        reads.filled++;
        reads.longest = cell.n > reads.longest ? cell.n : reads.longest;
        reads.numbers += cell.p[0] >= '0' && cell.p[0] <= '9';
        if (words != NULL)
            reads.read += hw_word_find(words, cell) != 0;
        else if (hw_import_part(cell, true, &at, &part))
            reads.read += hw_country_find(part) != NULL;
    }
    return reads;
}

/* Heads such as "Type", "Progress" or "Location" mean something else in many
 * trackers: the cells decide. */
static const char *settle(const struct hw_import_table *table, size_t body, uint32_t column, const char *field)
{
    if (strcmp(field, "type") != 0 && strcmp(field, "countries") != 0 && strcmp(field, "status") != 0)
        return field;
    struct reads reads = column_reads(table, body, column, field);
    if (strcmp(field, "status") != 0)
        return reads.read * 2 >= reads.filled ? field : NULL;
    if (reads.read > 0 || reads.filled == 0)
        return field;
    if (reads.numbers == reads.filled)
        return "progress";
    return reads.longest > STATUS_BYTES_MAX ? "comment" : field;
}

static bool repeats(const char *field)
{
    if (strcmp(field, "comment") == 0 || strcmp(field, "rest") == 0)
        return true;
    const struct hw_field *found = hw_field_find(item_kind(), hw_slice_text(field));
    return found != NULL && found->set;
}

static bool taken(const struct hw_import_map *map, const char *field)
{
    for (uint32_t i = 0; i < map->width; i++)
        if (map->columns[i].field != NULL && strcmp(map->columns[i].field, field) == 0)
            return !repeats(field);
    return false;
}

/* A head as it is shown: no longer than what may be one. */
static const char *name_of(struct hw_slice head, uint32_t column, struct hw_arena *arena)
{
    size_t n = head.n < HEAD_BYTES_MAX ? head.n : HEAD_BYTES_MAX;
    while (n > 0 && n < head.n && (head.p[n] & 0xC0) == 0x80)
        n--;
    return n > 0 ? hw_arena_text(arena, head.p, n) : hw_arena_printf(arena, "column %u", (unsigned)column + 1);
}

/* What --map says comes first, then the heads from left to right; a second
 * column of one field goes to rest. */
static void name_columns(const struct hw_import_table *table, struct hw_import_heads *heads, struct hw_import_map *map)
{
    for (uint32_t i = 0; i < map->width; i++) {
        struct hw_slice head = hw_import_head_text(table, map, i, heads);
        map->columns[i] = (struct hw_import_column){head, name_of(head, i, heads->arena), NULL};
        struct hw_slice plain = hw_import_plain(map->columns[i].head, heads->arena);
        struct hw_import_named *named = named_head(heads, hw_fold(heads->arena, plain));
        if (named == NULL || taken(map, named->field))
            continue;
        named->used = true;
        map->columns[i].field = named->field;
    }
    for (uint32_t i = 0; i < map->width; i++) {
        if (map->columns[i].field != NULL)
            continue;
        const char *field = hw_import_head(heads, map->columns[i].head);
        field = field != NULL ? settle(table, map->body, i, field) : NULL;
        if (field != NULL && !taken(map, field))
            map->columns[i].field = field;
    }
    for (uint32_t i = 0; i < map->width; i++)
        if (map->columns[i].field != NULL && strcmp(map->columns[i].field, "rest") == 0)
            map->columns[i].field = NULL;
}

static bool find_column(const struct hw_import_map *map, const char *field, uint32_t *column)
{
    for (uint32_t i = 0; i < map->width; i++)
        if (map->columns[i].field != NULL && strcmp(map->columns[i].field, field) == 0) {
            *column = i;
            return true;
        }
    return false;
}

/* Whether at least `percent` of the rows have something in a column. */
static bool column_filled(const struct hw_import_table *table, size_t body, uint32_t column, size_t percent)
{
    size_t rows = 0, filled = 0;
    for (size_t i = body; i < table->n; i++) {
        rows += table->lines[i].place == HW_IMPORT_ROW;
        filled += hw_import_cell(&table->lines[i], column).n > 0;
    }
    return filled > 0 && filled * 100 >= rows * percent;
}

static bool find_weak_title(const struct hw_import_table *table, struct hw_import_map *map)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    for (uint32_t i = 0; i < map->width; i++) {
        const char *folded = hw_fold(&arena, map->columns[i].head);
        for (size_t k = 0; k < sizeof weak_titles / sizeof weak_titles[0] && map->columns[i].field == NULL; k++)
            if (strcmp(folded, hw_fold(&arena, hw_slice_text(weak_titles[k]))) == 0 &&
                column_filled(table, map->body, i, 90)) {
                map->title = i;
                return true;
            }
    }
    return find_column(map, "description", &map->title) && column_filled(table, map->body, map->title, 90);
}

/* The longest text that no head names and that stands in nearly every row;
 * numbers and dates are no titles. */
static bool guess_title(const struct hw_import_table *table, struct hw_import_map *map)
{
    size_t best = 0;
    for (uint32_t k = 0; k < map->width; k++) {
        size_t rows = 0, filled = 0, bytes = 0, words = 0;
        for (size_t i = map->body; i < table->n && rows < GUESS_ROWS; i++) {
            struct hw_slice cell = hw_import_cell(&table->lines[i], k);
            struct hw_when when;
            rows += table->lines[i].place == HW_IMPORT_ROW;
            filled += cell.n > 0;
            bytes += cell.n < GUESS_BYTES ? cell.n : GUESS_BYTES;
            hw_when_parse(cell, HW_DATES_DMY, &when);
            words += has_letter(cell) && when.kind == HW_WHEN_UNREAD;
        }
        if (map->columns[k].field != NULL || map->columns[k].head.n == 0 || filled * 10 < rows * 9 || words * 10 < filled * 9)
            continue;
        if (filled > 0 && bytes / filled > best) {
            best = bytes / filled;
            map->title = k;
        }
    }
    return best > 0;
}

/* Rows that are numbered in one column are titled by it, although its head
 * names a theme: "Priority areas" over 1), 1.1, 1.2. */
static bool find_numbered(const struct hw_import_table *table, struct hw_import_map *map)
{
    for (uint32_t k = 0; k < map->width; k++) {
        const char *field = map->columns[k].field;
        size_t filled = 0, numbered = 0;
        if (field != NULL && strcmp(field, "themes") != 0)
            continue;
        for (size_t i = map->body; i < table->n; i++) {
            struct hw_slice cell = hw_import_cell(&table->lines[i], k);
            struct hw_import_number number;
            filled += cell.n > 0;
            numbered += cell.n > 0 && hw_import_number_take(&cell, &number);
        }
        if (numbered > 1 && numbered * 2 >= filled) {
            map->title = k;
            map->columns[k].field = "title";
            return true;
        }
    }
    return false;
}

/* The title: a column so named; else the one whose head was left blank, as
 * people do with the first; else what else could be one. */
static bool find_title(const struct hw_import_table *table, struct hw_import_map *map)
{
    if (find_column(map, "title", &map->title))
        return true;
    for (uint32_t i = 0; i < map->width && i < 2; i++) /* the second, when the first has numbers */
        if (map->columns[i].head.n == 0 && map->columns[i].field == NULL && column_filled(table, map->body, i, 50)) {
            map->title = i;
            map->columns[i].field = "title";
            return true;
        }
    if (find_numbered(table, map))
        return true;
    bool found = find_column(map, "deliverables", &map->title);
    map->deliverable_titles = found;
    found = found || find_weak_title(table, map);
    if (!found && table->form == HW_IMPORT_CELL_LINES && map->columns[0].field == NULL) {
        map->title = 0;
        found = true;
    }
    if (!found)
        found = map->title_guessed = guess_title(table, map);
    if (found)
        map->columns[map->title].field = "title";
    return found;
}

/* Whether titles begin with numbers: one title that does may begin with a
 * quantity, half of them do not. */
static void find_numbers(const struct hw_import_table *table, struct hw_import_map *map)
{
    size_t titles = 0, numbers = 0, levels = 0;
    uint32_t column;
    bool own = find_column(map, "number", &column);
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    for (size_t i = map->body; i < table->n; i++) {
        struct hw_slice words[8], title = hw_import_plain(hw_import_cell(&table->lines[i], map->title), &arena);
        struct hw_import_number number;
        if (title.n == 0 || table->lines[i].place != HW_IMPORT_ROW)
            continue;
        titles++;
        (void)hw_import_country_take(&title, words, sizeof words / sizeof words[0]);
        bool read = own ? hw_import_number_read(hw_import_cell(&table->lines[i], column), &number)
                        : hw_import_number_take(&title, &number);
        numbers += read;
        levels += read && number.levels > 1;
        hw_arena_reset(&arena);
    }
    bool enough = numbers > 0 && numbers * 2 >= titles;
    map->numbered = enough && !own;
    map->levels = enough && levels > 0;
}

static void find_order(const struct hw_import_table *table, struct hw_import_map *map)
{
    for (size_t i = map->body; i < table->n; i++)
        for (size_t k = 0; k < table->lines[i].n; k++) {
            const struct hw_import_cell *cell = &table->lines[i].cells[k];
            const char *field = cell->column < map->width ? map->columns[cell->column].field : NULL;
            if (field == NULL || (strcmp(field, "deadline") != 0 && strcmp(field, "completed_on") != 0))
                continue;
            enum hw_date_order order = hw_when_proves(cell->text);
            map->order_torn = map->order_torn || (order != HW_DATES_UNKNOWN && map->order_line != 0 && order != map->order);
            if (order != HW_DATES_UNKNOWN && map->order_line == 0) {
                map->order = order;
                map->order_line = table->lines[i].line;
            }
        }
    if (map->order_torn)
        map->order = HW_DATES_UNKNOWN;
}

/* The heads as one line for a message. */
static const char *heads_line(const struct hw_import_map *map, struct hw_arena *arena)
{
    const char *line = "";
    for (uint32_t i = 0; i < map->width && strlen(line) < 300; i++)
        if (map->columns[i].head.n > 0)
            line = hw_arena_printf(arena, "%s%s\"%s\"", line, line[0] != 0 ? ", " : "",
                                   hw_import_column_name(map, i, arena));
    return line;
}

/* Whether most lines have as many cells as this one: prose has not. */
static bool is_usual(const struct hw_import_table *table, uint32_t width)
{
    size_t same = 0, rows = 0;
    for (size_t i = 0; i < table->n; i++) {
        rows += table->lines[i].place == HW_IMPORT_ROW;
        same += table->lines[i].place == HW_IMPORT_ROW && table->lines[i].width == width;
    }
    return same * 2 > rows;
}

/* No head says anything: what stands in the first line of several cells. */
static enum hw_status ask_heads(const struct hw_import_table *table, struct hw_err *err)
{
    struct hw_import_map seen = {.width = 0};
    for (size_t i = 0; i < table->n && i < HEAD_LINES_MAX && seen.width == 0; i++) {
        const struct hw_import_line *line = &table->lines[i];
        if (line->place != HW_IMPORT_ROW || line->n < 2 || line->fault != HW_IMPORT_SOUND ||
            !is_usual(table, line->width))
            continue;
        seen.width = line->width;
        seen.columns = hw_arena_zero(table->arena, line->width, sizeof *seen.columns);
        for (uint32_t k = 0; k < line->width; k++) {
            seen.columns[k].head = hw_import_cell(line, k);
            seen.columns[k].name = name_of(seen.columns[k].head, k, table->arena);
        }
    }
    if (seen.width == 0)
        return hw_fail(err, HW_DECISION, "no table is in it whose heads are understood; say what the columns are: "
                                         "--map \"HEAD OF A COLUMN=title\"");
    return hw_fail(err, HW_DECISION, "no head was understood; say which is the title: --map \"HEAD=title\"; the first "
                                     "line has %s", heads_line(&seen, table->arena));
}

enum hw_status hw_import_map_find(const struct hw_import_table *table, struct hw_import_heads *heads,
                                  struct hw_import_map *map, struct hw_err *err)
{
    *map = (struct hw_import_map){.head = find_head(table, heads)};
    if (map->head == table->n)
        return ask_heads(table, err);
    map->width = find_width(table, map->head);
    map->body = hw_import_head_end(table, map->head, heads);
    map->columns = hw_arena_zero(table->arena, map->width, sizeof *map->columns);
    name_columns(table, heads, map);
    for (size_t i = 0; i < heads->named_n; i++)
        if (!heads->named[i].used && !heads->named[i].remembered)
            return hw_fail(err, HW_USAGE, "--map names no free column: \"%.100s\"; the heads are %s", heads->named[i].head,
                           heads_line(map, table->arena));
    if (!find_title(table, map))
        return hw_fail(err, HW_DECISION, "no column holds the title; say which: --map \"HEAD=title\"; the heads are %s",
                       heads_line(map, table->arena));
    find_numbers(table, map);
    find_order(table, map);
    return HW_OK;
}

enum hw_status hw_import_book_map(struct hw_import_book *book, struct hw_import_heads *heads, struct hw_err *err)
{
    struct hw_err first = {HW_OK, ""};
    bool found = false;
    for (size_t i = 0; i < book->n; i++) {
        struct hw_import_table *table = &book->tables[i];
        struct hw_err why = {HW_OK, ""};
        if (table->form == HW_IMPORT_OUTLINE || table->form == HW_IMPORT_OBJECTS) {
            found = true;
            continue;
        }
        struct hw_import_map *map = hw_arena_zero(book->arena, 1, sizeof *map);
        enum hw_status status = HW_OK;
        if (!hw_import_own_map(table, book->arena, map))
            status = hw_import_map_find(table, heads, map, &why);
        if (status == HW_OK) {
            table->map = map;
            map->sheet = book->n > 1 ? table->name : NULL;
            found = true;
        } else if (status != HW_DECISION && status != HW_USAGE) {
            return hw_fail(err, status, "%s", why.text);
        } else if (first.status == HW_OK) {
            first = why;
        }
    }
    hw_import_own_join(book);
    return found ? HW_OK : hw_fail(err, first.status, "%s", first.text);
}
