/* cmd_list.c: list and due (floor 3, noun: list). */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/listing.h"

enum { PLAN_MAX = 24 }; /* PLAN/NUMBER is there to be typed: whole, or the number alone */

static const char *cell_id(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    (void)ink;
    return cli->plain ? hw_doc_text(row, "id") : hw_doc_short(arena, row);
}

static const char *cell_place(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *plan = hw_doc_text(row, "plan"), *number = hw_doc_text(row, "number");
    (void)ink;
    if (!cli->plain && strlen(plan) > PLAN_MAX)
        return number;
    return *plan && *number ? hw_arena_printf(arena, "%s/%s", plan, number) : *plan ? plan : hw_doc_text(row, "group");
}

static const char *cell_deadline(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *raw = hw_doc_line(arena, row, "deadline");
    if (!hw_doc_bool(row, "overdue") || cli->plain)
        return raw;
    *ink = HW_INK_WARN;
    return hw_arena_printf(arena, "%s %s", hw_look_warning(&cli->look), raw);
}

static const char *cell_status(const struct hw_cli *cli, struct hw_arena *arena, const json_t *row, enum hw_ink *ink)
{
    const char *status = hw_doc_text(row, "status");
    long long conflicts = hw_doc_int(row, "conflicts");
    if (strcmp(status, "completed") == 0)
        *ink = HW_INK_GOOD;
    if (conflicts == 0 || cli->plain)
        return status;
    *ink = HW_INK_BAD;
    return hw_arena_printf(arena, "%s (%lld conflict%s)", status, conflicts, conflicts == 1 ? "" : "s");
}

static const struct hw_column columns[] = {
    {"ID", NULL, 0, cell_id},
    {"PLAN", NULL, 0, cell_place},
    {"COUNTRY", "countries", HW_COLUMN_CUT, NULL},
    {"TITLE", "title", HW_COLUMN_WIDE, NULL},
    {"RESPONSIBLE", "responsible", HW_COLUMN_CUT | HW_COLUMN_SPARE, NULL},
    {"DEADLINE", NULL, 0, cell_deadline},
    {"STATUS", NULL, HW_COLUMN_CUT, cell_status},
    {0},
};

int hw_cmd_list(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "list");
    hw_ask_list(&ask, "filter", cli->argv, (size_t)cli->argc);
    return hw_listing_run(cli, &ask, columns, "Nothing matches.");
}

/* A filter for the countries of this node's own office, for --mine. */
static int own_countries(struct hw_cli *cli, char *filter, size_t size)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ping = {0};
    HW_CLEANUP(hw_ask_done) struct hw_ask office = {0};
    json_t *node = NULL, *shown = NULL;
    hw_ask_init(&ping, "ping");
    hw_ask_init(&office, "office.show");
    int code = hw_cli_call(cli, &ping, NULL, NULL, &node);
    hw_ask_text(&office, "code", hw_doc_text(node, "node"));
    if (code == 0)
        code = hw_cli_call(cli, &office, NULL, NULL, &shown);
    size_t used = (size_t)snprintf(filter, size, "country:"), i;
    json_t *country;
    json_array_foreach(hw_doc_list(shown, "countries"), i, country) {
        if (used < size)
            used += (size_t)snprintf(filter + used, size - used, "%s%s", i ? "," : "", json_string_value(country));
    }
    if (code == 0 && json_array_size(hw_doc_list(shown, "countries")) == 0) {
        struct hw_err err;
        hw_fail(&err, HW_NOT_FOUND, "the office %s has no countries; filter instead: headway due responsible:NAME",
                hw_doc_text(node, "node"));
        code = hw_cli_error(cli, &err);
    }
    json_decref(node);
    json_decref(shown);
    return code;
}

int hw_cmd_due(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    char when[128], mine[1024];
    char *filter[64];
    size_t n = 0;
    if (cli->argc > 60)
        return hw_cli_usage(cli, "at most 60 filters");
    bool dated = cli->argc && !strchr(cli->argv[0], ':');
    snprintf(when, sizeof when, "due:%s", dated ? cli->argv[0] : "month");
    filter[n++] = when;
    char open_only[] = "status:open"; /* what is done or dropped is due to nobody, unless one asks */
    bool asked = false;
    for (int i = dated ? 1 : 0; i < cli->argc; i++) {
        asked = asked || strncmp(cli->argv[i], "status:", 7) == 0;
        filter[n++] = cli->argv[i];
    }
    if (!asked)
        filter[n++] = open_only;
    if (hw_cli_flag(cli, "mine")) {
        int code = own_countries(cli, mine, sizeof mine);
        if (code != 0)
            return code;
        filter[n++] = mine;
    }
    hw_ask_init(&ask, "list");
    hw_ask_list(&ask, "filter", filter, n);
    return hw_listing_run(cli, &ask, columns, "Nothing is due.");
}
