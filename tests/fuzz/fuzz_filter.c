/* Filters as typed, one word a line, held against the records of an office. */
#include "fuzz_office.h"

#include "daemon/filter.h"

enum { WORDS = 64 };

struct job {
    struct hw_slice words[WORDS];
    size_t n, passed;
};

static enum hw_status count(void *self, const struct hw_view *view, struct hw_err *err)
{
    struct job *job = self;
    (void)err;
    HOLDS(strlen(hw_view_id(view)) == HW_ID_TEXT);
    job->passed++;
    return HW_OK;
}

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct job *job = self;
    struct hw_filter *filter;
    int32_t first, last;
    enum hw_status status = hw_filter_parse(tx, job->words, job->n, &filter, err);
    if (job->n && hw_filter_time(tx, job->words[0], &first, &last, err) == HW_OK)
        HOLDS(first == HW_DAY_NONE || last == HW_DAY_NONE || first <= last);
    if (status != HW_OK)
        return status;
    size_t items = 0;
    for (size_t i = 0; i < hw_schema_n && status == HW_OK; i++) {
        size_t n = job->passed;
        if (hw_filter_kind(filter, hw_schema[i].id, true))
            status = hw_filter_scan(tx, filter, hw_schema[i].id, count, job, err);
        items += hw_schema[i].id == HW_KIND_ITEM ? job->passed - n : 0;
    }
    job->passed = 0;
    hw_filter_with_archived(filter);
    if (status == HW_OK && hw_filter_kind(filter, HW_KIND_ITEM, true))
        status = hw_filter_scan(tx, filter, HW_KIND_ITEM, count, job, err);
    HOLDS(job->passed >= items);
    return status;
}

FUZZ_TARGET(filter)
{
    struct job job = {.n = 0};
    struct hw_err err = {0};
    const uint8_t *at = data, *end = data + size;
    struct world *world = fuzz_office();
    while (at < end && job.n < WORDS) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        job.words[job.n] = (struct hw_slice){at, (size_t)(stop - at)};
        /* The reader of requests lets no other text through. */
        job.n += hw_utf8_valid(job.words[job.n]);
        at = stop + 1;
    }
    struct hw_job store_job = {.run = run, .self = &job};
    enum hw_status status = hw_store_now(world->store, &store_job, &err);
    HOLDS(status == HW_OK || status == HW_USAGE || status == HW_NOT_FOUND || status == HW_AMBIGUOUS ||
          status == HW_LIMIT);
    return 0;
}
