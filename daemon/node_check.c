/* node_check.c: is the database whole?  Looked over soon after the start, when
 * those who waited for the daemon have been served, and then once a day (floor 3). */
#include "daemon/node_internal.h"

enum { FIRST_MS = 10 * 1000, EVERY_MS = 24 * 3600 * 1000 };

static enum hw_status run(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct check *check = self;
    return hw_tx_check(tx, &check->sound, err);
}

static void done(void *self, enum hw_status status, const struct hw_err *err)
{
    struct check *check = self;
    struct hw_node *node = check->timer.data;
    check->running = false;
    if (!check->sound)
        hw_log_write(node->log, 3, "the database is damaged: copy it away now and restore a backup");
    else if (status)
        hw_log_write(node->log, 4, "the database could not be looked over: %s", err->text);
}

static void on_time(uv_timer_t *timer)
{
    struct hw_node *node = timer->data;
    struct check *check = &node->check;
    if (check->running || node->stopping)
        return;
    check->running = check->sound = true;
    check->job = (struct hw_job){.write = true, .run = run, .done = done, .self = check};
    hw_store_submit(node->store, &check->job);
}

void hw_check_start(struct hw_node *node)
{
    uv_timer_init(hw_loop_uv(node->loop), &node->check.timer);
    node->check.timer.data = node;
    uv_timer_start(&node->check.timer, on_time, FIRST_MS, EVERY_MS);
}
