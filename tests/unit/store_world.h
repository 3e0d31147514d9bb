/* store_world.h: what the tests of the store share: a store in a directory of its own, and jobs that write. */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "daemon/store_verify.h"

struct world {
    char dir[64], path[128];
    struct hw_store *store;
    struct hw_identity identity;
    int wake[2]; /* pipe: a byte for each wake-up of the store thread */
};

static inline void wake(void *self)
{
    struct world *world = self;
    assert_int_equal(write(world->wake[1], "x", 1), 1);
}

static inline void open_store(struct world *world, bool threaded)
{
    struct hw_err err;
    if (hw_store_open(world->path, threaded ? wake : NULL, world, &world->store, &err) != HW_OK)
        fail_msg("%s", err.text);
    hw_store_identify(world->store, &world->identity);
}

static inline int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    snprintf(world->dir, sizeof world->dir, "/tmp/headway-store-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->path, sizeof world->path, "%s/headway.db", world->dir);
    snprintf(world->identity.office, sizeof world->identity.office, "HQ");
    world->identity.gate = world->identity.enrolled = true;
    world->identity.life = 1;
    memset(world->identity.inc.b, 7, sizeof world->identity.inc.b);
    crypto_sign_keypair(world->identity.sign_public, world->identity.sign_secret);
    crypto_sign_keypair(world->identity.root, world->identity.root_secret);
    assert_int_equal(pipe(world->wake), 0);
    *state = world;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *world = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    hw_store_close(world->store);
    for (size_t i = 0; i < 3; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", world->path, ends[i]);
        unlink(path);
    }
    rmdir(world->dir);
    close(world->wake[0]);
    close(world->wake[1]);
    free(world);
    return 0;
}

/* One job that writes an item; `fail` lets it fail after writing. */
struct item {
    const char *title;
    bool fail;
    int done; /* times `done` was called */
    enum hw_status status;
    struct hw_id id;
};

static inline enum hw_status write_item(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct item *item = self;
    const struct hw_slice name = hw_slice_text(item->title);
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    item->id = hw_id_derive("test", &name, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_ITEM, &item->id, "g", err);
    if (!status)
        status = hw_edit_put(edit, "title", item->title, err);
    if (!status)
        status = hw_edit_write(edit, hw_tx_next_change(tx), "tester", err);
    return !status && item->fail ? hw_fail(err, HW_USAGE, "fails on purpose") : status;
}

static inline void item_done(void *self, enum hw_status status, const struct hw_err *err)
{
    struct item *item = self;
    (void)err;
    item->done++;
    item->status = status;
}

static inline enum hw_status now(struct world *world, struct item *item)
{
    struct hw_job job = {.write = true, .run = write_item, .self = item};
    return hw_store_now(world->store, &job, NULL);
}

struct count {
    int64_t items;
    struct hw_group_tip tip;
};

static inline enum hw_status count_items(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct count *count = self;
    struct hw_group_tip *tips;
    size_t n;
    (void)err;
    count->items = hw_tx_count(tx, HW_KIND_ITEM);
    hw_tx_tips(tx, &tips, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(tips[i].group, "g") == 0)
            count->tip = tips[i];
    return HW_OK;
}

static inline struct count counted(struct world *world)
{
    struct count count = {0};
    struct hw_job job = {.run = count_items, .self = &count};
    assert_int_equal(hw_store_now(world->store, &job, NULL), HW_OK);
    return count;
}

static inline void text_of_schema(sqlite3 *db, char **text)
{
    sqlite3_stmt *statement;
    struct hw_out out = {0};
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_master ORDER BY name", -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < 2; i++) {
            const char *part = (const char *)sqlite3_column_text(statement, i);
            hw_put_raw(&out, part ? part : "", part ? strlen(part) : 0);
            hw_put_raw(&out, "\n", 1);
        }
    hw_put_raw(&out, "", 1);
    sqlite3_finalize(statement);
    *text = (char *)out.p;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
