/* crash_past.c: see crash_past.h. */
#include "tests/sim/crash_past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/invitation.h"
#include "tests/sim/sim_doc.h"
#include "tests/sim/sim_net.h"

enum { SEED = 7, SESSION = 5, MINUTE_MS = 60 * 1000 };

/* -- people -- */

struct hw_slice crash_past_args(struct crash_past *past, const char *const *pairs)
{
    struct hw_out args = {0};
    sim_doc_args(&args, pairs);
    struct hw_slice kept = hw_arena_slice(&past->arena, hw_out_slice(&args));
    hw_out_done(&args);
    return kept;
}

void crash_past_ask(struct crash_past *past, struct sim_node *node, const char *verb, const char *const *pairs)
{
    sim_node_ask_now(node, verb, crash_past_args(past, pairs), NULL);
}

void crash_past_add(struct crash_past *past, struct sim_node *node, const char *group, const char *title)
{
    const char *pairs[] = {"group", group, "title", title, NULL};
    struct hw_out end = {0};
    sim_node_ask_now(node, "add", crash_past_args(past, pairs), &end);
    struct hw_slice id = sim_doc_text(sim_doc_first(sim_doc_get(hw_out_slice(&end), "records")), "id");
    if (strcmp(group, "wg-a") == 0 && past->ids_n < sizeof past->ids / sizeof *past->ids && id.n < sizeof *past->ids)
        snprintf(past->ids[past->ids_n++], sizeof *past->ids, "%.*s", (int)id.n, (const char *)id.p);
    hw_out_done(&end);
}

const char *crash_past_text(struct crash_past *past, const char *format, const char *value)
{
    char text[400];
    snprintf(text, sizeof text, "%s%s", format, value);
    return hw_arena_text(&past->arena, text, strlen(text));
}

void crash_past_set(struct crash_past *past, struct sim_node *node, size_t item, const char *assign)
{
    const char *pairs[] = {"target", crash_past_text(past, "[", past->ids[item]), "assign", assign, NULL};
    crash_past_ask(past, node, "set", pairs);
}

/* -- the world -- */

static void add_group(struct crash_past *past, const char *code)
{
    const char *pairs[] = {"code", code, "assign", "[name=A working group", NULL};
    snprintf(past->world.groups[past->world.groups_n++], sizeof past->world.groups[0], "%s", code);
    crash_past_ask(past, past->hub, "group.add", pairs);
}

static struct sim_node *add_office(struct crash_past *past, const char *code)
{
    static const char *const grants[] = {"wg-a:coordinator", "wg-b:coordinator"};
    struct sim_node *node = sim_node_new(&past->world, code, false, false);
    node->reads[0] = node->reads[1] = true;
    sim_node_enrol(node, past->hub, grants, 2);
    sim_node_start(node);
    return node;
}

void crash_past_begin(struct crash_past *past)
{
    static const char *const plan[] = {"group", "wg-a", "title", "Plan 2026", "code", "plan", NULL};
    sim_world_init(&past->world, SEED, false);
    hw_arena_init(&past->arena);
    past->hub = sim_node_new(&past->world, "HQ", true, false);
    sim_node_start(past->hub);
    add_group(past, "wg-a");
    add_group(past, "wg-b");
    past->kaz = add_office(past, "KAZ");
    past->uzb = add_office(past, "UZB");
    sim_world_run(&past->world, MINUTE_MS);
    crash_past_ask(past, past->hub, "plan.add", plan);
    for (int i = 0; i < 4; i++)
        crash_past_add(past, past->kaz, "wg-a", "Clean water in every village");
    crash_past_add(past, past->kaz, "wg-b", "A second one");
    sim_world_run(&past->world, MINUTE_MS);
    crash_past_set(past, past->hub, 3, "[status=completed");
    sim_world_run(&past->world, MINUTE_MS);
    if (!sim_node_streaming(past->kaz) || !sim_node_streaming(past->uzb))
        sim_fail(&past->world, "the offices are not in session");
}

void crash_past_end(struct crash_past *past)
{
    sim_world_done(&past->world);
    past->hub = past->kaz = past->uzb = NULL;
}

void crash_past_free(struct crash_past *past)
{
    for (size_t i = 0; i < past->disks_n; i++)
        sim_disk_done(&past->disks[i]);
    hw_arena_done(&past->arena);
}

const struct sim_disk *crash_past_disk(struct crash_past *past, struct sim_node *node)
{
    struct sim_disk *disk = &past->disks[past->disks_n];
    char path[32];
    if (past->disks_n == CRASH_DISKS) {
        sim_fail(&past->world, "no room for another disk");
        return past->disks;
    }
    snprintf(path, sizeof path, "/past/%zu", past->disks_n++);
    sim_disk_init(disk, path, 0);
    if (node)
        sim_disk_copy(disk, &node->disk);
    return disk;
}

/* -- messages -- */

/* What one job is to do, and its result. */
struct errand {
    const char *group, *office;
    uint64_t from, last;
    size_t max, n;
    struct hw_inc reader;
    struct hw_journal_message head;
    struct hw_out items;
    struct hw_slice message;
};

static void in_store(struct sim_node *node, struct errand *errand,
                     enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err))
{
    struct hw_job job = {.write = true, .run = what, .self = errand};
    struct hw_err err = {0};
    sim_node_enter(node);
    if (hw_store_now(node->node->store, &job, &err) != HW_OK)
        sim_fail(node->world, "%s: %s", node->office, err.text);
}

static struct hw_slice keep(struct crash_past *past, struct hw_out *out)
{
    struct hw_slice kept = hw_arena_slice(&past->arena, hw_out_slice(out));
    hw_out_done(out);
    return kept;
}

static enum hw_status up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct errand *errand = self;
    hw_out_reset(&errand->items);
    return hw_tx_segments_up(tx, errand->group, errand->from, errand->max, &errand->items, &errand->n, &errand->last, err);
}

struct hw_slice crash_past_segments(struct crash_past *past, struct sim_node *office, const char *group)
{
    struct errand errand = {.group = group, .from = crash_past_sealed(office, group) + 1, .max = HW_MESSAGE_SIZE};
    struct hw_out out = {0};
    in_store(office, &errand, up);
    hw_segments_wrap(&out, SESSION, hw_out_slice(&errand.items), errand.n);
    hw_out_done(&errand.items);
    if (errand.n == 0)
        sim_fail(&past->world, "%s has nothing to send of %s", office->office, group);
    return keep(past, &out);
}

static enum hw_status down(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct errand *errand = self;
    hw_out_reset(&errand->items);
    return hw_tx_journal_down(tx, errand->group, errand->from, errand->max, &errand->reader, &errand->items, &errand->n,
                              &errand->last, &errand->head, err);
}

struct hw_slice crash_past_journal(struct crash_past *past, struct sim_node *reader, const char *group, uint64_t *from,
                                   size_t max)
{
    struct errand errand = {.group = group, .from = *from, .max = max, .reader = reader->node->identity.inc};
    struct hw_out out = {0};
    in_store(past->hub, &errand, down);
    errand.head.group = hw_slice_text(group); /* the other one went with the job */
    hw_journal_wrap(&out, SESSION, &errand.head, hw_out_slice(&errand.items), errand.n);
    hw_out_done(&errand.items);
    if (errand.n == 0)
        sim_fail(&past->world, "headquarters has nothing for %s of %s", reader->office, group);
    *from = errand.last + 1;
    return keep(past, &out);
}

static enum hw_status take(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct errand *errand = self;
    struct hw_message message;
    struct hw_taken taken;
    enum hw_status status = hw_message_decode(errand->message, hw_tx_arena(tx), &message, err);
    if (!status && message.type == HW_JOURNAL)
        return hw_tx_take_journal(tx, &message.body.journal, err);
    return status ? status : hw_tx_take_segments(tx, errand->office, &errand->reader, message.body.segments.wires,
                                                 message.body.segments.n, &taken, err);
}

void crash_past_take(struct sim_node *node, struct hw_slice message, const struct sim_node *office)
{
    struct errand errand = {.message = message};
    if (office) {
        errand.office = office->office;
        errand.reader = office->node->identity.inc;
    }
    in_store(node, &errand, take);
}

/* -- enrolment -- */

static void invite(struct crash_past *past, const char *office, struct hw_invitation *invitation)
{
    const char *pairs[] = {"code", office, "address", "tcp://HQ:7400", "groups", "[wg-a:coordinator", NULL};
    struct hw_out end = {0};
    struct hw_err err = {0};
    sim_node_ask_now(past->hub, "invite", crash_past_args(past, pairs), &end);
    struct hw_slice text = hw_arena_slice(&past->arena, sim_doc_text(hw_out_slice(&end), "invitation"));
    if (hw_invitation_read(text, &past->arena, invitation, &err) != HW_OK)
        sim_fail(&past->world, "an invitation that cannot be read: %s", err.text);
    hw_out_done(&end);
}

struct hw_slice crash_past_join(struct crash_past *past, const char *office, uint8_t invited[HW_KEY_SIZE],
                                uint8_t curve[HW_KEY_SIZE], struct hw_inc *inc, uint8_t sign[HW_SIGN_PUBLIC])
{
    struct hw_invitation invitation = {0};
    struct hw_message message = {.type = HW_JOIN};
    struct hw_join *join = &message.body.join;
    struct hw_out out = {0};
    uint8_t secret[HW_SIGN_SECRET];
    invite(past, office, &invitation);
    crypto_scalarmult_base(invited, invitation.secret);
    crypto_sign_keypair(sign, secret);
    randombytes_buf(curve, HW_KEY_SIZE);
    randombytes_buf(inc->b, sizeof inc->b);
    join->office = hw_slice_text(office);
    join->inc = *inc;
    memcpy(join->curve_key, curve, sizeof join->curve_key);
    memcpy(join->sign_key, sign, sizeof join->sign_key);
    hw_join_signed(&out, join);
    crypto_sign_detached(join->proof, NULL, out.p, out.n, secret);
    hw_out_reset(&out);
    hw_message_encode(&out, &message);
    return keep(past, &out);
}

struct hw_slice crash_past_hello(struct crash_past *past, const struct hw_inc *inc,
                                 const uint8_t sign[HW_SIGN_PUBLIC], const uint8_t token[HW_TOKEN_SIZE])
{
    struct hw_message message = {.type = HW_HELLO};
    struct hw_hello *hello = &message.body.hello;
    struct hw_out out = {0};
    hello->schema = HW_SCHEMA_VERSION;
    hello->inc = *inc;
    memcpy(hello->sign_key, sign, sizeof hello->sign_key);
    memcpy(hello->token, token, sizeof hello->token);
    randombytes_buf(hello->nonce, sizeof hello->nonce);
    hw_message_encode(&out, &message);
    return keep(past, &out);
}
