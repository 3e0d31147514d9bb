/* ctl.c: the local socket for staff (floor 3).  One request at a time on a
 * connection; the kernel names the user. */
#include "daemon/ctl.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/act.h"
#include "daemon/errand.h"
#include "headway/ctl.h"

enum {
    HEAD = 4,          /* length of a frame */
    BACKLOG = 64,      /* staff at one office */
    CLIENTS_MAX = 256, /* connections at once: each may hold one request in memory, and after its end too */
    FIRST_READ = 4096
};

struct client {
    struct hw_ctl *ctl;
    uv_pipe_t pipe;
    uint8_t *bytes; /* what came and is not yet a whole frame */
    size_t n, cap;
    struct call *call; /* the request under way */
    bool closing;
    bool ended; /* it has said all it will say, and waits for the answer */
    struct client *next;
};

struct call {
    struct hw_call call;
    struct hw_ctl *ctl;
    struct client *client; /* NULL once the client has gone */
    uint8_t *bytes; /* that the request stands in */
    struct hw_arena arena;
    struct hw_link_view view;
    struct hw_out frames;
    uv_write_t write;
    bool last; /* what was asked cannot be read: who knows where the next request begins */
};

struct hw_ctl {
    struct hw_node *node;
    uv_pipe_t server;
    char *path;
    struct client *clients;
    size_t clients_n;
    size_t left_n; /* requests under way whose client has gone */
};

static void read_more(struct client *client);

static void call_free(struct call *call)
{
    call->ctl->left_n -= !call->client;
    hw_out_done(&call->call.answer.rows);
    hw_out_done(&call->call.answer.end);
    hw_out_done(&call->frames);
    hw_arena_done(&call->arena);
    free(call->bytes);
    free(call);
}

/* -- answers -- */

static void put_frame(struct hw_out *out, const struct hw_out *body)
{
    uint8_t head[HEAD] = {(uint8_t)(body->n >> 24), (uint8_t)(body->n >> 16), (uint8_t)(body->n >> 8),
                          (uint8_t)body->n};
    hw_put_raw(out, head, sizeof head);
    hw_put_raw(out, body->p, body->n);
}

static void put_rows(struct hw_out *frames, struct hw_out *body, const struct hw_answer *answer)
{
    struct hw_in in = hw_in_of(hw_out_slice(&answer->rows));
    for (size_t i = 0; i < answer->rows_n && !in.bad; i++) {
        struct hw_slice row = hw_get_raw(&in);
        hw_out_reset(body);
        hw_put_array(body, 3);
        hw_put_uint(body, HW_CTL_VERSION);
        hw_put_uint(body, 0);
        hw_put_raw(body, row.p, row.n);
        put_frame(frames, body);
    }
}

static void put_end(struct hw_out *frames, struct hw_out *body, enum hw_status status, const char *text,
                    const struct hw_out *document)
{
    hw_out_reset(body);
    hw_put_array(body, 5);
    hw_put_uint(body, HW_CTL_VERSION);
    hw_put_uint(body, 1);
    hw_put_uint(body, status);
    hw_put_text(body, text);
    if (document && document->n)
        hw_put_raw(body, document->p, document->n);
    else
        hw_put_null(body);
    put_frame(frames, body);
}

static void client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    struct client **at = &client->ctl->clients;
    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    client->ctl->clients_n--;
    free(client->bytes);
    free(client);
}

static void client_close(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    if (client->call) {
        client->call->client = NULL; /* its answer finds nobody */
        client->ctl->left_n++;
    }
    uv_close((uv_handle_t *)&client->pipe, client_closed);
}

static void written(uv_write_t *write, int status)
{
    struct call *call = write->data;
    struct client *client = call->client;
    if (client) {
        client->call = NULL;
        if (status < 0 || call->last || client->ended)
            client_close(client);
        else
            read_more(client);
    }
    call_free(call);
}

static void send_frames(struct call *call)
{
    if (!call->client) {
        call_free(call);
        return;
    }
    uv_buf_t buffer = uv_buf_init((char *)call->frames.p, (unsigned)call->frames.n);
    call->write.data = call;
    if (uv_write(&call->write, (uv_stream_t *)&call->client->pipe, &buffer, 1, written) < 0) {
        client_close(call->client);
        call_free(call);
    }
}

static void answered(struct hw_call *base, enum hw_status status, const char *text)
{
    struct call *call = (struct call *)base;
    struct hw_out body = {0};
    bool failed = status && !call->call.answer.note.status;
    if (!failed)
        put_rows(&call->frames, &body, &call->call.answer);
    put_end(&call->frames, &body, status, text && *text ? text : hw_status_text(status), &call->call.answer.end);
    hw_out_done(&body);
    send_frames(call);
}

/* -- requests -- */

static const char *user_name(struct hw_arena *arena, uid_t uid)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found)
        return hw_arena_text(arena, found->pw_name, strlen(found->pw_name));
    return hw_arena_printf(arena, "uid%u", (unsigned)uid);
}

/* The calling Unix user; another name only from the node's own user or root. */
static enum hw_status author_of(struct client *client, struct hw_arena *arena, struct hw_slice wanted,
                                const char **author, bool *owner, struct hw_err *err)
{
    struct ucred who;
    socklen_t size = sizeof who;
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&client->pipe, &fd) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return hw_fail(err, HW_DENIED, "the calling user could not be learnt");
    *author = user_name(arena, who.uid);
    *owner = who.uid == 0 || who.uid == geteuid();
    if (wanted.n == 0)
        return HW_OK;
    if (!*owner)
        return hw_fail(err, HW_DENIED, "--author is for the node's own user; you are recorded as %s: leave it out",
                       *author);
    if (wanted.n > HW_AUTHOR_MAX)
        return hw_fail(err, HW_USAGE, "an author's name has at most %d bytes", HW_AUTHOR_MAX);
    *author = hw_arena_text(arena, wanted.p, wanted.n);
    return HW_OK;
}

static enum hw_status read_request(struct client *client, struct hw_slice frame, struct call *call,
                                   struct hw_err *err)
{
    struct hw_request *request = &call->call.request;
    struct hw_in in = hw_in_of(frame);
    if (hw_get_array(&in) != 4)
        hw_in_spoil(&in);
    uint64_t version = hw_get_uint(&in);
    request->verb = hw_get_text(&in);
    bool map = hw_peek(&in) == HW_ITEM_MAP;
    request->args = hw_get_raw(&in);
    struct hw_slice author = {0};
    if (hw_peek(&in) == HW_ITEM_NULL)
        hw_get_null(&in);
    else
        author = hw_get_text(&in);
    if (!hw_in_end(&in) || !map)
        return hw_fail(err, HW_CORRUPT, "a request that cannot be read");
    if (version != HW_CTL_VERSION)
        return hw_fail(err, HW_VERSION, "headway and headwayd are of different versions: install both from one package");
    bool sync = hw_slice_is(request->verb, "sync");
    call->call.verb = sync ? NULL : hw_verb_find(request->verb);
    call->call.errand = hw_errand_find(request->verb);
    call->call.act = hw_act_find(request->verb);
    if (!sync && !call->call.verb && !call->call.errand && !call->call.act)
        return hw_fail(err, HW_USAGE, "the daemon does not know the request %.*s", (int)request->verb.n,
                       (const char *)request->verb.p);
    hw_node_link_view(client->ctl->node, &call->arena, &call->view);
    request->link = &call->view;
    request->home = hw_node_home(client->ctl->node);
    request->arena = &call->arena;
    return author_of(client, &call->arena, author, &request->author, &request->owner, err);
}

/* Takes `bytes` over, in which the frame stands. */
static void take_frame(struct client *client, uint8_t *bytes, struct hw_slice frame)
{
    struct hw_err err = {0};
    struct call *call = hw_alloc(sizeof *call);
    *call = (struct call){.ctl = client->ctl, .client = client, .bytes = bytes, .call.answered = answered};
    hw_arena_init(&call->arena);
    client->call = call;
    enum hw_status status = read_request(client, frame, call, &err);
    call->last = status == HW_CORRUPT || status == HW_VERSION;
    if (call->last)
        hw_log_write(hw_node_log(client->ctl->node), 4, "a local client was refused: %s", err.text);
    if (status)
        answered(&call->call, status, err.text);
    else
        hw_node_call(client->ctl->node, &call->call);
}

/* Refuses what will not be read, with a reason, and ends the connection. */
static void refuse(struct client *client, const char *text)
{
    struct hw_out frames = {0}, body = {0};
    put_end(&frames, &body, HW_LIMIT, text, NULL);
    uv_buf_t buffer = uv_buf_init((char *)frames.p, (unsigned)frames.n);
    uv_try_write((uv_stream_t *)&client->pipe, &buffer, 1);
    hw_out_done(&frames);
    hw_out_done(&body);
    hw_log_write(hw_node_log(client->ctl->node), 4, "a local client was refused: %s", text);
    client_close(client);
}

/* Takes the next whole frame when no request is under way. */
static void read_more(struct client *client)
{
    if (client->call || client->closing || client->n < HEAD)
        return;
    const uint8_t *p = client->bytes;
    size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (size > HW_CTL_MAX) {
        refuse(client, "a request may have 48 MiB: send a large import in parts");
        return;
    }
    if (client->n < HEAD + size)
        return;
    /* An import may be 48 MB: the buffer itself goes to the call, unless more has come behind the frame. */
    uint8_t *bytes = client->bytes;
    size_t more = client->n - HEAD - size;
    client->bytes = more ? hw_alloc(client->cap) : NULL;
    if (more)
        memcpy(client->bytes, bytes + HEAD + size, more);
    client->cap = more ? client->cap : 0;
    client->n = more;
    take_frame(client, bytes, (struct hw_slice){bytes + HEAD, size});
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct client *client = handle->data;
    if (client->cap - client->n < FIRST_READ) {
        client->cap = client->cap ? client->cap * 2 : FIRST_READ * 2;
        client->bytes = hw_realloc(client->bytes, client->cap);
    }
    *buffer = uv_buf_init((char *)client->bytes + client->n, (unsigned)(client->cap - client->n));
    (void)suggested;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    (void)buffer;
    if (n == UV_EOF && client->call) {
        client->ended = true;
        uv_read_stop(stream);
        return;
    }
    if (n < 0) {
        client_close(client);
        return;
    }
    client->n += (size_t)n;
    if (client->n > HW_CTL_MAX + HEAD && client->call) {
        refuse(client, "a second request came before the first was answered");
        return;
    }
    read_more(client);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct hw_ctl *ctl = server->data;
    if (status < 0)
        return;
    struct client *client = hw_alloc(sizeof *client);
    *client = (struct client){.ctl = ctl, .next = ctl->clients};
    uv_pipe_init(server->loop, &client->pipe, 0);
    client->pipe.data = client;
    ctl->clients = client;
    ctl->clients_n++;
    if (uv_accept(server, (uv_stream_t *)&client->pipe) < 0)
        client_close(client);
    else if (ctl->clients_n + ctl->left_n > CLIENTS_MAX)
        refuse(client, "too many local connections: try again in a moment");
    else
        uv_read_start((uv_stream_t *)&client->pipe, give_buffer, on_read);
}

enum hw_status hw_ctl_new(struct hw_node *node, struct hw_ctl **ctl, struct hw_err *err)
{
    struct hw_ctl *made = hw_alloc(sizeof *made);
    *made = (struct hw_ctl){.node = node};
    size_t n = strlen(hw_node_home(node)) + sizeof "/ctl.sock";
    made->path = hw_alloc(n);
    snprintf(made->path, n, "%s/ctl.sock", hw_node_home(node));
    *ctl = made;
    unlink(made->path); /* left by a kill; the home's lock says that nobody else uses it */
    uv_pipe_init(hw_loop_uv(hw_node_loop(node)), &made->server, 0);
    made->server.data = made;
    int code = uv_pipe_bind(&made->server, made->path);
    if (!code)
        code = chmod(made->path, 0660) == 0 ? 0 : UV_EIO; /* the node's group may talk to it */
    if (!code)
        code = uv_listen((uv_stream_t *)&made->server, BACKLOG, on_connection);
    if (code)
        return hw_fail(err, HW_FAILED, "the local socket %s cannot be made: %s%s", made->path, uv_strerror(code),
                       n > 108 ? " (a socket's path may have 107 bytes: choose a shorter home)" : "");
    return HW_OK;
}

void hw_ctl_stop(struct hw_ctl *ctl)
{
    for (struct client *client = ctl->clients; client; client = client->next)
        client_close(client);
    uv_close((uv_handle_t *)&ctl->server, NULL);
    unlink(ctl->path);
}

void hw_ctl_free(struct hw_ctl *ctl)
{
    if (!ctl)
        return;
    free(ctl->path);
    free(ctl);
}
