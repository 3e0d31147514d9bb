/* sim_oracle_end.c: oracles that look at a world that has healed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "daemon/store_verify.h"
#include "tests/sim/sim_digest.h"
#include "tests/sim/sim_file.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_promise.h"

/* -- same state -- */

static void say_difference(struct sim_world *world, const struct sim_node *a, const struct sim_node *b,
                           const char *group, const struct sim_digest *digest, size_t part)
{
    char *one = sim_digest_lines(a->node->store, group, part), *two = sim_digest_lines(b->node->store, group, part);
    char *p = one, *q = two;
    while (*p && *q) {
        size_t n = strcspn(p, "\n"), m = strcspn(q, "\n");
        if (n != m || memcmp(p, q, n) != 0)
            break;
        p += n + 1;
        q += m + 1;
    }
    sim_fail(world, "%s and %s differ in group %s, %s\n    %s: %.*s\n    %s: %.*s", a->name, b->name, group,
             digest->parts[part], a->name, (int)strcspn(p, "\n"), p, b->name, (int)strcspn(q, "\n"), q);
    free(one);
    free(two);
}

static bool begun_by_snapshot(const struct sim_node *node, const char *code)
{
    const struct hw_group *group = hw_cache_group(node->node->store, hw_slice_text(code));
    return group && group->base;
}

/* Rows, merge state and journal tips are the same whether the whole journal came or a snapshot and its tail. */
static void same_group(struct sim_world *world, const char *group, size_t index)
{
    struct sim_digest first, other;
    const struct sim_node *hub = world->nodes[0];
    const char *why = sim_digest_make(hub->node->store, group, &first);
    for (size_t i = 1; i < world->nodes_n && !*why && !*world->failure; i++) {
        const struct sim_node *node = world->nodes[i];
        if (index < SIM_GROUPS && !node->reads[index])
            continue;
        why = sim_digest_make(node->node->store, group, &other);
        for (size_t part = 0; part < first.n && !*why; part++)
            if (!(begun_by_snapshot(node, group) && sim_digest_log(part)) && memcmp(first.hashes[part], other.hashes[part], SIM_DIGEST) != 0) {
                say_difference(world, hub, node, group, &first, part);
                return;
            }
    }
    if (*why)
        sim_fail(world, "a digest cannot be made: %s", why);
    for (size_t part = 0; part < first.n; part++)
        sim_mark(world, (struct hw_slice){first.hashes[part], SIM_DIGEST});
}

void sim_check_same(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    same_group(world, "directory", SIM_GROUPS);
    for (size_t i = 0; i < world->groups_n && !*world->failure; i++)
        same_group(world, world->groups[i], i);
}

/* Who has what headquarters lacks: the first thing to ask of a loss. */
static void say_lost(struct sim_world *world, const struct sim_promise *promise)
{
    char holders[200] = "nobody";
    size_t n = 0;
    for (size_t i = 1; i < world->nodes_n; i++) {
        struct sim_map held = {0};
        if (sim_promise_held(world->nodes[i], &held) &&
            (sim_map_find(&held, promise->content) || sim_map_find(&held, promise->skeleton)) && n < sizeof holders)
            n += (size_t)snprintf(holders + n, sizeof holders - n, "%s%s", n ? ", " : "", world->nodes[i]->name);
        sim_map_done(&held);
    }
    sim_fail(world, "a change of %s (\"%s\") was saved at %s after %llu s and is not at headquarters; held by %s", promise->group,
             promise->text, world->nodes[promise->office]->name, (unsigned long long)promise->saved_ms / 1000, holders);
}

void sim_check_saved(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    const struct sim_promises *promises = world->promises;
    struct sim_map held = {0};
    if (!sim_promise_held(world->nodes[0], &held))
        sim_fail(world, "the log of the hub cannot be read");
    for (size_t i = 0; i < promises->n && !*world->failure; i++) {
        const struct sim_promise *promise = &promises->list[i];
        if (!promise->excused && !sim_map_find(&held, promise->content) && !sim_map_find(&held, promise->skeleton))
            say_lost(world, promise);
    }
    sim_map_done(&held);
}

/* -- looked over -- */

struct verified {
    struct hw_verified result;
    char text[300];
};

static enum hw_status verify(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct verified *verified = self;
    enum hw_status status = hw_tx_verify(tx, &verified->result, err);
    if (!status && verified->result.faults_n)
        snprintf(verified->text, sizeof verified->text, "%s: %s", verified->result.faults[0].where,
                 verified->result.faults[0].message);
    return status;
}

void sim_check_verify(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    for (size_t i = 0; i < world->nodes_n && !*world->failure; i++) {
        struct verified verified = {0};
        struct hw_job job = {.run = verify, .self = &verified};
        struct hw_err err = {0};
        sim_node_enter(world->nodes[i]);
        if (hw_store_now(world->nodes[i]->node->store, &job, &err) != HW_OK)
            sim_fail(world, "%s cannot be looked over: %s", world->nodes[i]->name, err.text);
        else if (verified.result.faults_all)
            sim_fail(world, "%s: %llu faults; %s", world->nodes[i]->name,
                     (unsigned long long)verified.result.faults_all, verified.text);
    }
}

static void search_files(struct sim_world *world, const struct sim_node *node, const char *mark)
{
    for (const struct sim_file *file = node->disk.files; file; file = file->next)
        if (file->there && file->n && memmem(file->p, file->n, mark, strlen(mark)))
            sim_fail(world, "%s holds \"%s\" in %s, and has no grant in that group", node->name, mark, file->name);
}

/* Rows hold texts as they are; segments are packed, so their streams tell. */
void sim_check_files(const struct sim_sight *sight)
{
    struct sim_world *world = sight->world;
    for (size_t i = 1; i < world->nodes_n; i++)
        for (size_t g = 0; g < world->groups_n && !*world->failure; g++) {
            const struct sim_node *node = world->nodes[i];
            char mark[32];
            if (node->reads[g])
                continue;
            snprintf(mark, sizeof mark, "%s mark ", world->groups[g]);
            search_files(world, node, mark);
            if (hw_cache_group(node->node->store, hw_slice_text(world->groups[g])))
                sim_fail(world, "%s holds something of group %s, and has no grant in it", node->name, world->groups[g]);
        }
}

/* Rows are named by group, plan and key: each is one record, whoever imported it. */
void sim_check_imports(const struct sim_sight *sight)
{
    struct hw_store *store = sight->world->nodes[0]->node->store;
    sqlite3_stmt *row = NULL;
    if (hw_sql_prepare(store,
                       "SELECT grp, substr(title, 1, length(grp) + 13), count(*) FROM item WHERE title GLOB '* mark row *' "
                       "GROUP BY 1, 2 HAVING count(*) > 1",
                       &row, NULL) != HW_OK)
        sim_fail(sight->world, "items cannot be read");
    else if (sqlite3_step(row) == SQLITE_ROW)
        sim_fail(sight->world, "\"%s\" was imported %d times", (const char *)sqlite3_column_text(row, 1),
                 sqlite3_column_int(row, 2));
    sqlite3_finalize(row);
}

/* What a person reads and types names one thing: a redaction of "HQ.2/wg-a:3" cannot be taken back. */
void sim_check_names(const struct sim_sight *sight)
{
    struct hw_store *store = sight->world->nodes[0]->node->store;
    sqlite3_stmt *row = NULL;
    if (hw_sql_prepare(store,
                       "SELECT o.code, i.number, count(*) FROM incarnation i JOIN office o ON o.id = i.office GROUP BY 1, 2 "
                       "HAVING count(*) > 1",
                       &row, NULL) != HW_OK)
        sim_fail(sight->world, "lives cannot be read");
    else if (sqlite3_step(row) == SQLITE_ROW)
        sim_fail(sight->world, "%d lives are called %s.%d", sqlite3_column_int(row, 2), (const char *)sqlite3_column_text(row, 0),
                 sqlite3_column_int(row, 1));
    sqlite3_finalize(row);
}
