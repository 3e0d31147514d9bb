/* run.h: runs headwayd for what needs no running daemon, and headway-files.  Floor 2, noun: run. */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <stddef.h>

#include "headway/status.h"

#define HW_RUN_PATH 4200 /* longest path, and the name behind it */

/* Path of headwayd: $HEADWAYD, else beside this program, else ../sbin beside
 * it, else the bare name for PATH. */
void hw_run_daemon(char *path, size_t size);

/* Path of headway-files: beside this program, else ../libexec beside it, else the bare name for PATH. */
void hw_run_files(char *path, size_t size);

/* Replaces this process; returns only on failure. `argv` ends with NULL. */
enum hw_status hw_run_exec(const char *path, char *const *argv, struct hw_err *err);

/* Runs a program and takes at most size - 1 bytes of its stdout as text; its
 * stderr is ours. `*code` is its exit code. */
HW_MUST_USE enum hw_status hw_run_read(const char *path, char *const *argv, char *text, size_t size, int *code,
                                       struct hw_err *err);

#endif
