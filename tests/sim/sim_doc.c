/* sim_doc.c: requests and answers of the local protocol (include/headway/ctl.h). */
#include <string.h>

#include "tests/sim/sim_doc.h"

struct hw_slice sim_doc_get(struct hw_slice map, const char *key)
{
    struct hw_in in = hw_in_of(map);
    size_t n = hw_peek(&in) == HW_ITEM_MAP ? hw_get_map_any(&in) : 0;
    for (size_t i = 0; i < n && !in.bad; i++) {
        if (n == SIZE_MAX && hw_get_close(&in))
            break;
        struct hw_slice name = hw_get_text(&in), value = hw_get_raw(&in);
        if (!in.bad && hw_slice_is(name, key))
            return value;
    }
    return (struct hw_slice){0};
}

struct hw_slice sim_doc_text(struct hw_slice map, const char *key)
{
    struct hw_in in = hw_in_of(sim_doc_get(map, key));
    struct hw_slice text = hw_peek(&in) == HW_ITEM_TEXT ? hw_get_text(&in) : (struct hw_slice){0};
    return in.bad ? (struct hw_slice){0} : text;
}

struct hw_slice sim_doc_first(struct hw_slice array)
{
    struct hw_in in = hw_in_of(array);
    size_t n = hw_peek(&in) == HW_ITEM_ARRAY ? hw_get_array_any(&in) : 0;
    struct hw_slice first = n ? hw_get_raw(&in) : (struct hw_slice){0};
    return in.bad ? (struct hw_slice){0} : first;
}

const char sim_doc_yes[] = "(yes)";

void sim_doc_args(struct hw_out *out, const char *const *pairs)
{
    size_t n = 0;
    while (pairs[n * 2])
        n++;
    hw_put_map(out, n);
    for (size_t i = 0; i < n; i++) {
        const char *value = pairs[i * 2 + 1];
        hw_put_text(out, pairs[i * 2]);
        if (strcmp(value, sim_doc_yes) == 0) {
            hw_put_bool(out, true);
            continue;
        }
        if (*value == '[')
            hw_put_array(out, 1);
        hw_put_text(out, value + (*value == '['));
    }
}
