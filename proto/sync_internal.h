/* sync_internal.h: what the engine's files share (floor 1, private). */
#ifndef PROTO_SYNC_INTERNAL_H
#define PROTO_SYNC_INTERNAL_H

#include "headway/sync.h"
#include "proto/pace.h"
#include "proto/turn.h"

/* Less credit than this is not worth a message. */
#define HW_CREDIT_LEAST (4 * 1024)
/* Where live changes alone may go: a message of a stream that was in step. An hour's typing of a small office. */
#define HW_LIVE_MOST (16 * 1024)

/* One group towards one peer. */
struct lane_group {
    char group[HW_GROUP_MAX + 1];
    uint64_t sent;   /* last event (up) or entry (down) handed to the link */
    uint64_t acked;  /* last one that the peer has committed */
    uint64_t target; /* up: the hub's journal when WELCOME came */
    uint64_t number; /* in WELCOME */
    uint64_t passing; /* down: last entry that the peer has handed back, not acknowledged before the gate has it; 0: none */
    uint64_t told;   /* up: position of the journal that the last ACK told */
    bool begun;      /* down: entries were sent in this session, so the reader is in step */
    uint64_t bare, signed_ms; /* down: entries sent since the last signature, and when that was */
    uint64_t floor;  /* up: to where the log may be let go; 0: nothing, or done */
    enum { SNAP_NONE, SNAP_ASKED, SNAP_SENDING } snap; /* down: the snapshot goes first (sync_snapshot.c) */
    uint64_t snap_position, snap_at, snap_chunks; /* of it; the next chunk; how many there are */
    struct hw_turn turn;
};

enum { HW_OWN_FAULT_MS = 30 * 1000 }; /* after a fault of this node's own disk: a person needs minutes to make room */

/* One stream of another incarnation on its way up (sync_carry.c). */
struct lane_carry {
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
    uint64_t sealed, admitted;
    bool back;            /* part of a journal that was handed back here: see sync_passed.c */
    uint64_t sent, acked; /* in this session, from `admitted` on */
    unsigned gaps;        /* how often it has begun again, since the hub said that something was missing */
    bool barred;          /* was refused: not sent until the directory changes or a new session begins */
    uint64_t barred_at;   /* the directory's position then */
    struct hw_turn turn;
};

/* Is the session still alive?  (sync_probe.c) */
struct probe {
    uint64_t due_ms;  /* of the next question */
    uint64_t asked_ms, number; /* the one under way; number 0: none */
    struct probe_way {
        uint64_t moves;   /* messages of this session that moved something this way */
        uint64_t stalled; /* `moves` + 1 at the last answer that found us behind; 0: it did not */
    } up, down;
};

/* The session with the hub that this node follows (office side).
 *
 *   DOWN --PEER_UP: HELLO--> HELLO --WELCOME ok, stored--> STREAM --SIGTERM--> DRAIN
 *                              |                              |
 *                              +--status not ok--> RECOVER    +--PEER_DOWN, ERROR--> DOWN   (from every state)
 *
 * In RECOVER the store draws a new incarnation; then the session begins again with it. Or the hub was restored, and the
 * office hands back the journals that it holds and the hub does not (sync_return.c). */
struct upstream {
    enum hw_office_state state;
    uint64_t session;
    uint8_t nonce[HW_NONCE_SIZE];
    uint8_t token[HW_TOKEN_SIZE], next_token[HW_TOKEN_SIZE];
    uint64_t committing;  /* session whose WELCOME is with the store; 0: none */
    bool late;            /* the link is up, and HELLO waits for that commit */
    uint64_t hello_ms;    /* when HELLO went out */
    bool more;            /* what was added to HELLO and INTRODUCE was said in this connection */
    bool plain;           /* the hub is too old for that */
    bool unread;          /* it is too old for HISTORY */
    bool shut;            /* the hub has shut this office out, and that is noted */
    bool direct;          /* the hub is the gate itself */
    bool again, whole;    /* AGAIN was said; the hub wants HELLO in full */
    unsigned refusals;    /* HELLOs that were answered with ERROR since the last session */
    uint64_t paused_until; /* the hub has no space: nothing up before then; 0: it has */
    char paused[200];      /* what it said of that; "" again when it has stored something */
    int64_t credit;       /* what we may still send; a message that was longer than that is a debt */
    uint64_t offered;     /* so much of it counts from CONFIRM on */
    int64_t window;       /* what the hub may still send */
    size_t owed;          /* taken and committed, not granted again yet */
    struct hw_pace pace;  /* up */
    struct hw_turns turns;
    size_t asked_max;     /* how long the message under way may be */
    size_t untold;        /* bytes of NEWS taken since the last ACK */
    bool unsettled, settling; /* some were committed softly; a SETTLE is with the store */
    struct hw_budget budget;
    uint64_t line;        /* bytes counted so far */
    bool resting;         /* the budget is spent, and no session begins */
    uint64_t saved, saved_ms; /* spent in the hour and day when that was kept, together; and when */
    unsigned lane_told;   /* the least urgent lane that the hub was granted last */
    uint64_t rotation_ms; /* when new keys were announced in this session; 0: they were not */
    bool compacting;      /* a COMPACT is with the store */
    bool rebase;          /* all handed back, the journals are cut back to where the hub's new life began */
    uint8_t *asked;       /* the WELCOME that asked for journals back; owned */
    size_t asked_n;
    bool range;           /* a SEND_RANGE is under way */
    bool stale;           /* ... and the hub has since lost what goes before it: not to be sent */
    struct probe probe;
    struct lane_group *groups;
    size_t groups_n;
    struct lane_carry *carried; /* in the order of the store */
    size_t carried_n;
    struct passing {
        bool under_way;   /* one message, from the moment when it is read until the store has let go of it */
        struct hw_inc life;
        char group[HW_GROUP_MAX + 1];
        uint64_t last;    /* its last position; 0: not sent yet */
    } passing;            /* sync_passed.c */
    char reason[200];
};

/* What may be done so often (sync_quota.c). */
struct bucket {
    uint64_t left, at_ms;
    bool used;
};
struct key_bucket {
    uint8_t key[HW_CURVE_SIZE];
    struct bucket entries;  /* HELLO; of an invitation's key: JOIN */
    struct bucket messages; /* of all its connections */
};
struct source_bucket {
    uint64_t source;
    struct bucket bucket;
};

/* One served peer (hub side).
 *
 *   NEW --HELLO stored: WELCOME--> NEGOTIATED --CONFIRM stored: CREDIT--> STREAM
 *    +--HELLO stored, it holds journals that are not here: WELCOME, CREDIT--> RETURN
 *    +-------- bad message, ERROR, newer session, PEER_DOWN --> CLOSED (from every state)
 *
 * In RETURN a peer hands back journals and does nothing else; when that is done, it or this hub begins anew. */
struct peer {
    uint64_t number;
    enum hw_peer_state state;
    uint64_t session;
    struct hw_inc inc;
    uint8_t key[HW_CURVE_SIZE]; /* of its connection */
    char office[HW_OFFICE_MAX + 1];
    int64_t credit, window; /* we may send; it may send */
    size_t owed;            /* taken and not granted again yet */
    enum hw_lane lane;      /* the least urgent that it takes now */
    struct hw_pace pace;    /* down */
    struct hw_turns turns;
    size_t asked_max;       /* how long the message under way may be */
    bool range;
    uint64_t welcomed_ms; /* when WELCOME went out; CONFIRM is its answer */
    uint64_t heard_ms, heard_confirmed; /* what the last HEARD said, and when */
    bool busy;         /* HELLO or JOIN is with the store */
    bool joined;       /* its JOIN was answered with ADMITTED */
    bool confirming;   /* so is CONFIRM */
    bool introducing;  /* its INTRODUCE is with the store */
    bool bare;         /* takes news whose signature comes later */
    enum hw_status full; /* why its last SEGMENTS or JOURNAL could not be kept; HW_OK: it was */
    bool looking;      /* a page of old history for it is with the store */
    bool parted;       /* it follows a journal that cannot be compared with the one here yet */
    bool heard;        /* RETURN: it has nothing more to hand back, and that is noted */
    struct lane_group *groups;
    size_t groups_n;
};

/* A client that waits for everything to be in step. */
struct waiter {
    uint64_t client, deadline_ms, number; /* number: of its PING */
    bool silent; /* nobody waits any more, and it is still to be done */
    bool now;    /* even when the budget is spent */
    bool told; /* the hub's tips are known */
    struct lane_group *targets;
    size_t targets_n;
};

/* A client that waits for a page of old history (sync_page.c). */
struct asking {
    uint64_t client, deadline_ms, session;
    uint64_t number; /* of the question; 0: not said yet */
    bool silent;     /* nobody waits any more, and the answer is still to come */
    char group[HW_GROUP_MAX + 1];
    struct hw_history_message ask;
};

struct hw_sync {
    struct hw_sync_config config;
    struct hw_group_tip *tips;
    size_t tips_n, tips_cap;
    struct upstream up;
    struct peer *peers;
    size_t peers_n, peers_cap;
    struct waiter *waiters;
    size_t waiters_n, waiters_cap;
    struct asking *asking; /* the first is under way */
    size_t asking_n, asking_cap;
    uint64_t next_number; /* sessions and pings */
    uint64_t hub_time_ms, hub_time_at; /* what WELCOME told, and when by our monotonic clock; 0: not known */
    int64_t clock_offset_ms, last_sync_ms;
    struct hw_serves serves; /* owned */
    struct bucket joins;
    struct key_bucket *keys; /* who said something in the last minute, by key; owned */
    size_t keys_n, keys_cap;
    struct source_bucket *sources; /* JOINs of the last minute, by address; owned */
    size_t sources_n;
    bool started;
    bool doubted; /* said that this gate's own clock is wrong */
    bool recovering; /* this hub was restored: it waits for what the offices hold */
    uint64_t recovery_until;
    struct hw_introduce rotation; /* keys announced to the hub, while `rotating`; its office's code is `rotating_office` */
    char rotating_office[HW_OFFICE_MAX + 1];
    bool rotating, rotated; /* rotated: the directory has them, and this office may go over */
    bool proven; /* see hw_sync_proven */
    bool lone;   /* no life can vouch for another one: it goes on with what it has */
    bool reborn; /* a REBIRTH is with the store: no HELLO before it is done */
};

/* One step's hands. */
struct step {
    struct hw_sync *sync;
    const struct hw_input *input;
    struct hw_arena *arena;
    struct hw_effects *effects;
};

struct hw_effect *hw_step_add(struct step *step, enum hw_effect_type type, uint64_t peer);
void hw_step_send(struct step *step, uint64_t peer, const struct hw_message *message);
void hw_step_note(struct step *step, int priority, const char *text);
void hw_step_credit(struct step *step, uint64_t peer, uint64_t session, enum hw_lane lane, size_t bytes);
/* The hub's clock less ours now, however ours was set meanwhile; 0: not known. */
int64_t hw_step_offset(const struct step *step);
const struct hw_group_tip *hw_step_tip(const struct hw_sync *sync, const char *group);
struct lane_group *hw_lane_find(struct lane_group *groups, size_t n, struct hw_slice code);

/* sync_office.c */
void hw_office_up(struct step *step);
void hw_office_down(struct step *step);
void hw_office_recv(struct step *step, const struct hw_message *message, struct hw_slice bytes);
void hw_office_stored(struct step *step);
void hw_office_tick(struct step *step);
void hw_office_fail(struct step *step, enum hw_status status, const char *text, uint64_t retry_ms);
const char *hw_office_own_text(struct step *step, const struct hw_stored *stored); /* what is wrong, for this office's people */
void hw_office_own_fault(struct step *step, const struct hw_stored *stored); /* this node's store failed */
bool hw_office_paused(struct step *step); /* the hub has no space, and it is not yet time to try again */
void hw_office_take(struct step *step, enum hw_append what, struct hw_slice bytes); /* a message that counts */
void hw_office_hurry(struct step *step);  /* somebody waits: tries at once */

/* sync_up.c: what goes up, in which order, and how much at once */
void hw_office_pump(struct step *step);
bool hw_office_idle(const struct step *step); /* in session, and nothing waits to be sent */
/* Hands a message out: of `stream` (zeros: our own) in a group, up to `last`. */
void hw_up_out(struct step *step, const char *group, const struct hw_inc *stream, uint64_t last, struct hw_slice bytes);
size_t hw_up_longest(const struct step *step, enum hw_lane lane); /* the next message of a lane */
void hw_up_ack(struct step *step, const struct hw_ack *ack);

/* sync_spend.c: what the link to the hub may cost */
void hw_spend_start(struct step *step);
void hw_spend_count(struct step *step); /* before each step */
void hw_spend_check(struct step *step); /* after it: a session ends, begins, or gets other lanes */
void hw_spend_save(struct step *step, bool stop); /* the last effect of a step */
unsigned hw_spend_lane(const struct hw_sync *sync); /* the least urgent that may go now, 0: none */
uint64_t hw_spend_room(const struct hw_sync *sync, enum hw_lane lane); /* bytes of a lane that may be handed out now */
void hw_spend_grant(struct step *step); /* credit for what is committed */
struct hw_credit hw_spend_first(struct step *step); /* of a session; goes out with CONFIRM */
const char *hw_spend_text(struct step *step); /* why nothing goes; NULL: it does */
bool hw_spend_rests(struct step *step); /* the connection is ended again: it is not yet time */

/* sync_carry.c: streams of others on their way up, and new incarnations */
void hw_carry_take(struct hw_sync *sync, const struct hw_carry *carried, size_t n);
void hw_carry_restart(struct upstream *up); /* a new session */
void hw_carry_rewind(struct upstream *up);  /* the hub found no space */
bool hw_carry_has(const struct hw_sync *sync, size_t at); /* whether lane `at` has something to send */
void hw_carry_push(struct step *step, size_t at, size_t max); /* asks for a range of it */
bool hw_carry_failed(struct step *step, const struct hw_stored *stored); /* the stream's own fault: its lane is barred */
/* NULL: the lane is gone. */
struct hw_turn *hw_carry_sent(struct hw_sync *sync, const struct hw_inc *inc, const char *group, uint64_t last, bool *waits);
void hw_carry_ack(struct hw_sync *sync, const struct hw_ack *ack);
bool hw_carry_waits(const struct hw_sync *sync); /* for the hub to confirm something that it may have */
bool hw_carry_refused(struct step *step, const struct hw_error_message *error); /* true: ERROR was about one stream */
void hw_carry_refuse(struct step *step, uint64_t peer, uint64_t session, const struct hw_carry_refusal *refused);
bool hw_carry_introduce(struct step *step, const struct hw_introduce *introduce); /* false: no session upstream */
void hw_office_reborn(struct step *step, const struct hw_stored *stored); /* it goes on as a new incarnation, or could not */
void hw_reborn_recover(struct step *step, unsigned status, struct hw_slice bytes); /* `bytes`: the WELCOME that says so */
bool hw_reborn_alone(struct step *step); /* true: it draws another one first */
void hw_office_state(struct step *step, enum hw_office_state to);

bool hw_carry_goes(const struct hw_sync *sync, const struct lane_carry *lane); /* not barred, and the hub serves its group */
/* It was refused: nothing more of it until the directory changes or a new session begins. */
void hw_carry_bar(struct step *step, struct lane_carry *lane, const char *why);

/* sync_passed.c: what offices behind this node have handed back, on its way up. */
struct lane_carry *hw_passed_find(struct upstream *up, const struct hw_inc *life, struct hw_slice group);
bool hw_passed_push(struct step *step); /* false: nothing waits */
void hw_passed_read(struct step *step, const struct hw_stored *stored, bool stale);
void hw_passed_ack(struct step *step, const struct hw_ack_message *ack);
void hw_passed_stored(struct step *step, const struct hw_stored *stored);
bool hw_passed_refused(struct step *step, const struct hw_error_message *error); /* true: ERROR was about such a message */
/* Hub: a peer has handed back entries, and they are committed; what waits here for the gate has become less; what could not be taken. */
void hw_passed_taken(struct step *step, struct peer *peer, const struct hw_stored *stored);
void hw_passed_release(struct step *step);
void hw_passed_refuse(struct step *step, uint64_t peer, uint64_t session, const struct hw_stored *stored);

/* sync_rotate.c: new keys of this office. */
void hw_rotate_take(struct step *step, const struct hw_introduce *rotation, bool rotated); /* NULL: none are announced now */
void hw_rotate_say(struct step *step); /* once the session takes it */
void hw_rotate_go(struct step *step);  /* goes over to them once the directory has them */
void hw_rotate_done(struct hw_sync *sync);

/* sync_return.c: journals handed back to a hub that was restored (office side). */
void hw_return_begin(struct step *step, const struct hw_welcome *welcome, struct hw_slice bytes);
void hw_return_stored(struct step *step, const struct hw_stored *stored); /* ASKED, REBASE */
void hw_return_pump(struct step *step);
bool hw_return_behind(const struct hw_sync *sync); /* the hub has not confirmed all that it asked back */
bool hw_return_far(const struct hw_sync *sync); /* all is with the hub, and what it has not confirmed may be on its way to the gate */
void hw_return_ack(struct step *step, const struct hw_ack_message *ack);

/* sync_recovery.c: the hub's side of it, and when its recovery ends. */
void hw_recovery_start(struct step *step);
void hw_recovery_check(struct step *step, const struct hw_stored *stored);
void hw_recovery_tick(struct step *step);
void hw_recovery_open(struct step *step, struct peer *peer, const struct hw_stored *stored);
void hw_recovery_journal(struct step *step, struct peer *peer);
void hw_recovery_taken(struct step *step, struct peer *peer, const struct hw_stored *stored); /* RETURN without a failure */

/* sync_brief.c: SEALED, NEWS, and acknowledgements that can wait. */
struct lane_group *hw_brief_lane(struct lane_group *groups, size_t n, uint64_t number);
void hw_brief_push(struct hw_effect *range, const struct lane_group *group);  /* office */
void hw_brief_recv(struct step *step, const struct hw_news *news, struct hw_slice bytes); /* office */
void hw_brief_settle(struct step *step); /* office */
void hw_brief_settled(struct step *step, const struct hw_stored *stored);
void hw_brief_acked(struct step *step);  /* office: what is admitted is durable */
void hw_brief_ack(struct step *step);    /* office: tells how far its journals are, as far as it has not yet */
void hw_brief_segments(struct step *step, struct peer *peer, const char *group); /* hub; group: of SEALED, which does not say it */
void hw_brief_segment(struct step *step, struct peer *peer, const struct hw_sealed *sealed); /* hub */
void hw_brief_confirmed(struct step *step, struct peer *peer, const struct hw_ack_message *ack); /* hub */
bool hw_brief_told(const struct step *step, const struct peer *peer, const struct hw_stored *stored); /* hub: NEWS will say it */
void hw_brief_range(const struct step *step, const struct peer *peer, const struct lane_group *group, struct hw_effect *range);
void hw_brief_sent(const struct step *step, struct lane_group *group, uint64_t last, bool bare); /* hub; before `sent` moves */
/* What a commit has added, as SEALED and NEWS; false: that cannot be. */
bool hw_brief_up(uint64_t session, const struct lane_group *group, const struct hw_live *live, struct hw_out *out);
bool hw_brief_down(const struct step *step, const struct peer *peer, struct lane_group *group, const struct hw_live *live, bool wrote,
                   struct hw_out *out);
bool hw_brief_hello(const struct hw_sync *sync, struct hw_hello *hello); /* office: AGAIN will do */
bool hw_brief_seal(struct step *step, struct peer *peer); /* hub: asks for a signature that is due; true: one is under way */

/* sync_hub.c */
void hw_hub_bye(struct step *step, const char *text); /* ends every session */
void hw_hub_parted(struct step *step); /* a relay has more of the directory: journals that parted can be compared */
void hw_hub_door(struct step *step); /* ends those of one key */
void hw_hub_recv(struct step *step, const struct hw_message *message);
void hw_hub_stored(struct step *step);
void hw_hub_down(struct step *step);
void hw_hub_tick(struct step *step);
void hw_hub_fail(struct step *step, uint64_t peer, enum hw_status status, const char *text);

/* sync_down.c: what goes down to each peer, in which order, and how much at once */
void hw_hub_pump(struct step *step);
void hw_down_pump(struct step *step, struct peer *peer); /* to it alone; NULL: gone */
void hw_down_tick(struct step *step); /* a long segment may be through by now */
/* Hands a message out; `last`: its last entry. */
void hw_down_out(struct step *step, struct peer *peer, struct lane_group *group, uint64_t last, struct hw_slice bytes);
void hw_down_ack(struct step *step, struct peer *peer, struct lane_group *group, uint64_t position);

/* sync_live.c: what a commit has just added, to the hub; to served peers, but for (or only for) who wrote it. */
void hw_live_up(struct step *step, const struct hw_live *live);
void hw_live_down(struct step *step, const struct hw_live *live, bool author);

/* sync_snapshot.c: the records of a group for an office that has nothing of it, instead of the whole journal. */
void hw_snapshot_ask(struct step *step); /* office: a session has begun */
void hw_snapshot_recv(struct step *step, const struct hw_snapshot_message *snapshot, struct hw_slice bytes); /* office */
void hw_snapshot_stored(struct step *step, const struct hw_stored *stored); /* office: without a failure */
void hw_snapshot_asked(struct step *step, struct peer *peer, const struct hw_snapshot_message *ask); /* hub */
void hw_snapshot_push(struct step *step, const struct peer *peer, const struct lane_group *group); /* hub */
void hw_snapshot_sent(struct step *step, struct peer *peer, const struct hw_stored *stored); /* hub: OFFER, CHUNK */

/* sync_page.c: history that is not held. */
void hw_page_add(struct step *step);
void hw_page_told(struct step *step, const struct hw_history_message *page, struct hw_slice bytes); /* office */
void hw_page_check(struct step *step); /* the session has ended, or the hub takes too long; before any APPEND */
void hw_page_end(struct step *step);   /* whoever waits is told that the session has ended */
bool hw_page_unread(struct hw_sync *sync); /* the hub cannot read something: was it this? */
void hw_page_asked(struct step *step, struct peer *peer, const struct hw_history_message *ask);  /* hub */
void hw_page_sent(struct step *step, struct peer *peer, const struct hw_stored *stored);         /* hub: HISTORY */

/* sync_compact.c: the old part of logs. */
void hw_compact_go(struct step *step); /* when there is nothing else to do */
void hw_compact_stored(struct step *step, const struct hw_stored *stored);

/* sync_peer.c: a hub's peers by number; what they point to moves when one comes or goes. `add`: the one that is there, or new. */
struct peer *hw_peer_find(struct hw_sync *sync, uint64_t number);
struct peer *hw_peer_add(struct hw_sync *sync, uint64_t number);
void hw_peer_forget(struct hw_sync *sync, uint64_t number);

/* sync_quota.c: NULL when the message may come now, and counts; else why not, and how long to wait. */
void hw_quota_defaults(struct hw_sync_config *config);
const char *hw_quota_check(struct step *step, const struct hw_message *message, uint64_t *wait_ms);
void hw_quota_tick(struct step *step);

/* sync_probe.c: asks the hub now and then whether anything is missing. */
void hw_probe_begin(struct step *step);
void hw_probe_tick(struct step *step);
void hw_probe_told(struct step *step, const struct hw_ping *ping);
void hw_probe_moved(struct step *step, enum hw_message_type type); /* the hub said something */

/* sync_wait.c */
void hw_wait_add(struct step *step);
void hw_wait_told(struct step *step, const struct hw_ping *ping);
void hw_wait_session(struct step *step); /* a session is up: ask for everyone who waits */
void hw_wait_check(struct step *step);

#endif
