/* store_incident.c: what happened to this node that a person should know: a
 * short list kept with the node's own facts (floor 2).  CBOR: [[Unix ms, text], ...], newest first. */
#include <string.h>

#include "daemon/store_internal.h"
#include "headway/cbor.h"

static const char key[] = "incidents";

enum hw_status hw_tx_incidents(struct hw_tx *tx, struct hw_incident *list, size_t *n, struct hw_err *err)
{
    struct hw_slice bytes;
    *n = 0;
    if (hw_tx_get(tx, key, &bytes) != HW_OK)
        return HW_OK; /* nothing ever happened */
    struct hw_in in = hw_in_of(bytes);
    size_t held = hw_get_array(&in);
    for (size_t i = 0; i < held && i < HW_INCIDENTS_MAX && !in.bad; i++) {
        hw_get_array(&in);
        list[*n].when_ms = (int64_t)hw_get_uint(&in);
        struct hw_slice text = hw_get_text(&in);
        list[(*n)++].text = hw_arena_text(&tx->arena, text.p, text.n);
    }
    return hw_in_end(&in) ? HW_OK : hw_fail(err, HW_CORRUPT, "the list of what happened to this node is damaged");
}

enum hw_status hw_tx_incident(struct hw_tx *tx, const char *text, struct hw_err *err)
{
    struct hw_incident list[HW_INCIDENTS_MAX];
    struct hw_out out HW_CLEANUP(hw_out_done) = {0};
    size_t n;
    enum hw_status status = hw_tx_incidents(tx, list, &n, err);
    if (status)
        return status;
    n = n < HW_INCIDENTS_MAX ? n : HW_INCIDENTS_MAX - 1;
    hw_put_array(&out, n + 1);
    hw_put_array(&out, 2);
    hw_put_uint(&out, (uint64_t)tx->wall);
    hw_put_text(&out, text);
    for (size_t i = 0; i < n; i++) {
        hw_put_array(&out, 2);
        hw_put_uint(&out, (uint64_t)list[i].when_ms);
        hw_put_text(&out, list[i].text);
    }
    return hw_tx_put(tx, key, hw_out_slice(&out), err);
}
