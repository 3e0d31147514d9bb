/* crash_point.c: one fault at one operation of the disk, and what must hold
 * after it: the database opens, is whole, and says what the steps that it should hold say when nothing goes wrong; the rest can
 * be done then, and ends where it ends without a fault. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/crash.h"

/* A machine that went down once may go down again while it catches up. Not on a rough disk: SQLite fills up the last sector
 * of its log, but when that filling itself is torn, it begins the next time within the sector of what is committed. */
enum { ROUNDS = 2 };

const struct crash_kind crash_kinds[] = {
    {.name = "power lost, nothing unsynced left", .loss = SIM_LOSS_ALL, .power = true, .sector = 512},
    {.name = "power lost, torn", .loss = SIM_LOSS_TORN, .power = true, .sector = 512, .draws = 3},
    {.name = "power lost, some written", .loss = SIM_LOSS_SOME, .power = true, .sector = 512, .draws = 3},
    {.name = "power lost, rough sectors torn", .loss = SIM_LOSS_TORN, .power = true, .rough = true, .sector = 4096, .draws = 2},
    {.name = "power lost, rough sectors by chance", .loss = SIM_LOSS_CHANCE, .power = true, .rough = true, .sector = 512,
     .draws = 3},
    {.name = "process killed", .sector = 512},
    {.name = "error", .loss = SIM_LOSS_ALL, .error = true, .sector = 512},
    {.name = "disk full", .loss = SIM_LOSS_ALL, .error = true, .full = true, .sector = 512},
};
const size_t crash_kinds_n = sizeof crash_kinds / sizeof *crash_kinds;

/* -- what steps say when nothing goes wrong -- */

struct truth {
    struct truth *next;
    const struct crash_scene *scene;
    bool two;
    uint8_t order[CRASH_STEPS], hash[CRASH_HASH];
    size_t n;
};
static struct truth *truths;

/* Another machine may have run meanwhile. */
static bool hash_of(struct crash_machine *machine, uint8_t hash[CRASH_HASH], char why[CRASH_WHY])
{
    sim_node_enter(machine->node);
    return crash_state_hash(crash_machine_store(machine), hash, why);
}

static bool start_and_play(struct crash_machine *machine, const uint8_t *order, size_t n)
{
    return (crash_machine_store(machine) || crash_machine_start(machine)) &&
           crash_machine_play(machine, order, n) == CRASH_DONE &&
           (crash_machine_store(machine) || crash_machine_start(machine));
}

static bool learn(const struct crash_scene *scene, bool two, const uint8_t *order, size_t n, struct truth *truth,
                  char why[CRASH_WHY])
{
    struct crash_machine *machine = hw_alloc(sizeof *machine);
    *truth = (struct truth){.next = truths, .scene = scene, .two = two, .n = n};
    memcpy(truth->order, order, n);
    crash_machine_init(machine, scene, two ? CRASH_TWO : CRASH_SOUND);
    bool good = start_and_play(machine, order, n);
    if (!good)
        snprintf(why, CRASH_WHY, "without a fault: %s", machine->why);
    good = good && crash_state_whole(crash_machine_store(machine), why) &&
           hash_of(machine, truth->hash, why);
    crash_machine_done(machine);
    free(machine);
    return good;
}

/* NULL: it cannot be had. */
static const uint8_t *truth_of(const struct crash_scene *scene, bool two, const uint8_t *order, size_t n,
                               char why[CRASH_WHY])
{
    for (const struct truth *truth = truths; truth; truth = truth->next)
        if (truth->scene == scene && truth->two == two && truth->n == n && memcmp(truth->order, order, n) == 0)
            return truth->hash;
    struct truth *truth = hw_alloc(sizeof *truth);
    if (!learn(scene, two, order, n, truth, why)) {
        free(truth);
        return NULL;
    }
    truths = truth;
    return truth->hash;
}

void crash_points_free(void)
{
    for (struct truth *truth = truths, *next; truth; truth = next) {
        next = truth->next;
        free(truth);
    }
    truths = NULL;
}

/* -- what must hold -- */

static bool says(struct crash_machine *machine, const uint8_t hash[CRASH_HASH], size_t n, char why[CRASH_WHY])
{
    const uint8_t *truth = truth_of(machine->scene, machine->plant == CRASH_TWO, machine->order, n, why);
    return truth && memcmp(truth, hash, CRASH_HASH) == 0;
}

/* With what was told to be saved, and all or nothing of what was under way; which of them is noted. */
static bool match(struct crash_machine *machine, char why[CRASH_WHY])
{
    uint8_t hash[CRASH_HASH];
    size_t told = machine->order_n, n = told;
    bool sent[CRASH_STEPS];
    memcpy(sent, machine->sent, sizeof sent);
    memset(machine->sent, 0, sizeof machine->sent);
    if (!hash_of(machine, hash, why))
        return false;
    for (size_t i = 0; i < machine->scene->n; i++)
        if (sent[i] && !machine->saved[i] && !machine->scene->steps[i].refused)
            machine->order[n++] = (uint8_t)i;
    if (says(machine, hash, told, why))
        return true;
    if (!*why && n > told && says(machine, hash, n, why)) {
        for (size_t i = told; i < n; i++)
            crash_machine_note(machine, machine->order[i]);
        return true;
    }
    if (!*why)
        snprintf(why, CRASH_WHY, "of %zu steps told to be saved and %zu under way, the database holds something else", told,
                 n - told);
    return false;
}

/* Opens, is whole, says what it must. */
static bool come_back(struct crash_machine *machine, bool power, char why[CRASH_WHY])
{
    crash_machine_crash(machine, power);
    if (!crash_machine_start(machine)) {
        snprintf(why, CRASH_WHY, "%s", machine->why);
        return false;
    }
    return crash_state_whole(crash_machine_store(machine), why) && match(machine, why);
}

static bool finished(struct crash_machine *machine, char why[CRASH_WHY])
{
    uint8_t hash[CRASH_HASH];
    if (!crash_machine_store(machine) && !crash_machine_start(machine)) {
        snprintf(why, CRASH_WHY, "at the end %s", machine->why);
        return false;
    }
    if (!hash_of(machine, hash, why))
        return false;
    bool good = says(machine, hash, machine->order_n, why);
    if (!good && !*why)
        snprintf(why, CRASH_WHY, "in the end the database says something else than without the fault");
    return good;
}

static void arm(struct crash_machine *machine, const struct crash_kind *kind, uint64_t at)
{
    struct sim_disk *disk = crash_machine_disk(machine);
    disk->ops = 0;
    disk->fail_at = kind->error ? at : 0;
    disk->die_at = kind->error ? 0 : at;
    disk->full = kind->full;
}

static void set_disk(struct crash_machine *machine, const struct crash_kind *kind, uint64_t seed)
{
    struct sim_disk *disk = crash_machine_disk(machine);
    sim_chance_seed(&disk->chance, seed, 12);
    disk->sector = kind->sector;
    disk->loss = kind->loss;
    disk->rough = kind->rough;
}

/* What is on the disk was written to a smooth one. A rough one begins without a log: SQLite would have left more room
 * between its parts. */
static bool wear_in(struct crash_machine *machine)
{
    if (!crash_machine_start(machine))
        return false;
    sim_node_stop(machine->node);
    return true;
}

static enum crash_end begin_and_run(struct crash_machine *machine, const struct crash_kind *kind, uint64_t at)
{
    if (kind->rough && !machine->scene->bare && !wear_in(machine))
        return CRASH_FAILED;
    if (machine->scene->from_start)
        arm(machine, kind, at);
    bool up = crash_machine_start(machine);
    if (!up && crash_machine_disk(machine)->dead)
        return CRASH_DIED;
    if (!up && !(kind->error && crash_machine_start(machine))) /* whoever starts it tries again */
        return CRASH_FAILED;
    if (!machine->scene->from_start)
        arm(machine, kind, at);
    return crash_machine_run(machine);
}

static bool visit(struct crash_machine *machine, const struct crash_kind *kind, uint64_t at, uint64_t seed,
                  char why[CRASH_WHY])
{
    struct sim_chance chance;
    enum crash_end end = begin_and_run(machine, kind, at);
    sim_chance_seed(&chance, seed, 13);
    for (int round = 0; round < ROUNDS && end == CRASH_DIED; round++) {
        if (!come_back(machine, kind->power, why))
            return false;
        arm(machine, kind, 0);
        if (round + 1 < ROUNDS && !kind->rough && sim_chance_in(&chance, 250))
            arm(machine, kind, 1 + sim_chance_below(&chance, at));
        end = crash_machine_run(machine);
        crash_machine_disk(machine)->die_at = 0;
    }
    if (end != CRASH_DONE) {
        snprintf(why, CRASH_WHY, "it does not go on: %s", machine->why);
        return false;
    }
    return finished(machine, why) && (!kind->error || come_back(machine, true, why));
}

bool crash_point(const struct crash_scene *scene, const struct crash_kind *kind, enum crash_plant plant, uint64_t at,
                 uint64_t seed, bool *reached, char why[CRASH_WHY])
{
    struct crash_machine *machine = hw_alloc(sizeof *machine);
    *why = 0;
    crash_machine_init(machine, scene, plant);
    set_disk(machine, kind, seed);
    bool good = visit(machine, kind, at, seed, why);
    *reached = !kind->full || crash_machine_disk(machine)->filled;
    crash_machine_done(machine);
    free(machine);
    return good;
}

uint64_t crash_count(const struct crash_scene *scene, const struct crash_kind *kind, char why[CRASH_WHY])
{
    struct crash_machine *machine = hw_alloc(sizeof *machine);
    uint64_t ops = 0;
    *why = 0;
    crash_machine_init(machine, scene, CRASH_SOUND);
    set_disk(machine, kind, 1);
    if (begin_and_run(machine, kind, 0) == CRASH_DONE)
        ops = crash_machine_disk(machine)->ops;
    else
        snprintf(why, CRASH_WHY, "without a fault: %s", machine->why);
    if (ops && !finished(machine, why))
        ops = 0;
    crash_machine_done(machine);
    free(machine);
    return ops;
}
