/* sim_work_ops.c: what people do: one row of `ops` is one kind of change, made
 * through the real verbs. Every text begins with its group's code and "mark", and occurs nowhere else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/verb.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_misfit.h"
#include "tests/sim/sim_promise.h"
#include "tests/sim/sim_schema.h"
#include "tests/sim/sim_work.h"

enum { MADE_ITEM = 1, MARKED = 2 }; /* what an answer is good for, in call->kind */
enum { BIG = 24000 };               /* a long description, as text that does not pack */

static uint64_t draw(struct sim_work *work, uint64_t n)
{
    return sim_chance_below(&work->world->work_chance, n);
}

#define PICK(work, list) ((list)[draw(work, sizeof(list) / sizeof *(list))])

static const char *const types[] = {"activity", "milestone", "objective", "deliverable", "target"};
static const char *const statuses[] = {"not_started", "in_progress", "completed", "on_hold", "cancelled"};
static const char *const dates[] = {"2026-03-31", "2026-Q4", "2027", "12/2026", "2026-06-15"};
static const char *const countries[] = {"KAZ", "UZB", "KGZ", "TJK", "TKM", "MNG"};
static const char *const names[] = {"WHO", "UNICEF", "Ministry of Health", "UNDP"};
static const char *const themes[] = {"health", "water", "gender", "climate"};

/* -- answers -- */

static void learn(struct sim_work *work, struct sim_call *call)
{
    struct hw_slice end = hw_out_slice(&call->call.answer.end), change = sim_doc_text(end, "change");
    if (call->kind & MADE_ITEM)
        sim_work_item(work, sim_doc_text(sim_doc_first(sim_doc_get(end, "records")), "id"), call->number);
    if (change.n > 0 && change.n < sizeof work->changes[0])
        snprintf(work->changes[work->changes_n++ % SIM_CHANGES], sizeof work->changes[0], "%.*s", (int)change.n,
                 (const char *)change.p);
}

static void saved(struct sim_call *call, enum hw_status status, const char *text)
{
    struct sim_node *node = call->node;
    struct sim_world *world = node->world;
    bool noted = sim_promise_all(node);
    if (noted && status && status != HW_DECISION && (call->kind & MARKED) && sim_promised(world, call->text))
        sim_fail(world, "all or nothing: %s told its client that \"%s\" is not saved, and its store holds it",
                 node->name, call->text);
    if (status && status != HW_DECISION) {
        sim_tell(world, node, "tells its client: %s", text);
        return;
    }
    sim_tell(world, node, "saved %s", call->text);
    world->stats.edits += !status;
    if (noted && !status && (call->kind & MARKED) && !sim_promised(world, call->text))
        sim_fail(world, "saved is saved: %s told its client that \"%s\" is saved, and its store does not hold it",
                 node->name, call->text);
    learn(world->work, call);
}

/* -- requests -- */

struct request {
    struct sim_work *work;
    struct sim_node *node;
    struct sim_call call;
    char assigns[10][120];
    const char *list[11]; /* what goes into `assign` */
    size_t n;
    struct hw_out big;
};

static void mark(struct request *request, size_t group)
{
    snprintf(request->call.text, sizeof request->call.text, "%s mark %llx", request->work->world->groups[group],
             (unsigned long long)++request->work->marks);
    request->call.kind |= MARKED;
}

static void assign(struct request *request, const char *field, const char *how, const char *value)
{
    char *to = request->assigns[request->n];
    if (request->n == sizeof request->assigns / sizeof request->assigns[0])
        return;
    snprintf(to, sizeof request->assigns[0], "%s%s%s", field, how, value);
    request->list[request->n++] = to;
}

static void put_key(struct hw_out *args, const char *key, const char *value)
{
    hw_put_text(args, key);
    hw_put_text(args, value);
}

static void put_list(struct hw_out *args, const char *key, const char *const *list, size_t n)
{
    hw_put_text(args, key);
    hw_put_array(args, n);
    for (size_t i = 0; i < n; i++)
        hw_put_text(args, list[i]);
}

static bool send_args(struct request *request, const char *verb, struct hw_out *args)
{
    request->call.answered = saved;
    sim_node_ask(request->node, verb, hw_out_slice(args), request->call.call.verb && request->call.call.verb != &sim_new_kind ? SIM_MISFIT : "aigul", &request->call);
    hw_out_done(args);
    hw_out_done(&request->big);
    return true;
}

static bool readable_group(struct request *request, size_t *group)
{
    *group = draw(request->work, request->work->world->groups_n);
    return request->node->reads[*group];
}

/* Of those in a group that this office reads, often one of the few that everybody works on; NULL: met none. */
static const struct sim_item *some_item(struct request *request)
{
    struct sim_work *work = request->work;
    size_t hot = work->items_n < 6 ? work->items_n : 6;
    for (int tries = 0; tries < 8 && work->items_n; tries++) {
        const struct sim_item *item = &work->items[draw(work, draw(work, 2) ? hot : work->items_n)];
        if (request->node->reads[item->group])
            return item;
    }
    return NULL;
}

/* -- fields -- */

static void assign_set(struct request *request, const char *how)
{
    switch (draw(request->work, 3)) {
    case 0:
        assign(request, "countries", how, PICK(request->work, countries));
        break;
    case 1:
        if (request->work->world->granting && draw(request->work, 2))
            assign(request, "responsible", how, request->node->office);
        else
            assign(request, "responsible", how, PICK(request->work, names));
        break;
    default:
        assign(request, "themes", how, PICK(request->work, themes));
    }
}

static void assign_plain(struct request *request)
{
    char number[16];
    switch (draw(request->work, 6)) {
    case 0:
        assign(request, "status", "=", PICK(request->work, statuses));
        break;
    case 1:
        assign(request, "deadline", "=", PICK(request->work, dates));
        break;
    case 2:
        snprintf(number, sizeof number, "%u", (unsigned)draw(request->work, 101));
        assign(request, "progress", "=", number);
        break;
    case 3:
        assign(request, "type", "=", PICK(request->work, types));
        break;
    case 4:
        assign(request, "reason", "=", draw(request->work, 3) ? request->call.text : "");
        break;
    default:
        assign(request, "archived", "=", draw(request->work, 4) ? "no" : "yes");
    }
}

static bool send_set(struct request *request, const struct sim_item *item)
{
    struct hw_out args = {0};
    const char *target[] = {item->id};
    hw_put_map(&args, 2);
    put_list(&args, "target", target, 1);
    put_list(&args, "assign", request->list, request->n);
    return send_args(request, "set", &args);
}

/* -- the kinds of change -- */

static bool add_item(struct request *request)
{
    struct hw_out args = {0};
    size_t group;
    if (!readable_group(request, &group))
        return false;
    mark(request, group);
    for (uint64_t n = draw(request->work, 4); n > 0; n--)
        assign_plain(request);
    if (draw(request->work, 2))
        assign_set(request, "+=");
    char plan[32]; /* sim_run.c has made it */
    snprintf(plan, sizeof plan, "%s-plan", request->work->world->groups[group]);
    request->call.kind |= MADE_ITEM;
    request->call.number = group;
    hw_put_map(&args, 4);
    put_key(&args, "group", request->work->world->groups[group]);
    put_key(&args, "plan", plan);
    put_key(&args, "title", request->call.text);
    put_list(&args, "assign", request->list, request->n);
    return send_args(request, "add", &args);
}

static bool set_text(struct request *request)
{
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    mark(request, item->group);
    assign(request, draw(request->work, 3) ? "title" : "description", "=", request->call.text);
    return send_set(request, item);
}

static bool set_plain(struct request *request)
{
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    mark(request, item->group);
    request->call.kind = 0; /* the mark may not be in it */
    assign_plain(request);
    return send_set(request, item);
}

static bool set_several(struct request *request)
{
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    mark(request, item->group);
    assign(request, "description", "=", request->call.text);
    for (uint64_t n = 1 + draw(request->work, 3); n > 0; n--)
        assign_plain(request);
    assign_set(request, draw(request->work, 2) ? "+=" : "-=");
    return send_set(request, item);
}

static bool set_set(struct request *request)
{
    static const char *const how[] = {"+=", "+=", "-=", "-=", "="};
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    snprintf(request->call.text, sizeof request->call.text, "a set");
    assign_set(request, PICK(request->work, how));
    return send_set(request, item);
}

static bool set_big(struct request *request)
{
    const struct sim_item *item = some_item(request);
    char text[BIG + 8];
    uint8_t bytes[BIG / 4 * 3];
    if (!item)
        return false;
    mark(request, item->group);
    sim_chance_bytes(&request->work->world->work_chance, bytes, sizeof bytes);
    sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hw_put_raw(&request->big, "description=", strlen("description="));
    hw_put_raw(&request->big, request->call.text, strlen(request->call.text));
    hw_put_raw(&request->big, "|", 1);
    hw_put_raw(&request->big, text, strlen(text) + 1); /* with its end */
    request->list[request->n++] = (const char *)request->big.p;
    return send_set(request, item);
}

/* The same field, at every office in the same millisecond: stamps may be equal. */
static bool together(struct request *request)
{
    const struct sim_item *item = some_item(request);
    struct sim_world *world = request->work->world;
    if (!item)
        return false;
    for (size_t i = 0; i < world->nodes_n; i++) {
        struct request one = {.work = request->work, .node = world->nodes[i]};
        if (!one.node->node || !one.node->reads[item->group])
            continue;
        mark(&one, item->group);
        assign(&one, "reason", "=", one.call.text);
        send_set(&one, item);
    }
    return true;
}

/* Its second half cannot be saved: a remark that is too long. */
static bool set_half(struct request *request)
{
    enum { TOO_LONG = 60100 };
    const struct sim_item *item = some_item(request);
    struct hw_out args = {0};
    char *remark;
    if (!item)
        return false;
    mark(request, item->group);
    assign(request, "title", "=", request->call.text);
    remark = hw_alloc(TOO_LONG + 1);
    memset(remark, 'x', TOO_LONG);
    remark[TOO_LONG] = 0;
    hw_put_map(&args, 3);
    put_list(&args, "target", &(const char *){item->id}, 1);
    put_list(&args, "assign", request->list, request->n);
    put_key(&args, "comment", remark);
    free(remark);
    return send_args(request, "set", &args);
}

static bool comment(struct request *request)
{
    struct hw_out args = {0};
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    mark(request, item->group);
    hw_put_map(&args, 2);
    put_key(&args, "id", item->id);
    put_key(&args, "text", request->call.text);
    return send_args(request, "comment", &args);
}

static bool archive(struct request *request)
{
    struct hw_out args = {0};
    const struct sim_item *item = some_item(request);
    if (!item)
        return false;
    snprintf(request->call.text, sizeof request->call.text, "archive %s", item->id);
    hw_put_map(&args, 1);
    put_key(&args, "id", item->id);
    return send_args(request, "archive", &args);
}

static bool plan_add(struct request *request)
{
    struct hw_out args = {0};
    size_t group;
    if (!readable_group(request, &group))
        return false;
    mark(request, group);
    hw_put_map(&args, 2);
    put_key(&args, "group", request->work->world->groups[group]);
    put_key(&args, "title", request->call.text);
    return send_args(request, "plan.add", &args);
}

static bool undo(struct request *request)
{
    struct hw_out args = {0};
    struct sim_work *work = request->work;
    bool named = work->changes_n > SIM_CHANGES && draw(work, 2);
    snprintf(request->call.text, sizeof request->call.text, "undo %s",
             named ? work->changes[draw(work, SIM_CHANGES)] : "the last change");
    hw_put_map(&args, named);
    if (named)
        put_key(&args, "change", request->call.text + strlen("undo "));
    return send_args(request, "undo", &args);
}

/* -- importing -- */

static void put_field(struct hw_out *args, const char *field, const char *text)
{
    hw_put_array(args, 3);
    hw_put_text(args, field);
    hw_put_text(args, text);
    hw_put_text(args, field);
}

/* Three tables of four rows; now and then somebody has edited a cell. */
static bool import(struct request *request)
{
    enum { ROWS = 4 };
    struct hw_out args = {0};
    struct sim_work *work = request->work;
    size_t group;
    unsigned file = (unsigned)draw(work, 3), edited = (unsigned)draw(work, 2 * ROWS);
    char name[40], title[64], key[24];
    if (!readable_group(request, &group))
        return false;
    snprintf(name, sizeof name, "table %u.csv", file);
    snprintf(request->call.text, sizeof request->call.text, "import of %s", name);
    hw_put_map(&args, 3);
    put_key(&args, "group", work->world->groups[group]);
    put_key(&args, "file", name);
    hw_put_text(&args, "rows");
    hw_put_array(&args, ROWS);
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "row %u.%u", file, i);
        snprintf(title, sizeof title, "%s mark row %u.%u%s", work->world->groups[group], file, i,
                 i == edited ? " edited" : "");
        hw_put_map(&args, 4);
        hw_put_text(&args, "row");
        hw_put_uint(&args, i + 1);
        hw_put_text(&args, "line");
        hw_put_uint(&args, i + 2);
        put_key(&args, "key", key);
        hw_put_text(&args, "fields");
        hw_put_array(&args, 3);
        put_field(&args, "title", title);
        put_field(&args, "status", i == edited ? "completed" : "not_started");
        put_field(&args, "countries", countries[i]);
    }
    return send_args(request, "import", &args);
}

/* -- resolving: one looks at the conflicts, and settles the first -- */

static void resolve_first(struct sim_call *call, enum hw_status status, const char *text)
{
    static const char *const how[] = {"mine", "theirs", "value", "take"};
    struct sim_work *work = call->node->world->work;
    struct request request = {.work = work, .node = call->node};
    struct hw_slice first = hw_out_slice(&call->call.answer.rows), id = sim_doc_text(first, "id");
    struct hw_slice field = sim_doc_text(first, "field");
    struct hw_out args = {0};
    const char *choice = how[draw(work, 4)];
    (void)text;
    if (status || !id.n || !work)
        return;
    snprintf(request.call.text, sizeof request.call.text, "resolve by %s", choice);
    hw_put_map(&args, 3);
    hw_put_text(&args, "id");
    hw_put_textn(&args, id.p, id.n);
    hw_put_text(&args, "field");
    hw_put_textn(&args, field.p, field.n);
    hw_put_text(&args, choice);
    if (strcmp(choice, "take") == 0)
        hw_put_uint(&args, 1 + draw(work, 2));
    else if (strcmp(choice, "value") == 0)
        hw_put_text(&args, hw_slice_is(field, "status") ? PICK(work, statuses) : "settled");
    else
        hw_put_bool(&args, true);
    send_args(&request, "resolve", &args);
}

static bool resolve(struct request *request)
{
    struct hw_out args = {0};
    hw_put_map(&args, 0);
    request->call.answered = resolve_first;
    sim_node_ask(request->node, "conflicts", hw_out_slice(&args), "aigul", &request->call);
    hw_out_done(&args);
    return true;
}

/* An event that the gate refuses, or one stamped by a clock that is wrong (sim_misfit.h). */
static bool misfit(struct request *request)
{
    struct hw_out args = {0};
    const struct sim_item *item = some_item(request);
    if (!item || request->node->index == 0)
        return false;
    mark(request, item->group);
    request->call.kind = 0; /* one kind has no text */
    hw_put_map(&args, 2);
    put_key(&args, "id", item->id);
    put_key(&args, "text", request->call.text);
    request->call.call.verb = &sim_misfits[draw(request->work, SIM_MISFITS)];
    if (request->node->index && sim_misfit_seals(request->call.call.verb) && !hw_sync_proven(request->node->node->sync))
        request->call.call.verb = &sim_misfits[0];
    return send_args(request, "misfit", &args);
}

/* An item written by whoever may or may not (sim_misfit.h). */
static bool unasked(struct request *request)
{
    static const char *const how[] = {"title", "title", "add", "remove", "new", "new"};
    struct hw_out args = {0};
    const struct sim_item *item = some_item(request);
    const char *what = PICK(request->work, how), *country = draw(request->work, 2) ? PICK(request->work, countries) : "";
    if (!item || request->node->index == 0)
        return false;
    mark(request, item->group);
    request->call.kind = 0; /* the mark may not be in it */
    hw_put_map(&args, 4);
    put_key(&args, "id", item->id);
    put_key(&args, "text", request->call.text);
    put_key(&args, "how", what);
    put_key(&args, "country", strcmp(what, "title") == 0 ? "" : country);
    request->call.call.verb = &sim_trespass;
    return send_args(request, "trespass", &args);
}

/* What only the newer release knows (sim_schema.h): its field, or a record of its kind. */
static bool newest(struct request *request)
{
    const struct sim_item *item = some_item(request);
    struct hw_out args = {0};
    size_t group;
    if (!readable_group(request, &group))
        return false;
    if (item && draw(request->work, 2)) {
        mark(request, item->group);
        assign(request, sim_schema_field()->name, "+=", request->call.text);
        return send_set(request, item);
    }
    mark(request, group);
    request->call.call.verb = &sim_new_kind;
    hw_put_map(&args, 2);
    put_key(&args, "group", request->work->world->groups[group]);
    put_key(&args, "text", request->call.text);
    return send_args(request, "new-kind", &args);
}

static const struct {
    unsigned weight;
    bool (*make)(struct request *request); /* false: not this time */
} ops[] = {{15, add_item}, {18, set_text}, {14, set_plain}, {8, set_several}, {14, set_set}, {2, together},
           {8, comment},   {1, archive},   {1, plan_add},   {2, undo},        {3, import},   {10, resolve},
           {3, misfit},    {1, set_big},   {1, set_half}};

bool sim_work_do(struct sim_work *work, struct sim_node *node)
{
    struct request request = {.work = work, .node = node};
    unsigned sum = 0;
    if (work->world->heavy && work->burst > 1)
        return set_big(&request);
    if (work->world->granting && draw(work, 3) == 0)
        return unasked(&request);
    if (work->world->mixed && !node->old && draw(work, 12) == 0)
        return newest(&request);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        sum += ops[i].weight;
    uint64_t at = draw(work, sum);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (at < ops[i].weight)
            return ops[i].make(&request);
        at -= ops[i].weight;
    }
    return false;
}
