/* cmd_directory.c: groups and plans (floor 3, noun: directory). */
#include <stdio.h>
#include <string.h>

#include "client/cmd_show.h"
#include "client/commands.h"
#include "client/listing.h"

static const struct hw_column groups[] = {
    {"CODE", "code", 0, NULL},
    {"NAME", "name", HW_COLUMN_WIDE, NULL},
    {"KIND", "kind", 0, NULL},
    {"REGION", "region", 0, NULL},
    {"PLANS", "plans", HW_COLUMN_RIGHT, NULL},
    {"ITEMS", "items", HW_COLUMN_RIGHT, NULL},
    {"ROLE", "role", 0, NULL},
    {0},
};

static const struct hw_column plans[] = {
    {"CODE", "code", 0, NULL},
    {"GROUP", "group", HW_COLUMN_CUT, NULL},
    {"TITLE", "title", HW_COLUMN_WIDE, NULL},
    {"STATE", "state", HW_COLUMN_SPARE, NULL},
    {"PERIOD", "period", 0, NULL},
    {"ITEMS", "items", HW_COLUMN_RIGHT, NULL},
    {"DONE", "completed", HW_COLUMN_RIGHT, NULL},
    {"OVERDUE", "overdue", HW_COLUMN_RIGHT, NULL},
    {0},
};

const char *hw_cli_part(const struct hw_cli *cli, const char *const *parts, size_t n)
{
    const char *word = cli->argc ? cli->argv[0] : "list";
    for (size_t i = 0; i < n; i++)
        if (strcmp(parts[i], word) == 0)
            return parts[i];
    hw_cli_unknown("subcommand", word, parts, n);
    return NULL;
}

int hw_show_code(struct hw_cli *cli, const char *verb, const char *key)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    if (cli->argc != 2)
        return hw_cli_usage(cli, "give one code: headway %s show CODE", cli->command->name);
    hw_ask_init(&ask, verb);
    hw_ask_text(&ask, key, cli->argv[1]);
    return hw_show_run(cli, &ask);
}

/* `assign` of a new group or plan: the options that are fields, as "name=TEXT",
 * then the words from `from` on. */
static void put_assign(struct hw_ask *ask, const struct hw_cli *cli, const char *const *options, int from)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    size_t n = cli->argc > from ? (size_t)(cli->argc - from) : 0;
    hw_arena_init(&arena);
    for (const char *const *option = options; *option; option++)
        n += hw_cli_value(cli, *option) ? 1 : 0;
    struct hw_out *out = hw_ask_item(ask, "assign");
    hw_put_array(out, n);
    for (const char *const *option = options; *option; option++)
        if (hw_cli_value(cli, *option))
            hw_put_text(out, hw_arena_printf(&arena, "%s=%s", *option, hw_cli_value(cli, *option)));
    for (int i = from; i < cli->argc; i++)
        hw_put_text(out, cli->argv[i]);
}

int hw_cmd_group(struct hw_cli *cli)
{
    static const char *const parts[] = {"list", "show", "add"};
    static const char *const options[] = {"name",      "kind",   "region",  "countries", "parent",
                                          "purpose", "founded", "language", NULL};
    HW_CLEANUP(hw_ask_done) struct hw_ask list = {0};
    HW_CLEANUP(hw_ask_done) struct hw_ask add = {0};
    hw_ask_init(&list, "group.list");
    hw_ask_init(&add, "group.add");
    const char *part = hw_cli_part(cli, parts, 3);
    if (!part)
        return hw_status_exit(HW_USAGE);
    if (strcmp(part, "show") == 0)
        return hw_show_code(cli, "group.show", "code");
    if (strcmp(part, "list") == 0)
        return hw_listing_run(cli, &list, groups, "There are no groups yet: headway group add CODE --name TEXT");
    if (cli->argc < 2 || strchr(cli->argv[1], '='))
        return hw_cli_usage(cli, "give the group's code: headway group add CODE --name TEXT");
    hw_ask_text(&add, "code", cli->argv[1]);
    put_assign(&add, cli, options, 2);
    return hw_cli_change(cli, &add);
}

int hw_cmd_plan(struct hw_cli *cli)
{
    static const char *const parts[] = {"list", "show", "add"};
    static const char *const options[] = {"code", "period", NULL};
    HW_CLEANUP(hw_ask_done) struct hw_ask list = {0};
    HW_CLEANUP(hw_ask_done) struct hw_ask add = {0};
    hw_ask_init(&list, "plan.list");
    hw_ask_init(&add, "plan.add");
    const char *part = hw_cli_part(cli, parts, 3);
    if (!part)
        return hw_status_exit(HW_USAGE);
    if (strcmp(part, "show") == 0)
        return hw_show_code(cli, "plan.show", "plan");
    hw_ask_text(&list, "group", hw_cli_value(cli, "group"));
    if (strcmp(part, "list") == 0)
        return hw_listing_run(cli, &list, plans, "There are no plans yet: headway plan add --group G TITLE");
    if (cli->argc < 2 || !hw_cli_value(cli, "group"))
        return hw_cli_usage(cli, "give the group and the title: headway plan add --group G TITLE");
    hw_ask_text(&add, "group", hw_cli_value(cli, "group"));
    hw_ask_text(&add, "title", cli->argv[1]);
    put_assign(&add, cli, options, 2);
    return hw_cli_change(cli, &add);
}
