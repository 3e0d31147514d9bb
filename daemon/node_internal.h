/* node_internal.h: what the node's files share (floor 3, private). */
#ifndef DAEMON_NODE_INTERNAL_H
#define DAEMON_NODE_INTERNAL_H

#include "daemon/clock.h"
#include "daemon/ctl.h"
#include "daemon/errand.h"
#include "daemon/node.h"

/* A message for a peer whose queue in the link is full. Bounded by the credit
 * that the peer gave. */
struct parcel {
    struct parcel *next;
    uint64_t peer;
    size_t n;
    uint8_t bytes[];
};

/* Something for the store: one effect, and the effects that wait for its commit. */
struct task {
    struct hw_job job;
    struct hw_node *node;
    struct hw_arena arena; /* owns copies and results */
    struct hw_effect effect;
    struct hw_effects rest;
    struct hw_call *call;  /* CHANGE, PAGE */
    struct hw_stored stored;
    struct hw_message message; /* HELLO, JOIN, SEGMENTS, JOURNAL, WELCOME, INTRODUCE taken apart */
    struct hw_welcome welcome;
    struct hw_admitted admitted;
    struct hw_enrol enrol;
    struct hw_taken taken;         /* SEGMENTS */
    uint8_t hub_key[HW_KEY_SIZE];  /* WELCOME: who opened the connection */
    bool hub_known;
    struct hw_live up, down;       /* CHANGE; CHANGE, SEGMENTS, JOURNAL */
    struct hw_introduce introduce; /* HELLO; CHANGE: of a rotation */
    struct hw_rebirth rebirth;
    struct hw_identity identity; /* REBIRTH, RETURN: the new one */
    int64_t switch_at; /* CHANGE: a key of this hub waits for its day */
    bool reborn, root_new;
    bool proven; /* CHANGE: no other copy of this office can have its present life */
    struct hw_serves serves; /* at a relay, when it may have changed */
    struct hw_out out;     /* RANGE */
    struct hw_door *doors; /* when the directory changed */
    size_t doors_n;
    bool doors_new;
    const char *orphans; /* ... what nobody admits any more, lines for the log */
    uint64_t orphans_n;
};

/* Looks the database over now and then. */
struct check {
    uv_timer_t timer;
    struct hw_job job;
    bool running, sound;
};

/* The new incarnation that was drawn last: for whom, and by whom it is vouched for. */
struct hw_drawn {
    struct hw_inc present, previous, inc;
    uint8_t sign_key[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];
};

struct hw_node {
    struct hw_home *home;
    struct hw_drawn drawn; /* of the store's thread */
    struct hw_config config;
    struct hw_keys keys;
    struct hw_identity identity;
    struct hw_loop *loop;
    struct hw_link *link;
    struct hw_store *store;
    struct hw_sync *sync;
    struct hw_ctl *ctl;
    uint64_t orphans_n; /* changes that the log has told of */
    struct hw_errands *errands;
    struct hw_move *move; /* node_move.c: an address under trial; NULL: none */
    struct hw_log *log;
    uv_async_t wake;
    uv_timer_t tick, watchdog;
    uv_signal_t term, interrupt;
    struct check check;
    uint64_t tick_ms;
    int64_t zone_ms; /* what local time is ahead of UTC */
    struct hw_door *doors; /* sorted by key: who may connect */
    size_t doors_n;
    struct parcel *parcels, **parcels_end;
    struct hw_call **waiting;
    size_t waiting_n, waiting_cap;
    uint64_t next_call;
    const char *link_state;
    char link_reason[300];
    bool other_key;    /* the next attempt upstream trusts `trusted`, which the directory names beside upstream_key */
    uint8_t trusted[HW_KEY_SIZE];
    int64_t switch_at; /* when this hub's announced key takes the place of its present one; 0: none waits */
    bool switching;
    bool link_up;      /* the hub was heard in this attempt */
    int64_t link_next; /* wall clock of the next attempt; 0: as the link's backoff says */
    char address[300]; /* what invitations name */
    int64_t link_since, started;
    bool stopping, link_stopped;
    size_t tasks; /* under way in the store */
    uint64_t notes_ms; /* the engine's lines of the last while, and how many were left out */
    unsigned notes, notes_out;
};

/* node.c */
void hw_node_input(struct hw_node *node, struct hw_input *input);
void hw_node_do(struct hw_node *node, const struct hw_effects *effects, size_t from);
struct hw_call *hw_node_take_call(struct hw_node *node, uint64_t id);

/* node_open.c: what the store knows of this node at the start. */
struct hw_opening {
    struct hw_node *node;
    struct hw_arena arena; /* the caller ends it */
    struct hw_group_tip *tips;
    size_t tips_n;
    struct hw_carry *carried;
    size_t carried_n;
    struct hw_serves serves;
    struct hw_slice token, previous, reason, curve, budget;
    uint8_t root_now[HW_SIGN_PUBLIC]; /* the root key that signs the directory's journal */
    struct hw_introduce rotation; /* keys that wait for the directory, while `rotating` */
    bool rotating, rotated;
    bool recovering;
    uint64_t recovery_ms;
    const char *recovery; /* the sentence */
};
/* Reads the keys, opens the store (with `wake`: with its thread) and reads what the engine needs. */
HW_MUST_USE enum hw_status hw_node_open(struct hw_node *node, void (*wake)(void *self), struct hw_opening *opening,
                                        struct hw_err *err);
void hw_node_begin(struct hw_node *node, const struct hw_opening *opening); /* makes the engine */
void hw_node_first(struct hw_node *node, const struct hw_opening *opening); /* gives it its first input */

/* node_run.c: a TICK after `ms`. */
void hw_node_timer(struct hw_node *node, uint64_t ms);

/* node_task.c: starts the store job of effects->items[at]; with `wait` the later effects wait for it. */
void hw_task_start(struct hw_node *node, const struct hw_effects *effects, size_t at, bool wait);
/* node_send.c */
HW_MUST_USE enum hw_status hw_send_range(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_send_offer(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_send_chunk(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_send_history(struct task *task, struct hw_tx *tx, struct hw_err *err);

/* node_live.c: takes along what the job has added, for peers that are in step; on the store thread. */
HW_MUST_USE enum hw_status hw_live_keep(struct task *task, struct hw_tx *tx, struct hw_err *err);

/* node_check.c: begins looking the database over, soon after the start and then daily. */
void hw_check_start(struct hw_node *node);

/* node_reborn.c: draws a new incarnation and puts it into `identity`, which vouches for it; its key is in the home before anybody
 * commits. `present`: that of the store. As long as that stays and the same vouches, it is the same that is drawn. */
HW_MUST_USE enum hw_status hw_reborn_draw(struct hw_node *node, const struct hw_inc *present, struct hw_identity *identity,
                                          struct hw_rebirth *rebirth, struct hw_err *err);
HW_MUST_USE enum hw_status hw_reborn_keep(struct hw_tx *tx, const struct hw_identity *identity,
                                          const struct hw_rebirth *rebirth, struct hw_err *err);
/* A hub that lost its latest decisions goes on as a new incarnation, in recovery. */
HW_MUST_USE enum hw_status hw_reborn_hub(struct hw_node *node, struct hw_tx *tx, struct hw_identity *identity,
                                         int64_t backup_ms, struct hw_err *err);
/* The same when this home's note says that a backup was put in place. */
HW_MUST_USE enum hw_status hw_reborn_restored(struct hw_node *node, struct hw_tx *tx,
                                              struct hw_identity *identity, struct hw_err *err);

/* node_bundle.c: the verb bundle.seal, under a life that no copy of this home has; and apply, which may prove that there is one. */
HW_MUST_USE enum hw_status hw_bundle_seal(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_bundle_alone(struct task *task, struct hw_tx *tx, struct hw_err *err); /* REBIRTH alone */
HW_MUST_USE enum hw_status hw_bundle_apply(struct task *task, struct hw_tx *tx, struct hw_err *err);

/* node_rotate.c: new keys. Runs a client's request for them; what waits to be introduced (NOT_FOUND: nothing) and whether the
 * directory has it; goes over to it; gives the CURVE key that counts its place. */
HW_MUST_USE enum hw_status hw_rotate_run(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_rotate_read(struct hw_tx *tx, struct hw_arena *arena, struct hw_introduce *rotation,
                                          bool *rotated, struct hw_err *err);
/* The same; a note that cannot be read is dropped, and a person is told: NOT_FOUND. A job that does not write (`write`) leaves that to the next. */
HW_MUST_USE enum hw_status hw_rotate_look(struct hw_tx *tx, struct hw_arena *arena, struct hw_introduce *rotation,
                                          bool *rotated, bool write, struct hw_err *err);
HW_MUST_USE enum hw_status hw_rotate_over(const struct hw_home *home, struct hw_tx *tx, struct hw_identity *identity,
                                          struct hw_rebirth *rebirth, struct hw_err *err);
HW_MUST_USE enum hw_status hw_rotate_settle(const struct hw_home *home, const uint8_t wanted[HW_KEY_SIZE], bool former,
                                            struct hw_keys *keys, struct hw_err *err);
bool hw_rotate_former(const struct hw_node *node); /* offices behind this relay go on with the key of before */
void hw_rotate_serve(struct hw_node *node);        /* and do not any more */
void hw_rotate_place(struct hw_node *node, const uint8_t public_key[HW_KEY_SIZE]); /* after the commit */

/* node_root.c: the root key hands over. Runs a client's request for it; gives the root key that signs `now` its place, with what
 * gave it its office; does the same after the commit. */
HW_MUST_USE enum hw_status hw_root_run(struct task *task, struct hw_tx *tx, struct hw_err *err);
HW_MUST_USE enum hw_status hw_root_settle(const struct hw_home *home, const uint8_t now[HW_SIGN_PUBLIC],
                                          struct hw_keys *keys, struct hw_identity *identity, struct hw_err *err);
void hw_root_place(struct hw_node *node);

/* node_follow.c: the hub's key was not the one that is known; the connection is there; is it time for this hub's own new
 * key? */
void hw_follow_refused(struct hw_node *node);
void hw_follow_up(struct hw_node *node);
bool hw_follow_key(const struct hw_node *node, uint8_t key[HW_KEY_SIZE]); /* the hub's, which opened the connection */
void hw_follow_check(struct hw_node *node);

/* node_link.c: the link's calls. */
extern const struct hw_link_calls hw_node_link_calls;
void hw_node_send(struct hw_node *node, uint64_t peer, struct hw_slice bytes);
/* Ends a served peer's connection and lets go what waits for it: the link says no more of it. */
void hw_node_drop(struct hw_node *node, uint64_t peer);
bool hw_node_frugal(const struct hw_node *node); /* bytes of the link to the hub are counted */
void hw_node_link_state(struct hw_node *node, const char *state, const char *reason);

/* node_door.c: who may connect. When that changes, sessions that have lost their right to go on end at once. */
/* The directory has changed: whom this node lets in, and what it has of those who are gone (on the store thread); the log's
 * lines about these. */
HW_MUST_USE enum hw_status hw_doors_keep(struct task *task, struct hw_tx *tx, struct hw_err *err);
void hw_doors_tell(const struct task *task);
void hw_node_doors(struct hw_node *node, const struct hw_door *doors, size_t n);
enum hw_admit hw_node_admit(void *node, const uint8_t key[HW_KEY_SIZE]);

#endif
