/* verb_world.h: one node on a temporary file, asked through its verbs as a
 * client asks it. Arguments and answers are JSON; in arguments ' stands for ". */
#ifndef TESTS_VERB_WORLD_H
#define TESTS_VERB_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/doc.h"
#include "daemon/store_edit.h"
#include "daemon/store_sync.h"
#include "daemon/verb.h"
#include "headway/value.h"

struct world {
    char dir[64];
    struct hw_store *store;
    struct hw_identity identity;
    struct hw_identity other; /* a second office, whose segments the test makes itself */
    uint64_t other_seq;
    uint8_t other_hash[HW_HASH_SIZE];
    const char *author;
    json_t *answer; /* of the last question: {status, text, rows, end} */
};

static void world_identity(struct hw_identity *identity, const char *office, bool gate)
{
    *identity = (struct hw_identity){.gate = gate, .enrolled = gate, .life = 1};
    snprintf(identity->office, sizeof identity->office, "%s", office);
    randombytes_buf(identity->inc.b, sizeof identity->inc.b);
    crypto_sign_keypair(identity->sign_public, identity->sign_secret);
    if (gate)
        crypto_sign_keypair(identity->root, identity->root_secret);
}

/* `gate`: headquarters; else an office that stands alone. */
static struct world *world_open(const char *office, bool gate)
{
    struct world *world = calloc(1, sizeof *world);
    struct hw_err err;
    char path[128];
    assert_true(sodium_init() >= 0);
    snprintf(world->dir, sizeof world->dir, "/tmp/headway-verbs-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(path, sizeof path, "%s/headway.db", world->dir);
    if (hw_store_open(path, NULL, NULL, &world->store, &err) != HW_OK)
        fail_msg("%s", err.text);
    world_identity(&world->identity, office, gate);
    world_identity(&world->other, "UZB", false);
    hw_store_identify(world->store, &world->identity);
    world->author = "aigul";
    return world;
}

static void world_close(struct world *world)
{
    static const char *const files[] = {"headway.db", "headway.db-wal", "headway.db-shm"};
    char path[128];
    hw_store_close(world->store);
    json_decref(world->answer);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", world->dir, files[i]);
        unlink(path);
    }
    rmdir(world->dir);
    free(world);
}

static void world_put(struct hw_out *out, json_t *value)
{
    const char *key;
    json_t *one;
    size_t i;
    if (json_is_object(value)) {
        hw_put_map(out, json_object_size(value));
        json_object_foreach(value, key, one) {
            hw_put_text(out, key);
            world_put(out, one);
        }
    } else if (json_is_array(value)) {
        hw_put_array(out, json_array_size(value));
        json_array_foreach(value, i, one)
            world_put(out, one);
    } else if (json_is_string(value)) {
        hw_put_text(out, json_string_value(value));
    } else if (json_is_integer(value)) {
        hw_put_int(out, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        hw_put_bool(out, json_is_true(value));
    } else {
        hw_put_null(out);
    }
}

struct world_call {
    const struct hw_verb *verb;
    struct hw_request request;
    struct hw_answer answer;
};

static enum hw_status world_run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world_call *call = self;
    hw_out_reset(&call->answer.rows); /* a job may be run a second time */
    hw_out_reset(&call->answer.end);
    call->answer.rows_n = 0;
    return call->verb->run(tx, &call->request, &call->answer, err);
}

static json_t *world_docs(struct hw_slice bytes, size_t n)
{
    struct hw_in in = hw_in_of(bytes);
    json_t *docs = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *doc = hw_doc_read(&in);
        assert_non_null(doc);
        json_array_append_new(docs, doc);
    }
    assert_true(hw_in_end(&in));
    return docs;
}

/* Asks and returns the status the client would see. */
static enum hw_status ask(struct world *world, const char *verb, const char *args)
{
    char text[8192];
    struct hw_out bytes = {0};
    struct hw_arena arena;
    struct hw_link_view link = {.address = NULL, .state = "off", .reason = ""};
    struct hw_err err = {0};
    size_t n = 0;
    for (; args[n] && n < sizeof text - 1; n++)
        text[n] = args[n] == '\'' ? '"' : args[n];
    text[n] = 0;
    json_error_t why;
    json_t *parsed = json_loads(text, 0, &why);
    if (!parsed)
        fail_msg("%s: %s", text, why.text);
    world_put(&bytes, parsed);
    json_decref(parsed);
    hw_arena_init(&arena);
    struct world_call call = {.verb = hw_verb_find(hw_slice_text(verb)),
                              .request = {.verb = hw_slice_text(verb), .args = hw_out_slice(&bytes),
                                          .author = world->author, .link = &link, .home = world->dir,
                                          .arena = &arena}};
    assert_non_null(call.verb);
    struct hw_job job = {.write = call.verb->write, .run = world_run, .self = &call};
    enum hw_status status = hw_store_now(world->store, &job, &err);
    json_decref(world->answer);
    world->answer = json_object();
    if (status == HW_OK) {
        json_object_set_new(world->answer, "rows", world_docs(hw_out_slice(&call.answer.rows), call.answer.rows_n));
        json_t *end = world_docs(hw_out_slice(&call.answer.end), call.answer.end.n ? 1 : 0);
        json_object_set(world->answer, "end", json_array_get(end, 0) ? json_array_get(end, 0) : json_null());
        json_decref(end);
        err = call.answer.note;
        status = err.status;
    }
    json_object_set_new(world->answer, "text", json_string(err.text));
    hw_out_done(&call.answer.rows);
    hw_out_done(&call.answer.end);
    hw_out_done(&bytes);
    hw_arena_done(&arena);
    return status;
}

static void ask_ok(struct world *world, const char *verb, const char *args)
{
    enum hw_status status = ask(world, verb, args);
    if (status != HW_OK)
        fail_msg("%s %s: %s", verb, args, json_string_value(json_object_get(world->answer, "text")));
}

/* A value in the answer: "end.records.0.id", "rows.1.title". */
static json_t *at(const struct world *world, const char *path)
{
    json_t *value = world->answer;
    char part[64];
    for (size_t n; *path; path += n + (path[n] == '.')) {
        n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10)) : json_object_get(value, part);
    }
    return value;
}

static const char *text_at(const struct world *world, const char *path)
{
    const char *text = json_string_value(at(world, path));
    return text ? text : "";
}

static long long int_at(const struct world *world, const char *path)
{
    json_t *value = at(world, path);
    if (!json_is_integer(value))
        fail_msg("%s is no number", path);
    return json_integer_value(value);
}

static size_t size_at(const struct world *world, const char *path)
{
    return json_array_size(at(world, path));
}

/* Adds something and keeps its id. */
static void added(struct world *world, const char *args, char id[HW_ID_TEXT + 1])
{
    ask_ok(world, "add", args);
    snprintf(id, HW_ID_TEXT + 1, "%s", text_at(world, "end.records.0.id"));
}

/* ---- the other office, UZB, whose writes have not seen ours ---- */

static enum hw_status world_enter(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world *world = self;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(world->other.office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    unsigned number;
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "code", world->other.office, err);
    if (!status)
        status = hw_edit_put(edit, "countries", "UZB", err);
    if (!status)
        status = hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
    char office[HW_ID_TEXT + 1];
    struct hw_id grant = hw_id_derive("grant", &code, 1);
    hw_id_print(&id, office);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_GRANT, &grant, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "office", office, err);
    if (!status)
        status = hw_edit_put(edit, "scope", "wg6", err);
    if (!status)
        status = hw_edit_put(edit, "role", "coordinator", err);
    if (!status)
        status = hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
    return status ? status
                  : hw_tx_life_enter(tx, world->other.office, &world->other.inc, world->other.sign_public, "first",
                                     hw_tx_next_change(tx), "headwayd", &number, err);
}

struct world_push {
    struct world *world;
    const char *group, *id, *field, *value;
    uint16_t kind;
};

/* One event of UZB that has seen nothing: it is concurrent with all that stands there. */
static enum hw_status world_push(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world_push *push = self;
    struct world *world = push->world;
    const struct hw_field *field = hw_field_named(hw_kind_by_id(push->kind), push->field);
    struct hw_out value = {0}, wire = {0};
    struct hw_taken taken;
    uint8_t seed[HW_SEED_SIZE] = {7};
    assert_int_equal(hw_value_parse(field, hw_slice_text(push->value), HW_DATES_UNKNOWN, &value, err), HW_OK);
    struct hw_op op = {.code = field->set ? HW_OP_ADD : HW_OP_SET, .field = field->id, .value = hw_out_slice(&value)};
    struct hw_event event = {.seq = ++world->other_seq, .kind = push->kind, .author = hw_slice_text("rustam"),
                             .stamp = (uint64_t)hw_tx_wall(tx) << 16, .change = world->other_seq, .ops = &op,
                             .ops_n = 1};
    assert_true(hw_id_parse(hw_slice_text(push->id), &event.record));
    struct hw_binding binding = {.office = hw_slice_text(world->other.office)};
    memcpy(binding.root, world->identity.root, sizeof binding.root);
    uint8_t hash[HW_HASH_SIZE];
    hw_segment_seal(&binding, &world->other.inc, hw_slice_text(push->group), &event, 1, world->other_hash, seed,
                    world->other.sign_secret, &wire, hash);
    memcpy(world->other_hash, hash, sizeof hash);
    struct hw_slice one = hw_out_slice(&wire);
    enum hw_status status = hw_tx_take_segments(tx, world->other.office, &world->other.inc, &one, 1, &taken, err);
    hw_out_done(&value);
    hw_out_done(&wire);
    return status;
}

/* UZB, a coordinator of wg6, writes one field without having seen what is there; headquarters only. */
static void meanwhile(struct world *world, const char *group, const char *id, const char *field, const char *value)
{
    struct world_push push = {world, group, id, field, value, HW_KIND_ITEM};
    struct hw_err err = {0};
    struct hw_job enter = {.write = true, .run = world_enter, .self = world};
    struct hw_job job = {.write = true, .run = world_push, .self = &push};
    if (world->other_seq == 0 && hw_store_now(world->store, &enter, &err) != HW_OK)
        fail_msg("%s", err.text);
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

/* Not every test asks everything. */
__attribute__((unused)) static const void *const world_uses[] = {
    (const void *)(uintptr_t)ask_ok, (const void *)(uintptr_t)text_at, (const void *)(uintptr_t)int_at,
    (const void *)(uintptr_t)size_at, (const void *)(uintptr_t)added, (const void *)(uintptr_t)meanwhile,
    (const void *)(uintptr_t)world_open, (const void *)(uintptr_t)world_close};

#endif
