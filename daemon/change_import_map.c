/* change_import_map.c: what a person said about the heads of a file's columns,
 * remembered for the next file of that group (floor 3, noun: import). */
#include <string.h>

#include "daemon/import.h"
#include "daemon/lookup.h"
#include "daemon/verb_internal.h"

/* A head may be as long as a cell; the mapping of such a one is not worth keeping. */
enum { HEAD_MAX = 500 };

enum hw_status hw_intake_remember(struct hw_intake *import, struct hw_err *err)
{
    size_t n;
    const struct hw_slice *typed = hw_arg_list(import->command.request, "map", &n);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < n && status == HW_OK; i++) {
        const uint8_t *equals = typed[i].n ? memrchr(typed[i].p, '=', typed[i].n) : NULL;
        if (!equals || typed[i].n > HEAD_MAX)
            continue;
        size_t head = (size_t)(equals - typed[i].p);
        struct hw_heading heading = {hw_fold(import->arena, (struct hw_slice){typed[i].p, head}),
                                     hw_arena_text(import->arena, equals + 1, typed[i].n - head - 1)};
        status = hw_tx_heading_set(import->command.tx, import->group, &heading, err);
    }
    return status;
}

/* The group that an import with these arguments would go to; NULL when that is not plain. */
static const char *group_of(struct hw_tx *tx, const struct hw_request *request)
{
    struct hw_slice group = hw_arg_text(request, "group"), typed = hw_arg_text(request, "plan");
    const char *code = NULL;
    struct hw_record *plan;
    if (group.n)
        return hw_lookup_group(tx, group, &code, NULL) == HW_OK ? code : NULL;
    if (typed.n)
        return hw_lookup_plan(tx, typed, NULL, &plan, NULL) == HW_OK ? plan->group : NULL;
    return hw_lookup_only_group(tx, &code, NULL) == HW_OK ? code : NULL;
}

enum hw_status hw_verb_import_map(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    struct hw_heading *list = NULL;
    size_t n = 0;
    const char *group = group_of(tx, request);
    enum hw_status status = group ? hw_tx_headings(tx, group, &list, &n, err) : HW_OK;
    for (size_t i = 0; i < n && status == HW_OK; i++) {
        hw_put_map(&answer->rows, 2);
        hw_put_key_words(&answer->rows, "head", list[i].head);
        hw_put_key_words(&answer->rows, "field", list[i].field);
        answer->rows_n++;
    }
    return status;
}
