/* sim_rights.c: who may write what, from the table of grants and the events before, by the words of the design alone; and
 * the weather that changes grants. */
#include "tests/sim/sim_rights.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/value.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_oracle.h"

/* -- weather -- */

static void granted(struct sim_call *call, enum hw_status status, const char *text)
{
    sim_tell(call->node->world, call->node, "grant %s%s%s", call->text, status ? ": " : " is given", status ? text : "");
}

static void ask(struct sim_node *hub, const char *office, const char *grant, bool end)
{
    struct sim_call template = {.answered = granted};
    struct hw_out args = {0};
    snprintf(template.text, sizeof template.text, "%s %s%s", office, grant, end ? " --end" : "");
    hw_put_map(&args, 3);
    hw_put_text(&args, "code");
    hw_put_text(&args, office);
    hw_put_text(&args, "grant");
    hw_put_text(&args, grant);
    hw_put_text(&args, "end");
    hw_put_bool(&args, end);
    sim_node_ask(hub, "grant", hw_out_slice(&args), "hq", &template);
    hw_out_done(&args);
}

bool sim_rights_strike(struct sim_world *world, struct sim_node *node)
{
    static const char *const countries[] = {"KAZ", "UZB", "KGZ", "TJK", "TKM", "MNG"};
    struct sim_chance *chance = &world->weather_chance;
    struct sim_node *hub = world->nodes[0];
    char grant[32]; /* the call's text has 64 */
    size_t group = sim_chance_below(chance, world->groups_n);
    if (node == hub || !hub->node || !node->granted[group])
        return false;
    switch (sim_chance_below(chance, 8)) {
    case 6:
    case 7:
        ask(hub, node->office, world->groups[group], true);
        return true;
    case 0:
        snprintf(grant, sizeof grant, "%s:reader", world->groups[group]);
        break;
    case 1:
        snprintf(grant, sizeof grant, "%s:coordinator", world->groups[group]);
        break;
    case 2:
        snprintf(grant, sizeof grant, "%s:contributor", world->groups[group]);
        break;
    default:
        snprintf(grant, sizeof grant, "%s:contributor:%s,%s", world->groups[group], countries[sim_chance_below(chance, 6)],
                 countries[sim_chance_below(chance, 6)]);
    }
    ask(hub, node->office, grant, false);
    return true;
}

void sim_rights_heal(struct sim_world *world)
{
    struct sim_node *hub = world->nodes[0];
    char grant[32];
    for (size_t i = 1; i < world->nodes_n && hub->node; i++)
        for (size_t g = 0; g < world->groups_n; g++) {
            snprintf(grant, sizeof grant, "%s:coordinator", world->groups[g]);
            if (world->nodes[i]->granted[g] && world->nodes[i]->ended[g])
                ask(hub, world->nodes[i]->office, grant, false);
        }
}

/* -- the table of grants -- */

static void copy(char *to, size_t size, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    memset(to, 0, size);
    snprintf(to, size, "%s", text ? text : "");
}

static enum hw_status read_grants(struct hw_tx *tx, struct sim_granted *grants, size_t *n, struct hw_err *err)
{
    sqlite3_stmt *row = NULL;
    enum hw_status status = hw_sql_prepare(
        tx->store, "SELECT o.code, g.scope, g.role, g.countries FROM \"grant\" g JOIN office o ON o.id = g.office "
                   "WHERE g.grp = 'directory' AND g.archived IS NOT 1 ORDER BY o.code, g.scope", &row, err);
    for (*n = 0; !status && *n < SIM_GRANTED && sqlite3_step(row) == SQLITE_ROW; (*n)++) {
        struct sim_granted *grant = &grants[*n];
        copy(grant->office, sizeof grant->office, row, 0);
        copy(grant->group, sizeof grant->group, row, 1);
        copy(grant->role, sizeof grant->role, row, 2);
        copy(grant->countries, sizeof grant->countries, row, 3);
    }
    sqlite3_finalize(row);
    return status;
}

/* -- the record before an event -- */

struct before {
    const struct hw_logged *event;
    const struct hw_logged *all; /* of the record */
    size_t n;
};

static bool came_before(const struct before *before, size_t at)
{
    const struct hw_logged *one = &before->all[at], *event = before->event;
    if (!one->admitted || one->refused)
        return false;
    return one->position < event->position || (one->position == event->position && one->event.seq < event->event.seq);
}

static bool is_name(const struct hw_logged *logged, const struct hw_name *name)
{
    return logged->event.seq == name->seq && hw_inc_compare(&logged->inc, &name->inc) == 0;
}

/* Whether a write that names `seen` covers `name`: itself, or by way of refused writes. */
static bool reaches(const struct before *before, const struct hw_name *seen, const struct hw_name *name, int depth)
{
    if (hw_name_compare(seen, name) == 0)
        return true;
    for (size_t i = 0; i < before->n && depth < 100; i++) {
        const struct hw_logged *one = &before->all[i];
        if (!one->refused || !is_name(one, seen) || seen->op >= one->event.ops_n)
            continue;
        for (size_t s = 0; s < one->event.ops[seen->op].seen_n; s++)
            if (reaches(before, &one->event.ops[seen->op].seen[s], name, depth + 1))
                return true;
    }
    return false;
}

static bool covered(const struct before *before, const struct hw_name *name, uint16_t field)
{
    for (size_t i = 0; i < before->n; i++)
        for (size_t o = 0; came_before(before, i) && o < before->all[i].event.ops_n; o++) {
            const struct hw_op *op = &before->all[i].event.ops[o];
            for (size_t s = 0; op->field == field && s < op->seen_n; s++)
                if (reaches(before, &op->seen[s], name, 0))
                    return true;
        }
    return false;
}

static bool text_is(const struct hw_field *field, struct hw_slice value, const char *text)
{
    struct hw_value read;
    return hw_value_read(field, value, &read) && !read.null && hw_slice_is(read.text, text);
}

static bool country_among(const struct hw_field *field, struct hw_slice value, const char *list)
{
    struct hw_value read;
    char quoted[8];
    if (!hw_value_read(field, value, &read) || read.null || read.text.n != 3)
        return false;
    snprintf(quoted, sizeof quoted, "\"%.3s\"", (const char *)read.text.p);
    return strstr(list, quoted) != NULL;
}

struct asked {
    struct before before;
    const struct sim_granted *grant;
    const struct hw_field *countries, *responsible;
    bool exists;
    const char *maker;
};

static bool gives(const struct asked *asked, const struct hw_op *op)
{
    if (op->code == HW_OP_REMOVE)
        return false;
    return (op->field == asked->countries->id && country_among(asked->countries, op->value, asked->grant->countries)) ||
           (op->field == asked->responsible->id && text_is(asked->responsible, op->value, asked->grant->office));
}

static bool is_ours(const struct asked *asked)
{
    const struct before *before = &asked->before;
    const struct hw_event *event = &before->event->event;
    for (size_t o = 0; !asked->exists && o < event->ops_n; o++)
        if (gives(asked, &event->ops[o]))
            return true;
    for (size_t i = 0; i < before->n; i++)
        for (size_t o = 0; came_before(before, i) && o < before->all[i].event.ops_n; o++) {
            const struct hw_op *op = &before->all[i].event.ops[o];
            struct hw_name name = {before->all[i].inc, before->all[i].event.seq, (uint16_t)o};
            if (gives(asked, op) && !covered(before, &name, op->field))
                return true;
        }
    return false;
}

/* Whether it takes away, or adds, a country that is not granted. */
static bool touches_others(const struct asked *asked)
{
    const struct before *before = &asked->before;
    const struct hw_event *event = &before->event->event;
    for (size_t o = 0; o < event->ops_n; o++) {
        const struct hw_op *op = &event->ops[o];
        if (op->field != asked->countries->id)
            continue;
        if (op->code == HW_OP_ADD && !country_among(asked->countries, op->value, asked->grant->countries))
            return true;
        for (size_t s = 0; s < op->seen_n; s++)
            for (size_t i = 0; i < before->n; i++)
                if (came_before(before, i) && is_name(&before->all[i], &op->seen[s]) &&
                    op->seen[s].op < before->all[i].event.ops_n &&
                    !country_among(asked->countries, before->all[i].event.ops[op->seen[s].op].value, asked->grant->countries) &&
                    !covered(before, &op->seen[s], op->field))
                    return true;
    }
    return false;
}

static const char *made_by(struct hw_tx *tx, const struct before *before, bool *exists)
{
    const struct hw_logged *first = NULL;
    unsigned life;
    for (size_t i = 0; i < before->n; i++) {
        const struct hw_logged *one = &before->all[i];
        if (!came_before(before, i))
            continue;
        int order = first ? (one->event.stamp > first->event.stamp) - (one->event.stamp < first->event.stamp) : -1;
        order = order ? order : hw_inc_compare(&one->inc, &first->inc);
        if (order < 0 || (order == 0 && one->event.seq < first->event.seq))
            first = one;
    }
    *exists = first != NULL;
    return first ? hw_tx_office_of(tx, &first->inc, &life) : "";
}

static bool allowed(struct hw_tx *tx, const struct before *before, const char *office, const struct sim_granted *grants,
                    size_t n)
{
    struct asked asked = {.before = *before};
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM);
    uint16_t kind = before->event->event.kind;
    for (size_t i = 0; i < n; i++)
        if (strcmp(grants[i].office, office) == 0 && strcmp(grants[i].group, before->event->group) == 0)
            asked.grant = &grants[i];
    if (!asked.grant || strcmp(asked.grant->role, "reader") == 0)
        return false;
    if (strcmp(asked.grant->role, "coordinator") == 0 || !*asked.grant->countries)
        return true;
    asked.maker = made_by(tx, before, &asked.exists);
    if (kind == HW_KIND_PLAN || kind == HW_KIND_COMMENT || kind == HW_KIND_REVIEW)
        return !asked.exists || strcmp(asked.maker, office) == 0;
    if (kind != HW_KIND_ITEM)
        return false; /* of a newer release */
    asked.countries = hw_field_named(item, "countries");
    asked.responsible = hw_field_named(item, "responsible");
    return is_ours(&asked) && !touches_others(&asked);
}

/* -- the oracle -- */

struct look {
    const struct sim_sight *sight;
    struct sim_granted now[SIM_GRANTED];
    size_t n;
};

static void judge(struct look *look, struct hw_tx *tx, const struct hw_logged *event, const char *office)
{
    struct sim_world *world = look->sight->world;
    struct sim_rights *rights = world->facts->rights;
    struct before before = {.event = event};
    struct hw_logged *all;
    if (event->refused && event->verdict_code != HW_REFUSAL_RIGHTS)
        return;
    if (hw_tx_history(tx, &event->event.record, &all, &before.n, NULL) != HW_OK)
        return;
    before.all = all;
    bool refused = event->refused;
    bool then = allowed(tx, &before, office, rights->grants, rights->n), now = allowed(tx, &before, office, look->now, look->n);
    rights->refused += refused;
    rights->allowed += !refused;
    if (then == now && refused == now)
        sim_fail(world, "event %llu of %s in %s was %s, and its grants say otherwise: %s", (unsigned long long)event->event.seq,
                 office, event->group, refused ? "refused" : "admitted", event->verdict_text);
}

static void judge_entry(struct look *look, struct hw_tx *tx, const char *group, const struct hw_entry *entry)
{
    unsigned life;
    const char *office = hw_tx_office_of(tx, &entry->inc, &life);
    if (entry->type != HW_ENTRY_ADMIT || strcmp(office, look->sight->node->office) == 0)
        return;
    for (uint64_t seq = entry->seq; seq < entry->seq + entry->n && !*look->sight->world->failure; seq++) {
        struct hw_logged event;
        if (hw_tx_event(tx, &entry->inc, group, seq, &event, NULL) == HW_OK)
            judge(look, tx, &event, office);
    }
}

static bool is_granted(const struct look *look, const char *office, const char *group)
{
    for (size_t i = 0; i < look->n; i++)
        if (strcmp(look->now[i].office, office) == 0 && strcmp(look->now[i].group, group) == 0)
            return true;
    return false;
}

/* A relay passes on what it may read itself. */
static void note_readers(const struct look *look)
{
    struct sim_world *world = look->sight->world;
    struct sim_rights *rights = world->facts->rights;
    const struct sim_node *by = look->sight->node;
    memcpy(rights->had[by->index], rights->has[by->index], sizeof rights->had[by->index]);
    for (size_t i = 1; i < world->nodes_n; i++)
        for (size_t g = 0; g < world->groups_n; g++) {
            struct sim_node *node = world->nodes[i];
            bool reads = is_granted(look, node->office, world->groups[g]);
            rights->has[by->index][i][g] = reads && (!by->index || is_granted(look, by->office, world->groups[g]));
            if (by->index == 0)
                node->ended[g] = node->granted[g] && !reads;
        }
}

static enum hw_status look_at(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct look *look = self;
    struct sim_world *world = look->sight->world;
    struct sim_rights *rights = world->facts->rights;
    enum hw_status status = read_grants(tx, look->now, &look->n, err);
    if (!status)
        note_readers(look);
    if (status || look->sight->node->index || world->facts->hub_restored)
        return status;
    for (size_t g = 0; g < world->groups_n && !status; g++) {
        const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(world->groups[g]));
        uint64_t last = group ? group->position : 0;
        for (uint64_t at = rights->looked[g] + 1; at <= last && !status && !*world->failure; at++) {
            struct hw_entry entry;
            sqlite3_stmt *row = hw_sql(tx->store, SQL_JOURNAL_GET);
            hw_bind_int(row, 1, (uint64_t)hw_row_id(group->id, at));
            status = hw_sql_step(tx->store, row, err);
            if (!status)
                status = hw_entry_decode(hw_column_blob(row, 0), &entry, err);
            sqlite3_reset(row);
            if (!status)
                judge_entry(look, tx, world->groups[g], &entry);
        }
        if (!status)
            rights->looked[g] = last;
    }
    if (status)
        return status;
    memcpy(rights->grants, look->now, sizeof look->now);
    rights->n = look->n;
    return HW_OK;
}

/* After each turn of the hub's store: the grants before or after it count. What a restored hub takes over is not judged
 * again. */
void sim_check_rights(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    struct look *look;
    struct hw_err err;
    if (!world->granting || (sight->node->index && !sight->node->relay) || sight->node->disk.dead)
        return;
    if (!world->facts->rights)
        world->facts->rights = hw_arena_zero(&world->facts->kept, 1, sizeof *world->facts->rights);
    look = hw_arena_zero(&world->facts->arena, 1, sizeof *look);
    look->sight = sight;
    struct hw_job job = {.run = look_at, .self = look};
    sim_node_enter(sight->node);
    if (hw_store_now(sight->node->node->store, &job, &err) != HW_OK)
        sim_tell(world, sight->node, "its journal cannot be read just now: %s", err.text);
}

void sim_check_rights_end(const struct sim_sight *sight)
{
    const struct sim_rights *rights = sight->world->facts->rights;
    if (rights)
        sim_tell(sight->world, NULL, "rights: %llu admitted, %llu refused", (unsigned long long)rights->allowed,
                 (unsigned long long)rights->refused);
}

static struct sim_node *before_it(const struct sim_node *node)
{
    return node->index ? sim_net_hub(node) : NULL;
}

bool sim_rights_ended(const struct sim_node *node, size_t group)
{
    for (const struct sim_node *at = node; at; at = before_it(at))
        if (at->ended[group])
            return true;
    return false;
}

bool sim_rights_reads(const struct sim_node *hub, const struct sim_node *office, size_t group)
{
    const struct sim_rights *rights = hub->world->facts->rights;
    return !rights || rights->had[hub->index][office->index][group] || rights->has[hub->index][office->index][group];
}
