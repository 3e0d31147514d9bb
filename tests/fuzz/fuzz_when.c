/* Times as people write them. Input: a byte for the order of day and month, then the text. */
#include "fuzz.h"
#include "headway/schema.h"
#include "headway/when.h"

static void read_well(const struct hw_when *when)
{
    int32_t earliest, latest;
    struct hw_when again;
    HOLDS(*when->edtf && memchr(when->edtf, 0, sizeof when->edtf));
    HOLDS(hw_when_bounds(hw_slice_text(when->edtf), &earliest, &latest));
    HOLDS(earliest == when->earliest && latest == when->latest);
    HOLDS(earliest == HW_DAY_NONE || latest == HW_DAY_NONE || earliest <= latest);
    /* 2035-36 is what EDTF calls a quarter, and people two years: a part of a year is not read back. */
    if (strlen(when->edtf) == 7 && when->edtf[4] == '-' && when->edtf[5] >= '3')
        return;
    hw_when_parse(hw_slice_text(when->edtf), HW_DATES_UNKNOWN, &again);
    HOLDS(again.kind == HW_WHEN_UNREAD || strcmp(again.edtf, when->edtf) == 0);
}

FUZZ_TARGET(when)
{
    struct hw_slice input = {data, size};
    struct hw_when when;
    struct hw_arena arena;
    int32_t earliest = 0, latest = 0;
    enum hw_date_order order = (enum hw_date_order)(fuzz_byte(&input) % 3);
    hw_when_parse(input, order, &when);
    hw_when_proves(input);
    if (when.kind == HW_WHEN_READ)
        read_well(&when);
    else
        HOLDS(*when.edtf == 0 && when.earliest == HW_DAY_NONE && when.latest == HW_DAY_NONE);
    if (hw_when_bounds(input, &earliest, &latest)) {
        char text[16];
        int year, month, day;
        HOLDS(input.n < HW_EDTF_MAX);
        HOLDS(earliest == HW_DAY_NONE || latest == HW_DAY_NONE || earliest <= latest);
        hw_day_print(earliest, text);
        if (earliest != HW_DAY_NONE) {
            hw_day_civil(earliest, &year, &month, &day);
            HOLDS(hw_day_of(year, month, day) == earliest);
        }
    }
    hw_arena_init(&arena);
    const char *folded = hw_fold(&arena, input);
    HOLDS(strcmp(hw_fold(&arena, hw_slice_text(folded)), folded) == 0);
    hw_heading_field(input);
    hw_arena_done(&arena);
    return 0;
}
