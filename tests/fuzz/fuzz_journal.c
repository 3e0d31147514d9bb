/* Entries of a group's journal. */
#include "fuzz.h"
#include "headway/journal.h"

FUZZ_TARGET(journal)
{
    struct hw_slice input = {data, size};
    HW_CLEANUP(hw_out_done) struct hw_out once = {0};
    struct hw_err err = {0};
    struct hw_entry entry, again;
    enum hw_status status = hw_entry_decode(input, &entry, &err);
    if (status != HW_OK) {
        HOLDS(status == HW_CORRUPT && *err.text);
        return 0;
    }
    HOLDS(entry.position > 0 && entry.position <= INT64_MAX && entry.time_ms <= INT64_MAX && (entry.seq > 0) != (entry.type == HW_ENTRY_ROOT));
    HOLDS(entry.type != HW_ENTRY_ADMIT || (entry.n > 0 && entry.n <= HW_SEGMENT_EVENTS));
    HOLDS(entry.seq + entry.n <= INT64_MAX && entry.text.n <= 500 && hw_utf8_valid(entry.text));
    HOLDS(*hw_refusal_text(entry.code));
    hw_entry_encode(&once, &entry);
    fuzz_same_item(input, &once);
    HOLDS(hw_entry_decode(hw_out_slice(&once), &again, NULL) == HW_OK);
    HOLDS(hw_slice_equal(entry.text, again.text));
    again.text = entry.text;
    HOLDS(memcmp(&entry, &again, sizeof entry) == 0); /* both were set to zeros first */

    const uint8_t root[HW_ROOT_SIZE] = {1}, previous[HW_HASH_SIZE] = {2};
    uint8_t chain[HW_HASH_SIZE], other[HW_HASH_SIZE];
    const struct hw_inc life = {{3}};
    hw_entry_chain(root, hw_slice_text("wg6"), &life, previous, hw_out_slice(&once), chain);
    hw_entry_chain(root, hw_slice_text("wg7"), &life, previous, hw_out_slice(&once), other);
    HOLDS(memcmp(chain, other, sizeof chain) != 0);
    return 0;
}
