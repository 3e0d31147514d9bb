/* test_gate.c: what the gate decides about the segments of an office: clocks, refusals, kinds that are not known here yet,
 * who may write what, and who may read. */
#include "daemon/store_internal.h"
#include "daemon/store_verify.h"
#include "verb_world.h"

enum { MANY = 300, NEW_KIND = 60000 };

/* One segment of UZB in wg6, taken by headquarters. */
struct sent {
    struct world *world;
    struct hw_event events[MANY];
    size_t n;
};

static enum hw_status take(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct sent *sent = self;
    struct world *world = sent->world;
    struct hw_binding binding = {.office = hw_slice_text(world->other.office)};
    struct hw_out wire = {0};
    struct hw_taken taken;
    uint8_t seed[HW_SEED_SIZE] = {7}, hash[HW_HASH_SIZE];
    memcpy(binding.root, world->identity.root, sizeof binding.root);
    hw_segment_seal(&binding, &world->other.inc, hw_slice_text("wg6"), sent->events, sent->n, world->other_hash, seed,
                    world->other.sign_secret, &wire, hash);
    memcpy(world->other_hash, hash, sizeof hash);
    struct hw_slice one = hw_out_slice(&wire);
    enum hw_status status = hw_tx_take_segments(tx, world->other.office, &world->other.inc, &one, 1, &taken, err);
    assert_true(status || taken.acks[0].admitted == world->other_seq);
    hw_out_done(&wire);
    return status;
}

static void run(struct world *world, enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err), void *self,
                enum hw_status wanted)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = self};
    enum hw_status status = hw_store_now(world->store, &job, &err);
    if (status != wanted)
        fail_msg("%d: %s", (int)status, err.text);
}

static struct hw_event *next(struct sent *sent, uint16_t kind, const struct hw_op *op, uint64_t stamp)
{
    struct hw_event *event = &sent->events[sent->n++];
    *event = (struct hw_event){.seq = ++sent->world->other_seq, .kind = kind, .author = hw_slice_text("rustam"),
                               .stamp = stamp, .change = 1, .ops = (struct hw_op *)(uintptr_t)op, .ops_n = 1};
    memset(event->record.b, 5, sizeof event->record.b);
    return event;
}

static struct world *hub(struct sent **sent)
{
    struct world *world = world_open("HQ", true);
    *sent = calloc(1, sizeof **sent);
    assert_non_null(*sent);
    (*sent)->world = world;
    run(world, world_enter, world, HW_OK);
    return world;
}

static const uint64_t now = UINT64_C(1784000000000) << 16;
static const uint8_t first_title[] = {0x65, 'f', 'i', 'r', 's', 't'}, last_title[] = {0x64, 'l', 'a', 's', 't'};
static const struct hw_slice first_text = {first_title, sizeof first_title}, last_text = {last_title, sizeof last_title};

static uint16_t title(void)
{
    return hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title")->id;
}

/* -- many verdicts on one record: the row is built anew once, and is what it would be after each -- */

static enum hw_status many_were_refused(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sent *sent = self;
    struct hw_record *record;
    struct hw_logged logged;
    assert_int_equal(hw_tx_record(tx, HW_KIND_ITEM, &sent->events[0].record, "wg6", &record, err), HW_OK);
    const struct hw_cell *cell = hw_row_cell(&record->row, title());
    assert_int_equal(record->row.refused_n, MANY - 2);
    assert_int_equal(cell->heads_n, 1); /* the last one saw a refused one, and with it the first */
    assert_int_equal(cell->heads[0].name.seq, MANY);
    assert_int_equal(record->row.updated.seq, MANY);
    for (uint64_t seq = 1; seq <= MANY; seq++) {
        assert_int_equal(hw_tx_event(tx, &sent->world->other.inc, "wg6", seq, &logged, err), HW_OK);
        assert_int_equal(logged.verdict, seq == 1 || seq == MANY ? 0 : HW_VERDICT_REFUSED);
    }
    return HW_OK;
}

static void many_refusals_of_one_record_leave_what_the_others_wrote(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_name first = {.inc = world->other.inc, .seq = 1}, second = {.inc = world->other.inc, .seq = 2};
    struct hw_op begin = {.code = HW_OP_SET, .field = title(), .value = first_text};
    struct hw_op refused = {.code = HW_OP_SET, .field = title(), .value = {(const uint8_t *)"\x07", 1}, .seen = &first, .seen_n = 1};
    struct hw_op end = {.code = HW_OP_SET, .field = title(), .value = last_text, .seen = &second, .seen_n = 1};
    next(sent, HW_KIND_ITEM, &begin, now);
    for (uint64_t i = 2; i < MANY; i++)
        next(sent, HW_KIND_ITEM, &refused, now + i);
    next(sent, HW_KIND_ITEM, &end, now + MANY);
    run(world, take, sent, HW_OK);
    run(world, many_were_refused, sent, HW_OK);
    world_close(world);
    free(sent);
}

/* -- names of another record -- */

struct shown {
    const struct sent *sent;
    size_t heads;
    struct hw_name awaited; /* number 0: nothing is */
};

static enum hw_status shows(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct shown *shown = self;
    struct hw_record *record;
    struct hw_verified verified;
    assert_int_equal(hw_tx_record(tx, HW_KIND_ITEM, &shown->sent->events[0].record, "wg6", &record, err), HW_OK);
    const struct hw_cell *cell = hw_row_cell(&record->row, title());
    assert_int_equal(cell->heads_n, shown->heads);
    assert_int_equal(cell->awaited_n, shown->awaited.seq != 0);
    if (cell->awaited_n)
        assert_int_equal(hw_name_compare(&cell->awaited[0], &shown->awaited), 0);
    enum hw_status status = hw_tx_verify(tx, &verified, err);
    if (!status && verified.faults_n)
        fail_msg("%s: %s", verified.faults[0].where, verified.faults[0].message);
    return status;
}

static void what_was_refused_for_its_names_counts_as_naming_nothing(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_name first = {.inc = world->other.inc, .seq = 1}, second = {.inc = world->other.inc, .seq = 2};
    struct hw_name pair[] = {first, {.inc = world->identity.inc, .seq = 1}};
    struct hw_op begin = {.code = HW_OP_SET, .field = title(), .value = first_text};
    struct hw_op refused = {.code = HW_OP_SET, .field = title(), .value = last_text, .seen = pair, .seen_n = 2};
    struct hw_op end = {.code = HW_OP_SET, .field = title(), .value = last_text, .seen = &second, .seen_n = 1};
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "plan.add", "{'title':'Plan','group':'wg6'}"); /* headquarters' event 1 in wg6 */
    next(sent, HW_KIND_ITEM, &begin, now);
    next(sent, HW_KIND_ITEM, &refused, now + 1);
    next(sent, HW_KIND_ITEM, &end, now + 2);
    run(world, take, sent, HW_OK);
    run(world, shows, &(struct shown){sent, 2, {.seq = 0}}, HW_OK);
    world_close(world);
    free(sent);
}

static enum hw_status enter_again(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world *world = self;
    unsigned number;
    return hw_tx_life_enter(tx, world->other.office, &world->other.inc, world->other.sign_public, "restored",
                            hw_tx_next_change(tx), "headwayd", &number, err);
}

/* A life of UZB has an event that nobody holds any more, as it seems; a later life names it, and is admitted. Then it comes
 * after all, and is another record's. */
static void a_lost_name_that_turns_out_to_be_another_records_leaves_the_row_as_it_is(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_name first = {.inc = world->other.inc, .seq = 1}, lost = {.inc = world->other.inc, .seq = 2};
    struct hw_name pair[] = {first, lost};
    struct hw_op begin = {.code = HW_OP_SET, .field = title(), .value = first_text};
    struct hw_op end = {.code = HW_OP_SET, .field = title(), .value = last_text, .seen = pair, .seen_n = 2};
    next(sent, HW_KIND_ITEM, &begin, now);
    run(world, take, sent, HW_OK);
    struct world before = *world;
    memset(world->other.inc.b, 9, sizeof world->other.inc.b);
    memset(world->other_hash, 0, sizeof world->other_hash);
    crypto_sign_keypair(world->other.sign_public, world->other.sign_secret);
    world->other_seq = sent->n = 0;
    run(world, enter_again, world, HW_OK);
    next(sent, HW_KIND_ITEM, &end, now + 1);
    run(world, take, sent, HW_OK);
    run(world, shows, &(struct shown){sent, 1, lost}, HW_OK);
    world->other = before.other;
    memcpy(world->other_hash, before.other_hash, sizeof world->other_hash);
    world->other_seq = before.other_seq;
    struct hw_id named = sent->events[0].record;
    sent->n = 0;
    memset(next(sent, HW_KIND_ITEM, &begin, now + 2)->record.b, 6, sizeof named.b);
    run(world, take, sent, HW_OK);
    sent->events[0].record = named;
    run(world, shows, &(struct shown){sent, 1, lost}, HW_OK);
    world_close(world);
    free(sent);
}

/* -- clocks -- */

static enum hw_status all_were_reclocked(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sent *sent = self;
    struct hw_record *record;
    assert_int_equal(hw_tx_record(tx, HW_KIND_ITEM, &sent->events[0].record, "wg6", &record, err), HW_OK);
    const struct hw_cell *cell = hw_row_cell(&record->row, title());
    assert_int_equal(cell->heads_n, MANY);
    for (size_t i = 0; i < cell->heads_n; i++)
        assert_true(cell->heads[i].stamp < sent->events[0].stamp);
    return HW_OK;
}

static void a_clock_ahead_is_set_right_for_every_event(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_op op = {.code = HW_OP_SET, .field = title(), .value = first_text};
    for (uint64_t i = 0; i < MANY; i++)
        next(sent, HW_KIND_ITEM, &op, (UINT64_C(4000000000000) << 16) + i);
    run(world, take, sent, HW_OK);
    run(world, all_were_reclocked, sent, HW_OK);
    world_close(world);
    free(sent);
}

/* -- what counts together -- */

/* The ADMIT of the office's segment and the verdicts behind it: a signature stands behind the last of them, and behind so many as share
 * a message. */
static enum hw_status signed_together(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sent *sent = self;
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    uint8_t signature[HW_SIGNATURE_SIZE];
    uint64_t first = group->position - MANY, bare = 0;
    struct hw_entry entry;
    assert_int_equal(hw_journal_entry(tx, group, first, &entry, NULL, err), HW_OK);
    assert_int_equal(entry.type, HW_ENTRY_ADMIT);
    assert_true(hw_inc_compare(&entry.inc, &sent->world->other.inc) == 0);
    for (uint64_t at = first; at < group->position; at++) {
        bool is_signed = hw_journal_entry(tx, group, at, &entry, signature, err) == HW_OK;
        assert_false(at == first && is_signed);
        bare = is_signed ? 0 : bare + 1;
        assert_true(bare < 32);
    }
    assert_int_equal(hw_journal_entry(tx, group, group->position, &entry, signature, err), HW_OK);
    assert_int_equal(group->bare, 0);
    return HW_OK;
}

/* Else who wrote it could hand back the ADMIT alone, to a hub that was restored and does not know the verdict. */
static void an_admission_has_no_signature_of_its_own_when_a_verdict_follows(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_op op = {.code = HW_OP_SET, .field = title(), .value = first_text};
    for (uint64_t i = 0; i < MANY; i++)
        next(sent, HW_KIND_ITEM, &op, (UINT64_C(4000000000000) << 16) + i);
    run(world, take, sent, HW_OK);
    run(world, signed_together, sent, HW_OK);
    world_close(world);
    free(sent);
}

/* -- kinds of a newer version -- */

static enum hw_status none_was_refused(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sent *sent = self;
    struct hw_logged logged;
    for (uint64_t seq = 1; seq <= sent->n; seq++) {
        assert_int_equal(hw_tx_event(tx, &sent->world->other.inc, "wg6", seq, &logged, err), HW_OK);
        assert_int_equal(logged.verdict, 0);
    }
    return HW_OK;
}

static void a_record_of_an_unknown_kind_may_be_changed_again(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_name first = {.inc = world->other.inc, .seq = 1};
    struct hw_op made = {.code = HW_OP_SET, .field = 1, .value = first_text};
    struct hw_op changed = {.code = HW_OP_SET, .field = 1, .value = last_text, .seen = &first, .seen_n = 1};
    next(sent, NEW_KIND, &made, now);
    run(world, take, sent, HW_OK);
    sent->n = 0;
    next(sent, NEW_KIND, &changed, now + 1); /* in a later job: the row is not remembered */
    run(world, take, sent, HW_OK);
    sent->n = 2;
    run(world, none_was_refused, sent, HW_OK);
    world_close(world);
    free(sent);
}

/* -- who may write -- */

/* UZB's grant as it shall be: words as `hw_edit_put` takes them; archived with "end". */
static enum hw_status limit_grant(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct sent *sent = self;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(sent->world->other.office);
    struct hw_id grant = hw_id_derive("grant", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_GRANT, &grant, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "role", "contributor", err);
    if (!status)
        status = hw_edit_put(edit, "countries", "UZB", err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

static uint16_t countries(void)
{
    return hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "countries")->id;
}

/* What was decided about each event: 0 or the code. */
struct judged {
    const struct sent *sent;
    uint64_t first;
    unsigned codes[8];
    const char *text; /* a part of the reason of the first one refused */
};

static enum hw_status judged_so(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct judged *judged = self;
    const char *text = judged->text;
    for (size_t i = 0; i < judged->sent->n; i++) {
        struct hw_logged logged;
        assert_int_equal(hw_tx_event(tx, &judged->sent->world->other.inc, "wg6", judged->first + i, &logged, err), HW_OK);
        assert_true(logged.admitted);
        assert_int_equal(logged.verdict == HW_VERDICT_REFUSED ? logged.verdict_code : 0, judged->codes[i]);
        if (text && logged.verdict && !strstr(logged.verdict_text, text))
            fail_msg("%s", logged.verdict_text);
        text = logged.verdict ? NULL : text;
    }
    return HW_OK;
}

static const uint8_t uzb_code[] = {0x63, 'U', 'Z', 'B'}, tkm_code[] = {0x63, 'T', 'K', 'M'};
static const struct hw_slice uzb_text = {uzb_code, 4}, tkm_text = {tkm_code, 4};

static void countries_are_judged_event_by_event_on_the_row_before(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_name added = {.inc = world->other.inc, .seq = 1};
    struct hw_op make[] = {{.code = HW_OP_ADD, .field = countries(), .value = uzb_text},
                           {.code = HW_OP_SET, .field = title(), .value = first_text}};
    struct hw_op foreign = {.code = HW_OP_ADD, .field = countries(), .value = tkm_text};
    struct hw_op leave = {.code = HW_OP_REMOVE, .field = countries(), .value = {(const uint8_t *)"\xf6", 1}, .seen = &added,
                          .seen_n = 1};
    struct hw_op after = {.code = HW_OP_SET, .field = title(), .value = last_text};
    run(world, limit_grant, sent, HW_OK);
    next(sent, HW_KIND_ITEM, make, now)->ops_n = 2;
    next(sent, HW_KIND_ITEM, &foreign, now + 1);
    next(sent, HW_KIND_ITEM, &leave, now + 2);
    next(sent, HW_KIND_ITEM, &after, now + 3); /* it gave the record away in the event before */
    run(world, take, sent, HW_OK);
    struct judged judged = {sent, 1, {0, HW_REFUSAL_RIGHTS, 0, HW_REFUSAL_RIGHTS}, "UZB may not add or take away TKM in wg6"};
    run(world, judged_so, &judged, HW_OK);
    world_close(world);
    free(sent);
}

static void a_record_whose_making_was_refused_is_judged_as_new(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_op bare = {.code = HW_OP_SET, .field = title(), .value = first_text};
    struct hw_op placed = {.code = HW_OP_ADD, .field = countries(), .value = uzb_text};
    run(world, limit_grant, sent, HW_OK);
    next(sent, HW_KIND_ITEM, &bare, now);
    next(sent, HW_KIND_ITEM, &bare, now + 1);
    next(sent, HW_KIND_ITEM, &placed, now + 2);
    next(sent, HW_KIND_ITEM, &bare, now + 3);
    run(world, take, sent, HW_OK);
    struct judged judged = {sent, 1, {HW_REFUSAL_RIGHTS, HW_REFUSAL_RIGHTS, 0, 0}, "without a country"};
    run(world, judged_so, &judged, HW_OK);
    world_close(world);
    free(sent);
}

static void the_grants_at_the_admission_count_and_are_never_looked_at_again(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    struct hw_op bare = {.code = HW_OP_SET, .field = title(), .value = first_text};
    next(sent, HW_KIND_ITEM, &bare, now);
    run(world, take, sent, HW_OK);
    run(world, limit_grant, sent, HW_OK); /* history stays as it is */
    struct judged judged = {sent, 1, {0}, NULL};
    run(world, judged_so, &judged, HW_OK);
    sent->n = 0;
    next(sent, HW_KIND_ITEM, &bare, now + 1);
    run(world, take, sent, HW_OK);
    struct judged later = {sent, 2, {HW_REFUSAL_RIGHTS}, "only those of UZB"};
    run(world, judged_so, &later, HW_OK);
    world_close(world);
    free(sent);
}

/* Nobody may grant himself something by writing records of the directory into another group. */
static void records_of_the_directory_count_in_the_directory_alone(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    static const uint8_t text[] = {0x63, 'w', 'g', '7'};
    struct hw_op op = {.code = HW_OP_SET, .field = hw_field_named(hw_kind_by_id(HW_KIND_GRANT), "scope")->id,
                       .value = {text, sizeof text}};
    next(sent, HW_KIND_GRANT, &op, now);
    run(world, take, sent, HW_OK);
    struct judged judged = {sent, 1, {HW_REFUSAL_RIGHTS}, "written at headquarters"};
    run(world, judged_so, &judged, HW_OK);
    world_close(world);
    free(sent);
}

/* -- who may read -- */

static enum hw_status reads(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct world *world = self;
    enum hw_status status = hw_tx_may_read(tx, &world->other.inc, "directory", err);
    return status ? status : hw_tx_may_read(tx, &world->other.inc, "wg6", err);
}

static enum hw_status end_grant(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct world *world = self;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(world->other.office);
    struct hw_id grant = hw_id_derive("grant", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_GRANT, &grant, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "archived", "true", err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

static void an_office_whose_grant_has_ended_reads_no_more_of_the_group(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    run(world, reads, world, HW_OK);
    run(world, end_grant, world, HW_OK);
    run(world, reads, world, HW_DENIED);
    world_close(world);
    free(sent);
}

/* -- numbers of lives -- */

static const struct hw_inc second_life = {{7, 7, 7}};

/* Another branch of headquarters' past called the office's second life its first. */
static enum hw_status number_twice(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct world *world = self;
    static const uint8_t one[] = {1}, key[HW_SIGN_PUBLIC] = {9};
    const struct hw_slice life = {second_life.b, sizeof second_life.b};
    unsigned number;
    struct hw_op op = {.code = HW_OP_SET, .field = hw_field_named(hw_kind_by_id(HW_KIND_INCARNATION), "number")->id,
                       .value = {one, sizeof one}};
    struct hw_event event = {.kind = HW_KIND_INCARNATION, .record = hw_id_derive("incarnation", &life, 1), .ops = &op, .ops_n = 1,
                             .author = hw_slice_text("headwayd"), .change = hw_tx_next_change(tx)};
    enum hw_status status = hw_tx_life_enter(tx, world->other.office, &second_life, key, "restored", hw_tx_next_change(tx), "headwayd",
                                             &number, err);
    assert_int_equal(number, 2);
    return status ? status : hw_tx_write(tx, "directory", &event, err);
}

static enum hw_status find_numbers(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct world *world = self;
    const struct hw_life *first, *second;
    assert_int_equal(hw_cache_life(tx, &world->other.inc, &first, err), HW_OK);
    unsigned number = first->number;
    assert_int_equal(hw_cache_life(tx, &second_life, &second, err), HW_OK);
    assert_true(second->number != number);
    return HW_OK;
}

static void who_resolves_the_number_of_a_life_names_no_two_alike(void **state)
{
    (void)state;
    struct sent *sent;
    struct world *world = hub(&sent);
    const struct hw_slice life = {second_life.b, sizeof second_life.b};
    struct hw_id id = hw_id_derive("incarnation", &life, 1);
    char args[200], text[HW_ID_TEXT + 1];
    hw_id_print(&id, text);
    run(world, number_twice, world, HW_OK);
    snprintf(args, sizeof args, "{'id':'%s','field':'number','value':'1'}", text);
    ask_ok(world, "resolve", args);
    run(world, find_numbers, world, HW_OK);
    world_close(world);
    free(sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_refusals_of_one_record_leave_what_the_others_wrote),
        cmocka_unit_test(what_was_refused_for_its_names_counts_as_naming_nothing),
        cmocka_unit_test(a_lost_name_that_turns_out_to_be_another_records_leaves_the_row_as_it_is),
        cmocka_unit_test(a_clock_ahead_is_set_right_for_every_event),
        cmocka_unit_test(an_admission_has_no_signature_of_its_own_when_a_verdict_follows),
        cmocka_unit_test(who_resolves_the_number_of_a_life_names_no_two_alike),
        cmocka_unit_test(a_record_of_an_unknown_kind_may_be_changed_again),
        cmocka_unit_test(countries_are_judged_event_by_event_on_the_row_before),
        cmocka_unit_test(a_record_whose_making_was_refused_is_judged_as_new),
        cmocka_unit_test(the_grants_at_the_admission_count_and_are_never_looked_at_again),
        cmocka_unit_test(records_of_the_directory_count_in_the_directory_alone),
        cmocka_unit_test(an_office_whose_grant_has_ended_reads_no_more_of_the_group),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
