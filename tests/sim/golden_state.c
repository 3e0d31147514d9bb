/* golden_state.c: what a node shows, asked by the verbs that people use: `list`,
 * `conflicts`, `refused`, `status`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/golden.h"
#include "tests/sim/sim_doc.h"

enum { ROWS = 16, SHOWN_TEXT = 60 };

/* Lines about one node, in an order that does not hang on random ids. */
struct lines {
    struct golden *golden;
    const char *items[ROWS * 3];
    size_t n;
};

struct reading {
    struct hw_out rows, end;
    bool done;
};

/* -- asking -- */

static void read_done(struct sim_call *call, enum hw_status status, const char *text)
{
    struct reading *reading = (struct reading *)(uintptr_t)call->number;
    reading->done = true;
    if (status)
        sim_fail(call->node->world, "%s cannot be asked: %s", call->node->name, text);
    hw_put_raw(&reading->rows, call->call.answer.rows.p, call->call.answer.rows.n);
    hw_put_raw(&reading->end, call->call.answer.end.p, call->call.answer.end.n);
}

static void ask(struct golden *golden, struct sim_node *node, const char *verb, struct reading *reading)
{
    const struct sim_call template = {.answered = read_done, .number = (uintptr_t)reading};
    const char *pairs[] = {NULL};
    struct hw_out args = {0};
    *reading = (struct reading){.done = false};
    sim_doc_args(&args, pairs);
    sim_node_ask(node, verb, hw_out_slice(&args), "reader", &template);
    hw_out_done(&args);
    while (!reading->done && sim_world_step(&golden->world))
        continue;
}

static void forget(struct reading *reading)
{
    hw_out_done(&reading->rows);
    hw_out_done(&reading->end);
}

/* -- reading documents -- */

static const char *text_in(struct golden *golden, struct hw_slice document, const char *key)
{
    struct hw_slice text = sim_doc_text(document, key);
    if (text.n > SHOWN_TEXT)
        return hw_arena_printf(&golden->arena, "%.*s... (%zu bytes)", SHOWN_TEXT - 3, (const char *)text.p, text.n);
    return hw_arena_text(&golden->arena, text.p, text.n);
}

static unsigned long long number_in(struct hw_slice document, const char *key)
{
    struct hw_in in = hw_in_of(sim_doc_get(document, key));
    return hw_peek(&in) == HW_ITEM_UINT ? hw_get_uint(&in) : 0;
}

/* Walks an array (with `in` at its begin) or the rows of an answer. */
static bool next(struct hw_in *in, struct hw_slice *one)
{
    if (in->bad || hw_in_end(in) || hw_get_close(in))
        return false;
    *one = hw_get_raw(in);
    return !in->bad;
}

static struct hw_in array_in(struct hw_slice document, const char *key)
{
    struct hw_in in = hw_in_of(sim_doc_get(document, key));
    if (hw_peek(&in) == HW_ITEM_ARRAY)
        hw_get_array_any(&in);
    return in;
}

static void put(struct lines *lines, const char *text)
{
    if (lines->n < sizeof lines->items / sizeof *lines->items)
        lines->items[lines->n++] = text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct lines *lines, size_t from)
{
    qsort(lines->items + from, lines->n - from, sizeof *lines->items, by_text);
}

/* -- what there is to show -- */

static const char *item(struct golden *golden, struct hw_slice row)
{
    const char *text = hw_arena_printf(&golden->arena, "\"%s\"", text_in(golden, row, "title"));
    const char *deadline = text_in(golden, sim_doc_get(row, "deadline"), "raw");
    const char *status = text_in(golden, row, "status"), *by = text_in(golden, row, "updated_by");
    if (*status)
        text = hw_arena_printf(&golden->arena, "%s, status %s", text, status);
    if (*deadline)
        text = hw_arena_printf(&golden->arena, "%s, deadline %s", text, deadline);
    return hw_arena_printf(&golden->arena, "%s (last changed by %s at %s)", text, by, text_in(golden, row, "office"));
}

static void items(struct lines *lines, struct sim_node *node)
{
    struct reading reading;
    struct hw_slice row;
    size_t from = lines->n, more = 0;
    ask(lines->golden, node, "list", &reading);
    struct hw_in in = hw_in_of(hw_out_slice(&reading.rows));
    while (next(&in, &row)) {
        if (lines->n - from < ROWS)
            put(lines, item(lines->golden, row));
        else
            more++;
    }
    sort(lines, from);
    if (more) {
        lines->n = from;
        put(lines, hw_arena_printf(&lines->golden->arena, "%zu items", more + ROWS));
    }
    forget(&reading);
}

static const char *heads(struct golden *golden, struct hw_slice row)
{
    struct hw_in in = array_in(row, "heads");
    struct hw_slice head;
    struct lines found = {.golden = golden};
    const char *text = "";
    unsigned long long shown = number_in(row, "shown");
    for (unsigned long long i = 1; next(&in, &head); i++)
        put(&found, hw_arena_printf(&golden->arena, "%s by %s (%s%s)", text_in(golden, head, "value"),
                                    text_in(golden, head, "author"), text_in(golden, head, "event"),
                                    i == shown ? ", shown" : ""));
    sort(&found, 0);
    for (size_t i = 0; i < found.n; i++)
        text = golden_join(golden, text, " / ", found.items[i]);
    return text;
}

static void conflicts(struct lines *lines, struct sim_node *node)
{
    struct golden *golden = lines->golden;
    struct reading reading;
    struct hw_slice row;
    size_t from = lines->n;
    ask(golden, node, "conflicts", &reading);
    struct hw_in in = hw_in_of(hw_out_slice(&reading.rows));
    while (next(&in, &row))
        put(lines, hw_arena_printf(&golden->arena, "conflict in %s of \"%s\": %s", text_in(golden, row, "field"),
                                   text_in(golden, row, "title"), heads(golden, row)));
    sort(lines, from);
    forget(&reading);
}

/* -- how far a node is -- */

static const char *journals(struct golden *golden, const struct sim_node *node)
{
    const struct hw_store *store = node->node->store;
    const char *text = "";
    for (size_t g = 0; g < store->groups_n; g++)
        text = golden_join(golden, text, ", ",
                           hw_arena_printf(&golden->arena, "%s to %llu", store->groups[g].code,
                                           (unsigned long long)store->groups[g].position));
    return text;
}

static void refusals(struct golden *golden, struct sim_node *node)
{
    struct reading reading;
    struct hw_slice row;
    ask(golden, node, "refused", &reading);
    struct hw_in in = hw_in_of(hw_out_slice(&reading.rows));
    while (next(&in, &row))
        golden_text(golden, 6,
                    hw_arena_printf(&golden->arena, "refused: %s, %s: %s", text_in(golden, row, "event"),
                                    text_in(golden, row, "field"), text_in(golden, row, "reason")));
    forget(&reading);
}

static void node_state(struct golden *golden, struct sim_node *node)
{
    struct reading reading;
    struct hw_slice one;
    ask(golden, node, "status", &reading);
    struct hw_slice status = hw_out_slice(&reading.end);
    golden_text(golden, 2,
                hw_arena_printf(&golden->arena, "%s is %s and holds the journals %s; %llu changes wait, %llu refused, %llu "
                                                "conflicts",
                                golden_who(golden, node), text_in(golden, status, "incarnation"),
                                journals(golden, node), number_in(status, "pending"), number_in(status, "refused"),
                                number_in(status, "conflicts")));
    struct hw_in in = array_in(status, "incidents");
    while (next(&in, &one)) {
        struct hw_slice text = sim_doc_text(one, "text");
        golden_text(golden, 6, hw_arena_printf(&golden->arena, "its status says: %.*s", (int)text.n, (const char *)text.p));
    }
    if (number_in(status, "refused"))
        refusals(golden, node);
    forget(&reading);
}

/* -- telling -- */

static struct lines lines_of(struct golden *golden, struct sim_node *node)
{
    struct lines lines = {.golden = golden};
    items(&lines, node);
    conflicts(&lines, node);
    return lines;
}

void golden_shows(struct sim_node *node)
{
    struct golden *golden = (struct golden *)node->world->watch;
    struct lines lines = lines_of(golden, node);
    for (size_t i = 0; i < lines.n; i++)
        golden_line(golden, golden_who(golden, node), "shows %s", lines.items[i]);
}

static bool same(const struct lines *a, const struct lines *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return a->n == b->n;
}

void golden_state(struct golden *golden)
{
    struct lines lines[SIM_NODES];
    bool told[SIM_NODES] = {false};
    size_t n = golden->world.nodes_n;
    golden_text(golden, 0, "");
    golden_text(golden, 0, "At the end");
    for (size_t i = 0; i < n; i++) {
        if (!golden->world.nodes[i]->node) {
            sim_fail(&golden->world, "%s is down at the end", golden->world.nodes[i]->name);
            return;
        }
        lines[i] = lines_of(golden, golden->world.nodes[i]);
    }
    for (size_t i = 0; i < n; i++) {
        const char *who = "";
        size_t alike = 0;
        for (size_t j = i; j < n && !told[i]; j++)
            if (!told[j] && same(&lines[i], &lines[j])) {
                who = golden_join(golden, who, ", ", golden_who(golden, golden->world.nodes[j]));
                told[j] = j > i;
                alike++;
            }
        if (alike)
            golden_text(golden, 2, hw_arena_printf(&golden->arena, "%s show%s", who, alike == 1 ? "s" : ""));
        for (size_t k = 0; alike && k < lines[i].n; k++)
            golden_text(golden, 6, lines[i].items[k]);
    }
    for (size_t i = 0; i < n; i++)
        node_state(golden, golden->world.nodes[i]);
}
