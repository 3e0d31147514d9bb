/* export.h: records for other programs.  Floor 2, noun: export.
 * The daemon gives rows; they are gathered and put into the order of the plans
 * (record.c), become cells (column.c, cell.c), and one writer for each format
 * prints them. jsonl and json need none of this: they print rows as they come. */
#ifndef CLIENT_EXPORT_H
#define CLIENT_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "headway/bytes.h"
#include "headway/schema.h"
#include "headway/status.h"

enum { HW_EXPORT_COLUMNS_MAX = 64 }; /* the largest kind has 19 fields */

/* A row, kept as compact JSON: a tenth of what it takes taken apart. */
struct hw_export_record {
    const struct hw_kind *kind;
    const char *id, *text, *key; /* key: its place */
    const char *on;              /* of an item its plan, of a comment what it is about: an id */
};
struct hw_export_list {
    struct hw_export_record *record;
    size_t n, cap;
};
/* What plan and sheet names need. */
struct hw_export_plan {
    const char *id, *code, *title, *group;
};

/* One column of a table. */
struct hw_export_column {
    const char *name;             /* as printed in csv: "deadline" */
    const struct hw_field *field; /* NULL: id, group, kind */
};
struct hw_export_columns {
    struct hw_export_column column[HW_EXPORT_COLUMNS_MAX];
    size_t n;
    bool base; /* ends with the column `base` */
};

struct hw_export {
    struct hw_arena arena; /* all below; hw_export_done frees */
    bool outside;          /* for people outside: without ids, hashes, sources */
    bool archived;         /* archived records too */
    const char *fields;    /* --fields, or NULL */
    int32_t today;         /* days since 1970 */
    struct hw_export_list plans, records, comments;
    struct hw_export_plan *plan; /* one for each of `plans`, by id, once sorted */
    const struct hw_export_record **by_id; /* `records` once sorted */
};

void hw_export_init(struct hw_export *export);
void hw_export_done(struct hw_export *export);

/* record.c: gathering. Plans first, since items are put in their order; rows that are not wanted
 * (archived, not for outside) are passed over. */
void hw_export_add_plan(struct hw_export *export, const json_t *row);
void hw_export_add(struct hw_export *export, const json_t *row);
void hw_export_add_comment(struct hw_export *export, const json_t *row);
void hw_export_sort_plans(struct hw_export *export); /* before hw_export_add */
void hw_export_sort(struct hw_export *export);
json_t *hw_export_row(const struct hw_export_record *record); /* the caller owns it */
const struct hw_export_plan *hw_export_plan_of(const struct hw_export *export, const char *id); /* NULL: unknown */
/* What people call the plan: its code, else its title, else the id given. */
const char *hw_export_plan_name(const struct hw_export *export, const char *id);
const struct hw_export_record *hw_export_find(const struct hw_export *export, const char *id); /* NULL: not exported */
/* The comments on a record, oldest first: `*n` of them from the one returned on. */
const struct hw_export_record *hw_export_comments_on(const struct hw_export *export, const char *id, size_t *n);
bool hw_export_wanted(const struct hw_export *export, const json_t *row);
/* Takes from a row what is not for outside. */
void hw_export_strip(json_t *row);
/* The key of a field in a row: "title", but "group_kind" for the kind of a group. */
const char *hw_export_key(const struct hw_kind *kind, const struct hw_field *field, struct hw_arena *arena);

/* column.c: the columns of a kind: all, or those of --fields. USAGE: an unknown field, with the nearest one. */
HW_MUST_USE enum hw_status hw_export_columns(const struct hw_export *export, const struct hw_kind *kind,
                                             struct hw_export_columns *columns, struct hw_err *err);

/* cell.c */
enum hw_export_form { HW_EXPORT_TEXT, HW_EXPORT_NUMBER, HW_EXPORT_DAY };
struct hw_export_cell {
    const char *text; /* as a person reads it; "" for none */
    enum hw_export_form form;
    int64_t number; /* NUMBER; days since 1970 for DAY */
};
/* `days`: a time that is one day becomes DAY, its text 2016-12-31; else it is text as written. Memory: `arena`. */
struct hw_export_cell hw_export_cell(const struct hw_export *export, const struct hw_kind *kind,
                                     const struct hw_export_column *column, const json_t *row, bool days,
                                     struct hw_arena *arena);
/* "field=hash field=hash ..." of the filled cells (headway/base.h), for the column `base`: of what an import of the file
 * reads in them, which is the cell without blanks around it, line ends as "\n", and sets taken apart at ; and line ends
 * (hw_import_part). */
const char *hw_export_base(const struct hw_export_columns *columns, const struct hw_export_cell *cells,
                           struct hw_arena *arena);
/* The same for a row of json and jsonl: of each value that is there, of a time what was typed and, as `field.edtf`, how it was
 * read, of a word its label too, as `field.label`. */
const char *hw_export_row_base(const json_t *row, struct hw_arena *arena);
/* The elements of a set as one text: "a; b". Arena string. */
const char *hw_export_join(const json_t *list, struct hw_arena *arena);
/* Whether a time of a row is exactly one day, such as 2016-12-31; `*day` takes it. */
bool hw_export_day(const json_t *time, int32_t *day);
/* The greatest day of a time of a row; false when it has none. */
bool hw_export_latest(const json_t *time, int32_t *day);
/* "2016-11-22T10:15:00.123Z" as "20161122T101500Z"; "" when it is no time. Arena string. */
const char *hw_export_stamp(const char *time, struct hw_arena *arena);

/* The writers. `to` is a stream that the caller opened and looks at afterwards. */
HW_MUST_USE enum hw_status hw_export_separated(struct hw_export *export, const struct hw_kind *kind, char separator,
                                               FILE *to, struct hw_err *err); /* csv: ',', tsv: '\t' */
HW_MUST_USE enum hw_status hw_export_xlsx(struct hw_export *export, FILE *to, struct hw_err *err);
/* NOT_FOUND when there is no item: a calendar without an entry is none (RFC 5545, 3.6). */
HW_MUST_USE enum hw_status hw_export_ics(struct hw_export *export, FILE *to, struct hw_err *err);
HW_MUST_USE enum hw_status hw_export_taskwarrior(struct hw_export *export, FILE *to, struct hw_err *err);

/* ics_line.c: one content line, escaped where it is text, folded at 75 octets between letters. */
void hw_ics_line(FILE *to, const char *name, const char *value); /* NAME:value as it is */
void hw_ics_text(FILE *to, const char *name, const char *text);  /* NAME:text, escaped */
const char *hw_ics_escape(struct hw_arena *arena, const char *text);

/* xlsx_name.c: a name for a sheet, unique among those given out. */
enum { HW_SHEET_NAME = 31 * 4 + 1 }; /* 31 letters, each of up to four bytes */
struct hw_sheet_names {
    char (*name)[HW_SHEET_NAME]; /* heap */
    size_t n, cap;
};
const char *hw_sheet_name(struct hw_sheet_names *names, const char *wanted); /* lives until the next call */
void hw_sheet_names_done(struct hw_sheet_names *names);

#endif
