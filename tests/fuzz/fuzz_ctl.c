/* The daemon's end of the local socket: what a client sends, in frames. Input: a byte; odd, and the rest is one
 * request's CBOR, framed here; even, and the rest goes over the socket as it is. The node behind it is the few functions
 * below: it hands the arguments back, so every answer can be told. */
#include "daemon/ctl.c"

#include "client/doc.h"
#include "fuzz.h"

struct hw_node {
    struct hw_log *log;
    size_t asked;
};

void hw_node_link_view(const struct hw_node *node, struct hw_arena *arena, struct hw_link_view *view)
{
    (void)node;
    (void)arena;
    *view = (struct hw_link_view){.state = "off", .reason = ""};
}

struct hw_log *hw_node_log(struct hw_node *node)
{
    return node->log;
}

const char *hw_node_home(const struct hw_node *node)
{
    (void)node;
    return "/nonexistent";
}

struct hw_loop *hw_node_loop(struct hw_node *node)
{
    (void)node;
    return NULL;
}

void hw_node_call(struct hw_node *node, struct hw_call *call)
{
    const struct hw_request *request = &call->request;
    struct hw_in in = hw_in_of(request->args);
    size_t n;
    node->asked++;
    HOLDS(hw_slice_equal(hw_get_raw(&in), request->args) && hw_in_end(&in));
    HOLDS(request->author && *request->author && strlen(request->author) <= HW_AUTHOR_MAX);
    HOLDS(!call->verb || hw_slice_is(request->verb, call->verb->name));
    hw_arg_int(request, "wait", 0);
    hw_arg_bool(request, "dry_run");
    HOLDS(hw_utf8_valid(hw_arg_text(request, "group")));
    struct hw_slice *list = hw_arg_list(request, "filter", &n);
    for (size_t i = 0; i < n; i++)
        HOLDS(hw_utf8_valid(list[i]));
    in = hw_in_of(request->args);
    json_t *document = hw_doc_read(&in);
    if (document) { /* no bytes, and keys that are texts: it may be answered as a document */
        hw_put_raw(&call->answer.rows, request->args.p, request->args.n);
        hw_put_raw(&call->answer.end, request->args.p, request->args.n);
        call->answer.rows_n = 1;
    }
    json_decref(document);
    call->answered(call, HW_OK, "done");
}

/* Every frame of an answer is whole, and each request has one end. */
static size_t count_ends(const uint8_t *p, size_t n)
{
    size_t ends = 0;
    while (n > 0) {
        HOLDS(n >= HEAD);
        size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        HOLDS(size <= n - HEAD);
        struct hw_in in = hw_in_of((struct hw_slice){p + HEAD, size});
        size_t parts = hw_get_array(&in);
        HOLDS(hw_get_uint(&in) == HW_CTL_VERSION);
        uint64_t end = hw_get_uint(&in);
        HOLDS(parts == (end ? 5 : 3) && end <= 1);
        if (end) {
            HOLDS(hw_get_uint(&in) < HW_STATUS_COUNT);
            hw_get_text(&in);
        }
        json_t *document = hw_doc_read(&in);
        HOLDS(document && hw_in_end(&in));
        json_decref(document);
        ends += end;
        p += HEAD + size;
        n -= HEAD + size;
    }
    return ends;
}

/* The client's end: what the daemon answered so far, and whether it hung up. */
static size_t take_answer(int fd, struct hw_out *answer)
{
    uint8_t bytes[16384];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        hw_put_raw(answer, bytes, (size_t)n);
    return answer->n;
}

static void converse(struct hw_node *node, const struct hw_out *sent)
{
    static uv_loop_t loop;
    static bool begun;
    struct hw_ctl ctl = {.node = node, .clients_n = 1};
    struct client *client = hw_alloc(sizeof *client);
    HW_CLEANUP(hw_out_done) struct hw_out answer = {0};
    int ends[2];
    if (!begun)
        HOLDS(uv_loop_init(&loop) == 0);
    begun = true;
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    *client = (struct client){.ctl = &ctl};
    HOLDS(uv_pipe_init(&loop, &client->pipe, 0) == 0 && uv_pipe_open(&client->pipe, ends[0]) == 0);
    client->pipe.data = client;
    ctl.clients = client;
    HOLDS(send(ends[1], sent->p, sent->n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sent->n);
    HOLDS(shutdown(ends[1], SHUT_WR) == 0);
    HOLDS(uv_read_start((uv_stream_t *)&client->pipe, give_buffer, on_read) == 0);
    while (uv_run(&loop, UV_RUN_ONCE))
        take_answer(ends[1], &answer);
    take_answer(ends[1], &answer);
    HOLDS(ctl.clients == NULL && ctl.clients_n == 0 && ctl.left_n == 0);
    HOLDS(count_ends(answer.p, answer.n) >= node->asked);
    close(ends[1]);
}

FUZZ_TARGET(ctl)
{
    static struct hw_node node;
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out sent = {0};
    bool framed = fuzz_byte(&input) & 1;
    if (!node.log)
        node.log = hw_log_new("KAZ", 0); /* says nothing */
    node.asked = 0;
    if (input.n == 0 || input.n > 65536) /* what a socket takes at once */
        return 0;
    if (framed) {
        struct hw_out body = {.p = (uint8_t *)(uintptr_t)input.p, .n = input.n}; /* only read */
        put_frame(&sent, &body);
    } else {
        hw_put_raw(&sent, input.p, input.n);
    }
    converse(&node, &sent);
    return 0;
}
