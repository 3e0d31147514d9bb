/* golden_message.c: each message of the protocol as a sentence. A line per type
 * in the table at the end. */
#include <stdio.h>
#include <string.h>

#include "headway/stamp.h"
#include "tests/sim/golden.h"
#include "tests/sim/sim_net.h"

enum {
    FAR_MS = 60 * 1000, /* clocks that differ by more are worth a word */
    FEW = 4             /* changes in a segment that are told one by one */
};

struct speech {
    struct golden *golden;
    struct hw_arena *arena;
    const struct sim_conn *conn;
    const struct sim_node *to; /* NULL: an office that joins */
    const struct hw_message *message;
};

static const char *text_of(struct speech *speech, struct hw_slice text)
{
    return hw_arena_text(speech->arena, text.p, text.n);
}

static bool far(int64_t difference)
{
    return difference > FAR_MS || difference < -FAR_MS;
}

/* When a change says it was made, where that is not just now or the sender's clock is wrong. */
static const char *stamped(struct golden *golden, const struct sim_node *sender, uint64_t stamp)
{
    int64_t now = golden_now(golden), when = (int64_t)hw_stamp_ms(stamp);
    if (!far(when - now) && !far(sim_node_wall(sender) - now))
        return "";
    return hw_arena_printf(&golden->arena, "stamped %s", golden_when(golden, when));
}

/* What the changes of a small segment cover: that decides how they merge. */
static const char *covers(struct golden *golden, const struct sim_node *sender, struct hw_slice wire)
{
    struct hw_opened opened;
    const char *text = "";
    if (hw_segment_open(wire, &golden->arena, &opened, NULL) != HW_OK || opened.head.n > FEW)
        return "";
    text = stamped(golden, sender, opened.events[0].stamp);
    for (uint32_t i = 0; i < opened.head.n; i++)
        for (size_t o = 0; o < opened.events[i].ops_n; o++) {
            const struct hw_op *op = &opened.events[i].ops[o];
            const struct hw_kind *kind = hw_kind_by_id(opened.events[i].kind);
            const struct hw_field *field = kind ? hw_field_by_id(kind, op->field) : NULL;
            const char *names = "";
            for (size_t s = 0; s < op->seen_n; s++)
                names = golden_join(golden, names, " and ",
                                    hw_arena_printf(&golden->arena, "%s:%llu", golden_inc(golden, &op->seen[s].inc),
                                                    (unsigned long long)op->seen[s].seq));
            if (field && *names)
                text = golden_join(golden, text, ", ",
                                   hw_arena_printf(&golden->arena, "%s in place of %s", field->name, names));
        }
    return *text ? hw_arena_printf(&golden->arena, " (%s)", text) : "";
}

const char *golden_segments(struct golden *golden, const struct sim_node *sender, const struct hw_slice *wires, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++) {
        struct hw_segment segment;
        if (hw_segment_read(wires[i], &segment, NULL) != HW_OK)
            return "what cannot be read";
        text = golden_join(golden, text, ", ",
                           hw_arena_printf(&golden->arena, "%s/%.*s:%s%s", golden_inc(golden, &segment.inc),
                                           (int)segment.group.n, (const char *)segment.group.p,
                                           golden_span(golden, segment.first, segment.first + segment.n - 1),
                                           sender ? covers(golden, sender, wires[i]) : ""));
    }
    return text;
}

/* -- enrolment and the begin of a session -- */

static const char *say_join(struct speech *speech)
{
    const struct hw_join *join = &speech->message->body.join;
    return hw_arena_printf(speech->arena, "JOIN: office %s, by the invitation's key; here are its own keys",
                           text_of(speech, join->office));
}

static const char *say_admitted(struct speech *speech)
{
    const struct hw_admitted *admitted = &speech->message->body.admitted;
    const char *token = golden_name(speech->golden, admitted->token, HW_TOKEN_SIZE);
    return hw_arena_printf(speech->arena, "ADMITTED: you are %s.%llu; %s", text_of(speech, admitted->office),
                           (unsigned long long)admitted->life, token ? token : "a token");
}

static bool zeros(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

static const char *say_reason(struct speech *speech, uint64_t reason)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_INCARNATION), "reason");
    const char *word = hw_word_name(field->words, (uint16_t)reason);
    return word ? hw_arena_printf(speech->arena, " (%s)", word) : "";
}

static const char *say_hello(struct speech *speech)
{
    const struct hw_hello *hello = &speech->message->body.hello;
    const char *own = "", *held = "", *token = golden_name(speech->golden, hello->token, HW_TOKEN_SIZE);
    const char *inc = golden_inc(speech->golden, &hello->inc), *previous = "";
    if (zeros(hello->token, HW_TOKEN_SIZE))
        token = "no token";
    if (!zeros(hello->previous.b, sizeof hello->previous.b))
        previous = hw_arena_printf(speech->arena, ", for whom %s vouches%s", golden_inc(speech->golden, &hello->previous),
                                   say_reason(speech, hello->reason));
    for (size_t i = 0; i < hello->streams_n; i++)
        own = golden_join(speech->golden, own, ", ",
                          hw_arena_printf(speech->arena, "%s to %llu", text_of(speech, hello->streams[i].group),
                                          (unsigned long long)hello->streams[i].seq));
    for (size_t i = 0; i < hello->cursors_n; i++)
        held = golden_join(speech->golden, held, ", ",
                           hw_arena_printf(speech->arena, "%s to %llu", text_of(speech, hello->cursors[i].group),
                                           (unsigned long long)hello->cursors[i].position));
    return hw_arena_printf(speech->arena, "%s: %s%s, %s; %s%s; %s%s", hw_message_name(speech->message->type), inc, previous, token ? token : "a token of nobody",
                           *own ? "sealed of its own: " : "nothing sealed of its own", own,
                           *held ? "holds the journals " : "holds no journal yet", held);
}

static const char *say_group(struct speech *speech, const struct hw_group_welcome *group)
{
    static const char *const states[] = {"", "", "a snapshot", "", "denied"};
    const char *name = text_of(speech, group->group);
    if (group->state == HW_GROUP_RETURN)
        return hw_arena_printf(speech->arena, "%s from entry %llu", name, (unsigned long long)group->resume + 1);
    if (group->state != HW_GROUP_RESUME)
        return hw_arena_printf(speech->arena, "%s: %s", name, states[group->state < 5 ? group->state : 0]);
    if (group->position <= group->resume)
        return hw_arena_printf(speech->arena, "%s: nothing new", name);
    return hw_arena_printf(speech->arena, "%s: %s to come", name,
                           golden_entries(speech->golden, group->resume + 1, group->position));
}

/* How the hub's clock differs from the receiver's. */
static const char *say_clock(struct speech *speech, uint64_t time_ms)
{
    int64_t ahead = speech->to ? (int64_t)time_ms - sim_node_wall(speech->to) : 0;
    if (!time_ms)
        return "; the hub doubts its own clock";
    return far(ahead) ? hw_arena_printf(speech->arena, "; the hub's clock says %s", golden_when(speech->golden, (int64_t)time_ms))
                      : "";
}

/* How much hangs on how well zstd packs, but for a whole window. */
static const char *may_send(uint64_t bytes)
{
    _Static_assert(HW_CREDIT_WINDOW == 896 * 1024, "the text below says so");
    return bytes == 0 ? "but nothing yet" : bytes < HW_CREDIT_WINDOW ? "you may send more" : "you may send 896 KiB";
}

static const char *say_welcome(struct speech *speech)
{
    static const char *const refusals[] = {
        "", "RESTORED: the hub holds more of your changes than you do",
        "FORK: the hub holds other changes under your numbers", "CLONE: that token is not the one you should have",
        "RECOVERY: this hub was restored and hears all offices first", "LATE: this hub was restored and goes on already"};
    const struct hw_welcome *welcome = &speech->message->body.welcome;
    const char *own = "", *groups = "", *token = golden_name(speech->golden, welcome->token, HW_TOKEN_SIZE);
    for (size_t i = 0; i < welcome->streams_n; i++)
        own = golden_join(speech->golden, own, ", ",
                          hw_arena_printf(speech->arena, "%s to %llu", text_of(speech, welcome->streams[i].group),
                                          (unsigned long long)welcome->streams[i].seq));
    if (*own)
        own = hw_arena_printf(speech->arena, "; of yours the hub has %s", own);
    for (size_t i = 0; i < welcome->groups_n; i++)
        groups = golden_join(speech->golden, groups, ", ", say_group(speech, &welcome->groups[i]));
    if (welcome->status == HW_WELCOME_RECOVERY || welcome->status == HW_WELCOME_LATE)
        return hw_arena_printf(speech->arena, "WELCOME, but %s; hand back %s", refusals[welcome->status],
                               *groups ? groups : "nothing");
    if (welcome->status != HW_WELCOME_OK)
        return hw_arena_printf(speech->arena, "WELCOME, but %s; no session%s", refusals[welcome->status & 3], own);
    return hw_arena_printf(speech->arena, "WELCOME: %s is next%s; %s%s; then %s", token ? token : "a token", own, groups,
                           say_clock(speech, welcome->time_ms), may_send(welcome->credit));
}

static const char *say_confirm(struct speech *speech)
{
    const char *token = golden_name(speech->golden, speech->message->body.confirm.token, HW_TOKEN_SIZE);
    return hw_arena_printf(speech->arena, "CONFIRM: %s is committed; %s", token ? token : "the token",
                           may_send(speech->message->body.confirm.credit.bytes));
}

static const char *say_credit(struct speech *speech)
{
    return hw_arena_printf(speech->arena, "CREDIT: %s", may_send(speech->message->body.credit.bytes));
}

/* -- what is replicated -- */

static const char *say_segments(struct speech *speech)
{
    return hw_arena_printf(speech->arena, "SEGMENTS: %s",
                           golden_segments(speech->golden, speech->conn->office, speech->message->body.segments.wires,
                                           speech->message->body.segments.n));
}

/* Entries that are told together: admissions of one stream, one behind the other. */
struct stretch {
    struct hw_entry entry;
    uint64_t last_position, last_seq;
    bool segment;
};

static const char *say_verdict(struct speech *speech, const struct hw_entry *entry)
{
    static const char *const verdicts[] = {"judged", "REFUSED", "RECLOCKED", "REDACTED", "LIFTED"};
    const char *to = "";
    if (entry->verdict == HW_VERDICT_RECLOCKED)
        to = hw_arena_printf(speech->arena, " to %s", golden_when(speech->golden, (int64_t)hw_stamp_ms(entry->stamp)));
    return hw_arena_printf(speech->arena, "%llu: %s:%llu is %s%s (%s)", (unsigned long long)entry->position,
                           golden_inc(speech->golden, &entry->inc), (unsigned long long)entry->seq,
                           verdicts[entry->verdict <= HW_VERDICT_LIFTED ? entry->verdict : 0], to, text_of(speech, entry->text));
}

static const char *say_stretch(struct speech *speech, const struct stretch *stretch)
{
    if (stretch->entry.type == HW_ENTRY_VERDICT)
        return say_verdict(speech, &stretch->entry);
    if (stretch->entry.type == HW_ENTRY_ROOT)
        return hw_arena_printf(speech->arena, "%llu: the root key hands over to a new one, signed by both",
                               (unsigned long long)stretch->entry.position);
    bool many = stretch->last_position > stretch->entry.position;
    return hw_arena_printf(speech->arena, "%s: %s:%s admitted, %s",
                           golden_span(speech->golden, stretch->entry.position, stretch->last_position),
                           golden_inc(speech->golden, &stretch->entry.inc),
                           golden_span(speech->golden, stretch->entry.seq, stretch->last_seq),
                           !stretch->segment ? "your own" : many ? "with the segments" : "with the segment");
}

static bool goes_on(const struct stretch *stretch, const struct hw_entry *entry, bool segment)
{
    return stretch->entry.type == HW_ENTRY_ADMIT && entry->type == HW_ENTRY_ADMIT && stretch->segment == segment &&
           hw_inc_compare(&stretch->entry.inc, &entry->inc) == 0 && entry->seq == stretch->last_seq + 1;
}

static const char *say_journal(struct speech *speech)
{
    const struct hw_journal_message *journal = &speech->message->body.journal;
    struct stretch stretch = {.entry = {.type = 0}};
    const char *text = "";
    for (size_t i = 0; i < journal->items_n; i++) {
        struct hw_entry entry;
        bool segment = journal->items[i].segment.n > 0;
        if (hw_entry_decode(journal->items[i].entry, &entry, NULL) != HW_OK)
            return "JOURNAL: what cannot be read";
        if (!goes_on(&stretch, &entry, segment)) {
            if (stretch.entry.type)
                text = golden_join(speech->golden, text, "; ", say_stretch(speech, &stretch));
            stretch = (struct stretch){.entry = entry, .segment = segment};
        }
        stretch.last_position = entry.position;
        stretch.last_seq = entry.seq + entry.n - 1;
    }
    return hw_arena_printf(speech->arena, "JOURNAL of %s, %s", text_of(speech, journal->group),
                           golden_join(speech->golden, text, "; ", say_stretch(speech, &stretch)));
}

static const char *say_sealed(struct speech *speech)
{
    const struct hw_sealed *sealed = &speech->message->body.sealed;
    const struct sim_node *office = speech->conn->office;
    struct hw_segment head = {.inc = office->node->identity.inc, .group = sim_net_group(speech->conn, sealed->lane),
                              .first = sealed->first, .n = sealed->n};
    struct hw_out wire HW_CLEANUP(hw_out_done) = {0};
    if (hw_segment_get_sealed(sealed->sealed, &head, NULL) != HW_OK)
        return "SEALED: what cannot be read";
    hw_segment_wire(&wire, &head);
    struct hw_slice one = hw_arena_slice(speech->arena, hw_out_slice(&wire));
    return hw_arena_printf(speech->arena, "SEALED: %s", golden_segments(speech->golden, office, &one, 1));
}

static const char *say_news(struct speech *speech)
{
    const struct hw_news *news = &speech->message->body.news;
    const char *group = text_of(speech, sim_net_group(speech->conn, news->lane));
    const char *signed_by = news->is_signed ? "signed" : "its signature comes later";
    if (news->items_n == 0)
        return hw_arena_printf(speech->arena, "NEWS of %s: the signature up to %llu", group,
                               (unsigned long long)news->position - 1);
    const char *text = "";
    for (size_t i = 0; i < news->items_n; i++) {
        const struct hw_news_item *item = &news->items[i];
        const char *which = "the next of the same stream";
        if (!item->next)
            which = hw_arena_printf(speech->arena, "%s%s", item->own ? "your " : golden_inc(speech->golden, &item->inc),
                                    hw_arena_printf(speech->arena, item->own ? "%s" : ":%s",
                                                    golden_span(speech->golden, item->first, item->first + item->n - 1)));
        text = golden_join(speech->golden, text, "; ",
                           hw_arena_printf(speech->arena, "%llu: %s admitted, %s", (unsigned long long)(news->position + i), which,
                                           item->sealed.n == HW_NEWS_CHECK ? "you have it" : "with the segment"));
    }
    return hw_arena_printf(speech->arena, "NEWS of %s, %s; %s", group, text, signed_by);
}

static const char *say_ack(struct speech *speech)
{
    const struct hw_ack_message *ack = &speech->message->body.ack;
    const char *text = "";
    for (size_t i = 0; i < ack->streams_n; i++) {
        const struct hw_ack *one = &ack->streams[i];
        text = golden_join(speech->golden, text, ", ",
                           hw_arena_printf(speech->arena, "%s/%s is durable to %llu, admitted to %llu",
                                           golden_inc(speech->golden, &one->inc), text_of(speech, one->group),
                                           (unsigned long long)one->durable, (unsigned long long)one->admitted));
    }
    for (size_t i = 0; i < ack->journals_n; i++)
        text = golden_join(speech->golden, text, ", ",
                           hw_arena_printf(speech->arena, "the journal of %s is held to %llu",
                                           text_of(speech, ack->journals[i].group.n ? ack->journals[i].group
                                                                                   : sim_net_group(speech->conn, ack->journals[i].lane)),
                                           (unsigned long long)ack->journals[i].position));
    return hw_arena_printf(speech->arena, "ACK: %s", text);
}

static const char *say_bye(struct speech *speech)
{
    return hw_arena_printf(speech->arena, "BYE: %s", text_of(speech, speech->message->body.bye));
}

static const char *say_error(struct speech *speech)
{
    const struct hw_error_message *error = &speech->message->body.error;
    return hw_arena_printf(speech->arena, "ERROR %s: %s; come again in %llu s", text_of(speech, error->code),
                           text_of(speech, error->text), (unsigned long long)error->retry_ms / 1000);
}

static const char *say_introduce(struct speech *speech)
{
    const struct hw_introduce *introduce = &speech->message->body.introduce;
    return hw_arena_printf(speech->arena, "INTRODUCE: a new incarnation of office %s, for whom %s vouches%s",
                           text_of(speech, introduce->office), golden_inc(speech->golden, &introduce->previous),
                           say_reason(speech, introduce->reason));
}

/* PING only asks whether all is in step. */
static const char *(*const says[])(struct speech *speech) = {
    [HW_JOIN] = say_join,         [HW_ADMITTED] = say_admitted, [HW_HELLO] = say_hello, [HW_WELCOME] = say_welcome,
    [HW_CONFIRM] = say_confirm,   [HW_CREDIT] = say_credit,     [HW_SEGMENTS] = say_segments,
    [HW_JOURNAL] = say_journal,   [HW_ACK] = say_ack,           [HW_BYE] = say_bye,     [HW_ERROR] = say_error,
    [HW_AGAIN] = say_hello,       [HW_INTRODUCE] = say_introduce, [HW_SEALED] = say_sealed,   [HW_NEWS] = say_news};

const char *golden_message(struct golden *golden, const struct sim_conn *conn, uint64_t way, struct hw_slice bytes)
{
    struct hw_message message;
    struct speech speech = {.golden = golden, .arena = &golden->arena, .conn = conn, .message = &message,
                            .to = way == SIM_UPWARD ? conn->hub : conn->office};
    if (hw_message_decode(hw_arena_slice(&golden->arena, bytes), &golden->arena, &message, NULL) != HW_OK)
        return "bytes that are no message";
    return message.type < sizeof says / sizeof *says && says[message.type] ? says[message.type](&speech) : "";
}
