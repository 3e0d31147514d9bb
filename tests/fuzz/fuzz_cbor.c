/* The CBOR reader: any bytes, read as one item and by a script of calls. */
#include "fuzz.h"

static const uint8_t *at;

/* One call of the reader, chosen by a byte of the script. What it gives is within the input, and nothing after a fault. */
static void step(struct hw_in *in, uint8_t call)
{
    struct hw_slice s = {0};
    uint8_t fixed[4] = {1, 1, 1, 1};
    uint64_t number = 0;
    bool was_bad = in->bad;
    switch (call % 12) {
    case 0: number = hw_get_uint(in); break;
    case 1: number = hw_get_uint_max(in, 100); HOLDS(number <= 100); break;
    case 2: number = (uint64_t)hw_get_int(in); break;
    case 3: number = hw_get_bool(in); break;
    case 4: (void)hw_get_double(in); break;
    case 5: s = hw_get_bytes(in); break;
    case 6: s = hw_get_text(in); HOLDS(hw_utf8_valid(s)); break;
    case 7: hw_get_fixed(in, fixed, sizeof fixed); HOLDS(!in->bad || (fixed[0] | fixed[3]) == 0); break;
    case 8: number = hw_get_array(in); HOLDS(number <= (size_t)(in->end - at)); break;
    case 9: number = hw_get_map_any(in); break;
    case 10: s = hw_get_raw(in); break;
    default: hw_get_close(in); break;
    }
    HOLDS(in->p >= at && in->p <= in->end);
    HOLDS(s.n == 0 || (s.p >= at && s.p + s.n <= in->p));
    HOLDS(!was_bad || (in->bad && number == 0 && s.n == 0 && in->p == at));
    HOLDS(!in->bad || hw_peek(in) == HW_ITEM_NONE);
    at = in->p;
}

FUZZ_TARGET(cbor)
{
    struct hw_slice input = {data, size};
    struct hw_slice script = {data, fuzz_byte(&input) % 16};
    if (script.n > input.n)
        script.n = input.n;
    script.p = input.p;
    input.p += script.n;
    input.n -= script.n;

    struct hw_in in = hw_in_of(input);
    at = in.p;
    for (size_t i = 0; i < script.n; i++)
        step(&in, script.p[i]);

    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    HW_CLEANUP(hw_out_done) struct hw_out twice = {0};
    struct hw_in raw = hw_in_of(input);
    struct hw_slice item = hw_get_raw(&raw);
    if (!fuzz_canon(item, &once))
        return 0; /* no item, or one with a number below INT64_MIN, which only hw_get_int refuses */
    HOLDS(!raw.bad && raw.p == input.p + item.n);
    HOLDS(once.n <= item.n);
    HOLDS(fuzz_canon(hw_out_slice(&once), &twice));
    HOLDS(hw_slice_equal(hw_out_slice(&once), hw_out_slice(&twice)));
    return 0;
}
