/* log.h: one line per event worth a person's time, to journald under systemd,
 * else to stderr; and what systemd is told (READY, STATUS, WATCHDOG).  Floor 2. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct hw_log; /* name of the node, destination, lowest priority shown */

struct hw_log *hw_log_new(const char *node, int max_priority); /* syslog priorities: 3 error .. 7 debug */
void hw_log_free(struct hw_log *log);
void hw_log_write(struct hw_log *log, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* systemd; all do nothing without NOTIFY_SOCKET. */
void hw_log_ready(struct hw_log *log, const char *name); /* READY=1, and "ready NAME" on stderr always */
void hw_log_status(struct hw_log *log, const char *text);
void hw_log_stopping(struct hw_log *log);
uint64_t hw_log_watchdog_ms(void); /* half of WatchdogSec, 0 when off */
void hw_log_alive(struct hw_log *log); /* WATCHDOG=1 */

#endif
