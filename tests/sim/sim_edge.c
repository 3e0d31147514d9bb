/* sim_edge.c: what a node finds around itself beside its link: clock, loop, log,
 * home, timer. */
#include "daemon/link.h"
#include "tests/sim/sim_edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_node.h"

static struct sim_node *running; /* hw_clock_wall is given nothing */

void sim_edge_run(struct sim_node *node)
{
    running = node;
}

int64_t hw_clock_zone(void)
{
    return 0;
}

int64_t hw_clock_wall(void)
{
    return sim_node_wall(running);
}

uint64_t hw_loop_now(struct hw_loop *loop)
{
    return loop->owner->world->queue.now;
}

void hw_log_write(struct hw_log *log, int priority, const char *format, ...)
{
    char text[SIM_LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    sim_tell(log->owner->world, log->owner, "says (%d) %s", priority, text);
}

static void tick(void *self, uint64_t life)
{
    struct sim_node *node = self;
    struct hw_input input = {.type = HW_IN_TICK};
    if (!node->node || node->life != life)
        return;
    sim_node_enter(node);
    hw_node_input(node->node, &input);
    sim_node_leave(node);
}

void hw_node_timer(struct hw_node *node, uint64_t ms)
{
    struct sim_node *owner = node->loop->owner;
    if (!node->stopping)
        sim_queue_add(&owner->world->queue, ms, tick, owner, owner->life);
}

/* Backups and the like are a thread's work outside the engine; simulated backups are copies of the disk. */
void hw_errands_run(struct hw_errands *errands, struct hw_call *call)
{
    (void)errands;
    call->answered(call, HW_FAILED, "no errands in a simulated world");
}

/* -- home -- */

enum hw_status hw_home_make(const char *path, struct hw_home **home, struct hw_err *err)
{
    struct sim_disk *disk = sim_disk_find(path);
    if (!disk || !sim_disk_empty(disk))
        return hw_fail(err, HW_FAILED, "%s is not an empty disk", path);
    *home = hw_alloc(sizeof **home);
    (*home)->disk = disk;
    return HW_OK;
}

void hw_home_free(struct hw_home *home)
{
    free(home);
}

const char *hw_home_path(const struct hw_home *home)
{
    return home->disk->path;
}

char *hw_home_file(const struct hw_home *home, const char *file)
{
    size_t n = strlen(home->disk->path) + strlen(file) + 2;
    char *path = hw_alloc(n);
    snprintf(path, n, "%s/%s", home->disk->path, file);
    return path;
}

enum hw_status hw_home_secret_read(const struct hw_home *home, const char *file, uint8_t *to, size_t n,
                                   struct hw_err *err)
{
    struct hw_slice bytes;
    if (home->disk->dead)
        return hw_fail(err, HW_IO, "%s cannot be read", file);
    if (!sim_disk_get(home->disk, file, &bytes))
        return hw_fail(err, HW_NOT_FOUND, "there is no %s", file);
    if (bytes.n != n)
        return hw_fail(err, HW_CORRUPT, "%s is cut", file);
    memcpy(to, bytes.p, n);
    return HW_OK;
}

enum hw_status hw_home_secret_write(const struct hw_home *home, const char *file, const uint8_t *from, size_t n,
                                    struct hw_err *err)
{
    return sim_disk_put(home->disk, file, from, n) ? HW_OK : hw_fail(err, HW_IO, "%s cannot be written", file);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum hw_status hw_file_read(const char *path, size_t max, char **text, size_t *n, struct hw_err *err)
{
    const struct sim_disk *disk = sim_disk_find(path);
    struct hw_slice bytes;
    *text = NULL;
    if (!disk || disk->dead || !sim_disk_get(disk, file_name(path), &bytes))
        return hw_fail(err, HW_NOT_FOUND, "there is no %s", path);
    if (bytes.n > max)
        return hw_fail(err, HW_LIMIT, "%s is too long", path);
    *text = hw_alloc(bytes.n + 1);
    memcpy(*text, bytes.p, bytes.n);
    (*text)[bytes.n] = 0;
    *n = bytes.n;
    return HW_OK;
}

enum hw_status hw_file_write(const char *path, const void *bytes, size_t n, unsigned mode, struct hw_err *err)
{
    struct sim_disk *disk = sim_disk_find(path);
    (void)mode;
    return disk && sim_disk_put(disk, file_name(path), bytes, n) ? HW_OK
                                                                 : hw_fail(err, HW_IO, "%s cannot be written", path);
}

/* The simulated link takes whoever comes. */
const struct hw_link_config *hw_link_limits(const struct hw_link *link)
{
    static const struct hw_link_config none;
    (void)link;
    return &none;
}

void hw_link_hurry(struct hw_link *link)
{
    if (!link->up)
        hw_link_reconnect(link, 1);
}

uint64_t hw_link_line(const struct hw_link *link)
{
    return link->line;
}

void hw_link_crowd(const struct hw_link *link, size_t *connections, size_t *strangers)
{
    (void)link;
    *connections = *strangers = 0;
}
