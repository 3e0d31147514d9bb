/* cmd_change.c: the commands that write a change (floor 3, noun: change):
 * add, set, comment, archive, undo. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "headway/schema.h"

enum {
    TEXT_MAX = 60000, /* the longest comment that fits an event, as in the schema */
    TITLE_MAX = 4001  /* the longest title, as in the schema, and its end */
};

/* "field=value": an = that stands before any space or colon, so that filters
 * ("due.before:2016-12") and sentences are none. */
static bool is_assign(const char *word)
{
    size_t n = strcspn(word, "=: ");
    return n > 0 && word[n] == '=';
}

/* Moves the assignments behind the other words, both in order, and returns
 * how many other words there are. */
static size_t split(struct hw_cli *cli)
{
    size_t words = 0, n = (size_t)cli->argc;
    char **sorted = hw_alloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        if (!is_assign(cli->argv[i]))
            sorted[words++] = cli->argv[i];
    for (size_t i = 0, at = words; i < n; i++)
        if (is_assign(cli->argv[i]))
            sorted[at++] = cli->argv[i];
    memcpy(cli->argv, sorted, n * sizeof *sorted);
    free(sorted);
    return words;
}

int hw_cli_change(struct hw_cli *cli, struct hw_ask *ask)
{
    json_t *change;
    int code = hw_cli_call(cli, ask, NULL, NULL, &change);
    if (change)
        hw_change_print(cli, change);
    json_decref(change);
    return code;
}

static const struct hw_vocabulary *types(void)
{
    return hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "type")->words;
}

/* Kinds and item types, for the suggestion. */
static int unknown_kind(const char *word)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < hw_schema_n && n < 32; i++)
        names[n++] = hw_schema[i].name;
    for (size_t i = 0; i < types()->n && n < 64; i++)
        names[n++] = types()->words[i].name;
    return hw_cli_unknown("kind or type", word, names, n);
}

/* The words joined by spaces, cut at what no title may exceed. */
static void join(char *text, size_t size, char *const *words, size_t n)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", words[i]);
}

/* [TYPE|KIND] TITLE. One word is a title, except that of a kind. */
static int put_kind(struct hw_ask *ask, char *const *words, size_t n)
{
    char title[TITLE_MAX];
    if (n == 0)
        return 0;
    struct hw_slice first = hw_slice_text(words[0]);
    const struct hw_kind *kind = hw_kind_find(first);
    uint16_t type = hw_word_find(types(), first);
    if (kind)
        hw_ask_text(ask, "kind", kind->name);
    else if (type && n > 1)
        hw_ask_text(ask, "type", hw_word_name(types(), type));
    else if (n > 1)
        return unknown_kind(words[0]);
    size_t skip = kind || (type && n > 1) ? 1 : 0;
    join(title, sizeof title, words + skip, n - skip);
    hw_ask_text(ask, "title", *title ? title : NULL);
    return 0;
}

int hw_cmd_add(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    size_t words = split(cli);
    if (cli->argc == 0)
        return hw_cli_usage(cli, "say what to add");
    hw_ask_init(&ask, "add");
    int code = put_kind(&ask, cli->argv, words);
    if (code != 0)
        return code;
    hw_ask_text(&ask, "plan", hw_cli_value(cli, "plan"));
    hw_ask_text(&ask, "group", hw_cli_value(cli, "group"));
    hw_ask_list(&ask, "assign", cli->argv + words, (size_t)cli->argc - words);
    hw_ask_text(&ask, "comment", hw_cli_value(cli, "message"));
    return hw_cli_change(cli, &ask);
}

int hw_cmd_set(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    size_t words = split(cli);
    const char *comment = hw_cli_value(cli, "message");
    if (words == 0)
        return hw_cli_usage(cli, "say which records: an ID, PLAN/NUMBER or a filter");
    if ((size_t)cli->argc == words && !comment)
        return hw_cli_usage(cli, "say what to set: field=value");
    hw_ask_init(&ask, "set");
    hw_ask_list(&ask, "target", cli->argv, words);
    hw_ask_list(&ask, "assign", cli->argv + words, (size_t)cli->argc - words);
    hw_ask_text(&ask, "comment", comment);
    hw_ask_bool(&ask, "dry_run", hw_cli_flag(cli, "dry-run"));
    hw_ask_bool(&ask, "yes", hw_cli_flag(cli, "yes"));
    return hw_cli_change(cli, &ask);
}

/* The text of -F; "-" is stdin. Errors: IO, LIMIT. */
static enum hw_status read_text(const char *path, char text[TEXT_MAX + 1], struct hw_err *err)
{
    bool in = strcmp(path, "-") == 0;
    FILE *from = in ? stdin : fopen(path, "r");
    if (!from)
        return hw_fail(err, HW_IO, "cannot read %s: %s", path, strerror(errno));
    size_t n = fread(text, 1, TEXT_MAX + 1, from);
    bool failed = ferror(from) != 0;
    if (!in)
        fclose(from);
    if (failed)
        return hw_fail(err, HW_IO, "cannot read %s", path);
    if (n > TEXT_MAX)
        return hw_fail(err, HW_LIMIT, "%s is longer than a comment may be (%d bytes)", path, TEXT_MAX);
    if (memchr(text, 0, n))
        return hw_fail(err, HW_USAGE, "%s is not a text file", path);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = 0;
    return HW_OK;
}

int hw_cmd_comment(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    char text[TEXT_MAX + 1];
    struct hw_err err;
    const char *file = hw_cli_value(cli, "file");
    if (cli->argc < 1 || (cli->argc < 2 && !file))
        return hw_cli_usage(cli, "say which record and what: headway comment ID TEXT");
    if (cli->argc > 1 && file)
        return hw_cli_usage(cli, "give the text or -F FILE, not both");
    if (file && read_text(file, text, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (!file)
        join(text, sizeof text, cli->argv + 1, (size_t)cli->argc - 1);
    hw_ask_init(&ask, "comment");
    hw_ask_text(&ask, "id", cli->argv[0]);
    hw_ask_text(&ask, "text", text);
    return hw_cli_change(cli, &ask);
}

int hw_cmd_archive(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give one ID");
    hw_ask_init(&ask, "archive");
    hw_ask_text(&ask, "id", cli->argv[0]);
    return hw_cli_change(cli, &ask);
}

static void ask_undo(struct hw_ask *ask, const struct hw_cli *cli, bool dry_run)
{
    hw_ask_init(ask, "undo");
    hw_ask_text(ask, "change", cli->argc ? cli->argv[0] : NULL);
    hw_ask_bool(ask, "dry_run", dry_run);
}

bool hw_cli_agree(const char *question)
{
    char answer[16];
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* On a terminal the preview comes first and the person decides; a script that
 * types the command has decided. */
int hw_cmd_undo(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask preview = {0};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    bool asks = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !hw_cli_flag(cli, "yes") && !cli->json;
    if (cli->argc > 1)
        return hw_cli_usage(cli, "one change at a time");
    ask_undo(&preview, cli, true);
    ask_undo(&ask, cli, false);
    if (hw_cli_flag(cli, "dry-run"))
        return hw_cli_change(cli, &preview);
    if (!asks)
        return hw_cli_change(cli, &ask);
    json_t *change;
    int code = hw_cli_call(cli, &preview, NULL, NULL, &change);
    if (change) {
        json_object_set_new(change, "dry_run", json_false()); /* the question below says it */
        hw_change_print(cli, change);
    }
    size_t n = json_array_size(hw_doc_list(change, "records"));
    json_decref(change);
    if (n == 0)
        return code;
    if (!hw_cli_agree("Undo this?")) {
        fputs("Nothing was written.\n", stderr);
        return 0;
    }
    return hw_cli_change(cli, &ask);
}
