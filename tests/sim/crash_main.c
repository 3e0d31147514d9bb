/* crash_main.c: `crash`: visits the points of all scenes. `crash --short` a fixed few
 * of each and the planted faults, for `make check`. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/crash.h"

struct options {
    const char *scene; /* NULL: all */
    uint64_t kind, at; /* of one point, to see it again; 0: all */
    uint64_t seed, part, parts;
    size_t few;        /* points of a scene in the short set; 0: all */
    bool planted, list;
};

static uint64_t visited, failed;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void say(const struct crash_scene *scene, size_t kind, uint64_t at, uint64_t seed, const char *why)
{
    failed++;
    printf("not ok - %s, %s, operation %llu: %s\n    again: crash --scene %s --kind %zu --at %llu --seed %llu\n", scene->name,
           crash_kinds[kind].name, (unsigned long long)at, why, scene->name, kind + 1, (unsigned long long)at,
           (unsigned long long)seed);
    fflush(stdout);
}

/* Whether this process visits the point: all of a scene, or some spread over it, its last ones always. */
static bool wanted(const struct options *options, const struct crash_scene *scene, uint64_t at, uint64_t ops)
{
    uint64_t every = scene->every ? scene->every : 1;
    if (options->few && ops / options->few > every)
        every = ops / options->few;
    bool last = scene->every && !options->few && at + 20 > ops;
    return (at % every == ops % every || last) && at % options->parts == options->part;
}

static uint64_t visit(const struct options *options, const struct crash_scene *scene, size_t kind)
{
    char why[CRASH_WHY];
    uint64_t ops = crash_count(scene, &crash_kinds[kind], why), n = 0;
    if (ops == 0) {
        say(scene, kind, 0, 0, why);
        return 0;
    }
    for (uint64_t at = 1; at <= ops; at++) {
        uint64_t draws = options->at || options->few || !crash_kinds[kind].draws ? 1 : crash_kinds[kind].draws;
        if (options->at ? at != options->at : !wanted(options, scene, at, ops))
            continue;
        for (uint64_t seed = options->seed; seed < options->seed + draws; seed++) {
            bool reached;
            if (!crash_point(scene, &crash_kinds[kind], CRASH_SOUND, at, seed, &reached, why))
                say(scene, kind, at, seed, why);
            n += reached;
        }
    }
    return n;
}

static void visit_all(const struct options *options, const struct crash_scene *scene)
{
    double began = now();
    uint64_t n = 0, before = failed;
    for (size_t kind = 0; kind < crash_kinds_n; kind++)
        if (!options->kind || kind + 1 == options->kind)
            n += visit(options, scene, kind);
    visited += n;
    printf("%s - %s: %s: %llu points, %.1f s\n", failed == before ? "ok" : "not ok", scene->name, scene->what,
           (unsigned long long)n, now() - began);
    fflush(stdout);
}

/* -- is a fault found? -- */

static const struct {
    enum crash_plant plant;
    const char *what, *scene;
    size_t kind;
} plants[] = {
    {CRASH_NO_SYNC, "a store that does not sync", "group", 0},
    {CRASH_LIES, "a disk that says it has synced", "checkpoint", 2},
    {CRASH_EARLY, "a client told before the commit", "save", 5},
    {CRASH_TWO, "a new incarnation in two transactions", "rebirth", 5},
    {CRASH_SMOOTH, "a disk that spoils what it was not told to write", "checkpoint", 4},
};

static void plant(const struct options *options, size_t i)
{
    char why[CRASH_WHY] = "";
    const struct crash_scene *scene = crash_scene_find(plants[i].scene);
    const struct crash_kind *kind = &crash_kinds[plants[i].kind];
    uint64_t ops = crash_count(scene, kind, why), at = 0;
    bool found = false, reached;
    while (at < ops + 100 && !found) {
        at++;
        visited++;
        found = !crash_point(scene, kind, plants[i].plant, at, options->seed + at, &reached, why);
    }
    failed += !found;
    printf("%s - planted: %s is found%s%s\n", found ? "ok" : "not ok", plants[i].what, found ? ": " : "", why);
}

static int usage(void)
{
    fprintf(stderr, "crash [--short] [--planted] [--scene NAME] [--kind N] [--at OPERATION] [--seed S] [--part I/N] [--list]\n");
    return 2;
}

static int parse(int argc, char **argv, struct options *options)
{
    static const struct option list[] = {{"short", 0, NULL, 'q'},  {"planted", 0, NULL, 'p'}, {"scene", 1, NULL, 's'},
                                         {"kind", 1, NULL, 'k'},   {"at", 1, NULL, 'a'},      {"seed", 1, NULL, 'r'},
                                         {"part", 1, NULL, 'n'},   {"list", 0, NULL, 'l'},    {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", list, NULL)) != -1;) {
        char *end = NULL;
        if (c == 'q')
            options->few = 3;
        else if (c == 'p')
            options->planted = true;
        else if (c == 'l')
            options->list = true;
        else if (c == 's')
            options->scene = optarg;
        else if (c == 'k')
            options->kind = strtoull(optarg, NULL, 10);
        else if (c == 'a')
            options->at = strtoull(optarg, NULL, 10);
        else if (c == 'r')
            options->seed = strtoull(optarg, NULL, 10);
        else if (c != 'n')
            return usage();
        else {
            options->part = strtoull(optarg, &end, 10);
            options->parts = *end == '/' ? strtoull(end + 1, NULL, 10) : 0;
        }
    }
    return optind == argc && options->part < options->parts ? 0 : usage();
}

static void list(const struct crash_scene *scenes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%-12s %s\n", scenes[i].name, scenes[i].what);
    for (size_t i = 0; i < crash_kinds_n; i++)
        printf("%12zu %s\n", i + 1, crash_kinds[i].name);
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .parts = 1};
    size_t n;
    double began = now();
    int code = parse(argc, argv, &options);
    if (code)
        return code;
    if (sodium_init() < 0)
        return 1;
    sim_disk_register();
    const struct crash_scene *scenes = crash_scenes(&n);
    if (options.list)
        list(scenes, n);
    for (size_t i = 0; i < n && !options.list && (!options.planted || options.few); i++)
        if (!options.scene || strcmp(scenes[i].name, options.scene) == 0)
            visit_all(&options, &scenes[i]);
    for (size_t i = 0; n && i < sizeof plants / sizeof *plants && (options.planted || options.few); i++)
        plant(&options, i);
    crash_points_free();
    crash_scenes_free();
    if (!options.list)
        printf("%llu points visited in %.1f s, %llu failed\n", (unsigned long long)visited, now() - began,
               (unsigned long long)failed);
    return n == 0 || failed || (!visited && !options.list);
}
