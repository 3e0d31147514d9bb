/* Ids of records as typed, and codes. */
#include "fuzz.h"
#include "headway/id.h"

FUZZ_TARGET(id)
{
    struct hw_slice input = {data, size};
    struct hw_id id, low, high, again;
    char text[HW_ID_TEXT + 1], text_high[HW_ID_TEXT + 1];
    bool whole = hw_id_parse(input, &id);
    if (hw_id_prefix(input, &low, &high)) {
        HOLDS(input.n > 0 && input.n <= HW_ID_TEXT && hw_id_compare(&low, &high) <= 0);
        hw_id_print(&low, text);
        hw_id_print(&high, text_high);
        HOLDS(strlen(text) == HW_ID_TEXT && memcmp(text, text_high, input.n) == 0);
        HOLDS(hw_id_parse(hw_slice_text(text), &again) && hw_id_equal(&again, &low));
        HOLDS(whole == (input.n == HW_ID_TEXT) && (!whole || (hw_id_equal(&id, &low) && hw_id_equal(&id, &high))));
        /* Everything that begins so lies between the two. */
        memset(text + input.n, '7', HW_ID_TEXT - input.n);
        HOLDS(hw_id_parse(hw_slice_text(text), &again));
        HOLDS(hw_id_compare(&low, &again) <= 0 && hw_id_compare(&again, &high) <= 0);
    } else {
        HOLDS(!whole);
    }
    HOLDS(!hw_group_code_valid(input) || (input.n <= HW_GROUP_MAX && hw_utf8_valid(input)));
    HOLDS(!hw_office_code_valid(input) || (input.n <= HW_OFFICE_MAX && hw_utf8_valid(input)));
    return 0;
}
