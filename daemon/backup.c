/* backup.c: the errands that hand a backup to a client, and the verb that
 * notes it (floor 3).
 *
 * backup.mark notes how far the journals are, backup.begin copies the database into the home and composes the head of the file; backup.read (outgoing.c) gives the file
 * from any place on; when it has been stored the client says backup.end, with the mark. The copy loses its name as soon as it is open: when the
 * daemon ends, or the next backup begins, nothing is left of one that nobody fetched. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/backup_file.h"
#include "daemon/clock.h"
#include "daemon/errand.h"
#include "daemon/outgoing.h"
#include "daemon/store_copy.h"
#include "daemon/verb_internal.h"

enum {
    CONF_MAX = 64 * 1024,
    PLAIN_MAX = 1024 * 1024, /* the keys: made at once, so that growing leaves no copies behind */
    VERSION_AT = 60          /* user_version in the head of an SQLite database, 4 bytes, big endian */
};

struct making {
    struct hw_outgoing *file;
    struct hw_backup backup;
};

static const char copy_name[] = "backup.part";

void hw_backup_sweep(const struct hw_home *home)
{
    static const char *const left[] = {"backup.part", "backup.part-journal"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        char *path = hw_home_file(home, left[i]);
        unlink(path); /* as a rule there is none */
        free(path);
    }
}

/* -- the keys of a home -- */

static enum hw_status put_secret(const struct hw_home *home, const char *name, size_t n, struct hw_out *out,
                                 size_t *found, struct hw_err *err)
{
    uint8_t secret[HW_HANDOVER_SIZE]; /* the longest of them */
    assert(n <= sizeof secret);
    enum hw_status status = hw_home_secret_read(home, name, secret, n, err);
    if (!status) {
        hw_put_text(out, name);
        hw_put_bytes(out, secret, n);
        (*found)++;
    }
    sodium_memzero(secret, sizeof secret);
    return status == HW_NOT_FOUND ? HW_OK : status;
}

/* Keys of later incarnations: sign-HEX.key. */
static enum hw_status put_lives(const struct hw_home *home, struct hw_out *out, size_t *found, struct hw_err *err)
{
    DIR *directory = opendir(hw_home_path(home));
    enum hw_status status = HW_OK;
    if (!directory)
        return hw_fail(err, HW_IO, "cannot read %s: %s", hw_home_path(home), strerror(errno));
    for (struct dirent *entry; !status && (entry = readdir(directory));)
        if (fnmatch("sign-*.key", entry->d_name, 0) == 0)
            status = put_secret(home, entry->d_name, HW_SIGN_SECRET, out, found, err);
    closedir(directory);
    return status;
}

static enum hw_status put_conf(const struct hw_home *home, struct hw_out *out, size_t *found, struct hw_err *err)
{
    char *path = hw_home_file(home, "headway.conf"), *text = NULL;
    size_t n;
    enum hw_status status = hw_file_read(path, CONF_MAX, &text, &n, err);
    if (!status) {
        hw_put_text(out, "headway.conf");
        hw_put_bytes(out, text, n);
        (*found)++;
    }
    free(text);
    free(path);
    return status;
}

/* A map of file name to bytes, sealed. */
static enum hw_status seal_keys(const struct hw_home *home, const struct hw_backup *backup, struct hw_slice passphrase,
                                struct hw_out *sealed, struct hw_err *err)
{
    struct hw_out pairs = {.p = hw_alloc(PLAIN_MAX), .cap = PLAIN_MAX}, map = {.p = hw_alloc(PLAIN_MAX), .cap = PLAIN_MAX};
    size_t found = 0;
    enum hw_status status = put_conf(home, &pairs, &found, err);
    /* The next ones first: one that takes its place meanwhile is found in it. They are announced, or the database has them already. */
    if (!status)
        status = put_secret(home, "curve-next.key", HW_KEY_SIZE, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "root-next.handover", HW_HANDOVER_SIZE, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "root-next.key", HW_SIGN_SECRET, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "curve.key", HW_KEY_SIZE, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "curve-former.key", HW_KEY_SIZE, &pairs, &found, err); /* a relay's, for a while */
    if (!status)
        status = put_secret(home, "sign.key", HW_SIGN_SECRET, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "root.key", HW_SIGN_SECRET, &pairs, &found, err);
    if (!status)
        status = put_secret(home, "root.handover", HW_HANDOVER_SIZE, &pairs, &found, err);
    if (!status)
        status = put_lives(home, &pairs, &found, err);
    if (!status && pairs.n > PLAIN_MAX / 2)
        status = hw_fail(err, HW_LIMIT, "this home has more keys than a backup takes");
    if (!status) {
        hw_put_map(&map, found);
        hw_put_raw(&map, pairs.p, pairs.n);
        status = hw_backup_seal(backup, hw_out_slice(&map), passphrase, sealed, err);
    }
    sodium_memzero(pairs.p, pairs.cap);
    sodium_memzero(map.p, map.cap);
    hw_out_done(&pairs);
    hw_out_done(&map);
    return status;
}

/* -- backup.begin -- */

static enum hw_status copy_database(const struct hw_errand_place *place, struct making *made, struct hw_err *err)
{
    char *from = hw_home_file(place->home, "headway.db"), *to = hw_home_file(place->home, copy_name);
    enum hw_status status = HW_OK;
    hw_backup_sweep(place->home);
    made->file->fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made->file->fd < 0)
        status = hw_fail(err, HW_IO, "cannot write %s: %s", to, strerror(errno));
    if (!status)
        status = hw_store_copy(from, to, place->stop, err);
    hw_backup_sweep(place->home); /* it lives on without a name, until it is closed */
    free(from);
    free(to);
    return status;
}

static enum hw_status measure(struct making *made, struct hw_slice keys, struct hw_err *err)
{
    uint8_t version[4];
    struct stat st;
    if (fstat(made->file->fd, &st) != 0 || pread(made->file->fd, version, sizeof version, VERSION_AT) != (ssize_t)sizeof version)
        return hw_fail(err, HW_IO, "the copy of the database cannot be read: %s", strerror(errno));
    made->backup.schema = (unsigned)version[0] << 24 | (unsigned)version[1] << 16 | (unsigned)version[2] << 8 | version[3];
    made->backup.keys = keys.n;
    made->backup.database = (uint64_t)st.st_size;
    return hw_backup_hash(made->file->fd, 0, made->backup.database, keys, made->backup.hash, err);
}

static enum hw_status compose(const struct hw_errand_place *place, const struct hw_request *request,
                              struct making *made, struct hw_err *err)
{
    struct hw_out sealed HW_CLEANUP(hw_out_done) = {0};
    const struct hw_identity *self = &place->identity;
    made->backup = (struct hw_backup){.hub = self->gate, .made_ms = hw_clock_wall()};
    memcpy(made->backup.office, self->office, sizeof made->backup.office);
    memcpy(made->backup.root, self->root, sizeof made->backup.root);
    enum hw_status status = copy_database(place, made, err);
    if (!status && hw_arg_bool(request, "keys"))
        status = seal_keys(place->home, &made->backup, hw_arg_text(request, "passphrase"), &sealed, err);
    if (!status)
        status = measure(made, hw_out_slice(&sealed), err);
    if (status)
        return status;
    hw_backup_head(&made->backup, &made->file->head);
    hw_put_raw(&made->file->head, sealed.p, sealed.n);
    made->file->size = made->file->head.n + made->backup.database;
    return HW_OK;
}

/* Keys go to who could read their files anyway, and never in the clear. */
static enum hw_status may_have_keys(const struct hw_request *request, struct hw_err *err)
{
    if (!hw_arg_bool(request, "keys"))
        return HW_OK;
    if (!request->owner)
        return hw_fail(err, HW_DENIED, "keys are for the node's own user and root: ask the administrator, or leave --keys out");
    if (hw_arg_text(request, "passphrase").n < HW_PASSPHRASE_MIN)
        return hw_fail(err, HW_USAGE, "keys never leave the home in the clear: give --passphrase-file FILE with at least %d characters",
                       HW_PASSPHRASE_MIN);
    return HW_OK;
}

enum hw_status hw_errand_backup_begin(struct hw_errand_place *place, const struct hw_request *request,
                                      struct hw_answer *answer, struct hw_err *err)
{
    enum hw_status status = may_have_keys(request, err);
    if (status)
        return status;
    struct making made = {.file = hw_outgoing_new(place)};
    status = compose(place, request, &made, err);
    struct hw_slice passphrase = hw_arg_text(request, "passphrase");
    if (passphrase.n)
        sodium_memzero((void *)(uintptr_t)passphrase.p, passphrase.n); /* the request's own copy */
    if (status) {
        hw_outgoing_drop(place);
        return status;
    }
    struct hw_out *out = &answer->end;
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_outgoing_id(request, made.file));
    hw_put_key_text(out, "office", made.backup.office);
    hw_put_key_int(out, "size", (int64_t)made.file->size);
    hw_put_key_bool(out, "keys", made.backup.keys > 0);
    hw_put_key_time(out, "made", made.backup.made_ms);
    hw_put_close(out);
    return HW_OK;
}

/* -- backup.mark, backup.end -- */

enum hw_status hw_verb_backup_mark(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err)
{
    uint8_t name[HW_COVER_NAME];
    char hex[2 * sizeof name + 1];
    (void)request;
    enum hw_status status = hw_tx_cover_mark(tx, name, err);
    sodium_bin2hex(hex, sizeof hex, name, sizeof name);
    hw_put_map_open(&answer->end);
    hw_put_key_text(&answer->end, "mark", hex);
    hw_put_close(&answer->end);
    return status;
}

/* Clients of an older release have no mark: then the backup is noted, and nothing is known to be covered by it. */
static enum hw_status confirm(struct hw_tx *tx, struct hw_slice hex, struct hw_err *err)
{
    uint8_t name[HW_COVER_NAME];
    size_t n = 0;
    if (!hex.n)
        return HW_OK;
    if (sodium_hex2bin(name, sizeof name, (const char *)hex.p, hex.n, NULL, &n, NULL) != 0 || n != sizeof name)
        return hw_fail(err, HW_USAGE, "the mark of a backup is what backup.mark answered");
    return hw_tx_cover_confirm(tx, name, err);
}

enum hw_status hw_verb_backup_end(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                  struct hw_err *err)
{
    int64_t now = hw_tx_wall(tx);
    uint8_t bytes[8];
    enum hw_status status = confirm(tx, hw_arg_text(request, "mark"), err);
    if (status)
        return status;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)now >> (56 - 8 * i));
    hw_put_map_open(&answer->end);
    hw_put_key_time(&answer->end, "backup", now);
    hw_put_close(&answer->end);
    return hw_tx_put(tx, "backup", (struct hw_slice){bytes, sizeof bytes}, err);
}
