/* golden.h: the main flows told in English: what is being told, and to whom.
 *
 * A flow (golden_flow*.c) makes a world without weather and without chance on the way, and lets people and machines do
 * things in it. What then happens is told by itself (golden_tell.c, golden_message.c), and at the end what each office
 * shows (golden_state.c). golden.c compares the text with the one that is checked in. */
#ifndef TESTS_SIM_GOLDEN_H
#define TESTS_SIM_GOLDEN_H

#include "tests/sim/sim_node.h"

enum {
    GOLDEN_WIDTH = 120, /* of a line */
    GOLDEN_NAMES = 48,
    GOLDEN_NAME = 64,
    GOLDEN_TIPS = 8, /* groups that a node has */
    GOLDEN_DAY_MS = 24 * 3600 * 1000
};

/* Something that has random bytes, and what a reader calls it. */
struct golden_name {
    uint8_t bytes[16];
    size_t n;
    char text[GOLDEN_NAME];
};

/* How far a node was in a group when that was last told. */
struct golden_tip {
    char group[HW_GROUP_MAX + 1];
    uint64_t position, own_tip, own_sealed, own_admitted;
};

struct golden {
    struct sim_watch watch; /* the first: it is cast back */
    struct sim_world world;
    struct hw_arena arena;
    struct hw_out text;
    struct golden_name names[GOLDEN_NAMES]; /* of incarnations and tokens */
    size_t names_n;
    struct golden_name items[GOLDEN_NAMES]; /* ids of records, by title */
    size_t items_n;
    struct golden_tip tips[SIM_NODES][GOLDEN_TIPS];
    unsigned tokens[SIM_NODES]; /* given to each office so far */
    const char *joining;        /* the office that joins: it has no node yet */
    bool quiet;                 /* what happens is not told */
};

struct golden_flow {
    const char *name;  /* of its file */
    const char *about; /* what it shows and why that matters */
    void (*run)(struct golden *golden);
};
extern const struct golden_flow golden_flows[];
extern const size_t golden_flows_n;

/* -- golden_tell.c -- */
void golden_begin(struct golden *golden);
void golden_done(struct golden *golden);
/* One step: the time, who, what; wrapped at GOLDEN_WIDTH. */
void golden_line(struct golden *golden, const char *who, const char *format, ...) __attribute__((format(printf, 3, 4)));
int64_t golden_now(const struct golden *golden);                   /* what a right clock says, Unix milliseconds */
const char *golden_when(struct golden *golden, int64_t unix_ms); /* "day 1 09:01:12" */
/* Lines without a time, as they are, wrapped with that indentation. */
void golden_text(struct golden *golden, int indent, const char *text);
const char *golden_who(const struct golden *golden, const struct sim_node *node); /* "hub", "KAZ", "copy" */
/* Keeps a name for random bytes; the first one stays. */
void golden_call(struct golden *golden, const void *bytes, size_t n, const char *name);
const char *golden_name(const struct golden *golden, const void *bytes, size_t n); /* NULL: has none */
const char *golden_inc(struct golden *golden, const struct hw_inc *inc);            /* "KAZ.1" */

/* -- golden_message.c: a message in words (arena); "" when it tells a reader nothing -- */
const char *golden_message(struct golden *golden, const struct sim_conn *conn, uint64_t way, struct hw_slice bytes);
const char *golden_span(struct golden *golden, uint64_t first, uint64_t last); /* "3", "3-5" */
const char *golden_entries(struct golden *golden, uint64_t first, uint64_t last); /* "entry 3", "entries 3-5" */
/* "a; b": `text` may be "". */
const char *golden_join(struct golden *golden, const char *text, const char *by, const char *more);
/* "KAZ.1/gtg-eca:1-40, ..." of wire segments; with `sender`, what they write over as well. */
const char *golden_segments(struct golden *golden, const struct sim_node *sender, const struct hw_slice *wires, size_t n);

/* -- golden_work.c: what people and machines do -- */
struct sim_node *golden_hub(struct golden *golden);                      /* headquarters, with the group gtg-eca */
struct sim_node *golden_office(struct golden *golden, const char *code); /* joins with a grant in gtg-eca, and starts */
/* The office serves others from now on; `office` follows it. Both are stopped and started again. */
void golden_relay(struct sim_node *node);
void golden_follow(struct sim_node *office, struct sim_node *relay);
void golden_pass(struct golden *golden, uint64_t ms);
void golden_skip_to(struct golden *golden, unsigned day); /* nothing happens until 9 o'clock of that day */
/* What a reader must know; `node` NULL: of all. */
void golden_says(struct golden *golden, const struct sim_node *node, const char *text);
/* People at their terminals; two seconds go by. Items are named by title. */
void golden_add(struct sim_node *node, const char *author, const char *title);
void golden_set(struct sim_node *node, const char *author, const char *title, const char *assign);
void golden_resolve(struct sim_node *node, const char *author, const char *title, const char *field, const char *value);
void golden_sync(struct sim_node *node, const char *author);
/* The same with a verb of the flow's own, as a program of another version might have it. `shown` is the command. */
void golden_other(struct sim_node *node, const char *author, const char *shown, const struct hw_verb *verb,
                  const char *const *pairs);
const char *golden_id(struct golden *golden, const char *title);

/* -- golden_state.c -- */
void golden_shows(struct sim_node *node); /* its items, as a line of the trace */
void golden_state(struct golden *golden); /* at the end: what each node shows, and how far it is */

#endif
