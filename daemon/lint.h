/* lint.h: advice on what was written: one function per rule.  Floor 3, private
 * to lint*.c.  Everything that a rule must know of other records is gathered
 * before (lint_fact.c), so that one pass over the records finds all. */
#ifndef DAEMON_LINT_H
#define DAEMON_LINT_H

#include "daemon/directory.h"
#include "daemon/verb.h"
#include "daemon/view.h"

/* What other rows need to know of an item. Texts: the job's arena. */
struct hw_lint_fact {
    struct hw_id id, parent, plan, twin;
    uint8_t key[16];  /* of plan, parent, countries and folded title: the same twice is a duplicate */
    int32_t latest;   /* of its deadline, or HW_DAY_NONE */
    uint16_t type, status;
    bool archived, has_parent, has_plan, responsible, doubled;
    int64_t rank, updated_ms;
    const char *pending; /* the newest comment that says so; NULL: none does */
    int64_t pending_ms;
    const char *remark; /* the newest comment; NULL: none */
    int64_t remark_ms;
};
struct hw_lint_plan {
    struct hw_id id;
    int32_t latest; /* of its period, or HW_DAY_NONE */
    bool over;      /* superseded or put away: nobody works on it */
};

/* Words before a colon that were looked up among the countries already. */
enum { HW_LINT_GUESSES = 256 };
struct hw_lint_guess {
    const char *word;
    const char *code; /* NULL: like no country */
};

struct hw_lint_rule;
struct hw_lint {
    struct hw_tx *tx;
    struct hw_arena *arena; /* the job's */
    int32_t today;
    int64_t now_ms;
    bool serves; /* offices report to this node */
    struct hw_directory directory;
    struct hw_lint_fact *facts; /* by id */
    size_t facts_n;
    struct hw_lint_plan *plans; /* by id */
    size_t plans_n;
    struct hw_lint_guess guesses[HW_LINT_GUESSES];
    size_t guesses_n;
    const struct hw_lint_rule *rule; /* at work */
    struct hw_out texts, index;
    size_t n;
};

/* `fact` is NULL for what is no item. */
typedef void hw_lint_run(struct hw_lint *lint, const struct hw_view *view, const struct hw_lint_fact *fact);
struct hw_lint_rule {
    const char *name;
    uint16_t kind; /* 0: every kind that is looked at */
    hw_lint_run *run;
};

/* Stands in a fix where the record's id will: how short that can be is known at the end. */
#define HW_LINT_ID "\x1a"

/* lint.c */
void hw_lint_found(struct hw_lint *lint, const struct hw_view *view, const char *message, const char *fix);
/* The title in quotes, cut. */
const char *hw_lint_title(const struct hw_view *view);

/* lint_fact.c. Error: the store's. */
HW_MUST_USE enum hw_status hw_lint_gather(struct hw_lint *lint, struct hw_err *err);
const struct hw_lint_fact *hw_lint_fact(const struct hw_lint *lint, const struct hw_id *id); /* NULL: none */
const struct hw_lint_fact *hw_lint_parent(const struct hw_lint *lint, const struct hw_lint_fact *fact);
const struct hw_lint_plan *hw_lint_plan(const struct hw_lint *lint, const struct hw_lint_fact *fact);

/* lint_fix.c: a command line as it can be typed, quoted for the shell. Arena: the view's. */
struct hw_lint_fix {
    const struct hw_view *view;
    const char *text;
    bool conflict; /* a field that it would set has several values */
};
struct hw_lint_fix hw_lint_fix_set(const struct hw_view *view);
void hw_lint_fix_field(struct hw_lint_fix *fix, const char *field, const char *sign, const char *value);
void hw_lint_fix_remark(struct hw_lint_fix *fix, const char *text);
const char *hw_lint_fix_done(const struct hw_lint_fix *fix);

/* lint_words.c: pure. */
/* Where text says that something is still to be filled in; false: nowhere. */
bool hw_lint_placeholder(const char *text, size_t *at, size_t *n);
/* The text without its placeholders; "" when nothing else stood there. */
const char *hw_lint_without(struct hw_arena *arena, const char *text);
/* Whether a remark says that something is pending, in any of the languages. */
bool hw_lint_pending(struct hw_arena *arena, const char *text);

/* lint_time.c, lint_item.c, lint_text.c */
hw_lint_run hw_lint_child_after_parent, hw_lint_overdue, hw_lint_no_date, hw_lint_undated, hw_lint_unread_date;
hw_lint_run hw_lint_still_pending, hw_lint_no_responsible, hw_lint_no_reason, hw_lint_duplicate;
hw_lint_run hw_lint_unknown_country, hw_lint_placeholder_text, hw_lint_silent_office;

#endif
