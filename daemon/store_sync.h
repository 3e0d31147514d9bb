/* store_sync.h: what the sync engine's executor asks of the store: tips,
 * segments up, journals down, tokens, enrolment.  Floor 2.  All inside a job. */
#ifndef DAEMON_STORE_SYNC_H
#define DAEMON_STORE_SYNC_H

#include "daemon/store.h"
#include "headway/sync.h"

/* Keys and place of this node, given once after opening; the store keeps a copy. */
struct hw_identity {
    char office[HW_OFFICE_MAX + 1];
    bool gate;                     /* headquarters */
    bool enrolled;                 /* has a root */
    uint8_t root[HW_ROOT_SIZE];    /* the first root key: the id of the system */
    struct hw_inc inc;
    unsigned life;
    uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];
    uint8_t root_secret[HW_SIGN_SECRET]; /* headquarters alone; zeros elsewhere */
    struct hw_handover handover;         /* what gave root_secret its office; zeros while it is the first */
};
void hw_store_identify(struct hw_store *store, const struct hw_identity *identity);
/* From how many events on a group is offered as a snapshot (store_snapshot.h); 0: as usual. */
void hw_store_snapshots(struct hw_store *store, uint64_t events);
/* How long an office keeps the history of its groups; 0: for ever. And for how long an office counts that was not heard. */
void hw_store_keep(struct hw_store *store, int64_t ms);
enum { HW_KEEP_DAYS = 400 }; /* a year and the weeks in which its report is written */
/* Office: one step towards letting go of what may go, of what headquarters says `floor` of (store_compact.c). `again`: there is
 * more to do. */
HW_MUST_USE enum hw_status hw_tx_compact(struct hw_tx *tx, const char *group, uint64_t floor, bool *again, struct hw_err *err);
/* How many lives an office may begin within a day, at headquarters; 0: HW_LIVES_PER_DAY. */
enum { HW_LIVES_PER_DAY = 48 };
void hw_store_lives(struct hw_store *store, unsigned a_day);
/* How many streams that an office pushes may be refused within a minute, before its session ends; 0: HW_REFUSALS_PER_MINUTE. */
enum { HW_REFUSALS_PER_MINUTE = 600 };
void hw_store_refusals(struct hw_store *store, unsigned a_minute);
/* The same within the job that draws a new incarnation: undone when the job is. */
void hw_tx_identify(struct hw_tx *tx, const struct hw_identity *identity);
const struct hw_identity *hw_tx_identity(const struct hw_tx *tx);
/* Headquarters' first root key, the id of the system; zeros at a standalone office. */
void hw_tx_root(struct hw_tx *tx, uint8_t root[HW_ROOT_SIZE]);
/* store_root.c: the key that signs the directory's journal now, and since when (0: it is the first). */
/* A new office: the root key that its invitation names, and the first one. Until the directory's journal has come to the
 * hand-over to it, no other journal is believed. */
HW_MUST_USE enum hw_status hw_tx_root_pin(struct hw_tx *tx, const uint8_t first[HW_SIGN_PUBLIC],
                                          const uint8_t now[HW_SIGN_PUBLIC], struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_root_now(struct hw_tx *tx, uint8_t key[HW_SIGN_PUBLIC], int64_t *since_ms,
                                          struct hw_err *err);
/* At headquarters: `identity` has the new root_secret and the hand-over to it; they count when the job is committed. */
HW_MUST_USE enum hw_status hw_tx_root_hand_over(struct hw_tx *tx, const struct hw_identity *identity, struct hw_err *err);
/* Looks the database over when it is small enough to take less than a second, and keeps what it found under
 * "integrity": ok, failed or unchecked. */
HW_MUST_USE enum hw_status hw_tx_check(struct hw_tx *tx, bool *sound, struct hw_err *err);
/* True once after each change of the directory. For the node, inside a job. */
bool hw_tx_directory_changed(struct hw_tx *tx);

/* How far each group is, for the engine: job's arena, directory first. */
void hw_tx_tips(struct hw_tx *tx, struct hw_group_tip **tips, size_t *n);
/* Own segments from `from` on, sealing drafts as needed, packed as the items of a SEGMENTS message of at most `max`
 * bytes (at least one segment). `last`: the last event in it, from - 1 when there is nothing. */
HW_MUST_USE enum hw_status hw_tx_segments_up(struct hw_tx *tx, const char *group, uint64_t from, size_t max,
                                             struct hw_out *items, size_t *n, uint64_t *last, struct hw_err *err);
/* Takes segments that office `office` pushed with incarnation `peer`: its own, or another's that it carries. */
struct hw_taken {
    struct hw_ack *acks; /* arena; one entry per stream met */
    size_t acks_n;
    struct hw_carry_refusal refused; /* the first carried stream that was not taken; status OK: none */
};
HW_MUST_USE enum hw_status hw_tx_take_segments(struct hw_tx *tx, const char *office, const struct hw_inc *peer,
                                               const struct hw_slice *wires, size_t n, struct hw_taken *taken,
                                               struct hw_err *err);

/* store_carry.c: streams of other incarnations that wait for the gate, job's arena. None at headquarters. */
void hw_tx_carried(struct hw_tx *tx, struct hw_carry **carried, size_t *n);
/* What is held here and not admitted yet of streams that `office`, which said `hello`, may carry: its own former incarnations', and
 * all in its groups when it serves others. It need not bring that again. Job's arena; HW_STREAMS_MAX at most. */
HW_MUST_USE enum hw_status hw_tx_carry_held(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                            struct hw_ack **acks, size_t *n, struct hw_err *err);
/* Segments of such a stream from `from` on, byte for byte, as hw_tx_segments_up. Errors: DENIED (its office or this one has no
 * grant in the group now). */
HW_MUST_USE enum hw_status hw_tx_segments_carry(struct hw_tx *tx, const struct hw_inc *inc, const char *group,
                                                uint64_t from, size_t max, struct hw_out *items, size_t *n,
                                                uint64_t *last, struct hw_err *err);
/* store_door.c: the office that a CURVE key lets in. Errors: DENIED. */
/* DENIED when the key is in use at another office, or is an invitation's: whoever came with it would be taken for this one. */
HW_MUST_USE enum hw_status hw_door_free(struct hw_tx *tx, const uint8_t key[32], const char *office, struct hw_err *err);
HW_MUST_USE enum hw_status hw_door_office(struct hw_tx *tx, const uint8_t key[32], const char **office,
                                          struct hw_err *err);
/* A new incarnation that an earlier one vouches for, and with it the CURVE key that the office is about to have: entered at headquarters; elsewhere `pass_on` says that headquarters is to be
 * told. A known one is left as it is. Errors: DENIED. */
HW_MUST_USE enum hw_status hw_tx_introduce(struct hw_tx *tx, const struct hw_introduce *introduce, bool *pass_on,
                                           struct hw_err *err);
/* Journal entries from position `from` on, of one life of the gate, with their segments, left out where `reader` (NULL:
 * nobody) wrote them itself; at most `max` bytes (at least one entry). `head` gets group, life and the chain before. */
HW_MUST_USE enum hw_status hw_tx_journal_down(struct hw_tx *tx, const char *group, uint64_t from, size_t max,
                                              const struct hw_inc *reader, struct hw_out *items, size_t *n,
                                              uint64_t *last, struct hw_journal_message *head,
                                              struct hw_err *err);
/* `cut`: the message goes on under another life of the gate, and the last entries here have no signature of theirs yet. They are let
 * go of, and come again. */
HW_MUST_USE enum hw_status hw_tx_cut_bare(struct hw_tx *tx, const struct hw_journal_message *message, bool *cut,
                                          struct hw_err *err);
/* Takes journal entries: verifies chain and signatures, stores, applies. */
HW_MUST_USE enum hw_status hw_tx_take_journal(struct hw_tx *tx, const struct hw_journal_message *message,
                                              struct hw_err *err);

/* How far the journals are that a backup made from now on holds: `name` is for whoever makes it. When its file is stored the mark
 * counts, unless another one was set since: then less is known, and nothing happens. */
#define HW_COVER_NAME 8
HW_MUST_USE enum hw_status hw_tx_cover_mark(struct hw_tx *tx, uint8_t name[HW_COVER_NAME], struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_cover_confirm(struct hw_tx *tx, const uint8_t name[HW_COVER_NAME], struct hw_err *err);

/* What to add to this node's wall clock for the hub's time, in milliseconds; for what this job seals. */
void hw_tx_offset(struct hw_tx *tx, int64_t offset_ms);
/* Whether this gate's wall clock is far behind its own stamps, so that it judges no clock. */
bool hw_tx_doubts_clock(struct hw_tx *tx);
/* Seals one segment of each own stream that has drafts, so that sending it takes no commit of its own. */
HW_MUST_USE enum hw_status hw_tx_seal(struct hw_tx *tx, size_t max, struct hw_err *err);
/* store_live.c: what this job has sealed, or added to a journal, when that is one group's and small; `items` and `echo` are
 * filled. Errors: NOT_FOUND (there is no such thing; err untouched). */
HW_MUST_USE enum hw_status hw_tx_live_up(struct hw_tx *tx, struct hw_live *live, struct hw_out *items, struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_live_down(struct hw_tx *tx, struct hw_live *live, struct hw_out *items, struct hw_out *echo,
                                           struct hw_err *err);
/* Ends the job's writing early: at the gate, own drafts are sealed and admitted; rows are written back. */
HW_MUST_USE enum hw_status hw_tx_finish(struct hw_tx *tx, struct hw_err *err);

/* Office: the tips that a WELCOME names must be boundaries of our own segments with the same hash. Errors: FORK. */
HW_MUST_USE enum hw_status hw_tx_welcome(struct hw_tx *tx, const struct hw_welcome *welcome, struct hw_err *err);

/* Tokens belong to this node's life: when that ends because the database may have been put back, or copied, the offices that it
 * serves are noticed by a token that nobody knows. */
HW_MUST_USE enum hw_status hw_tx_fences_forget(struct hw_tx *tx, struct hw_err *err);
/* Office: a new incarnation. Events that the hub does not hold go over to it as drafts; `moved` counts them. The caller
 * then keeps `inc` under "incarnation" and identifies the store anew. */
HW_MUST_USE enum hw_status hw_tx_rebirth(struct hw_tx *tx, const struct hw_welcome *welcome, const struct hw_inc *inc,
                                         size_t *moved, struct hw_err *err);

/* Headquarters: what earlier lives of its own wrote in a group, and what is applied without being admitted any more, goes
 * over to the present one. */
HW_MUST_USE enum hw_status hw_tx_rebirth_rest(struct hw_tx *tx, const char *group, struct hw_err *err);

/* Hub: a HELLO from the office that owns `curve_key`. Checks it, fences the incarnation with `token`, writes the
 * WELCOME (fields session, token and so on filled). What AGAIN leaves out is put into `hello`; NOT_FOUND: it must be said in full. The same nonce gets the same answer. Errors: DENIED; TIMEOUT (a new
 * incarnation that headquarters has to enter first). */
HW_MUST_USE enum hw_status hw_tx_hello(struct hw_tx *tx, const uint8_t curve_key[32], struct hw_hello *hello,
                                       const uint8_t token[HW_TOKEN_SIZE], uint64_t session,
                                       struct hw_welcome *welcome, const char **office, struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_confirm(struct hw_tx *tx, const struct hw_inc *inc, const uint8_t token[HW_TOKEN_SIZE],
                                         struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_heard_set(struct hw_tx *tx, const char *office, int64_t when, uint64_t confirmed,
                                           struct hw_err *err);
/* Codes of the groups that an office may read (it has a grant), `directory` first; arena. */
HW_MUST_USE enum hw_status hw_tx_granted(struct hw_tx *tx, const char *office, const char ***groups, size_t *n,
                                         struct hw_err *err);

/* What the directory says of one office and one group; of `directory` always NOW. */
enum hw_granted { HW_GRANTED_NEVER, HW_GRANTED_ONCE /* all its grants have ended */, HW_GRANTED_NOW };
HW_MUST_USE enum hw_status hw_tx_has_grant(struct hw_tx *tx, const char *office, struct hw_slice group,
                                           enum hw_granted *granted, struct hw_err *err);

/* Whether the office of that incarnation may read the group now; grants can end while its session goes on. Errors: DENIED. */
HW_MUST_USE enum hw_status hw_tx_may_read(struct hw_tx *tx, const struct hw_inc *reader, const char *group,
                                          struct hw_err *err);

/* Enrolment at headquarters. */
struct hw_enrol {
    uint8_t invitation_key[32]; /* the CURVE key of the connection */
    struct hw_join join;
};
HW_MUST_USE enum hw_status hw_tx_invite(struct hw_tx *tx, const char *office, const uint8_t key[32], int64_t expires_ms,
                                        struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_enrol(struct hw_tx *tx, const struct hw_enrol *enrol,
                                       const uint8_t token[HW_TOKEN_SIZE], struct hw_admitted *admitted,
                                       struct hw_err *err);
/* This node's ordinal: the 1 in KAZ.1. */
HW_MUST_USE enum hw_status hw_tx_life_put(struct hw_tx *tx, unsigned life, struct hw_err *err);
unsigned hw_tx_life(struct hw_tx *tx);
/* Enters a life into the directory: `reason` as the vocabulary has it; gives its ordinal. At headquarters. */
HW_MUST_USE enum hw_status hw_tx_life_enter(struct hw_tx *tx, const char *office, const struct hw_inc *inc,
                                            const uint8_t key[HW_SIGN_PUBLIC], const char *reason, uint64_t change,
                                            const char *author, unsigned *number, struct hw_err *err);
/* Headquarters takes nothing new of the office's lives, but for one; `why` is for people. The latest of them keeps the CURVE key
 * (NULL: none) that is shut out with it. */
HW_MUST_USE enum hw_status hw_tx_lives_end(struct hw_tx *tx, const char *office, const struct hw_inc *but, const char *why,
                                           const uint8_t *curve_key, uint64_t change, struct hw_err *err);
/* A person has chosen between two numbers of a life: no two lives of an office have one. */
HW_MUST_USE enum hw_status hw_tx_lives_renumber(struct hw_tx *tx, struct hw_err *err);
/* store_rotate.c: headquarters goes on as `identity`; its CURVE key, `present` until then, becomes `next` at `at`. */
HW_MUST_USE enum hw_status hw_tx_rotate_gate(struct hw_tx *tx, const struct hw_identity *identity, const uint8_t *present,
                                             const uint8_t *next, int64_t at, struct hw_err *err);
int64_t hw_tx_switch_at(struct hw_tx *tx); /* Unix milliseconds; 0: no key waits */
HW_MUST_USE enum hw_status hw_tx_switch_set(struct hw_tx *tx, int64_t at, struct hw_err *err);
/* The key that was announced counts from now on. */
HW_MUST_USE enum hw_status hw_tx_switch(struct hw_tx *tx, uint8_t now[HW_CURVE_SIZE], struct hw_err *err);
/* The key that the directory has for whoever had, or has, this one. NOT_FOUND: none. */
HW_MUST_USE enum hw_status hw_tx_other_key(struct hw_tx *tx, const uint8_t known[HW_CURVE_SIZE],
                                           uint8_t other[HW_CURVE_SIZE], struct hw_err *err);
/* Who follows this relay: its own followers and those behind them; arena. */
HW_MUST_USE enum hw_status hw_tx_serves(struct hw_tx *tx, struct hw_serves *serves, struct hw_err *err);
/* Keeps, and tells, for whom an office spoke in its last HELLO; arena. */
HW_MUST_USE enum hw_status hw_tx_speaks(struct hw_tx *tx, const char *office, const struct hw_hello *hello,
                                        struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_spoken(struct hw_tx *tx, const char *office, const char ***codes, size_t *n,
                                        struct hw_err *err);
/* The open invitation of an office is void. */
HW_MUST_USE enum hw_status hw_tx_invite_drop(struct hw_tx *tx, const char *office, struct hw_err *err);
/* Keys that may connect: offices' CURVE keys and open invitations; and those that are shut out; by key, each once; arena. */
struct hw_door {
    uint8_t key[32];
    bool invitation;
    bool banned;      /* of a revoked office, or one that an office had before its present one */
    char office[HW_OFFICE_MAX + 1];
    char reason[200]; /* banned: what headquarters said of it; "" */
    uint64_t grants;  /* changes when the groups of its office do */
};
HW_MUST_USE enum hw_status hw_tx_doors(struct hw_tx *tx, struct hw_door **doors, size_t *n, struct hw_err *err);

#endif
