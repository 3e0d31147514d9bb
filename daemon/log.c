/* log.c: one line per event worth a person's time, and what systemd is told
 * (floor 2, log). */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "headway/bytes.h"

/* A line holds an error's text (1,000) and what stands before it. */
enum { LINE_MAX_BYTES = 1400, LOWEST = 7 };

struct hw_log {
    char *node;
    int max_priority;
    bool journal;
};

/* systemd says which stream it has connected to the journal; stderr may have
 * been redirected since. */
static bool stderr_is_journal(void)
{
    const char *told = getenv("JOURNAL_STREAM");
    struct stat st;
    char here[64];
    if (!told || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(here, sizeof here, "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
    return strcmp(told, here) == 0;
}

struct hw_log *hw_log_new(const char *node, int max_priority)
{
    struct hw_log *log = hw_alloc(sizeof *log);
    size_t n = strlen(node) + 1;
    *log = (struct hw_log){
        .node = memcpy(hw_alloc(n), node, n), .max_priority = max_priority, .journal = stderr_is_journal()};
    return log;
}

void hw_log_free(struct hw_log *log)
{
    if (!log)
        return;
    free(log->node);
    free(log);
}

/* One line stays one line, whatever a peer put into its name. */
static void flatten(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
}

static void to_stderr(const struct hw_log *log, int priority, const char *text)
{
    static const char *const words[] = {"error", "error",  "error", "error",
                                        "warning", "notice", "info",  "debug"};
    char line[LINE_MAX_BYTES + 100], when[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    int n = snprintf(line, sizeof line, "%s %s %s: %s\n", when, log->node, words[priority], text);
    if (n > 0 && (size_t)n < sizeof line)
        fwrite(line, 1, (size_t)n, stderr); /* whole: other processes may share the terminal */
}

void hw_log_write(struct hw_log *log, int priority, const char *format, ...)
{
    if (!log || priority > log->max_priority)
        return;
    priority = priority < 0 ? 0 : priority > LOWEST ? LOWEST : priority;
    char text[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    flatten(text);
    if (!log->journal || sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", priority, "SYSLOG_IDENTIFIER=headwayd",
                                         "HEADWAY_NODE=%s", log->node, NULL) != 0)
        to_stderr(log, priority, text);
}

void hw_log_ready(struct hw_log *log, const char *name)
{
    (void)log;
    sd_notify(0, "READY=1");
    fprintf(stderr, "ready %s\n", name);
}

void hw_log_status(struct hw_log *log, const char *text)
{
    (void)log;
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "%s", text);
    flatten(line);
    sd_notifyf(0, "STATUS=%s", line);
}

void hw_log_stopping(struct hw_log *log)
{
    (void)log;
    sd_notify(0, "STOPPING=1");
}

uint64_t hw_log_watchdog_ms(void)
{
    uint64_t usec = 0;
    /* Half of it, as sd_watchdog_enabled(3) recommends. */
    return sd_watchdog_enabled(0, &usec) > 0 ? usec / 2000 : 0;
}

void hw_log_alive(struct hw_log *log)
{
    (void)log;
    sd_notify(0, "WATCHDOG=1");
}
