/* demo_node.c: the demo's processes (floor 3, noun: demo).
 *
 * One poll() waits for everything: the command that runs, the stderr of each
 * daemon, Ctrl-C, the time limit. Nothing sleeps: a daemon is up when it says
 * "ready NAME", and gone when its stderr closes. Daemons stand in process groups of
 * their own, so that Ctrl-C reaches only the demo, which ends them in order. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/demo.h"
#include "client/run.h"
#include "headway/status.h"

enum {
    STOP_MS = 5000, /* a daemon commits and leaves within a second; then it is ended hard */
    ARGS_MAX = 24
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Keeps the end of what a daemon says. */
static void keep(struct hw_demo_node *node, const char *text, size_t n)
{
    if (n > HW_DEMO_TAIL) {
        text += n - HW_DEMO_TAIL;
        n = HW_DEMO_TAIL;
    }
    if (node->tail_n + n > HW_DEMO_TAIL) {
        size_t drop = node->tail_n + n - HW_DEMO_TAIL;
        memmove(node->tail, node->tail + drop, node->tail_n - drop);
        node->tail_n -= drop;
    }
    memcpy(node->tail + node->tail_n, text, n);
    node->tail_n += n;
    node->tail[node->tail_n] = 0;
}

/* Looks for the line "ready NAME". */
static bool says_ready(const struct hw_demo_node *node)
{
    char line[64];
    int n = snprintf(line, sizeof line, "ready %s\n", node->name);
    const char *at = strstr(node->tail, line);
    return n > 0 && at && (at == node->tail || at[-1] == '\n');
}

static void hear(struct hw_demo_node *node)
{
    char text[4096];
    ssize_t n = read(node->log_fd, text, sizeof text);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        close(node->log_fd);
        node->log_fd = -1;
        return;
    }
    keep(node, text, (size_t)n);
    node->ready = node->ready || says_ready(node);
}

/* Waits for one thing to happen, `fd` (-1: none) included, at most until `until`
 * (monotonic ms, 0: for ever). Returns true when `fd` can be read. */
static bool wait_once(struct hw_demo *demo, int fd, int64_t until)
{
    struct pollfd polls[HW_DEMO_NODES + 2];
    struct hw_demo_node *nodes[HW_DEMO_NODES];
    nfds_t n = 0;
    polls[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    polls[n++] = (struct pollfd){.fd = demo->signals, .events = POLLIN};
    for (size_t i = 0; i < HW_DEMO_NODES; i++)
        if (demo->nodes[i].log_fd >= 0) {
            nodes[n - 2] = &demo->nodes[i];
            polls[n++] = (struct pollfd){.fd = demo->nodes[i].log_fd, .events = POLLIN};
        }
    int64_t left = until ? until - now_ms() : -1;
    if (poll(polls, n, until ? left > 0 ? (int)left : 0 : -1) <= 0)
        return false;
    if (polls[1].revents) {
        struct signalfd_siginfo info;
        demo->interrupted = read(demo->signals, &info, sizeof info) > 0 || demo->interrupted;
    }
    for (nfds_t i = 2; i < n; i++)
        if (polls[i].revents)
            hear(nodes[i - 2]);
    return fd >= 0 && polls[0].revents != 0;
}

static bool out_of_time(const struct hw_demo *demo)
{
    return demo->interrupted || (demo->deadline && now_ms() >= demo->deadline);
}

/* In the child: signals as they were, stdout and stderr to `fd`. */
static void child_setup(int fd, bool both)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(fd, STDERR_FILENO);
    if (both)
        dup2(fd, STDOUT_FILENO);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
}

static void complain(const struct hw_demo *demo, const struct hw_demo_node *node, const char *what)
{
    fflush(stdout);
    fprintf(stderr, "headway demo: %s %s%s\n", node->name, what, demo->interrupted ? " (interrupted)" : "");
    if (node->tail_n > 0)
        fprintf(stderr, "Its daemon said last:\n%s\n", node->tail);
}

bool hw_demo_start(struct hw_demo *demo, struct hw_demo_node *node)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    node->tail_n = 0;
    node->tail[0] = 0;
    node->ready = false;
    node->pid = fork();
    if (node->pid == 0) {
        char *args[] = {demo->daemon, (char[]){"--home"}, node->home, NULL};
        struct hw_err err;
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* no daemon outlives a demo that was killed */
        child_setup(ends[1], true);
        hw_run_exec(demo->daemon, args, &err);
        fprintf(stderr, "headway: %s\n", err.text);
        _exit(127);
    }
    close(ends[1]);
    node->log_fd = ends[0];
    if (node->pid < 0) {
        node->pid = 0;
        complain(demo, node, "cannot start its daemon");
        return false;
    }
    while (!node->ready && node->log_fd >= 0 && !out_of_time(demo))
        wait_once(demo, -1, demo->deadline);
    if (!node->ready)
        complain(demo, node, node->log_fd < 0 ? "ended before it was ready" : "was not ready in time");
    return node->ready;
}

void hw_demo_stop(struct hw_demo *demo, struct hw_demo_node *node)
{
    if (node->pid <= 0)
        return;
    int64_t until = now_ms() + STOP_MS;
    kill(node->pid, SIGTERM);
    while (node->log_fd >= 0 && now_ms() < until)
        wait_once(demo, -1, until);
    if (node->log_fd >= 0) {
        kill(node->pid, SIGKILL);
        close(node->log_fd);
        node->log_fd = -1;
    }
    while (waitpid(node->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    node->pid = 0;
}

/* The command line as one would type it in a shell. */
static void print_command(const struct hw_demo_node *node, const char *const *args)
{
    printf("\n%s$ headway", node->name);
    for (; *args; args++) {
        bool quote = strpbrk(*args, " \"'$&;<>()|*?") != NULL;
        printf(quote ? " \"%s\"" : " %s", *args);
    }
    putchar('\n');
    fflush(stdout);
}

static void show_output(const struct hw_demo *demo, size_t from)
{
    for (size_t i = from; i < demo->text_n; i++) {
        if ((i == 0 || demo->text[i - 1] == '\n') && demo->text[i] != '\n')
            fputs("  ", stdout);
        putchar(demo->text[i]);
    }
    fflush(stdout);
}

/* Reads the command's output until it ends. False when time is up. */
static bool follow(struct hw_demo *demo, int fd, bool show)
{
    while (!out_of_time(demo)) {
        char text[2048];
        if (!wait_once(demo, fd, demo->deadline))
            continue;
        ssize_t n = read(fd, text, sizeof text);
        if (n <= 0)
            return true;
        size_t from = demo->text_n, room = sizeof demo->text - 1 - from;
        size_t kept = (size_t)n < room ? (size_t)n : room;
        memcpy(demo->text + from, text, kept);
        demo->text_n = from + kept;
        demo->text[demo->text_n] = 0;
        if (show)
            show_output(demo, from);
    }
    return false;
}

int hw_demo_run(struct hw_demo *demo, struct hw_demo_node *node, bool show, const char *const *args)
{
    int ends[2], status = 0;
    char *argv[ARGS_MAX] = {demo->client};
    for (size_t i = 0; i < ARGS_MAX - 2 && args[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)args[i]; /* execv does not write to them */
    if (show)
        print_command(node, args);
    demo->text_n = 0;
    demo->text[0] = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        child_setup(ends[1], true);
        if (setenv("HEADWAY_HOME", node->home, 1) == 0 && chdir(demo->dir) == 0)
            execv(demo->client, argv);
        _exit(127);
    }
    close(ends[1]);
    bool ended = pid > 0 && follow(demo, ends[0], show);
    close(ends[0]);
    if (!ended && pid > 0)
        kill(pid, SIGTERM);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void hw_demo_wait(struct hw_demo *demo)
{
    while (!demo->interrupted)
        wait_once(demo, -1, 0);
    demo->interrupted = false;
}

static bool take_signals(struct hw_demo *demo)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    demo->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return demo->signals >= 0;
}

bool hw_demo_open(struct hw_demo *demo, int seconds)
{
    static const char *const names[HW_DEMO_NODES] = {"HQ", "KAZ", "COL", "SEN"};
    const char *parent = getenv("TMPDIR");
    demo->deadline = now_ms() + (int64_t)seconds * 1000;
    hw_run_daemon(demo->daemon, sizeof demo->daemon);
    ssize_t n = readlink("/proc/self/exe", demo->client, sizeof demo->client - 1);
    snprintf(demo->dir, sizeof demo->dir, "%.400s/headway-demo-XXXXXX", parent && *parent == '/' ? parent : "/tmp");
    for (size_t i = 0; i < HW_DEMO_NODES; i++)
        demo->nodes[i] = (struct hw_demo_node){.name = names[i], .log_fd = -1};
    if (n <= 0 || !take_signals(demo) || !mkdtemp(demo->dir)) {
        fprintf(stderr, "headway demo: cannot make a directory %s: %s\n", demo->dir, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < HW_DEMO_NODES; i++)
        snprintf(demo->nodes[i].home, sizeof demo->nodes[i].home, "%.500s/%s", demo->dir, names[i]);
    return true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void hw_demo_close(struct hw_demo *demo)
{
    for (size_t i = HW_DEMO_NODES; i-- > 0;) /* offices first, the hub last */
        hw_demo_stop(demo, &demo->nodes[i]);
    nftw(demo->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (demo->signals >= 0)
        close(demo->signals);
}
