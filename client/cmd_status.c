/* cmd_status.c: how this node is (floor 3, noun: status): status, sync,
 * recovery, version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/ago.h"
#include "client/commands.h"

#ifndef HEADWAY_VERSION
#define HEADWAY_VERSION "0.1.0" /* the Makefile gives the real one */
#endif

enum {
    DAY = 86400,           /* seconds */
    WAIT_MAX = DAY,        /* nobody waits longer on a terminal */
    BACKUP_OLD = 7 * DAY   /* what was done since is more than a week's work to do again */
};

/* 1204 -> "1 204". */
static const char *grouped(struct hw_arena *arena, long long n)
{
    if (n < 1000)
        return hw_arena_printf(arena, "%lld", n);
    return hw_arena_printf(arena, "%s %03lld", grouped(arena, n / 1000), n % 1000);
}

static const char *size_of(struct hw_arena *arena, double bytes)
{
    if (bytes < 1e6)
        return hw_arena_printf(arena, "%.0f kB", bytes / 1e3);
    return bytes < 1e9 ? hw_arena_printf(arena, "%.0f MB", bytes / 1e6) : hw_arena_printf(arena, "%.1f GB", bytes / 1e9);
}

/* "backup 02:10 ✓" within a day, the day of an older one; one that is a week old is a warning. */
static void print_backup(const struct hw_cli *cli, struct hw_arena *arena, const char *made)
{
    time_t when, now = time(NULL);
    if (!hw_ago_parse(made, &when)) {
        printf("   no backup yet");
        return;
    }
    double age = difftime(now, when);
    const char *minute = hw_ago_minute(arena, made); /* "2026-11-23 02:10" */
    bool fresh = age < BACKUP_OLD;
    printf("   backup %.*s %s%s%s", age < DAY ? 5 : 10, age < DAY && strlen(minute) > 11 ? minute + 11 : minute,
           hw_look_ink(&cli->look, fresh ? HW_INK_GOOD : HW_INK_WARN),
           fresh ? (cli->look.utf8 ? "✓" : "ok") : hw_look_warning(&cli->look), hw_look_ink(&cli->look, HW_INK_NONE));
}

static void print_office(const struct hw_cli *cli, struct hw_arena *arena, const json_t *doc)
{
    const char *integrity = hw_doc_text(doc, "integrity");
    const char *roles = hw_doc_line(arena, doc, "roles");
    printf("Office %s", hw_doc_text(doc, "node"));
    if (*roles)
        printf(" (%s)", roles);
    printf("   %s records   %s events   %s", grouped(arena, hw_doc_int(doc, "records")),
           grouped(arena, hw_doc_int(doc, "events")), size_of(arena, hw_doc_number(doc, "db_bytes")));
    if (strcmp(integrity, "ok") == 0)
        printf(" %s%s%s", hw_look_ink(&cli->look, HW_INK_GOOD), cli->look.utf8 ? "✓ intact" : "intact",
               hw_look_ink(&cli->look, HW_INK_NONE));
    else
        printf(" %s%s %s%s", hw_look_ink(&cli->look, HW_INK_WARN), strcmp(integrity, "failed") == 0 ? hw_look_warning(&cli->look) : "",
               strcmp(integrity, "failed") == 0 ? "DAMAGED" : integrity, hw_look_ink(&cli->look, HW_INK_NONE));
    print_backup(cli, arena, hw_doc_text(doc, "backup"));
    putchar('\n');
}

/* Where a group began with a snapshot, or its old log was let go. */
static void print_history(const json_t *doc)
{
    if (hw_doc_has(doc, "history_since"))
        printf("       history kept since %.10s; log fetches what is older from the hub\n", hw_doc_text(doc, "history_since"));
}

/* "14:03". */
static const char *clock_of(struct hw_arena *arena, const char *time)
{
    const char *minute = hw_ago_minute(arena, time); /* "2026-11-23 14:03" */
    return strlen(minute) > 11 ? minute + 11 : minute;
}

static void print_hub(const struct hw_cli *cli, struct hw_arena *arena, const json_t *doc)
{
    const json_t *upstream = json_object_get(doc, "upstream");
    time_t since, now = time(NULL);
    const char *key = hw_doc_text(doc, "curve_key"), *root = hw_doc_text(doc, "root_key");
    if (hw_doc_has(doc, "root_since") && strlen(root) > 8)
        printf("Root   %.4s-%.4s since %.10s, when the former root key handed over to it\n", root, root + 4,
               hw_doc_text(doc, "root_since"));
    if (hw_doc_has(doc, "listen") && strlen(key) > 8)
        printf("Key    %.4s-%.4s (what offices know this hub by)%s%.10s\n", key, key + 4,
               hw_doc_has(doc, "next_key") ? "; a new one counts from " : "", hw_doc_text(doc, "next_key"));
    if (!json_is_object(upstream) || !hw_doc_has(upstream, "address")) {
        printf("Hub    none\n");
        return;
    }
    const char *state = hw_doc_text(upstream, "state");
    bool good = strcmp(state, "connected") == 0;
    printf("Hub    %s   %s%s%s%s%s", hw_doc_text(upstream, "address"), hw_look_ink(&cli->look, good ? HW_INK_GOOD : HW_INK_WARN),
           good ? "" : hw_look_warning(&cli->look), good ? "" : " ", state, hw_look_ink(&cli->look, HW_INK_NONE));
    if (hw_ago_parse(hw_doc_text(upstream, "since"), &since))
        printf(" for %s", hw_ago_length(arena, difftime(now, since)));
    if (hw_ago_parse(hw_doc_text(upstream, "last_sync"), &since))
        printf(", last sync %s ago", hw_ago_length(arena, difftime(now, since)));
    if (*hw_doc_text(upstream, "reason") && !hw_doc_has(doc, "shut_out")) /* which says it better */
        printf("\n       %s%s", good ? hw_arena_printf(arena, "%s ", hw_look_warning(&cli->look)) : "",
               hw_doc_line(arena, upstream, "reason"));
    if (*hw_doc_text(upstream, "reason") && hw_doc_has(upstream, "next_try"))
        printf("; tried again at %s", clock_of(arena, hw_doc_text(upstream, "next_try")));
    long long offset = hw_doc_int(upstream, "clock_offset_ms");
    if (offset > 60000 || offset < -60000)
        printf(", this clock is %s %s", hw_ago_length(arena, (double)llabs(offset) / 1e3), offset > 0 ? "slow" : "fast");
    putchar('\n');
}

static const char *kilobytes(struct hw_arena *arena, const json_t *period, const char *key)
{
    return hw_arena_printf(arena, "%.0f", hw_doc_number(period, key) / 1000);
}

/* "this hour 150 of 200 kB". */
static void print_period(struct hw_arena *arena, const json_t *period, const char *name)
{
    printf("%s %s%s%s kB", name, kilobytes(arena, period, "spent"), hw_doc_has(period, "limit") ? " of " : "",
           hw_doc_has(period, "limit") ? kilobytes(arena, period, "limit") : "");
}

/* What the link to the hub has cost, where that counts. */
static void print_budget(const struct hw_cli *cli, struct hw_arena *arena, const json_t *doc)
{
    const json_t *budget = json_object_get(doc, "budget");
    if (!json_is_object(budget))
        return;
    bool live = strcmp(hw_doc_text(budget, "goes"), "live") == 0;
    printf("Link   ");
    print_period(arena, json_object_get(budget, "hour"), "this hour");
    print_period(arena, json_object_get(budget, "day"), ", today");
    if (live && hw_doc_bool(budget, "metered"))
        printf("; metered: what is changed now goes, the rest when you type headway sync");
    else if (live)
        printf("\n       %s%sthe budget is nearly spent: only what is changed now goes%s", hw_look_ink(&cli->look, HW_INK_WARN),
               hw_look_warning(&cli->look), hw_look_ink(&cli->look, HW_INK_NONE));
    putchar('\n');
}

/* What this hub says of its own clock. */
static void print_doubt(const struct hw_cli *cli, const json_t *doc)
{
    if (hw_doc_bool(doc, "clock_doubted"))
        printf("Clock  %s%sthis machine's clock is far behind what this hub stamped before: set it right.\n"
               "       Until then clocks of offices are not judged; nothing is lost.%s\n",
               hw_look_ink(&cli->look, HW_INK_WARN), hw_look_warning(&cli->look), hw_look_ink(&cli->look, HW_INK_NONE));
}

/* A hub that was restored decides nothing until it has heard the offices. */
static void print_recovery(const struct hw_cli *cli, struct hw_arena *arena, const json_t *doc)
{
    const json_t *recovery = json_object_get(doc, "recovery");
    if (json_is_object(recovery))
        printf("Hub    %s%s%s%s\nNext   headway recovery end, if the others cannot be waited for\n",
               hw_look_ink(&cli->look, HW_INK_WARN), hw_look_warning(&cli->look), hw_doc_line(arena, recovery, "text"),
               hw_look_ink(&cli->look, HW_INK_NONE));
}

/* How near this hub's connections are to its limits; the rest of them stands in --json and headway.conf. */
static void print_limits(const struct hw_cli *cli, const json_t *doc)
{
    const json_t *limits = json_object_get(doc, "limits");
    if (!json_is_object(limits))
        return;
    long long connections = hw_doc_int(limits, "connections"), most = hw_doc_int(limits, "max_peers");
    long long strangers = hw_doc_int(limits, "strangers"), room = hw_doc_int(limits, "max_strangers");
    bool full = connections >= most || strangers >= room;
    printf("Limits %s%s%lld of %lld connections, %lld of %lld without a key%s; %lld sessions a minute for an office, %lld joins\n",
           hw_look_ink(&cli->look, full ? HW_INK_WARN : HW_INK_NONE), full ? hw_look_warning(&cli->look) : "", connections, most,
           strangers, room, hw_look_ink(&cli->look, HW_INK_NONE), hw_doc_int(limits, "hellos_per_minute"),
           hw_doc_int(limits, "joins_per_minute"));
}

/* Groups that this office may not read any more. */
static void print_ended(const struct hw_cli *cli, const json_t *ended)
{
    size_t i;
    json_t *one;
    json_array_foreach(ended, i, one) {
        long long waiting = hw_doc_int(one, "waiting");
        printf("Ended  %s%s%s: the grant of this office has ended. What is here stays, and nothing new comes.%s\n",
               hw_look_ink(&cli->look, HW_INK_WARN), hw_doc_text(one, "group"), hw_look_ink(&cli->look, HW_INK_NONE),
               waiting ? "" : " Ask headquarters.");
        if (waiting)
            printf("       %lld change%s made before %s not sent; a new grant would send %s. Ask headquarters.\n", waiting,
                   waiting == 1 ? "" : "s", waiting == 1 ? "was" : "were", waiting == 1 ? "it" : "them");
    }
}

/* What happened in the last month and what was done about it. */
static void print_incidents(const struct hw_cli *cli, struct hw_arena *arena, const json_t *incidents)
{
    size_t i;
    json_t *one;
    time_t when, now = time(NULL);
    json_array_foreach(incidents, i, one) {
        if (!hw_ago_parse(hw_doc_text(one, "time"), &when) || difftime(now, when) > 31 * 86400.0)
            continue;
        printf("%s ", i == 0 ? "Lately" : "      ");
        printf("%s%s%s: ", hw_look_ink(&cli->look, HW_INK_WARN), hw_ago_day(arena, hw_doc_text(one, "time"), now),
               hw_look_ink(&cli->look, HW_INK_NONE));
        hw_look_text(stdout, hw_doc_text(one, "text"));
        putchar('\n');
    }
}

static void print_offices(const struct hw_cli *cli, struct hw_arena *arena, const json_t *offices)
{
    size_t i;
    json_t *one;
    if (json_array_size(offices) == 0)
        return;
    struct hw_table *table = hw_table_new(&cli->look);
    hw_table_column(table, "OFFICE", 0);
    hw_table_column(table, "STATE", 0);
    hw_table_column(table, "LAST HEARD", 0);
    hw_table_column(table, "BEHIND", HW_COLUMN_RIGHT);
    json_array_foreach(offices, i, one) {
        const char *heard = hw_doc_text(one, "last_heard");
        hw_table_row(table, (const char *[]){hw_doc_text(one, "code"), hw_doc_text(one, "state"),
                                             hw_ago_day(arena, heard, time(NULL)),
                                             hw_doc_has(one, "behind") ? hw_doc_line(arena, one, "behind") : "relay"});
    }
    putchar('\n');
    hw_table_print(table, stdout);
    hw_table_free(table);
}

/* A first life is nothing to tell. */
static void print_life(const json_t *doc)
{
    static const struct {
        const char *reason, *text;
    } why[] = {{"restored", "it or its hub was restored, or it follows another hub"},
               {"fork", "the hub held other changes under the same numbers"},
               {"clone", "a copy of this office runs, or ran, elsewhere"},
               {"rotation", "its keys were changed"},
               {"replaced", "this machine took the place of another"},
               {"bundle", "a bundle was made before the hub was met"}};
    for (size_t i = 0; i < sizeof why / sizeof *why; i++)
        if (strcmp(hw_doc_text(doc, "incarnation_reason"), why[i].reason) == 0)
            printf("Life   %s (%s: %s)\n", hw_doc_text(doc, "incarnation"), why[i].reason, why[i].text);
}

static void print_status(const struct hw_cli *cli, const json_t *doc)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    long long pending = hw_doc_int(doc, "pending"), refused = hw_doc_int(doc, "refused"),
              conflicts = hw_doc_int(doc, "conflicts"), carried = hw_doc_int(doc, "carried");
    print_office(cli, &arena, doc);
    print_history(doc);
    print_hub(cli, &arena, doc);
    print_budget(cli, &arena, doc);
    if (hw_doc_has(doc, "shut_out"))
        printf("       %s%s%s%s\n", hw_look_ink(&cli->look, HW_INK_WARN), hw_look_warning(&cli->look),
               hw_doc_line(&arena, doc, "shut_out"), hw_look_ink(&cli->look, HW_INK_NONE));
    print_life(doc);
    printf("Here   %lld change%s, %lld conflict%s, %lld refused\n", pending, pending == 1 ? " waits" : "s wait", conflicts,
           conflicts == 1 ? "" : "s", refused);
    if (carried > 0)
        printf("Others %lld change%s of the offices served here for headquarters\n", carried, carried == 1 ? " waits" : "s wait");
    if (*hw_doc_line(&arena, doc, "local_groups"))
        printf("Local  %s: headquarters has not granted these groups; what is written there stays here\n",
               hw_doc_line(&arena, doc, "local_groups"));
    print_ended(cli, hw_doc_list(doc, "ended"));
    if (conflicts + refused > 0)
        printf("Next   headway todo\n");
    print_doubt(cli, doc);
    print_limits(cli, doc);
    print_recovery(cli, &arena, doc);
    print_incidents(cli, &arena, hw_doc_list(doc, "incidents"));
    print_offices(cli, &arena, hw_doc_list(doc, "offices"));
}

/* "key TAB value" lines, the hub's as "upstream.KEY", an office in each "office" line. */
static void print_plain(const json_t *doc)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    const char *key, *part;
    json_t *value, *one;
    size_t i;
    hw_arena_init(&arena);
    json_object_foreach((json_t *)(uintptr_t)doc, key, value) {
        if (json_is_object(value)) {
            json_object_foreach(value, part, one) {
                printf("%s.%s\t", key, part);
                hw_look_text(stdout, hw_doc_line(&arena, one, NULL));
                putchar('\n');
            }
        } else if (strcmp(key, "offices") != 0 && strcmp(key, "incidents") != 0 && strcmp(key, "ended") != 0) {
            printf("%s\t", key);
            hw_look_text(stdout, hw_doc_line(&arena, value, NULL));
            putchar('\n');
        }
    }
    json_array_foreach(hw_doc_list(doc, "ended"), i, one)
        printf("ended\t%s\t%lld\n", hw_doc_text(one, "group"), hw_doc_int(one, "waiting"));
    json_array_foreach(hw_doc_list(doc, "incidents"), i, one) {
        printf("incident\t%s\t", hw_doc_text(one, "time"));
        hw_look_text(stdout, hw_doc_text(one, "text"));
        putchar('\n');
    }
    json_array_foreach(hw_doc_list(doc, "offices"), i, one) {
        printf("office\t%s\t%s\t%s\t%s\n", hw_doc_text(one, "code"), hw_doc_text(one, "state"),
               hw_doc_text(one, "last_heard"), hw_doc_line(&arena, one, "behind"));
    }
}

int hw_cmd_status(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    json_t *doc;
    if (cli->argc > 0)
        return hw_cli_usage(cli, "status takes no words");
    hw_ask_init(&ask, "status");
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && cli->plain)
        print_plain(doc);
    else if (code == 0)
        print_status(cli, doc);
    json_decref(doc);
    return code;
}

int hw_cmd_sync(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *wait = hw_cli_value(cli, "wait");
    char *end = NULL;
    long seconds = wait ? strtol(wait, &end, 10) : 0;
    json_t *doc;
    if (wait && (end == wait || *end || seconds < 0 || seconds > WAIT_MAX))
        return hw_cli_usage(cli, "--wait takes seconds, from 0 to %d", WAIT_MAX);
    hw_ask_init(&ask, "sync");
    hw_ask_int(&ask, "wait", seconds);
    hw_ask_bool(&ask, "now", hw_cli_flag(cli, "now"));
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (doc && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (doc && !cli->quiet)
        printf("Sent %lld, received %lld; %lld wait (%.1f s)\n", hw_doc_int(doc, "sent"), hw_doc_int(doc, "received"),
               hw_doc_int(doc, "pending"), hw_doc_number(doc, "seconds"));
    json_decref(doc);
    return code;
}

int hw_cmd_recovery(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    json_t *doc;
    if (cli->argc != 1 || strcmp(cli->argv[0], "end") != 0)
        return hw_cli_usage(cli, "there is one thing to do: headway recovery end");
    hw_ask_init(&ask, "recovery.end");
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0 && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (code == 0 && !cli->quiet && json_array_size(hw_doc_list(doc, "waiting")) > 0)
        printf("The recovery is over. %s: not heard; what they hold is taken back when they come.\n",
               hw_doc_line(&arena, doc, "waiting"));
    else if (code == 0 && !cli->quiet)
        printf("The recovery is over: every office was heard.\n");
    json_decref(doc);
    return code;
}

int hw_cmd_version(struct hw_cli *cli)
{
    if (cli->json)
        printf("{\"version\":\"%s\"}\n", HEADWAY_VERSION);
    else
        printf("headway %s\n", HEADWAY_VERSION);
    return 0;
}
