/* import.h: rows of a tracker becoming records.  Floor 3, private to
 * change_import*.c. */
#ifndef DAEMON_IMPORT_H
#define DAEMON_IMPORT_H

#include "daemon/command.h"

/* One entry of a row's fields: [field, text, column]. */
struct hw_import_entry {
    struct hw_slice field, text, column; /* column: raw CBOR, may be empty */
};
/* A row as the client read it, and what is to become of it. */
struct hw_import_row {
    int64_t row, line, parent; /* parent: number of another row, 0 none */
    struct hw_slice key, kind, rest;
    struct hw_import_entry *entries;
    size_t n;
    struct hw_slice *comments;
    size_t comments_n;
    struct hw_slice problem, problem_value, problem_column; /* found by the client */
    /* decided here */
    const struct hw_kind *of;
    struct hw_id id;
    struct hw_record *record;
    struct hw_draft draft;
    size_t new_comments;
    bool bad, fresh, changed;
};

struct hw_import {
    struct hw_command command;
    struct hw_arena *arena; /* the job's */
    const char *file, *group;
    struct hw_record *plan;
    bool plan_new;
    struct hw_draft plan_draft;
    enum hw_date_order order;
    struct hw_rights *rights;
    struct hw_import_row *rows;
    size_t n;
    bool cut; /* some rest did not fit and was shortened */
    struct hw_out problems; /* documents */
    size_t problems_n;
};

/* change_import_rows.c: reads the argument `rows`. Errors: USAGE. */
HW_MUST_USE enum hw_status hw_import_read(struct hw_import *import, struct hw_err *err);
/* change_import_merge.c: compares a row with its record; fills `record`, `draft` and what is decided, or notes a
 * problem. */
HW_MUST_USE enum hw_status hw_import_merge(struct hw_import *import, struct hw_import_row *row, struct hw_err *err);
/* The row's record gets its id from group, plan and key; the nth row of one key has an id of its own. */
void hw_import_name(struct hw_import *import, struct hw_import_row *row, size_t nth);
/* The row above, or NULL. */
struct hw_import_row *hw_import_parent(const struct hw_import *import, const struct hw_import_row *row);
struct hw_id hw_import_comment_id(const struct hw_id *on, struct hw_slice text);
void hw_import_problem(struct hw_import *import, struct hw_import_row *row, struct hw_slice column,
                       struct hw_slice value, const char *message);

#endif
