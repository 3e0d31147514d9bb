/* test_verify.c: what is whole is found whole, and each kind of damage is seen and named. The damage is done with SQL
 * behind the store's back. */
#include "daemon/store_internal.h"
#include "daemon/store_verify.h"
#include "verb_world.h"

struct verified {
    uint64_t segments, entries, events, records, faults;
    char text[4000]; /* "where: message" lines, the first ones */
};

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct verified *found = self;
    struct hw_verified result;
    enum hw_status status = hw_tx_verify(tx, &result, err);
    *found = (struct verified){result.segments, result.entries, result.events, result.records, result.faults_all, ""};
    for (size_t i = 0, n = 0; i < result.faults_n && n < sizeof found->text; i++)
        n += (size_t)snprintf(found->text + n, sizeof found->text - n, "%s: %s\n", result.faults[i].where,
                              result.faults[i].message);
    return status;
}

static struct verified verify(struct world *world)
{
    struct verified found;
    struct hw_err err = {0};
    struct hw_job job = {.run = look, .self = &found};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
    return found;
}

/* flip(blob, n): the blob with its n'th byte changed. */
static void flip(sqlite3_context *context, int n, sqlite3_value **values)
{
    int size = sqlite3_value_bytes(values[0]), at_byte = sqlite3_value_int(values[1]);
    unsigned char *copy = malloc((size_t)size + 1);
    assert_non_null(copy);
    (void)n;
    memcpy(copy, sqlite3_value_blob(values[0]), (size_t)size);
    assert_true(at_byte < size);
    copy[at_byte] ^= 1;
    sqlite3_result_blob(context, copy, size, free);
}

static void damage(struct world *world, const char *sql)
{
    char *text = NULL;
    sqlite3_create_function(world->store->db, "flip", 2, SQLITE_UTF8, NULL, flip, NULL, NULL);
    if (sqlite3_exec(world->store->db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s: %s", sql, text);
    if (sqlite3_changes(world->store->db) == 0)
        fail_msg("no damage done: %s", sql);
}

/* Headquarters with a group, a plan, items that were changed, a conflict, and events of UZB, of which one is refused and
 * one is ahead of its clock. */
static struct world *hub(char id[HW_ID_TEXT + 1])
{
    struct world *world = world_open("HQ", true);
    char other[HW_ID_TEXT + 1], change[200];
    ask_ok(world, "group.add", "{'code':'wg6','assign':['name=WG 6']}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'Plan 2026','code':'wg6-2026'}");
    added(world, "{'title':'One','plan':'wg6-2026','assign':['countries=KAZ,UZB','status=in progress']}", id);
    added(world, "{'title':'Two','plan':'wg6-2026','assign':['deadline=2026-11']}", other);
    snprintf(change, sizeof change, "{'target':['%s'],'assign':['status=completed'],'comment':'done'}", other);
    ask_ok(world, "set", change);
    meanwhile(world, "wg6", id, "status", "on hold");
    return world;
}

static enum hw_status push_bad(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world *world = self;
    const struct hw_field *title = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title");
    static const uint8_t text[] = {0x63, 'b', 'a', 'd'}, number[] = {0x07};
    struct hw_op ops[2] = {{.code = HW_OP_SET, .field = title->id, .value = {number, sizeof number}},
                           {.code = HW_OP_SET, .field = title->id, .value = {text, sizeof text}}};
    struct hw_event events[2] = {
        {.seq = world->other_seq + 1, .kind = HW_KIND_ITEM, .record = {{9, 9}}, .author = hw_slice_text("rustam"),
         .stamp = (uint64_t)hw_tx_wall(tx) << 16, .change = 8, .ops = &ops[0], .ops_n = 1},
        {.seq = world->other_seq + 2, .kind = HW_KIND_ITEM, .record = {{9, 9}}, .author = hw_slice_text("rustam"),
         .stamp = UINT64_C(4000000000000) << 16, .change = 9, .ops = &ops[1], .ops_n = 1}};
    struct hw_binding binding = {.office = hw_slice_text(world->other.office)};
    struct hw_out wire = {0};
    struct hw_taken taken;
    uint8_t seed[HW_SEED_SIZE] = {7}, hash[HW_HASH_SIZE];
    memcpy(binding.root, world->identity.root, sizeof binding.root);
    hw_segment_seal(&binding, &world->other.inc, hw_slice_text("wg6"), events, 2, world->other_hash, seed,
                    world->other.sign_secret, &wire, hash);
    struct hw_slice one = hw_out_slice(&wire);
    enum hw_status status = hw_tx_take_segments(tx, world->other.office, &world->other.inc, &one, 1, &taken, err);
    hw_out_done(&wire);
    return status;
}

static void what_is_whole_is_found_whole(void **state)
{
    (void)state;
    char id[HW_ID_TEXT + 1];
    struct world *world = hub(id);
    struct hw_job job = {.write = true, .run = push_bad, .self = world};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    damage(world, "UPDATE verdict SET code = code WHERE verdict IN (1, 2)"); /* changes nothing, and counts them */
    assert_int_equal(sqlite3_changes(world->store->db), 2);
    struct verified found = verify(world);
    assert_string_equal(found.text, "");
    assert_int_equal(found.faults, 0);
    assert_true(found.segments > 5 && found.entries > found.segments && found.events >= found.segments);
    assert_true(found.records > 5);
    world_close(world);
}

static void an_office_with_drafts_is_found_whole(void **state)
{
    (void)state;
    struct world *world = world_open("KAZ", false);
    char id[HW_ID_TEXT + 1];
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'Plan 2026','code':'wg6-2026'}");
    added(world, "{'title':'One','plan':'wg6-2026'}", id);
    struct verified found = verify(world);
    assert_string_equal(found.text, "");
    assert_int_equal(found.segments, 0);
    assert_true(found.events >= 3);
    /* and a missing draft is seen in its record; the stream ends where its drafts do */
    damage(world, "DELETE FROM draft WHERE id = (SELECT max(id) FROM draft)");
    found = verify(world);
    assert_int_equal(found.faults, 1);
    assert_non_null(strstr(found.text, "a row that no event made"));
    world_close(world);
}

static void a_draft_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct world *world = world_open("KAZ", false);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    damage(world, "UPDATE draft SET body = x'ff'");
    assert_non_null(strstr(verify(world).text, "KAZ.1/directory:1: the draft cannot be read"));
    world_close(world);
}

struct planted {
    const char *sql, *says;
};

static const struct planted planted[] = {
    /* segments */
    {"UPDATE segment SET wire = flip(wire, length(wire) - 5) WHERE id = (SELECT max(id) FROM segment)",
     "UZB.1/wg6:1: the segment"},
    {"UPDATE segment SET wire = flip(wire, 30) WHERE id = (SELECT max(id) FROM segment)", /* in the signature */
     "UZB.1/wg6:1: the signature of the segment does not match"},
    {"UPDATE segment SET hash = flip(hash, 0) WHERE id = (SELECT max(id) FROM segment)",
     "UZB.1/wg6:1: the segment is not the one that was hashed"},
    {"UPDATE segment SET wire = (SELECT wire FROM segment ORDER BY id LIMIT 1) WHERE id = (SELECT max(id) FROM segment)",
     "UZB.1/wg6:1: another segment stands in its place"},
    {"DELETE FROM segment WHERE id = (SELECT max(id) FROM segment)",
     "UZB.1/wg6:1: the stream is said to be sealed up to here, and its segments end at 0"},
    {"DELETE FROM segment WHERE id = (SELECT min(id) FROM segment)", "HQ.1/directory:2: the segment does not follow event 0"},
    {"INSERT INTO segment SELECT id + 4398046511104, n, hash, wire FROM segment ORDER BY id LIMIT 1", "belongs to no stream"},
    /* journals */
    {"UPDATE journal SET signature = flip(signature, 3) WHERE id = (SELECT max(id) FROM journal)",
     "journal of wg6, entry 5: the signature does not match"},
    {"UPDATE journal SET entry = flip(entry, 4) WHERE id = (SELECT max(id) FROM journal)",
     "journal of wg6, entry 5: the entry is not the one that was hashed"},
    {"UPDATE journal SET chain = flip(chain, 4) WHERE id = (SELECT max(id) FROM journal)",
     "journal of wg6, entry 5: the entry is not the one that was hashed"},
    {"DELETE FROM journal WHERE id = (SELECT max(id) - 1 FROM journal)",
     "journal of wg6, entry 5: it does not follow entry 3"},
    {"DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)",
     "journal of wg6, entry 5: the journal is said to end here, and its entries end at 4"},
    /* admissions, verdicts, counters */
    {"DELETE FROM admit WHERE id = (SELECT max(id) FROM admit)", "UZB.1/wg6:1: its admission in the journal is not noted"},
    {"UPDATE admit SET received = received + 1 WHERE id = (SELECT max(id) FROM admit)",
     "UZB.1/wg6:1: the note of its admission differs"},
    {"INSERT INTO verdict VALUES((SELECT max(id) FROM segment), 3, 0, 0, '')",
     "UZB.1/wg6:1: it has a note of its verdict, and the journal has none"},
    {"UPDATE stream SET admitted = admitted - 1 WHERE id = (SELECT max(id) FROM stream)",
     "UZB.1/wg6:0: the stream is said to be admitted up to here, and its journal admits up to 1"},
    {"UPDATE stream SET sealed = sealed + 1, tip = tip + 1 WHERE id = (SELECT max(id) FROM stream)",
     "UZB.1/wg6:2: the stream is said to be sealed up to here, and its segments end at 1"},
    {"UPDATE stream SET hash = flip(hash, 1) WHERE id = (SELECT max(id) FROM stream)",
     "UZB.1/wg6:1: the stream names another hash"},
    {"UPDATE stream SET tip = tip + 1 WHERE id = (SELECT min(id) FROM stream)", "the stream is said to end here"},
    {"UPDATE journal_tip SET position = position - 1 WHERE code = 'wg6'",
     "journal of wg6, entry 4: the journal is said to end here, and its entries end at 5"},
    {"UPDATE journal_tip SET chain = flip(chain, 9) WHERE code = 'wg6'",
     "journal of wg6, entry 5: the journal names another end of its chain"},
    {"UPDATE node SET value = zeroblob(16) WHERE key = 'counters'", "counters: the last change is said to be 0"},
    /* rows */
    {"UPDATE item SET title = 'Other' WHERE title = 'One'", "its events say something else than the row (title)"},
    {"UPDATE item SET deadline_to = NULL WHERE title = 'Two'", "its events say something else than the row (deadline_to)"},
    {"UPDATE item SET conflicts = 0 WHERE conflicts > 0", "its events say something else than the row (conflicts)"},
    {"UPDATE item SET meta = flip(meta, 20) WHERE title = 'One'", "its events say something else than the row (meta)"},
    {"UPDATE item SET history = x'0101' WHERE title = 'One'", "its row does not name the 2 events"},
    {"DELETE FROM item WHERE title = 'One'", "its events are held, and its row is lost"},
    {"INSERT INTO region(id, grp, conflicts, meta, history) VALUES('0000000000000000', 'directory', 0, x'', x'')",
     "region 0000000000000000 of directory: a row that no event made"},
};

static void each_kind_of_damage_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        char id[HW_ID_TEXT + 1];
        struct world *world = hub(id);
        damage(world, planted[i].sql);
        struct verified found = verify(world);
        if (!strstr(found.text, planted[i].says))
            fail_msg("%s\nshould say: %s\nsays: %s", planted[i].sql, planted[i].says, found.text);
        world_close(world);
    }
}

/* What is damaged names itself, not everything that comes after it. */
static void one_damaged_entry_is_one_fault(void **state)
{
    (void)state;
    char id[HW_ID_TEXT + 1];
    struct world *world = hub(id);
    damage(world, "UPDATE journal SET signature = flip(signature, 3) WHERE id = (SELECT min(id) + 1 FROM journal)");
    assert_int_equal(verify(world).faults, 1);
    world_close(world);
}

/* A clock that was ahead is set right: later stamps are lower than those given before, and nothing is damaged. */
static void a_clock_set_back_is_no_damage(void **state)
{
    (void)state;
    char id[HW_ID_TEXT + 1];
    struct world *world = hub(id);
    damage(world, "UPDATE node SET value = CAST(substr(value, 1, 8) || zeroblob(16) AS BLOB) WHERE key = 'counters'");
    struct verified found = verify(world);
    assert_string_equal(found.text, "");
    assert_int_equal(found.faults, 0);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_found_whole),
        cmocka_unit_test(an_office_with_drafts_is_found_whole),
        cmocka_unit_test(a_draft_that_cannot_be_read_is_named),
        cmocka_unit_test(each_kind_of_damage_is_named),
        cmocka_unit_test(one_damaged_entry_is_one_fault),
        cmocka_unit_test(a_clock_set_back_is_no_damage),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
