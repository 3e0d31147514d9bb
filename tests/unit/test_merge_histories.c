/* test_merge_histories.c: random histories of several offices, taken in many orders, against a fold of the same facts and
 * a model that knows nothing but the definition. */
#include "merge_story.h"

enum fault { NONE, FORGETS_AWAITED, FORGETS_REFUSED, COVERS_NOTHING, BREAKS_TIES_BACKWARDS };

static uint16_t draw_field(struct dice *dice)
{
    static const uint16_t fields[] = {PLAIN, PLAIN, OTHER, SET, SET, REMARKS};
    return fields[dice_below(dice, 6)];
}

/* What the office knows when it writes: some start of each stream, never less than before, all of its own. */
static size_t draw_view(struct dice *dice, const struct story *story, size_t office, uint64_t known[OFFICES],
                        struct hw_held view[EVENTS])
{
    bool verdicts = dice_one_in(dice, 2);
    size_t n = 0;
    for (size_t i = 0; i < OFFICES; i++)
        if (i == office)
            known[i] = story->tip[i];
        else if (dice_one_in(dice, 2))
            known[i] += dice_below(dice, (size_t)(story->tip[i] - known[i]) + 1);
    for (size_t i = 0; i < story->n; i++)
        if (story->held[i].event.seq <= known[story->held[i].inc.b[0] - 1]) {
            view[n] = story->held[i];
            view[n++].refused &= verdicts;
        }
    return n;
}

/* The names of an operation: the heads that the view shows, or by lot any of the field's writes in it (stale, covered,
 * refused). Some name what is no write of the field: an event that nobody has yet, which will be this record's, in whatever
 * field, or another's; one that is to be refused, what is held. */
static size_t draw_seen(struct dice *dice, struct story *story, const struct hw_held *view, size_t n, uint16_t field,
                        struct hw_name seen[SEEN])
{
    size_t seen_n = 0;
    if (dice_one_in(dice, 6)) {
        size_t office = dice_below(dice, OFFICES);
        uint64_t seq = (story->refuses ? 0 : story->tip[office]) + 1 + dice_below(dice, 3);
        seen[seen_n++] = (struct hw_name){inc_of(office), seq, (uint16_t)dice_below(dice, OPS)};
    }
    if (dice_one_in(dice, 4)) {
        for (size_t i = 0; i < n; i++)
            for (size_t o = 0; o < view[i].event.ops_n; o++) {
                const struct hw_op *op = &view[i].event.ops[o];
                if (op->field == field && op->code != HW_OP_REMOVE && seen_n < SEEN && dice_one_in(dice, 3))
                    seen[seen_n++] = (struct hw_name){view[i].inc, view[i].event.seq, (uint16_t)o};
            }
        return seen_n;
    }
    struct hw_row row = new_row();
    hw_row_fold(&row, &story->arena, view, n);
    const struct hw_cell *cell = hw_row_cell(&row, field);
    for (size_t i = 0; cell && i < cell->heads_n && seen_n < SEEN; i++)
        seen[seen_n++] = cell->heads[i].name;
    return seen_n;
}

static void draw_op(struct dice *dice, struct story *story, const struct hw_held *view, size_t n, struct hw_op *op)
{
    static const char *const values[] = {"\x01", "\x02", "\x61x", "\xf6"};
    struct hw_name seen[SEEN];
    op->field = draw_field(dice);
    op->code = op->field == REMARKS   ? HW_OP_COMMENT
               : op->field != SET     ? HW_OP_SET
               : dice_one_in(dice, 2) ? HW_OP_ADD
                                      : HW_OP_REMOVE;
    op->value = hw_slice_text(values[op->code == HW_OP_REMOVE ? 3 : dice_below(dice, 3)]);
    if (op->code == HW_OP_SET || op->code == HW_OP_REMOVE || dice_one_in(dice, 5))
        op->seen_n = draw_seen(dice, story, view, n, op->field, seen);
    op->seen = hw_arena_copy(&story->arena, seen, op->seen_n * sizeof *seen);
}

/* Whether it names what is no event of this record. */
static bool misnames(const struct story *story, const struct hw_event *event)
{
    for (size_t o = 0; o < event->ops_n; o++)
        for (size_t s = 0; s < event->ops[o].seen_n; s++) {
            const struct hw_name *name = &event->ops[o].seen[s];
            bool own = false;
            for (size_t i = 0; i < story->n; i++)
                own = own || (story->held[i].event.seq == name->seq && hw_inc_compare(&story->held[i].inc, &name->inc) == 0);
            if (!own)
                return true;
        }
    return false;
}

static void draw_story(struct dice *dice, struct story *story)
{
    uint64_t known[OFFICES][OFFICES] = {{0}};
    bool refusals = dice_one_in(dice, 2);
    size_t n = 2 + dice_below(dice, EVENTS - 1);
    story->n = 0;
    memset(story->tip, 0, sizeof story->tip);
    for (size_t i = 0; i < n; i++) {
        struct hw_held view[EVENTS], held = {.refused = refusals && dice_one_in(dice, 4)};
        size_t office = dice_below(dice, OFFICES), view_n = draw_view(dice, story, office, known[office], view);
        story->refuses = held.refused;
        held.inc = inc_of(office);
        held.event = (struct hw_event){.kind = 10,
                                       .record = {{7}},
                                       .stamp = 1 + dice_below(dice, 6),
                                       .author = hw_slice_text("Ana"),
                                       .ops_n = 1 + dice_below(dice, OPS)};
        held.event.seq = story->tip[office] += 1 + dice_below(dice, 3); /* between them, events of other records */
        struct hw_op *ops = hw_arena_zero(&story->arena, held.event.ops_n, sizeof *ops);
        for (size_t o = 0; o < held.event.ops_n; o++)
            draw_op(dice, story, view, view_n, &ops[o]);
        held.event.ops = ops;
        held.misnames = held.refused && misnames(story, &held.event);
        story->held[story->n++] = held;
    }
}

/* The model: a write is a head if it is held, not refused, and no held, unrefused write covers it. */
struct model {
    const struct hw_held *held;
    size_t n;
    bool covered[EVENTS][OPS], met[EVENTS][OPS];
};

static void model_cover(struct model *model, const struct hw_op *op)
{
    for (size_t s = 0; s < op->seen_n; s++)
        for (size_t i = 0; i < model->n; i++) {
            const struct hw_held *held = &model->held[i];
            const struct hw_name *name = &op->seen[s];
            if (hw_inc_compare(&held->inc, &name->inc) != 0 || held->event.seq != name->seq ||
                name->op >= held->event.ops_n || held->event.ops[name->op].field != op->field)
                continue;
            model->covered[i][name->op] = true;
            if (held->refused && !held->misnames && !model->met[i][name->op]) {
                model->met[i][name->op] = true;
                model_cover(model, &held->event.ops[name->op]);
            }
        }
}

static bool later(const struct hw_head *a, const struct hw_head *b, enum fault fault)
{
    int tie = hw_name_compare(&a->name, &b->name);
    return a->stamp != b->stamp ? a->stamp > b->stamp : fault == BREAKS_TIES_BACKWARDS ? tie < 0 : tie > 0;
}

/* Whether one field of the row is what the model says. */
static bool model_agrees(const struct model *model, const struct hw_row *row, uint16_t field, enum fault fault)
{
    const struct hw_cell *cell = hw_row_cell(row, field);
    const struct hw_head *shown = NULL;
    size_t heads = 0;
    for (size_t i = 0; i < model->n; i++)
        for (size_t o = 0; o < model->held[i].event.ops_n; o++) {
            const struct hw_op *op = &model->held[i].event.ops[o];
            struct hw_name name = {model->held[i].inc, model->held[i].event.seq, (uint16_t)o};
            if (op->field != field || op->code == HW_OP_REMOVE || model->held[i].refused || model->covered[i][o])
                continue;
            const struct hw_head *head = NULL;
            for (size_t h = 0; cell && h < cell->heads_n; h++)
                if (hw_name_compare(&cell->heads[h].name, &name) == 0)
                    head = &cell->heads[h];
            if (!head || head->stamp != model->held[i].event.stamp || !hw_slice_equal(head->value, op->value))
                return false;
            shown = !shown || later(head, shown, fault) ? head : shown;
            heads++;
        }
    return heads == (cell ? cell->heads_n : 0) && hw_cell_shown(cell) == shown;
}

static bool row_agrees(const struct hw_row *row, const struct hw_held *held, size_t n, enum fault fault)
{
    static const uint16_t fields[] = {PLAIN, OTHER, SET, REMARKS};
    struct model model = {.held = held, .n = n};
    bool agrees = true;
    for (size_t i = 0; i < n; i++) {
        memset(model.met, 0, sizeof model.met);
        for (size_t o = 0; o < held[i].event.ops_n && !held[i].refused; o++)
            model_cover(&model, &held[i].event.ops[o]);
    }
    for (size_t f = 0; f < 4; f++)
        agrees = agrees && model_agrees(&model, row, fields[f], fault);
    return agrees;
}

/* One replica that takes a story's events as they come. */
struct replica {
    struct hw_row row;
    struct taken taken;
    struct hw_arena *arena;
    struct hw_out meta;
    enum fault fault;
};

static void refold(struct replica *replica, struct dice *dice)
{
    struct hw_held mixed[EVENTS];
    memcpy(mixed, replica->taken.held, sizeof mixed);
    for (size_t i = replica->taken.n; i > 1; i--) { /* any order */
        size_t j = dice_below(dice, i);
        struct hw_held swap = mixed[i - 1];
        mixed[i - 1] = mixed[j];
        mixed[j] = swap;
    }
    hw_row_fold(&replica->row, replica->arena, mixed, replica->taken.n);
}

static void take(struct replica *replica, struct dice *dice, const struct hw_held *next)
{
    struct hw_held *held = &replica->taken.held[replica->taken.n];
    struct hw_arrivals arrivals = {is_taken, &replica->taken};
    *held = *next;
    held->refused = next->refused && dice_one_in(dice, 2); /* else the verdict comes later */
    struct hw_op bare[OPS];
    struct hw_event event = held->event;
    memcpy(bare, event.ops, event.ops_n * sizeof *bare);
    for (size_t o = 0; o < event.ops_n; o++)
        bare[o].seen_n = 0;
    if (replica->fault == COVERS_NOTHING)
        event.ops = bare;
    if (!held->refused)
        hw_row_apply(&replica->row, replica->arena, &event, &held->inc, &arrivals);
    replica->taken.n++;
    if (held->refused)
        refold(replica, dice);
    for (size_t c = 0; c < replica->row.cells_n && replica->fault == FORGETS_AWAITED; c++)
        replica->row.cells[c].awaited_n = 0;
    if (replica->fault == FORGETS_REFUSED)
        replica->row.refused_n = 0;
}

static void take_verdicts(struct replica *replica, struct dice *dice, const struct story *story)
{
    for (size_t i = 0; i < replica->taken.n; i++) {
        struct hw_held *held = &replica->taken.held[i];
        for (size_t j = 0; j < story->n; j++)
            if (held->event.seq == story->held[j].event.seq && hw_inc_compare(&held->inc, &story->held[j].inc) == 0 &&
                story->held[j].refused && !held->refused) {
                held->refused = true;
                refold(replica, dice);
            }
    }
}

/* Saves the row and loads it again, as the store does; false when that changes it. */
static bool reload(struct replica *replica)
{
    HW_CLEANUP(hw_out_done) struct hw_out again = {0};
    hw_out_reset(&replica->meta);
    hw_row_encode(&replica->row, &replica->meta);
    struct hw_row row = new_row();
    struct hw_slice meta = hw_arena_slice(replica->arena, hw_out_slice(&replica->meta));
    if (hw_row_decode(&row, replica->arena, meta, NULL) != HW_OK)
        return false;
    hw_row_encode(&row, &again);
    replica->row = row;
    return hw_slice_equal(hw_out_slice(&again), hw_out_slice(&replica->meta));
}

/* The row as it stands is what a fold of all that is held gives, and what the model says. */
static bool holds(struct replica *replica, struct dice *dice)
{
    HW_CLEANUP(hw_out_done) struct hw_out now = {0}, folded = {0};
    struct replica oracle = *replica;
    hw_row_encode(&replica->row, &now);
    oracle.row = new_row();
    refold(&oracle, dice);
    hw_row_encode(&oracle.row, &folded);
    return hw_slice_equal(hw_out_slice(&now), hw_out_slice(&folded)) &&
           row_agrees(&replica->row, replica->taken.held, replica->taken.n, replica->fault);
}

/* Plays the story's events in a random order that keeps each stream's. */
static bool replay(struct story *story, struct dice *dice, enum fault fault)
{
    struct replica replica = {.row = new_row(), .arena = &story->arena, .fault = fault};
    bool taken[EVENTS] = {false}, good = true;
    while (good && replica.taken.n < story->n) {
        size_t office = dice_below(dice, OFFICES), next = 0;
        while (next < story->n && (taken[next] || story->held[next].inc.b[0] != office + 1))
            next++;
        if (next == story->n)
            continue;
        taken[next] = true;
        take(&replica, dice, &story->held[next]);
        if (dice_one_in(dice, 4))
            take_verdicts(&replica, dice, story);
        good = (!dice_one_in(dice, 4) || reload(&replica)) && (!dice_one_in(dice, 3) || holds(&replica, dice));
    }
    take_verdicts(&replica, dice, story);
    good = good && reload(&replica) && holds(&replica, dice);
    hw_out_done(&replica.meta);
    return good;
}

static bool history_holds(uint64_t seed, enum fault fault)
{
    struct dice dice = dice_of(seed);
    struct story story = {.n = 0};
    bool good = true;
    hw_arena_init(&story.arena);
    draw_story(&dice, &story);
    for (int order = 0; order < 4 && good; order++)
        good = replay(&story, &dice, fault);
    hw_arena_done(&story.arena);
    return good;
}

static void the_same_facts_give_the_same_bytes_in_any_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25000; seed++)
        if (!history_holds(seed, NONE))
            fail_msg("history of seed %llu", (unsigned long long)seed);
}

/* What a snapshot stands for: who has it cannot tell whose events those were. */
static bool is_below(void *self, const struct hw_name *name)
{
    const uint64_t *floor = self;
    return name->seq <= floor[name->inc.b[0] - 1];
}

/* A replica that begins with the row as a gate had it after the first `k` events, and takes the rest. */
static bool begun_later_holds(struct story *story, struct dice *dice, size_t k)
{
    struct replica gate = {.row = new_row(), .arena = &story->arena}, whole = gate;
    HW_CLEANUP(hw_out_done) struct hw_out one = {0}, other = {0};
    uint64_t floor[OFFICES] = {0};
    struct hw_arrivals below = {is_below, floor};
    for (size_t i = 0; i < k; i++)
        floor[story->held[i].inc.b[0] - 1] = story->held[i].event.seq;
    memcpy(gate.taken.held, story->held, sizeof gate.taken.held);
    memcpy(whole.taken.held, story->held, sizeof whole.taken.held);
    gate.taken.n = k;
    whole.taken.n = story->n;
    refold(&gate, dice);
    bool good = reload(&gate);
    hw_row_fold_on(&gate.row, &story->arena, story->held + k, story->n - k, &below);
    refold(&whole, dice);
    hw_row_encode(&gate.row, &one);
    hw_row_encode(&whole.row, &other);
    hw_out_done(&gate.meta);
    return good && hw_slice_equal(hw_out_slice(&one), hw_out_slice(&other));
}

static void a_row_begun_with_a_snapshot_equals_one_made_of_all_events(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10000; seed++) {
        struct dice dice = dice_of(seed);
        struct story story = {.n = 0};
        hw_arena_init(&story.arena);
        draw_story(&dice, &story); /* in the order of writing */
        for (size_t k = 0; k <= story.n; k++)
            if (!begun_later_holds(&story, &dice, k))
                fail_msg("history of seed %llu, snapshot after %zu", (unsigned long long)seed, k);
        hw_arena_done(&story.arena);
    }
}

static void the_checker_finds_planted_faults(void **state)
{
    (void)state;
    for (enum fault fault = FORGETS_AWAITED; fault <= BREAKS_TIES_BACKWARDS; fault++) {
        uint64_t seed = 1;
        while (seed <= 1000 && history_holds(seed, fault))
            seed++;
        if (seed > 1000)
            fail_msg("fault %d was not found in 1,000 histories", (int)fault);
    }
}

static void damaged_meta_is_refused_not_followed(void **state)
{
    (void)state;
    size_t refused = 0;
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        struct dice dice = dice_of(seed);
        struct story story = {.n = 0};
        struct hw_out meta = {0};
        hw_arena_init(&story.arena);
        draw_story(&dice, &story);
        struct hw_row row = new_row(), back = new_row();
        hw_row_fold(&row, &story.arena, story.held, story.n);
        hw_row_encode(&row, &meta);
        struct hw_slice cut = tight_copy((struct hw_slice){meta.p, dice_below(&dice, meta.n)});
        assert_int_equal(hw_row_decode(&back, &story.arena, cut, NULL), HW_CORRUPT);
        free((void *)cut.p);
        meta.p[dice_below(&dice, meta.n)] = (uint8_t)dice_roll(&dice);
        struct hw_slice copy = tight_copy(hw_out_slice(&meta));
        back = new_row();
        refused += hw_row_decode(&back, &story.arena, copy, NULL) != HW_OK;
        free((void *)copy.p);
        hw_out_done(&meta);
        hw_arena_done(&story.arena);
    }
    assert_in_range(refused, 500, 4500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_facts_give_the_same_bytes_in_any_order),
        cmocka_unit_test(a_row_begun_with_a_snapshot_equals_one_made_of_all_events),
        cmocka_unit_test(the_checker_finds_planted_faults),
        cmocka_unit_test(damaged_meta_is_refused_not_followed),
    };
    return cmocka_run_group_tests_name("merge histories", tests, NULL, NULL);
}
