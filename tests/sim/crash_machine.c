/* crash_machine.c: one machine that plays the steps of a scene on the real
 * executor and store. Whatever a step draws by chance it draws again when it is run again, so that every way to the same
 * steps ends in the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/crash.h"
#include "tests/sim/crash_two.h"

enum { CHANCE_OF_STEPS = 100, TRIES = 2 };

void crash_machine_init(struct crash_machine *machine, const struct crash_scene *scene, enum crash_plant plant)
{
    *machine = (struct crash_machine){.scene = scene, .plant = plant};
    sim_world_init(&machine->world, 1, false);
    machine->world.queue.now = scene->now_ms;
    machine->node = sim_node_from(&machine->world, scene->office, scene->disk);
    machine->node->disk.lies = plant == CRASH_LIES;
    machine->node->disk.smooth = plant == CRASH_SMOOTH;
}

void crash_machine_done(struct crash_machine *machine)
{
    machine->node->disk.dead = true; /* nothing is written at the end */
    hw_store_close(machine->bare);
    sim_world_done(&machine->world);
}

struct sim_disk *crash_machine_disk(struct crash_machine *machine)
{
    return &machine->node->disk;
}

struct hw_store *crash_machine_store(struct crash_machine *machine)
{
    return machine->scene->bare ? machine->bare : machine->node->node ? machine->node->node->store : NULL;
}

static bool start_bare(struct crash_machine *machine)
{
    struct hw_err err = {0};
    char path[64];
    snprintf(path, sizeof path, "%s/headway.db", machine->node->disk.path);
    machine->node->disk.dead = false;
    sim_node_enter(machine->node);
    if (hw_store_open(path, NULL, NULL, &machine->bare, &err) != HW_OK)
        snprintf(machine->why, sizeof machine->why, "it cannot be opened: %s", err.text);
    return machine->bare;
}

/* Chance is this machine's again: another one may have lived meanwhile. */
static void take_chance(struct crash_machine *machine, uint64_t purpose)
{
    sim_chance_seed(&machine->world.keys, CHANCE_OF_STEPS, purpose);
    sim_chance_sodium(&machine->world.keys);
    sim_chance_seed(&machine->world.sqlite, CHANCE_OF_STEPS, CRASH_STEPS);
    sim_disk_chance(&machine->world.sqlite);
}

bool crash_machine_start(struct crash_machine *machine)
{
    take_chance(machine, CRASH_STEPS);
    bool good = machine->scene->bare ? start_bare(machine) : sim_node_start(machine->node);
    if (good)
        crash_machine_store(machine)->wal_ahead = machine->scene->ahead;
    if (good && machine->plant == CRASH_NO_SYNC)
        sqlite3_exec(crash_machine_store(machine)->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (!good && !machine->scene->bare)
        snprintf(machine->why, sizeof machine->why, "it cannot start: %s",
                 machine->world.lines[(machine->world.lines_n - 1) % SIM_LINES]);
    return good;
}

void crash_machine_crash(struct crash_machine *machine, bool power)
{
    machine->node->disk.dead = true;
    hw_store_close(machine->bare);
    machine->bare = NULL;
    sim_node_crash(machine->node, power);
    machine->node->disk.fail_at = 0;
    for (size_t i = 0; i < machine->scene->n; i++)
        machine->told[i] = HW_OK;
}

/* -- steps -- */

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct crash_job *job = self;
    take_chance(job->machine, job->step);
    return job->run(tx, job->self, err);
}

void crash_machine_note(struct crash_machine *machine, size_t step)
{
    if (machine->saved[step])
        return;
    machine->saved[step] = true;
    machine->order[machine->order_n++] = (uint8_t)step;
}

static void done(void *self, enum hw_status status, const struct hw_err *err)
{
    struct crash_job *job = self;
    struct crash_machine *machine = job->machine;
    if (!machine->node->dying) {
        machine->sent[job->step] = false;
        machine->told[job->step] = status;
        if (!status)
            crash_machine_note(machine, job->step);
        else
            snprintf(machine->why, sizeof machine->why, "step %zu: %s", job->step, err->text);
    }
    job->done(job->self, status, err);
}

static void answered(struct sim_call *call, enum hw_status status, const char *text)
{
    struct crash_machine *machine = (struct crash_machine *)call->node->world;
    if (machine->told[call->number] != status && !(status == HW_OK && machine->told[call->number] == HW_OK))
        snprintf(machine->why, sizeof machine->why, "step %llu: the client was told something else: %s",
                 (unsigned long long)call->number, text);
}

/* The step's job goes through our hands. */
static bool submit(struct crash_machine *machine, size_t at)
{
    const struct crash_step *step = &machine->scene->steps[at];
    struct hw_node *node = machine->node->node;
    const struct hw_job *before = node->store->waiting.last;
    struct hw_effect effect = step->effect;
    const struct hw_effects effects = {.items = &effect, .n = 1};
    const struct sim_call call = {.answered = answered, .number = at};
    sim_node_enter(machine->node);
    if (step->verb)
        sim_node_ask(machine->node, step->verb, step->args, "aigul", &call);
    else
        hw_task_start(node, &effects, 0, true);
    struct hw_job *job = node->store->waiting.last;
    if (!job || job == before) {
        snprintf(machine->why, sizeof machine->why, "step %zu gives the store nothing to do", at);
        return false;
    }
    machine->jobs[at] = (struct crash_job){.run = job->run, .done = job->done, .self = job->self, .machine = machine,
                                           .step = at};
    job->run = run;
    job->done = done;
    job->self = &machine->jobs[at];
    if (machine->plant == CRASH_TWO)
        crash_two_plant(&machine->jobs[at], machine->node);
    machine->sent[at] = true;
    if (machine->plant == CRASH_EARLY)
        crash_machine_note(machine, at);
    return true;
}

static bool settled(const struct crash_machine *machine, size_t at)
{
    const struct crash_step *step = &machine->scene->steps[at];
    enum hw_status told = machine->told[at];
    bool fault = told == HW_IO || told == HW_NO_SPACE || told == HW_CORRUPT;
    return machine->saved[at] || (step->refused && told != HW_OK && !fault);
}

/* All of one transaction; false: something is left to do. */
static bool attempt(struct crash_machine *machine, size_t from, size_t to)
{
    bool all = true;
    const struct crash_step *step = &machine->scene->steps[from];
    take_chance(machine, from);
    if (step->act) {
        if (settled(machine, from))
            return true;
        bool good = step->act(machine);
        if (good && !machine->node->disk.dead)
            crash_machine_note(machine, from);
        return good;
    }
    if (!machine->node->node && !crash_machine_start(machine))
        return false;
    for (size_t i = from; i < to; i++)
        if (!settled(machine, i) && !submit(machine, i))
            return false;
    while (hw_store_turn(machine->node->node->store))
        continue;
    if (machine->node->disk.dead)
        return false; /* nobody is told any more */
    hw_store_collect(machine->node->node->store);
    for (size_t i = from; i < to; i++)
        all = all && settled(machine, i);
    return all;
}

static enum crash_end together(struct crash_machine *machine, size_t from, size_t to)
{
    struct sim_disk *disk = crash_machine_disk(machine);
    bool good = false;
    for (int i = 0; i < TRIES && !good; i++) {
        good = attempt(machine, from, to);
        if (disk->dead)
            return CRASH_DIED;
        if (!good && !(disk->fail_at && disk->ops >= disk->fail_at)) /* it had no reason */
            return CRASH_FAILED;
    }
    return good ? CRASH_DONE : CRASH_FAILED;
}

enum crash_end crash_machine_run(struct crash_machine *machine)
{
    const struct crash_scene *scene = machine->scene;
    enum crash_end end = CRASH_DONE;
    for (size_t from = 0, to; from < scene->n && end == CRASH_DONE; from = to) {
        for (to = from + 1; scene->steps[to - 1].together; to++)
            continue;
        end = together(machine, from, to);
    }
    return end;
}

enum crash_end crash_machine_play(struct crash_machine *machine, const uint8_t *order, size_t n)
{
    enum crash_end end = CRASH_DONE;
    for (size_t i = 0; i < n && end == CRASH_DONE; i++)
        end = together(machine, order[i], order[i] + 1u);
    return end;
}
