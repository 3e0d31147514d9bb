/* change.c: shows what a command changed (floor 3, noun: change): before and
 * after, where it is saved, how to undo it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/ago.h"
#include "client/cli.h"

enum {
    INDENT = 5,      /* under the title, past the shortest id and a space */
    RECORDS_MAX = 20 /* one screen; `headway log` has them all */
};

static void put_value(const char *value)
{
    if (*value)
        hw_look_text(stdout, value);
    else
        fputs("(none)", stdout);
}

static void print_fields(const struct hw_cli *cli, const json_t *changes, bool fresh)
{
    size_t i, widest = 0;
    json_t *change;
    json_array_foreach(changes, i, change) {
        size_t n = hw_look_columns(hw_doc_text(change, "field"));
        widest = n > widest ? n : widest;
    }
    json_array_foreach(changes, i, change) {
        const char *field = hw_doc_text(change, "field"), *before = hw_doc_text(change, "before");
        printf("%*s", INDENT, "");
        hw_look_text(stdout, field);
        printf("%*s", (int)(widest - hw_look_columns(field)) + 2, "");
        if (!fresh || *before) {
            put_value(before);
            printf(" %s ", hw_look_arrow(&cli->look));
        }
        fputs(hw_look_ink(&cli->look, HW_INK_BOLD), stdout);
        put_value(hw_doc_text(change, "after"));
        fputs(hw_look_ink(&cli->look, HW_INK_NONE), stdout);
        putchar('\n');
    }
}

static void print_record(const struct hw_cli *cli, const json_t *record)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    bool fresh = hw_doc_bool(record, "new");
    fputs(hw_look_ink(&cli->look, HW_INK_BOLD), stdout);
    hw_look_text(stdout, hw_doc_short(&arena, record));
    fputs(hw_look_ink(&cli->look, HW_INK_NONE), stdout);
    if (fresh) {
        fputs(" new ", stdout);
        hw_look_text(stdout, hw_doc_text(record, "kind"));
    }
    fputs(fresh && *hw_doc_text(record, "title") ? ": " : " ", stdout);
    hw_look_text(stdout, hw_doc_text(record, "title"));
    putchar('\n');
    print_fields(cli, hw_doc_list(record, "changes"), fresh);
    if (hw_doc_bool(record, "comment"))
        printf("%*scomment added\n", INDENT, "");
}

/* Where the change is now, as one sentence. */
static void print_place(const json_t *change)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    long long pending = hw_doc_int(change, "pending");
    const char *waits = pending == 1 ? "change waits" : "changes wait";
    time_t since;
    if (hw_doc_bool(change, "gate")) {
        fputs("Saved here, at headquarters.", stdout);
        return;
    }
    if (!hw_doc_has(change, "upstream")) {
        fputs("Saved here (this node has no hub).", stdout);
        return;
    }
    if (hw_doc_bool(change, "connected")) {
        if (pending > 0)
            printf("Saved here; %lld %s to reach the hub (connected).", pending, waits);
        else
            fputs("Saved here and at the hub.", stdout);
        return;
    }
    printf("Saved here; %lld %s for the hub", pending, waits);
    if (hw_ago_parse(hw_doc_text(change, "offline_since"), &since))
        printf(" (offline %s)", hw_ago_length(&arena, difftime(time(NULL), since)));
    else
        fputs(" (offline)", stdout);
    putchar('.');
}

static void print_left(const json_t *change)
{
    const json_t *left = hw_doc_list(change, "left");
    size_t i;
    json_t *one;
    json_array_foreach(left, i, one) {
        fputs("Left alone: ", stdout);
        hw_look_text(stdout, hw_doc_text(one, "id"));
        if (*hw_doc_text(one, "field"))
            putchar(' ');
        hw_look_text(stdout, hw_doc_text(one, "field"));
        fputs(": ", stdout);
        hw_look_text(stdout, hw_doc_text(one, "reason"));
        putchar('\n');
    }
}

void hw_change_print(const struct hw_cli *cli, const json_t *change)
{
    if (cli->json) {
        hw_doc_print(stdout, change, false);
        return;
    }
    if (cli->quiet || !json_is_object(change))
        return;
    const json_t *records = hw_doc_list(change, "records");
    size_t i, n = json_array_size(records);
    json_t *record;
    json_array_foreach(records, i, record) {
        if (i == RECORDS_MAX)
            break;
        print_record(cli, record);
    }
    if (n > RECORDS_MAX)
        printf("%s and %zu more\n", hw_look_dot(&cli->look), n - RECORDS_MAX);
    print_left(change);
    if (hw_doc_has(change, "note")) {
        hw_look_lines(stdout, hw_doc_text(change, "note"), 0);
        putchar('\n');
    }
    if (hw_doc_bool(change, "saved")) {
        print_place(change);
        fputs("   Undo: headway undo\n", stdout);
    } else if (hw_doc_bool(change, "dry_run")) {
        fputs("Nothing was written. To do it, leave out --dry-run.\n", stdout);
    } else if (n == 0) {
        fputs("Nothing to change.\n", stdout);
    }
}
