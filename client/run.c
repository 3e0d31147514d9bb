/* run.c: runs headwayd for what needs no running daemon (floor 2, noun: run). */
#include "client/run.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* `places`: relative to this program, NULL at the end; the last part of the first is the name. */
static void find(char *path, size_t size, const char *const *places)
{
    char own[PATH_MAX];
    snprintf(path, size, "%s", places[0]); /* for PATH */
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    if (n <= 0)
        return;
    own[n] = 0;
    char *slash = strrchr(own, '/');
    if (!slash)
        return;
    *slash = 0;
    for (size_t i = 0; places[i]; i++) {
        char tried[PATH_MAX + 32];
        snprintf(tried, sizeof tried, "%s/%s", own, places[i]);
        if (access(tried, X_OK) == 0) {
            snprintf(path, size, "%s", tried);
            return;
        }
    }
}

void hw_run_daemon(char *path, size_t size)
{
    static const char *const places[] = {"headwayd", "../sbin/headwayd", NULL};
    const char *asked = getenv("HEADWAYD");
    if (asked && *asked)
        snprintf(path, size, "%s", asked);
    else
        find(path, size, places);
}

void hw_run_files(char *path, size_t size)
{
    static const char *const places[] = {"headway-files", "../libexec/headway-files", NULL};
    find(path, size, places);
}

enum hw_status hw_run_exec(const char *path, char *const *argv, struct hw_err *err)
{
    execvp(path, argv);
    return hw_fail(err, HW_FAILED, "cannot run %s: %s; it belongs to Headway: install it again, or set HEADWAYD to the path of"
                   " headwayd", path, strerror(errno));
}

static void read_whole(int fd, char *text, size_t size)
{
    size_t used = 0;
    for (;;) {
        char rest[512];
        bool room = used < size - 1;
        ssize_t n = read(fd, room ? text + used : rest, room ? size - 1 - used : sizeof rest);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += room ? (size_t)n : 0;
    }
    text[used] = 0;
}

enum hw_status hw_run_read(const char *path, char *const *argv, char *text, size_t size, int *code, struct hw_err *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return hw_fail(err, HW_IO, "cannot make a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return hw_fail(err, HW_IO, "cannot start %s: %s", path, strerror(errno));
    }
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        struct hw_err failed;
        hw_run_exec(path, argv, &failed);
        fprintf(stderr, "headway: %s\n", failed.text);
        _exit(127);
    }
    close(ends[1]);
    read_whole(ends[0], text, size);
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return HW_OK;
}
