/* node.h: daemons and clients as processes, each in its own home.  Bench. */
#ifndef BENCH_NODE_H
#define BENCH_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct hw_bench_node {
    char name[16];
    char home[320];
    pid_t pid; /* 0: not running */
    int log;   /* reads its stderr; -1 */
};

/* Where the programs are, and the directory that the commands run in. */
struct hw_bench_tools {
    const char *build, *dir;
};

/* Starts the node's daemon and returns when it says "ready NAME". Ends the program when it does not within
 * 10 s. */
void hw_bench_start(const struct hw_bench_tools *tools, struct hw_bench_node *node);
/* Waits until its log has a line with these words, from now on; false when it has none within 10 s. */
bool hw_bench_says(const struct hw_bench_node *node, const char *words);
/* SIGTERM, then waits for its end; SIGKILL after 10 s. */
void hw_bench_stop(struct hw_bench_node *node);
/* Runs `headway` with up to 12 words to its end, output to nowhere; its exit code. `node` may be NULL. */
int hw_bench_client(const struct hw_bench_tools *tools, const struct hw_bench_node *node, const char *const *words);
/* Any other program, by PATH. */
int hw_bench_run(const char *const *argv);
/* A line of /proc/PID/status in kB: "VmHWM", "VmRSS". 0 when it cannot be read. */
long hw_bench_memory(const struct hw_bench_node *node, const char *line);
/* Seconds of processor time that the daemon has used. */
double hw_bench_busy(const struct hw_bench_node *node);

#endif
