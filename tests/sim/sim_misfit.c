/* sim_misfit.c: events that a gate must judge: too long, naming another
 * record's write, stamped by a clock that is an hour ahead. They write over what is shown, as a good one would. */
#include "tests/sim/sim_misfit.h"

#include <string.h>

#include "daemon/lookup.h"
#include "daemon/store_internal.h"
#include "headway/value.h"

static size_t see_heads(const struct hw_record *record, const struct hw_field *field, struct hw_name *seen)
{
    const struct hw_cell *cell = hw_row_cell(&record->row, field->id);
    size_t n = 0;
    for (size_t i = 0; cell && i < cell->heads_n && n < HW_SEEN_MAX; i++)
        seen[n++] = cell->heads[i].name;
    return n;
}

static enum hw_status write_field(struct hw_tx *tx, const struct hw_request *request, const struct hw_field *field,
                                  struct hw_slice value, const struct hw_name *more, struct hw_record *record,
                                  struct hw_err *err)
{
    struct hw_name *seen = hw_arena_zero(hw_tx_arena(tx), HW_SEEN_MAX + 1, sizeof *seen);
    struct hw_op *op = hw_arena_zero(hw_tx_arena(tx), 1, sizeof *op);
    *op = (struct hw_op){.code = HW_OP_SET, .field = field->id, .value = value, .seen = seen,
                         .seen_n = see_heads(record, field, seen)};
    if (more && op->seen_n < HW_SEEN_MAX)
        seen[op->seen_n++] = *more;
    struct hw_event event = {.kind = record->row.kind, .record = record->row.id,
                             .author = hw_slice_text(request->author), .change = hw_tx_next_change(tx),
                             .ops = op, .ops_n = 1};
    return hw_tx_write(tx, record->group, &event, err);
}

static enum hw_status write(struct hw_tx *tx, const struct hw_request *request, struct hw_slice value,
                            const struct hw_name *more, struct hw_record *record, struct hw_err *err)
{
    const struct hw_field *title = hw_field_named(hw_kind_by_id(record->row.kind), "title");
    return write_field(tx, request, title, value, more, record, err);
}

static enum hw_status find(struct hw_tx *tx, const struct hw_request *request, struct hw_record **record,
                           struct hw_slice *value, size_t padding, struct hw_err *err)
{
    struct hw_slice text = hw_arg_text(request, "text");
    char *padded = hw_arena_alloc(hw_tx_arena(tx), text.n + 1 + padding);
    struct hw_out out = {0};
    memcpy(padded, text.p, text.n);
    padded[text.n] = '|';
    memset(padded + text.n + 1, 'x', padding);
    hw_put_textn(&out, padded, padding ? text.n + 1 + padding : text.n);
    *value = hw_arena_slice(hw_tx_arena(tx), hw_out_slice(&out));
    hw_out_done(&out);
    return hw_lookup_any(tx, hw_arg_text(request, "id"), record, err);
}

static enum hw_status too_long(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    enum { TOO_LONG = 5000 }; /* a title holds 4,000 bytes */
    struct hw_record *record;
    struct hw_slice value;
    (void)answer;
    enum hw_status status = find(tx, request, &record, &value, TOO_LONG, err);
    return status ? status : write(tx, request, value, NULL, record, err);
}

static enum hw_status wrong_type(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    static const uint8_t seven[] = {7};
    struct hw_record *record;
    struct hw_slice value;
    (void)answer;
    enum hw_status status = find(tx, request, &record, &value, 0, err);
    return status ? status : write(tx, request, (struct hw_slice){seven, sizeof seven}, NULL, record, err);
}

/* It names this node's first write in the group, which is another record's as a rule. */
static enum hw_status strange_name(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err)
{
    struct hw_record *record;
    struct hw_slice value;
    struct hw_name name = {.inc = hw_tx_self(tx)->inc, .seq = 1};
    struct hw_logged first;
    (void)answer;
    enum hw_status status = find(tx, request, &record, &value, 0, err);
    if (!status)
        status = hw_tx_event(tx, &name.inc, record->group, 1, &first, err);
    return status ? status : write(tx, request, value, &name, record, err);
}

/* Sealed at once, by what is believed of the hub's clock: an hour too much. */
static enum hw_status fast_clock(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                 struct hw_err *err)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct hw_record *record;
    struct hw_slice value;
    (void)answer;
    enum hw_status status = find(tx, request, &record, &value, 0, err);
    if (!status)
        status = write(tx, request, value, NULL, record, err);
    int64_t offset = tx->offset;
    tx->offset = offset + HOUR_MS;
    if (!status)
        status = hw_tx_seal(tx, HW_SEGMENT_MAX, err);
    tx->offset = offset;
    return status;
}

/* A later version's field: nobody here knows it, and everybody keeps it. */
static enum hw_status unknown_field(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                    struct hw_err *err)
{
    static const struct hw_field field = {.id = SIM_UNKNOWN, .name = "unknown"};
    struct hw_record *record;
    struct hw_slice value;
    (void)answer;
    enum hw_status status = find(tx, request, &record, &value, 0, err);
    return status ? status : write_field(tx, request, &field, value, NULL, record, err);
}

const struct hw_verb sim_misfits[SIM_MISFITS] = {{"too-long", true, false, too_long},
                                                 {"wrong-type", true, false, wrong_type},
                                                 {"strange-name", true, false, strange_name},
                                                 {"fast-clock", true, false, fast_clock},
                                                 {"unknown-field", true, false, unknown_field}};

bool sim_misfit_seals(const struct hw_verb *verb)
{
    return verb->run == fast_clock;
}

/* -- without a right -- */

static struct hw_op op_of(struct hw_tx *tx, const struct hw_record *record, uint8_t code, const char *name,
                          struct hw_slice text)
{
    static const uint8_t null[] = {0xf6};
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_ITEM), name);
    struct hw_name *seen = hw_arena_zero(hw_tx_arena(tx), HW_SEEN_MAX, sizeof *seen);
    struct hw_out out = {0};
    hw_put_textn(&out, (const char *)text.p, text.n);
    struct hw_op op = {.code = code, .field = field->id, .seen = seen,
                       .value = code == HW_OP_REMOVE ? (struct hw_slice){null, 1}
                                                     : hw_arena_slice(hw_tx_arena(tx), hw_out_slice(&out))};
    op.seen_n = code == HW_OP_ADD ? 0 : see_heads(record, field, seen);
    hw_out_done(&out);
    return op;
}

static enum hw_status trespass(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                               struct hw_err *err)
{
    struct hw_slice how = hw_arg_text(request, "how"), text = hw_arg_text(request, "text");
    struct hw_slice country = hw_arg_text(request, "country");
    struct hw_op *ops = hw_arena_zero(hw_tx_arena(tx), 2, sizeof *ops);
    struct hw_record *record;
    size_t n = 0;
    (void)answer;
    enum hw_status status = hw_lookup_any(tx, hw_arg_text(request, "id"), &record, err);
    if (!status && hw_slice_is(how, "new")) {
        struct hw_id id = hw_id_derive("trespass", &text, 1);
        status = hw_tx_record(tx, HW_KIND_ITEM, &id, record->group, &record, err);
    }
    if (status)
        return status;
    if (hw_slice_is(how, "title") || hw_slice_is(how, "new"))
        ops[n++] = op_of(tx, record, HW_OP_SET, "title", text);
    if (country.n)
        ops[n++] = op_of(tx, record, HW_OP_ADD, "countries", country);
    if (hw_slice_is(how, "remove"))
        ops[n++] = op_of(tx, record, HW_OP_REMOVE, "countries", (struct hw_slice){0});
    struct hw_event event = {.kind = HW_KIND_ITEM, .record = record->row.id, .author = hw_slice_text(request->author),
                             .change = hw_tx_next_change(tx), .ops = ops, .ops_n = n};
    return n ? hw_tx_write(tx, record->group, &event, err) : HW_OK;
}

const struct hw_verb sim_trespass = {"trespass", true, false, trespass};
