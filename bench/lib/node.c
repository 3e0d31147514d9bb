/* node.c: see node.h (bench). */
#include "bench/lib/node.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/lib/sample.h"

enum {
    READY_S = 10,
    STOP_S = 10,
    LOG_PIPE = 1 << 20, /* a daemon's whole log fits, so that nobody need read it while it runs */
    WORDS = 12
};

static void be_child(int out)
{
    int nothing = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no daemon outlives the bench */
    dup2(nothing, STDIN_FILENO);
    dup2(out < 0 ? nothing : out, STDOUT_FILENO);
    dup2(out < 0 ? nothing : out, STDERR_FILENO);
}

/* Reads the log until it holds the line "ready NAME"; the text read is left in `text`. */
static bool wait_ready(const struct hw_bench_node *node, char *text, size_t size)
{
    char line[32];
    size_t n = 0;
    double until = hw_sample_now() + READY_S;
    snprintf(line, sizeof line, "ready %s\n", node->name);
    while (n + 1 < size) {
        struct pollfd one = {.fd = node->log, .events = POLLIN};
        double left = until - hw_sample_now();
        if (left <= 0 || poll(&one, 1, (int)(left * 1000) + 1) <= 0)
            return false;
        ssize_t more = read(node->log, text + n, size - 1 - n);
        if (more <= 0)
            return false;
        n += (size_t)more;
        text[n] = 0;
        if (strstr(text, line))
            return true;
    }
    return false;
}

void hw_bench_start(const struct hw_bench_tools *tools, struct hw_bench_node *node)
{
    int ends[2];
    char program[512], text[4096] = "";
    snprintf(program, sizeof program, "%s/headwayd", tools->build);
    if (pipe2(ends, O_CLOEXEC) != 0)
        exit(1);
    node->pid = fork();
    if (node->pid == 0) {
        be_child(ends[1]);
        execl(program, program, "--home", node->home, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    node->log = ends[0];
    fcntl(node->log, F_SETPIPE_SZ, LOG_PIPE);
    if (node->pid > 0 && wait_ready(node, text, sizeof text))
        return;
    fprintf(stderr, "bench: the daemon of %s is not ready: %s\n", node->name, text);
    exit(1);
}

bool hw_bench_says(const struct hw_bench_node *node, const char *words)
{
    char text[4096];
    size_t n = 0;
    for (double until = hw_sample_now() + READY_S; hw_sample_now() < until && n + 1 < sizeof text;) {
        struct pollfd one = {.fd = node->log, .events = POLLIN};
        ssize_t got = poll(&one, 1, 100) > 0 ? read(node->log, text + n, sizeof text - 1 - n) : 0;
        n += got > 0 ? (size_t)got : 0;
        text[n] = 0;
        if (strstr(text, words))
            return true;
    }
    return false;
}

/* True when it has ended. The log's end says so: nobody else holds it. */
static bool ended(const struct hw_bench_node *node, double until)
{
    char text[4096];
    for (;;) {
        struct pollfd one = {.fd = node->log, .events = POLLIN};
        double left = until - hw_sample_now();
        if (left <= 0 || poll(&one, 1, (int)(left * 1000) + 1) <= 0)
            return false;
        if (read(node->log, text, sizeof text) <= 0)
            return true;
    }
}

void hw_bench_stop(struct hw_bench_node *node)
{
    if (node->pid <= 0)
        return;
    kill(node->pid, SIGTERM);
    if (!ended(node, hw_sample_now() + STOP_S))
        kill(node->pid, SIGKILL);
    while (waitpid(node->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(node->log);
    node->log = -1;
    node->pid = 0;
}

/* Runs argv to its end. execv does not write to it. */
static int run(const char *const *argv, const char *dir)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        be_child(-1);
        if (dir && chdir(dir) != 0)
            _exit(127);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int hw_bench_run(const char *const *argv)
{
    return run(argv, NULL);
}

int hw_bench_client(const struct hw_bench_tools *tools, const struct hw_bench_node *node, const char *const *words)
{
    char program[512];
    const char *argv[WORDS + 4] = {program};
    size_t n = 1;
    snprintf(program, sizeof program, "%s/headway", tools->build);
    if (node) {
        argv[n++] = "--home";
        argv[n++] = node->home;
    }
    for (size_t i = 0; i < WORDS && words[i]; i++)
        argv[n++] = words[i];
    return run(argv, tools->dir);
}

static bool read_proc(const struct hw_bench_node *node, const char *file, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)node->pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

long hw_bench_memory(const struct hw_bench_node *node, const char *line)
{
    char text[4096];
    const char *at = read_proc(node, "status", text, sizeof text) ? strstr(text, line) : NULL;
    return at ? strtol(at + strlen(line) + 1, NULL, 10) : 0;
}

double hw_bench_busy(const struct hw_bench_node *node)
{
    enum { UTIME = 12 /* fields after the name in brackets, proc(5) */ };
    char text[1024];
    const char *at = read_proc(node, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    for (int i = 0; at && i < UTIME; i++)
        at = strchr(at + 1, ' ');
    char *rest = NULL;
    if (!at)
        return 0;
    double ticks = strtod(at, &rest);
    ticks += strtod(rest, NULL);
    return ticks / (double)sysconf(_SC_CLK_TCK);
}
