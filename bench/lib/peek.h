/* peek.h: looks into a running node's database from outside, read-only: sees
 * what is committed at once and asks nothing of the daemon.  Bench. */
#ifndef BENCH_PEEK_H
#define BENCH_PEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/lib/node.h"
#include "headway/sync.h"

struct hw_peek; /* one read-only connection */

/* Ends the program when it cannot be opened. */
struct hw_peek *hw_peek_open(const struct hw_bench_node *node);
void hw_peek_close(struct hw_peek *peek);
/* Events applied in a group, all streams. */
uint64_t hw_peek_applied(struct hw_peek *peek, const char *group);
/* Whether the item shows this title. */
bool hw_peek_title(struct hw_peek *peek, const struct hw_id *item, const char *title);
/* How far a group's journal is here: group, life, position and chain are filled in. Ends the program when it is not known. */
void hw_peek_tip(struct hw_peek *peek, const char *group, struct hw_group_tip *tip);
/* Waits until `n` events are applied, looking every `every_us`; false after `most` seconds. */
bool hw_peek_wait(struct hw_peek *peek, const char *group, uint64_t n, unsigned every_us, double most);
/* Sleeps until the node, which ran when the peek was opened, writes to its log, `ms` at most; what it wrote before counts. */
void hw_peek_stir(struct hw_peek *peek, int ms);
/* Sleeps about `us` microseconds. */
void hw_peek_pause(unsigned us);

#endif
