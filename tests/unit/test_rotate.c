/* test_rotate.c: the note of an office's new keys, when it is damaged. */
#include "carry_world.h"
#include "daemon/node_internal.h"

static enum hw_status damage(struct hw_tx *tx, void *self, struct hw_err *err)
{
    (void)self;
    return hw_tx_put(tx, "rotation", hw_slice_text("noise"), err);
}

static enum hw_status look(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_introduce rotation;
    bool *rotated = self;
    return hw_rotate_look(tx, hw_tx_arena(tx), &rotation, rotated, true, err);
}

/* A job that looks, and goes on. */
static enum hw_status look_on(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct hw_incident list[HW_INCIDENTS_MAX];
    struct hw_slice note;
    size_t n;
    assert_int_equal(look(tx, self, err), HW_NOT_FOUND);
    assert_int_equal(hw_tx_get(tx, "rotation", &note), HW_NOT_FOUND);
    enum hw_status status = hw_tx_incidents(tx, list, &n, err);
    assert_int_equal(n, 1);
    assert_non_null(strstr(list[0].text, "headway key rotate"));
    return status;
}

static void a_note_that_cannot_be_read_is_dropped_and_told(void **state)
{
    (void)state;
    struct region region = region_open();
    bool rotated = true;
    run(region.rel, damage, NULL, HW_OK);
    run(region.rel, look_on, &rotated, HW_OK);
    assert_false(rotated);
    run(region.rel, look, &rotated, HW_NOT_FOUND); /* and that was all */
    region_close(&region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_note_that_cannot_be_read_is_dropped_and_told)};
    return cmocka_run_group_tests_name("rotate", tests, NULL, NULL);
}
