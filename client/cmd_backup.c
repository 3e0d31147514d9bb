/* cmd_backup.c: keeping a node's data safe (floor 3, noun: backup): backup,
 * restore, verify. The daemon makes the copy, `headwayd --restore` puts one back; the client never opens a database. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/fetch.h"
#include "client/home.h"
#include "client/run.h"

enum { PASSPHRASE_MAX = 4096 };

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

static int begin(struct hw_cli *cli, json_t **doc)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    const char *file = hw_cli_value(cli, "passphrase-file");
    char passphrase[PASSPHRASE_MAX] = "";
    struct hw_err err;
    if (file && read_passphrase(file, passphrase, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    hw_ask_init(&ask, "backup.begin");
    hw_ask_bool(&ask, "keys", hw_cli_flag(cli, "keys"));
    if (file)
        hw_ask_text(&ask, "passphrase", passphrase);
    int code = hw_cli_call(cli, &ask, NULL, NULL, doc);
    if (ask.args.p)
        sodium_memzero(ask.args.p, ask.args.n);
    sodium_memzero(passphrase, sizeof passphrase);
    return code;
}

/* What is in the daemon's database now is in the backup that is begun after it. */
static int set_mark(struct hw_cli *cli, json_t **mark)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "backup.mark");
    return hw_cli_call(cli, &ask, NULL, NULL, mark);
}

/* Tells the daemon, so that `status` knows. */
static int note(struct hw_cli *cli, const json_t *mark)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    hw_ask_init(&ask, "backup.end");
    hw_ask_text(&ask, "mark", hw_doc_text(mark, "mark"));
    return hw_cli_call(cli, &ask, NULL, NULL, NULL);
}

static void print_backup(const struct hw_cli *cli, const json_t *doc)
{
    bool keys = hw_doc_bool(doc, "keys");
    if (cli->json) {
        json_t *said = json_pack("{s:s, s:s, s:I, s:s, s:b}", "file", cli->argv[0], "office", hw_doc_text(doc, "office"),
                                 "bytes", (json_int_t)hw_doc_int(doc, "size"), "made", hw_doc_text(doc, "made"), "keys", keys);
        hw_doc_print(stdout, said, false);
        json_decref(said);
        return;
    }
    if (cli->quiet)
        return;
    printf("Backup of %s written to %s (%lld kB).\n", hw_doc_text(doc, "office"), cli->argv[0],
           (hw_doc_int(doc, "size") + 999) / 1000);
    if (keys)
        printf("It holds the keys, under the passphrase: without it they are lost. Keep the two apart.\n");
    else
        printf("It has no keys: it can be restored into this home alone. With --keys it could make a new home.\n");
}

int hw_cmd_backup(struct hw_cli *cli)
{
    HW_CLEANUP(hw_fetch_done) struct hw_fetch fetch;
    struct hw_err err;
    json_t *doc = NULL, *mark = NULL;
    bool keys = hw_cli_flag(cli, "keys"), passphrase = hw_cli_value(cli, "passphrase-file") != NULL;
    hw_fetch_init(&fetch, cli);
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the FILE to write");
    if (keys && !passphrase)
        return hw_cli_usage(cli, "keys never leave the home in the clear: give --passphrase-file FILE");
    if (passphrase && !keys)
        return hw_cli_usage(cli, "a passphrase is for keys: add --keys, or leave it out");
    if (hw_fetch_open(&fetch, cli->argv[0], &err) != HW_OK)
        return hw_cli_error(cli, &err);
    int code = set_mark(cli, &mark);
    if (code == 0)
        code = begin(cli, &doc);
    if (code == 0)
        code = hw_fetch_all(&fetch, doc);
    if (code == 0)
        code = note(cli, mark);
    if (code == 0)
        print_backup(cli, doc);
    json_decref(mark);
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

static void print_places(const char *head, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) {
        printf("%s", head);
        hw_look_text(stdout, json_string_value(one));
        putchar('\n');
    }
}

static void print_against(const struct hw_cli *cli, const json_t *doc)
{
    const json_t *here = hw_doc_list(doc, "missing_here"), *there = hw_doc_list(doc, "missing_there");
    const char *rest = hw_doc_int(doc, "found")                         ? "not all of it is what is held here"
                       : json_array_size(here) || json_array_size(there) ? "what both have is the same"
                                                                        : "the same as here";
    if (!cli->quiet && !cli->plain)
        printf("Made by %s, signature %s: %lld segments, %lld journal entries, %lld changes: %s\n", hw_doc_text(doc, "office"),
               hw_doc_text(doc, "signature"), hw_doc_int(doc, "segments"), hw_doc_int(doc, "entries"),
               hw_doc_int(doc, "events"), rest);
    print_faults(cli, doc);
    print_places(cli->plain ? "missing here\t" : "Missing here: ", here);
    print_places(cli->plain ? "missing in the file\t" : "Not in the file: ", there);
}

static int verify_against(struct hw_cli *cli, const char *path)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    char id[HW_FETCH_ID];
    json_t *doc = NULL;
    int code = hw_fetch_hand(cli, path, id);
    if (code != 0)
        return code;
    hw_ask_init(&ask, "verify.against");
    hw_ask_text(&ask, "id", id);
    code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (json_is_object(doc) && cli->json)
        hw_doc_print(stdout, doc, false);
    else if (json_is_object(doc))
        print_against(cli, doc);
    json_decref(doc);
    return code;
}

int hw_cmd_verify(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    json_t *doc;
    if (cli->argc > 0)
        return hw_cli_usage(cli, "verify takes no words");
    if (hw_cli_value(cli, "against"))
        return verify_against(cli, hw_cli_value(cli, "against"));
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
