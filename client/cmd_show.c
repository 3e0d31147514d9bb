/* cmd_show.c: one record with everything (floor 3, noun: show). Also used for
 * groups, plans and offices, whose documents look alike. */
#include "client/cmd_show.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/ago.h"
#include "client/commands.h"

enum { BELOW_MAX = 3 }; /* ids on one line of a terminal */
enum { LABEL = 16 }; /* column of the values: past "completed_on" and the like */

/* Members that print_head or a block of their own shows. */
static bool apart(const char *key)
{
    static const char *const names[] = {"id",  "kind",  "title",  "comments", "children",
                                        "log", "short", "source", "plan_id",  "rank"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
}

/* The same letters, whatever stands between the words. */
static bool same_words(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b) && !(strchr(" -_", *a) && strchr(" -_", *b)))
            return false;
    return *a == *b;
}

/* A label in the source's words that says what the status says. */
static bool repeated(const json_t *doc, const char *key)
{
    return strcmp(key, "status_label") == 0 && same_words(hw_doc_text(doc, key), hw_doc_text(doc, "status"));
}

static void print_head(const struct hw_cli *cli, const json_t *doc)
{
    const char *title = hw_doc_text(doc, "title");
    fputs(hw_look_ink(&cli->look, HW_INK_BOLD), stdout);
    hw_look_text(stdout, *title ? title : *hw_doc_text(doc, "name") ? hw_doc_text(doc, "name") : hw_doc_text(doc, "code"));
    printf("%s\n", hw_look_ink(&cli->look, HW_INK_NONE));
    if (hw_doc_has(doc, "id"))
        printf("%-*s%s %s\n", LABEL, "id", hw_doc_text(doc, "id"), hw_doc_text(doc, "kind"));
}

/* A list of objects (grants, incarnations): a line for each, "key value, ...". */
static void print_objects(struct hw_arena *arena, const json_t *list)
{
    size_t i;
    json_t *one, *value;
    json_array_foreach(list, i, one) {
        const char *key;
        bool first = true;
        if (i)
            printf("%*s", LABEL, "");
        json_object_foreach(one, key, value) {
            const char *line = hw_doc_line(arena, value, NULL);
            if (!*line)
                continue;
            printf("%s%s ", first ? "" : ", ", key);
            hw_look_text(stdout, line);
            first = false;
        }
        putchar('\n');
    }
}

static void print_member(const struct hw_cli *cli, struct hw_arena *arena, const char *key, const json_t *value)
{
    bool objects = json_is_object(json_array_get(value, 0));
    const char *line = objects ? "" : hw_doc_line(arena, value, NULL);
    if (strcmp(key, "updated") == 0 || strcmp(key, "last_heard") == 0)
        line = hw_ago_minute(arena, line);
    if (!objects && (!*line || json_is_false(value) || strcmp(line, "0") == 0))
        return; /* what is not set is not shown; --json has it */
    printf("%s%-*s%s", hw_look_ink(&cli->look, HW_INK_DIM), LABEL, key, hw_look_ink(&cli->look, HW_INK_NONE));
    if (strlen(key) >= LABEL)
        putchar(' ');
    if (objects) {
        print_objects(arena, value);
        return;
    }
    hw_look_lines(stdout, line, LABEL);
    putchar('\n');
}

/* Few records below are named; a plan's many are a list of their own. */
static void print_children(struct hw_arena *arena, const json_t *doc)
{
    const json_t *children = hw_doc_list(doc, "children");
    size_t n = json_array_size(children), i;
    json_t *one;
    if (n == 0)
        return;
    printf("%-*s%zu", LABEL, "below", n);
    if (strcmp(hw_doc_text(doc, "kind"), "plan") == 0) {
        printf(": headway list plan:");
        hw_look_text(stdout, *hw_doc_text(doc, "code") ? hw_doc_text(doc, "code") : hw_doc_text(doc, "id"));
        putchar('\n');
        return;
    }
    json_array_foreach(children, i, one) {
        printf("%s%s", i ? ", " : ": ", i < BELOW_MAX ? hw_doc_line(arena, one, NULL) : "...");
        if (i == BELOW_MAX)
            break;
    }
    putchar('\n');
}

static void print_comments(const struct hw_cli *cli, struct hw_arena *arena, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) {
        printf("\n%s%s", hw_look_ink(&cli->look, HW_INK_DIM), hw_ago_minute(arena, hw_doc_text(one, "when")));
        printf("  ");
        hw_look_text(stdout, hw_doc_text(one, "author"));
        printf(" (%s)%s\n  ", hw_doc_text(one, "office"), hw_look_ink(&cli->look, HW_INK_NONE));
        hw_look_lines(stdout, hw_doc_text(one, "text"), 2);
        putchar('\n');
    }
}

static void print_log(const struct hw_cli *cli, struct hw_arena *arena, const json_t *list)
{
    size_t i;
    json_t *one;
    if (json_array_size(list) > 0)
        printf("\nLast changes\n");
    json_array_foreach(list, i, one) {
        printf("  %s  %s  ", hw_ago_minute(arena, hw_doc_text(one, "when")), hw_doc_text(one, "office"));
        hw_look_text(stdout, hw_doc_text(one, "author"));
        printf("  ");
        if (hw_doc_has(one, "field")) {
            hw_look_text(stdout, hw_doc_text(one, "field"));
            printf("  ");
            hw_look_text(stdout, hw_doc_line(arena, one, "before"));
            printf(" %s ", hw_look_arrow(&cli->look));
            hw_look_text(stdout, hw_doc_line(arena, one, "after"));
        } else {
            hw_look_text(stdout, hw_doc_has(one, "comment") ? "comment" : "new");
        }
        putchar('\n');
    }
}

void hw_show_print(const struct hw_cli *cli, const json_t *doc)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *key;
    json_t *value;
    hw_arena_init(&arena);
    print_head(cli, doc);
    json_object_foreach((json_t *)(uintptr_t)doc, key, value) {
        if (!apart(key) && !repeated(doc, key))
            print_member(cli, &arena, key, value);
    }
    print_children(&arena, doc);
    print_comments(cli, &arena, hw_doc_list(doc, "comments"));
    print_log(cli, &arena, hw_doc_list(doc, "log"));
}

/* "key TAB value" lines; lists of objects other than the comments are for --json. */
static void print_plain(const json_t *doc)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *key;
    json_t *value, *one;
    size_t i;
    hw_arena_init(&arena);
    json_object_foreach((json_t *)(uintptr_t)doc, key, value) {
        const char *line = json_is_object(json_array_get(value, 0)) ? "" : hw_doc_line(&arena, value, NULL);
        if (!*line)
            continue;
        printf("%s\t", key);
        hw_look_text(stdout, line);
        putchar('\n');
    }
    json_array_foreach(hw_doc_list(doc, "comments"), i, one) {
        printf("comment\t");
        hw_look_text(stdout, hw_doc_text(one, "text"));
        putchar('\n');
    }
}

int hw_show_run(struct hw_cli *cli, struct hw_ask *ask)
{
    json_t *doc;
    int code = hw_cli_call(cli, ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && cli->plain)
        print_plain(doc);
    else if (code == 0)
        hw_show_print(cli, doc);
    json_decref(doc);
    return code;
}

int hw_cmd_show(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give one ID or PLAN/NUMBER");
    hw_ask_init(&ask, "show");
    hw_ask_text(&ask, "id", cli->argv[0]);
    return hw_show_run(cli, &ask);
}
