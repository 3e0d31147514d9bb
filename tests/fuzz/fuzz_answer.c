/* The client's end of the local socket: the daemon's answer, in frames. Input as in fuzz_ctl.c. */
#include "client/ctl.c"

#include "fuzz.h"

static void put_json(struct hw_out *out, json_t *doc)
{
    const char *key;
    json_t *one;
    size_t i;
    switch (json_typeof(doc)) {
    case JSON_OBJECT:
        hw_put_map(out, json_object_size(doc));
        json_object_foreach(doc, key, one) {
            hw_put_text(out, key);
            put_json(out, one);
        }
        break;
    case JSON_ARRAY:
        hw_put_array(out, json_array_size(doc));
        json_array_foreach(doc, i, one)
            put_json(out, one);
        break;
    case JSON_STRING: hw_put_textn(out, json_string_value(doc), json_string_length(doc)); break;
    case JSON_INTEGER: hw_put_int(out, json_integer_value(doc)); break;
    case JSON_REAL: hw_put_double(out, json_real_value(doc)); break;
    case JSON_TRUE: hw_put_bool(out, true); break;
    case JSON_FALSE: hw_put_bool(out, false); break;
    case JSON_NULL: hw_put_null(out); break;
    }
}

/* Written as CBOR and read again, a document is the same. */
static bool look(void *user, json_t *doc)
{
    static const char *const keys[] = {NULL, "id", "title", "short"};
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    struct hw_arena arena;
    size_t *rows = user;
    hw_arena_init(&arena);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        HOLDS(hw_doc_line(&arena, doc, keys[i]));
    HOLDS(hw_doc_short(&arena, doc));
    hw_doc_int(doc, "id");
    hw_doc_number(doc, "id");
    put_json(&out, doc);
    struct hw_in in = hw_in_of(hw_out_slice(&out));
    json_t *again = hw_doc_read(&in);
    HOLDS(again && hw_in_end(&in) && json_equal(doc, again));
    json_decref(again);
    hw_arena_done(&arena);
    return ++*rows < 5;
}

FUZZ_TARGET(answer)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out bytes = {0};
    bool framed = fuzz_byte(&input) & 1;
    if (framed) {
        uint8_t head[HEAD] = {(uint8_t)(input.n >> 24), (uint8_t)(input.n >> 16), (uint8_t)(input.n >> 8),
                              (uint8_t)input.n};
        hw_put_raw(&bytes, head, HEAD);
    }
    hw_put_raw(&bytes, input.p, input.n);
    /* 16 MiB announced and never sent: nothing to be seen, but slow with ASan. */
    if (bytes.n == 0 || bytes.p[0] == 1)
        return 0;
    /* Nobody takes the question: the answer is read all the same. */
    struct hw_client client = {.fd = -1, .from = fmemopen(bytes.p, bytes.n, "r")};
    struct hw_ask ask;
    struct hw_err err = {0};
    json_t *end = NULL;
    size_t rows = 0;
    HOLDS(client.from);
    hw_ask_init(&ask, "list");
    hw_ask_text(&ask, "group", "wg6");
    enum hw_status status = hw_client_call(&client, &ask, NULL, look, &rows, &end, &err);
    HOLDS(status < HW_STATUS_COUNT && (status == HW_OK || (err.status == status && *err.text)));
    HOLDS(hw_utf8_valid(hw_slice_text(err.text)));
    if (end)
        look(&rows, end);
    json_decref(end);
    hw_ask_done(&ask);
    fclose(client.from);
    free(client.frame);
    return 0;
}
