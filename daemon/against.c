/* against.c: the errand of `headway verify --against` (floor 3): a bundle from
 * elsewhere, held against what is here. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/incoming.h"
#include "daemon/store_against.h"
#include "daemon/store_copy.h"
#include "daemon/verb_internal.h"

struct looking {
    struct hw_bundle_reader reader;
    bool begun;
    struct hw_against against;
};

static enum hw_status next(void *self, struct hw_slice *message, struct hw_err *err)
{
    return hw_bundle_next(&((struct looking *)self)->reader, message, err);
}

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct looking *looking = self;
    if (looking->begun) /* run a second time, the file would seem to be empty */
        return hw_fail(err, HW_IO, "the database could not be read at once: type the command again");
    looking->begun = true;
    return hw_tx_against(tx, &looking->reader.bundle, next, looking, &looking->against, err);
}

static void put_places(struct hw_out *out, const char *key, const struct hw_places *places)
{
    hw_put_text(out, key);
    hw_put_array(out, places->n);
    if (places->n)
        hw_put_raw(out, places->list.p, places->list.n);
}

static void put_against(struct hw_out *out, const struct looking *looking)
{
    const struct hw_against *against = &looking->against;
    hw_put_map_open(out);
    hw_put_key_text(out, "office", looking->reader.bundle.office);
    hw_put_key_time(out, "made", looking->reader.bundle.made_ms);
    hw_put_key_text(out, "signature", against->known ? "good" : "unknown");
    hw_put_key_int(out, "segments", (int64_t)against->segments);
    hw_put_key_int(out, "entries", (int64_t)against->entries);
    hw_put_key_int(out, "events", (int64_t)against->events);
    hw_put_key_int(out, "same", (int64_t)against->same);
    hw_put_key_int(out, "records", 0);
    hw_put_key_int(out, "found", (int64_t)against->faults.all);
    put_places(out, "faults", &against->faults);
    put_places(out, "missing_here", &against->missing_here);
    put_places(out, "missing_there", &against->missing_there);
    hw_put_close(out);
}

enum hw_status hw_errand_verify_against(struct hw_errand_place *place, const struct hw_request *request,
                                        struct hw_answer *answer, struct hw_err *err)
{
    struct looking looking = {.against = {.known = false}};
    struct hw_job job = {.run = look, .self = &looking};
    char *path = hw_home_file(place->home, "headway.db");
    int fd = -1;
    enum hw_status status = hw_incoming_open(place, request, &fd, &looking.reader, err);
    if (!status)
        status = hw_store_look(path, &place->identity, &job, place->stop, err);
    free(path);
    if (!status) {
        put_against(&answer->end, &looking);
        if (looking.against.faults.all)
            (void)hw_fail(&answer->note, HW_CORRUPT, "the file differs from what is held here");
    }
    hw_against_done(&looking.against);
    hw_bundle_reader_done(&looking.reader);
    if (fd >= 0)
        close(fd);
    return status;
}
