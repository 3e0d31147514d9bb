/* cmd_lint.c: advice, grouped by rule (floor 3, noun: lint). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/listing.h"

enum {
    RULE_MAX = 64,
    SHOWN_MAX = 20 /* of one rule: more than anybody mends in one sitting */
};

struct findings {
    const struct hw_cli *cli;
    json_t *rows; /* a heading tells how many follow, so all are waited for */
};

static bool keep_row(void *user, json_t *row)
{
    json_array_append(((struct findings *)user)->rows, row);
    return true;
}

/* "no date" -> "No date (12)" */
static void print_heading(const struct hw_cli *cli, const char *rule, size_t n, bool first)
{
    char name[RULE_MAX];
    snprintf(name, sizeof name, "%s", rule);
    name[0] = (char)toupper((unsigned char)name[0]);
    printf("%s%s%s%s (%zu)\n", first ? "" : "\n", hw_look_ink(&cli->look, HW_INK_BOLD), name,
           hw_look_ink(&cli->look, HW_INK_NONE), n);
}

/* Rows of one rule stand together; how many from `i` on. */
static size_t group_of(const json_t *rows, size_t i)
{
    const char *rule = hw_doc_text(json_array_get(rows, i), "rule");
    size_t n = 0;
    while (i + n < json_array_size(rows) && strcmp(hw_doc_text(json_array_get(rows, i + n), "rule"), rule) == 0)
        n++;
    return n;
}

static void print_groups(const struct hw_cli *cli, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows);) {
        size_t n = group_of(rows, i);
        size_t end = i + n, shown = n > SHOWN_MAX ? i + SHOWN_MAX : end;
        print_heading(cli, hw_doc_text(json_array_get(rows, i), "rule"), n, i == 0);
        for (; i < shown; i++) {
            const json_t *row = json_array_get(rows, i);
            fputs("  ", stdout);
            hw_look_text(stdout, hw_doc_text(row, "message"));
            printf("\n    %s", hw_look_ink(&cli->look, HW_INK_DIM));
            hw_look_text(stdout, hw_doc_text(row, "fix"));
            printf("%s\n", hw_look_ink(&cli->look, HW_INK_NONE));
        }
        if (end > shown)
            printf("  %s and %zu more; all of them: headway lint --plain\n", hw_look_dot(&cli->look), end - shown);
        i = end;
    }
}

int hw_cmd_lint(struct hw_cli *cli)
{
    static const struct hw_column columns[] = {{"RULE", "rule", 0, NULL},
                                               {"ID", "id", 0, NULL},
                                               {"MESSAGE", "message", HW_COLUMN_WIDE, NULL},
                                               {"TYPE", "fix", 0, NULL},
                                               {0}};
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    struct findings findings = {.cli = cli};
    hw_ask_init(&ask, "lint");
    hw_ask_list(&ask, "filter", cli->argv, (size_t)cli->argc);
    if (cli->json || cli->plain)
        return hw_listing_run(cli, &ask, columns, "Nothing to say.");
    findings.rows = json_array();
    int code = hw_cli_call(cli, &ask, keep_row, &findings, NULL);
    size_t n = json_array_size(findings.rows);
    print_groups(cli, findings.rows);
    if (code == 0 && !cli->quiet && n == 0)
        fputs("Nothing to say.\n", stderr);
    else if (code == 0 && !cli->quiet)
        fprintf(stderr, "\n%zu finding%s; nothing was changed. The values in the commands are a start: put the right ones there.\n",
                n, n == 1 ? "" : "s");
    json_decref(findings.rows);
    return code;
}
