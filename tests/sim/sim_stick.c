/* sim_stick.c: `headway bundle` and `headway apply`, with files that exist in
 * memory alone: the same seal, the same messages, the same file and the same taking; no box, which has tests of its own. */
#include "tests/sim/sim_stick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/bundle_file.h"
#include "daemon/store_internal.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_oracle.h"

enum {
    GAP_MS = 25000,   /* between two bundles, on average: a world has some 40 */
    LATE_MS = 400000, /* on its way at most */
    STICKS = 64       /* in one world */
};

struct sim_stick {
    struct sim_world *world;
    const struct sim_node *maker;
    const struct sim_node *reader; /* for whom; NULL: the hub, or whoever may read all */
    int fd;
    bool all;
    bool spoiled; /* cut, or a byte of it changed */
};

struct sim_sticks {
    struct sim_stick list[STICKS];
    size_t n;
};

static uint64_t draw(struct sim_world *world, uint64_t n)
{
    return sim_chance_below(&world->hand, n);
}

/* -- making -- */

struct making {
    struct sim_stick *stick;
    struct hw_bundle_writer writer;
    struct hw_bundled bundled;
};

/* What is made for one office holds nothing of a group without a grant. */
static void check_scope(const struct sim_stick *stick, struct hw_slice bytes)
{
    struct sim_world *world = stick->world;
    struct hw_arena arena = {0};
    struct hw_message message;
    struct hw_segment head;
    struct hw_slice group = {0};
    hw_arena_init(&arena);
    if (hw_message_decode(bytes, &arena, &message, NULL) != HW_OK)
        sim_fail(world, "%s puts into a bundle what is no message", stick->maker->name);
    else if (message.type == HW_JOURNAL)
        group = message.body.journal.group;
    else if (message.type == HW_SEGMENTS && hw_segment_read(message.body.segments.wires[0], &head, NULL) == HW_OK)
        group = head.group;
    for (size_t i = 0; i < world->groups_n && stick->reader; i++)
        if (hw_slice_is(group, world->groups[i]) && !stick->reader->granted[i])
            sim_fail(world, "scope: a bundle for %s holds group %s, in which it has no grant", stick->reader->name,
                     world->groups[i]);
    hw_arena_done(&arena);
}

static enum hw_status put(void *self, struct hw_slice message, struct hw_err *err)
{
    struct making *making = self;
    check_scope(making->stick, message);
    return hw_bundle_put(&making->writer, message, err);
}

static enum hw_status pack(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct making *making = self;
    const struct sim_stick *stick = making->stick;
    const struct hw_identity *identity = &tx->store->identity;
    struct hw_bundle bundle = {.inc = identity->inc, .made_ms = sim_node_wall(stick->maker)};
    struct hw_bundle_wish wish = {.office = stick->reader ? stick->reader->office : NULL, .all = stick->all};
    memcpy(bundle.office, identity->office, sizeof bundle.office);
    memcpy(bundle.root, identity->root, sizeof bundle.root);
    memcpy(bundle.sign_key, identity->sign_public, sizeof bundle.sign_key);
    enum hw_status status = hw_bundle_begin(&making->writer, stick->fd, &bundle, NULL, err);
    if (!status)
        status = hw_tx_bundle(tx, &wish, put, making, &making->bundled, err);
    return status ? status : hw_bundle_end(&making->writer, identity->sign_secret, err);
}

/* -- on its way -- */

static void spoil(struct sim_stick *stick, uint64_t size)
{
    uint8_t byte;
    off_t at = (off_t)draw(stick->world, size);
    stick->spoiled = true;
    if (draw(stick->world, 2) == 0) {
        stick->spoiled = ftruncate(stick->fd, at) == 0;
    } else if (pread(stick->fd, &byte, 1, at) == 1) {
        byte ^= (uint8_t)(1 + draw(stick->world, 255));
        stick->spoiled = pwrite(stick->fd, &byte, 1, at) == 1;
    }
}

struct taking {
    struct hw_bundle_reader reader;
    struct hw_applied applied;
};

static void taking_done(struct taking *taking)
{
    hw_bundle_reader_done(&taking->reader);
    hw_out_done(&taking->applied.left);
}

static enum hw_status next_message(void *self, struct hw_slice *message, struct hw_err *err)
{
    return hw_bundle_next(self, message, err);
}

static enum hw_status apply(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                            struct hw_err *err)
{
    HW_CLEANUP(taking_done) struct taking taking = {0};
    (void)answer;
    enum hw_status status = hw_bundle_open(&taking.reader, (int)hw_arg_int(request, "stick", -1), err);
    return status ? status
                  : hw_tx_apply(tx, &taking.reader.bundle, next_message, &taking.reader, &taking.applied, err);
}

static const struct hw_verb apply_verb = {"apply-stick", HW_VERB_APPLIES, false, apply};

static void applied(struct sim_call *call, enum hw_status status, const char *text)
{
    struct sim_world *world = call->node->world;
    const struct sim_stick *stick = &world->sticks->list[call->number];
    if (!status && stick->spoiled)
        sim_fail(world, "%s has taken a bundle that was cut or changed on its way", call->node->name);
    else if (status == HW_CORRUPT && !stick->spoiled)
        sim_fail(world, "%s cannot read a bundle of %s: %s", call->node->name, stick->maker->name, text);
    sim_tell(world, call->node, "%s a bundle of %s%s%s", status ? "does not take" : "takes", stick->maker->name,
             status ? ": " : "", status ? text : "");
}

static void hand_over(const struct sim_stick *stick, struct sim_node *to)
{
    struct hw_out args = {0};
    struct sim_call call = {.answered = applied, .number = (uint64_t)(stick - stick->world->sticks->list)};
    call.call.verb = &apply_verb;
    hw_put_map(&args, 1);
    hw_put_text(&args, "stick");
    hw_put_uint(&args, (uint64_t)stick->fd);
    sim_node_ask(to, "apply-stick", hw_out_slice(&args), "aigul", &call);
    hw_out_done(&args);
}

/* Whoever it is for; of a bundle for nobody in particular, the hub that its maker follows, headquarters, or any office. */
static struct sim_node *receiver(const struct sim_stick *stick)
{
    struct sim_world *world = stick->world;
    struct sim_node *hub = stick->maker->index ? sim_net_hub(stick->maker) : NULL;
    if (stick->reader)
        return world->nodes[stick->reader->index];
    if (stick->maker->index)
        return hub && draw(world, 2) ? hub : world->nodes[0];
    return world->nodes[draw(world, world->nodes_n)];
}

/* What its relay may not read would come by sticks alone, and be as old as the last one. */
static bool reads_all(const struct sim_node *node)
{
    return memcmp(node->granted, node->reads, sizeof node->granted) == 0;
}

static void arrives(void *self, uint64_t number)
{
    struct sim_world *world = self;
    const struct sim_stick *stick = &world->sticks->list[number];
    struct sim_node *to = receiver(stick);
    if (to->node && !to->disk.dead && to != stick->maker && reads_all(to))
        hand_over(stick, to);
    if (!world->healed && draw(world, 3) == 0) /* it stays in the drawer, and somebody finds it */
        sim_queue_add(&world->queue, draw(world, LATE_MS), arrives, world, number);
}

/* What was sealed for it is committed. */
static void sealed(struct sim_call *call, enum hw_status status, const char *text)
{
    struct sim_world *world = call->node->world;
    struct sim_stick *stick = &world->sticks->list[call->number];
    struct making making = {.stick = stick};
    struct hw_job job = {.run = pack, .self = &making};
    struct hw_err err = {0};
    if (!status && call->node->node && !call->node->disk.dead) {
        sim_node_enter(call->node);
        status = hw_store_now(call->node->node->store, &job, &err);
        text = err.text;
    }
    if (!status && draw(world, 6) == 0)
        spoil(stick, making.writer.size);
    if (!status)
        sim_queue_add(&world->queue, draw(world, LATE_MS), arrives, world, call->number);
    sim_tell(world, call->node, "%s a bundle for %s%s%s, %llu entries, %llu events%s", status ? "makes no" : "makes",
             stick->reader ? stick->reader->name : "its hub", status ? ": " : "", status ? text : "",
             (unsigned long long)making.bundled.entries, (unsigned long long)making.bundled.events,
             stick->spoiled ? "; it will be spoiled" : "");
    hw_bundle_writer_done(&making.writer);
}

static void begin(struct sim_world *world, struct sim_node *maker)
{
    struct sim_sticks *sticks = world->sticks;
    struct sim_stick *stick = &sticks->list[sticks->n];
    struct sim_node *reader = world->nodes[draw(world, world->nodes_n)];
    struct sim_call call = {.answered = sealed, .number = sticks->n};
    struct hw_out args = {0};
    *stick = (struct sim_stick){.world = world, .maker = maker, .fd = memfd_create("stick", MFD_CLOEXEC)};
    if (stick->fd < 0) {
        sim_fail(world, "this machine gives no memory for a stick");
        return;
    }
    sticks->n++;
    stick->reader = draw(world, 2) && strcmp(reader->office, maker->office) != 0 ? reader : NULL;
    stick->all = draw(world, 3) == 0;
    hw_put_map(&args, 0);
    sim_node_ask(maker, "bundle.seal", hw_out_slice(&args), "aigul", &call);
    hw_out_done(&args);
}

static void next(void *self, uint64_t arg)
{
    struct sim_world *world = self;
    struct sim_node *maker = world->nodes[draw(world, world->nodes_n)];
    (void)arg;
    if (world->healed || world->sticks->n == STICKS)
        return;
    if (maker->node && !maker->disk.dead)
        begin(world, maker);
    sim_queue_add(&world->queue, draw(world, 2 * GAP_MS), next, world, 0);
}

void sim_stick_begin(struct sim_world *world)
{
    world->sticks = hw_alloc(sizeof *world->sticks);
    *world->sticks = (struct sim_sticks){0};
    sim_queue_add(&world->queue, draw(world, 2 * GAP_MS), next, world, 0);
}

void sim_stick_done(struct sim_world *world)
{
    for (size_t i = 0; world->sticks && i < world->sticks->n; i++)
        close(world->sticks->list[i].fd);
    free(world->sticks);
    world->sticks = NULL;
}
