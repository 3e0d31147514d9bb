/* book.c: what a file is, and the tables that it holds.
 * Floor 2, noun: import book.  Looks at the first bytes and hands the file to the
 * reader of that form; the forms of text are told apart in table.c. */
#include <string.h>

#include "client/import/html.h"
#include "client/import/json.h"
#include "client/import/map.h"
#include "client/import/package.h"
#include "headway/cbor.h"

struct hw_import_table *hw_import_book_table(struct hw_import_book *book, enum hw_import_form form, const char *name)
{
    if (book->n == book->cap) {
        size_t cap = book->cap == 0 ? 4 : book->cap * 2;
        struct hw_import_table *more = hw_arena_zero(book->arena, cap, sizeof *more);
        if (book->n > 0)
            memcpy(more, book->tables, book->n * sizeof *more);
        book->tables = more;
        book->cap = cap;
    }
    struct hw_import_table *table = &book->tables[book->n++];
    *table = (struct hw_import_table){.arena = book->arena, .form = form, .name = name};
    return table;
}

void hw_import_book_note(struct hw_import_book *book, uint32_t line, const char *text)
{
    if (book->notes_n == book->notes_cap) {
        size_t cap = book->notes_cap == 0 ? 8 : book->notes_cap * 2;
        struct hw_import_note *more = hw_arena_alloc(book->arena, cap * sizeof *more);
        if (book->notes_n > 0)
            memcpy(more, book->note, book->notes_n * sizeof *more);
        book->note = more;
        book->notes_cap = cap;
    }
    book->note[book->notes_n++] = (struct hw_import_note){line, text};
}

void hw_import_book_seal(struct hw_import_book *book)
{
    book->lines = 0;
    for (size_t i = 0; i < book->n; i++) {
        book->tables[i].first = book->lines;
        book->lines += book->tables[i].n;
    }
}

const struct hw_import_table *hw_import_book_at(const struct hw_import_book *book, size_t nth)
{
    size_t low = 0, high = book->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (book->tables[middle].first <= nth)
            low = middle;
        else
            high = middle;
    }
    /* Tables without a line share the number of the next; the last of them holds it. */
    return &book->tables[low];
}

/* A page may say its encoding; what is UTF-8 is that, whatever it says. */
static enum hw_status decode(struct hw_slice bytes, enum hw_html_look look, struct hw_arena *arena,
                             struct hw_import_text *text, struct hw_err *err)
{
    const char *charset = look != HW_HTML_NOT && !hw_utf8_valid(bytes) ? hw_import_html_charset(bytes) : NULL;
    if (charset != NULL && strcmp(charset, "UTF-8") != 0)
        return hw_import_text_named(bytes, charset, arena, text, err);
    return hw_import_text_decode(bytes, arena, text, err);
}

/* Whether a file that begins with a tag is a table of text all the same: the
 * cells of some programs hold tags. */
static bool better_as_text(struct hw_slice text, const struct hw_import_heads *heads)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena scratch;
    struct hw_import_table table;
    struct hw_import_map map;
    struct hw_import_heads own = *heads;
    hw_arena_init(&scratch);
    own.arena = &scratch;
    return hw_import_table_read(text, &own, &scratch, &table, NULL) == HW_OK &&
           hw_import_map_find(&table, &own, &map, NULL) == HW_OK && map.width > 1 && map.head + 1 < table.n;
}

static enum hw_status read_text(struct hw_slice bytes, const struct hw_import_heads *heads,
                                struct hw_import_book *book, struct hw_err *err)
{
    struct hw_import_text text;
    if (decode(bytes, hw_import_html_look(bytes), book->arena, &text, err) != HW_OK)
        return err->status;
    enum hw_html_look look = hw_import_html_look(text.text);
    book->encoding = text.encoding;
    if (hw_import_json_look(text.text))
        return hw_import_json_read(text.text, book, err);
    if (look == HW_HTML_SURELY || (look == HW_HTML_MAYBE && !better_as_text(text.text, heads)))
        return hw_import_html_read(text.text, book, err);
    book->form = "text";
    struct hw_import_table *table = hw_import_book_table(book, HW_IMPORT_SEPARATED, NULL);
    return hw_import_table_read(text.text, heads, book->arena, table, err);
}

static bool begins(struct hw_slice bytes, const char *magic)
{
    return bytes.n >= 4 && memcmp(bytes.p, magic, 4) == 0;
}

enum hw_status hw_import_book_read(struct hw_slice bytes, const struct hw_import_heads *heads, struct hw_arena *arena,
                                   struct hw_import_book *book, struct hw_err *err)
{
    struct hw_err why = {HW_OK, ""};
    *book = (struct hw_import_book){.arena = arena};
    enum hw_status status;
    if (begins(bytes, "PK\x03\x04") || begins(bytes, "PK\x05\x06"))
        status = hw_import_zip_read(bytes, book, &why);
    else if (begins(bytes, "\xD0\xCF\x11\xE0"))
        status = hw_fail(&why, HW_USAGE, "this is a file of an old office program, or one with a password; "
                                         "save it as .xlsx or .docx without a password and import that");
    else
        status = read_text(bytes, heads, book, &why);
    if (status == HW_OK && book->n == 0)
        status = hw_fail(&why, HW_USAGE, "the file holds no text");
    if (status != HW_OK)
        return hw_fail(err, status, "%s", why.text);
    if (book->n > HW_IMPORT_TABLES_MAX)
        return hw_fail(err, HW_LIMIT, "the file has more than %d tables; cut it into parts", HW_IMPORT_TABLES_MAX);
    hw_import_book_seal(book);
    return HW_OK;
}
