/* outgoing.c: see outgoing.h (floor 3). */
#include "daemon/outgoing.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/verb_internal.h"

enum { PIECE = 144 * 1024 }; /* 192 KiB as base64: a request's answer stays as small as a message */

struct hw_outgoing *hw_outgoing_new(struct hw_errand_place *place)
{
    hw_outgoing_drop(place);
    place->outgoing = hw_alloc(sizeof *place->outgoing);
    *place->outgoing = (struct hw_outgoing){.fd = -1};
    randombytes_buf(&place->outgoing->id, sizeof place->outgoing->id);
    return place->outgoing;
}

void hw_outgoing_drop(struct hw_errand_place *place)
{
    if (!place->outgoing)
        return;
    if (place->outgoing->fd >= 0)
        close(place->outgoing->fd);
    hw_out_done(&place->outgoing->head);
    free(place->outgoing);
    place->outgoing = NULL;
}

const char *hw_outgoing_id(const struct hw_request *request, const struct hw_outgoing *outgoing)
{
    return hw_arena_printf(request->arena, "%016llx", (unsigned long long)outgoing->id);
}

/* What stands at `from`: of the head, or of the file. */
static size_t piece_of(const struct hw_outgoing *outgoing, uint64_t from, uint8_t *piece)
{
    if (from < outgoing->head.n) {
        size_t n = outgoing->head.n - (size_t)from < PIECE ? outgoing->head.n - (size_t)from : PIECE;
        memcpy(piece, outgoing->head.p + from, n);
        return n;
    }
    ssize_t n = pread(outgoing->fd, piece, PIECE, (off_t)(from - outgoing->head.n));
    return n > 0 ? (size_t)n : 0;
}

enum hw_status hw_errand_backup_read(struct hw_errand_place *place, const struct hw_request *request,
                                     struct hw_answer *answer, struct hw_err *err)
{
    const struct hw_outgoing *outgoing = place->outgoing;
    int64_t from = hw_arg_int(request, "from", -1);
    if (!outgoing || !hw_slice_is(hw_arg_text(request, "id"), hw_outgoing_id(request, outgoing)))
        return hw_fail(err, HW_NOT_FOUND, "another backup was begun meanwhile: type the command again when it has ended");
    if (from < 0 || (uint64_t)from >= outgoing->size)
        return hw_fail(err, HW_USAGE, "the file has %llu bytes", (unsigned long long)outgoing->size);
    uint8_t *piece = hw_arena_alloc(request->arena, PIECE);
    size_t n = piece_of(outgoing, (uint64_t)from, piece);
    if (n == 0)
        return hw_fail(err, HW_IO, "the file made for it cannot be read: %s", strerror(errno));
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *text = hw_arena_alloc(request->arena, size);
    sodium_bin2base64(text, size, piece, n, sodium_base64_VARIANT_ORIGINAL);
    hw_put_map(&answer->end, 1);
    hw_put_key_text(&answer->end, "data", text);
    if ((uint64_t)from + n == outgoing->size) /* fetched: it need not wait for the next one */
        hw_outgoing_drop(place);
    return HW_OK;
}
