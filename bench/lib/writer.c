/* writer.c: see writer.h (bench). */
#include "bench/lib/writer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lib/sample.h"
#include "daemon/node.h"

static void must(enum hw_status status, const struct hw_err *err)
{
    if (!status)
        return;
    fprintf(stderr, "bench: %s\n", err->text);
    exit(1);
}

/* Each SET names the heads that it saw, as every writer does. */
static void name_seen(struct hw_arena *arena, const struct hw_record *record, struct hw_op *op)
{
    const struct hw_cell *cell = hw_row_cell(&record->row, op->field);
    if (op->code != HW_OP_SET || !cell)
        return;
    struct hw_name *seen = hw_arena_zero(arena, cell->heads_n, sizeof *seen);
    for (size_t i = 0; i < cell->heads_n; i++)
        seen[i] = cell->heads[i].name;
    op->seen = seen;
    op->seen_n = cell->heads_n;
}

static enum hw_status write_one(struct hw_tx *tx, const char *group, const struct hw_work *work, struct hw_err *err)
{
    struct hw_arena *arena = hw_tx_arena(tx);
    struct hw_record *record;
    struct hw_event event = {.kind = work->type == HW_WORK_COMMENT ? HW_KIND_COMMENT : HW_KIND_ITEM,
                             .record = work->record,
                             .author = hw_slice_text(work->author),
                             .change = hw_tx_next_change(tx),
                             .ops_n = work->ops_n};
    enum hw_status status = hw_tx_record(tx, event.kind, &event.record, group, &record, err);
    if (status)
        return status;
    struct hw_op *ops = hw_arena_copy(arena, work->ops, work->ops_n * sizeof *ops);
    for (size_t i = 0; i < work->ops_n; i++)
        name_seen(arena, record, &ops[i]);
    event.ops = ops;
    return hw_tx_write(tx, group, &event, err);
}

struct batch {
    const char *group;
    const struct hw_workload *workload;
    size_t from, to;
};

static enum hw_status write_batch(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct batch *batch = self;
    enum hw_status status = HW_OK;
    for (size_t i = batch->from; i < batch->to && !status; i++)
        status = write_one(tx, batch->group, &batch->workload->events[i], err);
    return status;
}

double hw_writer_run(struct hw_store *store, const char *group, const struct hw_workload *workload, size_t from,
                     size_t to, size_t batch)
{
    struct hw_err err = {0};
    double start = hw_sample_now();
    for (size_t i = from; i < to; i += batch) {
        struct batch one = {group, workload, i, i + batch < to ? i + batch : to};
        struct hw_job job = {.write = true, .keeps = true, .run = write_batch, .self = &one};
        must(hw_store_now(store, &job, &err), &err);
    }
    return hw_sample_now() - start;
}

static enum hw_status read_life(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_identity *identity = self;
    struct hw_slice inc, life;
    if (hw_tx_get(tx, "incarnation", &inc) != HW_OK || inc.n != sizeof identity->inc.b)
        return hw_fail(err, HW_CORRUPT, "the home has no incarnation");
    memcpy(identity->inc.b, inc.p, inc.n);
    identity->life = hw_tx_get(tx, "life", &life) == HW_OK && life.n == 1 ? life.p[0] : 1;
    return HW_OK;
}

struct hw_store *hw_writer_open(const char *path, struct hw_home **home)
{
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    struct hw_keys keys;
    struct hw_identity identity;
    struct hw_store *store = NULL;
    struct hw_err err = {0};
    must(hw_home_open(path, home, &err), &err);
    char *file = hw_home_file(*home, "headway.conf");
    must(hw_config_read(file, &config, &err), &err);
    free(file);
    must(hw_keys_read(*home, &keys, &err), &err);
    must(hw_node_open_store(*home, &config, &keys, NULL, NULL, &store, &identity, &err), &err);
    struct hw_job job = {.run = read_life, .self = &identity};
    must(hw_store_now(store, &job, &err), &err);
    hw_store_identify(store, &identity);
    return store;
}

struct hw_store *hw_writer_new(const char *path)
{
    struct hw_store *store = NULL;
    struct hw_err err = {0};
    struct hw_identity identity = {.office = "BENCH", .enrolled = true, .life = 1};
    memset(identity.inc.b, 'b', sizeof identity.inc.b);
    crypto_sign_keypair(identity.sign_public, identity.sign_secret);
    must(hw_store_open(path, NULL, NULL, &store, &err), &err);
    hw_store_identify(store, &identity);
    hw_store_ahead(store); /* as the daemon's */
    return store;
}
