/* crash_scene.c: the scenes, taken from one world while it is lived through. */
#include <stdio.h>
#include <string.h>

#include "daemon/store_copy.h"
#include "daemon/store_internal.h"
#include "tests/sim/crash_past.h"
#include "tests/sim/sim_net.h"

enum { SCENES = 24, IMPORTED = 1000, OTHER_PEER = 999, SESSION = 5, SKEW_MS = 86400 * 1000, FEW_PAGES = 8, MINUTE_MS = 60 * 1000 };

static struct crash_past past;
static struct crash_scene scenes[SCENES];
static size_t scenes_n;

static struct crash_scene *scene(const char *name, struct sim_node *node, const char *what)
{
    struct crash_scene *made = &scenes[scenes_n++];
    *made = (struct crash_scene){.name = name, .what = what, .office = node ? hw_arena_text(&past.arena, node->office, strlen(node->office)) : "KAZ",
                                 .disk = crash_past_disk(&past, node), .now_ms = past.world.queue.now,
                                 .ahead = scenes_n % 2 == 0};
    return made;
}

/* -- steps -- */

static struct crash_step *step(struct crash_scene *of)
{
    struct crash_step *made = &of->steps[of->n++];
    *made = (struct crash_step){.effect.type = HW_DO_APPEND, .effect.session = SESSION};
    return made;
}

static struct crash_step *ask(struct crash_scene *of, const char *verb, const char *const *pairs)
{
    struct crash_step *made = step(of);
    made->verb = verb;
    made->args = crash_past_args(&past, pairs);
    return made;
}

static struct crash_step *add(struct crash_scene *of, const char *group, const char *title)
{
    const char *pairs[] = {"group", group, "title", title, NULL};
    return ask(of, "add", pairs);
}

static struct crash_step *set(struct crash_scene *of, size_t item, const char *assign)
{
    const char *pairs[] = {"target", crash_past_text(&past, "[", past.ids[item]), "assign", assign, NULL};
    return ask(of, "set", pairs);
}

static struct crash_step *comment(struct crash_scene *of, size_t item, const char *text)
{
    const char *pairs[] = {"id", past.ids[item], "text", text, NULL};
    return ask(of, "comment", pairs);
}

static struct crash_step *message(struct crash_scene *of, enum hw_append append, struct hw_slice bytes)
{
    struct crash_step *made = step(of);
    made->effect.append = append;
    made->effect.bytes = bytes;
    made->effect.peer = append == HW_APPEND_JOURNAL || append == HW_APPEND_REBIRTH ? HW_UPSTREAM : OTHER_PEER;
    return made;
}

static void segments(struct crash_scene *of, const struct sim_node *office, struct hw_slice bytes)
{
    struct crash_step *made = message(of, HW_APPEND_SEGMENTS, bytes);
    made->effect.office = hw_arena_text(&past.arena, office->office, strlen(office->office));
    made->effect.reader = office->node->identity.inc;
}

/* An office's changes of a group become segments. */
static void seal(struct crash_scene *of, const struct sim_node *node, const char *group)
{
    struct crash_step *made = message(of, HW_APPEND_RANGE, (struct hw_slice){0});
    made->effect.peer = HW_UPSTREAM;
    made->effect.group = group;
    made->effect.from = crash_past_sealed(node, group) + 1;
    made->effect.max = HW_MESSAGE_SIZE - 1024;
}

static void act(struct crash_scene *of, bool (*what)(struct crash_machine *machine))
{
    step(of)->act = what;
}

/* -- what the test itself does -- */

static bool nothing(struct crash_machine *machine)
{
    return crash_machine_store(machine);
}

static bool stop(struct crash_machine *machine)
{
    if (!crash_machine_store(machine) && !crash_machine_start(machine))
        return false;
    sim_node_stop(machine->node);
    return !machine->node->disk.dead && crash_machine_start(machine);
}

static bool settle(struct crash_machine *machine)
{
    struct hw_err err = {0};
    char path[64];
    snprintf(path, sizeof path, "%s/headway.db", machine->node->disk.path);
    if (machine->node->node) {
        sim_node_crash(machine->node, false);
        machine->node->disk.dead = false;
    }
    if (hw_store_settle(path, &err) != HW_OK) {
        snprintf(machine->why, sizeof machine->why, "%s", err.text);
        return false;
    }
    return crash_machine_start(machine);
}

static bool truncate_log(struct crash_machine *machine)
{
    struct hw_store *store = crash_machine_store(machine);
    return (store || crash_machine_start(machine)) &&
           sqlite3_exec(crash_machine_store(machine)->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) == SQLITE_OK;
}

/* A checkpoint after almost every commit, so that the log begins again and again. */
static bool small_log(struct crash_machine *machine)
{
    return (crash_machine_store(machine) || crash_machine_start(machine)) &&
           sqlite3_wal_autocheckpoint(crash_machine_store(machine)->db, FEW_PAGES) == SQLITE_OK;
}

/* -- at an office in step with the hub -- */

static void alone(void)
{
    struct crash_scene *of = scene("save", past.kaz, "one change is saved");
    add(of, "wg-a", "One more");
    of = scene("group", past.kaz, "changes of several clients share a commit, one of them is refused");
    add(of, "wg-a", "First")->together = true;
    set(of, 0, "[title=Second")->together = true;
    struct crash_step *refused = set(of, 1, "[nothing=here");
    refused->together = refused->refused = true;
    comment(of, 1, "Third")->together = true;
    add(of, "wg-b", "Fourth");
    comment(of, 0, "Fifth")->together = true;
    set(of, 2, "[status=completed");
    of = scene("close", past.kaz, "the daemon stops: a checkpoint, and the log goes");
    add(of, "wg-a", "Before the end");
    act(of, stop);
    add(of, "wg-a", "After it");
    of = scene("start", past.kaz, "it starts with a log that was left, and stops");
    of->from_start = true;
    act(of, nothing);
    act(of, stop);
    of = scene("settle", past.kaz, "restore brings the log of a database that nobody has open into it");
    add(of, "wg-a", "In the log");
    act(of, settle);
}

static void checkpoints(void)
{
    struct crash_scene *of = scene("checkpoint", past.kaz, "checkpoints of the log, while it is written and as a whole");
    act(of, small_log);
    for (size_t i = 0; i < 3; i++)
        set(of, i, "[status=completed");
    act(of, truncate_log);
    comment(of, 0, "After it");
    act(of, truncate_log);
    add(of, "wg-b", "The last");
}

static struct hw_slice tracker(void)
{
    struct hw_out args = {0};
    hw_put_map(&args, 4);
    hw_put_text(&args, "group");
    hw_put_text(&args, "wg-a");
    hw_put_text(&args, "plan_new");
    hw_put_text(&args, "Tracker");
    hw_put_text(&args, "file");
    hw_put_text(&args, "tracker.csv");
    hw_put_text(&args, "rows");
    hw_put_array(&args, IMPORTED);
    for (int i = 1; i <= IMPORTED; i++) {
        char key[40];
        snprintf(key, sizeof key, "%d measure", i);
        hw_put_map(&args, 5);
        hw_put_text(&args, "row");
        hw_put_uint(&args, (uint64_t)i);
        hw_put_text(&args, "line");
        hw_put_uint(&args, (uint64_t)i + 1);
        hw_put_text(&args, "key");
        hw_put_text(&args, key);
        hw_put_text(&args, "kind");
        hw_put_text(&args, "item");
        hw_put_text(&args, "fields");
        hw_put_array(&args, 1);
        hw_put_array(&args, 2);
        hw_put_text(&args, "title");
        hw_put_text(&args, key);
    }
    struct hw_slice kept = hw_arena_slice(&past.arena, hw_out_slice(&args));
    hw_out_done(&args);
    return kept;
}

static void import(void)
{
    struct crash_scene *of = scene("import", past.kaz, "1,000 rows are imported as one change");
    struct crash_step *made = step(of);
    made->verb = "import";
    made->args = tracker();
    of->every = 40;
}

static void migrate(void)
{
    struct crash_scene *of = scene("migrate", NULL, "a database of version 0 is brought to this program's version");
    of->bare = of->from_start = true;
    act(of, nothing);
}

/* As the version before left it. */
static void upgrade(void)
{
    struct crash_scene *of = scene("upgrade", past.kaz, "an office's database of version 1 is brought to this program's version");
    char path[64];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/headway.db", of->disk->path);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "DROP TABLE gate_life; DROP TABLE heading; DROP TABLE snapshot; DROP TABLE chunk; DROP TABLE kept; DROP TABLE passed; PRAGMA user_version = 1", NULL, NULL, NULL) != SQLITE_OK)
        sim_fail(&past.world, "no database of version 1: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    of->from_start = true;
    add(of, "wg-a", "With the new program");
    act(of, stop);
}

/* -- at headquarters -- */

static void enrol(void)
{
    static uint8_t invited[HW_KEY_SIZE], curve[HW_KEY_SIZE], token[2][HW_TOKEN_SIZE];
    struct hw_inc inc;
    uint8_t sign[HW_SIGN_PUBLIC];
    struct hw_slice join = crash_past_join(&past, "TJK", invited, curve, &inc, sign);
    struct crash_scene *of = scene("enrol", past.hub, "an invited office joins, says hello and confirms its token");
    randombytes_buf(token, sizeof token);
    struct crash_step *made = message(of, HW_APPEND_JOIN, join);
    made->effect.key = invited;
    memcpy(made->effect.token, token[0], HW_TOKEN_SIZE);
    made = message(of, HW_APPEND_HELLO, crash_past_hello(&past, &inc, sign, token[0]));
    made->effect.key = curve;
    memcpy(made->effect.token, token[1], HW_TOKEN_SIZE);
    made = message(of, HW_APPEND_CONFIRM, (struct hw_slice){0});
    made->effect.reader = inc;
    memcpy(made->effect.token, token[1], HW_TOKEN_SIZE);
    made = message(of, HW_APPEND_HEARD, (struct hw_slice){0});
    made->effect.office = "TJK";
    made->effect.confirmed = 3;
}

static void headquarters(void)
{
    static const char *const plan[] = {"group", "wg-b", "title", "Plan of B", "code", "plan-b", NULL};
    struct crash_scene *of = scene("gate", past.hub, "headquarters' own changes are sealed and admitted as they are saved");
    add(of, "wg-a", "From headquarters")->together = true;
    ask(of, "plan.add", plan)->together = true;
    set(of, 0, "[title=Changed there");
    comment(of, 0, "And said why");
}

/* -- apart, and together again -- */

static void make_changes(void)
{
    sim_net_offline(past.kaz, true);
    sim_net_offline(past.uzb, true);
    sim_world_run(&past.world, MINUTE_MS);
    crash_past_set(&past, past.kaz, 0, "[title=As Astana says");
    crash_past_set(&past, past.kaz, 1, "[status=completed");
    crash_past_add(&past, past.kaz, "wg-a", "Made apart");
    crash_past_add(&past, past.kaz, "wg-b", "Made apart too");
    crash_past_set(&past, past.kaz, 0, "[description=In words");
    past.uzb->skew_ms = SKEW_MS; /* its clock is wrong, and nobody has told it */
    crash_past_set(&past, past.uzb, 0, "[title=As Tashkent says");
    crash_past_set(&past, past.uzb, 2, "[title=Tomorrow");
    crash_past_set(&past, past.uzb, 2, "[status=completed");
}

static void sealing(void)
{
    struct crash_scene *of = scene("seal", past.kaz, "changes are sealed to be sent");
    seal(of, past.kaz, "wg-a");
    seal(of, past.kaz, "wg-b");
    add(of, "wg-a", "And one more");
}

/* A scene in which nothing of its kind happens would prove nothing. */
static void expect(const struct sim_node *node, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    bool some = sqlite3_prepare_v2(node->node->store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) > 0;
    sqlite3_finalize(statement);
    if (!some)
        sim_fail(&past.world, "at %s there is nothing: %s", node->office, sql);
}

/* Headquarters takes what both have, in the scenes and then for good. */
static void judge(void)
{
    struct crash_scene *take = scene("ack", past.hub, "the hub takes segments, its gate admits them");
    struct crash_scene *verdicts = scene("verdict", past.hub, "the gate corrects stamps, and folds the records anew");
    struct hw_slice kaz_a = crash_past_segments(&past, past.kaz, "wg-a"),
                    kaz_b = crash_past_segments(&past, past.kaz, "wg-b"),
                    uzb_a = crash_past_segments(&past, past.uzb, "wg-a");
    segments(take, past.kaz, kaz_a);
    take->steps[take->n - 1].together = true;
    add(take, "wg-a", "At the same moment");
    segments(take, past.kaz, kaz_b);
    segments(verdicts, past.kaz, kaz_a);
    segments(verdicts, past.uzb, uzb_a);
    comment(verdicts, 2, "Seen");
    crash_past_take(past.hub, kaz_a, past.kaz);
    crash_past_take(past.hub, uzb_a, past.uzb);
    expect(past.hub, "SELECT count(*) FROM verdict");
}

/* Before the hub has its second group: what it has stays, the rest goes over. */
static void rebirth(void)
{
    crash_past_add(&past, past.kaz, "wg-a", "Not sent yet");
    crash_past_set(&past, past.kaz, 1, "[title=Not sent either");
    expect(past.kaz, "SELECT count(*) FROM draft");
    struct crash_scene *of = scene("rebirth", past.kaz, "a restored office goes on as a new incarnation");
    message(of, HW_APPEND_REBIRTH, crash_past_welcome(&past, past.kaz));
    add(of, "wg-a", "As the new one");
    struct crash_step *made = message(of, HW_APPEND_RANGE, (struct hw_slice){0});
    made->effect.peer = HW_UPSTREAM;
    made->effect.group = "wg-b";
    made->effect.from = 1;
    made->effect.max = HW_MESSAGE_SIZE - 1024;
}

static void apply(struct sim_node *node, const char *name, const char *what)
{
    struct crash_scene *of = scene(name, node, what);
    uint64_t from = crash_past_position(node, "wg-a") + 1;
    while (from <= crash_past_position(past.hub, "wg-a")) {
        struct hw_slice bytes = crash_past_journal(&past, node, "wg-a", &from, of->n < 2 ? 1 : HW_MESSAGE_SIZE);
        message(of, HW_APPEND_JOURNAL, bytes);
        crash_past_take(node, bytes, NULL);
    }
    comment(of, 2, "Read");
    expect(node, "SELECT count(*) FROM verdict");
}

static void resolve(void)
{
    expect(past.kaz, "SELECT count(*) FROM item WHERE conflicts > 0");
    const char *mine[] = {"id", past.ids[0], "field", "title", "value", "As both say", NULL};
    struct crash_scene *of = scene("resolve", past.kaz, "a conflict is resolved");
    set(of, 0, "[description=Meanwhile")->together = true;
    ask(of, "resolve", mine);
    seal(of, past.kaz, "wg-a");
}

struct crash_scene *crash_scenes(size_t *n)
{
    if (scenes_n == 0) {
        crash_past_begin(&past);
        migrate();
        upgrade();
        alone();
        checkpoints();
        import();
        enrol();
        headquarters();
        make_changes();
        sealing();
        judge();
        rebirth();
        apply(past.kaz, "apply", "an office takes a journal, with verdicts on what others wrote");
        apply(past.uzb, "judged", "an office takes verdicts on its own changes");
        resolve();
        if (*past.world.failure)
            printf("not ok - the world of the scenes: %s\n", past.world.failure);
        *n = *past.world.failure ? 0 : scenes_n;
        crash_past_end(&past);
    } else {
        *n = scenes_n;
    }
    return *n ? scenes : NULL;
}

const struct crash_scene *crash_scene_find(const char *name)
{
    for (size_t i = 0; i < scenes_n; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}

void crash_scenes_free(void)
{
    crash_past_free(&past);
    scenes_n = 0;
}
