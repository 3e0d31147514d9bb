/* older.c: see older.h (floor 3, noun: older). */
#include "client/older.h"

#include <stdio.h>
#include <string.h>

static bool count(void *user, json_t *row)
{
    struct hw_older *older = user;
    older->n++;
    return older->row(older->user, row);
}

/* One page; `next` moves on to the next one. */
static enum hw_status fetch_page(struct hw_older *older, const json_t *end, const char *group, long long *next, struct hw_err *err)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    json_t *done = NULL;
    hw_ask_init(&ask, "history");
    hw_ask_text(&ask, "group", group);
    hw_ask_text(&ask, "id", hw_doc_has(end, "id") ? hw_doc_text(end, "id") : NULL);
    hw_ask_int(&ask, "next", *next);
    hw_ask_int(&ask, "since_ms", hw_doc_int(end, "since_ms"));
    hw_ask_int(&ask, "limit", older->limit - older->n);
    for (const char *const *key = older->keys; *key; key++)
        hw_ask_text(&ask, *key, hw_cli_value(older->cli, *key));
    hw_ask_text(&ask, "author", older->author);
    enum hw_status status = hw_cli_try(older->cli, &ask, count, older, &done, err);
    *next = status == HW_OK ? hw_doc_int(done, "next") : *next;
    json_decref(done);
    return status;
}

/* This group and those behind it have not come. */
static void note(struct hw_older *older, const json_t *groups, size_t from, const char *why)
{
    size_t used = 0;
    snprintf(older->why, sizeof older->why, "%s", why);
    snprintf(older->before, sizeof older->before, "%s", hw_doc_text(json_array_get(groups, from), "before"));
    for (size_t i = from; i < json_array_size(groups) && used < sizeof older->groups; i++)
        used += (size_t)snprintf(older->groups + used, sizeof older->groups - used, "%s%s", i > from ? ", " : "",
                                 hw_doc_text(json_array_get(groups, i), "group"));
}

static int fetch(struct hw_older *older, const json_t *end)
{
    const json_t *groups = hw_doc_list(end, "older");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        long long next = hw_doc_int(group, "next");
        while (next > 0 && older->n < older->limit) {
            struct hw_err err;
            enum hw_status status = fetch_page(older, end, hw_doc_text(group, "group"), &next, &err);
            if (status == HW_TIMEOUT)
                note(older, groups, i, err.text);
            if (status != HW_OK)
                return status == HW_TIMEOUT ? 0 : hw_cli_error(older->cli, &err);
        }
    }
    return 0;
}

int hw_older_run(struct hw_older *older)
{
    json_t *end = NULL;
    int code = hw_cli_call(older->cli, older->ask, count, older, &end);
    if (code == 0)
        code = fetch(older, end);
    json_decref(end);
    return code;
}

void hw_older_tell(const struct hw_older *older)
{
    if (!*older->groups)
        return;
    if (older->cli->json) {
        json_t *doc = json_pack("{s:s, s:s, s:s}", "older_elsewhere", older->groups, "before", older->before, "not_fetched",
                                older->why);
        hw_doc_print(stderr, doc, false);
        json_decref(doc);
    } else if (!older->cli->quiet) {
        fprintf(stderr, "What was changed in %s before %.10s is not held here, and could not be fetched: %s.\n"
                        "It is kept at headquarters: try again later, or ask there.\n",
                older->groups, older->before, older->why);
    }
}
