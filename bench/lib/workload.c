/* workload.c: see workload.h (bench). */
#include "bench/lib/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headway/value.h"

enum {
    AUTHORS = 24,
    IN_FLIGHT = 50,
    PER_RECORD = 10,
    SETS = 6,
    TITLE = 60,
    RESPONSIBLE = 40,
    SHARE = 4, /* an item and its comments: so many new records, whose ids the daemon places one after the other */
    COMMENT_LEAST = 150,
    COMMENT_MOST = 250
};

static const char *const words[] = {
    "access",    "adviser",   "after",     "agreed",    "annual",    "annex",     "answer",   "approved",  "april",
    "assess",    "august",    "authors",   "baseline",  "because",   "before",    "between",  "board",     "bridge",
    "brief",     "budget",    "by",        "call",      "centre",    "change",    "chapter",  "clinic",    "collect",
    "committee", "complete",  "consult",   "contract",  "copies",    "counsel",   "course",   "cover",     "data",
    "deadline",  "deliver",   "delta",     "design",    "desk",      "detail",    "directors", "district", "draft",
    "during",    "early",     "east",      "editor",    "eight",     "engage",    "estimate", "every",     "expert",
    "farmers",   "field",     "figures",   "final",     "finish",    "first",     "five",     "focus",     "follow",
    "for",       "forum",     "from",      "funds",     "gather",    "general",   "girls",    "guide",     "harvest",
    "has",       "health",    "held",      "hill",      "host",      "hours",     "image",    "in",        "index",
    "informed",  "inquiry",   "interview", "into",      "invite",    "joint",     "july",     "june",      "key",
    "lake",      "late",      "launch",    "law",       "leaders",   "lesson",    "letter",   "library",   "list",
    "local",     "map",       "march",     "market",    "material",  "may",       "meeting",  "members",   "method",
    "mid",       "minutes",   "mission",   "model",     "month",     "more",      "moved",    "national",  "need",
    "network",   "new",       "next",      "north",     "note",      "nurse",     "of",       "office",    "on",
    "open",      "outline",   "panel",     "paper",     "parents",   "partners",  "people",   "pilot",     "plan",
    "plot",      "policy",    "poll",      "port",      "post",      "prepare",   "present",  "press",     "print",
    "procure",   "profile",   "progress",  "project",   "province",  "publish",   "quarter",  "question",  "range",
    "reach",     "read",      "record",    "region",    "register",  "release",   "report",   "request",   "research",
    "response",  "review",    "river",     "road",      "roof",      "rural",     "sample",   "schedule",  "school",
    "season",    "second",    "section",   "select",    "send",      "seven",     "share",    "shelter",   "signed",
    "site",      "six",       "skills",    "south",     "staff",     "stage",     "start",    "station",   "still",
    "store",     "study",     "submit",    "summary",   "supply",    "support",   "survey",   "table",     "task",
    "teachers",  "team",      "test",      "text",      "the",       "third",     "three",    "timber",    "to",
    "tools",     "towns",     "trade",     "train",     "translate", "travel",    "trial",    "two",       "under",
    "union",     "update",    "valley",    "venue",     "village",   "visit",     "volume",   "wait",      "water",
    "website",   "week",      "well",      "west",      "will",      "with",      "women",    "workshop",  "write",
    "year",      "young",     "youth",     "zone"};
static const char *const countries[] = {"KAZ", "KGZ", "TJK", "UZB", "COL", "PER", "ECU", "SEN",
                                        "MLI", "GHA", "KEN", "NPL", "LKA", "PHL", "FJI", "JOR"};
static const char *const statuses[] = {"not started", "in progress", "on hold", "completed"};
static const char *const months[] = {"January", "March", "May", "June", "September", "December"};

/* splitmix64 (Steele, Lea and Flood, 2014): small, and the same everywhere. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t pick(uint64_t *state, size_t n)
{
    return (size_t)(draw(state) % n);
}
#define PICK(state, list) (list)[pick(state, sizeof(list) / sizeof *(list))]

/* A record under way: the steps that are left, and what it shows. */
struct flight {
    size_t item;
    struct hw_id id;
    size_t step;
    bool comment[PER_RECORD]; /* which of the steps 1 to 9 are comments */
    struct hw_work shows;
};

struct maker {
    struct hw_workload *workload;
    uint64_t seed, state;
    struct hw_id plan;
    size_t items, comments;
    char authors[AUTHORS][32];
    struct flight flights[IN_FLIGHT];
};

struct hw_id hw_workload_item(uint64_t seed, size_t n)
{
    struct hw_id id;
    uint64_t state = seed ^ (uint64_t)n * 0x2545f4914f6cdd1du, low = draw(&state), high = draw(&state);
    memcpy(id.b, &low, sizeof low);
    memcpy(id.b + sizeof low, &high, sizeof id.b - sizeof low);
    hw_id_place(&id, seed * SHARE + n * SHARE);
    return id;
}

/* Words up to about `n` characters after `start`. */
static const char *prose(struct maker *maker, const char *start, size_t n)
{
    char text[COMMENT_MOST + 32];
    size_t at = (size_t)snprintf(text, sizeof text, "%s", start);
    while (at < n)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", at ? " " : "", PICK(&maker->state, words));
    at = at > n + 4 ? n : at;
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return hw_arena_text(&maker->workload->arena, text, at);
}

static void add_bytes(struct maker *maker, struct hw_work *work, uint16_t kind, const char *name, enum hw_op_code code,
                      struct hw_slice value)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(kind), name);
    work->ops[work->ops_n++] = (struct hw_op){.code = (uint8_t)code, .field = field->id,
                                              .value = hw_arena_slice(&maker->workload->arena, value)};
}

static void add(struct maker *maker, struct hw_work *work, uint16_t kind, const char *name, enum hw_op_code code,
                const char *text)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(kind), name);
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    struct hw_err err;
    if (hw_value_parse(field, hw_slice_text(text), HW_DATES_UNKNOWN, &value, &err)) {
        fprintf(stderr, "bench: the workload's %s \"%s\": %s\n", name, text, err.text);
        abort();
    }
    add_bytes(maker, work, kind, name, code, hw_out_slice(&value));
}

static void add_ref(struct maker *maker, struct hw_work *work, uint16_t kind, const char *name, const struct hw_id *id)
{
    struct hw_out value HW_CLEANUP(hw_out_done) = {0};
    hw_put_bytes(&value, id->b, sizeof id->b);
    add_bytes(maker, work, kind, name, HW_OP_SET, hw_out_slice(&value));
}

static const char *month(struct maker *maker)
{
    return hw_arena_printf(&maker->workload->arena, "%s %d", PICK(&maker->state, months),
                           2024 + (int)pick(&maker->state, 4));
}

static void create(struct maker *maker, struct flight *flight, struct hw_work *work)
{
    char team[32];
    snprintf(team, sizeof team, "Team %04zu", flight->item / HW_WORK_TEAM);
    work->title = prose(maker, "", TITLE);
    work->responsible = prose(maker, team, RESPONSIBLE);
    work->deadline = month(maker);
    work->status = "not started";
    work->country = PICK(&maker->state, countries);
    add_ref(maker, work, HW_KIND_ITEM, "plan", &maker->plan);
    add(maker, work, HW_KIND_ITEM, "type", HW_OP_SET, "activity");
    add(maker, work, HW_KIND_ITEM, "title", HW_OP_SET, work->title);
    add(maker, work, HW_KIND_ITEM, "countries", HW_OP_ADD, work->country);
    add(maker, work, HW_KIND_ITEM, "responsible", HW_OP_ADD, work->responsible);
    add(maker, work, HW_KIND_ITEM, "deadline", HW_OP_SET, work->deadline);
    add(maker, work, HW_KIND_ITEM, "status", HW_OP_SET, work->status);
}

static void set(struct maker *maker, struct hw_work *work)
{
    char digits[8];
    switch (pick(&maker->state, SETS)) {
    case 0:
    case 1:
        work->status = PICK(&maker->state, statuses);
        add(maker, work, HW_KIND_ITEM, "status", HW_OP_SET, work->status);
        break;
    case 2:
    case 3:
        work->progress = (int)pick(&maker->state, 101);
        snprintf(digits, sizeof digits, "%d", work->progress);
        add(maker, work, HW_KIND_ITEM, "progress", HW_OP_SET, digits);
        break;
    case 4:
        work->deadline = month(maker);
        add(maker, work, HW_KIND_ITEM, "deadline", HW_OP_SET, work->deadline);
        break;
    default:
        work->title = prose(maker, "", TITLE);
        add(maker, work, HW_KIND_ITEM, "title", HW_OP_SET, work->title);
    }
}

static void comment(struct maker *maker, const struct flight *flight, struct hw_work *work)
{
    size_t n = COMMENT_LEAST + pick(&maker->state, COMMENT_MOST - COMMENT_LEAST);
    uint64_t a = draw(&maker->state), b = draw(&maker->state);
    memcpy(work->record.b, &a, sizeof a);
    memcpy(work->record.b + sizeof a, &b, sizeof work->record.b - sizeof a);
    hw_id_place(&work->record, maker->seed * SHARE + maker->items * SHARE + maker->comments++ % (SHARE - 1) + 1);
    work->comment = prose(maker, "", n);
    add_ref(maker, work, HW_KIND_COMMENT, "on", &flight->id);
    add(maker, work, HW_KIND_COMMENT, "text", HW_OP_COMMENT, work->comment);
}

/* A fresh record in the slot; its three comments fall on any of its later steps. */
static void take_off(struct maker *maker, struct flight *flight)
{
    *flight = (struct flight){.item = maker->items, .id = hw_workload_item(maker->seed, maker->items)};
    maker->items++;
    for (size_t left = PER_RECORD - 1 - SETS; left > 0;) {
        size_t at = 1 + pick(&maker->state, PER_RECORD - 1);
        left -= !flight->comment[at];
        flight->comment[at] = true;
    }
}

static void next(struct maker *maker, struct hw_work *work)
{
    enum { OPS = 8 /* of the widest event, the create */ };
    struct flight *flight = &maker->flights[pick(&maker->state, IN_FLIGHT)];
    if (flight->step == PER_RECORD)
        take_off(maker, flight);
    *work = flight->shows;
    work->record = flight->id;
    work->item = flight->item;
    work->author = maker->authors[pick(&maker->state, AUTHORS)];
    work->author = hw_arena_text(&maker->workload->arena, work->author, strlen(work->author));
    work->ops = hw_arena_zero(&maker->workload->arena, OPS, sizeof *work->ops);
    work->ops_n = 0;
    work->comment = "";
    work->type = flight->step == 0 ? HW_WORK_CREATE : flight->comment[flight->step] ? HW_WORK_COMMENT : HW_WORK_SET;
    if (work->type == HW_WORK_CREATE)
        create(maker, flight, work);
    else if (work->type == HW_WORK_SET)
        set(maker, work);
    else
        comment(maker, flight, work);
    flight->shows = *work;
    flight->step++;
}

void hw_workload_make(struct hw_workload *workload, size_t n, uint64_t seed, const struct hw_id *plan)
{
    struct maker *maker = hw_alloc(sizeof *maker);
    *maker = (struct maker){.workload = workload, .seed = seed, .state = seed, .plan = *plan};
    *workload = (struct hw_workload){.n = n};
    hw_arena_init(&workload->arena);
    workload->events = hw_arena_zero(&workload->arena, n, sizeof *workload->events);
    for (size_t i = 0; i < AUTHORS; i++)
        snprintf(maker->authors[i], sizeof maker->authors[i], "%s.%s", PICK(&maker->state, words),
                 PICK(&maker->state, words));
    for (size_t i = 0; i < IN_FLIGHT; i++)
        take_off(maker, &maker->flights[i]);
    for (size_t i = 0; i < n; i++)
        next(maker, &workload->events[i]);
    free(maker);
}

void hw_workload_done(struct hw_workload *workload)
{
    hw_arena_done(&workload->arena);
}
