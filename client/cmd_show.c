/* cmd_show.c: one record with everything (floor 3, noun: show). Also used for
 * groups, plans and offices, whose documents look alike. */
#include "client/cmd_show.h"

#include <stdio.h>
#include <string.h>

#include "client/ago.h"
#include "client/commands.h"

enum { LABEL = 16 }; /* column of the values: past "status_label" and the like */

/* Members that print_head or a block of their own shows. */
static bool apart(const char *key)
{
    static const char *const names[] = {"id", "kind", "title", "comments", "children", "log", "short", "source"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
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
        if (!apart(key))
            print_member(cli, &arena, key, value);
    }
    size_t children = json_array_size(hw_doc_list(doc, "children"));
    if (children > 0)
        printf("%-*s%zu: %s\n", LABEL, "below", children, hw_doc_line(&arena, doc, "children"));
    print_comments(cli, &arena, hw_doc_list(doc, "comments"));
    print_log(cli, &arena, hw_doc_list(doc, "log"));
}

int hw_show_run(struct hw_cli *cli, struct hw_ask *ask)
{
    json_t *doc;
    int code = hw_cli_call(cli, ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
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
