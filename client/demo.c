/* demo.c: what the demo shows, step by step (floor 3, noun: demo). Every line
 * behind a prompt is a real command to a real daemon. */
#include "client/demo.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/commands.h"

enum { SECONDS_MAX = 55 /* the promise of `make demo` is a minute; most machines need ten seconds */ };
enum { HQ, KAZ, COL, SEN };

static void say(const char *text)
{
    printf("\n== %s\n", text);
}

/* One shown command that must end with `code`. */
static bool run(struct hw_demo *demo, int node, int code, const char *const *args)
{
    int got = hw_demo_run(demo, &demo->nodes[node], true, args);
    if (got == code)
        return true;
    fflush(stdout);
    if (got < 0)
        fprintf(stderr, "headway demo: %s; stopped at: headway %s\n",
                demo->interrupted ? "interrupted" : "no time left (55 s)", args[0]);
    else
        fprintf(stderr, "headway demo: `headway %s` at %s ended with %d instead of %d\n", args[0],
                demo->nodes[node].name, got, code);
    if (demo->nodes[node].tail_n > 0 && !demo->interrupted)
        fprintf(stderr, "The daemon of %s said last:\n%s\n", demo->nodes[node].name, demo->nodes[node].tail);
    return false;
}
#define RUN(node, ...) run(demo, node, 0, (const char *const[]){__VA_ARGS__, NULL})

/* A free port of the loopback address. Somebody else may take it before the
 * hub does; then the hub says so and the demo ends. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    bool bound = bind(fd, (struct sockaddr *)&address, n) == 0 && getsockname(fd, (struct sockaddr *)&address, &n) == 0;
    close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

static bool write_samples(const struct hw_demo *demo)
{
    for (size_t i = 0; i < hw_demo_samples_n; i++) {
        char path[HW_DEMO_PATH + 64];
        snprintf(path, sizeof path, "%s/%s", demo->dir, hw_demo_samples[i].name);
        FILE *to = fopen(path, "w");
        bool written = to && fputs(hw_demo_samples[i].text, to) >= 0;
        if (to)
            written = fclose(to) == 0 && written;
        if (!written) {
            fprintf(stderr, "headway demo: cannot write %s\n", path);
            return false;
        }
    }
    return true;
}

static bool make_hub(struct hw_demo *demo)
{
    char listen[64];
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%d", free_port());
    say("Headquarters makes a hub and two groups");
    return RUN(HQ, "init", "--hub", "--name", "HQ", "--listen", listen) && hw_demo_start(demo, &demo->nodes[HQ]) &&
           RUN(HQ, "group", "add", "gender-ca", "--name", "Gender theme group, Central Asia", "--kind", "theme group") &&
           RUN(HQ, "group", "add", "access", "--name", "Working group on access to services", "--kind",
               "working group") &&
           RUN(HQ, "plan", "add", "--group", "access", "Workplan on access", "--code", "access-2025");
}

/* The four check words stand alone on a line that begins with four spaces. */
static bool words_of(const struct hw_demo *demo, char *words, size_t size)
{
    const char *line = strstr(demo->text, "\n    ");
    if (!line)
        return false;
    line += 5;
    snprintf(words, size, "%.*s", (int)strcspn(line, "\n"), line);
    return *words != 0;
}

static bool bring_in(struct hw_demo *demo, int node, const char *name, const char *countries, const char *const *groups)
{
    char file[32], words[200];
    const char *args[] = {"invite",       demo->nodes[node].name, "--name", name,     "--countries", countries,
                          "--group", groups[0],              groups[1] ? "--group" : NULL, groups[1], NULL};
    snprintf(file, sizeof file, "%s.invite", demo->nodes[node].name);
    if (!run(demo, HQ, 0, args))
        return false;
    if (!words_of(demo, words, sizeof words)) {
        fprintf(stderr, "headway demo: the invitation shows no check words\n");
        return false;
    }
    return RUN(node, "join", file, "--words", words) && hw_demo_start(demo, &demo->nodes[node]) &&
           RUN(node, "sync", "--wait", "20");
}

static bool make_offices(struct hw_demo *demo)
{
    say("Three offices join; the words travel by telephone, the file by mail");
    return bring_in(demo, KAZ, "Office in Almaty", "KAZ,KGZ,TJK,UZB",
                    (const char *const[]){"gender-ca:coordinator", "access:coordinator"}) &&
           bring_in(demo, COL, "Office in Bogotá", "COL,PER,ECU", (const char *const[]){"access:coordinator", NULL}) &&
           bring_in(demo, SEN, "Bureau de Dakar", "SEN,MLI", (const char *const[]){"access:contributor:SEN,MLI", NULL});
}

static bool import_all(struct hw_demo *demo)
{
    say("Each brings the files it has, in its own language");
    return RUN(HQ, "import", "workplan.tsv", "--plan", "access-2025") &&
           RUN(KAZ, "import", "tracker-bars.txt", "--group", "gender-ca", "--dry-run") &&
           RUN(KAZ, "import", "tracker-bars.txt", "--group", "gender-ca") &&
           RUN(SEN, "import", "plan-fr.csv", "--group", "access", "--plan", "new:Plan du Sahel") &&
           RUN(COL, "import", "plan-es.csv", "--group", "access", "--plan", "new:Plan andino") &&
           RUN(KAZ, "sync", "--wait", "20") && RUN(SEN, "sync", "--wait", "20") && RUN(COL, "sync", "--wait", "20") &&
           RUN(KAZ, "list", "status:overdue");
}

/* The same field written at two offices, one of them offline: the hub is away
 * while COL writes, and COL's machine is off while the hub is back. */
static bool work_offline(struct hw_demo *demo)
{
    say("The line to headquarters is cut (the hub's daemon is stopped); work goes on");
    hw_demo_stop(demo, &demo->nodes[HQ]);
    if (!RUN(COL, "set", "access-2025/1", "status=on-hold", "-m", "Waits for the budget") || !RUN(COL, "status"))
        return false;
    say("COL's machine is switched off; for the others the line is back");
    hw_demo_stop(demo, &demo->nodes[COL]);
    return hw_demo_start(demo, &demo->nodes[HQ]) &&
           RUN(KAZ, "set", "access-2025/1", "status=completed", "-m", "Interviews are done") &&
           RUN(SEN, "comment", "access-2025/5", "The school heads ask for March") &&
           RUN(KAZ, "sync", "--wait", "20") && RUN(SEN, "sync", "--wait", "20");
}

static bool heal(struct hw_demo *demo)
{
    say("COL is back too; both values arrived, neither is lost");
    return hw_demo_start(demo, &demo->nodes[COL]) && RUN(COL, "sync", "--wait", "20") &&
           RUN(KAZ, "sync", "--wait", "20") && RUN(KAZ, "conflicts") &&
           RUN(KAZ, "resolve", "access-2025/1", "status", "--mine") && RUN(KAZ, "sync", "--wait", "20") &&
           RUN(COL, "sync", "--wait", "20") && RUN(COL, "conflicts") &&
           RUN(COL, "log", "access-2025/1", "--field", "status");
}

static bool show_report(struct hw_demo *demo)
{
    say("Headquarters reads the progress off its own copy");
    return RUN(HQ, "report", "--by", "region") && RUN(HQ, "report", "--by", "region", "-o", "report.html");
}

static void stay(struct hw_demo *demo)
{
    demo->deadline = 0;
    say("All four daemons run; talk to them from another terminal");
    for (size_t i = 0; i < HW_DEMO_NODES; i++)
        printf("  export HEADWAY_HOME=%s   # %s\n", demo->nodes[i].home, demo->nodes[i].name);
    printf("  then: %s status, list, set ...\n  The report to print: %s/report.html\n"
           "Ctrl-C ends the demo and removes the directory.\n",
           demo->client, demo->dir);
    fflush(stdout);
    hw_demo_wait(demo);
    putchar('\n');
}

int hw_cmd_demo(struct hw_cli *cli)
{
    struct hw_demo *demo = hw_alloc(sizeof *demo);
    *demo = (struct hw_demo){.signals = -1};
    if (cli->argc > 0) {
        free(demo);
        return hw_cli_usage(cli, "demo takes no words");
    }
    if (!hw_demo_open(demo, SECONDS_MAX)) {
        free(demo);
        return hw_status_exit(HW_FAILED);
    }
    printf("A hub and three offices on this machine, in %s\n", demo->dir);
    bool done = write_samples(demo) && make_hub(demo) && make_offices(demo) && import_all(demo) && work_offline(demo) &&
                heal(demo) && show_report(demo);
    if (done && !hw_cli_flag(cli, "once"))
        stay(demo);
    hw_demo_close(demo);
    if (done)
        printf("\nThe demo is over; its daemons are stopped and its directory is removed.\n");
    free(demo);
    return done ? 0 : hw_status_exit(HW_FAILED);
}
