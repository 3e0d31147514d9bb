/* store_session.c: what a session with a peer needs of the store: fence
 * tokens, tips compared, grants, who may connect (floor 2). */
#include <sodium.h>
#include <string.h>

#include "daemon/store_bundle.h"
#include "daemon/store_internal.h"
#include "daemon/store_recovery.h"
#include "headway/value.h"

enum hw_status hw_tx_heard_set(struct hw_tx *tx, const char *office, int64_t when, uint64_t confirmed,
                               struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_HEARD_SET);
    hw_bind_text(statement, 1, office, strlen(office));
    hw_bind_int(statement, 2, (uint64_t)when);
    hw_bind_int(statement, 3, confirmed);
    return hw_sql_run(tx->store, statement, err);
}

/* What the office told of one of its streams. */
static const struct hw_stream_tip *told_of(const struct hw_hello *hello, const char *group)
{
    for (size_t i = 0; i < hello->streams_n; i++)
        if (hw_slice_is(hello->streams[i].group, group))
            return &hello->streams[i];
    return NULL;
}

/* The tip that the office names against what is held here. `tip` becomes the
 * last boundary held here that is not above what the office told. */
static enum hw_status compare_stream(struct hw_tx *tx, const struct hw_hello *hello, const struct hw_stream *held,
                                     const struct hw_group *group, struct hw_stream_tip *tip, uint8_t *verdict,
                                     struct hw_err *err)
{
    const struct hw_stream_tip *told = told_of(hello, group->code);
    struct hw_stored_segment segment;
    tip->group = hw_arena_slice(&tx->arena, hw_slice_text(group->code));
    tip->seq = held->sealed;
    memcpy(tip->hash, held->hash, sizeof tip->hash);
    *verdict = HW_WELCOME_OK;
    if (told && told->seq > held->sealed)
        return HW_OK; /* the office compares our tip with its own segments */
    if (told && told->seq == held->sealed) {
        tip->told = memcmp(told->hash, held->hash, sizeof told->hash) == 0;
        *verdict = tip->told ? HW_WELCOME_OK : HW_WELCOME_FORK;
        return HW_OK;
    }
    *verdict = HW_WELCOME_RESTORED; /* we hold more of its own stream than it does */
    tip->seq = 0;
    enum hw_status status = told ? hw_segment_get(tx, held, told->seq, false, &segment, err) : HW_NOT_FOUND;
    if (!status && segment.first + segment.n - 1 == told->seq) {
        tip->seq = told->seq;
        memcpy(tip->hash, segment.hash, sizeof tip->hash);
    }
    return status == HW_NOT_FOUND ? HW_OK : status;
}

static enum hw_status compare_streams(struct hw_tx *tx, const struct hw_hello *hello, struct hw_welcome *welcome,
                                      struct hw_err *err)
{
    struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    welcome->streams = hw_arena_zero(&tx->arena, store->streams_n, sizeof *welcome->streams);
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_group *group = hw_cache_group_by_id(store, stream->group);
        uint8_t verdict;
        if (hw_inc_compare(&stream->inc, &hello->inc) != 0 || stream->sealed == 0)
            continue;
        status = compare_stream(tx, hello, stream, group, &welcome->streams[welcome->streams_n++], &verdict, err);
        if (!status && welcome->status == HW_WELCOME_OK)
            welcome->status = verdict;
    }
    for (size_t i = 0; i < welcome->streams_n; i++) /* who must begin a new incarnation needs the hashes */
        welcome->streams[i].told = welcome->streams[i].told && welcome->status == HW_WELCOME_OK;
    return status;
}

bool hw_cursor_holds(struct hw_tx *tx, const struct hw_group *group, const struct hw_cursor *cursor)
{
    uint8_t chain[HW_HASH_SIZE]; /* it binds the life that wrote the entry, and those before */
    return hw_journal_chain(tx, group, cursor->position, chain, NULL) == HW_OK &&
           memcmp(chain, cursor->chain, sizeof chain) == 0;
}

static enum hw_status welcome_groups(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                     struct hw_welcome *welcome, struct hw_err *err)
{
    const char **granted;
    size_t n;
    enum hw_status status = hw_tx_granted(tx, office, &granted, &n, err);
    if (status)
        return status;
    welcome->groups = hw_arena_zero(&tx->arena, n, sizeof *welcome->groups);
    for (size_t i = 0; i < n; i++) {
        bool serves;
        status = hw_carry_serves(tx, granted[i], &serves, err);
        if (status)
            return status;
        if (!serves)
            continue;
        struct hw_group_welcome *one = &welcome->groups[welcome->groups_n++];
        const struct hw_group *group = hw_cache_group(tx->store, hw_slice_text(granted[i]));
        *one = (struct hw_group_welcome){.group = hw_slice_text(granted[i]), .state = HW_GROUP_RESUME,
                                         .position = group ? group->position : 0};
        for (size_t c = 0; c < hello->cursors_n; c++) {
            const struct hw_cursor *cursor = &hello->cursors[c];
            if (!hw_slice_is(cursor->group, granted[i]) || cursor->position == 0)
                continue;
            if ((group && hw_cursor_holds(tx, group, cursor)) || hw_carry_behind(tx, group, cursor))
                one->resume = cursor->position;
            else
                one->state = HW_GROUP_RETURN;
        }
        if (group && one->state == HW_GROUP_RESUME)
            status = hw_compact_floor(tx, group, &one->floor, err);
        if (status)
            return status;
    }
    return HW_OK;
}

struct fence {
    bool known, current, previous, repeated;
    struct hw_slice welcome;
};

static enum hw_status read_fence(struct hw_tx *tx, const struct hw_hello *hello, struct fence *fence,
                                 struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_FENCE_GET);
    hw_bind_blob(statement, 1, hello->inc.b, sizeof hello->inc.b);
    enum hw_status status = hw_sql_step(tx->store, statement, err);
    if (status)
        return status == HW_NOT_FOUND ? HW_OK : status;
    struct hw_slice token = {hello->token, sizeof hello->token}, nonce = {hello->nonce, sizeof hello->nonce};
    fence->known = true;
    fence->current = hw_slice_equal(hw_column_blob(statement, 0), token);
    fence->previous = hw_slice_equal(hw_column_blob(statement, 1), token) && !sqlite3_column_int(statement, 4);
    fence->repeated = hw_slice_equal(hw_column_blob(statement, 2), nonce);
    fence->welcome = hw_arena_slice(&tx->arena, hw_column_blob(statement, 3));
    sqlite3_reset(statement);
    return HW_OK;
}

static enum hw_status write_fence(struct hw_tx *tx, const struct hw_hello *hello, const struct hw_welcome *welcome,
                                  struct hw_err *err)
{
    struct hw_out bytes HW_CLEANUP(hw_out_done) = {0};
    struct hw_message message = {.type = HW_WELCOME, .session = welcome->session, .body.welcome = *welcome};
    hw_message_encode(&bytes, &message);
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_FENCE_SET);
    hw_bind_blob(statement, 1, hello->inc.b, sizeof hello->inc.b);
    hw_bind_blob(statement, 2, welcome->token, sizeof welcome->token);
    hw_bind_blob(statement, 3, hello->token, sizeof hello->token);
    hw_bind_blob(statement, 4, hello->nonce, sizeof hello->nonce);
    hw_bind_blob(statement, 5, bytes.p, bytes.n);
    return hw_sql_run(tx->store, statement, err);
}

/* A new incarnation is entered when one that the directory has as this office's
 * vouches for it; at a relay it has to wait until headquarters has done so. */
static enum hw_status introduce(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                const struct hw_life **life, struct hw_err *err)
{
    struct hw_introduce one = {.office = hw_slice_text(office), .inc = hello->inc, .previous = hello->previous,
                               .reason = hello->reason};
    bool pass_on = false;
    memcpy(one.sign_key, hello->sign_key, sizeof one.sign_key);
    memcpy(one.proof, hello->previous_proof, sizeof one.proof);
    enum hw_status status = hw_life_introduce(tx, &one, true, &pass_on, err);
    if (!status && pass_on)
        return hw_fail(err, HW_TIMEOUT, "a new incarnation of office %s begins; headquarters is told, and enters it in the "
                                        "directory first", office);
    if (!status)
        status = hw_tx_finish(tx, err); /* so that WELCOME tells the journal of `directory` with this entry */
    return status ? status : hw_cache_life(tx, &hello->inc, life, err);
}

/* An incarnation that the directory knows must be this office's. */
static enum hw_status check_owner(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                  struct hw_err *err)
{
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &hello->inc, &life, err);
    if (!status && life && strcmp(life->office, office) != 0)
        return hw_fail(err, HW_DENIED, "office %s presents an incarnation of office %s", office, life->office);
    return status;
}

/* The incarnation must be this office's, with the key that the directory has. */
static enum hw_status check_life(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                 const uint8_t curve_key[32], bool *ended, struct hw_err *err)
{
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &hello->inc, &life, err);
    if (!status && !life)
        status = introduce(tx, office, hello, &life, err);
    if (status)
        return status;
    if (!life || strcmp(life->office, office) != 0 || memcmp(life->key, hello->sign_key, sizeof life->key) != 0)
        return hw_fail(err, HW_DENIED, "office %s presents an incarnation that is not in the directory", office);
    *ended = life->ended;
    return hw_life_settle(tx, life, curve_key, err);
}

/* What AGAIN left out, as it stands here. NOT_FOUND: it is not all here, or the office means something else. */
static enum hw_status fill_again(struct hw_tx *tx, struct hw_hello *hello, struct hw_err *err)
{
    const struct hw_life *life;
    uint8_t digest[HW_DIGEST_SIZE];
    enum hw_status status = hw_cache_life(tx, &hello->inc, &life, err);
    bool held = !status && life;
    if (held)
        memcpy(hello->sign_key, life->key, sizeof hello->sign_key);
    for (size_t i = 0; i < hello->cursors_n && held && !status; i++) {
        struct hw_cursor *cursor = &hello->cursors[i];
        const struct hw_group *group = hw_cache_group(tx->store, cursor->group);
        uint64_t first, last;
        held = group && cursor->position <= group->position && cursor->position > group->base;
        if (held)
            status = hw_gate_life_at(tx->store, group, cursor->position, &cursor->life, &first, &last, err);
        if (held && !status)
            status = hw_journal_chain(tx, group, cursor->position, cursor->chain, err);
    }
    for (size_t i = 0; i < hello->streams_n && held && !status; i++) {
        struct hw_stream_tip *tip = &hello->streams[i];
        const struct hw_group *group = hw_cache_group(tx->store, tip->group);
        const struct hw_stream *stream = group ? hw_cache_stream(tx->store, &hello->inc, group->id) : NULL;
        held = stream && tip->seq <= stream->sealed;
        if (held)
            status = hw_segment_hash_at(tx, stream, tip->seq, tip->hash, err);
    }
    hw_hello_digest(hello, digest);
    held = held && !status && memcmp(digest, hello->digest, sizeof digest) == 0;
    if (status && status != HW_NOT_FOUND)
        return status;
    return held ? HW_OK : hw_fail(err, HW_NOT_FOUND, "this hub does not know where the office stands: it says so in full");
}

/* A new incarnation comes without a token; any other must have one. */
static bool first_contact(const struct hw_hello *hello)
{
    static const uint8_t none[HW_TOKEN_SIZE];
    return memcmp(hello->token, none, sizeof none) == 0;
}

enum hw_status hw_tx_hello(struct hw_tx *tx, const uint8_t curve_key[32], struct hw_hello *hello,
                           const uint8_t token[HW_TOKEN_SIZE], uint64_t session, struct hw_welcome *welcome,
                           const char **office, struct hw_err *err)
{
    struct fence fence = {0};
    bool ended = false;
    *welcome = (struct hw_welcome){.schema = HW_SCHEMA_VERSION, .session = session, .hub = tx->store->identity.inc,
                                   .time_ms = hw_gate_doubts(tx) ? 0 : (uint64_t)tx->wall};
    memcpy(welcome->nonce, hello->nonce, sizeof welcome->nonce);
    memcpy(welcome->token, token, HW_TOKEN_SIZE);
    enum hw_status status = hw_door_office(tx, curve_key, office, err);
    if (!status && hello->again)
        status = fill_again(tx, hello, err);
    if (!status)
        status = check_owner(tx, *office, hello, err);
    if (!status)
        status = hw_tx_speaks(tx, *office, hello, err);
    if (!status)
        status = hw_tx_return_ask(tx, *office, hello, welcome, err);
    if (!status && welcome->status != HW_WELCOME_OK) /* before it is fenced: the directory may know it only afterwards */
        return hw_tx_heard_set(tx, *office, tx->wall, 0, err);
    if (!status)
        status = check_life(tx, *office, hello, curve_key, &ended, err);
    if (!status)
        status = read_fence(tx, hello, &fence, err);
    if (status)
        return status;
    if (fence.repeated) {
        struct hw_message again;
        status = hw_message_decode(fence.welcome, &tx->arena, &again, err);
        *welcome = again.body.welcome;
        return status;
    }
    if (ended || (fence.known ? !fence.current && !fence.previous : !first_contact(hello)))
        welcome->status = HW_WELCOME_CLONE;
    status = compare_streams(tx, hello, welcome, err);
    if (!status)
        status = welcome_groups(tx, *office, hello, welcome, err);
    if (!status && welcome->status == HW_WELCOME_OK)
        status = write_fence(tx, hello, welcome, err);
    if (!status)
        status = hw_tx_bundle_cursors(tx, *office, hello, err);
    return status ? status : hw_tx_heard_set(tx, *office, tx->wall, 0, err);
}

/* What a former life of this office wrote, and the hub has not got, is issued again. */
static enum hw_status settle(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err)
{
    size_t moved = 0;
    enum hw_status status = hw_kept_settle(tx, group, &moved, err);
    if (!status)
        status = hw_rebirth_ended(tx, group, &moved, err);
    if (status || moved == 0)
        return status;
    return hw_tx_incident(tx, hw_arena_printf(&tx->arena, "Headquarters had not got changes of this office in group %s, which are "
                                              "held here: %zu were issued again.", group->code, moved), err);
}

enum hw_status hw_tx_welcome(struct hw_tx *tx, const struct hw_welcome *welcome, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    for (size_t i = 0; i < welcome->streams_n; i++) {
        const struct hw_stream_tip *tip = &welcome->streams[i];
        const struct hw_group *group = hw_cache_group(store, tip->group);
        const struct hw_stream *own = group ? hw_cache_stream(store, &store->identity.inc, group->id) : NULL;
        struct hw_stored_segment segment;
        enum hw_status status = own ? hw_segment_get(tx, own, tip->seq, false, &segment, err) : HW_NOT_FOUND;
        if (status && status != HW_NOT_FOUND)
            return status;
        if (status || segment.first + segment.n - 1 != tip->seq ||
            (!tip->told && memcmp(segment.hash, tip->hash, HW_HASH_SIZE) != 0))
            return hw_fail(err, HW_FORK, "the hub holds other changes of this office in group %.*s", (int)tip->group.n,
                           (const char *)tip->group.p);
    }
    for (size_t i = 0; i < welcome->groups_n; i++) {
        const struct hw_group *group = hw_cache_group(store, welcome->groups[i].group);
        if (group && welcome->groups[i].state == HW_GROUP_RESUME && group->position >= welcome->groups[i].position) {
            enum hw_status status = hw_redact_due(tx, group, err);
            if (!status)
                status = settle(tx, group, err);
            if (status)
                return status;
        }
    }
    return hw_orphans_tell(tx, welcome, err);
}

enum hw_status hw_tx_confirm(struct hw_tx *tx, const struct hw_inc *inc, const uint8_t token[HW_TOKEN_SIZE],
                             struct hw_err *err)
{
    sqlite3_stmt *statement = hw_sql(tx->store, SQL_FENCE_CONFIRM);
    hw_bind_blob(statement, 1, inc->b, sizeof inc->b);
    hw_bind_blob(statement, 2, token, HW_TOKEN_SIZE);
    enum hw_status status = hw_sql_run(tx->store, statement, err);
    if (!status && sqlite3_changes(tx->store->db) != 1)
        return hw_fail(err, HW_DENIED, "a token was confirmed that was not given last");
    return status;
}

enum hw_status hw_tx_may_read(struct hw_tx *tx, const struct hw_inc *reader, const char *group, struct hw_err *err)
{
    const struct hw_life *life;
    enum hw_granted granted = HW_GRANTED_NEVER;
    bool serves = false;
    enum hw_status status = hw_cache_life(tx, reader, &life, err);
    if (!status && !life)
        return hw_fail(err, HW_DENIED, "an incarnation that is not in the directory");
    if (!status)
        status = hw_carry_serves(tx, group, &serves, err);
    if (!status && !serves)
        return hw_fail(err, HW_DENIED, "this relay has no grant in group %s", group);
    if (!status)
        status = hw_tx_has_grant(tx, life->office, hw_slice_text(group), &granted, err);
    if (!status && granted != HW_GRANTED_NOW)
        return hw_fail(err, HW_DENIED, "office %s has no grant in group %s", life->office, group);
    return status;
}
