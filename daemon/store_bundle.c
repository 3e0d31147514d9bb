/* store_bundle.c: what goes into a bundle (floor 2): a HELLO, then the journals,
 * the directory's first, then segments that the gate has not admitted yet. All as it would go over the link. */
#include "daemon/store_bundle.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store_internal.h"

enum { ROOM = HW_MESSAGE_SIZE - 1024 }; /* for items: the envelope has its place beside them */

/* Between messages nothing is needed of the ones before: memory stays that of one, however long the bundle. */
static void forget(struct hw_tx *tx)
{
    hw_records_forget(tx);
    hw_arena_reset(&tx->arena);
}

static const char *cursors_key(struct hw_tx *tx, const char *office)
{
    return hw_arena_printf(&tx->arena, "cursors %s", office);
}

enum hw_status hw_tx_bundle_cursors(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                    struct hw_err *err)
{
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_message message = {.type = HW_HELLO};
    message.body.hello = (struct hw_hello){.cursors = hello->cursors, .cursors_n = hello->cursors_n};
    hw_message_encode(&out, &message);
    return hw_tx_put(tx, cursors_key(tx, office), hw_out_slice(&out), err);
}

enum hw_status hw_tx_bundle_key(struct hw_tx *tx, const char *office, uint8_t key[HW_CURVE_SIZE], struct hw_err *err)
{
    struct hw_door *doors;
    size_t n;
    enum hw_status status = hw_tx_doors(tx, &doors, &n, err);
    for (size_t i = 0; !status && i < n; i++)
        if (!doors[i].invitation && strcmp(doors[i].office, office) == 0) {
            memcpy(key, doors[i].key, HW_CURVE_SIZE);
            return HW_OK;
        }
    return status ? status : hw_fail(err, HW_NOT_FOUND, "no office %s with a key is in the directory (headway office list); a bundle for the hub needs no --for", office);
}

/* -- sealing -- */

static enum hw_status may_read(struct hw_tx *tx, const char *office, const char *group, bool *may, struct hw_err *err)
{
    const char **granted;
    size_t n = 0;
    enum hw_status status = hw_tx_granted(tx, office, &granted, &n, err);
    *may = false;
    for (size_t i = 0; i < n && !status; i++)
        *may = *may || strcmp(granted[i], group) == 0;
    return status;
}

/* The same that is sealed in a session: own streams of groups with a grant. The others stay drafts until there is one. */
static enum hw_status is_due(struct hw_tx *tx, const struct hw_stream *stream, bool *due, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    *due = false;
    if (hw_inc_compare(&stream->inc, &store->identity.inc) != 0 || strcmp(group->code, "directory") == 0 ||
        stream->sealed >= stream->tip)
        return HW_OK;
    return may_read(tx, store->identity.office, group->code, due, err);
}

static enum hw_status seal_stream(struct hw_tx *tx, size_t at, struct hw_err *err)
{
    struct hw_stream *stream = &tx->store->streams[at];
    const struct hw_group *group = hw_cache_group_by_id(tx->store, stream->group);
    bool due;
    enum hw_status status = is_due(tx, stream, &due, err);
    while (!status && due && stream->sealed < stream->tip) {
        status = hw_seal_stream(tx, stream, group, HW_SEGMENT_MAX, err);
        if (!status)
            status = hw_tx_flush(tx, err);
        forget(tx);
    }
    return status;
}

static int compare_life(const void *a, const void *b)
{
    const struct hw_own_life *x = a, *y = b;
    return x->number == y->number ? 0 : x->number < y->number ? 1 : -1;
}

enum hw_status hw_tx_lives_own(struct hw_tx *tx, struct hw_own_life **lives, size_t *n, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    const struct hw_life *present;
    enum hw_status status = hw_cache_life(tx, &store->identity.inc, &present, err); /* loads them */
    *lives = hw_arena_zero(&tx->arena, store->lives_n, sizeof **lives);
    *n = 0;
    for (size_t i = 0; i < store->lives_n && !status; i++) {
        const struct hw_life *life = &store->lives[i];
        struct hw_own_life *one = &(*lives)[*n];
        if (life->ended || strcmp(life->office, store->identity.office) != 0)
            continue;
        *one = (struct hw_own_life){.inc = life->inc, .number = life->number};
        memcpy(one->key, life->key, sizeof one->key);
        (*n)++;
    }
    if (*n)
        qsort(*lives, *n, sizeof **lives, compare_life);
    return status;
}

enum hw_status hw_tx_bundle_due(struct hw_tx *tx, bool *due, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    enum hw_status status = HW_OK;
    *due = false;
    for (size_t i = 0; i < store->streams_n && !status && !*due && store->identity.enrolled && !store->identity.gate; i++)
        status = is_due(tx, &store->streams[i], due, err);
    return status;
}

/* What is sealed under a life that the directory knows was sealed once, whoever holds it: it stays there, as if the hub had said so. */
enum hw_status hw_tx_bundle_rebirth(struct hw_tx *tx, const struct hw_inc *inc, size_t *moved, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    struct hw_welcome sealed = {.streams = hw_arena_zero(&tx->arena, store->streams_n, sizeof *sealed.streams)};
    const struct hw_life *life;
    enum hw_status status = hw_cache_life(tx, &store->identity.inc, &life, err);
    for (size_t i = 0; i < store->streams_n && !status && life; i++) {
        const struct hw_stream *stream = &store->streams[i];
        struct hw_stream_tip *tip = &sealed.streams[sealed.streams_n];
        if (hw_inc_compare(&stream->inc, &store->identity.inc) != 0)
            continue;
        *tip = (struct hw_stream_tip){.group = hw_slice_text(hw_cache_group_by_id(tx->store, stream->group)->code), .seq = stream->sealed};
        memcpy(tip->hash, stream->hash, sizeof tip->hash);
        sealed.streams_n++;
    }
    return status ? status : hw_tx_rebirth(tx, &sealed, inc, moved, err);
}

enum hw_status hw_tx_bundle_seal(struct hw_tx *tx, struct hw_err *err)
{
    const struct hw_identity *self = &tx->store->identity;
    enum hw_status status = HW_OK;
    if (!self->enrolled)
        return hw_fail(err, HW_CONFIG, "this office has not joined a headquarters yet: there is nobody to bundle for");
    for (size_t i = 0; i < tx->store->streams_n && !status && !self->gate; i++)
        status = seal_stream(tx, i, err);
    return status;
}

/* -- the messages -- */

struct making {
    struct hw_tx *tx;
    const struct hw_bundle_wish *wish;
    hw_bundle_sink *sink;
    void *self;
    struct hw_bundled *bundled;
};

static enum hw_status hello_of(struct making *making, struct hw_err *err)
{
    struct hw_tx *tx = making->tx;
    const struct hw_identity *self = &tx->store->identity;
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    struct hw_message message = {.type = HW_HELLO};
    struct hw_hello *hello = &message.body.hello;
    struct hw_group_tip *tips;
    struct hw_slice vouched;
    size_t n;
    *hello = (struct hw_hello){.schema = HW_SCHEMA_VERSION, .inc = self->inc, .time_ms = (uint64_t)tx->wall};
    memcpy(hello->sign_key, self->sign_public, sizeof hello->sign_key);
    if (hw_tx_get(tx, "previous", &vouched) == HW_OK && vouched.n == sizeof hello->previous.b + HW_SIGNATURE_SIZE) {
        memcpy(hello->previous.b, vouched.p, sizeof hello->previous.b);
        memcpy(hello->previous_proof, vouched.p + sizeof hello->previous.b, HW_SIGNATURE_SIZE);
    }
    if (hw_tx_get(tx, "reason", &vouched) == HW_OK && vouched.n == 1)
        hello->reason = vouched.p[0];
    hw_tx_tips(tx, &tips, &n);
    hello->cursors = hw_arena_zero(&tx->arena, n, sizeof *hello->cursors);
    for (size_t i = 0; i < n && hello->cursors_n < HW_STREAMS_MAX; i++) {
        struct hw_cursor *cursor = &hello->cursors[hello->cursors_n];
        *cursor = (struct hw_cursor){.group = hw_slice_text(tips[i].group), .life = tips[i].life,
                                     .position = tips[i].position};
        memcpy(cursor->chain, tips[i].chain, sizeof cursor->chain);
        hello->cursors_n += tips[i].position > 0;
    }
    hw_message_encode(&out, &message);
    return making->sink(making->self, hw_out_slice(&out), err);
}

/* What the other side is known to have of a journal. */
static enum hw_status known_position(struct making *making, const struct hw_group *group, uint64_t *position,
                                     struct hw_err *err)
{
    struct hw_tx *tx = making->tx;
    struct hw_message message;
    struct hw_slice bytes;
    *position = 0;
    if (making->wish->all || !making->wish->office)
        return HW_OK;
    if (hw_tx_get(tx, cursors_key(tx, making->wish->office), &bytes) != HW_OK)
        return HW_OK;
    enum hw_status status = hw_message_decode(bytes, &tx->arena, &message, err);
    for (size_t i = 0; !status && message.type == HW_HELLO && i < message.body.hello.cursors_n; i++) {
        const struct hw_cursor *cursor = &message.body.hello.cursors[i];
        if (hw_slice_is(cursor->group, group->code) && hw_cursor_holds(tx, group, cursor))
            *position = cursor->position;
    }
    return status;
}

static enum hw_status journal_of(struct making *making, const struct hw_group *group, struct hw_err *err)
{
    struct hw_tx *tx = making->tx;
    uint64_t last;
    enum hw_status status = known_position(making, group, &last, err);
    if (!status && last < group->base)
        return hw_fail(err, HW_NOT_FOUND, "changes of group %s from before this office began with it are kept at headquarters: "
                                          "make the bundle there", group->code);
    const uint64_t end = group->position - group->bare; /* what has no signature yet proves nothing to anybody */
    while (!status && last < end) {
        struct hw_out items HW_CLEANUP(hw_out_done) = {0}, out HW_CLEANUP(hw_out_done) = {0};
        struct hw_journal_message head;
        size_t n;
        status = hw_tx_journal_down(tx, group->code, last + 1, ROOM, NULL, &items, &n, &last, &head, err);
        if (!status && n == 0)
            status = hw_fail(err, HW_CORRUPT, "entry %llu of the journal of %s cannot be handed on: its signature is not here",
                             (unsigned long long)last + 1, group->code);
        if (!status)
            hw_journal_wrap(&out, 0, &head, hw_out_slice(&items), n);
        if (!status)
            status = making->sink(making->self, hw_out_slice(&out), err);
        making->bundled->entries += n;
        forget(tx);
    }
    return status;
}

/* Segments of one stream that the gate has not admitted, as far as is known here. */
static enum hw_status stream_of(struct making *making, const struct hw_stream *stream, struct hw_err *err)
{
    struct hw_tx *tx = making->tx;
    uint64_t last = stream->admitted;
    enum hw_status status = HW_OK;
    while (!status && last < stream->sealed) {
        struct hw_out items HW_CLEANUP(hw_out_done) = {0}, out HW_CLEANUP(hw_out_done) = {0};
        struct hw_stored_segment segment;
        size_t n = 0;
        while (last < stream->sealed && !(status = hw_segment_get(tx, stream, last + 1, true, &segment, err)) &&
               (n == 0 || items.n + segment.wire.n <= ROOM)) {
            hw_segments_item(&items, segment.wire);
            making->bundled->events += segment.n;
            last += segment.n;
            n++;
        }
        if (!status) {
            hw_segments_wrap(&out, 0, hw_out_slice(&items), n);
            status = making->sink(making->self, hw_out_slice(&out), err);
        }
        forget(tx);
    }
    return status;
}

/* Both who makes it and who gets it may read the group. */
static enum hw_status wants(const struct making *making, const struct hw_group *group, bool *wanted, struct hw_err *err)
{
    const struct hw_identity *self = &making->tx->store->identity;
    enum hw_status status = HW_OK;
    *wanted = true;
    if (!self->gate)
        status = may_read(making->tx, self->office, group->code, wanted, err);
    if (!status && *wanted && making->wish->office)
        status = may_read(making->tx, making->wish->office, group->code, wanted, err);
    return status;
}

/* The hub has written the journals itself; everybody else gets them. */
static enum hw_status journals(struct making *making, struct hw_err *err)
{
    const struct hw_store *store = making->tx->store;
    bool for_hub = !store->identity.gate && !making->wish->office;
    enum hw_status status = HW_OK;
    for (int directory = 1; directory >= 0; directory--)
        for (size_t i = 0; i < store->groups_n && !status && (making->wish->all || !for_hub); i++) {
            const struct hw_group *group = &store->groups[i];
            bool wanted = false;
            if ((strcmp(group->code, "directory") == 0) == directory)
                status = wants(making, group, &wanted, err);
            if (!status && wanted)
                status = journal_of(making, group, err);
        }
    return status;
}

static enum hw_status segments(struct making *making, struct hw_err *err)
{
    const struct hw_store *store = making->tx->store;
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < store->streams_n && !status; i++) {
        const struct hw_stream *stream = &store->streams[i];
        const struct hw_group *group = hw_cache_group_by_id(making->tx->store, stream->group);
        bool wanted = false;
        if (stream->sealed > stream->admitted && strcmp(group->code, "directory") != 0)
            status = wants(making, group, &wanted, err);
        if (!status && wanted)
            status = stream_of(making, stream, err);
    }
    return status;
}

enum hw_status hw_tx_bundle(struct hw_tx *tx, const struct hw_bundle_wish *wish, hw_bundle_sink *sink, void *self,
                            struct hw_bundled *bundled, struct hw_err *err)
{
    struct making making = {.tx = tx, .wish = wish, .sink = sink, .self = self, .bundled = bundled};
    *bundled = (struct hw_bundled){0};
    enum hw_status status = hello_of(&making, err);
    if (!status)
        status = journals(&making, err);
    return status ? status : segments(&making, err);
}
