/* verify.c: the errand `verify`: everything held, looked at again (floor 3). */
#include <stdlib.h>

#include "daemon/errand.h"
#include "daemon/store_copy.h"
#include "daemon/store_verify.h"
#include "daemon/verb_internal.h"

struct looking {
    struct hw_out *out;
    uint64_t faults;
};

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct looking *looking = self;
    struct hw_verified found;
    enum hw_status status = hw_tx_verify(tx, &found, err);
    if (status)
        return status;
    struct hw_out *out = looking->out;
    hw_out_reset(out);
    looking->faults = found.faults_all;
    hw_put_map_open(out);
    hw_put_key_int(out, "segments", (int64_t)found.segments);
    hw_put_key_int(out, "entries", (int64_t)found.entries);
    hw_put_key_int(out, "events", (int64_t)found.events);
    hw_put_key_int(out, "records", (int64_t)found.records);
    hw_put_key_int(out, "found", (int64_t)found.faults_all);
    hw_put_text(out, "faults");
    hw_put_array(out, found.faults_n);
    for (size_t i = 0; i < found.faults_n; i++) {
        hw_put_map(out, 2);
        hw_put_key_words(out, "where", found.faults[i].where);
        hw_put_key_words(out, "message", found.faults[i].message);
    }
    hw_put_close(out);
    return HW_OK;
}

enum hw_status hw_errand_verify(struct hw_errand_place *place, const struct hw_request *request,
                                struct hw_answer *answer, struct hw_err *err)
{
    struct looking looking = {.out = &answer->end};
    struct hw_job job = {.run = look, .self = &looking};
    char *path = hw_home_file(place->home, "headway.db");
    enum hw_status status = hw_store_look(path, &place->identity, &job, place->stop, err);
    free(path);
    (void)request;
    if (!status && looking.faults)
        (void)hw_fail(&answer->note, HW_CORRUPT, "%llu fault%s found: take a copy of this home away before anything else",
                      (unsigned long long)looking.faults, looking.faults == 1 ? "" : "s");
    return status;
}
