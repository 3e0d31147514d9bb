/* test_reborn.c: a new incarnation is drawn, and its key is in the home; one that was not committed is drawn again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/node_internal.h"

static size_t keys_in(const char *path, bool clear)
{
    DIR *directory = opendir(path);
    size_t n = 0;
    for (struct dirent *e; directory && (e = readdir(directory));) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        n += fnmatch("sign-*.key", e->d_name, 0) == 0;
        if (clear)
            unlink(file);
    }
    closedir(directory);
    return n;
}

static struct hw_identity an_office(void)
{
    struct hw_identity identity = {.office = "KAZ", .life = 1, .inc = {{1}}};
    crypto_sign_keypair(identity.sign_public, identity.sign_secret);
    return identity;
}

static void what_was_not_committed_is_drawn_again_with_one_key(void **state)
{
    (void)state;
    struct hw_err err = {0};
    char path[64] = "/tmp/headway-test-reborn-XXXXXX";
    assert_non_null(mkdtemp(path));
    struct hw_node *node = calloc(1, sizeof *node);
    assert_int_equal(hw_home_make(path, &node->home, &err), HW_OK);
    const struct hw_identity now = an_office();
    struct hw_identity first = now, again = now, second, vouched = an_office();
    struct hw_rebirth a, b, c, d;
    assert_int_equal(hw_reborn_draw(node, &now.inc, &first, &a, &err), HW_OK);
    assert_int_equal(hw_reborn_draw(node, &now.inc, &again, &b, &err), HW_OK);
    assert_int_equal(keys_in(path, false), 1);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(again.life, 2);
    second = first; /* committed: the next is another one */
    assert_int_equal(hw_reborn_draw(node, &first.inc, &second, &c, &err), HW_OK);
    assert_memory_not_equal(a.inc.b, c.inc.b, sizeof a.inc.b);
    vouched.inc = first.inc; /* an earlier life vouches, for a store that has gone on */
    assert_int_equal(hw_reborn_draw(node, &second.inc, &vouched, &d, &err), HW_OK);
    assert_memory_not_equal(c.inc.b, d.inc.b, sizeof c.inc.b);
    assert_int_equal(keys_in(path, false), 3);
    hw_home_free(node->home);
    free(node);
    keys_in(path, true);
    rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_not_committed_is_drawn_again_with_one_key)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("reborn", tests, NULL, NULL);
}
