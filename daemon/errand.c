/* errand.c: see errand.h (floor 3).  One at a time: what they share needs no
 * lock then, and a second `verify` would only make the first one slower. */
#include "daemon/errand.h"

#include <sodium.h>
#include <stdlib.h>

#include "daemon/incoming.h"
#include "daemon/node_internal.h"
#include "daemon/outgoing.h"

static const struct hw_errand errands_known[] = {
    {"verify", hw_errand_verify},
    {"backup.begin", hw_errand_backup_begin},
    {"backup.read", hw_errand_backup_read},
    {"bundle.begin", hw_errand_bundle_begin},
    {"apply.put", hw_errand_apply_put},
    {"apply.check", hw_errand_apply_check},
    {"apply.end", hw_errand_apply_end},
    {"verify.against", hw_errand_verify_against},
};

/* One request on its way. */
struct errand {
    uv_work_t work;
    struct hw_errands *errands;
    struct hw_call *call;
    struct hw_err err;
    enum hw_status status;
    struct errand *next;
};

struct hw_errands {
    struct hw_node *node;
    struct hw_errand_place place;
    atomic_bool stop;
    struct errand *running, *first, **end; /* first: the next of those that wait */
};

const struct hw_errand *hw_errand_find(struct hw_slice name)
{
    for (size_t i = 0; i < sizeof errands_known / sizeof *errands_known; i++)
        if (hw_slice_is(name, errands_known[i].name))
            return &errands_known[i];
    return NULL;
}

struct hw_errands *hw_errands_new(struct hw_node *node, struct hw_home *home)
{
    struct hw_errands *errands = hw_alloc(sizeof *errands);
    *errands = (struct hw_errands){.node = node, .place = {.home = home}};
    atomic_init(&errands->stop, false);
    errands->place.stop = &errands->stop;
    errands->end = &errands->first;
    hw_backup_sweep(home);
    hw_incoming_sweep(home);
    return errands;
}

static void start_next(struct hw_errands *errands);

/* On one of libuv's threads. */
static void work(uv_work_t *request)
{
    struct errand *errand = request->data;
    struct hw_call *call = errand->call;
    errand->status =
        call->errand->run(&errand->errands->place, &call->request, &call->answer, &errand->err);
}

static void finish(struct errand *errand)
{
    struct hw_call *call = errand->call;
    if (!errand->status) { /* done, with something to say */
        errand->status = call->answer.note.status;
        errand->err = call->answer.note;
    }
    call->answered(call, errand->status, errand->status ? errand->err.text : "");
    free(errand);
}

static void after(uv_work_t *request, int status)
{
    struct errand *errand = request->data;
    struct hw_errands *errands = errand->errands;
    if (status)
        errand->status = hw_fail(&errand->err, HW_UNREACHABLE, "the daemon is stopping");
    errands->running = NULL;
    finish(errand);
    start_next(errands);
}

static void start_next(struct hw_errands *errands)
{
    struct errand *errand = errands->first;
    if (errands->running || !errand)
        return;
    errands->first = errand->next;
    if (!errands->first)
        errands->end = &errands->first;
    errands->running = errand;
    errands->place.identity = errands->node->identity;
    errand->work.data = errand;
    int code = uv_queue_work(hw_loop_uv(errands->node->loop), &errand->work, work, after);
    if (code) { /* no thread could be started */
        errands->running = NULL;
        errand->status = hw_fail(&errand->err, HW_FAILED, "the daemon has no thread for this: %s", uv_strerror(code));
        finish(errand);
    }
}

void hw_errands_run(struct hw_errands *errands, struct hw_call *call)
{
    struct errand *errand = hw_alloc(sizeof *errand);
    *errand = (struct errand){.errands = errands, .call = call};
    *errands->end = errand;
    errands->end = &errand->next;
    start_next(errands);
}

void hw_errands_stop(struct hw_errands *errands)
{
    atomic_store(&errands->stop, true);
    while (errands->first) {
        struct errand *errand = errands->first;
        errands->first = errand->next;
        errand->status = hw_fail(&errand->err, HW_UNREACHABLE, "the daemon is stopping");
        finish(errand);
    }
    errands->end = &errands->first;
}

void hw_errands_free(struct hw_errands *errands)
{
    if (!errands)
        return;
    hw_outgoing_drop(&errands->place);
    sodium_memzero(&errands->place.identity, sizeof errands->place.identity);
    free(errands);
}
