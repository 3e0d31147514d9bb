/* Requests carried out at an office. Input: a byte for the verb, then its arguments in CBOR. Nothing stays: the job
 * fails at its end, and the store rolls it back. */
#include "fuzz_office.h"

static void check_answer(const struct hw_answer *answer)
{
    struct hw_in in = hw_in_of(hw_out_slice(&answer->rows));
    for (size_t i = 0; i < answer->rows_n; i++) {
        json_t *row = hw_doc_read(&in);
        HOLDS(row);
        json_decref(row);
    }
    HOLDS(hw_in_end(&in));
    if (answer->end.n) {
        in = hw_in_of(hw_out_slice(&answer->end));
        json_t *end = hw_doc_read(&in);
        HOLDS(end && hw_in_end(&in));
        json_decref(end);
    }
}

static enum hw_status run_and_drop(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct world_call *call = self;
    enum hw_status status = world_run(tx, self, err);
    if (status == HW_OK)
        status = hw_tx_flush(tx, err);
    if (status == HW_OK)
        check_answer(&call->answer);
    else
        HOLDS(err->status == status && *err->text);
    HOLDS(status != HW_IO && status != HW_FAILED);
    return hw_fail(err, HW_TIMEOUT, "rolled back");
}

FUZZ_TARGET(verb)
{
    struct hw_slice input = {data, size};
    struct world *world = fuzz_office();
    const struct hw_verb *verb = &hw_verbs[fuzz_byte(&input) % hw_verbs_n];
    struct hw_link_view link = {.state = "off", .reason = ""};
    struct hw_err err = {0};
    struct hw_in in = hw_in_of(input);
    struct hw_slice args = hw_peek(&in) == HW_ITEM_MAP ? hw_get_raw(&in) : (struct hw_slice){0};
    if (!hw_in_end(&in) || args.n == 0)
        return 0; /* read_request of daemon/ctl.c lets only a map through */
    struct hw_arena arena;
    hw_arena_init(&arena);
    struct world_call call = {.verb = verb,
                              .request = {.verb = hw_slice_text(verb->name), .args = args, .author = "aigul",
                                          .link = &link, .home = "/nonexistent", .arena = &arena}};
    struct hw_job job = {.write = true, .run = run_and_drop, .self = &call};
    HOLDS(hw_store_now(world->store, &job, &err) == HW_TIMEOUT);
    hw_out_done(&call.answer.rows);
    hw_out_done(&call.answer.end);
    hw_arena_done(&arena);
    return 0;
}
