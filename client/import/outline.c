/* outline.c: from line to line of an outline.
 * Floor 2, noun: import outline.  Headings say what the lines below them are;
 * a country holds until the next one. Text that no row takes stays with the
 * group, with the country in hand, or with the next row, each line with its
 * number ("line 12: ..."), so that check.c finds it again. */
#include "client/import/outline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/schema.h"

enum { NAME_BYTES_MAX = 500, TITLE_BYTES_MAX = 4000 };
/* A longer line is no heading and no theme. */
enum { HEADING_BYTES_MAX = 80 };
/* A slide has a dozen bullets; a line of thousands is none. */
enum { SLIDE_LINES_MAX = 100 };

uint32_t hw_outline_row(struct hw_outline *o, const char *kind)
{
    (void)hw_import_row_add(o->rows, o->arena, kind, o->table->first + o->at, o->table->lines[o->at].line);
    return (uint32_t)o->rows->n;
}

void hw_outline_value(struct hw_outline *o, uint32_t row, const char *field, struct hw_slice text, bool said)
{
    const struct hw_import_row *of = &o->rows->row[row - 1];
    const struct hw_kind *kind = hw_kind_find(hw_slice_text(of->kind));
    const struct hw_field *known = kind != NULL ? hw_field_find(kind, hw_slice_text(field)) : NULL;
    if (known != NULL && known->type != HW_TYPE_TEXT && known->type != HW_TYPE_ENUM)
        o->rows->typed++;
    else if (!said)
        o->rows->text++;
    hw_import_row_value(&o->rows->row[row - 1], o->arena, (struct hw_import_value){field, text, 0, said});
}

void hw_outline_note(struct hw_outline *o, size_t line, const char *text)
{
    hw_import_note(o->rows, o->arena, o->table->lines[line].line, text);
}

struct hw_slice hw_outline_text(const struct hw_outline *o, size_t line)
{
    return hw_import_cell(&o->table->lines[line], 0);
}

/* slides */

/* Where the number of a slide stands alone inside a text; `times` counts. */
static size_t alone_at(struct hw_slice text, const char *number, size_t *times)
{
    size_t n = strlen(number), found = text.n;
    for (size_t i = 0; i + n <= text.n; i++) {
        bool left = i == 0 || text.p[i - 1] == ' ', right = i + n == text.n || text.p[i + n] == ' ';
        if (left && right && memcmp(text.p + i, number, n) == 0) {
            found = i;
            ++*times;
        }
    }
    return found;
}

/* Slides print their number somewhere in their text, and count from one more
 * when a title page was left out. */
struct hw_slice hw_outline_clean(struct hw_outline *o, size_t line, struct hw_slice text)
{
    const struct hw_import_line *lines = o->table->lines;
    size_t first = line, end = line + 1;
    while (first > 0 && lines[first - 1].line == lines[line].line && line - first < SLIDE_LINES_MAX)
        first--;
    while (end < o->table->n && lines[end].line == lines[line].line && end - first < SLIDE_LINES_MAX)
        end++;
    for (unsigned slide = o->slide; o->slide != 0 && slide <= o->slide + 1; slide++) {
        const char *number = hw_arena_printf(o->arena, "%u", slide);
        size_t times = 0, here = 0;
        for (size_t i = first; i < end; i++)
            (void)alone_at(hw_outline_text(o, i), number, &times);
        size_t at = alone_at(text, number, &here);
        if (times == 0)
            continue;
        if (times > 1 || here != 1)
            return text;
        o->cleaned = slide;
        struct hw_slice before = hw_import_trim((struct hw_slice){text.p, at});
        size_t behind = at + strlen(number);
        return hw_import_trim(hw_slice_text(hw_arena_printf(o->arena, "%.*s%.*s", (int)before.n, (const char *)before.p,
                                                            (int)(text.n - behind), (const char *)text.p + behind)));
    }
    return text;
}

/* lines */

static bool marked(const struct hw_import_line *line)
{
    return line->mark == HW_IMPORT_BULLET || line->mark == HW_IMPORT_NUMBER;
}

static const struct hw_import_line *line_at(const struct hw_outline *o, size_t at)
{
    return at < o->table->n ? &o->table->lines[at] : NULL;
}

/* Whether the line in hand has lines below it. */
static bool has_below(const struct hw_outline *o)
{
    const struct hw_import_line *line = line_at(o, o->at), *next = line_at(o, o->at + 1);
    return next != NULL && marked(next) && next->depth > line->depth;
}

static void stay(struct hw_outline *o)
{
    if (o->keep[o->at] == 0)
        o->keep[o->at] = o->home;
}

static void open_section(struct hw_outline *o, const struct hw_outline_section *section)
{
    o->section = section;
    o->headed = line_at(o, o->at)->mark == HW_IMPORT_HEADING;
    o->heading = line_at(o, o->at)->depth;
    o->begun = false;
    o->theme = o->horizon = (struct hw_slice){NULL, 0};
    memset(o->level, 0, sizeof o->level);
}

/* A sign without a word. */
static bool is_empty(const struct hw_outline *o)
{
    struct hw_outline_words words;
    hw_outline_split(hw_outline_text(o, o->at), o->arena, &words);
    if (!marked(line_at(o, o->at)))
        return false;
    for (size_t i = 0; i < words.n; i++)
        if (words.word[i].text.n > 3 || (words.word[i].text.n > 0 && words.word[i].text.p[0] < 0x80))
            return false;
    return words.n <= 1;
}

static void take_twin(struct hw_outline *o)
{
    size_t first = o->twin[o->at] - 1;
    if (o->made[first] == 0) {
        stay(o);
        return;
    }
    o->keep[o->at] = o->made[first];
    if (o->above[first] == 0)
        hw_outline_note(o, o->at, hw_arena_printf(o->arena, "repeats line %u word for word; taken once",
                                                  (unsigned)o->table->lines[first].line));
}

/* Once for each inner list. */
static void say_nested(struct hw_outline *o)
{
    size_t above = o->above[o->at], end = o->at;
    if (above == 0 || above != o->at || o->made[above - 1] == 0)
        return;
    while (end + 1 < o->table->n && o->above[end + 1] == above)
        end++;
    size_t last = end + (end - o->at + 1);
    hw_outline_note(o, o->at,
                    hw_arena_printf(o->arena, "lines %u to %u stand twice, one after the other; read as a list below line %u",
                                    (unsigned)o->table->lines[o->at].line,
                                    (unsigned)o->table->lines[last < o->table->n ? last : o->table->n - 1].line,
                                    (unsigned)o->table->lines[above - 1].line));
}

/* Whether this is all that the line in hand says. */
static bool is_all(const struct hw_outline *o, struct hw_slice text)
{
    struct hw_slice line = hw_outline_text(o, o->at);
    return text.p == line.p && text.n == line.n;
}

static void take_member(struct hw_outline *o, struct hw_slice text)
{
    struct hw_outline_words words;
    size_t at, n;
    hw_outline_split(text, o->arena, &words);
    size_t end = words.n;
    bool proposed = hw_outline_find(&words, "proposed|tbc|propose|propuesto|proposto|предложен|مقترح", &at, &n) &&
                    at > 0 && words.word[at].before == '(';
    bool chair = hw_outline_find(&words, "co chair|cochair|chair|co lead|lead|secretariat|observer", &end, &n) && end > 0 &&
                 words.word[end].before == '(';
    const char *role = chair ? words.word[end].folded : "member";
    end = !chair ? words.n : end;
    end = proposed && at < end ? at : end;
    struct hw_slice name = proposed || chair ? hw_outline_span(&words, 0, end) : text;
    if (name.n == 0 || name.n > NAME_BYTES_MAX) {
        stay(o);
        return;
    }
    uint32_t row = hw_outline_row(o, "member");
    bool whole = is_all(o, name);
    hw_outline_value(o, row, "organisation", name, !whole);
    hw_outline_value(o, row, "role", hw_slice_text(strcmp(role, "cochair") == 0 ? "co-chair" : role), true);
    if (proposed)
        hw_outline_value(o, row, "state", hw_slice_text("proposed"), true);
    o->rows->row[row - 1].key =
        hw_import_key_next(o->keys, hw_arena_printf(o->arena, "member|%s", hw_fold(o->arena, name)));
    o->made[o->at] = row;
    if (!whole)
        o->keep[o->at] = row;
}

/* An entry without a date is still what its heading says. */
static void take_named(struct hw_outline *o, const char *kind, struct hw_slice text)
{
    struct hw_outline_words words;
    hw_outline_split(text, o->arena, &words);
    uint32_t row = strcmp(kind, "meeting") == 0 ? hw_outline_meetings(o, &words) : hw_outline_resources(o, text);
    if (row == 0 && text.n <= TITLE_BYTES_MAX) {
        size_t at, n;
        const char *type = strcmp(kind, "resource") == 0 ? hw_outline_resource(&words, 0, &at, &n) : NULL;
        row = hw_outline_row(o, kind);
        hw_outline_value(o, row, "title", text, !is_all(o, text));
        if (type != NULL)
            hw_outline_value(o, row, "type", hw_slice_text(type), true);
        if (o->country.n > 0)
            hw_outline_value(o, row, "countries", o->country, true);
        o->rows->row[row - 1].key = hw_import_key_next(
            o->keys, hw_arena_printf(o->arena, "%s|%s|%s", kind, o->country.n > 0 ? o->code : "", hw_fold(o->arena, text)));
        if (!is_all(o, text))
            o->keep[o->at] = row;
    } else if (row != 0) {
        o->keep[o->at] = row;
    } else {
        stay(o);
    }
    o->made[o->at] = row;
}

/* "... sector. NEXT STEPS (SHORT TERM)": what stands before it is of the section in hand. */
static struct hw_slice take_cut(struct hw_outline *o, struct hw_slice text, struct hw_outline_cut *cut,
                                struct hw_slice *behind)
{
    struct hw_outline_words words;
    *behind = (struct hw_slice){NULL, 0};
    hw_outline_split(text, o->arena, &words);
    if (!hw_outline_cut(&words, cut)) {
        cut->section = NULL;
        return text;
    }
    *behind = hw_outline_span(&words, cut->end, words.n);
    const uint8_t *at = words.word[cut->at].text.p;
    return hw_import_trim((struct hw_slice){text.p, (size_t)(at - text.p)});
}

/* An entry with no heading above it in an outline that has some: text. */
static bool untold(struct hw_outline *o, struct hw_slice text)
{
    struct hw_outline_words words;
    if (o->section != NULL || (o->alone && !o->told && !o->slides && o->country.n == 0))
        return false;
    hw_outline_split(text, o->arena, &words);
    uint32_t meeting = o->alone ? hw_outline_meetings(o, &words) : 0;
    if (meeting == 0)
        stay(o);
    if (meeting == 0 && !o->untold && o->alone && !o->slides) {
        hw_outline_note(o, o->at, "this line and others like it stand under no heading that says what they are; kept as text");
        o->untold = true;
    }
    return true;
}

/* "Child labour:" among entries is the theme of those that follow. */
static bool take_theme(struct hw_outline *o, struct hw_slice text)
{
    const struct hw_import_line *line = line_at(o, o->at), *next = line_at(o, o->at + 1);
    if (text.n == 0 || text.p[text.n - 1] != ':' || text.n > HEADING_BYTES_MAX || line->mark != HW_IMPORT_BULLET ||
        next == NULL || !marked(next) || next->depth != line->depth)
        return false;
    o->theme = hw_import_trim((struct hw_slice){text.p, text.n - 1});
    stay(o);
    return true;
}

/* "[x] Dig": a box that is ticked, or not yet. */
static const char *take_box(struct hw_slice *text)
{
    if (text->n < 5 || text->p[0] != '[' || text->p[2] != ']' || text->p[3] != ' ' || strchr("xX ", text->p[1]) == NULL)
        return NULL;
    const char *status = text->p[1] == ' ' ? "not started" : "completed";
    *text = hw_import_trim((struct hw_slice){text->p + 4, text->n - 4});
    return status;
}

static void take_item(struct hw_outline *o, struct hw_slice title, struct hw_slice number, bool whole, const char *status)
{
    uint32_t row = hw_outline_item(o, title, number, whole);
    if (row == 0) {
        stay(o);
        return;
    }
    if (status != NULL)
        hw_outline_value(o, row, "status", hw_slice_text(status), true);
    if (o->section == NULL && !o->untold) {
        hw_outline_note(o, o->at, "no heading says what the lines of this list are; read as activities");
        o->untold = true;
    }
}

static void take_entry(struct hw_outline *o)
{
    struct hw_slice text = hw_outline_text(o, o->at), number = {NULL, 0}, behind;
    struct hw_import_number read;
    struct hw_outline_cut cut;
    struct hw_slice clean = hw_outline_clean(o, o->at, text);
    bool whole = clean.p == text.p;
    if (line_at(o, o->at)->mark == HW_IMPORT_NUMBER && hw_import_number_take(&clean, &read))
        number = read.text;
    const char *status = take_box(&clean);
    struct hw_slice title = hw_import_plain(take_cut(o, clean, &cut, &behind), o->arena);
    whole = whole && cut.section == NULL && status == NULL && title.p == clean.p;
    if (untold(o, title)) {
        whole = false;
    } else if (title.n > 0 && (cut.section != NULL || !take_theme(o, title))) {
        o->begun = true;
        say_nested(o);
        enum hw_outline_role role = o->section != NULL ? o->section->role : HW_OUTLINE_ITEM;
        if (role == HW_OUTLINE_MEMBER)
            take_member(o, title);
        else if (role == HW_OUTLINE_MEETING || role == HW_OUTLINE_RESOURCE)
            take_named(o, role == HW_OUTLINE_MEETING ? "meeting" : "resource", title);
        else
            take_item(o, title, number, whole, status);
    }
    if (cut.section == NULL)
        return;
    stay(o);
    open_section(o, cut.section);
    o->horizon = cut.horizon;
    if (behind.n > 0 && behind.n <= HEADING_BYTES_MAX)
        o->theme = behind;
}

/* A numbered line of slides that names no country: products, or text. */
static void take_slide(struct hw_outline *o)
{
    struct hw_slice text = hw_outline_clean(o, o->at, hw_outline_text(o, o->at));
    struct hw_import_number number;
    struct hw_outline_words words;
    (void)hw_import_number_take(&text, &number);
    hw_outline_split(text, o->arena, &words);
    open_section(o, NULL);
    o->country = (struct hw_slice){NULL, 0};
    o->home = o->group;
    size_t n = hw_outline_phrase(&words, 0, "global products|products|publications|tools|key documents|resources|produits|"
                                            "outils|productos|publicaciones|produtos|ресурсы|публикации|المنشورات");
    if (n > 0 && n < words.n)
        text = (struct hw_slice){words.word[n].text.p, (size_t)(text.p + text.n - words.word[n].text.p)};
    uint32_t row = hw_outline_resources(o, text);
    if (row == 0)
        row = hw_outline_meetings(o, &words);
    if (row != 0 && o->keep[o->at] == 0)
        o->keep[o->at] = row;
    else
        stay(o);
}

/* A short line over a list, whose words say nothing. */
static bool unknown_heading(const struct hw_outline *o, struct hw_slice text)
{
    const struct hw_import_line *next = line_at(o, o->at + 1);
    return text.n <= HEADING_BYTES_MAX && strchr(".;,", text.p[text.n - 1]) == NULL && next != NULL && marked(next);
}

static struct hw_slice theme_of(const struct hw_outline *o, struct hw_slice text)
{
    text = hw_import_plain(text, o->arena);
    while (text.n > 0 && text.p[text.n - 1] == ':')
        text = hw_import_trim((struct hw_slice){text.p, text.n - 1});
    return text;
}

static void take_paragraph(struct hw_outline *o)
{
    struct hw_slice text = hw_outline_text(o, o->at);
    struct hw_outline_words words;
    bool heading = line_at(o, o->at)->mark == HW_IMPORT_HEADING;
    if (o->slides) {
        open_section(o, NULL);
        o->country = (struct hw_slice){NULL, 0};
        o->home = o->group;
    } else if (heading && o->section != NULL && o->headed && line_at(o, o->at)->depth > o->heading) {
        o->theme = theme_of(o, text); /* a heading below the one that says what the lines are */
    } else if (heading || (unknown_heading(o, text) && (o->begun || o->section == NULL))) {
        open_section(o, NULL);
        o->theme = theme_of(o, text);
    }
    hw_outline_split(text, o->arena, &words);
    if (o->keep[o->at] == 0 && o->alone && hw_outline_meetings(o, &words) != 0)
        return;
    stay(o);
}

static bool take_heading(struct hw_outline *o)
{
    const struct hw_import_line *line = line_at(o, o->at);
    struct hw_slice text = hw_outline_text(o, o->at);
    struct hw_import_number number;
    struct hw_outline_words words;
    if (line->mark == HW_IMPORT_NUMBER)
        (void)hw_import_number_take(&text, &number);
    hw_outline_split(text, o->arena, &words);
    bool list = line->mark == HW_IMPORT_BULLET || (line->mark == HW_IMPORT_NUMBER && !has_below(o));
    const struct hw_outline_section *section = hw_outline_section(&words, list);
    struct hw_outline_cut cut;
    if (section == NULL || (list && hw_outline_cut(&words, &cut) && (cut.at > 0 || cut.end < words.n)))
        return false;
    open_section(o, section);
    (void)hw_outline_meetings(o, &words);
    stay(o);
    return true;
}

static void take_fault(struct hw_outline *o)
{
    uint32_t row = hw_outline_row(o, "item");
    hw_import_row_problem(o->rows, &o->rows->row[row - 1], "this line has more than 60000 bytes; cut it into parts", 0,
                          hw_outline_text(o, o->at));
}

static void take_line(struct hw_outline *o)
{
    const struct hw_import_line *line = line_at(o, o->at);
    struct hw_import_number number;
    struct hw_slice text = hw_outline_text(o, o->at);
    o->cleaned = 0;
    /* Lines that name the group are kept with it already. */
    bool named = o->keep[o->at] != 0;
    if (o->slides && line->mark == HW_IMPORT_NUMBER && line->depth == 0 && hw_import_number_take(&text, &number))
        o->slide = number.part[0];
    if (line->fault != HW_IMPORT_SOUND)
        take_fault(o);
    else if (line->n == 0 || (named && (!o->slides || line->mark != HW_IMPORT_NUMBER)))
        return;
    else if (o->twin[o->at] != 0)
        take_twin(o);
    else if (is_empty(o)) {
        size_t before = o->at > 0 ? o->at - 1 : 0;
        o->keep[o->at] = o->made[before] != 0 ? o->made[before] : o->home;
        hw_outline_note(o, o->at, "an entry of the list is empty");
    } else if (hw_outline_country_line(o) || take_heading(o))
        return;
    else if (o->slides && line->mark == HW_IMPORT_NUMBER && line->depth == 0)
        take_slide(o);
    else if (marked(line))
        take_entry(o);
    else
        take_paragraph(o);
}

/* the whole */

/* Slides as text are numbered lines with bullets inside them. */
static bool find_slides(const struct hw_import_table *table)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < table->n; i++)
        n += table->lines[i].mark == HW_IMPORT_NUMBER && table->lines[i].depth == 0 &&
             table->lines[i + 1].mark == HW_IMPORT_BULLET && table->lines[i + 1].line == table->lines[i].line;
    return n >= 2;
}

static bool find_told(struct hw_outline *o)
{
    for (size_t i = 0; i < o->table->n; i++) {
        struct hw_outline_words words;
        if (o->table->lines[i].n == 0 || marked(&o->table->lines[i]))
            continue;
        hw_outline_split(hw_outline_text(o, i), o->arena, &words);
        if (hw_outline_section(&words, false) != NULL)
            return true;
    }
    return false;
}

/* Text is kept with its line's number; lines of one row stand together, and
 * what `rest` cannot hold goes into comments of many lines each. */
static void keep_lines(struct hw_outline *o, uint32_t number, const uint32_t *next, uint32_t line)
{
    enum { PIECE_BYTES_MAX = HW_IMPORT_CELL_MAX - 100 };
    uint8_t *piece = NULL;
    size_t n = 0;
    for (; line != 0; line = next[line - 1]) {
        struct hw_import_row *row = &o->rows->row[number - 1];
        struct hw_slice text = hw_outline_text(o, line - 1);
        const char *name = hw_arena_printf(o->arena, "line %u", (unsigned)o->table->lines[line - 1].line);
        size_t label = strlen(name) + 2;
        if (row->rest_n + label + text.n + 2 <= HW_IMPORT_REST_MAX || label + text.n > PIECE_BYTES_MAX) {
            hw_import_row_keep(row, o->arena, name, text, 0);
            continue;
        }
        if (piece != NULL && n + 1 + label + text.n > PIECE_BYTES_MAX) {
            hw_outline_value(o, number, "comment", (struct hw_slice){piece, n}, true);
            piece = NULL;
            n = 0;
        }
        if (piece == NULL)
            piece = hw_arena_alloc(o->arena, PIECE_BYTES_MAX);
        if (n > 0)
            piece[n++] = '\n';
        n += (size_t)snprintf((char *)piece + n, PIECE_BYTES_MAX - n, "%s: ", name);
        memcpy(piece + n, text.p, text.n);
        n += text.n;
    }
    if (n > 0)
        hw_outline_value(o, number, "comment", (struct hw_slice){piece, n}, true);
}

/* Lines without a place go to the next row, or to the last one. */
static void place_others(struct hw_outline *o, size_t before)
{
    size_t row = before;
    for (size_t i = 0; i < o->table->n; i++) {
        if (o->keep[i] != 0 || o->rows->carrier[o->table->first + i] != 0)
            continue;
        while (row + 1 < o->rows->n && (o->rows->row[row].source < o->table->first + i || o->rows->row[row].problem != NULL))
            row++;
        o->keep[i] = o->group != 0 ? o->group : (uint32_t)row + 1;
    }
}

static void finish(struct hw_outline *o, size_t before)
{
    size_t n = o->table->n, rows = o->rows->n;
    if (rows == before)
        return;
    HW_CLEANUP(hw_arena_done) struct hw_arena scratch;
    hw_arena_init(&scratch);
    place_others(o, before);
    uint32_t *first = hw_arena_zero(&scratch, rows, sizeof *first), *next = hw_arena_zero(&scratch, n, sizeof *next);
    for (size_t i = n; i > 0; i--) {
        uint32_t keep = o->keep[i - 1];
        if (keep == 0)
            continue;
        o->rows->carrier[o->table->first + i - 1] = keep;
        o->rows->kept++;
        next[i - 1] = first[keep - 1];
        first[keep - 1] = (uint32_t)i;
    }
    for (size_t i = 0; i < rows; i++)
        keep_lines(o, (uint32_t)i + 1, next, first[i]);
}

/* By line, then by text: the same file gives the same notes in the same order. */
static int compare_notes(const void *a, const void *b)
{
    const struct hw_import_note *x = a, *y = b;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : strcmp(x->text, y->text);
}

/* A file speaks of one group, whatever part of it names the group first. */
static uint32_t known_group(const struct hw_import_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->row[i].kind, "group") == 0 && rows->row[i].problem == NULL)
            return (uint32_t)i + 1;
    return 0;
}

static void walk(struct hw_outline *o)
{
    o->group = known_group(o->rows);
    hw_outline_group(o);
    o->home = o->group;
    for (o->at = 0; o->at < o->table->n; o->at++)
        take_line(o);
}

void hw_outline_make(const struct hw_import_book *book, const struct hw_import_table *table,
                     struct hw_import_rows *rows, struct hw_import_keys *keys)
{
    struct hw_outline o = {.table = table, .arena = book->arena, .rows = rows, .keys = keys, .alone = true};
    size_t before = rows->n, notes = rows->notes_n;
    for (size_t i = 0; i < book->n; i++)
        o.alone = o.alone && book->tables[i].map == NULL;
    o.keep = hw_arena_zero(o.arena, table->n, sizeof *o.keep);
    o.twin = hw_arena_zero(o.arena, table->n, sizeof *o.twin);
    o.above = hw_arena_zero(o.arena, table->n, sizeof *o.above);
    o.made = hw_arena_zero(o.arena, table->n, sizeof *o.made);
    o.slides = find_slides(table);
    o.told = find_told(&o);
    hw_outline_repeats(&o);
    walk(&o);
    /* Headings were understood, but over text alone: then its lists say what is to be done. */
    if (rows->n == before && o.told && o.alone) {
        rows->notes_n = notes;
        o.told = o.untold = false;
        walk(&o);
    }
    finish(&o, before);
    if (rows->notes_n > notes)
        qsort(rows->note + notes, rows->notes_n - notes, sizeof *rows->note, compare_notes);
}
