/* golden_flow.c: the main flows. Each function is one story: what people do, and
 * what befalls the machines; the rest is told by what then happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/lookup.h"
#include "daemon/store_internal.h"
#include "tests/sim/golden.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_net.h"

enum { MINUTE = 60 * 1000, TWO_MINUTES = 2 * MINUTE, SLOW_MS = 400 };

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
    golden_says(golden, NULL, "KAZ and TJK are in session with the hub; all have the one item that aigul added.");
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

/* Goes on until that is so; half an hour is more than anything here takes. */
static bool until(struct golden *golden, bool (*so)(const struct sim_node *node), const struct sim_node *node)
{
    uint64_t end = golden->world.queue.now + 30 * MINUTE;
    while (golden->world.queue.now < end && sim_world_step(&golden->world))
        if (so(node))
            return true;
    sim_fail(&golden->world, "what the flow waits for does not happen at %s", node->name);
    return false;
}

static bool all_sealed(const struct sim_node *node)
{
    const struct hw_store *store = node->node->store;
    for (size_t i = 0; i < store->streams_n; i++)
        if (hw_inc_compare(&store->streams[i].inc, &node->node->identity.inc) == 0 &&
            store->streams[i].sealed < store->streams[i].tip)
            return false;
    return sim_node_streaming(node);
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
    golden_says(golden, all.kaz, "has a network again");
    sim_net_offline(all.kaz, false);
    golden_sync(all.kaz, "aigul");
    golden_pass(golden, MINUTE);
    golden_says(golden, all.tjk, "has a network again");
    sim_net_offline(all.tjk, false);
    golden_sync(all.tjk, "rustam");
    golden_pass(golden, MINUTE);
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
    golden_says(golden, all.kaz, "its disk dies; it is restored from the backup; the hub has what it changed yesterday");
    golden->quiet = true;
    sim_node_crash(all.kaz, true);
    golden_pass(golden, MINUTE);
    sim_node_restore(all.kaz);
    golden->quiet = false;
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
    golden->quiet = true;
    struct sim_node *copy = sim_node_clone(all.kaz);
    golden->quiet = false;
    copy->road = all.kaz->road;
    copy->store_ms = all.kaz->store_ms;
    sim_net_offline(copy, true);
    sim_node_start(copy);
    golden_pass(golden, 2000);
    golden_set(copy, "daniyar", train, "deadline=2026-06");
    golden_says(golden, all.kaz, "its connection breaks and comes back, so that there is a newer token");
    sim_net_cut(all.kaz, false);
    golden_pass(golden, 20 * 1000);
    online(golden, copy);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_pass(golden, MINUTE);
}

/* -- refused -- */

/* As a program with a fault writes: the change claims to have seen, and so covers, a write of another item. */
static enum hw_status write_title(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    struct hw_record *record, *other = NULL;
    struct hw_out title HW_CLEANUP(hw_out_done) = {0};
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (!status)
        status = hw_lookup_any(tx, hw_arg_text(request, "other"), &other, err);
    if (status)
        return status;
    uint16_t field = hw_field_named(hw_kind_by_id(record->row.kind), "title")->id;
    struct hw_name seen[] = {hw_row_cell(&record->row, field)->heads[0].name,
                             hw_row_cell(&other->row, field)->heads[0].name};
    hw_put_text(&title, "Train 60 inspectors");
    struct hw_op op = {.code = HW_OP_SET, .field = field, .seen = seen, .seen_n = 2,
                       .value = hw_arena_slice(hw_tx_arena(tx), hw_out_slice(&title))};
    struct hw_event event = {.kind = record->row.kind, .record = record->row.id, .ops = &op, .ops_n = 1,
                             .author = hw_slice_text(request->author), .change = hw_tx_next_change(tx)};
    status = hw_tx_write(tx, record->group, &event, err);
    hw_put_map(&answer->end, 1);
    hw_put_text(&answer->end, "pending");
    hw_put_uint(&answer->end, hw_tx_pending(tx));
    return status;
}

static void refused(struct golden *golden)
{
    static const struct hw_verb faulty = {"set", true, true, write_title};
    struct offices all = two_offices(golden);
    golden->quiet = true;
    golden_add(all.tjk, "rustam", survey);
    golden_pass(golden, MINUTE);
    golden->quiet = false;
    const char *pairs[] = {"id", golden_id(golden, train), "other", golden_id(golden, survey), NULL};
    offline(golden, all.kaz);
    golden_says(golden, all.kaz, "its program has a fault: the next change claims to have seen a write of another item");
    golden_other(all.kaz, "aigul", "set <Train 40 inspectors> title=\"Train 60 inspectors\"", &faulty, pairs);
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
    add_annexes(all.kaz, 9);
    golden->quiet = false;
    golden_says(golden, all.kaz, "aigul adds 9 annexes of 12,000 characters while there is no network");
    golden_says(golden, all.kaz, "has a network again, of the sort that breaks");
    sim_net_offline(all.kaz, false);
    all.kaz->road.least_ms = all.kaz->road.most_ms = SLOW_MS;
    if (!until(golden, all_sealed, all.kaz))
        return;
    golden_pass(golden, SLOW_MS - 3); /* the first message arrives, the second does not */
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
    offline(golden, all.tjk);
    golden_says(golden, all.kaz, "its clock is a year fast from now on");
    all.kaz->skew_ms = INT64_C(365) * GOLDEN_DAY_MS;
    golden_set(all.kaz, "aigul", train, "status=completed");
    golden_pass(golden, TWO_MINUTES);
    golden_set(all.tjk, "rustam", train, "status=in-progress");
    online(golden, all.kaz);
    online(golden, all.tjk);
    golden_says(golden, all.hub, "the later of the two is shown, not the one with the fast clock");
    golden_shows(all.hub);
    golden_says(golden, all.hub, "now the hub's own clock is an hour fast");
    all.hub->skew_ms = 60 * MINUTE;
    offline(golden, all.kaz);
    golden_set(all.kaz, "aigul", train, "deadline=2026-06");
    golden_says(golden, all.kaz, "has a network again; the link breaks when its change has been sealed");
    sim_net_offline(all.kaz, false);
    if (!until(golden, all_sealed, all.kaz))
        return;
    sim_net_cut(all.kaz, false);
    golden_says(golden, all.hub, "its clock is set right");
    all.hub->skew_ms = 0;
    golden_pass(golden, TWO_MINUTES);
}

/* REL serves TJK; both know it, and the directory with its key is everywhere. */
static void relay(struct golden *golden)
{
    struct sim_node *hub = golden_hub(golden);
    golden->quiet = true;
    struct sim_node *rel = golden_office(golden, "REL"), *tjk = golden_office(golden, "TJK");
    golden_add(hub, "maria", train);
    golden_relay(rel);
    golden_follow(tjk, rel);
    golden_pass(golden, MINUTE);
    golden->quiet = false;
    golden_says(golden, NULL, "REL is a relay: it follows the hub, and TJK, as TJK.2, follows it. All have one item.");
    offline(golden, rel);
    golden_set(tjk, "rustam", train, "status=in-progress");
    golden_pass(golden, 2000);
    golden_shows(rel);
    online(golden, rel);
    golden_set(hub, "maria", train, "deadline=2026-06");
    golden_pass(golden, MINUTE);
}

/* The hub goes back to the day before; `marked`: as `headway restore` does it. */
static void hub_goes_back(struct golden *golden, const struct offices *all, bool marked)
{
    golden->quiet = true;
    sim_node_crash(all->hub, true);
    golden_pass(golden, MINUTE);
    sim_node_restore(all->hub);
    if (marked)
        sim_node_mark(all->hub);
    golden->quiet = false;
    sim_node_start(all->hub);
    golden_pass(golden, TWO_MINUTES);
}

static struct offices changes_after_a_backup(struct golden *golden)
{
    struct offices all = two_offices(golden);
    sim_node_backup(all.hub);
    golden_skip_to(golden, 2);
    golden->quiet = true;
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_add(all.tjk, "rustam", survey);
    golden_pass(golden, MINUTE);
    golden->quiet = false;
    golden_says(golden, NULL, "KAZ and TJK have each made a change, and all have both.");
    return all;
}

static void restored_hub(struct golden *golden)
{
    struct offices all = changes_after_a_backup(golden);
    offline(golden, all.tjk);
    golden_skip_to(golden, 3);
    golden_says(golden, all.hub, "its disk dies; `headway restore` puts the backup in place, which knows neither change");
    hub_goes_back(golden, &all, true);
    golden_shows(all.hub);
    golden_set(all.kaz, "aigul", train, "deadline=2026-06");
    golden_pass(golden, MINUTE);
    online(golden, all.tjk);
}

static void hub_put_back(struct golden *golden)
{
    struct offices all = changes_after_a_backup(golden);
    golden_skip_to(golden, 3);
    golden_says(golden, all.hub, "somebody copies yesterday's files over its home, and it does not know that");
    hub_goes_back(golden, &all, false);
}

static void types(struct sim_node *node, const char *author, const char *shown, const char *verb, const char *const *pairs)
{
    golden_other(node, author, shown, hw_verb_find(hw_slice_text(verb)), pairs);
}

static void shut_out(struct golden *golden)
{
    static const char *const pairs[] = {"code", "KAZ", "reason", "laptop stolen", NULL};
    struct offices all = two_offices(golden);
    types(all.hub, "maria", "office revoke KAZ --reason \"laptop stolen\"", "office.revoke", pairs);
    golden_pass(golden, TWO_MINUTES);
    golden_set(all.kaz, "aigul", train, "status=completed");
    golden_set(all.tjk, "rustam", train, "status=in-progress");
    golden_pass(golden, MINUTE);
}

static void rotation(struct golden *golden)
{
    static const char *const nothing[] = {NULL};
    struct offices all = two_offices(golden);
    types(all.kaz, "aigul", "key rotate", "key.rotate", nothing);
    golden_pass(golden, MINUTE);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_pass(golden, MINUTE);
}

static void hub_rotation(struct golden *golden)
{
    static const char *const nothing[] = {NULL};
    struct offices all = two_offices(golden);
    offline(golden, all.tjk);
    types(all.hub, "maria", "key rotate", "key.rotate", nothing);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_skip_to(golden, 20);
    online(golden, all.tjk);
}

static void root_rotation(struct golden *golden)
{
    static const char *const root[] = {"root", sim_doc_yes, NULL}, *const nothing[] = {NULL};
    struct offices all = two_offices(golden);
    offline(golden, all.tjk);
    types(all.hub, "maria", "key rotate --root", "key.rotate", root);
    golden_pass(golden, MINUTE);
    types(all.hub, "maria", "key rotate", "key.rotate", nothing);
    golden_set(all.kaz, "aigul", train, "status=in-progress");
    golden_skip_to(golden, 31);
    types(all.hub, "maria", "key rotate --root", "key.rotate", root);
    online(golden, all.tjk);
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
     "The hub refuses a change that it cannot take; here a faulty program made it. The change keeps its place in the "
     "stream, the refusal travels in the journal with its reason, and its author's replica puts back what the change had "
     "covered.",
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
    {"relay",
     "An office follows a relay, which follows the hub. What is saved behind the relay is durable there, goes up under its "
     "author's signature as soon as there is a link, and counts when headquarters has admitted it.",
     relay},
    {"restored-hub",
     "The hub comes back from a backup that is older than its last decisions. The offices hand back the journal, which the "
     "hub itself has signed; until all are heard it decides nothing, and then it goes on as a new life.",
     restored_hub},
    {"hub-put-back",
     "An older copy of the hub's files is put in place without a word. A journal entry that the hub itself has signed and "
     "does not hold is the proof: it takes nothing else from that session, draws a new life, and asks all offices.",
     hub_put_back},
    {"revoke",
     "Headquarters shuts an office out. Its session ends with the reason, its key is refused from then on, and it keeps what "
     "it has and can go on writing for itself; the others do not notice.",
     shut_out},
    {"rotation",
     "An office gets new keys. The old ones introduce the new ones over the running session; once the directory has them the "
     "office goes over, and headquarters ends the old ones when the new ones are used. At no time is neither admitted.",
     rotation},
    {"hub-rotation",
     "Headquarters gets new keys. The new life enters itself into the directory, whose journal the root signs, and every "
     "journal goes on with it; the connections' new key is announced for later. An office that comes weeks after follows by "
     "itself.",
     hub_rotation},
    {"root-rotation",
     "Headquarters' root key, which signs the directory's journal, hands over to a new one: an entry of that journal that both have "
     "signed. From there on the new one signs, and whoever follows the journal follows: at once, or a month and two hand-overs "
     "later. No office needs a person for it.",
     root_rotation},
};
const size_t golden_flows_n = sizeof golden_flows / sizeof *golden_flows;
