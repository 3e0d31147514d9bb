/* message.h: what an office and a hub say to each other.  Floor 0.  The format
 * is specified in docs/protocol.md and at the head of proto/message.c. */
#ifndef HEADWAY_MESSAGE_H
#define HEADWAY_MESSAGE_H

#include "headway/snapshot.h"

#define HW_PROTOCOL_VERSION 1
#define HW_SCHEMA_VERSION 1
#define HW_MESSAGE_SIZE (224 * 1024) /* in one frame; MAXMSGSIZE of 256 KiB lets 262,111 bytes through under CURVE */
#define HW_TOKEN_SIZE 8 /* who has the office's CURVE key has one guess at it for each connection, and learns nothing from it */
#define HW_NONCE_SIZE 8 /* tells two HELLOs of one incarnation apart; nothing is signed over it */
#define HW_JOIN_NONCE_SIZE 16
#define HW_CURVE_SIZE 32
#define HW_STREAMS_MAX 1000 /* streams or journals in one message: an office is in fewer groups than that */

enum hw_message_type {
    HW_JOIN = 1, HW_ADMITTED, HW_HELLO, HW_WELCOME, HW_CONFIRM, HW_CREDIT, HW_SEGMENTS, HW_JOURNAL, HW_ACK,
    HW_SNAPSHOT, /* for an office that is new in a group: one that never asks for it is never sent it */
    HW_PING, HW_BYE, HW_ERROR,
    HW_INTRODUCE, /* a relay, for an office behind it */
    HW_SEALED, HW_NEWS, /* one small segment up, a few small entries down, for a peer that is in step: nothing that it can compute */
    HW_AGAIN, /* HELLO of an office that is known and has nothing new */
    HW_HISTORY /* a question for entries that an office holds no more, and a page of them */
};
const char *hw_message_name(unsigned type);

/* Lanes of credit. All segments and journals of protocol 1 travel in BACKLOG. */
enum hw_lane { HW_LANE_LIVE = 1, HW_LANE_BACKLOG = 2, HW_LANE_SNAPSHOT = 3 };

enum hw_welcome_status { HW_WELCOME_OK = 0, HW_WELCOME_RESTORED = 1, HW_WELCOME_FORK = 2, HW_WELCOME_CLONE = 3,
                         /* First of all the office hands back the journals held here that the hub does not hold: the hub
                          * was restored and waits for all offices (4), or goes on already (5). */
                         HW_WELCOME_RECOVERY = 4, HW_WELCOME_LATE = 5 };
enum hw_group_state { HW_GROUP_RESUME = 1, HW_GROUP_SNAPSHOT = 2, HW_GROUP_RETURN = 3, HW_GROUP_DENIED = 4 };

struct hw_join {
    struct hw_slice office; /* code, as invited */
    uint8_t curve_key[HW_CURVE_SIZE];
    struct hw_inc inc;
    uint8_t sign_key[HW_SIGN_PUBLIC];
    uint8_t nonce[HW_JOIN_NONCE_SIZE];
    uint8_t proof[HW_SIGNATURE_SIZE]; /* by sign_key over all of the above: it holds the secret key */
};
struct hw_admitted {
    struct hw_slice office;
    uint8_t token[HW_TOKEN_SIZE]; /* first fence token of the incarnation */
    struct hw_inc hub;            /* the hub's life */
    uint64_t time_ms;
    uint64_t life;                /* ordinal of the incarnation: KAZ.1 */
};
/* How far a stream is: its last event and the hash of its last segment. */
struct hw_stream_tip {
    struct hw_slice group;
    uint64_t seq;
    uint8_t hash[HW_HASH_SIZE];
    bool told; /* WELCOME: the same that the office told; the hash is not said again */
};
struct hw_cursor {
    struct hw_slice group;
    struct hw_inc life; /* the gate's */
    uint64_t position;
    uint8_t chain[HW_HASH_SIZE];
    uint8_t bare; /* so many of the last entries still lack their signature: they cannot be handed back */
};
#define HW_DIGEST_SIZE 8
struct hw_hello {
    bool again; /* AGAIN: positions and numbers alone; `digest` is of the rest, which the hub has */
    uint8_t digest[HW_DIGEST_SIZE];
    uint64_t schema;
    struct hw_inc inc;
    uint8_t sign_key[HW_SIGN_PUBLIC];
    struct hw_inc previous;                     /* zeros: none */
    uint8_t previous_proof[HW_SIGNATURE_SIZE];  /* by the previous life over (inc, sign_key); zeros: none */
    uint8_t nonce[HW_NONCE_SIZE];
    uint8_t token[HW_TOKEN_SIZE];               /* zeros: none */
    uint64_t time_ms;                           /* not in AGAIN */
    struct hw_stream_tip *streams; /* own */
    size_t streams_n;
    struct hw_cursor *cursors;
    size_t cursors_n;
    uint64_t reason;         /* why this incarnation began, a word of the schema's vocabulary; 0: not told, nor `serves` */
    struct hw_slice *serves; /* codes of the offices that follow this one: a relay speaks for them */
    size_t serves_n;
};
/* Why an incarnation began, as the schema numbers it. */
enum hw_life_reason { HW_LIFE_FIRST = 1, HW_LIFE_RESTORED, HW_LIFE_FORK, HW_LIFE_CLONE, HW_LIFE_ROTATION, HW_LIFE_REPLACED,
                      HW_LIFE_BUNDLE };
struct hw_group_welcome {
    struct hw_slice group;
    uint8_t state;     /* enum hw_group_state */
    uint64_t position; /* last entry of the hub's journal; RETURN: of the office's, as far as the hub has taken it back before */
    uint64_t resume;   /* the hub sends from here + 1; RETURN: the office does */
    uint8_t chain[HW_HASH_SIZE]; /* RETURN: of the hub's journal at `resume` */
    uint64_t floor;    /* RESUME: what is covered by the hub's last backup and held by its offices; 0: not told */
};
struct hw_welcome {
    uint64_t schema;
    uint64_t session;
    uint8_t nonce[HW_NONCE_SIZE]; /* of the HELLO that it answers */
    uint8_t token[HW_TOKEN_SIZE]; /* the next one */
    struct hw_inc hub;
    uint64_t time_ms;
    uint8_t status; /* enum hw_welcome_status */
    uint64_t credit; /* what the office may send from CONFIRM on */
    struct hw_stream_tip *streams; /* the office's own, as the hub holds them */
    size_t streams_n;
    struct hw_group_welcome *groups;
    size_t groups_n;
};
struct hw_ack {
    struct hw_inc inc;
    struct hw_slice group;
    uint64_t durable, admitted; /* last event of the stream */
};
struct hw_position {
    struct hw_slice group; /* empty: said by its number in WELCOME, in ACK alone */
    uint64_t position;
    uint64_t lane;
};
struct hw_ack_message {
    struct hw_ack *streams;
    size_t streams_n;
    struct hw_position *journals; /* applied */
    size_t journals_n;
};
struct hw_journal_item {
    struct hw_slice entry;
    bool bare; /* its signature was never sent: that of a later entry covers it, through the chain */
    uint8_t signature[HW_SIGNATURE_SIZE];
    struct hw_slice segment; /* empty: the reader wrote it itself, or the entry is a verdict */
};
struct hw_journal_message {
    struct hw_slice group;
    struct hw_inc life;          /* of the gate: it wrote all of them */
    uint8_t chain[HW_HASH_SIZE]; /* before the first entry, so that each can be verified by itself */
    struct hw_journal_item *items;
    size_t items_n;
};
#define HW_NEWS_CHECK 4
/* Groups are said by their number in WELCOME, from 0 on. `sealed`: see hw_segment_put_sealed. */
struct hw_sealed {
    uint64_t lane, first;
    uint32_t n;
    struct hw_slice sealed;
};
struct hw_news_item {
    int64_t ms;   /* between the entry before and this one */
    bool next;    /* one event, the next of the stream that the entry before is about: incarnation and numbers are not said */
    bool own;     /* of the reader's own stream: the incarnation is not said */
    struct hw_inc inc;
    uint64_t first;
    uint32_t n;
    struct hw_slice sealed; /* HW_NEWS_CHECK bytes: of a segment that the reader wrote so much of its hash alone */
    uint8_t check[HW_NEWS_CHECK]; /* to be sent: goes in its place when `own` */
};
#define HW_NEWS_MAX 16 /* entries; more of them are no longer small */
struct hw_news {
    uint64_t lane;
    uint64_t position; /* of the first entry, or of the next one to come */
    struct hw_news_item *items;
    size_t items_n;
    bool is_signed;    /* over the chain after the last entry, or before `position` when there is none here */
    uint8_t signature[HW_SIGNATURE_SIZE];
};
struct hw_credit {
    uint8_t lane; /* enum hw_lane */
    uint64_t bytes;
};
struct hw_confirm {
    uint8_t token[HW_TOKEN_SIZE];
    bool bare; /* it knows the hub for the gate itself, and takes entries whose signature comes later */
    struct hw_credit credit; /* the first */
};
struct hw_ping {
    uint64_t number;  /* of the question */
    bool answer;
    uint64_t time_ms;
    struct hw_position *journals; /* answer: the hub's tips of the office's groups */
    size_t journals_n;
};
/* What is said of the snapshot of a group. */
enum hw_snapshot_what {
    HW_SNAPSHOT_ASK = 1, /* office: from chunk `index` on, of the one cut at `position`; 0: whichever there is */
    HW_SNAPSHOT_OFFER,   /* hub: the manifest; its chunks follow, from the one asked for, or from 0 when it is another */
    HW_SNAPSHOT_CHUNK,   /* hub */
    HW_SNAPSHOT_NONE     /* hub: the journal comes instead */
};
struct hw_snapshot_message {
    uint8_t what; /* enum hw_snapshot_what */
    struct hw_slice group;
    uint64_t position;     /* ASK, CHUNK */
    uint64_t index;        /* ASK, CHUNK */
    struct hw_slice bytes; /* OFFER: the manifest. CHUNK */
    uint8_t signature[HW_SIGNATURE_SIZE]; /* OFFER: by the gate, over hw_manifest_hash */
};
/* Of a journal, an ADMIT and what was decided about the events of its segment by now. */
struct hw_history_verdict {
    uint64_t seq;
    uint8_t verdict; /* enum hw_verdict */
    uint16_t code;
    uint64_t stamp;
    struct hw_slice text;
};
struct hw_history_item {
    uint64_t position, time_ms;   /* of the ADMIT */
    struct hw_slice segment;
    uint8_t before[HW_HASH_SIZE]; /* hash of the segment before, which its signature covers */
    struct hw_history_verdict *verdicts;
    size_t verdicts_n;
};
/* A write that an event of the page names as seen, and that is on a page to come: what stood there before. */
struct hw_history_named {
    struct hw_name name;
    uint64_t stamp;
    struct hw_slice value; /* CBOR */
};
enum hw_history_what { HW_HISTORY_ASK = 1, HW_HISTORY_PAGE };
#define HW_HISTORY_EVENTS 1000 /* asked for at once: as many as a segment has, nearly */
struct hw_history_message {
    uint8_t what; /* enum hw_history_what */
    uint64_t number; /* of the question */
    struct hw_slice group;
    bool one;             /* ASK: what is about one record alone, and the remarks on it */
    struct hw_id record;  /* ... this one */
    uint64_t from;        /* ASK: from this position downwards; PAGE: where to go on, 0: that is all */
    uint64_t since_ms;    /* ASK: nothing that came to the gate before */
    uint64_t events;      /* ASK: no more are needed; the segment that brings the last of them comes whole */
    struct hw_history_item *items; /* PAGE: newest first */
    size_t items_n;
    struct hw_history_named *named; /* PAGE */
    size_t named_n;
};
/* A new incarnation of an office behind a relay, vouched for as in HELLO. */
struct hw_introduce {
    struct hw_slice office;
    struct hw_inc inc;
    uint8_t sign_key[HW_SIGN_PUBLIC];
    struct hw_inc previous;
    uint8_t proof[HW_SIGNATURE_SIZE];
    uint64_t reason; /* 0: not told */
    bool keyed;      /* rotation: the office is about to connect with another CURVE key as well */
    uint8_t curve_key[HW_CURVE_SIZE];
    uint8_t curve_proof[HW_SIGNATURE_SIZE]; /* by the previous life, hw_keys_signed */
};
/* `code` of ERROR is the name of an enum hw_status ("SIGNATURE"); `what` is "session", or "stream GROUP INCARNATION" (16
 * hexadecimal digits) when one carried stream alone is refused and the session goes on. */
struct hw_error_message {
    struct hw_slice code, what, text;
    uint64_t retry_ms; /* 0: as the backoff says */
};

/* A message taken apart. Slices borrow from the bytes, arrays from the arena. */
struct hw_message {
    uint8_t type;
    uint64_t session;
    union {
        struct hw_join join;
        struct hw_admitted admitted;
        struct hw_hello hello;
        struct hw_welcome welcome;
        struct hw_confirm confirm;
        struct hw_credit credit;
        struct {
            struct hw_slice *wires;
            size_t n;
        } segments;
        struct hw_journal_message journal;
        struct hw_ack_message ack;
        struct hw_ping ping;
        struct hw_slice bye; /* reason */
        struct hw_error_message error;
        struct hw_introduce introduce;
        struct hw_snapshot_message snapshot;
        struct hw_sealed sealed;
        struct hw_news news;
        struct hw_history_message history;
    } body;
};

/* Appends the whole message. SEGMENTS and JOURNAL are written by the pieces below. */
void hw_message_encode(struct hw_out *out, const struct hw_message *message);
/* Errors: CORRUPT, LIMIT, VERSION (another protocol version). */
HW_MUST_USE enum hw_status hw_message_decode(struct hw_slice bytes, struct hw_arena *arena,
                                             struct hw_message *message, struct hw_err *err);

/* A SEGMENTS message around `n` encoded items (byte strings that hold wire segments). */
void hw_segments_wrap(struct hw_out *out, uint64_t session, struct hw_slice items, size_t n);
void hw_segments_item(struct hw_out *items, struct hw_slice wire);
/* A JOURNAL message around `n` encoded items; of `head`, group, life and chain. */
void hw_journal_wrap(struct hw_out *out, uint64_t session, const struct hw_journal_message *head,
                     struct hw_slice items, size_t n);
void hw_journal_item(struct hw_out *items, const struct hw_journal_item *item);
/* A page of HISTORY around encoded items and named writes; of `head`, number, group, from, and how many there are of each. */
void hw_history_wrap(struct hw_out *out, uint64_t session, const struct hw_history_message *head, struct hw_slice items,
                     struct hw_slice named);
void hw_history_item(struct hw_out *items, const struct hw_history_item *item);
void hw_history_name_item(struct hw_out *named, const struct hw_history_named *write);

/* What AGAIN says of a HELLO in full: its incarnation with key, cursors and tips. */
void hw_hello_digest(const struct hw_hello *hello, uint8_t digest[HW_DIGEST_SIZE]);

/* What `previous_proof` of HELLO signs: the life before vouches for the new one. */
void hw_life_signed(struct hw_out *out, const struct hw_inc *inc, const uint8_t sign_key[HW_SIGN_PUBLIC]);
/* What `curve_proof` of INTRODUCE signs. */
void hw_keys_signed(struct hw_out *out, const struct hw_introduce *introduce);
/* What `proof` of JOIN signs. */
void hw_join_signed(struct hw_out *out, const struct hw_join *join);

#endif
