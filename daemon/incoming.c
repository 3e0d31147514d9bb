/* incoming.c: see incoming.h (floor 3).
 *
 * apply.put writes HOME/incoming-ID.part. apply.check opens it, checks it, unseals it, and leaves HOME/incoming-ID.ready for the
 * store's thread, which has no keys: frames of 4 bytes of length and a message each, the first one the bundle's head. */
#include "daemon/incoming.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/node.h"
#include "daemon/verb_internal.h"

enum { PIECE = 512 * 1024 }; /* as base64 far below what one request may have */

void hw_incoming_sweep(const struct hw_home *home)
{
    DIR *directory = opendir(hw_home_path(home));
    if (!directory)
        return; /* what stays is found by the next one */
    for (struct dirent *entry; (entry = readdir(directory));)
        if (fnmatch("incoming-*", entry->d_name, 0) == 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

static char *path_of(const struct hw_request *request, const char *home, uint64_t id, const char *ending)
{
    return hw_arena_printf(request->arena, "%s/incoming-%016llx.%s", home, (unsigned long long)id, ending);
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum hw_status write_whole(int fd, const uint8_t *p, size_t n, struct hw_err *err)
{
    while (n > 0) {
        ssize_t rc = write(fd, p, n);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return hw_fail(err, errno == ENOSPC ? HW_NO_SPACE : HW_IO, "the file cannot be kept in the home: %s", strerror(errno));
        p += rc;
        n -= (size_t)rc;
    }
    return HW_OK;
}

/* The id that the request names is the one being handed over. */
static enum hw_status check_id(const struct hw_errand_place *place, const struct hw_request *request, struct hw_err *err)
{
    const char *id = hw_arena_printf(request->arena, "%016llx", (unsigned long long)place->incoming);
    if (place->incoming && hw_slice_is(hw_arg_text(request, "id"), id))
        return HW_OK;
    return hw_fail(err, HW_NOT_FOUND, "another file was handed over meanwhile: type the command again");
}

/* -- apply.put -- */

enum hw_status hw_errand_apply_put(struct hw_errand_place *place, const struct hw_request *request,
                                   struct hw_answer *answer, struct hw_err *err)
{
    struct hw_slice text = hw_arg_text(request, "data");
    uint8_t *piece = hw_arena_alloc(request->arena, PIECE);
    size_t n;
    bool first = hw_arg_text(request, "id").n == 0;
    if (sodium_base642bin(piece, PIECE, (const char *)text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return hw_fail(err, HW_USAGE, "apply.put takes at most %d bytes as base64", PIECE);
    if (first) {
        hw_incoming_sweep(place->home);
        randombytes_buf(&place->incoming, sizeof place->incoming);
    }
    enum hw_status status = first ? HW_OK : check_id(place, request, err);
    if (status)
        return status;
    const char *path = path_of(request, hw_home_path(place->home), place->incoming, "part");
    HW_CLEANUP(close_file) int fd =
        open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (first ? O_CREAT | O_EXCL : 0), 0600);
    if (fd < 0)
        return hw_fail(err, HW_IO, "the file cannot be kept in the home: %s", strerror(errno));
    status = write_whole(fd, piece, n, err);
    if (status)
        return status;
    hw_put_map(&answer->end, 1);
    hw_put_key_text(&answer->end, "id", hw_arena_printf(request->arena, "%016llx", (unsigned long long)place->incoming));
    return HW_OK;
}

/* -- what was handed over -- */

enum hw_status hw_incoming_open(struct hw_errand_place *place, const struct hw_request *request, int *fd,
                                struct hw_bundle_reader *reader, struct hw_err *err)
{
    struct hw_keys keys;
    *reader = (struct hw_bundle_reader){.fd = -1};
    *fd = -1;
    enum hw_status status = check_id(place, request, err);
    if (status)
        return status;
    const char *path = path_of(request, hw_home_path(place->home), place->incoming, "part");
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0)
        return hw_fail(err, HW_IO, "the file handed over cannot be read: %s", strerror(errno));
    unlink(path);
    status = hw_bundle_open(reader, *fd, err);
    if (status || !reader->sealed)
        return status;
    status = hw_keys_read(place->home, &keys, err);
    if (!status)
        status = hw_bundle_unlock(reader, keys.curve_public, keys.curve_secret, err);
    if (status && memcmp(keys.served_public, keys.curve_public, sizeof keys.curve_public) != 0)
        status = hw_bundle_unlock(reader, keys.served_public, keys.served_secret, err); /* as offices know this relay */
    sodium_memzero(&keys, sizeof keys);
    return status;
}

char *hw_incoming_ready(const struct hw_request *request, const char *home)
{
    struct hw_slice id = hw_arg_text(request, "id");
    uint8_t bytes[8];
    size_t n;
    if (sodium_hex2bin(bytes, sizeof bytes, (const char *)id.p, id.n, NULL, &n, NULL) != 0 || n != sizeof bytes || id.n != 16)
        return NULL; /* nothing that could be a path */
    return hw_arena_printf(request->arena, "%s/incoming-%.*s.ready", home, (int)id.n, (const char *)id.p);
}

/* -- apply.check -- */

static enum hw_status put_frame(int fd, struct hw_slice message, struct hw_err *err)
{
    uint8_t length[4] = {(uint8_t)(message.n >> 24), (uint8_t)(message.n >> 16), (uint8_t)(message.n >> 8),
                         (uint8_t)message.n};
    enum hw_status status = write_whole(fd, length, sizeof length, err);
    return status ? status : write_whole(fd, message.p, message.n, err);
}

static enum hw_status unpack(struct hw_bundle_reader *reader, const char *path, struct hw_err *err)
{
    struct hw_slice message = {(const uint8_t *)&reader->bundle, sizeof reader->bundle};
    HW_CLEANUP(close_file) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return hw_fail(err, HW_IO, "the file cannot be kept in the home: %s", strerror(errno));
    enum hw_status status = put_frame(fd, message, err);
    while (!status && !(status = hw_bundle_next(reader, &message, err)))
        status = put_frame(fd, message, err);
    if (status == HW_NOT_FOUND)
        return HW_OK;
    unlink(path);
    return status;
}

enum hw_status hw_errand_apply_check(struct hw_errand_place *place, const struct hw_request *request,
                                     struct hw_answer *answer, struct hw_err *err)
{
    struct hw_bundle_reader reader;
    HW_CLEANUP(close_file) int fd = -1;
    enum hw_status status = hw_incoming_open(place, request, &fd, &reader, err);
    if (!status)
        status = unpack(&reader, path_of(request, hw_home_path(place->home), place->incoming, "ready"), err);
    if (!status) {
        hw_put_map_open(&answer->end);
        hw_put_key_text(&answer->end, "office", reader.bundle.office);
        hw_put_key_time(&answer->end, "made", reader.bundle.made_ms);
        hw_put_close(&answer->end);
    }
    hw_bundle_reader_done(&reader);
    return status;
}

/* -- apply.end -- */

enum hw_status hw_errand_apply_end(struct hw_errand_place *place, const struct hw_request *request,
                                   struct hw_answer *answer, struct hw_err *err)
{
    (void)answer;
    enum hw_status status = check_id(place, request, err);
    if (status)
        return status;
    hw_incoming_sweep(place->home);
    place->incoming = 0;
    return HW_OK;
}
