/* test_backup_file.c: a backup is read back as it was written, and one that was cut, changed, or sealed with another
 * passphrase is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/backup_file.h"
#include "daemon/home.h"

enum { PARTS = 50, DATABASE = 3000 };
static const char passphrase[] = "correct horse battery", secrets[] = "\xa1\x68sign.key\x43key";

struct sample {
    char dir[64], path[96];
    struct hw_out whole;    /* the file */
    struct hw_backup backup;
};

static void save(const struct sample *sample, struct hw_slice bytes)
{
    struct hw_err err;
    if (hw_file_write(sample->path, bytes.p, bytes.n, 0600, &err) != HW_OK)
        fail_msg("%s", err.text);
}

static int make(void **state)
{
    struct sample *sample = calloc(1, sizeof *sample);
    struct hw_out parts = {0};
    uint8_t database[DATABASE];
    assert_true(sodium_init() >= 0);
    snprintf(sample->dir, sizeof sample->dir, "/tmp/headway-backup-XXXXXX");
    assert_non_null(mkdtemp(sample->dir));
    snprintf(sample->path, sizeof sample->path, "%s/backup", sample->dir);
    randombytes_buf(database, sizeof database);
    sample->backup = (struct hw_backup){.office = "KAZ", .made_ms = 1784000000000, .schema = 1, .database = DATABASE};
    memset(sample->backup.root, 3, sizeof sample->backup.root);
    assert_int_equal(hw_backup_seal(&sample->backup, hw_slice_text(secrets), hw_slice_text(passphrase), &parts, NULL), HW_OK);
    sample->backup.keys = parts.n;
    hw_put_raw(&parts, database, sizeof database);
    crypto_generichash(sample->backup.hash, HW_HASH_SIZE, parts.p, parts.n, NULL, 0);
    hw_backup_head(&sample->backup, &sample->whole);
    hw_put_raw(&sample->whole, parts.p, parts.n);
    hw_out_done(&parts);
    save(sample, hw_out_slice(&sample->whole));
    *state = sample;
    return 0;
}

static int unmake(void **state)
{
    struct sample *sample = *state;
    unlink(sample->path);
    rmdir(sample->dir);
    hw_out_done(&sample->whole);
    free(sample);
    return 0;
}

static enum hw_status open_it(const struct sample *sample, struct hw_err *err)
{
    struct hw_backup_file file;
    enum hw_status status = hw_backup_open(sample->path, &file, err);
    hw_backup_close(&file);
    return status;
}

static void what_was_written_is_read_back(void **state)
{
    struct sample *sample = *state;
    struct hw_backup_file file;
    struct hw_out keys = {0};
    struct hw_err err;
    if (hw_backup_open(sample->path, &file, &err) != HW_OK)
        fail_msg("%s", err.text);
    assert_string_equal(file.backup.office, "KAZ");
    assert_false(file.backup.hub);
    assert_int_equal(file.backup.made_ms, 1784000000000);
    assert_int_equal(file.backup.schema, 1);
    assert_int_equal(file.backup.database, DATABASE);
    assert_int_equal(file.database_at + DATABASE, sample->whole.n);
    assert_memory_equal(file.backup.root, sample->backup.root, HW_ROOT_SIZE);
    assert_int_equal(hw_backup_unseal(&file, hw_slice_text(passphrase), &keys, &err), HW_OK);
    assert_true(hw_slice_is(hw_out_slice(&keys), secrets));
    hw_out_done(&keys);
    hw_backup_close(&file);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    struct sample *sample = *state;
    struct hw_err err;
    for (size_t i = 0; i < PARTS; i++) {
        save(sample, (struct hw_slice){sample->whole.p, sample->whole.n * i / PARTS});
        if (open_it(sample, &err) != HW_CORRUPT)
            fail_msg("%zu of %d parts: %s", i, PARTS, err.text);
        assert_non_null(strstr(err.text, i ? "cut" : "not a backup"));
    }
    save(sample, (struct hw_slice){sample->whole.p, sample->whole.n - 1});
    assert_int_equal(open_it(sample, &err), HW_CORRUPT);
}

static void a_flipped_byte_anywhere_is_refused(void **state)
{
    struct sample *sample = *state;
    struct hw_err err;
    for (size_t i = 0; i < sample->whole.n; i += i < 400 ? 1 : 97) { /* each of the head, some of the rest */
        sample->whole.p[i] ^= 0x10;
        save(sample, hw_out_slice(&sample->whole));
        enum hw_status status = open_it(sample, &err);
        if (status != HW_CORRUPT && status != HW_VERSION)
            fail_msg("byte %zu: %d", i, (int)status);
        sample->whole.p[i] ^= 0x10;
    }
    save(sample, hw_out_slice(&sample->whole));
    assert_int_equal(open_it(sample, &err), HW_OK);
}

static void another_version_says_so(void **state)
{
    struct sample *sample = *state;
    struct hw_err err;
    sample->whole.p[15] = '2';
    save(sample, hw_out_slice(&sample->whole));
    assert_int_equal(open_it(sample, &err), HW_VERSION);
}

static void keys_open_with_their_passphrase_and_office_alone(void **state)
{
    struct sample *sample = *state;
    struct hw_backup_file file;
    struct hw_out keys = {0};
    struct hw_err err;
    assert_int_equal(hw_backup_open(sample->path, &file, &err), HW_OK);
    assert_int_equal(hw_backup_unseal(&file, hw_slice_text("correct horse batterz"), &keys, &err), HW_DENIED);
    assert_int_equal(keys.n, 0);
    snprintf(file.backup.office, sizeof file.backup.office, "TKM"); /* somebody else's box in this file */
    assert_int_equal(hw_backup_unseal(&file, hw_slice_text(passphrase), &keys, &err), HW_DENIED);
    file.backup.keys = 0;
    assert_int_equal(hw_backup_unseal(&file, hw_slice_text(passphrase), &keys, &err), HW_NOT_FOUND);
    file.backup.keys = 20;
    assert_int_equal(hw_backup_unseal(&file, hw_slice_text(passphrase), &keys, &err), HW_CORRUPT);
    hw_backup_close(&file);
}

static void a_passphrase_is_the_first_line_and_not_short(void **state)
{
    struct sample *sample = *state;
    struct hw_err err;
    char *text = NULL;
    save(sample, hw_slice_text("eight ch\r\nsecond line\n"));
    assert_int_equal(hw_passphrase_read(sample->path, &text, &err), HW_OK);
    assert_string_equal(text, "eight ch");
    free(text);
    save(sample, hw_slice_text("seven c\n"));
    assert_int_equal(hw_passphrase_read(sample->path, &text, &err), HW_USAGE);
    assert_null(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_read_back),
        TEST(a_file_cut_anywhere_is_refused),
        TEST(a_flipped_byte_anywhere_is_refused),
        TEST(another_version_says_so),
        TEST(keys_open_with_their_passphrase_and_office_alone),
        TEST(a_passphrase_is_the_first_line_and_not_short),
    };
    return cmocka_run_group_tests_name("backup file", tests, NULL, NULL);
}
