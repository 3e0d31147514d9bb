/* main.c: headwayd's command line (floor 4).
 *
 *   headwayd [--home DIR]                                       run in the foreground
 *   headwayd --home DIR --init --name NAME [--listen ADDRESS]   make a home
 *   headwayd --words FILE                                       an invitation's check words
 *   headwayd --home DIR --enrol FILE                            join
 *   headwayd --home DIR --restore FILE [--passphrase-file F]    put a backup back */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "daemon/modes.h"

static const char usage[] =
    "headwayd: the daemon of Headway\n\n"
    "  headwayd --home DIR                                      run in the foreground\n"
    "  headwayd --home DIR --init --name NAME [--listen ADDR]   make a home; with --listen a hub\n"
    "  headwayd --words FILE                                    the check words of an invitation\n"
    "  headwayd --home DIR --enrol FILE                         join with an invitation\n"
    "  headwayd --home DIR --restore FILE [--passphrase-file F] put a backup back\n"
    "  headwayd --version\n\n"
    "People use `headway`, which runs these; systemd runs headwayd@NAME.\n";

struct options {
    const char *home, *name, *listen, *words, *enrol, *restore, *passphrase;
    bool init;
};

/* One file descriptor per connected office, and some: take what the system allows. */
static void raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            perror("headwayd: raising the limit of open files");
    }
}

static enum hw_status run_daemon(const char *path, struct hw_err *err)
{
    struct hw_home *home = NULL;
    enum hw_status status = hw_home_open(path, &home, err);
    if (!status)
        status = hw_node_run(home, err);
    hw_home_free(home);
    return status;
}

static enum hw_status init(const struct options *options, struct hw_err *err)
{
    enum hw_status status = hw_init(options->home, options->name, options->listen, err);
    if (!status)
        fprintf(stderr, "%s's home is %s; start it: headwayd --home %s\n", options->name, options->home, options->home);
    return status;
}

static enum hw_status act(const struct options *options, struct hw_err *err)
{
    if (options->words)
        return hw_words(options->words, err);
    if (!options->home)
        return hw_fail(err, HW_USAGE, "say which home: headwayd --home DIR");
    if (options->init && !options->name)
        return hw_fail(err, HW_USAGE, "--init needs --name NAME");
    if (options->init)
        return init(options, err);
    if (options->enrol)
        return hw_enrol(options->home, options->enrol, err);
    if (options->restore)
        return hw_restore(options->home, options->restore, options->passphrase, err);
    return run_daemon(options->home, err);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"home", required_argument, NULL, 'H'},  {"init", no_argument, NULL, 'i'},
        {"name", required_argument, NULL, 'n'},  {"listen", required_argument, NULL, 'l'},
        {"words", required_argument, NULL, 'w'}, {"enrol", required_argument, NULL, 'e'},
        {"restore", required_argument, NULL, 'r'}, {"passphrase-file", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0}};
    struct options options = {.home = getenv("HEADWAY_HOME")};
    struct hw_err err = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case 'H': options.home = optarg; break;
        case 'i': options.init = true; break;
        case 'n': options.name = optarg; break;
        case 'l': options.listen = optarg; break;
        case 'w': options.words = optarg; break;
        case 'e': options.enrol = optarg; break;
        case 'r': options.restore = optarg; break;
        case 'p': options.passphrase = optarg; break;
        case 'V': puts("headwayd " HEADWAY_VERSION); return 0;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return hw_status_exit(HW_USAGE);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "headwayd: what is \"%s\"?\n%s", argv[optind], usage);
        return hw_status_exit(HW_USAGE);
    }
    signal(SIGPIPE, SIG_IGN);
    raise_files();
    if (sodium_init() < 0) {
        fputs("headwayd: libsodium cannot start\n", stderr);
        return 1;
    }
    enum hw_status status = act(&options, &err);
    for (char *p = err.text; *p; p++) /* it may hold what was typed: nothing of it moves the cursor */
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    if (status)
        fprintf(stderr, "headwayd: %s\n", err.text);
    return hw_status_exit(status);
}
