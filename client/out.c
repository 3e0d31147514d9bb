/* out.c: text, tables and CSV for people (floor 2, nouns: look, table, csv).
 *
 * Everything printed may come from another office or from a file somebody
 * else wrote, so control characters never reach the terminal and formulas never
 * reach a spreadsheet. */
#include "client/out.h"

#include <langinfo.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include "headway/bytes.h"

enum {
    WIDTH_MIN = 40,      /* narrower terminals wrap; cutting would leave nothing to read */
    WIDTH_USUAL = 80,    /* a terminal that does not say */
    COLUMNS_MAX = 24,    /* the widest table has 9 columns */
    GAP = 2,             /* columns between two columns of a table */
    CUT_LEAST = 10,      /* a country list or a code stays readable */
    WIDE_LEAST = 16,     /* of the column that people read */
    WIDE_FAIR = 24,      /* below that other columns are left out first */
    WIDE_WEIGHT = 3      /* it keeps so many times as much as the others */
};

void hw_look_start(void)
{
    /* Characters only: numbers and dates in our output do not depend on the locale. */
    setlocale(LC_CTYPE, "");
}

/* Whether the user asked for UTF-8, also where that locale is not installed.
 * libsmartcols measures with the C library, and data is UTF-8 wherever we run:
 * so the process itself uses UTF-8 characters in any case. */
static bool locale_utf8(void)
{
    const char *all = getenv("LC_ALL"), *ctype = getenv("LC_CTYPE"), *lang = getenv("LANG");
    const char *asked = all && *all ? all : ctype && *ctype ? ctype : lang ? lang : "";
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (!utf8)
        setlocale(LC_CTYPE, "C.UTF-8");
    return strcasestr(asked, "utf-8") || strcasestr(asked, "utf8") ||
           (utf8 && *asked && strcmp(asked, "C") != 0 && strcmp(asked, "POSIX") != 0);
}

static int width_of(FILE *to)
{
    struct winsize size = {0};
    if (!isatty(fileno(to)))
        return 0;
    if (ioctl(fileno(to), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_USUAL;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

struct hw_look hw_look_of(FILE *to, bool plain)
{
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    struct hw_look look = {.plain = plain, .width = width_of(to), .utf8 = locale_utf8()};
    look.colour = look.width > 0 && !plain && !dumb && !(no_colour && *no_colour);
    return look;
}

const char *hw_look_ink(const struct hw_look *look, enum hw_ink ink)
{
    static const char *const codes[] = {
        [HW_INK_NONE] = "\033[0m", [HW_INK_BOLD] = "\033[1m",  [HW_INK_DIM] = "\033[2m",
        [HW_INK_GOOD] = "\033[32m", [HW_INK_WARN] = "\033[33m", [HW_INK_BAD] = "\033[31m"};
    return look->colour ? codes[ink] : "";
}

const char *hw_look_arrow(const struct hw_look *look)
{
    return look->utf8 ? "→" : "->";
}

const char *hw_look_warning(const struct hw_look *look)
{
    return look->utf8 ? "▲" : "!";
}

const char *hw_look_dot(const struct hw_look *look)
{
    return look->utf8 ? "…" : "...";
}

/* Length of a control character at `p`, 0 when it is none: C0, DEL, and C1 in
 * its UTF-8 form. */
static size_t control(const char *p)
{
    unsigned char a = (unsigned char)p[0], b = (unsigned char)p[1];
    if (a < 0x20 || a == 0x7f)
        return 1;
    return a == 0xc2 && b >= 0x80 && b <= 0x9f ? 2 : 0;
}

void hw_look_text(FILE *to, const char *text)
{
    while (*text) {
        size_t skip = control(text);
        putc(skip ? ' ' : *text, to);
        text += skip ? skip : 1;
    }
}

void hw_look_lines(FILE *to, const char *text, int indent)
{
    while (*text) {
        size_t skip = control(text);
        if (*text == '\n')
            fprintf(to, "\n%*s", indent, "");
        else if (*text != '\r')
            putc(skip ? ' ' : *text, to);
        text += skip ? skip : 1;
    }
}

size_t hw_look_columns(const char *text)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
    size_t columns = 0;
    while (left > 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate(p, left, &c);
        if (n <= 0)
            return columns + (size_t)left;
        int width = utf8proc_charwidth(c);
        columns += (size_t)(width > 0 ? width : 0);
        p += n;
        left -= n;
    }
    return columns;
}

/* Cells are kept until the end: only then is it known what must be cut. */
struct hw_table {
    struct hw_look look;
    const char *heads[COLUMNS_MAX];
    int flags[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX];
    size_t columns, rows;
    char **cells;       /* rows x columns, each owned */
    enum hw_ink *inks;  /* the same shape */
    size_t cap;         /* cells that fit */
};

struct hw_table *hw_table_new(const struct hw_look *look)
{
    struct hw_table *table = hw_alloc(sizeof *table);
    *table = (struct hw_table){.look = *look};
    return table;
}

void hw_table_free(struct hw_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->inks);
    free(table);
}

void hw_table_column(struct hw_table *table, const char *head, int flags)
{
    if (table->columns == COLUMNS_MAX)
        return;
    table->heads[table->columns] = head;
    table->flags[table->columns] = flags;
    table->widths[table->columns++] = hw_look_columns(head);
}

static char *clean_copy(const char *cell)
{
    char *clean = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&clean, &n);
    hw_look_text(to, cell ? cell : "");
    fclose(to);
    return clean;
}

void hw_table_row(struct hw_table *table, const char *const *cells)
{
    size_t at = table->rows * table->columns;
    if (at + table->columns > table->cap) {
        table->cap = table->cap * 2 + 64 * table->columns;
        table->cells = hw_realloc(table->cells, table->cap * sizeof *table->cells);
        table->inks = hw_realloc(table->inks, table->cap * sizeof *table->inks);
    }
    for (size_t i = 0; i < table->columns; i++) {
        table->cells[at + i] = clean_copy(cells[i]);
        table->inks[at + i] = HW_INK_NONE;
        size_t width = hw_look_columns(table->cells[at + i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    table->rows++;
}

void hw_table_ink(struct hw_table *table, size_t column, enum hw_ink ink)
{
    if (table->rows > 0 && column < table->columns)
        table->inks[(table->rows - 1) * table->columns + column] = ink;
}

/* The widest column that may lose one more character, or COLUMNS_MAX. */
static size_t widest(const struct hw_table *table)
{
    size_t found = COLUMNS_MAX, most = 0;
    for (size_t i = 0; i < table->columns; i++) {
        bool wide = table->flags[i] & HW_COLUMN_WIDE;
        size_t least = wide ? WIDE_LEAST : CUT_LEAST, weight = table->widths[i] / (wide ? WIDE_WEIGHT : 1);
        bool may = (table->flags[i] & (HW_COLUMN_CUT | HW_COLUMN_WIDE)) && table->widths[i] > least;
        if (may && weight > most) {
            most = weight;
            found = i;
        }
    }
    return found;
}

/* Columns of the terminal that the table takes; left-out columns have width 0. */
static size_t total_width(const struct hw_table *table)
{
    size_t total = 0;
    for (size_t i = 0; i < table->columns; i++)
        total += table->widths[i] ? table->widths[i] + (total ? GAP : 0) : 0;
    return total;
}

/* How narrow the table becomes by cutting, with enough left of the column that people read. */
static size_t fair_width(const struct hw_table *table)
{
    size_t total = 0;
    for (size_t i = 0; i < table->columns; i++) {
        size_t least = table->flags[i] & HW_COLUMN_WIDE ? WIDE_FAIR : CUT_LEAST, width = table->widths[i];
        bool cut = (table->flags[i] & (HW_COLUMN_CUT | HW_COLUMN_WIDE)) && width > least;
        total += width ? (cut ? least : width) + (total ? GAP : 0) : 0;
    }
    return total;
}

/* Leaves out what may be left out, the last such column first, then cuts. */
static void fit(struct hw_table *table)
{
    size_t limit = (size_t)table->look.width;
    if (limit == 0)
        return;
    for (size_t i = table->columns; i-- > 0 && fair_width(table) > limit;)
        if (table->flags[i] & HW_COLUMN_SPARE)
            table->widths[i] = 0;
    for (size_t total = total_width(table); total > limit; total--) {
        size_t column = widest(table);
        if (column == COLUMNS_MAX)
            return; /* the terminal breaks the lines then */
        table->widths[column]--;
    }
}

/* Shortens the cell in place to `width` columns, the last one a dot. */
static void cut(const struct hw_look *look, char **cell, size_t width)
{
    const char *dot = look->utf8 ? "…" : ".";
    if (hw_look_columns(*cell) <= width)
        return;
    size_t n = 0, columns = 0;
    while ((*cell)[n]) {
        size_t next = n + 1;
        while (((unsigned char)(*cell)[next] & 0xc0) == 0x80)
            next++;
        char c[8] = "";
        memcpy(c, *cell + n, next - n < sizeof c ? next - n : sizeof c - 1);
        columns += hw_look_columns(c);
        if (columns + 1 > width)
            break;
        n = next;
    }
    *cell = hw_realloc(*cell, n + strlen(dot) + 1);
    memcpy(*cell + n, dot, strlen(dot) + 1);
}

static void print_plain(const struct hw_table *table, FILE *to)
{
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        fputs(table->cells[i], to);
        putc((i + 1) % table->columns ? '\t' : '\n', to);
    }
}

void hw_table_print(struct hw_table *table, FILE *to)
{
    if (table->look.plain) {
        print_plain(table, to);
        return;
    }
    struct libscols_table *cols = scols_new_table();
    scols_table_set_column_separator(cols, "  ");
    scols_table_enable_colors(cols, table->look.colour);
    scols_table_set_termforce(cols, SCOLS_TERMFORCE_NEVER); /* fit() has done the cutting */
    scols_table_set_stream(cols, to);
    fit(table);
    for (size_t i = 0; i < table->columns; i++)
        scols_table_new_column(cols, table->heads[i], 0,
                               (table->flags[i] & HW_COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0) |
                                   (table->widths[i] ? 0 : SCOLS_FL_HIDDEN));
    for (size_t row = 0; row < table->rows; row++) {
        struct libscols_line *line = scols_table_new_line(cols, NULL);
        for (size_t i = 0; i < table->columns; i++) {
            size_t at = row * table->columns + i;
            cut(&table->look, &table->cells[at], table->widths[i]);
            scols_line_set_data(line, i, table->cells[at]);
            if (table->look.colour && table->inks[at] != HW_INK_NONE)
                scols_cell_set_color(scols_line_get_cell(line, i), hw_look_ink(&table->look, table->inks[at]));
        }
    }
    scols_print_table(cols);
    scols_unref_table(cols);
}

void hw_csv_start(FILE *to)
{
    fputs("\xef\xbb\xbf", to); /* without it Excel takes UTF-8 for the local code page */
}

bool hw_csv_guarded(const char *cell)
{
    cell += strspn(cell, "'");
    return *cell && strchr("=+-@\t\r", *cell);
}

struct hw_slice hw_csv_unguard(struct hw_slice cell)
{
    size_t n = 0;
    while (n < cell.n && cell.p[n] == '\'')
        n++;
    bool guarded = n > 0 && n < cell.n && cell.p[n] && strchr("=+-@\t\r", cell.p[n]);
    return guarded ? (struct hw_slice){cell.p + 1, cell.n - 1} : cell;
}

static void csv_cell(FILE *to, const char *cell, char separator)
{
    const char special[] = {separator, '"', '\r', '\n', ';', '\0'};
    bool guard = hw_csv_guarded(cell);
    bool quote = guard || strpbrk(cell, special) || cell[0] == ' ';
    if (quote)
        putc('"', to);
    if (guard)
        putc('\'', to);
    for (; *cell; cell++) {
        if (*cell == '"')
            putc('"', to);
        putc(*cell, to);
    }
    if (quote)
        putc('"', to);
}

void hw_csv_cells(FILE *to, const char *const *cells, size_t n, char separator)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            putc(separator, to);
        csv_cell(to, cells[i] ? cells[i] : "", separator);
    }
    fputs("\r\n", to);
}

void hw_csv_row(FILE *to, const char *const *cells, size_t n)
{
    hw_csv_cells(to, cells, n, ',');
}
