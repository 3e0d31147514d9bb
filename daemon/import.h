/* import.h: rows of a file becoming records.  Floor 3, private to
 * change_import*.c.
 *
 * An import takes these steps, each over all rows before the next begins:
 *   read    the request's rows                              change_import_rows.c
 *   name    each row gets the id of its record; a row that moved or was
 *           retitled gets that of its old record            change_import_name.c, _old.c
 *   place   rank and parent as the file has them            change_import_place.c
 *   merge   file then, file now, record now: a draft        change_import_merge.c, _source.c
 *   write   all drafts as one change, or none               change_import.c
 * The names begin with hw_intake_, because the client has an import of its own
 * and tests link both. */
#ifndef DAEMON_IMPORT_H
#define DAEMON_IMPORT_H

#include "daemon/command.h"
#include "headway/base.h"

enum {
    HW_INTAKE_VALUES = 250, /* entries of one field of a row: all countries of the world; a cell gives 50 at most */
    HW_INTAKE_CELLS = 40   /* more than any kind has fields */
};

/* One entry of a row's fields: [field, text, column, meant]. */
struct hw_intake_entry {
    struct hw_slice field, text, column; /* column: raw CBOR, may be empty */
    struct hw_slice meant;               /* empty: nobody says how it was read */
};

/* All that the file says about one field of one row. */
struct hw_intake_cell {
    const struct hw_field *field;
    struct hw_slice texts[HW_INTAKE_VALUES];  /* as written, in file order */
    struct hw_slice values[HW_INTAKE_VALUES]; /* of them, canonical; a plain field has at most one */
    size_t texts_n, values_n;
    const char *scheme; /* of the references so far: "SDG 8.7, 8.8" */
    char hash[HW_BASE_HASH + 1]; /* of the texts */
    char here[HW_BASE_HASH + 1]; /* of what the record shows for it; "" while nobody knows */
};
struct hw_intake_cells {
    struct hw_intake_cell cell[HW_INTAKE_CELLS];
    size_t n;
};

/* A row as the client read it, and what is to become of it. */
struct hw_intake_row {
    int64_t row, line, parent; /* parent: number of another row, 0 none */
    struct hw_slice key, kind, rest;
    struct hw_slice id_text, parent_text, base; /* of a table that Headway exported */
    bool whole;                                 /* a record as exported */
    struct hw_slice source;                     /* of such a record; empty for none */
    struct hw_intake_entry *entries;
    size_t n;
    struct hw_slice *comments;
    size_t comments_n;
    struct hw_slice problem, problem_value, problem_column; /* found by the client */
    /* decided here */
    const struct hw_kind *of;
    struct hw_id id, derived; /* derived: from the natural key; `id` differs when the row is known otherwise */
    bool given;               /* the file brought the id */
    const struct hw_id *above; /* the record above, NULL for none */
    int64_t rank;             /* to be written; -1: left alone */
    struct hw_record *record;
    struct hw_draft draft;
    size_t new_comments, conflicts;
    bool bad, fresh, changed;
};

/* An item of the plan as it is before the import. */
struct hw_intake_old {
    struct hw_id id, parent; /* parent: zero for none */
    bool mine;               /* the last import of this very file spoke of it */
    bool archived, met;      /* met: a row of the file is this item */
    const char *title;       /* of those that are mine; arena */
    struct hw_slice line;    /* its hashes (headway/base.h); of those that are mine */
};

/* A document among `problems`. */
struct hw_intake_trouble {
    const struct hw_intake_row *row;
    size_t from, n; /* bytes */
};

struct hw_intake {
    struct hw_command command;
    struct hw_arena *arena; /* the job's */
    struct hw_slice raw_rows; /* the argument `rows` */
    const char *file, *group;
    struct hw_record *plan;
    bool plan_new, plan_named; /* named: the person said which, it is not the file's name */
    struct hw_draft plan_draft;
    struct hw_intake_row *plan_row, *group_row;
    enum hw_date_order order;
    struct hw_rights *rights;
    struct hw_intake_row *rows; /* from hw_realloc: of 100,000 an arena would keep every smaller array too */
    size_t n;
    struct hw_intake_row **by_number, **by_id; /* rows that are not bad, sorted */
    size_t by_id_n;
    struct hw_intake_old *old; /* sorted by id */
    size_t old_n;
    struct hw_slice *heads; /* fields that the file has columns for */
    size_t heads_n;
    struct hw_intake_cells *cells; /* of the row at hand */
    bool cut; /* some rest did not fit and was shortened */
    size_t conflicts, missing, archived;
    struct hw_out problems; /* documents, as they were met */
    struct hw_out troubles; /* struct hw_intake_trouble */
    size_t problems_n;
};

/* change_import_rows.c: reads the argument `rows`. Errors: USAGE. */
HW_MUST_USE enum hw_status hw_intake_read(struct hw_intake *import, struct hw_err *err);
void hw_intake_problem(struct hw_intake *import, struct hw_intake_row *row, struct hw_slice column,
                       struct hw_slice value, const char *message);
/* The array of problems in the order of the file. */
void hw_intake_put_problems(struct hw_intake *import, struct hw_out *out);

/* change_import_name.c: kinds and ids of all rows; loads their records. The nth row of one key has an id of its own. */
HW_MUST_USE enum hw_status hw_intake_name(struct hw_intake *import, struct hw_err *err);
/* The row above, or NULL. */
struct hw_intake_row *hw_intake_parent(const struct hw_intake *import, const struct hw_intake_row *row);
struct hw_id hw_intake_comment_id(const struct hw_id *on, struct hw_slice text);
/* The row that is this record, or NULL; once all rows have their ids. */
struct hw_intake_row *hw_intake_by_id(const struct hw_intake *import, const struct hw_id *id);
/* The row takes this record; loads it. */
HW_MUST_USE enum hw_status hw_intake_adopt(struct hw_intake *import, struct hw_intake_row *row, const struct hw_id *id,
                                          struct hw_err *err);

/* change_import_old.c: what the plan holds already; finds the old records of rows that were retitled or moved. */
HW_MUST_USE enum hw_status hw_intake_old_find(struct hw_intake *import, struct hw_err *err);
/* Counts the rows of the last import of this file that are not in it any more; with `archive` puts away those that nobody
 * worked on since, and lists the others in `command.left`. */
HW_MUST_USE enum hw_status hw_intake_old_end(struct hw_intake *import, bool archive, struct hw_err *err);
/* How alike two titles are, 0 to 100: shared words twice over all words (Dice, "Measures of the amount of ecologic
 * association", 1945). */
unsigned hw_intake_alike(struct hw_arena *arena, const char *a, const char *b);

/* change_import_place.c: rank and the record above of every row. */
void hw_intake_place(struct hw_intake *import);

/* change_import_merge.c: compares a row with its record; fills `draft` and what is decided, or notes a problem. */
HW_MUST_USE enum hw_status hw_intake_merge(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err);

/* change_import_whole.c: the value of one entry, as the draft reads it, or as another node has read it; ids may be those of the
 * file's own rows. */
HW_MUST_USE enum hw_status hw_intake_value(struct hw_intake *import, struct hw_intake_row *row,
                                           const struct hw_intake_entry *entry, const struct hw_field *field,
                                           struct hw_slice *value, struct hw_err *err);
/* A comment that is here says what it said: else a problem. */
void hw_intake_remark(struct hw_intake *import, struct hw_intake_row *row, const struct hw_intake_cell *cell);
/* Empties those of the row's comments that its record has, be it on one line. */
HW_MUST_USE enum hw_status hw_intake_known_comments(struct hw_intake *import, struct hw_intake_row *row, struct hw_err *err);

/* change_import_source.c: what a record remembers of the file. */
struct hw_slice hw_intake_source(const struct hw_record *record);
struct hw_slice hw_intake_source_line(struct hw_slice source); /* its hashes */
bool hw_intake_source_of(struct hw_slice source, const char *file); /* whether this file wrote it last */
/* The hash that the file had for the field, and of what the record showed then; empty when unknown. */
struct hw_slice hw_intake_known(struct hw_slice line, const char *field);
struct hw_slice hw_intake_known_here(struct hw_arena *arena, struct hw_slice line, const char *field);
/* The hash of one value as a person reads it, or of the elements of a set. */
void hw_intake_hash_value(struct hw_arena *arena, const struct hw_field *field, struct hw_slice value,
                          char hash[HW_BASE_HASH + 1]);
void hw_intake_hash_set(struct hw_arena *arena, const struct hw_field *field, const struct hw_slice *values, size_t n,
                        char hash[HW_BASE_HASH + 1]);
HW_MUST_USE enum hw_status hw_intake_write_source(struct hw_intake *import, struct hw_intake_row *row,
                                                  struct hw_err *err);

/* change_import_map.c: what heads meant at the last import. */
HW_MUST_USE enum hw_status hw_intake_remember(struct hw_intake *import, struct hw_err *err);

#endif
