/* Values of fields. Input: kind, field, a byte that says how it is meant; then canonical bytes from a peer, or the text
 * of a person. */
#include "fuzz.h"
#include "headway/value.h"

static const char *const words[] = {"completed", "in progress", "cancelled"};

static void from_peer(const struct hw_field *field, struct hw_slice bytes, struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out shortest = {0};
    struct hw_value value;
    struct hw_err err = {0};
    bool read = hw_value_read(field, bytes, &value);
    enum hw_status status = hw_value_check(field, bytes, &err);
    HOLDS(hw_value_print(field, bytes, arena));
    HOLDS(read || value.null);
    HOLDS(status == HW_OK || *err.text);
    if (status != HW_OK)
        return;
    HOLDS(read && fuzz_canon(bytes, &shortest));
    HOLDS(hw_slice_equal(bytes, hw_out_slice(&shortest)));
    HOLDS(hw_value_same(field, bytes, bytes));
    HOLDS(value.text.n <= field->limit || field->type == HW_TYPE_COUNTRY);
    HOLDS(field->type != HW_TYPE_INTEGER || value.number <= (int64_t)field->limit);
}

/* What a person types is either refused or a value that peers take; and what is printed of it is read as the same. */
static void from_person(const struct hw_field *field, struct hw_slice text, struct hw_arena *arena)
{
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    HW_CLEANUP(hw_out_done) struct hw_out twice = {0};
    struct hw_err err = {0};
    enum hw_status status = hw_value_parse(field, text, HW_DATES_DMY, &once, &err);
    if (status != HW_OK) {
        HOLDS(status == HW_USAGE && *err.text && hw_utf8_valid(hw_slice_text(err.text)));
        return;
    }
    if (hw_value_check(field, hw_out_slice(&once), &err) != HW_OK)
        fprintf(stderr, "%s: %s\n", field->name, err.text);
    HOLDS(hw_value_check(field, hw_out_slice(&once), &err) == HW_OK);
    const char *printed = hw_value_print(field, hw_out_slice(&once), arena);
    HOLDS(hw_value_parse(field, hw_slice_text(printed), HW_DATES_DMY, &twice, &err) == HW_OK);
    HOLDS(hw_value_same(field, hw_out_slice(&once), hw_out_slice(&twice)));
}

FUZZ_TARGET(value)
{
    struct hw_slice input = {data, size};
    struct hw_arena arena;
    const struct hw_kind *kind = &hw_schema[fuzz_byte(&input) % hw_schema_n];
    const struct hw_field *field = &kind->fields[fuzz_byte(&input) % kind->fields_n];
    hw_arena_init(&arena);
    if (fuzz_byte(&input) & 1)
        from_person(field, input, &arena);
    else
        from_peer(field, input, &arena);
    hw_nearest(input, words, sizeof words / sizeof words[0]);
    hw_arena_done(&arena);
    return 0;
}
