/* sim_main.c: `sim --seed S --runs N`: simulated worlds, one after the other,
 * and what came of them. */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_run.h"
#include "tests/sim/sim_weather.h"

/* An office-year is 1,000 changes, 500 sessions and 50 faults. */
enum { YEAR_EDITS = 1000, YEAR_SESSIONS = 500, YEAR_FAULTS = 50 };

struct options {
    struct sim_plan plan;
    uint64_t seed, runs, step;
    double seconds; /* 0: no limit */
    bool twice, first; /* first: end with the first failure */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double years(const struct sim_stats *stats)
{
    double edits = (double)stats->edits / YEAR_EDITS, sessions = (double)stats->sessions / YEAR_SESSIONS;
    double faults = (double)stats->faults / YEAR_FAULTS, least = edits < sessions ? edits : sessions;
    return least < faults ? least : faults;
}

/* The first line is for people, the second for whoever adds up several processes. */
static void summary(const struct options *options, const struct sim_stats *stats, double seconds)
{
    printf("%llu runs from seed %llu: %llu changes, %llu sessions, %llu faults, %llu commits, %llu messages in %.1f s; "
           "%.1f office-years a minute, %.1f a processor minute; %llu failed\n",
           (unsigned long long)stats->runs, (unsigned long long)options->seed, (unsigned long long)stats->edits,
           (unsigned long long)stats->sessions, (unsigned long long)stats->faults,
           (unsigned long long)stats->commits, (unsigned long long)stats->messages, seconds,
           years(stats) * 60 / seconds, years(stats) * 60 * CLOCKS_PER_SEC / (double)clock(), (unsigned long long)stats->failures);
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static int usage(void)
{
    fprintf(stderr, "sim --seed S --runs N [--step K] [--seconds T] [--edits N] [--weather KIND|all|none] [--twice] [--first] [--relays] [--mixed] [--hands] [--years] [--readers] "
                    "[--verbose]\n     --kinds lists what may go wrong, --oracles what must hold\n");
    return 2;
}

static int parse(int argc, char **argv, struct options *options)
{
    static const struct option list[] = {{"seed", 1, NULL, 's'},    {"runs", 1, NULL, 'n'},  {"step", 1, NULL, 'k'},
                                         {"seconds", 1, NULL, 't'}, {"edits", 1, NULL, 'e'}, {"weather", 1, NULL, 'w'},
                                         {"twice", 0, NULL, '2'},   {"verbose", 0, NULL, 'v'}, {"kinds", 0, NULL, 'l'},
                                         {"first", 0, NULL, '1'},   {"oracles", 0, NULL, 'o'}, {"relays", 0, NULL, 'r'},
                                         {"mixed", 0, NULL, 'm'},   {"hands", 0, NULL, 'h'},
                                         {"years", 0, NULL, 'y'},
                                         {"readers", 0, NULL, 'd'},
                                         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "s:n:v", list, NULL)) != -1;) {
        switch (c) {
        case 's':
            options->seed = number(optarg);
            break;
        case 'n':
            options->runs = number(optarg);
            break;
        case 'k':
            options->step = number(optarg);
            break;
        case 't':
            options->seconds = strtod(optarg, NULL);
            break;
        case 'e':
            options->plan.edits = number(optarg);
            break;
        case 'w':
            options->plan.weather = optarg;
            break;
        case '2':
            options->twice = true;
            break;
        case 'v':
            options->plan.verbose = true;
            break;
        case 'r':
            options->plan.relays = true;
            break;
        case 'm':
            options->plan.mixed = true;
            break;
        case 'h':
            options->plan.hands = true;
            break;
        case 'y':
            options->plan.years = true;
            break;
        case 'd':
            options->plan.readers = true;
            break;
        case '1':
            options->first = true;
            break;
        case 'o':
            sim_oracle_list();
            return -1;
        case 'l':
            sim_weather_list();
            return -1;
        default:
            return usage();
        }
    }
    return optind == argc && options->step ? 0 : usage();
}

/* One seed, or one seed twice: then both must be the same to the last byte. */
static bool run(uint64_t seed, const struct options *options, struct sim_stats *stats)
{
    uint64_t failures = stats->failures, first = sim_run(seed, &options->plan, stats);
    if (options->plan.verbose)
        printf("seed %llu: trace %016llx\n", (unsigned long long)seed, (unsigned long long)first);
    if (!options->twice)
        return stats->failures == failures;
    struct sim_plan silent = options->plan;
    silent.silent = true;
    uint64_t second = sim_run(seed, &silent, stats);
    if (first == second)
        return stats->failures == failures;
    printf("seed %llu FAILED: its second run went another way (%016llx, %016llx): something draws on the real clock or on "
           "real chance\n",
           (unsigned long long)seed, (unsigned long long)first, (unsigned long long)second);
    stats->failures++;
    return false;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .runs = 1, .step = 1};
    struct sim_stats stats = {0};
    int code = parse(argc, argv, &options);
    if (code)
        return code < 0 ? 0 : code;
    if (sodium_init() < 0)
        return 1;
    mallopt(M_MMAP_THRESHOLD, 1 << 30); /* memory that went back to the kernel would come again, a page fault each */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    sim_disk_register();
    double began = now();
    for (uint64_t i = 0; i < options.runs; i++) {
        if ((options.seconds > 0 && now() - began > options.seconds) || (options.first && stats.failures))
            break;
        bool good = run(options.seed + i * options.step, &options, &stats);
        if (options.twice && good)
            printf("ok - seed %llu, twice alike\n", (unsigned long long)(options.seed + i * options.step));
    }
    summary(&options, &stats, now() - began);
    return stats.failures != 0;
}
