/* golden_tell.c: what happens in a golden world becomes lines: times, names,
 * what was committed, what the daemons log. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store_internal.h"
#include "tests/sim/golden.h"
#include "tests/sim/sim_net.h"

enum { TIME_WIDTH = 19, WHO_WIDTH = 12, INDENT = TIME_WIDTH + WHO_WIDTH + 4 };

/* -- lines -- */

/* Puts `text`, broken at spaces so that no line is longer than GOLDEN_WIDTH; `at` characters stand in the line already. */
static void wrap(struct hw_out *out, size_t at, size_t indent, const char *text)
{
    while (strlen(text) > GOLDEN_WIDTH - at) {
        size_t cut = GOLDEN_WIDTH - at;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0) /* one long word */
            cut = GOLDEN_WIDTH - at;
        hw_put_raw(out, text, cut);
        text += cut + (text[cut] == ' ');
        hw_put_raw(out, "\n", 1);
        for (at = 0; at < indent; at++)
            hw_put_raw(out, " ", 1);
    }
    hw_put_raw(out, text, strlen(text));
    hw_put_raw(out, "\n", 1);
}

void golden_text(struct golden *golden, int indent, const char *text)
{
    for (int i = 0; i < indent; i++)
        hw_put_raw(&golden->text, " ", 1);
    wrap(&golden->text, (size_t)indent, (size_t)indent, text);
}

int64_t golden_now(const struct golden *golden)
{
    const struct sim_node right = {.world = (struct sim_world *)(uintptr_t)&golden->world};
    return sim_node_wall(&right);
}

const char *golden_when(struct golden *golden, int64_t unix_ms)
{
    uint64_t ms = golden->world.queue.now + (uint64_t)(unix_ms - golden_now(golden)), seconds = ms / 1000;
    return hw_arena_printf(&golden->arena, "day %llu %02u:%02u:%02u", (unsigned long long)(ms / GOLDEN_DAY_MS + 1),
                           (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

void golden_line(struct golden *golden, const char *who, const char *format, ...)
{
    char text[4000], head[2 * INDENT], time[40];
    va_list list;
    if (golden->quiet)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    snprintf(time, sizeof time, "%s.%03u", golden_when(golden, golden_now(golden)),
             (unsigned)(golden->world.queue.now % 1000));
    snprintf(head, sizeof head, "%-*s  %-*s  ", TIME_WIDTH, time, WHO_WIDTH, who);
    hw_put_raw(&golden->text, head, strlen(head));
    wrap(&golden->text, strlen(head), INDENT, text);
}

const char *golden_span(struct golden *golden, uint64_t first, uint64_t last)
{
    return first == last ? hw_arena_printf(&golden->arena, "%llu", (unsigned long long)first)
                         : hw_arena_printf(&golden->arena, "%llu-%llu", (unsigned long long)first,
                                           (unsigned long long)last);
}

const char *golden_entries(struct golden *golden, uint64_t first, uint64_t last)
{
    return hw_arena_printf(&golden->arena, "%s %s", first == last ? "entry" : "entries", golden_span(golden, first, last));
}

const char *golden_join(struct golden *golden, const char *text, const char *by, const char *more)
{
    return *text && *more ? hw_arena_printf(&golden->arena, "%s%s%s", text, by, more) : *text ? text : more;
}

/* -- names -- */

const char *golden_who(const struct golden *golden, const struct sim_node *node)
{
    (void)golden;
    return node->index == 0 ? "hub" : strcmp(node->name, node->office) == 0 ? node->office : "copy";
}

const char *golden_name(const struct golden *golden, const void *bytes, size_t n)
{
    for (size_t i = 0; i < golden->names_n; i++)
        if (golden->names[i].n == n && memcmp(golden->names[i].bytes, bytes, n) == 0)
            return golden->names[i].text;
    return NULL;
}

void golden_call(struct golden *golden, const void *bytes, size_t n, const char *name)
{
    if (golden_name(golden, bytes, n))
        return;
    if (golden->names_n == GOLDEN_NAMES) {
        sim_fail(&golden->world, "no room for the name %s", name);
        return;
    }
    struct golden_name *made = &golden->names[golden->names_n++];
    made->n = n;
    memcpy(made->bytes, bytes, n);
    snprintf(made->text, sizeof made->text, "%s", name);
}

const char *golden_inc(struct golden *golden, const struct hw_inc *inc)
{
    for (size_t i = 0; i < golden->world.nodes_n; i++) {
        const struct hw_node *node = golden->world.nodes[i]->node;
        if (node)
            golden_call(golden, node->identity.inc.b, sizeof inc->b,
                        hw_arena_printf(&golden->arena, "%s.%u", node->identity.office, node->identity.life));
    }
    const char *name = golden_name(golden, inc->b, sizeof inc->b);
    return name ? name : "?";
}

/* The hub has given a token to an office; both are named from then on. */
static const char *new_token(struct golden *golden, const char *office, const uint8_t token[HW_TOKEN_SIZE])
{
    const struct sim_node *node = sim_world_find(&golden->world, office);
    const char *known = golden_name(golden, token, HW_TOKEN_SIZE);
    if (!known && node)
        golden_call(golden, token, HW_TOKEN_SIZE,
                    hw_arena_printf(&golden->arena, "token %u", ++golden->tokens[node->index]));
    known = golden_name(golden, token, HW_TOKEN_SIZE);
    return known ? known : "a token";
}

/* -- how far a node is -- */

static struct golden_tip *tip_of(struct golden *golden, const struct sim_node *node, const char *group)
{
    struct golden_tip *tips = golden->tips[node->index];
    for (size_t i = 0; i < GOLDEN_TIPS; i++) {
        if (!*tips[i].group)
            snprintf(tips[i].group, sizeof tips[i].group, "%s", group);
        if (strcmp(tips[i].group, group) == 0)
            return &tips[i];
    }
    sim_fail(&golden->world, "no room for the tip of %s", group);
    return &tips[0];
}

/* After a start: what its database says. */
static void know_tips(struct golden *golden, const struct sim_node *node)
{
    const struct hw_store *store = node->node->store;
    memset(golden->tips[node->index], 0, sizeof golden->tips[node->index]);
    for (size_t g = 0; g < store->groups_n; g++) {
        struct golden_tip *tip = tip_of(golden, node, store->groups[g].code);
        tip->position = store->groups[g].position;
        for (size_t s = 0; s < store->streams_n; s++) {
            const struct hw_stream *stream = &store->streams[s];
            if (stream->group != store->groups[g].id || hw_inc_compare(&stream->inc, &node->node->identity.inc) != 0)
                continue;
            tip->own_tip = stream->tip;
            tip->own_sealed = stream->sealed;
            tip->own_admitted = stream->admitted;
        }
    }
}

/* What one job did to one group: its own events, then the journal. */
static const char *moved_group(struct golden *golden, struct sim_node *node, const struct hw_group_tip *now,
                               const struct golden_tip *was)
{
    const char *text = "", *self = golden_inc(golden, &node->node->identity.inc);
    bool made = now->own_tip > was->own_tip, sealed = now->own_sealed > was->own_sealed;
    if (made)
        text = hw_arena_printf(&golden->arena, "%s/%s:%s%s", self, now->group,
                               golden_span(golden, was->own_tip + 1, now->own_tip), sealed ? ", sealed" : " as a draft");
    else if (sealed)
        text = hw_arena_printf(&golden->arena, "%s/%s:%s, sealed", self, now->group,
                               golden_span(golden, was->own_sealed + 1, now->own_sealed));
    if (now->position > was->position)
        text = golden_join(golden, text, "; ",
                           hw_arena_printf(&golden->arena, "%s of the journal of %s",
                                           golden_entries(golden, was->position + 1, now->position), now->group));
    if (now->own_admitted > was->own_admitted && node->node->config.upstream)
        text = hw_arena_printf(&golden->arena, "%s: its %s %s admitted", text,
                               golden_span(golden, was->own_admitted + 1, now->own_admitted),
                               now->own_admitted > was->own_admitted + 1 ? "are" : "is");
    return text;
}

static const char *moved(struct golden *golden, struct sim_node *node, const struct hw_stored *stored)
{
    const char *text = "";
    for (size_t i = 0; i < stored->tips_n; i++) {
        const struct hw_group_tip *now = &stored->tips[i];
        struct golden_tip *was = tip_of(golden, node, now->group);
        text = golden_join(golden, text, "; ", moved_group(golden, node, now, was));
        *was = (struct golden_tip){.position = now->position, .own_tip = now->own_tip,
                                   .own_sealed = now->own_sealed, .own_admitted = now->own_admitted};
        snprintf(was->group, sizeof was->group, "%s", now->group);
    }
    return text;
}

/* -- what the store did -- */

static const char *hello_done(struct golden *golden, const struct task *task)
{
    const struct hw_welcome *welcome = &task->welcome;
    const char *inc = golden_inc(golden, &task->message.body.hello.inc);
    if (welcome->status != HW_WELCOME_OK)
        return "";
    bool known = golden_name(golden, welcome->token, HW_TOKEN_SIZE) != NULL;
    const char *token = new_token(golden, task->stored.office, welcome->token);
    return known ? "" : hw_arena_printf(&golden->arena, "the fence of %s: %s is next", inc, token);
}

static const char *join_done(struct golden *golden, const struct task *task)
{
    const struct hw_admitted *admitted = &task->admitted;
    const char *office = hw_arena_text(&golden->arena, admitted->office.p, admitted->office.n);
    const char *name = hw_arena_printf(&golden->arena, "%s.%llu", office, (unsigned long long)admitted->life);
    golden_call(golden, task->enrol.join.inc.b, sizeof task->enrol.join.inc.b, name);
    return hw_arena_printf(&golden->arena, "the keys of %s into the directory, and %s", name,
                           new_token(golden, office, admitted->token));
}

static const char *rebirth_done(struct golden *golden, const struct task *task)
{
    const char *name = hw_arena_printf(&golden->arena, "%s.%u", task->identity.office, task->identity.life);
    golden_call(golden, task->identity.inc.b, sizeof task->identity.inc.b, name);
    return hw_arena_printf(&golden->arena, "a new incarnation, %s; changes that the hub does not hold, now its drafts: %llu",
                           name, (unsigned long long)task->rebirth.moved);
}

/* What is said before how far the groups got; NULL: this job is not told. */
static const char *what_done(struct golden *golden, const struct task *task)
{
    switch (task->effect.append) {
    case HW_APPEND_HELLO:
        return hello_done(golden, task);
    case HW_APPEND_JOIN:
        return join_done(golden, task);
    case HW_APPEND_REBIRTH:
        return rebirth_done(golden, task);
    case HW_APPEND_WELCOME: {
        const char *token = golden_name(golden, task->effect.token, HW_TOKEN_SIZE);
        return token ? token : "the token";
    }
    case HW_APPEND_CONFIRM:
        return "that the token is in use, and the one before it void";
    case HW_APPEND_SEGMENTS:
        if (task->message.type == HW_SEALED)
            return hw_arena_printf(&golden->arena, "%s/%s:%s", golden_inc(golden, &task->effect.reader), task->effect.group,
                                   golden_span(golden, task->message.body.sealed.first,
                                               task->message.body.sealed.first + task->message.body.sealed.n - 1));
        return golden_segments(golden, NULL, task->message.body.segments.wires, task->message.body.segments.n);
    case HW_APPEND_RETURNED:
        return hw_arena_printf(&golden->arena, "that %s has handed back all", task->effect.office);
    case HW_APPEND_REBASE:
        return "its journals, cut back to what the hub holds";
    case HW_APPEND_HEARD:
        return NULL;
    default:
        return "";
    }
}

static void stored(struct sim_watch *watch, struct sim_node *node, const struct hw_job *job)
{
    struct golden *golden = (struct golden *)watch;
    const struct task *task = job->self;
    bool client = task->effect.append == HW_APPEND_CHANGE;
    if (!job->write)
        return;
    if (job->status) { /* a client is told why; the rest would be known from the log alone */
        if (!client)
            golden_line(golden, golden_who(golden, node), "commits nothing: %s", job->err.text);
        return;
    }
    const char *what = what_done(golden, task);
    if (task->effect.append == HW_APPEND_REBIRTH)
        memset(golden->tips[node->index], 0, sizeof golden->tips[node->index]);
    const char *all = moved(golden, node, &task->stored);
    if (task->effect.append == HW_APPEND_REBIRTH)
        all = "";
    if (what)
        all = golden_join(golden, what, "; ", all);
    if (*all)
        golden_line(golden, golden_who(golden, node), "commits %s", all);
}

/* -- what travels, what is said -- */

static void message(struct sim_watch *watch, const struct sim_conn *conn, uint64_t way, struct hw_slice bytes, bool lost)
{
    struct golden *golden = (struct golden *)watch;
    const char *text = golden_message(golden, conn, way, bytes);
    const char *hub = golden_who(golden, conn->hub);
    const char *office = conn->office ? golden_who(golden, conn->office) : golden->joining;
    if (*text)
        golden_line(golden,
                    hw_arena_printf(&golden->arena, "%s -> %s", way == SIM_UPWARD ? office : hub,
                                    way == SIM_UPWARD ? hub : office),
                    "%s%s", lost ? "LOST on the way: " : "", text);
}

static void told(struct sim_watch *watch, const struct sim_node *node, const char *text)
{
    struct golden *golden = (struct golden *)watch;
    const char *log = strncmp(text, "says (", 6) == 0 ? strchr(text, ')') : NULL;
    if (node && node->node && strcmp(text, "runs") == 0) {
        know_tips(golden, node);
        golden_inc(golden, &node->node->identity.inc);
    }
    if (strncmp(text, "hears", 5) == 0)
        return; /* told as a message */
    if (log)
        golden_line(golden, node ? golden_who(golden, node) : "", "logs \"%s\"", log + 2);
    else if (strcmp(text, "runs") == 0)
        golden_line(golden, golden_who(golden, node), "starts as %s", golden_inc(golden, &node->node->identity.inc));
    else
        golden_line(golden, node ? golden_who(golden, node) : "", "%s", text);
}

void golden_begin(struct golden *golden)
{
    *golden = (struct golden){.watch = {.told = told, .message = message, .stored = stored}};
    sim_world_init(&golden->world, 1, false);
    golden->world.net.calm = true;
    golden->world.watch = &golden->watch;
    golden->world.queue.now = 9 * 3600 * 1000; /* the first day begins with the office hours */
}

void golden_done(struct golden *golden)
{
    sim_world_done(&golden->world);
    hw_arena_done(&golden->arena);
    hw_out_done(&golden->text);
}
