/* again.c: an office that comes back and finds nothing new: bytes on the wire, handshake included, and how long it takes. Bench:
 * again SEED BUILD. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/lib/goal.h"
#include "bench/lib/peek.h"
#include "bench/lib/sample.h"
#include "bench/lib/wire.h"
#include "bench/lib/world.h"

enum { TIMES = 11, QUIET_US = 300000 /* what the session's begin has to say is said by then */ };

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

int main(int argc, char **argv)
{
    struct hw_world world;
    struct hw_sample took = {0}, bytes = {0};
    if (argc < 3 || sodium_init() < 0) {
        fputs("bench: again SEED BUILD\n", stderr);
        return 2;
    }
    hw_world_make(&world, argv[2]);
    struct hw_bench_node *office = &world.nodes[HW_WORLD_B];
    hw_bench_start(&world.tools, &world.nodes[HW_WORLD_HUB]);
    for (int i = 0; i < TIMES; i++) {
        hw_bench_start(&world.tools, office);
        double ready = hw_sample_now();
        if (!hw_bench_says(office, "in session with"))
            fail("the office does not come into session");
        hw_sample_add(&took, hw_sample_now() - ready);
        hw_peek_pause(QUIET_US);
        struct hw_wire wire = hw_wire_read(world.port);
        hw_sample_add(&bytes, (double)(wire.in + wire.out));
        hw_bench_stop(office);
    }
    hw_goal_print(HW_GOAL_RECONNECT, hw_sample_at(&took, 0.5) * 1e3, "best %.2f ms, worst %.2f ms", hw_sample_at(&took, 0) * 1e3,
                  hw_sample_at(&took, 1) * 1e3);
    hw_goal_print(HW_GOAL_RECONNECT_WIRE, hw_sample_at(&bytes, 0.5), "%d times", TIMES);
    hw_sample_done(&took);
    hw_sample_done(&bytes);
    hw_world_end(&world);
    return 0;
}
