/* goal.h: the measures that have a goal: what is required of each and what is aimed at, and the table's lines.  Bench. */
#ifndef BENCH_GOAL_H
#define BENCH_GOAL_H

/* name, unit, required, aim, whether more is better */
#define HW_GOALS(X)                                                                                  \
    X(LOCAL_ONE, "local write, one per commit, FULL / raw same", "", 0.8, 0.9, 1)                    \
    X(LOCAL_BATCH, "local write, 100 per commit, FULL / raw same", "", 0.6, 0.8, 1)                  \
    X(SYNC_UP, "sync up, A -> hub / yardstick", "", 0.5, 0.75, 1)                                    \
    X(SYNC_MILLION, "sync up, 1,000,000 events / yardstick at that size", "", 0.45, 0.6, 1)          \
    X(WIRE_UP, "bytes on the wire per event, bulk, up", "B", 44, 33, 0)                              \
    X(WIRE_DOWN, "bytes on the wire per event, bulk, down", "B", 44, 33, 0)                          \
    X(WIRE_LIVE, "bytes on the wire per live change, all legs", "B", 450, 330, 0)                    \
    X(RECONNECT, "nothing-new reconnect, handshake included", "ms", 3, 2, 0)                         \
    X(RECONNECT_WIRE, "bytes of that reconnect", "B", 1200, 1000, 0)                                 \
    X(LIVE_MEDIAN, "live: saved at A -> hub -> committed at B, median", "ms", 1.2, 0.7, 0)           \
    X(LIVE_WORST, "the same, 99 of 100", "ms", 3, 1.5, 0)                                            \
    X(SNAPSHOT, "new office by snapshot / cp and fsync of its database", "x", 20, 5, 0)              \
    X(FAN, "fan-out to 50 offices / one office", "x", 0, 5, 1)                                       \
    X(MEMORY, "memory of the hub, at most", "MB", 20, 12, 0)                                         \
    X(MEMORY_MILLION, "memory of the hub at 1,000,000 events, at most", "MB", 20, 12, 0)             \
    X(CROWD_MEMORY, "memory of a hub with 2,000 offices connected", "MB", 96, 64, 0)                 \
    X(CROWD_BUSY, "processor time of that hub, all idle", "%", 1, 1, 0)                              \
    X(DISK, "hub's disk per event", "B", 260, 150, 0)                                                \
    X(LIST, "list of some 30 items out of 100,000", "ms", 20, 8, 0)                                  \
    X(REPORT, "report by region over 100,000 items", "ms", 60, 25, 0)                                \
    X(SHOW, "`headway show ID`, start of the client to its end", "ms", 8, 4, 0)

enum hw_goal {
    HW_GOAL_NONE,
#define X(name, ...) HW_GOAL_##name,
    HW_GOALS(X)
#undef X
};

/* One line: measured, required, aim, whether it is reached; and figures that explain it. Required 0: a report. */
void hw_goal_print(enum hw_goal goal, double value, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
