/* golden_flow.c: the main flows. Each function is one story: what people do, and
 * what befalls the machines; the rest is told by what then happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/lookup.h"
#include "tests/sim/golden.h"
#include "tests/sim/sim_net.h"

enum { MINUTE = 60 * 1000, TWO_MINUTES = 2 * MINUTE };

static const char train[] = "Train 40 inspectors", survey[] = "Survey the border posts";

/* The hub, KAZ and TJK in session, and one item that all have. */
struct offices {
    struct sim_node *hub, *kaz, *tjk;
};

static struct offices two_offices(struct golden *golden)
{
    struct offices all = {.hub = golden_hub(golden)};
    golden->quiet = true;
    all.kaz = golden_office(golden, "KAZ");
    all.tjk = golden_office(golden, "TJK");
    golden_add(all.kaz, "aigul", train);
    golden_pass(golden, MINUTE);
    golden->quiet = false;
    golden_says(golden, NULL, "KAZ and TJK are in session with the hub; aigul at KAZ has added one item, all have it.");
    return all;
}

static void offline(struct golden *golden, struct sim_node *node)
{
    golden_says(golden, node, "loses its network");
    sim_net_offline(node, true);
    golden_pass(golden, 2000);
}

static void online(struct golden *golden, struct sim_node *node)
{
    golden_says(golden, node, "has a network again, and tries by itself");
    sim_net_offline(node, false);
    golden_pass(golden, TWO_MINUTES);
}

static void first_sync(struct golden *golden)
{
    struct sim_node *hub = golden_hub(golden);
    golden_add(hub, "maria", train);
    golden_pass(golden, MINUTE);
    golden_says(golden, hub, "Headquarters invites office KAZ with `headway invite KAZ gtg-eca:coordinator`; the file goes "
                             "by any way, its four check words by telephone. KAZ types `headway join`.");
    struct sim_node *kaz = golden_office(golden, "KAZ");
    golden_add(kaz, "aigul", survey);
    golden_set(kaz, "aigul", train, "status=in-progress");
}

static void offline_month(struct golden *golden)
{
    struct offices all = two_offices(golden);
    offline(golden, all.kaz);
    offline(golden, all.tjk);
    golden_skip_to(golden, 2);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_skip_to(golden, 9);
    golden_add(all.tjk, "rustam", survey);
    golden_skip_to(golden, 20);
    golden_set(all.tjk, "rustam", train, "deadline=2026-06");
    golden_skip_to(golden, 31);
    online(golden, all.kaz);
    online(golden, all.tjk);
}

static void conflict(struct golden *golden)
{
    struct offices all = two_offices(golden);
    offline(golden, all.kaz);
    offline(golden, all.tjk);
    golden_set(all.kaz, "aigul", train, "status=completed");
    golden_set(all.tjk, "rustam", train, "status=cancelled");
    online(golden, all.kaz);
    golden_shows(all.hub);
    online(golden, all.tjk);
    golden_shows(all.hub);
    golden_shows(all.kaz);
    golden_shows(all.tjk);
    golden_resolve(all.kaz, "aigul", train, "status", "completed");
    golden_pass(golden, MINUTE);
}

static void restore(struct golden *golden)
{
    struct offices all = two_offices(golden);
    sim_node_backup(all.kaz);
    golden_skip_to(golden, 2);
    golden_add(all.kaz, "aigul", survey);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_skip_to(golden, 3);
    golden_says(golden, all.kaz, "its disk dies; yesterday's changes are in no backup, but the hub has them");
    sim_node_crash(all.kaz, true);
    golden_pass(golden, MINUTE);
    sim_node_restore(all.kaz);
    sim_net_offline(all.kaz, true);
    sim_node_start(all.kaz);
    golden_pass(golden, 2000);
    golden_set(all.kaz, "aigul", train, "deadline=2026-06");
    online(golden, all.kaz);
}

static void copied_home(struct golden *golden)
{
    struct offices all = two_offices(golden);
    golden_says(golden, all.kaz, "somebody copies the home to a second computer, and starts that one too");
    struct sim_node *copy = sim_node_clone(all.kaz);
    copy->road = all.kaz->road;
    copy->store_ms = all.kaz->store_ms;
    sim_net_offline(copy, true);
    sim_node_start(copy);
    golden_pass(golden, 2000);
    golden_set(copy, "daniyar", train, "deadline=2026-06");
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    online(golden, copy);
    golden_add(all.kaz, "aigul", survey);
    golden_pass(golden, TWO_MINUTES);
}

/* -- refused -- */

/* As a program of a later version writes that allows longer titles: nothing is checked here. */
static enum hw_status write_long_title(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                       struct hw_err *err)
{
    struct hw_record *record;
    struct hw_out title HW_CLEANUP(hw_out_done) = {0};
    char text[4100];
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (status)
        return status;
    uint16_t field = hw_field_named(hw_kind_by_id(record->row.kind), "title")->id;
    const struct hw_cell *cell = hw_row_cell(&record->row, field);
    struct hw_op op = {.code = HW_OP_SET, .field = field, .seen = &cell->heads[0].name, .seen_n = cell->heads_n};
    memset(text, 'x', sizeof text);
    memcpy(text, "Train 60 inspectors: xx", sizeof "Train 60 inspectors: " - 1);
    hw_put_textn(&title, text, sizeof text);
    op.value = hw_arena_slice(hw_tx_arena(tx), hw_out_slice(&title));
    struct hw_event event = {.kind = record->row.kind, .record = record->row.id, .ops = &op, .ops_n = 1,
                             .author = hw_slice_text(request->author), .change = hw_tx_next_change(tx)};
    status = hw_tx_write(tx, record->group, &event, err);
    hw_put_map(&answer->end, 2);
    hw_put_text(&answer->end, "pending");
    hw_put_uint(&answer->end, hw_tx_pending(tx));
    hw_put_text(&answer->end, "connected");
    hw_put_bool(&answer->end, false);
    return status;
}

static void refused(struct golden *golden)
{
    static const struct hw_verb longer = {"set", true, write_long_title};
    struct offices all = two_offices(golden);
    const char *pairs[] = {"id", golden_id(golden, train), NULL};
    offline(golden, all.kaz);
    golden_says(golden, all.kaz, "runs a newer Headway whose titles may be longer than the hub's program allows");
    golden_other(all.kaz, "aigul", "set <Train 40 inspectors> title=\"Train 60 inspectors: ...\" (4,100 bytes)", &longer,
                 pairs);
    golden_shows(all.kaz);
    online(golden, all.kaz);
    golden_shows(all.kaz);
}

/* -- lost link -- */

/* Text that does not pack: hexadecimal digits by chance, always the same. */
static void add_annexes(struct sim_node *node, size_t n)
{
    static char titles[80][32];
    struct sim_chance chance;
    char text[12001];
    sim_chance_seed(&chance, 7, 7);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "description=");
        for (size_t k = strlen(text); k + 1 < sizeof text; k++)
            text[k] = (char)('!' + 2 + sim_chance_below(&chance, 56));
        text[sizeof text - 1] = 0;
        snprintf(titles[i], sizeof titles[i], "Annex %zu", i + 1);
        golden_add(node, "aigul", titles[i]);
        if (!*node->world->failure)
            golden_set(node, "aigul", titles[i], text);
    }
}

static void lost_link(struct golden *golden)
{
    struct offices all = two_offices(golden);
    offline(golden, all.kaz);
    golden->quiet = true;
    add_annexes(all.kaz, 40);
    golden->quiet = false;
    golden_says(golden, all.kaz, "aigul adds forty annexes of 12,000 characters while there is no network");
    golden_says(golden, all.kaz, "has a network again, of the sort that breaks");
    sim_net_offline(all.kaz, false);
    all.kaz->road.least_ms = all.kaz->road.most_ms = 400;
    while (golden->world.conns->office != all.kaz || golden->world.conns->lanes[SIM_UPWARD].n < 3)
        if (!sim_world_step(&golden->world))
            return;
    golden_pass(golden, 380);
    golden_says(golden, all.kaz, "the link breaks while changes are on it");
    sim_net_cut(all.kaz, false);
    golden_pass(golden, TWO_MINUTES);
}

static void full_disk(struct golden *golden)
{
    struct offices all = two_offices(golden);
    golden_says(golden, all.hub, "its disk is full");
    all.hub->disk.quota = 1;
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_pass(golden, 40 * 1000);
    golden_says(golden, all.hub, "an administrator makes room");
    all.hub->disk.quota = 0;
    golden_pass(golden, TWO_MINUTES);
}

static void bad_clock(struct golden *golden)
{
    struct offices all = two_offices(golden);
    offline(golden, all.kaz);
    golden_says(golden, all.kaz, "its clock is a year fast from now on");
    all.kaz->skew_ms = INT64_C(365) * GOLDEN_DAY_MS;
    golden_set(all.kaz, "aigul", train, "status=completed");
    online(golden, all.kaz);
    golden_set(all.tjk, "rustam", train, "status=in-progress");
    golden_pass(golden, MINUTE);
    golden_says(golden, all.hub, "now the hub's own clock is an hour fast");
    all.hub->skew_ms = 60 * MINUTE;
    offline(golden, all.kaz);
    golden_set(all.kaz, "aigul", train, "deadline=2026-06");
    golden_says(golden, all.kaz, "has a network again; the link breaks when its change has been sealed");
    sim_net_offline(all.kaz, false);
    while (golden->tips[all.kaz->index][1].own_sealed < 3)
        if (!sim_world_step(&golden->world))
            return;
    sim_net_cut(all.kaz, false);
    golden_says(golden, all.hub, "its clock is set right");
    all.hub->skew_ms = 0;
    golden_pass(golden, TWO_MINUTES);
}

const struct golden_flow golden_flows[] = {
    {"first-sync",
     "An office is enrolled, gets the directory and a group, and sends its first changes. It shows the order that all "
     "sessions keep: the token is committed before anything is sealed, and nothing is acknowledged before its commit.",
     first_sync},
    {"offline-month",
     "Two offices work for a month without a link and then come back. Each saves at once and sends later; since they "
     "changed different fields there is nothing to settle, and in the end all show the same.",
     offline_month},
    {"conflict",
     "Two offices change one field without having seen each other's change. Neither value is overwritten: every office shows "
     "the conflict with both, until somebody settles it by a write that names both.",
     conflict},
    {"restore",
     "An office comes back from a backup that is older than what it has sent. Going on with the old numbers would give two "
     "contents to one name, so it draws a new incarnation; what it had sent comes back from the hub, what it has changed "
     "since goes over.",
     restore},
    {"clone",
     "The home of an office is copied, and both copies run. The fence token gives it away: whoever comes second has an old "
     "one, draws a new incarnation, and nothing of either is lost.",
     copied_home},
    {"refused",
     "The hub refuses a change that it cannot take. The change keeps its place in the stream, the refusal travels in the "
     "journal with its reason, and its author's replica puts back what the change had covered.",
     refused},
    {"lost-link",
     "The link breaks while changes are on it. What was acknowledged is not sent again, what was lost is, with the same "
     "bytes, and nothing arrives twice.",
     lost_link},
    {"full-disk",
     "The hub's disk is full. It says so and acknowledges nothing; the office keeps its change, tries again every half "
     "minute, and the session goes on.",
     full_disk},
    {"bad-clock",
     "Clocks are wrong. A draft is stamped by the hub's time before it is sealed; what was sealed with a stamp ahead of the "
     "gate's clock gets the time of its arrival by a verdict. So a fast clock does not win over later changes.",
     bad_clock},
};
const size_t golden_flows_n = sizeof golden_flows / sizeof *golden_flows;
