/* cmd_import.c: a tracker file into a plan (floor 3, noun: import).
 *
 * Reads the file here, because the daemon does not see this user's files, and
 * sends rows; the daemon makes events of them in one transaction. What it
 * answers is the document of `--json`. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/import/import.h"
#include "client/import/own.h"

/* Problems shown to a person; --json has them all. */
enum { PROBLEMS_SHOWN = 30, NOTES_SHOWN = 30 };

struct import {
    struct hw_arena arena;
    const char *name; /* of the file, without directories */
    struct hw_import file;
};

static void import_done(struct import *import)
{
    hw_arena_done(&import->arena);
}

/* The table that people mean: the first whose heads were understood; NULL for a page without one. */
static const struct hw_import_table *main_table(const struct import *import)
{
    for (size_t i = 0; i < import->file.book.n; i++)
        if (import->file.book.tables[i].map != NULL)
            return &import->file.book.tables[i];
    return NULL;
}

static enum hw_status gather(struct import *import, const struct hw_cli *cli, struct hw_err *err)
{
    const char *typed;
    import->file.arena = import->file.heads.arena = &import->arena;
    for (size_t i = 0; (typed = hw_cli_value_at(cli, "map", i)) != NULL; i++)
        if (hw_import_heads_add(&import->file.heads, typed, err) != HW_OK)
            return err->status;
    return hw_import_file(&import->file, err);
}

/* The title of a plan that nobody named: its heading, or the file's name without the ending. */
static const char *title_of(struct import *import)
{
    struct hw_slice heading = import->file.rows.plan_title;
    if (heading.n > 0)
        return hw_arena_text(&import->arena, heading.p, heading.n);
    const char *dot = strrchr(import->name, '.');
    size_t n = dot != NULL && dot != import->name ? (size_t)(dot - import->name) : strlen(import->name);
    return hw_arena_text(&import->arena, import->name, n);
}

static void ask_plan(struct import *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const char *plan = hw_cli_value(cli, "plan");
    if (plan == NULL) /* a table that Headway exported says where it came from */
        plan = hw_import_own_place(&import->file.book, "plan", &import->arena);
    bool named = plan != NULL && strncmp(plan, "new:", 4) == 0;
    if (plan == NULL)
        hw_ask_text(ask, "plan_new", title_of(import));
    else
        hw_ask_text(ask, named ? "plan_new" : "plan", named ? plan + 4 : plan);
}

static void ask_group(struct import *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const char *group = hw_cli_value(cli, "group");
    hw_ask_text(ask, "group", group != NULL ? group : hw_import_own_place(&import->file.book, "group", &import->arena));
}

/* The fields that the file has columns for: one that is blank now and was not is cleared. */
static void ask_heads(struct import *import, struct hw_ask *ask)
{
    const struct hw_import_book *book = &import->file.book;
    struct hw_out *out = hw_ask_item(ask, "heads");
    hw_put_array_open(out);
    for (size_t t = 0; t < book->n; t++)
        for (uint32_t i = 0; book->tables[t].map != NULL && i < book->tables[t].map->width; i++) {
            const char *field = book->tables[t].map->columns[i].field;
            if (field != NULL)
                hw_put_text(out, field);
        }
    hw_put_close(out);
}

static void ask_dates(const struct import *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const struct hw_import_table *table = main_table(import);
    const char *dates = hw_cli_value(cli, "dates");
    if (dates == NULL && table != NULL && table->map->order != HW_DATES_UNKNOWN)
        dates = table->map->order == HW_DATES_DMY ? "dmy" : "mdy";
    hw_ask_text(ask, "dates", dates);
    if (table != NULL && table->map->order_torn && hw_cli_value(cli, "dates") == NULL)
        fprintf(stderr, "headway: some dates have the day first and some the month; say which the others mean: "
                        "--dates dmy or --dates mdy\n");
}

/* printing */

static void print_file_text(struct hw_arena *arena, struct hw_slice text)
{
    hw_look_text(stdout, hw_arena_text(arena, text.p, text.n));
}

static void print_columns(struct import *import, const struct hw_cli *cli)
{
    const struct hw_import_table *table = main_table(import);
    size_t read = 0, kept = 0;
    if (table == NULL)
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
static void print_notes(struct import *import)
{
    const struct hw_import_rows *rows = &import->file.rows;
    for (size_t i = 0; i < rows->unread_n; i++) {
        const struct hw_import_unread *unread = &rows->unread[i];
        printf("%s: %zu value%s not understood as %s, kept as text; the first in line %u: \"", unread->column, unread->n,
               unread->n == 1 ? "" : "s", unread->field, (unsigned)unread->line);
        print_file_text(&import->arena, unread->value);
        fputs("\"\n", stdout);
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
                                              "first", json_stringn((const char *)unread->value.p, unread->value.n)));
    }
    return list;
}

/* What the file's side knows of the import, added to the daemon's answer. */
static void add_file_side(const struct import *import, json_t *end)
{
    const struct hw_import_rows *rows = &import->file.rows;
    /* hw_import_file has proved it before anything was sent. */
    json_object_set_new(end, "lossless", json_true());
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
static void print_again(const struct import *import, const struct hw_cli *cli, const char *more)
{
    fputs("headway import ", stdout);
    print_word(import->file.path);
    for (size_t i = 0; i < cli->typed_n; i++) {
        if (strcmp(cli->typed[i].name, "dry-run") == 0)
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

static void print_end(struct import *import, const struct hw_cli *cli, const json_t *end, int code)
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
    print_columns(import, cli);
    print_notes(import);
    print_problems(cli, problems);
    if (code != 0) {
        fputs("Nothing was written.", stdout);
        if (bad > 0 && written + hw_doc_int(end, "same") > 0) {
            fputs(" Without these rows: ", stdout);
            print_again(import, cli, hw_cli_flag(cli, "skip-bad") ? "" : " --skip-bad");
        } else {
            putchar('\n');
        }
    } else if (hw_cli_flag(cli, "dry-run")) {
        fputs("Nothing was written. Apply: ", stdout);
        print_again(import, cli, "");
    } else if (written > 0 && !cli->quiet) {
        print_place(cli, end);
    }
}

/* Asks and prints. */
static int send(struct import *import, struct hw_cli *cli, struct hw_ask *ask)
{
    json_t *end = NULL;
    hw_ask_text(ask, "file", import->name);
    ask_group(import, cli, ask);
    ask_plan(import, cli, ask);
    ask_dates(import, cli, ask);
    ask_heads(import, ask);
    hw_ask_bool(ask, "dry_run", hw_cli_flag(cli, "dry-run"));
    hw_ask_bool(ask, "skip_bad", hw_cli_flag(cli, "skip-bad"));
    hw_import_rows_put(&import->file.rows, &import->arena, hw_ask_item(ask, "rows"));
    int code = hw_cli_call(cli, ask, NULL, NULL, &end);
    if (!json_is_object(end)) {
        json_decref(end);
        return code;
    }
    add_file_side(import, end);
    if (cli->json)
        hw_doc_print(stdout, end, false);
    else
        print_end(import, cli, end, code);
    json_decref(end);
    return code;
}

int hw_cmd_import(struct hw_cli *cli)
{
    const char *dates = hw_cli_value(cli, "dates"), *plan = hw_cli_value(cli, "plan");
    struct hw_err err = {HW_OK, ""};
    if (cli->argc != 1)
        return hw_cli_usage(cli, "name one file");
    if (dates != NULL && strcmp(dates, "dmy") != 0 && strcmp(dates, "mdy") != 0)
        return hw_cli_usage(cli, "--dates is dmy (day first) or mdy (month first)");
    if (plan != NULL && strcmp(plan, "new:") == 0)
        return hw_cli_usage(cli, "--plan new: wants a title behind the colon");
    if (hw_cli_flag(cli, "archive-missing") || hw_cli_value(cli, "review") != NULL)
        return hw_cli_usage(cli, "--archive-missing and --review are not in this version");
    HW_CLEANUP(import_done) struct import import = {.file = {.path = cli->argv[0]}};
    hw_arena_init(&import.arena);
    const char *slash = strrchr(import.file.path, '/');
    import.name = slash != NULL ? slash + 1 : import.file.path;
    if (!hw_utf8_valid(hw_slice_text(import.name)))
        return hw_cli_usage(cli, "the file's name is not UTF-8; rename it");
    if (gather(&import, cli, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "import");
    return send(&import, cli, &ask);
}
