/* cmd_init.c: the beginnings of a node (floor 3, noun: init): init, invite,
 * join. Keys and databases are made by headwayd; the client only starts it. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ago.h"
#include "client/commands.h"
#include "client/home.h"
#include "client/run.h"

enum {
    ARGS_MAX = 12,
    WORDS_MAX = 200,           /* four check words of at most a dozen letters, and the office line */
    EXPIRES_USUAL = 7 * 86400, /* a week in seconds: a courier's time */
    EXPIRES_MAX = 365 * 86400  /* an invitation that lies about for longer is a risk */
};

/* argv of execv is not const for history's sake; it is not written to. */
static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

static int exec_daemon(const struct hw_cli *cli, char **args)
{
    char path[HW_HOME_PATH];
    struct hw_err err;
    hw_run_daemon(path, sizeof path);
    args[0] = path;
    fflush(stdout);
    hw_run_exec(path, args, &err);
    return hw_cli_error(cli, &err);
}

int hw_cmd_init(struct hw_cli *cli)
{
    const char *name = hw_cli_value(cli, "name"), *listen = hw_cli_value(cli, "listen");
    char home[HW_HOME_PATH];
    struct hw_err err;
    if (cli->argc > 0)
        return hw_cli_usage(cli, "give the name as --name %s", cli->argv[0]);
    if (!name)
        return hw_cli_usage(cli, "give the office's code: --name KAZ");
    if (hw_cli_flag(cli, "hub") && !listen)
        return hw_cli_usage(cli, "a hub needs an address to listen on: --listen tcp://0.0.0.0:7400");
    if (hw_home_new(cli->home, name, home, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    char *args[ARGS_MAX] = {NULL, word("--home"), home, word("--init"), word("--name"), word(name)};
    if (listen) {
        args[6] = word("--listen");
        args[7] = word(listen);
    }
    return exec_daemon(cli, args);
}

/* Lower case, single spaces, trimmed: how check words are compared. */
static void tidy(char *to, size_t size, const char *from)
{
    size_t n = 0;
    for (; *from && n + 1 < size; from++) {
        bool space = isspace((unsigned char)*from) != 0;
        if (!space)
            to[n++] = (char)tolower((unsigned char)*from);
        else if (n > 0 && to[n - 1] != ' ')
            to[n++] = ' ';
    }
    while (n > 0 && to[n - 1] == ' ')
        n--;
    to[n] = 0;
}

/* What the invitation says of itself: its check words and its office. */
struct invitation {
    char words[WORDS_MAX];
    char office[WORDS_MAX];
};

static int read_invitation(const struct hw_cli *cli, const char *file, struct invitation *invitation)
{
    char path[HW_HOME_PATH], text[2 * WORDS_MAX];
    struct hw_err err;
    int code = 0;
    hw_run_daemon(path, sizeof path);
    char *args[] = {path, word("--words"), word(file), NULL};
    if (hw_run_read(path, args, text, sizeof text, &code, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    if (code != 0)
        return code == 127 ? 1 : code; /* headwayd has said why */
    char *line = strchr(text, '\n');
    if (line)
        *line++ = 0;
    tidy(invitation->words, sizeof invitation->words, text);
    invitation->office[0] = 0;
    if (line && strncmp(line, "office ", 7) == 0)
        snprintf(invitation->office, sizeof invitation->office, "%.*s", (int)strcspn(line + 7, "\r\n"), line + 7);
    return 0;
}

/* 0 when the person agrees that the words are the ones they were given. */
static int check_words(const struct hw_cli *cli, const struct invitation *invitation)
{
    const char *given = hw_cli_value(cli, "words");
    char tidied[WORDS_MAX];
    struct hw_err err;
    if (hw_cli_flag(cli, "yes"))
        return 0;
    if (given) {
        tidy(tidied, sizeof tidied, given);
        if (strcmp(tidied, invitation->words) == 0)
            return 0;
        /* The file's own words are not shown: copying them would be no check. */
        hw_fail(&err, HW_SIGNATURE,
                "these are not the check words of this file; compare them again, or ask headquarters for a new invitation");
        return hw_cli_error(cli, &err);
    }
    if (!isatty(STDIN_FILENO))
        return hw_cli_usage(cli, "without a terminal, give the check words: --words \"w1 w2 w3 w4\", or --yes");
    fprintf(stderr, "This invitation is for the office %s. Its check words are:\n\n    %s\n\n", invitation->office,
            invitation->words);
    if (hw_cli_agree("Are these the words that headquarters told you?"))
        return 0;
    hw_fail(&err, HW_FAILED, "not joined; ask headquarters for a new invitation");
    return hw_cli_error(cli, &err);
}

int hw_cmd_join(struct hw_cli *cli)
{
    struct invitation invitation;
    char home[HW_HOME_PATH];
    struct hw_err err;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the invitation's FILE");
    int code = read_invitation(cli, cli->argv[0], &invitation);
    if (code == 0)
        code = check_words(cli, &invitation);
    if (code != 0)
        return code;
    if (hw_home_new(cli->home, invitation.office, home, &err) != HW_OK)
        return hw_cli_error(cli, &err);
    char *args[ARGS_MAX] = {NULL, word("--home"), home, word("--enrol"), cli->argv[0]};
    return exec_daemon(cli, args);
}

/* "7d", "12h", "2w", "90m" in seconds; 0 when it is none of them. */
static long expires_of(const char *text)
{
    char *end;
    if (!text)
        return EXPIRES_USUAL;
    long n = strtol(text, &end, 10);
    long unit = *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : *end == 'w' ? 7 * 86400 : 0;
    if (n < 1 || end == text || unit == 0 || end[1] || n > EXPIRES_MAX / unit)
        return 0;
    return n * unit;
}

static void ask_invite(struct hw_ask *ask, const struct hw_cli *cli, long expires)
{
    char *groups[HW_TYPED_MAX];
    size_t n = 0;
    for (const char *group; n < HW_TYPED_MAX && (group = hw_cli_value_at(cli, "group", n)); n++)
        groups[n] = word(group);
    hw_ask_init(ask, "invite");
    hw_ask_text(ask, "code", cli->argv[0]);
    hw_ask_text(ask, "name", hw_cli_value(cli, "name"));
    hw_ask_text(ask, "kind", hw_cli_value(cli, "kind"));
    hw_ask_text(ask, "countries", hw_cli_value(cli, "countries"));
    hw_ask_list(ask, "groups", groups, n);
    hw_ask_int(ask, "expires", expires);
    hw_ask_bool(ask, "replace", hw_cli_flag(cli, "replace"));
}

/* The invitation holds a secret: only its owner may read the file. */
static int save_invitation(const struct hw_cli *cli, int fd, const char *path, const json_t *doc)
{
    struct hw_err err;
    const char *text = hw_doc_text(doc, "invitation");
    ssize_t n = write(fd, text, strlen(text));
    if (n == (ssize_t)strlen(text) && fsync(fd) == 0)
        return 0;
    hw_fail(&err, HW_IO, "cannot write %s: %s; ask again with --replace", path, strerror(errno));
    return hw_cli_error(cli, &err);
}

static void print_invitation(const struct hw_cli *cli, const char *path, const json_t *doc)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    size_t i;
    json_t *one;
    hw_arena_init(&arena);
    if (cli->json) {
        hw_doc_print(stdout, doc, false);
        return;
    }
    printf("Invitation for %s written to %s, good once, until %s.\n", hw_doc_text(doc, "code"), path,
           hw_ago_minute(&arena, hw_doc_text(doc, "expires")));
    printf("Check words, to tell the office by telephone:\n\n   ");
    json_array_foreach(hw_doc_list(doc, "words"), i, one) {
        printf(" %s", json_string_value(one));
    }
    printf("\n\nAt the office: headway join %s\n", path);
}

int hw_cmd_invite(struct hw_cli *cli)
{
    HW_CLEANUP(hw_ask_done) struct hw_ask ask = {0};
    char usual[HW_HOME_PATH];
    const char *path = hw_cli_value(cli, "output");
    long expires = expires_of(hw_cli_value(cli, "expires"));
    struct hw_err err;
    if (cli->argc != 1)
        return hw_cli_usage(cli, "give the office's CODE");
    if (!hw_cli_value(cli, "group") && !hw_cli_flag(cli, "replace"))
        return hw_cli_usage(cli, "say which groups the office works in: --group G");
    if (expires == 0)
        return hw_cli_usage(cli, "--expires takes a time such as 12h, 7d or 2w, at most a year");
    if (!path) {
        snprintf(usual, sizeof usual, "%s.invite", cli->argv[0]);
        path = usual;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (hw_cli_flag(cli, "replace") ? O_TRUNC : O_EXCL), 0600);
    if (fd < 0) {
        hw_fail(&err, HW_IO, "cannot write %s: %s%s", path, strerror(errno),
                errno == EEXIST ? "; name another file with -o, or make a new one with --replace" : "");
        return hw_cli_error(cli, &err);
    }
    json_t *doc;
    ask_invite(&ask, cli, expires);
    int code = hw_cli_call(cli, &ask, NULL, NULL, &doc);
    if (code == 0)
        code = save_invitation(cli, fd, path, doc);
    else
        unlink(path);
    if (code == 0)
        print_invitation(cli, path, doc);
    close(fd);
    json_decref(doc);
    return code;
}
