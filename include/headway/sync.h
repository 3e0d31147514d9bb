/* sync.h: the sync engine: a step function without I/O.  Floor 0.
 *
 * Inputs come in one at a time with the clock and random bytes they need;
 * effects go out in order. The order is the durability contract: what stands after an APPEND happens only once it
 * has committed; if it fails, the rest is dropped and the engine hears of it through STORED. */
#ifndef HEADWAY_SYNC_H
#define HEADWAY_SYNC_H

#include "headway/budget.h"

#define HW_UPSTREAM 0 /* the peer number of the hub that this node follows; served peers count from 1 */
/* First grant, and the most that may be under way towards us: four whole messages, so that some can be on the link
 * while the others share one commit. */
#define HW_CREDIT_WINDOW (4 * HW_MESSAGE_SIZE)

/* How far one group is. */
struct hw_group_tip {
    char group[HW_GROUP_MAX + 1];
    struct hw_inc life; /* the gate's */
    uint64_t position;  /* of the journal */
    uint8_t chain[HW_HASH_SIZE];
    uint64_t own_tip, own_sealed, own_admitted; /* this node's stream */
    uint8_t own_hash[HW_HASH_SIZE];
    uint64_t events;    /* held of all streams */
    uint64_t bare;      /* last entries of the journal that no signature covers yet */
    uint64_t staged, staged_n; /* office: position of the snapshot that comes, and how many of its chunks are held */
};

/* A stream of another incarnation that waits for the gate: what this node carries up. Or, `back`: part of a journal that an
 * office behind this node has handed back; `inc` is the life of the gate that wrote it, and the numbers are its entries'. */
struct hw_carry {
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
    uint64_t sealed, admitted; /* last event held in a segment; last one that the gate has admitted */
    bool back;
};

/* A stream that a peer carried here and that cannot be taken; nothing else of its message is touched by that. */
struct hw_carry_refusal {
    enum hw_status status;
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
    char text[200];
};

enum hw_input_type {
    HW_IN_START,     /* once, with tips and token */
    HW_IN_CHANGE,    /* a client's request that the store must run */
    HW_IN_SYNC,      /* a client waits until all is in step, at most wait_ms */
    HW_IN_HISTORY,   /* a client's request that needs a page of old history from the hub */
    HW_IN_RECV,      /* a message from a peer */
    HW_IN_STORED,    /* an APPEND or SEND_RANGE is done */
    HW_IN_PEER_UP,   /* the upstream connection is there (served peers come up by their first message) */
    HW_IN_PEER_DOWN,
    HW_IN_DOOR,      /* whoever has `key` may not go on here as it is: its sessions end */
    HW_IN_STOP,      /* the process ends: what is kept in memory alone is kept now */
    HW_IN_TICK
};

/* What the store did. */
enum hw_append {
    HW_APPEND_CHANGE,   /* a client's request */
    HW_APPEND_WELCOME,  /* office: check the tips of a WELCOME, keep its token */
    HW_APPEND_REBIRTH,  /* office: a new incarnation; what the hub does not hold goes over to it */
    HW_APPEND_JOURNAL,  /* office: entries and segments from upstream */
    HW_APPEND_HELLO,    /* hub: fence an incarnation, make a WELCOME */
    HW_APPEND_CONFIRM,  /* hub */
    HW_APPEND_SEGMENTS, /* hub: a peer's segments, its own and those that it carries; the gate judges */
    HW_APPEND_JOIN,     /* hub: enrolment */
    HW_APPEND_HEARD,    /* hub: when a peer was heard last, what it confirmed */
    HW_APPEND_RANGE,    /* a SEND_RANGE: sealed as needed, committed, read */
    HW_APPEND_INTRODUCE, /* hub: a new incarnation of an office behind a peer */
    HW_APPEND_ASKED,    /* office: a WELCOME that wants journals back: from where on */
    HW_APPEND_REBASE,   /* office: all is handed back: what the hub's journal has not comes again by its new life */
    HW_APPEND_RETURN,   /* hub: entries that an office hands back */
    HW_APPEND_PASSED,   /* relay: its hub has entries that an office behind it had handed back */
    HW_APPEND_RETURNED, /* hub: an office has nothing more to hand back */
    HW_APPEND_RECOVERED, /* hub: recovery has lasted long enough */
    HW_APPEND_OFFER,    /* hub: the snapshot of a group, made when needed; into a message */
    HW_APPEND_CHUNK,    /* hub: one chunk of it, into a message */
    HW_APPEND_SNAPSHOT, /* office: an offer or a chunk that came */
    HW_APPEND_HISTORY,  /* hub: a page of old history, into a message; `bytes` is the question */
    HW_APPEND_PAGE,     /* office: one that came, for the client that waits for it; nothing of it is kept */
    HW_APPEND_BUDGET,   /* what the link has cost: `bytes` */
    HW_APPEND_COMPACT,  /* office: one step towards letting go of a group's old log */
    HW_APPEND_SHUT,     /* office: the hub has shut it out; `text` says why */
    HW_APPEND_SETTLE    /* office: what was committed softly stands from now on, whatever happens to the machine */
};

/* A new incarnation, and the word of the one before for it. */
struct hw_rebirth {
    struct hw_inc inc, previous;
    uint8_t sign_key[HW_SIGN_PUBLIC];
    uint8_t proof[HW_SIGNATURE_SIZE];
    enum hw_life_reason reason;
    uint8_t curve_key[HW_CURVE_SIZE]; /* ROTATION: that the next connections have */
    uint64_t moved; /* events issued again */
};

/* Codes of the offices that follow this relay. */
struct hw_serves {
    char (*codes)[HW_OFFICE_MAX + 1];
    size_t n;
};

/* What one commit has added at the end of an own stream (up) or of a journal (down), read in the same transaction: whoever has
 * all before it gets it at once, and the store is not asked again. */
struct hw_live {
    const char *group;
    uint64_t first, last;    /* events, entries */
    struct hw_slice items;   /* of SEGMENTS, JOURNAL */
    size_t n;
    struct hw_inc author;    /* down: wrote all of it; it gets `echo`, which has no segments */
    struct hw_slice echo;
    struct hw_journal_message head; /* down: the envelope */
    struct hw_sealed sealed; /* up: all of it as SEALED; n 0: it is too large for that */
    struct hw_news news;     /* down: all of it as NEWS; items_n 0: it is too large, or not ADMITs alone */
    bool gate;               /* down: this node decides for the group */
};

struct hw_stored {
    enum hw_append append;
    enum hw_status status;
    const char *text; /* of the failure */
    const struct hw_group_tip *tips; /* all groups, after the commit; NULL when nothing can have changed */
    size_t tips_n;
    const struct hw_carry *carried;  /* what waits to be carried up, with the tips */
    size_t carried_n;
    const struct hw_serves *serves;   /* who follows this node now; NULL when that cannot have changed */
    bool recovering;                  /* with tips: this hub waits for what the offices hold */
    bool parted;                      /* JOURNAL: not taken, and what had no signature before it is let go of: it comes again */
    bool put_back;                    /* RETURN: it proves that this hub's database was put back; it recovers (anew) */
    const struct hw_welcome *welcome; /* HELLO; ASKED: what to hand back, `resume` as it is here */
    const struct hw_hello *hello;     /* HELLO: the question */
    const char *note;                 /* RETURN, RETURNED: a line for the log; NULL: none */
    const struct hw_inc *inc;         /* HELLO: the peer's */
    const char *office;               /* HELLO: its code */
    const struct hw_admitted *admitted; /* JOIN */
    const struct hw_ack *acks;        /* SEGMENTS; HELLO: what the peer need not carry again */
    size_t acks_n;
    const struct hw_carry_refusal *refused; /* SEGMENTS: a carried stream that was not taken; NULL: none */
    const struct hw_introduce *introduce; /* HELLO, INTRODUCE: headquarters must be told of this life; NULL: no */
    const char *group; /* RANGE, JOURNAL, RETURN, OFFER, CHUNK, SNAPSHOT */
    struct hw_inc stream; /* RANGE: of the effect. RETURN: life of the gate that wrote the entries */
    bool back;            /* RANGE: of the effect */
    uint64_t last;     /* RANGE, RETURN: last event or entry in the message; OFFER: position of the snapshot, 0: none */
    uint64_t chunks;   /* OFFER */
    bool again;        /* OFFER, COMPACT: there is more to do: ask again */
    struct hw_slice message; /* RANGE: to be sent; empty: nothing to send. WELCOME: the message itself */
    const struct hw_rebirth *rebirth; /* REBIRTH; CHANGE at headquarters: it goes on with a new life */
    const struct hw_introduce *rotation; /* CHANGE: keys that this office goes over to as soon as the directory has them */
    bool rotated;      /* the directory has them */
    const struct hw_live *up, *down; /* CHANGE; CHANGE, SEGMENTS, JOURNAL: for who is in step; NULL: nothing small */
    size_t bytes;      /* SEGMENTS, JOURNAL, RETURN: size of the message taken */
    bool later, soft;  /* JOURNAL: of the effect. RETURN, later: some of that journal waits here for the gate */
    bool brief;        /* RANGE: the message is SEALED or NEWS. SEGMENTS, JOURNAL: what came was */
    bool bare;         /* RANGE: NEWS without a signature */
    bool direct;       /* WELCOME: the hub is the gate itself, by its CURVE key */
    uint64_t session;  /* RANGE, WELCOME, JOURNAL, SEGMENTS: of the effect, so that a stale one is told */
};

struct hw_input {
    enum hw_input_type type;
    uint64_t peer;
    uint64_t now_ms;    /* monotonic */
    int64_t wall_ms;    /* Unix; told to peers, never used for order */
    uint8_t random[32]; /* fresh for every input */
    struct hw_slice bytes; /* RECV */
    bool joining;          /* RECV: came with an invitation's key */
    uint64_t source;       /* RECV: the peer's address, one of few numbers; 0: not known */
    const uint8_t *key;    /* RECV, DOOR: the peer's CURVE key, 32 bytes */
    bool shut;             /* DOOR: its key is shut out; else its grants have changed. PEER_DOWN upstream: the hub has shut us out */
    const char *text;      /* DOOR: the reason; "" */
    uint64_t client;       /* CHANGE, SYNC, HISTORY */
    const struct hw_history_message *history; /* HISTORY: group, record, from, since, events */
    uint64_t wait_ms;      /* SYNC */
    bool now;              /* SYNC: even when the budget is spent */
    uint64_t line_bytes;   /* that the link to the hub has cost since the start, both ways; 0: nobody counts */
    int64_t zone_ms;       /* what local time is ahead of UTC */
    struct hw_slice budget; /* START: as BUDGET kept it; empty: nothing spent */
    const struct hw_stored *stored;      /* STORED */
    const struct hw_group_tip *tips;     /* START */
    size_t tips_n;
    const struct hw_carry *carried;      /* START */
    size_t carried_n;
    const struct hw_serves *serves;      /* START */
    const uint8_t *token;                /* START: HW_TOKEN_SIZE bytes, or NULL */
    bool recovering;                     /* START: this hub was restored, and waits for what the offices hold */
    uint64_t recovery_ms;                /* START: at most so much longer */
    const struct hw_introduce *rotation; /* START: keys that wait for the directory; NULL: none */
    bool rotated;                        /* START: it has them */
};

enum hw_effect_type {
    HW_DO_APPEND,
    HW_DO_SEND,       /* bytes to peer */
    HW_DO_SEND_RANGE, /* read segments of a stream (up) or journal entries (down) of a group, from a number on, at most max
                         bytes, into a message, and bring it back with STORED: the engine sends it if the session still stands */
    HW_DO_REPLY,      /* to a client: what its request gave (CHANGE), that SYNC ended, or why HISTORY cannot be asked for */
    HW_DO_TIMER,      /* a TICK after `ms` */
    HW_DO_CLOSE,      /* end the peer's connection; for upstream: try again after `ms`, 0: as the backoff says */
    HW_DO_CONNECT,    /* upstream: try now */
    HW_DO_NOTE        /* one line for the log: text, priority */
};

/* Bytes and texts live in the step's arena. */
struct hw_effect {
    enum hw_effect_type type;
    enum hw_append append;
    uint64_t peer;
    uint64_t client;
    int64_t offset_ms;      /* CHANGE, SEND_RANGE up: the hub's clock less this one's */
    bool apart;             /* HEARD, SETTLE, PAGE: what stands after it does not wait for it */
    bool later;             /* JOURNAL: its ACK waits for the tick */
    bool soft;              /* JOURNAL: loss of power may undo it until the next SETTLE: it comes again */
    bool seal;              /* CHANGE: what it writes goes out next: seal it in the same commit */
    struct hw_slice bytes;  /* SEND: the message; APPEND: the message received */
    const char *group;      /* SEND_RANGE; JOURNAL, SEGMENTS that came as NEWS, SEALED */
    bool rotate;            /* REBIRTH: with the keys that were announced */
    bool alone;             /* REBIRTH: no hub has asked for it */
    bool back;              /* SEND_RANGE up: journal entries, handed back; with `stream`: by an office behind this node */
    bool brief;             /* SEND_RANGE: as SEALED or NEWS where it is small; the group's number is `lane` */
    bool bare;              /* SEND_RANGE down: NEWS may go without a signature. JOURNAL: it may have come without */
    bool owing, signature;  /* SEND_RANGE down: entries before went without one; that one alone is wanted */
    uint64_t lane;
    uint64_t from;          /* SEND_RANGE: first event or entry; CHUNK: its index */
    uint64_t position;      /* CHUNK: of its snapshot; OFFER: how far the reader's journal is;
                             * COMPACT: up to where the log may go */
    size_t max;             /* SEND_RANGE; CHANGE: of what is sealed */
    uint64_t session;       /* SEND_RANGE, WELCOME, JOURNAL, SEGMENTS: this one; HELLO: the new one */
    struct hw_inc reader;   /* SEND_RANGE down: whose own segments are left out; CONFIRM: whose token; SEGMENTS: who pushed */
    struct hw_inc stream;   /* SEND_RANGE up: whose segments; zeros: this node's own */
    uint8_t token[HW_TOKEN_SIZE]; /* HELLO, CONFIRM, JOIN, WELCOME: the token to commit */
    const uint8_t *key;     /* HELLO, JOIN: the peer's CURVE key */
    const char *office;     /* SEGMENTS, HEARD, INTRODUCE: of the peer */
    uint64_t confirmed;     /* HEARD */
    uint64_t ms;            /* TIMER, CLOSE */
    enum hw_status status;  /* REPLY to SYNC, HISTORY */
    bool rest;              /* CLOSE: by this node's own will, until then */
    int priority;           /* NOTE: as syslog */
    const char *text;       /* NOTE, CLOSE, SHUT: reason; REPLY */
};

struct hw_effects {
    struct hw_effect *items;
    size_t n, cap;
};

enum hw_office_state { HW_OFFICE_DOWN, HW_OFFICE_HELLO, HW_OFFICE_RECOVER, HW_OFFICE_STREAM, HW_OFFICE_DRAIN };
enum hw_peer_state { HW_PEER_NEW, HW_PEER_NEGOTIATED, HW_PEER_STREAM, HW_PEER_RETURN, HW_PEER_CLOSED };

struct hw_sync_config {
    bool upstream; /* follows a hub */
    bool hub;      /* serves offices */
    bool gate;     /* headquarters */
    struct hw_inc inc;
    uint8_t sign_key[HW_SIGN_PUBLIC];
    struct hw_inc previous; /* the incarnation that vouches for `inc`; zeros: none */
    uint8_t previous_proof[HW_SIGNATURE_SIZE];
    enum hw_life_reason reason; /* why `inc` began */
    const char *home; /* for people: where this node's disk is; outlives the engine */
    /* What served peers may do, 0: the defaults of sync_quota.c. HELLOs of one office; JOINs of all, from one address, with one invitation; messages of one peer;
     * bytes that a peer may have under way towards this hub (at most HW_CREDIT_WINDOW). */
    uint64_t bytes_per_hour, bytes_per_day; /* of the link to the hub; 0: no limit */
    bool metered; /* that link: live changes alone, and what a person asks for */
    uint32_t hellos_per_minute, joins_per_minute, joins_per_address, joins_per_invitation, messages_per_second;
    size_t window;
};

struct hw_sync; /* tips, the session upstream, the sessions of served peers, who waits */
struct hw_sync *hw_sync_new(const struct hw_sync_config *config);
void hw_sync_free(struct hw_sync *sync);

/* One step. `effects` is emptied first; it and everything it points to live in
 * `arena`. Never fails: the world's faults come out as effects. */
void hw_sync_step(struct hw_sync *sync, const struct hw_input *input, struct hw_arena *arena,
                  struct hw_effects *effects);

/* For status: what an observer may know. */
struct hw_sync_view {
    enum hw_office_state state;
    const char *reason;       /* why the hub or this node ended the last session; "" */
    const char *paused;       /* in session: why the hub takes nothing now; "" */
    uint64_t paused_until;    /* monotonic; 0: not paused */
    int64_t clock_offset_ms;  /* hub - here, as WELCOME told; 0: not known */
    int64_t last_sync_ms;     /* wall clock when everything was last in step, 0 never */
    size_t peers;             /* served, in STREAM */
    const struct hw_budget *budget; /* NULL: nobody counts */
    bool metered, asked;      /* asked: by a person, and under way */
    unsigned lane;            /* the least urgent that may go now; 0: none */
    uint64_t pending;         /* own events that wait for the gate; groups that stay local not counted */
    uint64_t admitted;        /* own events admitted so far */
    uint64_t received;        /* events of others held */
    uint64_t carried;         /* events of others that wait for the gate */
};
void hw_sync_look(const struct hw_sync *sync, struct hw_sync_view *view);
/* This process has been in session with its hub under the present incarnation, or has begun it: no other copy has it. */
bool hw_sync_proven(const struct hw_sync *sync);
/* With the defaults in place. */
const struct hw_sync_config *hw_sync_limits(const struct hw_sync *sync);
/* Code of the office behind a served peer in STREAM, by index below view.peers. */
const char *hw_sync_peer_office(const struct hw_sync *sync, size_t index);
/* Journal entries of its groups that it has not confirmed. */
uint64_t hw_sync_peer_behind(const struct hw_sync *sync, size_t index);

#endif
