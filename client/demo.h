/* demo.h: a hub and three offices as real daemons on this machine.  Floor 3,
 * noun: demo.  demo.c has the steps, demo_node.c the processes, demo_samples.c
 * the files that are imported. */
#ifndef CLIENT_DEMO_H
#define CLIENT_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hw_demo_sample {
    const char *name, *text;
};
extern const struct hw_demo_sample hw_demo_samples[];
extern const size_t hw_demo_samples_n;

enum {
    HW_DEMO_NODES = 4,
    HW_DEMO_PATH = 512,  /* temporary directory and a short name */
    HW_DEMO_TAIL = 2000, /* bytes of a daemon's log kept for the case that it fails */
    HW_DEMO_TEXT = 16384 /* bytes of a command's output kept for the next step */
};

struct hw_demo_node {
    const char *name; /* code of the office */
    char home[HW_DEMO_PATH];
    pid_t pid;  /* 0: stopped */
    int log_fd; /* the daemon's stderr, -1: stopped */
    char tail[HW_DEMO_TAIL + 1];
    size_t tail_n;
    bool ready; /* the daemon has said so */
};

struct hw_demo {
    char dir[HW_DEMO_PATH];
    char client[HW_DEMO_PATH], daemon[HW_DEMO_PATH]; /* the two programs */
    struct hw_demo_node nodes[HW_DEMO_NODES];
    int signals;     /* signalfd of SIGINT and SIGTERM */
    bool interrupted;
    int64_t deadline; /* monotonic ms; 0: none */
    char text[HW_DEMO_TEXT]; /* output of the last command */
    size_t text_n;
};

/* Makes the directory, finds the programs, takes SIGINT and SIGTERM. False
 * after a message. */
bool hw_demo_open(struct hw_demo *demo, int seconds);
/* Stops every daemon that runs and removes the directory. */
void hw_demo_close(struct hw_demo *demo);

/* Starts the daemon and waits for its "ready NAME". False after a message. */
bool hw_demo_start(struct hw_demo *demo, struct hw_demo_node *node);
/* Ends it by its pid and waits until it is gone. */
void hw_demo_stop(struct hw_demo *demo, struct hw_demo_node *node);

/* Runs `headway ARGS...` for the node, with its output in demo->text and, where `show`, on
 * stdout behind the command line. `args` ends with NULL. Returns the exit code; -1 when
 * time is up or the person interrupted. */
int hw_demo_run(struct hw_demo *demo, struct hw_demo_node *node, bool show, const char *const *args);

/* Waits for Ctrl-C, reading what the daemons say so that they never block. */
void hw_demo_wait(struct hw_demo *demo);

#endif
