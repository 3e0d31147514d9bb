/* fetch.c: see fetch.h (floor 2, noun: fetch). */
#include "client/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_MAX = 192 * 1024, HAND_MAX = 480 * 1024 };

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void hw_fetch_init(struct hw_fetch *fetch, struct hw_cli *cli)
{
    *fetch = (struct hw_fetch){.cli = cli, .fd = -1};
}

static enum hw_status write_whole(const struct hw_fetch *fetch, const uint8_t *p, size_t n, struct hw_err *err)
{
    while (n > 0) {
        ssize_t rc = write(fetch->fd, p, n);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return hw_fail(err, errno == ENOSPC ? HW_NO_SPACE : HW_IO, "cannot write %s: %s", fetch->part, strerror(errno));
        p += rc;
        n -= (size_t)rc;
    }
    return HW_OK;
}

/* One piece; `*got` bytes of it are in the file. */
static int fetch_piece(const struct hw_fetch *fetch, const char *id, long long from, size_t *got)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    uint8_t *piece = hw_alloc(PIECE_MAX);
    struct hw_err err;
    json_t *doc;
    hw_ask_init(&ask, "backup.read");
    hw_ask_text(&ask, "id", id);
    hw_ask_int(&ask, "from", from);
    int code = hw_cli_call(fetch->cli, &ask, NULL, NULL, &doc);
    if (code == 0) {
        const char *text = hw_doc_text(doc, "data");
        enum hw_status status = HW_OK;
        if (sodium_base642bin(piece, PIECE_MAX, text, strlen(text), NULL, got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
            *got == 0)
            status = hw_fail(&err, HW_CORRUPT, "the daemon's answer is not understood; are `headway` and `headwayd` of one version?");
        if (!status)
            status = write_whole(fetch, piece, *got, &err);
        code = status ? hw_cli_error(fetch->cli, &err) : 0;
    }
    json_decref(doc);
    free(piece);
    return code;
}

/* The file takes its name when all of it is on the disk. */
static enum hw_status keep(struct hw_fetch *fetch, struct hw_err *err)
{
    char copy[HW_HOME_PATH];
    snprintf(copy, sizeof copy, "%s", fetch->path);
    if (fsync(fetch->fd) != 0 || rename(fetch->part, fetch->path) != 0)
        return hw_fail(err, HW_IO, "cannot write %s: %s", fetch->path, strerror(errno));
    fetch->part[0] = 0;
    HW_CLEANUP(close_file) int directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fsync(directory) != 0)
        return hw_fail(err, HW_IO, "%s is written, and may be lost if the power fails now: %s", fetch->path, strerror(errno));
    return HW_OK;
}

enum hw_status hw_fetch_open(struct hw_fetch *fetch, const char *path, struct hw_err *err)
{
    struct stat st;
    char part[sizeof fetch->part];
    if (snprintf(part, sizeof part, "%s.part", path) >= HW_HOME_PATH)
        return hw_fail(err, HW_LIMIT, "the file's path is too long");
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return hw_fail(err, HW_USAGE, "%s is no file: name a file to write", path);
    fetch->path = path;
    fetch->fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fetch->fd < 0)
        return hw_fail(err, HW_IO, "cannot write %s: %s", part, strerror(errno));
    memcpy(fetch->part, part, sizeof part);
    return HW_OK;
}

int hw_fetch_all(struct hw_fetch *fetch, const json_t *doc)
{
    struct hw_err err;
    long long size = hw_doc_int(doc, "size");
    int code = 0;
    for (long long from = 0; code == 0 && from < size;) {
        size_t got = 0;
        code = fetch_piece(fetch, hw_doc_text(doc, "id"), from, &got);
        from += (long long)got;
    }
    if (code == 0 && keep(fetch, &err) != HW_OK)
        code = hw_cli_error(fetch->cli, &err);
    return code;
}

void hw_fetch_done(struct hw_fetch *fetch)
{
    close_file(&fetch->fd);
    if (fetch->part[0])
        unlink(fetch->part);
}

/* -- the other way -- */

static int hand_piece(struct hw_cli *cli, const uint8_t *piece, size_t n, char id[HW_FETCH_ID])
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *text = hw_alloc(size);
    json_t *doc = NULL;
    sodium_bin2base64(text, size, piece, n, sodium_base64_VARIANT_ORIGINAL);
    hw_ask_init(&ask, "apply.put");
    hw_ask_text(&ask, "id", *id ? id : NULL);
    hw_ask_text(&ask, "data", text);
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0)
        snprintf(id, HW_FETCH_ID, "%s", hw_doc_text(doc, "id"));
    json_decref(doc);
    free(text);
    return code;
}

int hw_fetch_hand(struct hw_cli *cli, const char *path, char id[HW_FETCH_ID])
{
    struct hw_err err;
    HW_CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *piece = hw_alloc(HAND_MAX);
    enum hw_status status = HW_OK;
    int code = 0;
    ssize_t n = 1;
    *id = 0;
    while (code == 0 && n > 0) {
        n = fd < 0 ? -1 : read(fd, piece, HAND_MAX);
        if (n < 0)
            status = hw_fail(&err, errno == ENOENT ? HW_NOT_FOUND : HW_IO, "cannot read %s: %s", path, strerror(errno));
        else if (n > 0 || !*id) /* an empty file is the daemon's to judge */
            code = hand_piece(cli, piece, (size_t)n, id);
    }
    free(piece);
    return status ? hw_cli_error(cli, &err) : code;
}
