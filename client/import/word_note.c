/* word_note.c: footnotes, endnotes and comments of a document.
 * Floor 2, noun: import document.  They have parts of their own; the text names them by
 * their ids where they belong. */
#include <stdlib.h>
#include <string.h>

#include "client/import/run.h"
#include "client/import/word.h"

enum { NOTES_MAX = 50000, AUTHOR_BYTES_MAX = 200 };

struct reading {
    struct hw_word_notes *notes;
    struct hw_arena *arena;
    struct hw_import_run run;
    char kind;
    long id;
    const char *author; /* arena, or NULL */
    bool in_note, in_text;
};

static bool is_note(const char *name)
{
    return strcmp(name, "footnote") == 0 || strcmp(name, "endnote") == 0 || strcmp(name, "comment") == 0 ||
           strcmp(name, "hdr") == 0 || strcmp(name, "ftr") == 0;
}

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    const char *author = hw_import_xml_get(attributes, "author"), *type = hw_import_xml_get(attributes, "type");
    r->in_text = false;
    if (is_note(name)) {
        r->id = hw_import_xml_number(attributes, "id", -1);
        r->author = author != NULL && author[0] != 0 && strlen(author) <= AUTHOR_BYTES_MAX ? hw_arena_text(r->arena, author, strlen(author)) : NULL;
        /* The lines between text and notes are written as notes too. */
        r->in_note = type == NULL || strcmp(type, "normal") == 0;
        hw_import_run_clear(&r->run);
    } else if (strcmp(name, "del") == 0 || strcmp(name, "moveFrom") == 0 || strcmp(name, "Fallback") == 0 ||
               strcmp(name, "rPr") == 0) {
        hw_import_xml_skip(xml);
    } else if (strcmp(name, "p") == 0 || strcmp(name, "br") == 0 || strcmp(name, "cr") == 0) {
        hw_import_run_break(&r->run);
    } else if (strcmp(name, "tab") == 0 || strcmp(name, "tc") == 0) {
        hw_import_run_text(&r->run, " ");
    } else {
        r->in_text = r->in_note && strcmp(name, "t") == 0;
    }
}

static void note_end(struct hw_import_xml *xml, struct reading *r)
{
    struct hw_word_notes *notes = r->notes;
    struct hw_slice text = hw_import_trim(hw_import_run_slice(&r->run));
    const char *what = r->kind == 'f' ? "footnote" : r->kind == 'e' ? "endnote" : r->kind == 'c' ? "comment" : "on each page";
    r->in_note = false;
    if (text.n == 0)
        return;
    if (notes->n == NOTES_MAX || text.n > HW_IMPORT_CELL_MAX - 1000) {
        hw_import_xml_fail(xml, HW_LIMIT, "the document has more than %d notes, or one of more than %d bytes", NOTES_MAX,
                           HW_IMPORT_CELL_MAX - 1000);
        return;
    }
    if (notes->n == notes->cap) {
        size_t cap = notes->cap == 0 ? 16 : notes->cap * 2;
        struct hw_word_note *more = hw_arena_alloc(r->arena, cap * sizeof *more);
        if (notes->n > 0)
            memcpy(more, notes->p, notes->n * sizeof *more);
        notes->p = more;
        notes->cap = cap;
    }
    const char *said = hw_arena_printf(r->arena, "%s%s%s: %.*s", what, r->author != NULL ? " by " : "",
                                       r->author != NULL ? r->author : "", (int)text.n, (const char *)text.p);
    notes->p[notes->n++] = (struct hw_word_note){r->kind, r->id, said};
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    struct reading *r = xml->user;
    r->in_text = false;
    if (is_note(name) && r->in_note)
        note_end(xml, r);
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    struct reading *r = xml->user;
    if (r->in_text)
        hw_import_run_add(&r->run, text);
}

enum hw_status hw_word_notes_read(struct hw_word_notes *notes, char kind, struct hw_import_package *package,
                                  const struct hw_import_part *part, struct hw_err *err)
{
    struct reading reading = {.notes = notes, .arena = package->arena, .kind = kind};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    enum hw_status status = hw_import_package_read(package, part, &xml, err);
    hw_import_run_done(&reading.run);
    return status;
}

static int by_id(const void *a, const void *b)
{
    const struct hw_word_note *one = a, *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return (one->id > other->id) - (one->id < other->id);
}

void hw_word_notes_sort(struct hw_word_notes *notes)
{
    if (notes->n > 1)
        qsort(notes->p, notes->n, sizeof *notes->p, by_id);
}

const char *hw_word_note_find(const struct hw_word_notes *notes, char kind, long id)
{
    struct hw_word_note wanted = {.kind = kind, .id = id}, *found = NULL;
    if (notes->n > 0)
        found = bsearch(&wanted, notes->p, notes->n, sizeof wanted, by_id);
    return found != NULL ? found->text : NULL;
}
