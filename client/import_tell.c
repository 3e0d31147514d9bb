/* import_tell.c: what came of an import, for people and for --json (floor 3,
 * noun: import). */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/importing.h"
#include "headway/schema.h"

/* Problems and notes shown to a person; --json has them all. Of values that no field knows, the first few of a column. */
enum { PROBLEMS_SHOWN = 30, NOTES_SHOWN = 30, VALUES_SHOWN = 3 };

/* The table that people mean: the first whose heads were understood; NULL for a page without one. */
const struct hw_import_table *hw_importing_table(const struct hw_importing *import)
{
    for (size_t i = 0; i < import->file.book.n; i++)
        if (import->file.book.tables[i].map != NULL)
            return &import->file.book.tables[i];
    return NULL;
}

static void print_file_text(struct hw_arena *arena, struct hw_slice text)
{
    hw_look_text(stdout, hw_arena_text(arena, text.p, text.n));
}

static void print_remembered(struct hw_importing *import, const struct hw_cli *cli)
{
    const struct hw_import_heads *heads = &import->file.heads;
    size_t n = 0;
    for (size_t i = 0; i < heads->named_n; i++) {
        if (!heads->named[i].remembered || !heads->named[i].used)
            continue;
        fputs(n++ == 0 ? "As at the last import: " : ", ", stdout);
        print_file_text(&import->arena, hw_slice_text(heads->named[i].head));
        printf("%s%s", hw_look_arrow(&cli->look), heads->named[i].field);
    }
    if (n > 0)
        puts(". Another meaning: --map \"HEAD=field\"");
}

static void print_columns(struct hw_importing *import, const struct hw_cli *cli)
{
    const struct hw_import_table *table = hw_importing_table(import);
    size_t read = 0, kept = 0;
    if (table == NULL || table->form == HW_IMPORT_OBJECTS) /* a program named them */
        return;
    const struct hw_import_map *map = table->map;
    for (uint32_t i = 0; i < map->width; i++) {
        const struct hw_import_column *column = &map->columns[i];
        if (column->field == NULL || column->head.n == 0)
            continue;
        fputs(read++ == 0 ? "Columns: " : ", ", stdout);
        print_file_text(&import->arena, column->head);
        printf("%s%s", hw_look_arrow(&cli->look), column->field);
    }
    for (uint32_t i = 0; i < map->width; i++) {
        const struct hw_import_column *column = &map->columns[i];
        if (column->field != NULL || column->head.n == 0)
            continue;
        fputs(kept++ > 0 ? ", " : read > 0 ? ";\nkept as they are: " : "Kept as they are: ", stdout);
        print_file_text(&import->arena, column->head);
    }
    if (import->file.rows.prefix.n > 0) {
        fputs(read + kept > 0 ? ";\ncountry from the \"" : "Country from the \"", stdout);
        print_file_text(&import->arena, import->file.rows.prefix);
        fputs(":\" prefix", stdout);
    }
    if (import->file.rows.alias_code != NULL) {
        fputs(" (", stdout);
        print_file_text(&import->arena, import->file.rows.alias);
        printf(" read as %s)", import->file.rows.alias_code);
    }
    if (read + kept + import->file.rows.prefix.n > 0)
        fputs(".\n", stdout);
    if (map->order != HW_DATES_UNKNOWN && hw_cli_value(cli, "dates") == NULL)
        printf("Dates have the %s first, as line %u shows.\n", map->order == HW_DATES_DMY ? "day" : "month",
               (unsigned)map->order_line);
    if (strcmp(import->file.book.encoding, "UTF-8") != 0)
        printf("Read as %s.\n", import->file.book.encoding);
}

/* What was read by inference, and what no field knew: for a person to look at. */
static bool same_column(const struct hw_import_unread *a, const struct hw_import_unread *b)
{
    return strcmp(a->column, b->column) == 0 && strcmp(a->field, b->field) == 0;
}

/* One column: how many values, and the first of them. */
static void print_unread(struct hw_importing *import, size_t from)
{
    const struct hw_import_rows *rows = &import->file.rows;
    const struct hw_import_unread *first = &rows->unread[from];
    size_t n = 0, shown = 0;
    for (size_t i = from; i < rows->unread_n; i++)
        n += same_column(&rows->unread[i], first) ? rows->unread[i].n : 0;
    printf("%s: %zu value%s not understood as %s, kept as text: ", first->column, n, n == 1 ? "" : "s", first->field);
    for (size_t i = from; i < rows->unread_n && shown < VALUES_SHOWN; i++) {
        if (!same_column(&rows->unread[i], first))
            continue;
        fputs(shown++ > 0 ? ", \"" : "\"", stdout);
        print_file_text(&import->arena, rows->unread[i].value);
        printf("\" (line %u)", (unsigned)rows->unread[i].line);
    }
    putchar('\n');
}

static void print_notes(struct hw_importing *import)
{
    const struct hw_import_rows *rows = &import->file.rows;
    for (size_t i = 0; i < rows->unread_n; i++) {
        bool told = false;
        for (size_t k = 0; k < i && !told; k++)
            told = same_column(&rows->unread[k], &rows->unread[i]);
        if (!told)
            print_unread(import, i);
    }
    for (size_t i = 0; i < rows->notes_n && i < NOTES_SHOWN; i++) {
        printf("%s line %u: ", i == 0 ? "Please look at" : "              ", (unsigned)rows->note[i].line);
        hw_look_text(stdout, rows->note[i].text);
        putchar('\n');
    }
    if (rows->notes_n > NOTES_SHOWN)
        printf("and %zu more notes; --json lists all.\n", rows->notes_n - NOTES_SHOWN);
}

static json_t *notes_doc(const struct hw_import_rows *rows)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < rows->notes_n; i++)
        json_array_append_new(notes, json_pack("{s:i, s:s}", "line", (int)rows->note[i].line, "text", rows->note[i].text));
    return notes;
}

static json_t *unread_doc(const struct hw_import_rows *rows)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rows->unread_n; i++) {
        const struct hw_import_unread *unread = &rows->unread[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:o}", "column", unread->column, "field",
                                              unread->field, "values", (int)unread->n, "line", (int)unread->line,
                                              "value", json_stringn((const char *)unread->value.p, unread->value.n)));
    }
    return list;
}

/* The daemon speaks of columns by number; people know their heads. */
static void name_columns(const struct hw_importing *import, json_t *problems)
{
    const struct hw_import_rows *rows = &import->file.rows;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    size_t i;
    json_t *problem;
    hw_arena_init(&arena);
    json_array_foreach(problems, i, problem) {
        const json_t *column = json_object_get(problem, "column");
        json_int_t row = json_integer_value(json_object_get(problem, "row"));
        if (!json_is_integer(column) || row < 1 || (size_t)row > rows->n)
            continue;
        const char *name = hw_import_column_said(&rows->row[row - 1], (uint32_t)json_integer_value(column), &arena);
        json_object_set_new(problem, "column", json_string(name));
    }
}

/* What the file's side knows of the import, added to the daemon's answer. */
void hw_importing_add(const struct hw_importing *import, json_t *end)
{
    const struct hw_import_rows *rows = &import->file.rows;
    /* hw_import_file has proved it before anything was sent. */
    json_object_set_new(end, "lossless", json_true());
    name_columns(import, json_object_get(end, "problems"));
    json_object_set_new(end, "cells", json_pack("{s:i, s:i, s:i}", "typed", (int)rows->typed, "text", (int)rows->text,
                                                "kept", (int)rows->kept));
    json_object_set_new(end, "unread", unread_doc(rows));
    json_object_set_new(end, "notes", notes_doc(rows));
}

static void print_problems(const struct hw_cli *cli, const json_t *problems)
{
    size_t n = json_array_size(problems), i;
    json_t *problem;
    if (n == 0)
        return;
    struct hw_table *table = hw_table_new(&cli->look);
    hw_table_column(table, "LINE", HW_COLUMN_RIGHT);
    hw_table_column(table, "COLUMN", 0);
    hw_table_column(table, "VALUE", HW_COLUMN_CUT);
    hw_table_column(table, "PROBLEM", 0);
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    json_array_foreach(problems, i, problem) {
        if (i == PROBLEMS_SHOWN && !cli->plain)
            break;
        const char *cells[] = {hw_doc_line(&arena, problem, "line"), hw_doc_line(&arena, problem, "column"),
                               hw_doc_line(&arena, problem, "value"), hw_doc_line(&arena, problem, "message")};
        hw_table_row(table, cells);
    }
    hw_table_print(table, stdout);
    hw_table_free(table);
    if (n > PROBLEMS_SHOWN && !cli->plain)
        printf("%s and %zu more; --json lists all.\n", hw_look_dot(&cli->look), n - PROBLEMS_SHOWN);
}

/* A word as a shell reads it back. */
static void print_word(const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,+@%=";
    if (*word != 0 && word[strspn(word, safe)] == 0) {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word != 0; word++)
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar((unsigned char)*word < ' ' ? ' ' : *word);
    putchar('\'');
}

/* The same command with another option, or without --dry-run. */
static void print_again(const struct hw_importing *import, const struct hw_cli *cli, const char *more)
{
    fputs("headway import ", stdout);
    print_word(import->file.path);
    for (size_t i = 0; i < cli->typed_n; i++) {
        if (strcmp(cli->typed[i].name, "dry-run") == 0 || strcmp(cli->typed[i].name, "review") == 0)
            continue;
        printf(" --%s", cli->typed[i].name);
        if (cli->typed[i].value != NULL) {
            putchar(' ');
            print_word(cli->typed[i].value);
        }
    }
    printf("%s\n", more);
}

static void print_place(const struct hw_cli *cli, const json_t *end)
{
    json_t *change = json_object_get(end, "change");
    if (!json_is_object(change)) {
        puts("Saved here.          Undo: headway undo");
        return;
    }
    /* The records of a whole plan would run off the screen; `list` shows them. */
    json_t *brief = json_copy(change);
    json_object_set_new(brief, "records", json_array());
    hw_change_print(cli, brief);
    json_decref(brief);
}

/* What the import met beside the rows of the file. */
static void print_met(const struct hw_cli *cli, const json_t *end)
{
    long long conflicts = hw_doc_int(end, "conflicts"), missing = hw_doc_int(end, "missing"),
              archived = hw_doc_int(end, "archived");
    const json_t *left = hw_doc_list(end, "left"), *one;
    bool dry = hw_cli_flag(cli, "dry-run");
    size_t i;
    if (conflicts > 0)
        printf("%lld field%s changed both here and in the file: %s. See: headway conflicts\n", conflicts,
               conflicts == 1 ? "" : "s", dry ? "both values would be kept" : "both values are kept");
    if (missing > 0 && !hw_cli_flag(cli, "archive-missing"))
        printf("%lld item%s of the last import of this file %s not in it any more, and left as %s. To put %s away: "
               "--archive-missing\n", missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are",
               missing == 1 ? "it is" : "they are", missing == 1 ? "it" : "them");
    if (archived > 0)
        printf("%lld item%s no longer in the file %s put away.\n", archived, archived == 1 ? "" : "s",
               dry ? "would be" : archived == 1 ? "was" : "were");
    json_array_foreach(left, i, one) {
        printf("Left as it is: %s ", hw_doc_text(one, "id"));
        hw_look_text(stdout, hw_doc_text(one, "title"));
        printf(" (%s)\n", hw_doc_text(one, "reason"));
    }
}

/* One line of an outline may give many records: then a count of rows alone says little. */
static void print_records(const json_t *end)
{
    const json_t *records = json_object_get(end, "records"), *n;
    long long all = 0;
    size_t shown = 0;
    const char *kind;
    json_object_foreach((json_t *)(uintptr_t)records, kind, n)
        all += json_integer_value(n);
    if (!json_is_object(records) || (all == hw_doc_int(end, "rows") && json_object_size(records) < 2))
        return;
    json_object_foreach((json_t *)(uintptr_t)records, kind, n) {
        const struct hw_kind *known = hw_kind_find(hw_slice_text(kind));
        bool one = json_integer_value(n) == 1 || known == NULL;
        printf("%s%lld %s", shown++ == 0 ? "Records: " : ", ", (long long)json_integer_value(n), one ? kind : known->plural);
    }
    puts(shown > 0 ? "." : "");
}

void hw_importing_tell(struct hw_importing *import, const struct hw_cli *cli, const json_t *end, int code)
{
    const json_t *plan = json_object_get(end, "plan"), *problems = hw_doc_list(end, "problems");
    long long written = hw_doc_int(end, "new") + hw_doc_int(end, "changed");
    size_t bad = json_array_size(problems);
    printf("%lld row%s: %lld new, %lld changed, %lld same, %zu problem%s.", hw_doc_int(end, "rows"),
           hw_doc_int(end, "rows") == 1 ? "" : "s", hw_doc_int(end, "new"), hw_doc_int(end, "changed"),
           hw_doc_int(end, "same"), bad, bad == 1 ? "" : "s");
    if (json_is_object(plan)) {
        printf("   Plan: %s\"", hw_doc_bool(plan, "new") ? "new " : "");
        hw_look_text(stdout, hw_doc_text(plan, "title"));
        putchar('"');
    }
    putchar('\n');
    print_records(end);
    print_columns(import, cli);
    print_remembered(import, cli);
    print_notes(import);
    print_problems(cli, problems);
    if (code == 0)
        print_met(cli, end);
    if (code != 0) {
        fputs("Nothing was written.", stdout);
        if (bad > 0 && written + hw_doc_int(end, "same") > 0) {
            fputs(" Without these rows: ", stdout);
            print_again(import, cli, hw_cli_flag(cli, "skip-bad") ? "" : " --skip-bad");
        } else {
            putchar('\n');
        }
    } else if (hw_cli_value(cli, "review") != NULL) {
        puts("Nothing was written.");
    } else if (hw_cli_flag(cli, "dry-run")) {
        fputs("Nothing was written. Apply: ", stdout);
        print_again(import, cli, "");
    } else if (written + hw_doc_int(end, "archived") > 0 && !cli->quiet) {
        print_place(cli, end);
    }
}
