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
    COLUMNS_MAX = 24     /* the widest table has 12 columns */
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

struct hw_table {
    struct hw_look look;
    size_t columns;
    struct libscols_table *cols; /* NULL with --plain */
    struct libscols_line *line;  /* the last row */
    char *text;                  /* with --plain: the lines so far */
    size_t text_n;
    FILE *lines;
};

struct hw_table *hw_table_new(const struct hw_look *look)
{
    struct hw_table *table = hw_alloc(sizeof *table);
    *table = (struct hw_table){.look = *look};
    if (look->plain) {
        table->lines = open_memstream(&table->text, &table->text_n);
        return table;
    }
    table->cols = scols_new_table();
    scols_table_set_column_separator(table->cols, "  ");
    scols_table_enable_colors(table->cols, look->colour);
    scols_table_set_termforce(table->cols, look->width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (look->width)
        scols_table_set_termwidth(table->cols, (size_t)look->width);
    return table;
}

void hw_table_free(struct hw_table *table)
{
    if (!table)
        return;
    if (table->lines)
        fclose(table->lines);
    scols_unref_table(table->cols);
    free(table->text);
    free(table);
}

void hw_table_column(struct hw_table *table, const char *head, int flags)
{
    table->columns++;
    if (!table->cols)
        return;
    int scols = (flags & HW_COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0) | (flags & HW_COLUMN_CUT ? SCOLS_FL_TRUNC : 0);
    scols_table_new_column(table->cols, head, flags & HW_COLUMN_CUT ? 0.1 : 0, scols);
}

void hw_table_row(struct hw_table *table, const char *const *cells)
{
    if (table->cols)
        table->line = scols_table_new_line(table->cols, NULL);
    for (size_t i = 0; i < table->columns && i < COLUMNS_MAX; i++) {
        const char *cell = cells[i] ? cells[i] : "";
        if (!table->cols) {
            if (i)
                putc('\t', table->lines);
            hw_look_text(table->lines, cell);
            continue;
        }
        char *clean = NULL;
        size_t clean_n = 0;
        FILE *to = open_memstream(&clean, &clean_n);
        hw_look_text(to, cell);
        fclose(to);
        scols_line_refer_data(table->line, i, clean); /* takes it over */
    }
    if (!table->cols)
        putc('\n', table->lines);
}

void hw_table_ink(struct hw_table *table, size_t column, enum hw_ink ink)
{
    if (table->cols && table->look.colour && table->line)
        scols_cell_set_color(scols_line_get_cell(table->line, column), hw_look_ink(&table->look, ink));
}

void hw_table_print(struct hw_table *table, FILE *to)
{
    if (table->cols) {
        scols_table_set_stream(table->cols, to);
        scols_print_table(table->cols);
        return;
    }
    fflush(table->lines);
    fwrite(table->text, 1, table->text_n, to);
}

void hw_csv_start(FILE *to)
{
    fputs("\xef\xbb\xbf", to); /* without it Excel takes UTF-8 for the local code page */
}

static void csv_cell(FILE *to, const char *cell)
{
    bool formula = *cell && strchr("=+-@\t\r", *cell);
    bool quote = formula || strpbrk(cell, ",\"\r\n;") || cell[0] == ' ';
    if (quote)
        putc('"', to);
    if (formula)
        putc('\'', to);
    for (; *cell; cell++) {
        if (*cell == '"')
            putc('"', to);
        putc(*cell, to);
    }
    if (quote)
        putc('"', to);
}

void hw_csv_row(FILE *to, const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            putc(',', to);
        csv_cell(to, cells[i] ? cells[i] : "");
    }
    fputs("\r\n", to);
}
