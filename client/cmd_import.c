/* cmd_import.c: a tracker file into a plan (floor 3, noun: import).
 *
 * Reads the file here, because the daemon does not see this user's files, and
 * sends rows; the daemon makes events of them in one transaction. What it
 * answers is the document of `--json`. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/import/own.h"
#include "client/importing.h"

/* A file of more rows takes longer than a person waits without a word. */
enum { LONG_ROWS = 5000 };
/* What an answer is remembered as, beside the heads of the group. */
static const char answer_mark[] = "answer: ";

/* As typed now, or as when the review was made, or where a table that Headway exported came from. */
static const char *place_of(struct hw_importing *import, const struct hw_cli *cli, const char *option, const char *reviewed)
{
    const char *typed = hw_cli_value(cli, option);
    if (typed == NULL && import->file.reviewed)
        return reviewed;
    return typed != NULL ? typed : hw_import_own_place(&import->file.book, option, &import->arena);
}

static const char *group_of(struct hw_importing *import, const struct hw_cli *cli)
{
    return place_of(import, cli, "group", import->file.review.group);
}

static const char *plan_of(struct hw_importing *import, const struct hw_cli *cli)
{
    return place_of(import, cli, "plan", import->file.review.plan);
}

static const char *dates_of(const struct hw_importing *import, const struct hw_cli *cli)
{
    const char *typed = hw_cli_value(cli, "dates");
    return typed != NULL || !import->file.reviewed ? typed : import->file.review.dates;
}

static void import_done(struct hw_importing *import)
{
    hw_arena_done(&import->arena);
}

/* What a head meant at the last import; what this daemon does not know any more is no mapping. */
static bool recall_one(void *user, json_t *row)
{
    struct hw_importing *import = user;
    struct hw_import_heads *heads = &import->file.heads;
    const char *head = hw_doc_text(row, "head"), *field = hw_doc_text(row, "field");
    const char *typed = hw_arena_printf(&import->arena, "%s=%s", head, field);
    size_t mark = strlen(answer_mark);
    if (strncmp(head, answer_mark, mark) == 0) {
        const char *key = hw_arena_text(&import->arena, head + mark, strlen(head + mark));
        struct hw_slice text = hw_slice_text(hw_arena_text(&import->arena, field, strlen(field)));
        hw_import_answers_add(&import->file.answers, &import->arena, key, text);
        import->recalled = import->file.answers.n;
        return true;
    }
    if (hw_import_heads_add(heads, typed, NULL) == HW_OK)
        heads->named[heads->named_n - 1].remembered = true;
    return true;
}

/* The mapping of the group, after what was typed now. Returns the exit code. */
static int recall(struct hw_importing *import, struct hw_cli *cli)
{
    const char *plan = hw_cli_value(cli, "plan");
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "import.map");
    hw_ask_text(&ask, "group", hw_cli_value(cli, "group"));
    if (plan != NULL && strncmp(plan, "new:", 4) != 0)
        hw_ask_text(&ask, "plan", plan);
    return hw_cli_call(cli, &ask, recall_one, import, NULL);
}

static enum hw_status gather(struct hw_importing *import, struct hw_cli *cli, int *code, struct hw_err *err)
{
    const char *typed;
    import->file.arena = import->file.heads.arena = &import->arena;
    for (size_t i = 0; (typed = hw_cli_value_at(cli, "map", i)) != NULL; i++)
        if (hw_import_heads_add(&import->file.heads, typed, err) != HW_OK)
            return err->status;
    *code = recall(import, cli);
    return *code == 0 ? hw_import_file(&import->file, err) : HW_OK;
}

/* The title of a plan that nobody named: its heading, or the file's name without the ending. */
static const char *title_of(struct hw_importing *import)
{
    struct hw_slice heading = import->file.rows.plan_title;
    if (heading.n > 0)
        return hw_arena_text(&import->arena, heading.p, heading.n);
    const char *dot = strrchr(import->name, '.');
    size_t n = dot != NULL && dot != import->name ? (size_t)(dot - import->name) : strlen(import->name);
    return hw_arena_text(&import->arena, import->name, n);
}

static void ask_plan(struct hw_importing *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const char *plan = plan_of(import, cli);
    bool named = plan != NULL && strncmp(plan, "new:", 4) == 0;
    if (plan == NULL)
        hw_ask_text(ask, "plan_new", title_of(import));
    else
        hw_ask_text(ask, named ? "plan_new" : "plan", named ? plan + 4 : plan);
}

static void ask_dates(const struct hw_importing *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const struct hw_import_table *table = hw_importing_table(import);
    const char *dates = dates_of(import, cli);
    if (dates == NULL && table != NULL && table->map->order != HW_DATES_UNKNOWN)
        dates = table->map->order == HW_DATES_DMY ? "dmy" : "mdy";
    hw_ask_text(ask, "dates", dates);
    if (table != NULL && table->map->order_torn && dates == NULL)
        fprintf(stderr, "headway: some dates have the day first and some the month; say which the others mean: "
                        "--dates dmy or --dates mdy\n");
}

/* What was typed is remembered for the group; and which fields the file has columns for, so that a cell made blank is seen. Of
 * several tables nobody knows which one a blank stands in. */
static void ask_heads(struct hw_importing *import, const struct hw_cli *cli, struct hw_ask *ask)
{
    const struct hw_import_book *book = &import->file.book;
    const struct hw_import_table *table = hw_importing_table(import);
    char **words = hw_arena_zero(&import->arena, HW_TYPED_MAX, sizeof *words);
    const char *typed;
    size_t n = 0, maps = 0;
    for (; n < HW_TYPED_MAX && (typed = hw_cli_value_at(cli, "map", n)) != NULL; n++)
        words[n] = hw_arena_text(&import->arena, typed, strlen(typed));
    for (size_t i = import->recalled; n < HW_TYPED_MAX && i < import->file.answers.n; i++) {
        const struct hw_import_answer *answer = &import->file.answers.answer[i];
        if (memchr(answer->text.p, '=', answer->text.n) == NULL)
            words[n++] = hw_arena_printf(&import->arena, "%s%s=%.*s", answer_mark, answer->key, (int)answer->text.n,
                                         (const char *)answer->text.p);
    }
    hw_ask_list(ask, "map", words, n);
    for (size_t i = 0; i < book->n; i++)
        maps += book->tables[i].map != NULL;
    if (maps != 1) {
        words = hw_import_own_heads(book, &import->arena, &n);
        if (n > 0)
            hw_ask_list(ask, "heads", words, n);
        return;
    }
    words = hw_arena_zero(&import->arena, table->map->width, sizeof *words);
    n = 0;
    for (uint32_t i = 0; i < table->map->width; i++)
        if (table->map->columns[i].field != NULL)
            words[n++] = hw_arena_text(&import->arena, table->map->columns[i].field, strlen(table->map->columns[i].field));
    hw_ask_list(ask, "heads", words, n);
}

/* Asks and prints. */
static int send(struct hw_importing *import, struct hw_cli *cli, struct hw_ask *ask)
{
    json_t *end = NULL;
    const char *review = hw_cli_value(cli, "review");
    struct hw_err err = {HW_OK, ""};
    size_t asked = 0;
    hw_ask_text(ask, "file", import->name);
    hw_ask_text(ask, "group", group_of(import, cli));
    ask_plan(import, cli, ask);
    ask_dates(import, cli, ask);
    ask_heads(import, cli, ask);
    hw_ask_bool(ask, "plan_unnamed", plan_of(import, cli) == NULL);
    hw_ask_bool(ask, "archive_missing", hw_cli_flag(cli, "archive-missing"));
    hw_ask_bool(ask, "dry_run", hw_cli_flag(cli, "dry-run") || review != NULL);
    hw_ask_bool(ask, "skip_bad", hw_cli_flag(cli, "skip-bad"));
    hw_import_rows_put(&import->file.rows, &import->arena, hw_ask_item(ask, "rows"));
    if (import->file.rows.n > LONG_ROWS && !cli->quiet)
        fprintf(stderr, "%zu rows read; the daemon compares them now%s ...\n", import->file.rows.n,
                hw_cli_flag(cli, "dry-run") || review != NULL ? "" : " and saves them as one change");
    int code = hw_cli_call(cli, ask, NULL, NULL, &end);
    if (!json_is_object(end)) {
        json_decref(end);
        return code;
    }
    hw_importing_add(import, end);
    if (review != NULL && hw_importing_ask(import, cli, end, review, &asked, &err) != HW_OK) {
        json_decref(end);
        return hw_cli_error(cli, &err);
    }
    if (cli->json)
        hw_doc_print(stdout, end, false);
    else
        hw_importing_tell(import, cli, end, code);
    if (review != NULL && !cli->json && !cli->quiet && asked > 0)
        printf("%zu question%s in %s: answer in its last column, then headway import %s\n", asked,
               asked == 1 ? " is" : "s are", review, review);
    else if (review != NULL && !cli->json && !cli->quiet)
        puts("Nothing is in doubt; no review was written.");
    json_decref(end);
    return code;
}

static void name_file(struct hw_importing *import)
{
    const char *slash = strrchr(import->file.path, '/');
    import->name = slash != NULL ? slash + 1 : import->file.path;
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
    HW_CLEANUP(import_done) struct hw_importing import = {.file = {.path = cli->argv[0]}};
    hw_arena_init(&import.arena);
    name_file(&import);
    if (!hw_utf8_valid(hw_slice_text(import.name)))
        return hw_cli_usage(cli, "the file's name is not UTF-8; rename it");
    int code = 0;
    if (gather(&import, cli, &code, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (code != 0)
        return code;
    if (hw_import_own_groups(&import.file.rows, &import.arena, hw_cli_value(cli, "group"), &err) != HW_OK)
        return hw_cli_error(cli, &err);
    name_file(&import);
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "import");
    return send(&import, cli, &ask);
}
