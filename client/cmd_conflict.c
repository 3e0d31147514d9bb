/* cmd_conflict.c: what needs a person (floor 3, noun: conflict): todo,
 * conflicts, resolve, refused, retry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/listing.h"

static void print_conflict(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row)
{
    const char *id = hw_doc_short(arena, row), *field = hw_doc_text(row, "field");
    long long shown = hw_doc_int(row, "shown");
    size_t i;
    json_t *head;
    printf("%s%s  %s%s  ", hw_look_ink(&cli->look, HW_INK_BOLD), id, field, hw_look_ink(&cli->look, HW_INK_NONE));
    hw_look_text(stdout, hw_doc_text(row, "title"));
    putchar('\n');
    json_array_foreach(hw_doc_list(row, "heads"), i, head) {
        printf("  %zu  ", i + 1);
        hw_look_text(stdout, hw_doc_line(arena, head, "value"));
        printf("   %s, ", hw_doc_text(head, "office"));
        hw_look_text(stdout, hw_doc_text(head, "author"));
        printf(", %s%s\n", hw_ago_minute(arena, hw_doc_text(head, "when")), (long long)i + 1 == shown ? "  (shown)" : "");
    }
    printf("  headway resolve %s %s --take N\n", id, field);
}

struct conflicts {
    const struct hw_cli *cli;
    struct hw_arena arena;
    size_t n;
};

static bool conflict_row(void *user, json_t *row)
{
    struct conflicts *conflicts = user;
    hw_arena_reset(&conflicts->arena);
    print_conflict(conflicts->cli, &conflicts->arena, row);
    conflicts->n++;
    return true;
}

int hw_cmd_conflicts(struct hw_cli *cli)
{
    static const struct hw_column columns[] = {
        {"ID", "id", 0, NULL}, {"FIELD", "field", 0, NULL}, {"SHOWN", "shown", 0, NULL}, {0}};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    struct conflicts conflicts = {.cli = cli};
    hw_ask_init(&ask, "conflicts");
    hw_ask_list(&ask, "filter", cli->argv, (size_t)cli->argc);
    if (cli->json || cli->plain)
        return hw_listing_run(cli, &ask, columns, "No conflicts.");
    hw_arena_init(&conflicts.arena);
    int code = hw_cli_call(cli, &ask, conflict_row, &conflicts, NULL);
    if (code == 0 && conflicts.n == 0 && !cli->quiet)
        fputs("No conflicts.\n", stderr);
    hw_arena_done(&conflicts.arena);
    return code;
}

/* --take N as a number; 0 when it is none. */
static long head_number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    return *end || n < 1 ? 0 : n;
}

int hw_cmd_resolve(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    bool mine = hw_cli_flag(cli, "mine"), theirs = hw_cli_flag(cli, "theirs");
    const char *take = hw_cli_value(cli, "take");
    if (cli->argc < 2 || cli->argc > 3 || mine + theirs + (take != NULL) + (cli->argc == 3) != 1)
        return hw_cli_usage(cli, "give ID FIELD and one of --mine, --theirs, --take N or a value");
    if (take && head_number(take) == 0)
        return hw_cli_usage(cli, "--take takes the number of a head, as `headway conflicts` lists them");
    hw_ask_init(&ask, "resolve");
    hw_ask_text(&ask, "id", cli->argv[0]);
    hw_ask_text(&ask, "field", cli->argv[1]);
    if (mine)
        hw_ask_bool(&ask, "mine", true);
    if (theirs)
        hw_ask_bool(&ask, "theirs", true);
    if (take)
        hw_ask_int(&ask, "take", head_number(take));
    if (cli->argc == 3)
        hw_ask_text(&ask, "value", cli->argv[2]);
    return hw_cli_change(cli, &ask);
}

int hw_cmd_todo(struct hw_cli *cli)
{
    static const struct hw_column columns[] = {{"WHAT", "what", 0, NULL},
                                               {"TEXT", "text", HW_COLUMN_WIDE, NULL},
                                               {"TYPE", "command", 0, NULL},
                                               {0}};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "todo");
    return hw_listing_run(cli, &ask, columns, "Nothing needs you.");
}

int hw_cmd_refused(struct hw_cli *cli)
{
    static const struct hw_column columns[] = {{"EVENT", "event", 0, NULL},
                                               {"ID", "id", 0, NULL},
                                               {"FIELD", "field", 0, NULL},
                                               {"VALUE", "value", HW_COLUMN_CUT, NULL},
                                               {"CODE", "code", HW_COLUMN_SPARE, NULL},
                                               {"REASON", "reason", HW_COLUMN_WIDE, NULL},
                                               {"WHEN", "when", 0, NULL},
                                               {0}};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "refused");
    return hw_listing_run(cli, &ask, columns, "Nothing was refused.");
}

int hw_cmd_retry(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    bool all = hw_cli_flag(cli, "all");
    if ((cli->argc == 0) == !all)
        return hw_cli_usage(cli, "say which event, as `headway refused` lists them, or --all");
    hw_ask_init(&ask, "retry");
    hw_ask_list(&ask, "events", cli->argv, (size_t)cli->argc);
    hw_ask_bool(&ask, "all", all);
    hw_ask_bool(&ask, "dry_run", hw_cli_flag(cli, "dry-run"));
    return hw_cli_change(cli, &ask);
}
