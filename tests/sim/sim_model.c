/* sim_model.c: which writes show. A write covers what it names, and what the
 * refused writes that it names have named, unless that is why they were refused; refused ones cover nothing by themselves. Equal values are no conflict; the greatest
 * stamp is shown, and of equal stamps the greater name. */
#include "tests/sim/sim_model.h"

#include "tests/sim/sim_misfit.h"

#include <stdlib.h>
#include <string.h>

static uint64_t key_of(const struct hw_name *name, const char *group)
{
    uint64_t hash = sim_hash(SIM_HASH, name->inc.b, sizeof name->inc.b);
    return sim_hash_text(sim_hash_number(hash, name->seq << 16 | name->op), group);
}

static void add(struct sim_model *model, const struct hw_logged *logged, size_t at)
{
    const struct hw_op *op = &logged->event.ops[at];
    if (model->n == model->cap) {
        model->cap = model->cap ? model->cap * 2 : 1024;
        model->writes = hw_realloc(model->writes, model->cap * sizeof *model->writes);
    }
    struct sim_write *write = &model->writes[model->n++];
    *write = (struct sim_write){.name = {.inc = logged->inc, .seq = logged->event.seq, .op = (uint16_t)at},
                                .stamp = logged->event.stamp, .kind = logged->event.kind, .field = op->field,
                                .record = logged->event.record, .code = op->code,
                                .refused = hw_verdict_refuses(logged->verdict, logged->verdict_code),
                                .value = hw_arena_slice(&model->arena, op->value), .seen_n = op->seen_n};
    write->why = hw_arena_text(&model->arena, logged->verdict_text, strlen(logged->verdict_text));
    write->wrong = (logged->verdict_code == HW_REFUSAL_SEEN || logged->verdict_code == HW_REFUSAL_RIGHTS) &&
                   !hw_slice_is(logged->event.author, SIM_MISFIT);
    write->misnames = hw_verdict_misnames(logged->verdict, logged->verdict_code);
    write->rights = logged->verdict_code == HW_REFUSAL_RIGHTS;
    memcpy(write->group, logged->group, sizeof write->group);
    write->seen = hw_arena_copy(&model->arena, op->seen, op->seen_n * sizeof *write->seen);
}

static bool keep(void *self, const struct hw_logged *logged)
{
    for (size_t i = 0; i < logged->event.ops_n; i++)
        add(self, logged, i);
    return true;
}

static int compare_place(const struct sim_write *a, const struct sim_write *b)
{
    int order = strcmp(a->group, b->group);
    if (!order)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    if (!order)
        order = hw_id_compare(&a->record, &b->record);
    return order ? order : (a->field > b->field) - (a->field < b->field);
}

static int compare(const void *a, const void *b)
{
    const struct sim_write *x = a, *y = b;
    int order = compare_place(x, y);
    return order ? order : hw_name_compare(&x->name, &y->name);
}

static void cover(struct sim_model *model, struct sim_write *by)
{
    for (size_t i = 0; i < by->seen_n; i++) {
        const uint64_t *at = sim_map_find(&model->by_name, key_of(&by->seen[i], by->group));
        struct sim_write *seen = at ? &model->writes[*at - 1] : NULL;
        if (!seen || compare_place(seen, by) != 0)
            continue;
        seen->covered = true;
        if (seen->refused && !seen->misnames && !seen->met) {
            seen->met = true;
            cover(model, seen);
        }
    }
}

enum hw_status sim_model_build(struct sim_model *model, struct hw_tx *tx, struct hw_err *err)
{
    *model = (struct sim_model){0};
    hw_arena_init(&model->arena);
    enum hw_status status = hw_tx_log(tx, NULL, keep, model, err);
    if (status)
        return status;
    if (model->n)
        qsort(model->writes, model->n, sizeof *model->writes, compare);
    for (size_t i = 0; i < model->n; i++)
        *sim_map_at(&model->by_name, key_of(&model->writes[i].name, model->writes[i].group)) = i + 1;
    for (size_t i = 0; i < model->n; i++)
        if (!model->writes[i].refused)
            cover(model, &model->writes[i]);
    return HW_OK;
}

void sim_model_done(struct sim_model *model)
{
    free(model->writes);
    sim_map_done(&model->by_name);
    hw_arena_done(&model->arena);
}

bool sim_write_head(const struct sim_write *write)
{
    return !write->refused && !write->covered && write->code != HW_OP_REMOVE;
}

size_t sim_model_field(const struct sim_model *model, const char *group, uint16_t kind, const struct hw_id *record,
                       uint16_t field, const struct sim_write **first)
{
    struct sim_write key = {.kind = kind, .field = field, .record = *record};
    size_t low = 0, high = model->n, n = 0;
    memcpy(key.group, group, strlen(group) + 1);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_place(&model->writes[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = &model->writes[low];
    while (low + n < model->n && compare_place(&model->writes[low + n], &key) == 0)
        n++;
    return n;
}

const struct sim_write *sim_model_shown(const struct sim_write *first, size_t n)
{
    const struct sim_write *shown = NULL;
    for (size_t i = 0; i < n; i++)
        if (sim_write_head(&first[i]) && (!shown || first[i].stamp >= shown->stamp))
            shown = &first[i];
    return shown;
}

bool sim_model_whole(const struct sim_model *model, const struct sim_write *first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < first[i].seen_n; k++)
            if (!sim_map_find(&model->by_name, key_of(&first[i].seen[k], first[i].group)))
                return false;
    return true;
}
