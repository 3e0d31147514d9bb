/* restore.c: putting a backup back (floor 3).
 *
 * The new database is written beside the old one, opened, looked over and marked as restored; then it takes the old one's
 * name in one step. The old one keeps a second name, headway.db.before-restore-TIME. Cut short anywhere, the home has its old
 * database or the new one, and the same command works again. In an empty directory the keys come first, then
 * headway.conf, then the database. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/backup_file.h"
#include "daemon/clock.h"
#include "daemon/modes.h"
#include "daemon/store_copy.h"

enum {
    CHUNK = 256 * 1024,
    IN_A_SECOND = 20 /* restores: nobody types faster */
};

struct restore {
    const char *path, *file; /* home, backup */
    struct hw_home *home;
    struct hw_backup_file from;
    char *database, *draft;  /* headway.db, and what is to take its name */
    char kept[300];          /* the old one's second name; "": there was none */
    struct hw_inc inc;       /* of the backup's database */
};

static bool is_home(const char *path)
{
    char conf[4200];
    snprintf(conf, sizeof conf, "%s/headway.conf", path);
    return access(conf, F_OK) == 0;
}

/* -- whose backup it is -- */

static enum hw_status read_root(const struct hw_config *config, uint8_t root[HW_ROOT_SIZE], struct hw_err *err)
{
    size_t n = 0;
    memset(root, 0, HW_ROOT_SIZE);
    if (config->root && (sodium_base642bin(root, HW_ROOT_SIZE, config->root, strlen(config->root), NULL, &n, NULL,
                                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != HW_ROOT_SIZE))
        return hw_fail(err, HW_CONFIG, "headway.conf: `root` is not a key of 43 base64url characters");
    return HW_OK;
}

static enum hw_status same_office(const struct restore *restore, struct hw_err *err)
{
    const struct hw_backup *backup = &restore->from.backup;
    struct hw_config config HW_CLEANUP(hw_config_done) = {0};
    struct hw_keys keys;
    uint8_t root[HW_ROOT_SIZE];
    char *path = hw_home_file(restore->home, "headway.conf");
    enum hw_status status = hw_config_read(path, &config, err);
    free(path);
    if (!status)
        status = read_root(&config, root, err);
    if (!status)
        status = hw_keys_read(restore->home, &keys, err);
    if (status)
        return status;
    bool hub = keys.root;
    sodium_memzero(&keys, sizeof keys);
    if (strcmp(config.name, backup->office) != 0)
        return hw_fail(err, HW_DENIED, "%s is the backup of %s, and %s is the home of %s: name the right one with --home",
                       restore->file, backup->office, restore->path, config.name);
    /* An office that joined later than the backup has a root now, and had none then. */
    bool other = !sodium_is_zero(root, sizeof root) && !sodium_is_zero(backup->root, sizeof backup->root) &&
                 memcmp(root, backup->root, sizeof root) != 0;
    if (other || hub != backup->hub)
        return hw_fail(err, HW_DENIED, "%s is the backup of %s of another headquarters: it cannot serve in %s",
                       restore->file, backup->office, restore->path);
    return HW_OK;
}

/* -- a home made of keys -- */

static bool key_name(struct hw_slice name, size_t *n)
{
    static const struct {
        const char *pattern;
        size_t n;
    } known[] = {{"curve.key", HW_KEY_SIZE}, {"sign.key", HW_SIGN_SECRET}, {"root.key", HW_SIGN_SECRET},
                 {"sign-[0-9a-f]*.key", HW_SIGN_SECRET}, {"curve-next.key", HW_KEY_SIZE}, {"curve-former.key", HW_KEY_SIZE},
                 {"root.handover", HW_HANDOVER_SIZE}, {"root-next.key", HW_SIGN_SECRET}, {"root-next.handover", HW_HANDOVER_SIZE}};
    char text[64];
    if (name.n >= sizeof text || memchr(name.p, '/', name.n))
        return false;
    memcpy(text, name.p, name.n);
    text[name.n] = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (fnmatch(known[i].pattern, text, 0) == 0) {
            *n = known[i].n;
            return true;
        }
    return false;
}

/* headway.conf comes last: a home without it is not finished. */
static enum hw_status write_keys(struct hw_home *home, struct hw_slice bytes, struct hw_err *err)
{
    struct hw_arena arena HW_CLEANUP(hw_arena_done) = {0};
    struct hw_in in = hw_in_of(bytes);
    struct hw_slice conf = {0};
    enum hw_status status = HW_OK;
    for (size_t left = hw_get_map(&in); left > 0 && !in.bad && !status; left--) {
        struct hw_slice name = hw_get_text(&in), value = hw_get_bytes(&in);
        size_t n;
        if (hw_slice_is(name, "headway.conf"))
            conf = value;
        else if (key_name(name, &n) && value.n == n)
            status = hw_home_secret_write(home, hw_arena_text(&arena, name.p, name.n), value.p, value.n, err);
        else
            hw_in_spoil(&in);
    }
    if (!status && (!hw_in_end(&in) || !conf.n))
        return hw_fail(err, HW_CORRUPT, "the keys in the backup cannot be read");
    char *path = hw_home_file(home, "headway.conf");
    if (!status)
        status = hw_file_write(path, conf.p, conf.n, 0600, err);
    free(path);
    return status;
}

static enum hw_status make_home(struct restore *restore, const char *passphrase_file, struct hw_err *err)
{
    struct hw_out keys HW_CLEANUP(hw_out_done) = {0};
    char *passphrase = NULL;
    if (restore->from.backup.keys == 0)
        return hw_fail(err, HW_NOT_FOUND,
                       "%s is no home yet, and this backup has no keys to make one: restore it into the home it came from, "
                       "or take one made with --keys",
                       restore->path);
    if (!passphrase_file)
        return hw_fail(err, HW_USAGE, "%s is no home yet: the backup's keys make one; give their --passphrase-file FILE",
                       restore->path);
    enum hw_status status = hw_passphrase_read(passphrase_file, &passphrase, err);
    if (!status)
        status = hw_backup_unseal(&restore->from, hw_slice_text(passphrase), &keys, err);
    if (!status)
        status = hw_home_make(restore->path, &restore->home, err);
    if (!status)
        status = write_keys(restore->home, hw_out_slice(&keys), err);
    if (passphrase)
        sodium_memzero(passphrase, strlen(passphrase));
    free(passphrase);
    if (keys.p)
        sodium_memzero(keys.p, keys.cap);
    return status;
}

/* -- the database -- */

static void remove_with_log(const char *database, bool main_too)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = main_too ? 0 : 1; i < sizeof ends / sizeof *ends; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s%s", database, ends[i]);
        unlink(path); /* as a rule it is not there */
    }
}

static enum hw_status copy_out(const struct restore *restore, int to, struct hw_err *err)
{
    uint64_t at = restore->from.database_at, left = restore->from.backup.database;
    uint8_t *chunk = hw_alloc(CHUNK);
    enum hw_status status = HW_OK;
    while (left > 0 && !status) {
        ssize_t n = pread(restore->from.fd, chunk, left < CHUNK ? (size_t)left : CHUNK, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            status = hw_fail(err, HW_IO, "%s cannot be read: %s", restore->file, n < 0 ? strerror(errno) : "it was cut");
        for (ssize_t done = 0; !status && done < n;) {
            ssize_t put = write(to, chunk + done, (size_t)(n - done));
            if (put < 0 && errno != EINTR)
                status = hw_fail(err, errno == ENOSPC ? HW_NO_SPACE : HW_IO, "cannot write %s: %s", restore->draft,
                                 strerror(errno));
            done += put > 0 ? put : 0;
        }
        at += n > 0 ? (uint64_t)n : 0;
        left -= n > 0 ? (uint64_t)n : 0;
    }
    free(chunk);
    return status;
}

static enum hw_status write_draft(const struct restore *restore, struct hw_err *err)
{
    remove_with_log(restore->draft, true); /* of a restore that was cut short */
    int to = open(restore->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return hw_fail(err, HW_IO, "cannot write %s: %s", restore->draft, strerror(errno));
    enum hw_status status = copy_out(restore, to, err);
    if (!status && fsync(to) != 0)
        status = hw_fail(err, HW_IO, "cannot write %s: %s", restore->draft, strerror(errno));
    close(to);
    return status;
}

static enum hw_status read_inc(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct restore *restore = self;
    struct hw_slice inc;
    if (hw_tx_get(tx, "incarnation", &inc) != HW_OK || inc.n != sizeof restore->inc.b)
        return hw_fail(err, HW_CORRUPT, "the database in it belongs to no incarnation: take another backup");
    memcpy(restore->inc.b, inc.p, inc.n);
    return HW_OK;
}

/* Looks it over, and tells the next start that it is a restored one. */
static enum hw_status mark(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct restore *restore = self;
    struct hw_keys keys;
    uint8_t when[8];
    uint64_t made = (uint64_t)restore->from.backup.made_ms; /* a hub tells its people how old it is */
    enum hw_status status = hw_keys_read(restore->home, &keys, err);
    if (!status)
        status = hw_keys_life(restore->home, &restore->inc, &keys, err);
    if (!status)
        status = hw_tx_sound(tx, &restore->inc, keys.sign_public, err);
    sodium_memzero(&keys, sizeof keys);
    for (int i = 0; i < 8; i++)
        when[i] = (uint8_t)(made >> (56 - 8 * i));
    return status ? status : hw_tx_put(tx, "restored", (struct hw_slice){when, sizeof when}, err);
}

static enum hw_status prepare(struct restore *restore, struct hw_err *err)
{
    struct hw_store *store = NULL;
    enum hw_status status = hw_store_open(restore->draft, NULL, NULL, &store, err);
    struct hw_job look = {.run = read_inc, .self = restore}, write = {.write = true, .run = mark, .self = restore};
    if (!status)
        status = hw_store_now(store, &look, err);
    if (!status)
        status = hw_store_now(store, &write, err);
    hw_store_close(store); /* brings its log into the main file */
    return status ? status : hw_store_settle(restore->draft, err);
}

/* The second name of the old database, and of its log where that could not be brought in. */
static enum hw_status keep_old(struct restore *restore, struct hw_err *err)
{
    char stamp[32], log[4200], kept[4200], kept_log[4300];
    time_t now = (time_t)(hw_clock_wall() / 1000);
    struct tm parts;
    if (access(restore->database, F_OK) != 0)
        return HW_OK;
    /* A damaged one cannot be settled; it is kept as it is. */
    bool settled = hw_store_settle(restore->database, NULL) == HW_OK;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
    size_t base = strlen(hw_home_path(restore->home)) + 1; /* the name without the directory */
    enum hw_status status = HW_FAILED;
    for (int n = 1; n <= IN_A_SECOND && status == HW_FAILED; n++) { /* FAILED: another one has that name */
        char more[16] = "";
        if (n > 1)
            snprintf(more, sizeof more, "-%d", n);
        snprintf(kept, sizeof kept, "%s.before-restore-%s%s", restore->database, stamp, more);
        status = hw_file_keep(restore->database, kept, err);
    }
    snprintf(restore->kept, sizeof restore->kept, "%.*s", (int)sizeof restore->kept - 1, kept + base);
    snprintf(log, sizeof log, "%s-wal", restore->database);
    snprintf(kept_log, sizeof kept_log, "%s-wal", kept);
    if (!status && !settled && access(log, F_OK) == 0)
        status = hw_file_keep(log, kept_log, err);
    return status;
}

static enum hw_status put_database(struct restore *restore, struct hw_err *err)
{
    struct hw_err why = {0};
    restore->database = hw_home_file(restore->home, "headway.db");
    restore->draft = hw_home_file(restore->home, "headway.db.restoring");
    enum hw_status status = write_draft(restore, err);
    if (!status) {
        status = prepare(restore, &why);
        if (status)
            status = hw_fail(err, status, "%s: %s", restore->file, why.text);
    }
    if (!status)
        status = keep_old(restore, err);
    if (status) {
        remove_with_log(restore->draft, true);
        return status;
    }
    remove_with_log(restore->draft, false);
    remove_with_log(restore->database, false); /* a log must not meet another database than its own */
    return hw_file_place(restore->draft, restore->database, err);
}

enum hw_status hw_restore(const char *path, const char *file, const char *passphrase_file, struct hw_err *err)
{
    struct restore restore = {.path = path, .file = file};
    enum hw_status status = hw_backup_open(file, &restore.from, err);
    if (status)
        return status;
    if (is_home(path)) {
        status = hw_home_open(path, &restore.home, err);
        if (!status)
            status = same_office(&restore, err);
    } else {
        status = make_home(&restore, passphrase_file, err);
    }
    if (!status)
        status = put_database(&restore, err);
    if (!status && *restore.kept)
        fprintf(stderr, "The old database is kept: %s/%s\n", path, restore.kept);
    if (!status)
        fprintf(stderr, "%s is restored in %s; start it: headwayd --home %s\n", restore.from.backup.office, path, path);
    hw_backup_close(&restore.from);
    hw_home_free(restore.home);
    free(restore.database);
    free(restore.draft);
    return status;
}
