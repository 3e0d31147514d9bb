/* test_home.c: a node's directory keeps a second daemon out and its keys to
 * itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/home.h"

struct place {
    char top[64], home[96], other[96];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->top, sizeof place->top, "/tmp/headway-test-home-XXXXXX");
    if (!place || !mkdtemp(place->top))
        return -1;
    snprintf(place->home, sizeof place->home, "%s/deep/KAZ", place->top);
    snprintf(place->other, sizeof place->other, "%s/credentials", place->top);
    unsetenv("CREDENTIALS_DIRECTORY");
    *state = place;
    return 0;
}

static void clear_directory(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *e; directory && (e = readdir(directory));) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        unlink(file);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static int clear_place(void **state)
{
    struct place *place = *state;
    char deep[96];
    unsetenv("CREDENTIALS_DIRECTORY");
    clear_directory(place->home);
    clear_directory(place->other);
    snprintf(deep, sizeof deep, "%s/deep", place->top);
    clear_directory(deep);
    int rc = rmdir(place->top);
    free(place);
    return rc;
}

static struct hw_home *make_home(struct place *place)
{
    struct hw_home *home = NULL;
    struct hw_err err;
    if (hw_home_make(place->home, &home, &err) != HW_OK)
        fail_msg("%s", err.text);
    char *conf = hw_home_file(home, "headway.conf");
    assert_int_equal(hw_file_write(conf, "name = KAZ\n", 11, 0600, &err), HW_OK);
    free(conf);
    return home;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void a_home_is_made_for_its_user_alone(void **state)
{
    struct place *place = *state;
    struct hw_home *home = make_home(place);
    assert_int_equal(mode_of(place->home), 0700);
    assert_string_equal(hw_home_path(home), place->home);
    hw_home_free(home);
}

static void a_home_is_not_made_twice(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place), *again = NULL;
    hw_home_free(home);
    assert_int_equal(hw_home_make(place->home, &again, &err), HW_FAILED);
    assert_non_null(strstr(err.text, "headway.conf"));
    assert_null(again);
}

static void no_home_names_the_command_that_makes_one(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = NULL;
    assert_int_equal(hw_home_open(place->home, &home, &err), HW_NOT_FOUND);
    assert_non_null(strstr(err.text, "init"));
    assert_non_null(strstr(err.text, place->home));
}

static void a_second_daemon_is_kept_out_with_the_first_ones_pid(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place), *second = NULL;
    char pid[24];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(hw_home_open(place->home, &second, &err), HW_FAILED);
    assert_non_null(strstr(err.text, pid));
    hw_home_free(home);
    assert_int_equal(hw_home_open(place->home, &second, &err), HW_OK); /* the lock ends with its holder */
    hw_home_free(second);
    hw_home_free(NULL);
}

static void another_users_home_is_refused(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place);
    hw_home_free(home);
    if (chown(place->home, geteuid() + 1, (gid_t)-1) != 0)
        skip(); /* only root can give a directory away */
    assert_int_equal(hw_home_open(place->home, &home, &err), HW_DENIED);
    assert_int_equal(chown(place->home, geteuid(), (gid_t)-1), 0);
}

static void secrets_come_back_and_are_private(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place);
    uint8_t key[64], read[64];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 3);
    assert_int_equal(hw_home_secret_write(home, "curve.key", key, sizeof key, &err), HW_OK);
    char *file = hw_home_file(home, "curve.key");
    assert_int_equal(mode_of(file), 0600);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, sizeof read, &err), HW_OK);
    assert_memory_equal(key, read, sizeof key);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, 32, &err), HW_CORRUPT); /* another length */
    assert_int_equal(chmod(file, 0640), 0);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, sizeof read, &err), HW_DENIED);
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_int_equal(hw_file_write(file, "not base64 !\n", 13, 0600, &err), HW_OK);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, sizeof read, &err), HW_CORRUPT);
    assert_int_equal(hw_home_secret_read(home, "missing", read, sizeof read, &err), HW_NOT_FOUND);
    free(file);
    hw_home_free(home);
}

static void a_credential_of_systemd_comes_first(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place);
    const uint8_t ours[4] = {1, 2, 3, 4};
    uint8_t read[4];
    char file[128];
    assert_int_equal(hw_home_secret_write(home, "curve.key", ours, sizeof ours, &err), HW_OK);
    assert_int_equal(mkdir(place->other, 0700), 0);
    setenv("CREDENTIALS_DIRECTORY", place->other, 1);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, sizeof read, &err), HW_OK);
    assert_memory_equal(read, ours, sizeof ours); /* none there: the home's */
    snprintf(file, sizeof file, "%s/curve.key", place->other);
    assert_int_equal(hw_file_write(file, "CQkJCQ\n", 7, 0440, &err), HW_OK);
    assert_int_equal(hw_home_secret_read(home, "curve.key", read, sizeof read, &err), HW_OK);
    const uint8_t theirs[4] = {9, 9, 9, 9};
    assert_memory_equal(read, theirs, sizeof theirs);
    hw_home_free(home);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place);
    char *file = hw_home_file(home, "text"), *text = NULL;
    size_t n = 0;
    assert_int_equal(hw_file_write(file, "ten bytes!", 10, 0644, &err), HW_OK);
    assert_int_equal(mode_of(file), 0644);
    assert_int_equal(hw_file_read(file, 9, &text, &n, &err), HW_LIMIT);
    assert_int_equal(hw_file_read(file, 10, &text, &n, &err), HW_OK);
    assert_int_equal(n, 10);
    assert_string_equal(text, "ten bytes!");
    free(text);
    assert_int_equal(hw_file_write(file, "", 0, 0600, &err), HW_OK);
    assert_int_equal(hw_file_read(file, 10, &text, &n, &err), HW_OK);
    assert_int_equal(n, 0);
    free(text);
    assert_int_equal(hw_file_read(place->home, 10, &text, &n, &err), HW_IO);
    free(file);
    hw_home_free(home);
}

static void a_failed_write_leaves_the_old_file_and_no_other(void **state)
{
    struct place *place = *state;
    struct hw_err err;
    struct hw_home *home = make_home(place);
    char *file = hw_home_file(home, "directory");
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_not_equal(hw_file_write(file, "x", 1, 0600, &err), HW_OK); /* cannot replace a directory */
    assert_int_equal(rmdir(file), 0);
    int entries = 0;
    DIR *directory = opendir(place->home);
    while (readdir(directory))
        entries++;
    closedir(directory);
    assert_int_equal(entries, 4); /* ., .., lock, headway.conf */
    free(file);
    hw_home_free(home);
}

static void a_file_takes_a_name_and_keeps_a_second_one(void **state)
{
    struct place *place = *state;
    struct hw_home *home = make_home(place);
    struct hw_err err;
    char *old = hw_home_file(home, "old"), *new = hw_home_file(home, "new"), *kept = hw_home_file(home, "kept"), *text;
    size_t n;
    assert_int_equal(hw_file_write(old, "old", 3, 0600, &err), HW_OK);
    assert_int_equal(hw_file_write(new, "new", 3, 0600, &err), HW_OK);
    assert_int_equal(hw_file_keep(old, kept, &err), HW_OK);
    assert_int_equal(hw_file_keep(old, kept, &err), HW_OK); /* it has that name already */
    assert_int_equal(hw_file_keep(new, kept, &err), HW_FAILED);
    assert_int_equal(hw_file_place(new, old, &err), HW_OK);
    assert_int_equal(hw_file_place(new, old, &err), HW_NOT_FOUND);
    assert_int_equal(hw_file_read(old, 10, &text, &n, &err), HW_OK);
    assert_string_equal(text, "new");
    free(text);
    assert_int_equal(hw_file_read(kept, 10, &text, &n, &err), HW_OK);
    assert_string_equal(text, "old");
    free(text);
    free(old);
    free(new);
    free(kept);
    hw_home_free(home);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, make_place, clear_place)
    const struct CMUnitTest tests[] = {
        T(a_home_is_made_for_its_user_alone),
        T(a_home_is_not_made_twice),
        T(a_file_takes_a_name_and_keeps_a_second_one),
        T(no_home_names_the_command_that_makes_one),
        T(a_second_daemon_is_kept_out_with_the_first_ones_pid),
        T(another_users_home_is_refused),
        T(secrets_come_back_and_are_private),
        T(a_credential_of_systemd_comes_first),
        T(a_file_is_read_whole_or_not_at_all),
        T(a_failed_write_leaves_the_old_file_and_no_other),
    };
    return cmocka_run_group_tests_name("home", tests, NULL, NULL);
}
