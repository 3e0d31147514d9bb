/* importing.h: an import as the command has it in hand.  Floor 3, private to
 * cmd_import.c, import_tell.c and import_ask.c. */
#ifndef CLIENT_IMPORTING_H
#define CLIENT_IMPORTING_H

#include <jansson.h>

#include "client/cli.h"
#include "client/import/import.h"

struct hw_importing {
    struct hw_arena arena;
    const char *name; /* of the file, without directories */
    struct hw_import file;
    size_t recalled; /* answers that earlier imports of the group have left */
};

/* The table that people mean: the first whose heads were understood; NULL for a page without one. */
const struct hw_import_table *hw_importing_table(const struct hw_importing *import);
/* import_tell.c: what came of it, for people; and what the file's side knows of it, added to the answer. */
void hw_importing_tell(struct hw_importing *import, const struct hw_cli *cli, const json_t *end, int code);
void hw_importing_add(const struct hw_importing *import, json_t *end);
/* import_ask.c: every doubt as a question in a workbook. Errors: IO. */
HW_MUST_USE enum hw_status hw_importing_ask(struct hw_importing *import, const struct hw_cli *cli, const json_t *end,
                                            const char *path, size_t *asked, struct hw_err *err);

#endif
