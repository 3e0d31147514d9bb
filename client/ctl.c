/* ctl.c: talks to the daemon over HOME/ctl.sock (floor 2, noun: client).
 *
 * Blocking: the client has nothing else to do while it waits. Requests are
 * built whole before they are sent, because a frame starts with its length. */
#include "client/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/doc.h"

enum { HEAD = 4 }; /* bytes of a frame's length */

struct hw_client {
    int fd;
    FILE *from;     /* reads the same socket; its buffer saves a call per row */
    uint8_t *frame; /* the last frame read */
    size_t cap;
};

/* The group that may use the socket, for the sentence that says so. The
 * socket may be hidden by its directory; then the directory's group counts. */
static enum hw_status refused(const char *home, const char *path, struct hw_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0 && stat(home, &st) != 0)
        return hw_fail(err, HW_DENIED, "you may not enter %s; ask the administrator for access to it", home);
    struct group *group = getgrgid(st.st_gid);
    if (!group || st.st_gid == 0)
        return hw_fail(err, HW_DENIED, "you may not use %s; run the command as the user who owns that home", path);
    return hw_fail(err, HW_DENIED,
                   "you may not use %s; to be added to its group, ask for: sudo usermod -aG %s $USER  (then log in again)",
                   path, group->gr_name);
}

/* A path too long for sun_path is reached through its open directory. */
static int dial(const char *home, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int dir = -1;
    if (strlen(path) < sizeof address.sun_path) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    } else {
        dir = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/ctl.sock", dir);
    }
    int done = connect(fd, (const struct sockaddr *)&address, sizeof address);
    int why = errno;
    if (dir >= 0)
        close(dir);
    if (done == 0)
        return fd;
    close(fd);
    errno = why;
    return -1;
}

enum hw_status hw_client_open(const char *home, struct hw_client **ctl, struct hw_err *err)
{
    *ctl = NULL;
    char path[4200];
    snprintf(path, sizeof path, "%s/ctl.sock", home);
    int fd = dial(home, path);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        return refused(home, path, err);
    if (fd < 0)
        return hw_fail(err, HW_UNREACHABLE, "the daemon of %s does not answer; start it: headwayd --home %s", home, home);
    struct hw_client *made = hw_alloc(sizeof *made);
    *made = (struct hw_client){.fd = fd, .from = fdopen(fd, "r")};
    if (!made->from) {
        close(fd);
        free(made);
        return hw_fail(err, HW_IO, "cannot read from %s: %s", path, strerror(errno));
    }
    *ctl = made;
    return HW_OK;
}

void hw_client_free(struct hw_client *ctl)
{
    if (!ctl)
        return;
    fclose(ctl->from);
    free(ctl->frame);
    free(ctl);
}

void hw_ask_init(struct hw_ask *ask, const char *verb)
{
    *ask = (struct hw_ask){.verb = verb};
    hw_out_init(&ask->args);
}

void hw_ask_done(struct hw_ask *ask)
{
    hw_out_done(&ask->args);
}

struct hw_out *hw_ask_item(struct hw_ask *ask, const char *key)
{
    hw_put_text(&ask->args, key);
    ask->n++;
    return &ask->args;
}

/* What is not UTF-8 must not become an empty filter that lets everything through. */
static void check_text(struct hw_ask *ask, const char *key, const char *value)
{
    if (!hw_utf8_valid(hw_slice_text(value)))
        snprintf(ask->garbled, sizeof ask->garbled, "%s", key);
}

void hw_ask_text(struct hw_ask *ask, const char *key, const char *value)
{
    if (!value)
        return;
    check_text(ask, key, value);
    hw_put_text(hw_ask_item(ask, key), value);
}

void hw_ask_int(struct hw_ask *ask, const char *key, int64_t value)
{
    hw_put_int(hw_ask_item(ask, key), value);
}

void hw_ask_bool(struct hw_ask *ask, const char *key, bool value)
{
    hw_put_bool(hw_ask_item(ask, key), value);
}

void hw_ask_list(struct hw_ask *ask, const char *key, char *const *words, size_t n)
{
    struct hw_out *out = hw_ask_item(ask, key);
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        check_text(ask, key, words[i]);
        hw_put_text(out, words[i]);
    }
}

/* True when everything was written. */
static bool send_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static enum hw_status send_ask(struct hw_client *ctl, const struct hw_ask *ask, const char *author, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out;
    hw_out_init(&out);
    hw_put_raw(&out, (uint8_t[HEAD]){0}, HEAD);
    hw_put_array(&out, 4);
    hw_put_uint(&out, HW_CTL_VERSION);
    hw_put_text(&out, ask->verb);
    hw_put_map(&out, ask->n);
    struct hw_slice args = hw_out_slice(&ask->args);
    hw_put_raw(&out, args.p, args.n);
    hw_put_text(&out, author);
    size_t n = out.n - HEAD;
    if (n > HW_CTL_MAX)
        return hw_fail(err, HW_LIMIT, "the request is %zu MB long, at most %u are taken; send it in parts", n >> 20,
                       HW_CTL_MAX >> 20);
    for (int i = 0; i < HEAD; i++)
        out.p[i] = (uint8_t)(n >> (8 * (HEAD - 1 - i)));
    if (!send_all(ctl->fd, out.p, out.n))
        return hw_fail(err, HW_UNREACHABLE, "the daemon ended the connection (%s); look into its log", strerror(errno));
    return HW_OK;
}

static enum hw_status read_frame(struct hw_client *ctl, struct hw_in *in, struct hw_err *err)
{
    uint8_t head[HEAD];
    if (fread(head, 1, HEAD, ctl->from) != HEAD)
        return hw_fail(err, HW_UNREACHABLE, "the daemon went away before it answered; look into its log");
    size_t n = 0;
    for (int i = 0; i < HEAD; i++)
        n = n << 8 | head[i];
    if (n > HW_CTL_MAX)
        return hw_fail(err, HW_CORRUPT, "the daemon's answer is longer than the protocol allows");
    if (n > ctl->cap) {
        ctl->frame = hw_realloc(ctl->frame, n);
        ctl->cap = n;
    }
    if (n > 0 && fread(ctl->frame, 1, n, ctl->from) != n)
        return hw_fail(err, HW_UNREACHABLE, "the daemon went away in the middle of its answer; look into its log");
    *in = hw_in_of((struct hw_slice){ctl->frame, n});
    return HW_OK;
}

static enum hw_status malformed(struct hw_err *err)
{
    return hw_fail(err, HW_CORRUPT, "the daemon's answer is not understood; are `headway` and `headwayd` of one version?");
}

/* The last frame: status, text, document. */
static enum hw_status read_end(struct hw_in *in, json_t **end, struct hw_err *err)
{
    uint64_t status = hw_get_uint(in);
    bool has_text = hw_peek(in) == HW_ITEM_TEXT;
    struct hw_slice text = {0};
    if (has_text)
        text = hw_get_text(in);
    else
        hw_get_null(in);
    json_t *doc = NULL;
    if (hw_peek(in) == HW_ITEM_NULL)
        hw_get_null(in);
    else
        doc = hw_doc_read(in);
    if (!hw_in_end(in)) {
        json_decref(doc);
        return malformed(err);
    }
    if (end)
        *end = doc;
    else
        json_decref(doc);
    if (status == HW_OK)
        return HW_OK;
    enum hw_status known = status < HW_STATUS_COUNT ? (enum hw_status)status : HW_FAILED;
    if (text.n == 0)
        return hw_fail(err, known, "%s", hw_status_text(known));
    return hw_fail(err, known, "%.*s", (int)(text.n > 900 ? 900 : text.n), (const char *)text.p);
}

enum hw_status hw_client_call(struct hw_client *ctl, const struct hw_ask *ask, const char *author, hw_row_fn *row,
                           void *user, json_t **end, struct hw_err *err)
{
    if (end)
        *end = NULL;
    if (*ask->garbled || (author && !hw_utf8_valid(hw_slice_text(author))))
        return hw_fail(err, HW_USAGE, "the %s is not UTF-8 text; is this terminal set to another character set?",
                       *ask->garbled ? ask->garbled : "author");
    struct hw_err unsent;
    enum hw_status status = send_ask(ctl, ask, author, &unsent);
    /* A daemon that refuses a request half-way says why before it hangs up. */
    if (status != HW_OK && status != HW_UNREACHABLE)
        return hw_fail(err, status, "%s", unsent.text);
    for (bool wanted = true;;) {
        struct hw_in in;
        status = read_frame(ctl, &in, err);
        if (status != HW_OK)
            return status;
        if (hw_get_array(&in) < 3 || hw_get_uint(&in) != HW_CTL_VERSION)
            return malformed(err);
        if (hw_get_uint_max(&in, 1) == 1)
            return in.bad ? malformed(err) : read_end(&in, end, err);
        json_t *doc = hw_doc_read(&in);
        if (!hw_in_end(&in)) {
            json_decref(doc);
            return malformed(err);
        }
        if (wanted && row)
            wanted = row(user, doc);
        json_decref(doc);
    }
}
