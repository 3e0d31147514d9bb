/* json.h: a file of JSON as tables.  Floor 2, noun: import json.
 * Two kinds of it are read: records as `headway export` writes them (object.c), and tasks as
 * `task export` of Taskwarrior does (task.c); each as one array, or as one object after the other. */
#ifndef CLIENT_IMPORT_JSON_H
#define CLIENT_IMPORT_JSON_H

#include <jansson.h>

#include "client/import/map.h"
#include "headway/schema.h"

/* Whether the text begins as such a file does. */
bool hw_import_json_look(struct hw_slice text);
/* Errors: USAGE (damaged, with line and column; or JSON of another program), LIMIT. */
HW_MUST_USE enum hw_status hw_import_json_read(struct hw_slice text, struct hw_import_book *book, struct hw_err *err);

/* A table that grows object by object; columns come as they are met. */
struct hw_json_table {
    struct hw_arena *arena;
    const struct hw_kind *kind;
    struct hw_import_table table; /* its first line is for the heads */
    struct hw_import_column *columns;
    uint32_t width, columns_cap;
    struct hw_import_cell *cells; /* of the line in hand; arena, used again */
    size_t n, cap;
    bool full; /* over a limit of limits.h */
};
/* The column of a field of the kind, of a mark of own.h, or of something else, whose text is kept. */
uint32_t hw_json_column(struct hw_json_table *table, const char *name);
/* Texts are copied; an empty one is none. */
void hw_json_cell(struct hw_json_table *table, const char *name, struct hw_slice text);
/* Any value: what has no text of its own as JSON. */
void hw_json_value(struct hw_json_table *table, const char *name, const json_t *value);
const char *hw_json_text(struct hw_arena *arena, const json_t *value); /* of a number, a word, "yes"; arena */
void hw_json_line(struct hw_json_table *table, uint32_t line);

/* object.c: a record. task.c: a task. */
void hw_json_object(struct hw_json_table *table, const json_t *object, uint32_t line);
void hw_json_task(struct hw_json_table *table, const json_t *task, uint32_t line);

#endif
