/* carry_world.h: headquarters HQ, the relay REL and the office UZB behind it, each with a store of its own, and segments that UZB has
 * sealed. */
#ifndef TESTS_CARRY_WORLD_H
#define TESTS_CARRY_WORLD_H

#include "daemon/store_internal.h"
#include "verb_world.h"

typedef enum hw_status job_run(struct hw_tx *tx, void *self, struct hw_err *err);

static inline void run(struct world *world, job_run *what, void *self, enum hw_status wanted)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = self};
    enum hw_status status = hw_store_now(world->store, &job, &err);
    if (status != wanted)
        fail_msg("%d instead of %d: %s", (int)status, (int)wanted, err.text);
}

/* -- the journal, from headquarters to the relay -- */

struct copy {
    const char *group;
    uint64_t from;
    struct hw_inc reader;
    struct hw_out message;
};

static inline enum hw_status read_down(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct copy *copy = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_journal_message head;
    uint64_t last;
    size_t n;
    enum hw_status status = hw_tx_journal_down(tx, copy->group, copy->from, HW_MESSAGE_SIZE, &copy->reader, &items, &n,
                                               &last, &head, err);
    if (!status && n)
        hw_journal_wrap(&copy->message, 1, &head, hw_out_slice(&items), n);
    copy->from = last + 1;
    return status;
}

static inline enum hw_status take_down(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct copy *copy = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_out_slice(&copy->message), hw_tx_arena(tx), &message, err);
    return status ? status : hw_tx_take_journal(tx, &message.body.journal, err);
}

static inline void down(struct world *hq, struct world *rel, const char *group)
{
    struct copy copy = {.group = group, .from = 1, .reader = rel->identity.inc};
    run(hq, read_down, &copy, HW_OK);
    if (copy.message.n)
        run(rel, take_down, &copy, HW_OK);
    hw_out_done(&copy.message);
}

/* -- the three nodes -- */

struct region {
    struct world *hq, *rel;
    struct hw_identity uzb;
};

static inline struct region region_open(void)
{
    struct region region = {.hq = world_open("HQ", true), .rel = world_open("REL", false)};
    struct world *hq = region.hq, *rel = region.rel;
    region.uzb = hq->other;
    rel->identity.enrolled = true;
    memcpy(rel->identity.root, hq->identity.root, sizeof rel->identity.root);
    hw_store_identify(rel->store, &rel->identity);
    hq->other = hq->identity; /* its first segment brings the key that signs all */
    run(hq, world_enter, hq, HW_OK);
    ask_ok(hq, "group.add", "{'code':'wg6'}");
    hq->other = rel->identity;
    run(hq, world_enter, hq, HW_OK);
    hq->other = region.uzb;
    run(hq, world_enter, hq, HW_OK);
    down(hq, rel, "directory");
    return region;
}

static inline void region_close(struct region *region)
{
    world_close(region->hq);
    world_close(region->rel);
}

/* -- segments of UZB -- */

struct sealed {
    struct hw_out wire;
    uint8_t hash[HW_HASH_SIZE];
};

/* Event `seq`, a new item with that title, behind the segment `before`. */
static inline struct sealed seal(const struct region *region, const char *group, uint64_t seq, const char *title,
                          const struct sealed *before)
{
    struct sealed sealed = {0};
    uint8_t text[64], seed[HW_SEED_SIZE] = {7}, first[HW_HASH_SIZE] = {0};
    size_t n = strlen(title);
    text[0] = (uint8_t)(0x60 + n);
    memcpy(text + 1, title, n);
    struct hw_op op = {.code = HW_OP_SET, .field = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), "title")->id,
                       .value = {text, n + 1}};
    struct hw_event event = {.seq = seq, .kind = HW_KIND_ITEM, .author = hw_slice_text("rustam"),
                             .stamp = (UINT64_C(1784000000000) << 16) + seq, .change = seq, .ops = &op, .ops_n = 1};
    memset(event.record.b, (int)seq, sizeof event.record.b);
    struct hw_binding binding = {.office = hw_slice_text("UZB")};
    memcpy(binding.root, region->hq->identity.root, sizeof binding.root);
    hw_segment_seal(&binding, &region->uzb.inc, hw_slice_text(group), &event, 1, before ? before->hash : first, seed,
                    region->uzb.sign_secret, &sealed.wire, sealed.hash);
    return sealed;
}

/* What a peer pushes, and what came of it. */
struct push {
    const char *office;
    struct hw_inc peer;
    struct hw_slice wires[4];
    size_t n;
    size_t acks_n;
    struct hw_ack ack; /* the first */
    struct hw_carry_refusal refused;
};

static inline enum hw_status push(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct push *push = self;
    struct hw_taken taken;
    enum hw_status status = hw_tx_take_segments(tx, push->office, &push->peer, push->wires, push->n, &taken, err);
    if (status)
        return status;
    push->acks_n = taken.acks_n;
    push->ack = taken.acks_n ? taken.acks[0] : (struct hw_ack){.durable = 0};
    push->refused = taken.refused;
    return HW_OK;
}

static inline struct push by_uzb(const struct region *region, const struct sealed *sealed)
{
    return (struct push){.office = "UZB", .peer = region->uzb.inc, .wires = {hw_out_slice(&sealed->wire)}, .n = 1};
}

static inline struct push by_rel(const struct region *region, const struct sealed *sealed)
{
    return (struct push){.office = "REL", .peer = region->rel->identity.inc, .wires = {hw_out_slice(&sealed->wire)},
                         .n = 1};
}

static inline enum hw_status end_grant(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(self);
    struct hw_id grant = hw_id_derive("grant", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_GRANT, &grant, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "archived", "true", err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

static inline enum hw_status revoke_office(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(self);
    struct hw_id id = hw_id_derive("office", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "state", "revoked", err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

#endif
