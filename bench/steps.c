/* steps.c: where the time goes: each step of the way through alone, in one
 * thread without daemons or links, in processor time.  Bench: steps SEED BUILD [EVENTS]. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/lib/sample.h"
#include "bench/lib/world.h"
#include "bench/lib/writer.h"
#include "daemon/home.h"
#include "daemon/verb.h"

enum { EVENTS = 100000, BATCH = 1000, ROOM = HW_MESSAGE_SIZE - 1024 /* as the engine asks for */ };

/* The three stores, and what goes from one to the next. */
struct way {
    struct hw_store *a, *hub, *b;
    struct hw_inc a_inc, b_inc;
    const char *office;
    uint64_t from;        /* next event or entry */
    struct hw_out message;
    double sealing, taking, reading, applying, listing;
    size_t listed;
    size_t bytes_up, bytes_down;
};

static double busy(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum hw_status get_inc(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)err;
    *(struct hw_inc *)self = hw_tx_self(tx)->inc;
    return HW_OK;
}

static enum hw_status up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    size_t n;
    uint64_t last;
    enum hw_status status = hw_tx_segments_up(tx, HW_WORLD_GROUP, way->from, ROOM, &items, &n, &last, err);
    hw_out_reset(&way->message);
    if (!status && n)
        hw_segments_wrap(&way->message, 1, hw_out_slice(&items), n);
    way->from = last + 1;
    return status;
}

static enum hw_status take(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_message message;
    struct hw_taken taken;
    enum hw_status status = hw_message_decode(hw_out_slice(&way->message), hw_tx_arena(tx), &message, err);
    if (!status)
        status = hw_tx_take_segments(tx, way->office, &way->a_inc, message.body.segments.wires, message.body.segments.n,
                                     &taken, err);
    return status;
}

static enum hw_status down(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_journal_message head;
    size_t n;
    uint64_t last;
    enum hw_status status =
        hw_tx_journal_down(tx, HW_WORLD_GROUP, way->from, ROOM, &way->b_inc, &items, &n, &last, &head, err);
    hw_out_reset(&way->message);
    if (!status && n)
        hw_journal_wrap(&way->message, 1, &head, hw_out_slice(&items), n);
    way->from = last + 1;
    return status;
}

static enum hw_status apply(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_out_slice(&way->message), hw_tx_arena(tx), &message, err);
    return status ? status : hw_tx_take_journal(tx, &message.body.journal, err);
}

/* Fifty items out of all, as office B's client asks for them. */
static enum hw_status list(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct way *way = self;
    struct hw_out args HW_CLEANUP(hw_out_done) = {0};
    struct hw_answer answer = {.rows_n = 0};
    hw_put_map(&args, 1);
    hw_put_text(&args, "filter");
    hw_put_array(&args, 1);
    hw_put_text(&args, "responsible:Team 0007");
    const struct hw_verb *verb = hw_verb_find(hw_slice_text("list"));
    struct hw_request request = {.verb = hw_slice_text("list"), .args = hw_out_slice(&args), .author = "bench",
                                 .arena = hw_tx_arena(tx)};
    enum hw_status status = verb->run(tx, &request, &answer, err);
    way->listed = answer.rows_n;
    hw_out_done(&answer.rows);
    hw_out_done(&answer.end);
    return status;
}

/* Processor seconds of one job. */
static double run(struct hw_store *store, bool write,
                  enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err), void *self)
{
    struct hw_job job = {.write = write, .run = what, .self = self};
    struct hw_err err = {0};
    double start = busy();
    if (hw_store_now(store, &job, &err)) {
        fprintf(stderr, "bench: %s\n", err.text);
        exit(1);
    }
    return busy() - start;
}

/* A function each, that is never made part of another: callgrind names the instructions of each step by it. */
static __attribute__((noinline)) double step_write(struct way *way, const struct hw_workload *workload)
{
    double start = busy();
    hw_writer_run(way->a, HW_WORLD_GROUP, workload, 0, workload->n, BATCH);
    return busy() - start;
}

static __attribute__((noinline)) void step_seal(struct way *way)
{
    way->sealing += run(way->a, true, up, way);
}

static __attribute__((noinline)) void step_hub(struct way *way)
{
    way->taking += run(way->hub, true, take, way);
}

static __attribute__((noinline)) void step_office(struct way *way)
{
    way->applying += run(way->b, true, apply, way);
}

static __attribute__((noinline)) void step_list(struct way *way)
{
    way->listing += run(way->b, false, list, way);
}

static void go(struct way *way)
{
    way->from = 1;
    for (;;) {
        step_seal(way);
        if (way->message.n == 0)
            break;
        way->bytes_up += way->message.n;
        step_hub(way);
    }
    way->from = 1;
    for (;;) {
        way->reading += run(way->hub, false, down, way);
        if (way->message.n == 0)
            break;
        way->bytes_down += way->message.n;
        step_office(way);
    }
    step_list(way);
}

int main(int argc, char **argv)
{
    struct hw_world world;
    struct hw_workload workload;
    struct hw_home *homes[HW_WORLD_B + 1];
    struct way way = {0};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: steps SEED BUILD [EVENTS]\n", stderr);
        return 2;
    }
    hw_world_make(&world, argv[2]);
    struct hw_id plan = hw_world_plan();
    hw_workload_make(&workload, argc > 3 ? strtoull(argv[3], NULL, 10) : EVENTS, strtoull(argv[1], NULL, 10), &plan);
    way.hub = hw_writer_open(world.nodes[HW_WORLD_HUB].home, &homes[HW_WORLD_HUB]);
    way.a = hw_writer_open(world.nodes[HW_WORLD_A].home, &homes[HW_WORLD_A]);
    way.b = hw_writer_open(world.nodes[HW_WORLD_B].home, &homes[HW_WORLD_B]);
    way.office = world.nodes[HW_WORLD_A].name;
    run(way.a, false, get_inc, &way.a_inc);
    run(way.b, false, get_inc, &way.b_inc);
    double writing = step_write(&way, &workload), n = (double)workload.n / 1e6;
    go(&way);
    hw_sample_print("processor time by step, us per event", -1, "write %.2f, seal %.2f, hub takes %.2f, hub reads %.2f, "
                    "office applies %.2f", writing / n, way.sealing / n, way.taking / n, way.reading / n,
                    way.applying / n);
    hw_sample_print("processor time of a list over all items", -1, "%.2f ms (%zu of %zu items)", way.listing * 1e3, way.listed,
                    workload.n / 10);
    hw_store_close(way.a);
    hw_store_close(way.hub);
    hw_store_close(way.b);
    for (size_t i = 0; i <= HW_WORLD_B; i++)
        hw_home_free(homes[i]);
    hw_out_done(&way.message);
    hw_workload_done(&workload);
    hw_world_end(&world);
    return 0;
}
