/* return_world.h: headquarters and two offices, each with a store of its own, that exchange messages without a network; and
 * backups of headquarters' database. */
#ifndef TESTS_RETURN_WORLD_H
#define TESTS_RETURN_WORLD_H

#include "daemon/store_internal.h"
#include "daemon/store_recovery.h"
#include "verb_world.h"

enum { ROOM = HW_MESSAGE_SIZE - 1024 };

struct net {
    struct world *hub, *kaz, *tkm;
    uint8_t curve[3][32]; /* KAZ, TKM, any other */
    char plan[HW_ID_TEXT + 1], backup[80];
    struct hw_identity lived; /* the hub's life when the backup was made */
};

/* One job of one store, and what it needs. */
struct deed {
    struct net *net;
    struct world *of;
    struct hw_slice bytes; /* a message in */
    struct hw_out out;     /* a message out */
    const char *group;
    uint64_t from, last;
    uint8_t nonce;
    struct hw_returned returned;
    struct hw_welcome welcome, told; /* told: `resume` as the hub said it */
    struct hw_arena arena;
};

static inline enum hw_status deed_do(struct world *world, enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                              struct deed *deed)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = deed};
    return hw_store_now(world->store, &job, &err);
}

static inline void must(struct world *world, enum hw_status (*what)(struct hw_tx *tx, void *self, struct hw_err *err),
                 struct deed *deed)
{
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = what, .self = deed};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s: %s", world->identity.office, err.text);
}

/* -- who takes part -- */

static inline const uint8_t *curve_of(const struct net *net, const struct world *office)
{
    return net->curve[office == net->kaz ? 0 : office == net->tkm ? 1 : 2];
}

static inline enum hw_status enter_office(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(deed->of->identity.office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    enum hw_status status = world_enter(tx, deed->net->hub, err); /* hub->other is this office for the moment */
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_bytes(edit, "curve_key", curve_of(deed->net, deed->of), 32, err);
    if (!status)
        status = hw_edit_put(edit, "state", "active", err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

static inline enum hw_status enter_self(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct hw_identity *hub = &((struct deed *)self)->net->hub->identity;
    unsigned number;
    struct hw_edit *edit = hw_arena_alloc(hw_tx_arena(tx), sizeof *edit);
    const struct hw_slice code = hw_slice_text(hub->office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "code", hub->office, err);
    if (!status)
        status = hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
    return status ? status
                  : hw_tx_life_enter(tx, hub->office, &hub->inc, hub->sign_public, "first", hw_tx_next_change(tx),
                                     "headwayd", &number, err);
}

static inline struct world *join(struct net *net, struct world **place, const char *code)
{
    struct world *world = *place = world_open(code, false);
    struct deed deed = {.net = net, .of = world};
    memcpy(world->identity.root, net->hub->identity.root, sizeof world->identity.root);
    world->identity.enrolled = true;
    hw_store_identify(world->store, &world->identity);
    net->hub->other = world->identity;
    must(net->hub, enter_office, &deed);
    return world;
}

/* -- messages -- */

static inline enum hw_status pack_up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    size_t n;
    hw_out_reset(&deed->out);
    enum hw_status status = hw_tx_segments_up(tx, "wg6", deed->from, ROOM, &items, &n, &deed->last, err);
    if (!status && n)
        hw_segments_wrap(&deed->out, 1, hw_out_slice(&items), n);
    return status;
}

static inline enum hw_status take_up(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    struct hw_taken taken;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    return status ? status
                  : hw_tx_take_segments(tx, deed->of->identity.office, &deed->of->identity.inc,
                                        message.body.segments.wires, message.body.segments.n, &taken, err);
}

/* All own segments go up; what is there already is taken as received. */
static inline void up(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office, .from = 1};
    for (must(office, pack_up, &deed); deed.out.n; must(office, pack_up, &deed)) {
        must(net->hub, take_up, &deed);
        deed.from = deed.last + 1;
    }
    hw_out_done(&deed.out);
}

/* A JOURNAL from `from` on; `nonce` set: with all segments, as who hands back. */
static inline enum hw_status pack_journal(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_out items HW_CLEANUP(hw_out_done) = {0};
    struct hw_journal_message head;
    size_t n;
    hw_out_reset(&deed->out);
    enum hw_status status = hw_tx_journal_down(tx, deed->group, deed->from, ROOM, deed->of ? &deed->of->identity.inc : NULL,
                                               &items, &n, &deed->last, &head, err);
    if (!status && n)
        hw_journal_wrap(&deed->out, 1, &head, hw_out_slice(&items), n);
    return status;
}

static inline enum hw_status take_down(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    return status ? status : hw_tx_take_journal(tx, &message.body.journal, err);
}

static inline enum hw_status find_tip(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(deed->group));
    (void)err;
    deed->last = group ? group->position : 0;
    return HW_OK;
}

static inline uint64_t tip(struct world *world, const char *group)
{
    struct deed deed = {.group = group};
    must(world, find_tip, &deed);
    return deed.last;
}

/* An office follows the journals. */
static inline void down(struct net *net, struct world *office)
{
    static const char *const groups[] = {"directory", "wg6"};
    for (size_t i = 0; i < 2; i++) {
        struct deed deed = {.net = net, .of = office, .group = groups[i]};
        for (;;) {
            deed.from = tip(office, groups[i]) + 1;
            must(net->hub, pack_journal, &deed);
            if (!deed.out.n)
                break;
            must(office, take_down, &deed);
        }
        hw_out_done(&deed.out);
    }
}

/* -- handing back -- */

static inline enum hw_status say_hello(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_group_tip *tips;
    size_t n;
    struct hw_message message = {.type = HW_HELLO};
    struct hw_hello *hello = &message.body.hello;
    (void)err;
    hw_tx_tips(tx, &tips, &n);
    *hello = (struct hw_hello){.schema = 1, .inc = deed->of->identity.inc};
    memcpy(hello->sign_key, deed->of->identity.sign_public, sizeof hello->sign_key);
    randombytes_buf(hello->nonce, sizeof hello->nonce);
    hello->cursors = hw_arena_zero(hw_tx_arena(tx), n, sizeof *hello->cursors);
    hello->streams = hw_arena_zero(hw_tx_arena(tx), n, sizeof *hello->streams);
    for (size_t i = 0; i < n; i++) {
        struct hw_cursor *cursor = &hello->cursors[hello->cursors_n];
        *cursor = (struct hw_cursor){.group = hw_slice_text(tips[i].group), .life = tips[i].life,
                                     .position = tips[i].position};
        memcpy(cursor->chain, tips[i].chain, sizeof cursor->chain);
        hello->cursors_n += tips[i].position > 0;
        struct hw_stream_tip *stream = &hello->streams[hello->streams_n];
        *stream = (struct hw_stream_tip){.group = hw_slice_text(tips[i].group), .seq = tips[i].own_sealed};
        memcpy(stream->hash, tips[i].own_hash, sizeof stream->hash);
        hello->streams_n += tips[i].own_sealed > 0;
    }
    hw_message_encode(&deed->out, &message);
    return HW_OK;
}

static inline enum hw_status hear_hello(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    static const uint8_t token[HW_TOKEN_SIZE] = {1};
    struct hw_message message, welcome = {.type = HW_WELCOME, .session = 1};
    const char *office;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    if (!status)
        status = hw_tx_hello(tx, curve_of(deed->net, deed->of), &message.body.hello, token, 1,
                             &welcome.body.welcome, &office, err);
    hw_out_reset(&deed->out);
    if (!status)
        hw_message_encode(&deed->out, &welcome);
    return status;
}

/* The office reads the WELCOME and finds where its journals and the hub's part. */
static inline enum hw_status find_from(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_arena_slice(&deed->arena, hw_out_slice(&deed->out)), &deed->arena,
                                              &message, err);
    deed->welcome = deed->told = message.body.welcome;
    deed->told.groups = hw_arena_copy(&deed->arena, deed->told.groups, deed->told.groups_n * sizeof *deed->told.groups);
    return status ? status : hw_tx_return_from(tx, &deed->welcome, true, err);
}

static inline enum hw_status take_back(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_message message;
    enum hw_status status = hw_message_decode(hw_out_slice(&deed->out), hw_tx_arena(tx), &message, err);
    if (!status)
        status = hw_tx_return_take(tx, deed->of ? deed->of->identity.office : "KAZ", &message.body.journal,
                                   &deed->returned, err);
    deed->returned.note = hw_arena_text(&deed->arena, deed->returned.note, status ? 0 : strlen(deed->returned.note));
    return status;
}

static inline struct deed hello_of(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office};
    must(office, say_hello, &deed);
    must(net->hub, hear_hello, &deed);
    must(office, find_from, &deed);
    return deed;
}

static inline void deed_done(struct deed *deed)
{
    hw_out_done(&deed->out);
    hw_arena_done(&deed->arena);
}

static inline enum hw_status rebase(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct deed *deed = self;
    struct hw_welcome *welcome = &deed->welcome; /* as a test made it */
    enum hw_status status = HW_OK;
    if (deed->told.groups) {
        welcome = &deed->told;
        status = hw_tx_return_from(tx, welcome, false, err);
    }
    for (size_t i = welcome->groups_n; i > 0 && !status; i--) {
        const struct hw_group_welcome *ask = &welcome->groups[i - 1];
        if (ask->state == HW_GROUP_RETURN)
            status = hw_tx_rebase(tx, hw_arena_text(hw_tx_arena(tx), ask->group.p, ask->group.n), ask->resume, err);
    }
    return status;
}

/* Everything that the hub asks for; the status of its WELCOME. At a relay the journals are cut only when the gate has them: then it asks
 * for nothing more. */
static inline uint8_t hand_back(struct net *net, struct world *office)
{
    struct deed deed = hello_of(net, office);
    bool late = deed.welcome.status == HW_WELCOME_LATE;
    for (size_t i = 0; i < deed.welcome.groups_n; i++) {
        const struct hw_group_welcome *ask = &deed.welcome.groups[i];
        if (ask->state != HW_GROUP_RETURN)
            continue;
        deed.group = hw_arena_text(&deed.arena, ask->group.p, ask->group.n);
        for (deed.from = ask->resume + 1; deed.from <= tip(office, deed.group); deed.from = deed.returned.last + 1) {
            deed.of = NULL;
            must(office, pack_journal, &deed);
            deed.of = office;
            must(net->hub, take_back, &deed);
            assert_int_equal(deed.returned.last, deed.last);
        }
        late = late && !deed.returned.waits;
    }
    if (late)
        must(office, rebase, &deed);
    uint8_t status = deed.welcome.status;
    deed_done(&deed);
    return status;
}

static inline enum hw_status heard(struct hw_tx *tx, void *self, struct hw_err *err)
{
    return hw_tx_recovery_heard(tx, ((struct deed *)self)->of->identity.office, err);
}

static inline void is_heard(struct net *net, struct world *office)
{
    struct deed deed = {.net = net, .of = office};
    must(net->hub, heard, &deed);
}

static inline enum hw_status ask_recovering(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)err;
    ((struct deed *)self)->last = hw_tx_recovering(tx);
    return HW_OK;
}

static inline bool recovering(struct net *net)
{
    struct deed deed = {.net = net};
    must(net->hub, ask_recovering, &deed);
    return deed.last == 1;
}

static inline enum hw_status end_recovery(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    return hw_tx_recovery_end(tx, err);
}

/* -- backups -- */

static inline void copy_file(const char *from, const char *to)
{
    char command[300];
    snprintf(command, sizeof command, "cp %s %s", from, to);
    assert_int_equal(system(command), 0);
}

static inline void reopen(struct world *world, const char *from, const char *to)
{
    char path[128];
    struct hw_err err;
    snprintf(path, sizeof path, "%s/headway.db", world->dir);
    hw_store_close(world->store); /* leaves one file */
    if (*from || *to)
        copy_file(*from ? from : path, *to ? to : path);
    assert_int_equal(hw_store_open(path, NULL, NULL, &world->store, &err), HW_OK);
    hw_store_identify(world->store, &world->identity);
}

static inline void make_backup(struct net *net)
{
    snprintf(net->backup, sizeof net->backup, "%s.backup", net->hub->dir);
    net->lived = net->hub->identity;
    reopen(net->hub, "", net->backup);
}

/* Puts the backup back; without a word. */
static inline void put_back(struct net *net)
{
    net->hub->identity = net->lived;
    reopen(net->hub, net->backup, "");
}

static inline enum hw_status begin_recovery(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct net *net = ((struct deed *)self)->net;
    size_t moved;
    return hw_tx_recovery_begin(tx, &net->hub->identity, 1793527200000, &moved, err);
}

/* A new life of the hub begins to recover. */
static inline void begin(struct net *net)
{
    struct deed deed = {.net = net};
    struct hw_identity *identity = &net->hub->identity;
    randombytes_buf(identity->inc.b, sizeof identity->inc.b);
    crypto_sign_keypair(identity->sign_public, identity->sign_secret);
    identity->life++;
    must(net->hub, begin_recovery, &deed);
}

static inline void restore(struct net *net)
{
    put_back(net);
    begin(net);
}

static inline void end(struct net *net)
{
    struct deed deed = {.net = net};
    must(net->hub, end_recovery, &deed);
}

/* -- what it is about -- */

static inline void write_item(struct net *net, struct world *world, const char *title)
{
    char args[200];
    snprintf(args, sizeof args, "{'type':'activity','title':'%s','plan':'%s','assign':[]}", title, net->plan);
    ask_ok(world, "add", args);
}

static inline bool has_item(struct world *world, const char *title)
{
    ask_ok(world, "list", "{'filter':[],'limit':1000}");
    for (size_t i = 0; i < size_at(world, "rows"); i++) {
        char path[40];
        snprintf(path, sizeof path, "rows.%zu.title", i);
        if (strcmp(text_at(world, path), title) == 0)
            return true;
    }
    return false;
}

static inline void same_export(struct world *a, struct world *b)
{
    ask_ok(a, "export", "{'filter':[],'limit':1000}");
    ask_ok(b, "export", "{'filter':[],'limit':1000}");
    char *one = json_dumps(json_object_get(a->answer, "rows"), 0), *two = json_dumps(json_object_get(b->answer, "rows"), 0);
    assert_string_equal(one, two);
    free(one);
    free(two);
}

/* Headquarters and its offices, without a group. */
static inline struct net *net_open_bare(void)
{
    struct net *net = calloc(1, sizeof *net);
    assert_non_null(net);
    net->hub = world_open("HQ", true);
    net->hub->identity.enrolled = true;
    hw_store_identify(net->hub->store, &net->hub->identity);
    struct deed deed = {.net = net};
    must(net->hub, enter_self, &deed);
    randombytes_buf(net->curve, sizeof net->curve);
    join(net, &net->kaz, "KAZ");
    join(net, &net->tkm, "TKM");
    return net;
}

static inline void net_fill(struct net *net)
{
    ask_ok(net->hub, "group.add", "{'code':'wg6'}");
    ask_ok(net->hub, "plan.add", "{'title':'Plan','group':'wg6'}");
    snprintf(net->plan, sizeof net->plan, "%s", text_at(net->hub, "end.records.0.id"));
    down(net, net->kaz);
    down(net, net->tkm);
}

static inline struct net *net_open(void)
{
    struct net *net = net_open_bare();
    net_fill(net);
    return net;
}

static inline void net_close(struct net *net)
{
    world_close(net->hub);
    world_close(net->kaz);
    world_close(net->tkm);
    if (*net->backup)
        unlink(net->backup);
    free(net);
}

/* -- what the gate decides -- */

/* What the gate decided of an event. */
struct found {
    struct hw_inc inc;
    uint64_t seq;
    struct hw_logged event;
    uint64_t held;
};

static inline enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct found *found = self;
    enum hw_status status = hw_tx_event(tx, &found->inc, "wg6", found->seq, &found->event, err);
    found->event.verdict_text = "";
    return status;
}

static inline struct hw_logged event_at(struct world *world, const struct hw_inc *inc, uint64_t seq)
{
    struct found found = {.inc = *inc, .seq = seq};
    struct hw_err err = {0};
    struct hw_job job = {.run = look, .self = &found};
    if (hw_store_now(world->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
    return found.event;
}

/* A verdict of the hub's, as if it had judged so. */
struct judged {
    struct hw_inc inc;
    uint64_t seq, stamp;
    uint8_t verdict;
    const char *text;
};

static inline enum hw_status judge(struct hw_tx *tx, void *self, struct hw_err *err)
{
    const struct judged *judged = self;
    struct hw_group *group = hw_cache_group(tx->store, hw_slice_text("wg6"));
    struct hw_stream *stream = hw_cache_stream(tx->store, &judged->inc, group->id);
    struct hw_stored_segment segment;
    struct hw_entry entry = {.type = HW_ENTRY_VERDICT, .inc = judged->inc, .seq = judged->seq,
                             .verdict = judged->verdict, .stamp = judged->stamp, .code = HW_REFUSAL_RIGHTS,
                             .text = hw_slice_text(judged->text)};
    assert_int_equal(hw_segment_get(tx, stream, judged->seq, false, &segment, err), HW_OK);
    sqlite3_stmt *admit = hw_sql(tx->store, SQL_ADMIT_GET);
    hw_bind_int(admit, 1, (uint64_t)hw_row_id(stream->id, segment.first));
    assert_int_equal(hw_sql_step(tx->store, admit, err), HW_OK);
    entry.time_ms = (uint64_t)sqlite3_column_int64(admit, 1); /* the gate writes both in one job */
    sqlite3_reset(admit);
    enum hw_status status = hw_gate_append(tx, group, &entry, false, err);
    return status ? status : hw_journal_note(tx, group, stream, &entry, err);
}

static inline void decide_saying(struct net *net, const struct hw_inc *inc, uint64_t seq, uint8_t verdict, uint64_t stamp,
                                 const char *text)
{
    struct judged judged = {.inc = *inc, .seq = seq, .verdict = verdict, .stamp = stamp, .text = text};
    struct hw_err err = {0};
    struct hw_job job = {.write = true, .run = judge, .self = &judged};
    if (hw_store_now(net->hub->store, &job, &err) != HW_OK)
        fail_msg("%s", err.text);
}

static inline void decide(struct net *net, const struct hw_inc *inc, uint64_t seq, uint8_t verdict, uint64_t stamp)
{
    decide_saying(net, inc, seq, verdict, stamp, "");
}

/* KAZ holds what nobody else does; recovery ends without it. Returns its first event's name. */
static inline struct net *late_world(struct hw_inc *kaz)
{
    struct net *net = net_open();
    make_backup(net);
    *kaz = net->kaz->identity.inc;
    write_item(net, net->kaz, "By KAZ");
    write_item(net, net->kaz, "By KAZ again");
    up(net, net->kaz);
    return net;
}

#endif
