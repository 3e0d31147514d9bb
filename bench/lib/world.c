/* world.c: see world.h (bench). Everything is done by the commands that a
 * person types. */
#include "bench/lib/world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/lookup.h"

static const char *const names[HW_WORLD_NODES] = {"HQ", "ALPHA", "BETA", "LATE", "NEW"};
static const char plan[] = "bench-plan";

struct hw_id hw_world_plan(void)
{
    struct hw_arena arena = {0};
    struct hw_id id = hw_plan_id(&arena, HW_WORLD_GROUP, hw_slice_text(plan));
    hw_arena_done(&arena);
    return id;
}

static void step(const struct hw_world *world, int node, const char *const *words)
{
    int code = hw_bench_client(&world->tools, node < 0 ? NULL : &world->nodes[node], words);
    if (code == 0)
        return;
    fprintf(stderr, "bench: `headway %s %s` ended with %d\n", words[0], words[1] ? words[1] : "", code);
    exit(1);
}
#define STEP(node, ...) step(world, node, (const char *const[]){__VA_ARGS__, NULL})

/* A free port of the loopback address; should somebody take it meanwhile, the
 * hub says so and the bench ends. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &n) == 0;
    if (fd >= 0)
        close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

static void join(struct hw_world *world, int node)
{
    char file[300];
    snprintf(file, sizeof file, "%s/%s.invite", world->dir, world->nodes[node].name);
    STEP(HW_WORLD_HUB, "invite", world->nodes[node].name, "--group", HW_WORLD_GROUP ":coordinator", "-o", file);
    STEP(node, "join", file, "--yes");
}

void hw_world_join(struct hw_world *world, unsigned number)
{
    struct hw_bench_node *node = &world->nodes[HW_WORLD_NEW];
    snprintf(node->name, sizeof node->name, "NEW%u", number);
    snprintf(node->home, sizeof node->home, "%s/now/%s", world->dir, node->name);
    join(world, HW_WORLD_NEW);
}

static void bring_in(struct hw_world *world, int node)
{
    join(world, node);
    hw_bench_start(&world->tools, &world->nodes[node]);
    STEP(node, "sync", "--wait", "20");
    hw_bench_stop(&world->nodes[node]);
}

void hw_world_make(struct hw_world *world, const char *build)
{
    const char *parent = getenv("TMPDIR");
    char listen[64];
    *world = (struct hw_world){.port = free_port()};
    snprintf(world->dir, sizeof world->dir, "%.200s/headway-bench-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(world->dir)) {
        perror(world->dir);
        exit(1);
    }
    world->tools = (struct hw_bench_tools){.build = build, .dir = world->dir};
    for (int i = 0; i < HW_WORLD_NODES; i++) {
        struct hw_bench_node *node = &world->nodes[i];
        node->log = -1;
        snprintf(node->name, sizeof node->name, "%s", names[i]);
        snprintf(node->home, sizeof node->home, "%s/now/%s", world->dir, names[i]);
    }
    char now[300];
    snprintf(now, sizeof now, "%s/now", world->dir);
    hw_bench_run((const char *const[]){"mkdir", now, NULL});
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%u", world->port);
    STEP(HW_WORLD_HUB, "init", "--hub", "--name", names[HW_WORLD_HUB], "--listen", listen);
    hw_bench_start(&world->tools, &world->nodes[HW_WORLD_HUB]);
    STEP(HW_WORLD_HUB, "group", "add", HW_WORLD_GROUP, "--name", "Bench");
    STEP(HW_WORLD_HUB, "plan", "add", "--group", HW_WORLD_GROUP, "Plan of the bench", "--code", plan);
    for (int i = HW_WORLD_A; i < HW_WORLD_NEW; i++)
        bring_in(world, i);
    hw_bench_stop(&world->nodes[HW_WORLD_HUB]);
}

static void copy(const struct hw_world *world, const char *from, const char *to)
{
    char source[300], target[300];
    snprintf(source, sizeof source, "%s/%s", world->dir, from);
    snprintf(target, sizeof target, "%s/%s", world->dir, to);
    hw_bench_run((const char *const[]){"rm", "-rf", target, NULL});
    if (hw_bench_run((const char *const[]){"cp", "-a", source, target, NULL}) == 0)
        return;
    fprintf(stderr, "bench: %s cannot be copied\n", source);
    exit(1);
}

void hw_world_keep(const struct hw_world *world)
{
    copy(world, "now", "kept");
}

void hw_world_back(const struct hw_world *world)
{
    copy(world, "kept", "now");
}

void hw_world_end(struct hw_world *world)
{
    for (int i = HW_WORLD_NODES - 1; i >= 0; i--)
        hw_bench_stop(&world->nodes[i]);
    hw_bench_run((const char *const[]){"rm", "-rf", world->dir, NULL});
}
