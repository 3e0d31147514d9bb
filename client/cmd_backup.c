/* cmd_backup.c: keeping a node's data safe (floor 3, noun: backup): backup,
 * restore, verify. The daemon makes the copy, `headwayd --restore` puts one back; the client never opens a database. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/home.h"
#include "client/run.h"

enum { PASSPHRASE_MAX = 4096, PIECE_MAX = 192 * 1024 };

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The first line; the daemon says what is too short. */
static enum hw_status read_passphrase(const char *path, char passphrase[PASSPHRASE_MAX], struct hw_err *err)
{
    HW_CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, passphrase, PASSPHRASE_MAX - 1);
    if (n < 0)
        return hw_fail(err, HW_IO, "cannot read %s: %s", path, strerror(errno));
    passphrase[n] = 0;
    passphrase[strcspn(passphrase, "\r\n")] = 0;
    return HW_OK;
}

/* ---- backup ---- */

struct fetch {
    struct hw_cli *cli;
    const char *path;
    char part[HW_HOME_PATH + 16];
    int fd;
    const char *id;
    long long size;
};

static int begin(const struct fetch *fetch, json_t **doc)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *file = hw_cli_value(fetch->cli, "passphrase-file");
    char passphrase[PASSPHRASE_MAX] = "";
    struct hw_err err;
    if (file && read_passphrase(file, passphrase, &err) != HW_OK)
        return hw_cli_error(fetch->cli, &err);
    hw_ask_init(&ask, "backup.begin");
    hw_ask_bool(&ask, "keys", hw_cli_flag(fetch->cli, "keys"));
    if (file)
        hw_ask_text(&ask, "passphrase", passphrase);
    int code = hw_cli_call(fetch->cli, &ask, NULL, NULL, doc);
    if (ask.args.p)
        sodium_memzero(ask.args.p, ask.args.n);
    sodium_memzero(passphrase, sizeof passphrase);
    return code;
}

static enum hw_status write_whole(const struct fetch *fetch, const uint8_t *p, size_t n, struct hw_err *err)
{
    while (n > 0) {
        ssize_t rc = write(fetch->fd, p, n);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return hw_fail(err, errno == ENOSPC ? HW_NO_SPACE : HW_IO, "cannot write %s: %s", fetch->part, strerror(errno));
        p += rc;
        n -= (size_t)rc;
    }
    return HW_OK;
}

/* One piece; `*got` bytes of it are in the file. */
static int fetch_piece(const struct fetch *fetch, long long from, size_t *got)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    uint8_t *piece = hw_alloc(PIECE_MAX);
    struct hw_err err;
    json_t *doc;
    hw_ask_init(&ask, "backup.read");
    hw_ask_text(&ask, "id", fetch->id);
    hw_ask_int(&ask, "from", from);
    int code = hw_cli_call(fetch->cli, &ask, NULL, NULL, &doc);
    if (code == 0) {
        const char *text = hw_doc_text(doc, "data");
        enum hw_status status = HW_OK;
        if (sodium_base642bin(piece, PIECE_MAX, text, strlen(text), NULL, got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
            *got == 0)
            status = hw_fail(&err, HW_CORRUPT, "the daemon's answer is not understood; are `headway` and `headwayd` of one version?");
        if (!status)
            status = write_whole(fetch, piece, *got, &err);
        code = status ? hw_cli_error(fetch->cli, &err) : 0;
    }
    json_decref(doc);
    free(piece);
    return code;
}

/* The file takes its name when all of it is on the disk. */
static enum hw_status keep(const struct fetch *fetch, struct hw_err *err)
{
    char copy[HW_HOME_PATH];
    snprintf(copy, sizeof copy, "%s", fetch->path);
    if (fsync(fetch->fd) != 0 || rename(fetch->part, fetch->path) != 0)
        return hw_fail(err, HW_IO, "cannot write %s: %s", fetch->path, strerror(errno));
    HW_CLEANUP(close_file) int directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fsync(directory) != 0)
        return hw_fail(err, HW_IO, "%s is written, and may be lost if the power fails now: %s", fetch->path, strerror(errno));
    return HW_OK;
}

static enum hw_status open_part(struct fetch *fetch, struct hw_err *err)
{
    struct stat st;
    if (snprintf(fetch->part, sizeof fetch->part, "%s.part", fetch->path) >= HW_HOME_PATH)
        return hw_fail(err, HW_LIMIT, "the file's path is too long");
    if (stat(fetch->path, &st) == 0 && !S_ISREG(st.st_mode))
        return hw_fail(err, HW_USAGE, "%s is no file: name a file to write", fetch->path);
    fetch->fd = open(fetch->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fetch->fd < 0)
        return hw_fail(err, HW_IO, "cannot write %s: %s", fetch->part, strerror(errno));
    return HW_OK;
}

static int fetch_all(struct fetch *fetch, json_t **doc)
{
    struct hw_err err;
    int code = begin(fetch, doc);
    fetch->id = hw_doc_text(*doc, "id");
    fetch->size = hw_doc_int(*doc, "size");
    for (long long from = 0; code == 0 && from < fetch->size;) {
        size_t got = 0;
        code = fetch_piece(fetch, from, &got);
        from += (long long)got;
    }
    if (code == 0 && keep(fetch, &err) != HW_OK)
        code = hw_cli_error(fetch->cli, &err);
    if (code != 0)
        unlink(fetch->part);
    return code;
}

/* Tells the daemon, so that `status` knows. */
static int note(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "backup.end");
    return hw_cli_call(cli, &ask, NULL, NULL, NULL);
}

static void print_backup(const struct hw_cli *cli, const struct fetch *fetch, const json_t *doc)
{
    bool keys = hw_doc_bool(doc, "keys");
    if (cli->json) {
        json_t *said = json_pack("{s:s, s:s, s:I, s:s, s:b}", "file", fetch->path, "office", hw_doc_text(doc, "office"),
                                 "bytes", (json_int_t)fetch->size, "made", hw_doc_text(doc, "made"), "keys", keys);
        hw_doc_print(stdout, said, false);
        json_decref(said);
        return;
    }
    if (cli->quiet)
        return;
    printf("Backup of %s written to %s (%lld kB).\n", hw_doc_text(doc, "office"), fetch->path, (fetch->size + 999) / 1000);
    if (keys)
        printf("It holds the keys, under the passphrase: without it they are lost. Keep the two apart.\n");
    else
        printf("It has no keys: it can be restored into this home alone. With --keys it could make a new home.\n");
}

int hw_cmd_backup(struct hw_cli *cli)
{
    struct fetch fetch = {.cli = cli, .fd = -1};
    struct hw_err err;
    json_t *doc = NULL;
    bool keys = hw_cli_flag(cli, "keys"), passphrase = hw_cli_value(cli, "passphrase-file") != NULL;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the FILE to write");
    if (keys && !passphrase)
        return hw_cli_usage(cli, "keys never leave the home in the clear: give --passphrase-file FILE");
    if (passphrase && !keys)
        return hw_cli_usage(cli, "a passphrase is for keys: add --keys, or leave it out");
    fetch.path = cli->argv[0];
    if (open_part(&fetch, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    int code = fetch_all(&fetch, &doc);
    close(fetch.fd);
    if (code == 0)
        code = note(cli);
    if (code == 0)
        print_backup(cli, &fetch, doc);
    json_decref(doc);
    return code;
}

/* ---- restore ---- */

/* argv of execv is not const for history's sake; it is not written to. */
static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

int hw_cmd_restore(struct hw_cli *cli)
{
    char home[HW_HOME_PATH], daemon[HW_HOME_PATH];
    const char *passphrase = hw_cli_value(cli, "passphrase-file");
    struct hw_err err;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the backup's FILE");
    if (cli->home)
        snprintf(home, sizeof home, "%s", cli->home); /* it need not exist yet */
    else if (hw_home_find(NULL, home, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    hw_run_daemon(daemon, sizeof daemon);
    char *args[8] = {daemon, word("--home"), home, word("--restore"), cli->argv[0]};
    if (passphrase) {
        args[5] = word("--passphrase-file");
        args[6] = word(passphrase);
    }
    fflush(stdout);
    hw_run_exec(daemon, args, &err);
    return hw_cli_error(cli, &err);
}

/* ---- verify ---- */

static void print_faults(const struct hw_cli *cli, const json_t *doc)
{
    size_t i;
    json_t *one;
    long long listed = (long long)json_array_size(hw_doc_list(doc, "faults")), found = hw_doc_int(doc, "found");
    json_array_foreach(hw_doc_list(doc, "faults"), i, one) {
        hw_look_text(stdout, hw_doc_text(one, "where"));
        fputs(cli->plain ? "\t" : ": ", stdout);
        hw_look_text(stdout, hw_doc_text(one, "message"));
        putchar('\n');
    }
    if (found > listed && !cli->plain)
        printf("... and %lld more\n", found - listed);
}

int hw_cmd_verify(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    json_t *doc;
    if (cli->argc > 0)
        return hw_cli_usage(cli, "verify takes no words");
    hw_ask_init(&ask, "verify");
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (doc && cli->json) {
        hw_doc_print(stdout, doc, false);
    } else if (doc) {
        if (!cli->quiet && !cli->plain)
            printf("%lld segments, %lld journal entries, %lld events, %lld records: %s\n", hw_doc_int(doc, "segments"),
                   hw_doc_int(doc, "entries"), hw_doc_int(doc, "events"), hw_doc_int(doc, "records"),
                   code == 0 ? "all as they were written" : "not all as they were written");
        print_faults(cli, doc);
    }
    json_decref(doc);
    return code;
}
