/* snapshot_world.h: headquarters with a busy group, and the steps by which its snapshot is made, travels and is compared with the
 * whole journal. */
#ifndef TESTS_SNAPSHOT_WORLD_H
#define TESTS_SNAPSHOT_WORLD_H

#include "daemon/store_snapshot.h"
#include "daemon/store_verify.h"
#include "return_world.h"

enum { ITEMS = 30, REMARKS = 420, SETS = 1700 };

/* One exchange about the snapshot; the message stands in `out`. */
struct trade {
    struct net *net;
    uint64_t position, index, chunks, has;
    bool again;
    unsigned steps;
    struct hw_out out;
};

static inline enum hw_status pack_offer(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct trade *trade = self;
    struct hw_offer offer;
    struct hw_message message = {.type = HW_SNAPSHOT, .session = 1};
    enum hw_status status = hw_tx_snapshot_offer(tx, "wg6", trade->has, &offer, err);
    trade->again = offer.again;
    trade->position = status ? 0 : offer.position;
    trade->chunks = status ? 0 : offer.chunks;
    if (status || !offer.position)
        return status;
    message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_OFFER, .group = hw_slice_text("wg6"),
                                                         .bytes = offer.manifest};
    memcpy(message.body.snapshot.signature, offer.signature, HW_SIGNATURE_SIZE);
    hw_out_reset(&trade->out);
    hw_message_encode(&trade->out, &message);
    return HW_OK;
}

static inline enum hw_status pack_chunk(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct trade *trade = self;
    struct hw_message message = {.type = HW_SNAPSHOT, .session = 1};
    message.body.snapshot = (struct hw_snapshot_message){.what = HW_SNAPSHOT_CHUNK, .group = hw_slice_text("wg6"),
                                                         .position = trade->position, .index = trade->index};
    enum hw_status status = hw_tx_snapshot_chunk(tx, "wg6", trade->position, trade->index, &message.body.snapshot.bytes, err);
    hw_out_reset(&trade->out);
    if (!status)
        hw_message_encode(&trade->out, &message);
    return status;
}

static inline enum hw_status take_trade(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct trade *trade = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_out_slice(&trade->out), hw_tx_arena(tx), &message, err);
    return status ? status : hw_tx_snapshot_take(tx, &message.body.snapshot, err);
}

static inline enum hw_status trade_do(struct world *world, enum hw_status (*what)(struct hw_tx *, void *, struct hw_err *),
                               struct trade *trade)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = trade};
    return hw_store_now(world->store, &job, &err);
}

static inline enum hw_status back_up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    uint8_t name[HW_COVER_NAME];
    enum hw_status status = hw_tx_cover_mark(tx, name, err);
    (void)self;
    return status ? status : hw_tx_cover_confirm(tx, name, err);
}

/* What the hub has is stored in a backup. */
static inline void cover(struct net *net)
{
    struct trade trade = {.net = net};
    assert_int_equal(trade_do(net->hub, back_up, &trade), HW_OK);
}

/* As often as it takes; the store could do other things between. */
static inline enum hw_status ask_offer(struct net *net, struct trade *trade)
{
    enum hw_status status;
    for (trade->steps = 0; !(status = trade_do(net->hub, pack_offer, trade)) && trade->again; trade->steps++)
        assert_true(trade->steps < 1000);
    return status;
}

static inline void directory_down(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office, .group = "directory"};
    for (;;) {
        deed.from = tip(office, "directory") + 1;
        must(net->hub, pack_journal, &deed);
        if (!deed.out.n)
            break;
        must(office, take_down, &deed);
    }
    hw_out_done(&deed.out);
}

/* The whole way; the office is closed and opened again after each piece. */
static inline void by_snapshot(struct net *net, struct world *office)
{
    struct trade trade = {.net = net};
    cover(net);
    directory_down(net, office);
    assert_int_equal(ask_offer(net, &trade), HW_OK);
    assert_true(trade.chunks > 1);
    assert_int_equal(trade_do(office, take_trade, &trade), HW_OK);
    for (trade.index = 0; trade.index < trade.chunks; trade.index++) {
        assert_int_equal(tip(office, "wg6"), 0);
        assert_int_equal(trade_do(net->hub, pack_chunk, &trade), HW_OK);
        assert_int_equal(trade_do(office, take_trade, &trade), HW_OK);
        reopen(office, "", "");
    }
    assert_int_equal(tip(office, "wg6"), trade.position);
    hw_out_done(&trade.out);
}

/* -- what is compared -- */

static inline void put_table(struct world *world, const struct hw_kind *kind, struct hw_out *out)
{
    sqlite3_stmt *row;
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" WHERE grp = 'wg6' ORDER BY id", kind->name);
    assert_int_equal(sqlite3_prepare_v2(world->store->db, sql, -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            const void *p = sqlite3_column_blob(row, i);
            if (strcmp(sqlite3_column_name(row, i), "history") != 0)
                hw_put_bytes(out, p, (size_t)sqlite3_column_bytes(row, i));
        }
    sqlite3_finalize(row);
}

static inline void assert_same_rows(struct world *one, struct world *other)
{
    for (size_t i = 0; i < hw_schema_n; i++) {
        struct hw_out a = {0}, b = {0};
        put_table(one, &hw_schema[i], &a);
        put_table(other, &hw_schema[i], &b);
        if (!hw_slice_equal(hw_out_slice(&a), hw_out_slice(&b)))
            fail_msg("rows of %s differ", hw_schema[i].name);
        hw_out_done(&a);
        hw_out_done(&b);
    }
}

static inline enum hw_status look_over(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_verified result;
    enum hw_status status = hw_tx_verify(tx, &result, err);
    *(uint64_t *)self = result.faults_all;
    if (!status && result.faults_all)
        print_message("%s: %s\n", result.faults[0].where, result.faults[0].message);
    return status;
}

static inline uint64_t faults(struct world *world)
{
    uint64_t n = 0;
    struct hw_err err = {0};
    struct hw_job job = {.run = look_over, .self = &n};
    assert_int_equal(hw_store_now(world->store, &job, &err), HW_OK);
    return n;
}

/* -- the world -- */

static char items[ITEMS][HW_ID_TEXT + 1];

static inline void set(struct world *world, const char *id, const char *field, const char *value)
{
    char args[300];
    snprintf(args, sizeof args, "{'target':['%s'],'assign':['%s=%s']}", id, field, value);
    ask_ok(world, "set", args);
}

/* Items that were changed often, a conflict and long remarks: several pieces. */
static inline struct net *net_busy(void)
{
    struct net *net = net_open();
    static const char *const states[] = {"in-progress", "done", "planned"};
    char args[1200], words[900];
    world_close(net->kaz); /* the others have followed the group from its beginning */
    join(net, &net->kaz, "UZB");
    sqlite3_exec(net->hub->store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    for (size_t i = 0; i < ITEMS; i++) {
        snprintf(args, sizeof args, "{'type':'activity','title':'Item %zu','plan':'%s','assign':[]}", i, net->plan);
        added(net->hub, args, items[i]);
    }
    for (size_t i = 0; i < SETS; i++)
        set(net->hub, items[i % ITEMS], i % 2 ? "status" : "deadline", i % 2 ? states[i / ITEMS % 3] : i % 4 ? "2027" : "2028");
    for (size_t i = 0; i < REMARKS; i++) {
        for (size_t k = 0; k < sizeof words - 1; k++)
            words[k] = (char)('a' + randombytes_uniform(26)); /* so that it does not pack */
        words[sizeof words - 1] = 0;
        snprintf(args, sizeof args, "{'id':'%s','text':'%s'}", items[i % ITEMS], words);
        ask_ok(net->hub, "comment", args);
    }
    return net;
}

#endif
