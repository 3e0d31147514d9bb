/* store.h: everything a node knows, behind one door.  Floor 2.
 * ONE thread owns the only read-write SQLite handle; jobs come through one
 * bounded queue, are run FIFO and committed together (group commit), each write
 * job in a savepoint of its own. What is saved is committed with
 * synchronous=FULL before anybody is told.
 *
 * Only store*.c know SQLite: jobs use the functions on `struct hw_tx` below. */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include "headway/journal.h"
#include "headway/merge.h"
#include "headway/policy.h"
#include "headway/segment.h"

struct hw_store; /* handle, thread, queue */
struct hw_tx;    /* one transaction; valid inside a job's run */

/* A piece of work for the store thread. Owned by who submits it; must live until done. */
struct hw_job {
    bool write; /* false: run changes nothing */
    bool large; /* much to write: a transaction of its own */
    bool soft;  /* what it writes comes again when it is lost: the disk need not have it before it is reported. The next job that
                 * is not soft waits for all before it, even when it writes nothing itself */
    bool keeps; /* rows change by hw_tx_write alone: the records that it loads stay for the next such job */
    /* On the store thread. May be run a second time when the first transaction could not be committed: it starts afresh. */
    enum hw_status (*run)(struct hw_tx *tx, void *self, struct hw_err *err);
    /* On the submitter's thread, after the commit (or its failure: then status is not OK and nothing of it is saved). */
    void (*done)(void *self, enum hw_status status, const struct hw_err *err);
    void *self;
    /* private to the store */
    struct hw_job *next;
    enum hw_status status;
    struct hw_err err;
};

/* Opens or makes the database at `path`, migrates it. `wake` is called on the store thread whenever finished jobs
 * wait (uv_async_send); NULL for the synchronous form, which starts no thread. Errors: CORRUPT, IO, NO_SPACE, VERSION
 * (made by a newer Headway). */
HW_MUST_USE enum hw_status hw_store_open(const char *path, void (*wake)(void *self), void *self,
                                         struct hw_store **store, struct hw_err *err);
/* Makes room in the log before it is needed, as a store with a thread does by itself. */
void hw_store_ahead(struct hw_store *store);
/* Finishes the queue, checkpoints, closes. Finished jobs not yet collected are completed first. */
void hw_store_close(struct hw_store *store);
/* Never blocks and never fails: the queue is bounded by its sources (one request per client, credit per
 * peer). */
void hw_store_submit(struct hw_store *store, struct hw_job *job);
/* Calls `done` of every finished job; on the submitter's thread. */
void hw_store_collect(struct hw_store *store);
/* What the store thread does once, on the caller's thread: runs and commits the jobs that wait (at most a batch) and keeps
 * them for hw_store_collect. False: nothing waits. Only without a store thread (the simulator). */
bool hw_store_turn(struct hw_store *store);
/* Runs one job at once on the caller's thread; only without a store thread (before the loop runs, in
 * modes of headwayd, in tests and the simulator). Its status. */
enum hw_status hw_store_now(struct hw_store *store, struct hw_job *job, struct hw_err *err);

/* ---- the transaction ---- */

struct hw_arena *hw_tx_arena(struct hw_tx *tx); /* lives until the job's run returns */
int64_t hw_tx_wall(const struct hw_tx *tx);     /* Unix milliseconds, one value per job */

/* Facts about this node that are not replicated: small values by name. */
HW_MUST_USE enum hw_status hw_tx_get(struct hw_tx *tx, const char *key, struct hw_slice *value); /* NOT_FOUND: empty */
HW_MUST_USE enum hw_status hw_tx_put(struct hw_tx *tx, const char *key, struct hw_slice value, struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_drop(struct hw_tx *tx, const char *key, struct hw_err *err);

/* What happened to this node that a person should know, and what was done about it: one plain sentence each, newest first,
 * at most HW_INCIDENTS_MAX kept. Not replicated. */
#define HW_INCIDENTS_MAX 20
struct hw_incident {
    int64_t when_ms;
    const char *text; /* arena */
};
HW_MUST_USE enum hw_status hw_tx_incident(struct hw_tx *tx, const char *text, struct hw_err *err);
HW_MUST_USE enum hw_status hw_tx_incidents(struct hw_tx *tx, struct hw_incident *list, size_t *n, struct hw_err *err);

/* What the head of a column meant when a file was imported into a group; `head` is folded. Not replicated: what an office
 * calls things in its files is its own affair. */
struct hw_heading {
    const char *head, *field;
};
HW_MUST_USE enum hw_status hw_tx_heading_set(struct hw_tx *tx, const char *group, const struct hw_heading *heading,
                                             struct hw_err *err);
/* All of a group, by head; arena array. */
HW_MUST_USE enum hw_status hw_tx_headings(struct hw_tx *tx, const char *group, struct hw_heading **list, size_t *n,
                                          struct hw_err *err);

/* -- records -- */

/* The row of a record, loaded or empty (made.seq == 0), cached until the job ends; apply to it and it is written back
 * when the job succeeds. A record is named by its group and its id: nobody can take an id away in another group. */
struct hw_record {
    struct hw_row row;
    char group[HW_GROUP_MAX + 1];
    bool exists; /* it has a row */
    bool dirty;
    bool fold;  /* a verdict came: to be built anew from its history (store_record.c) */
    bool moved; /* a reference may have changed: its index too */
    /* Its events in order of arrival here: pairs of (stream row id, seq), LEB128. Local: not part of the replicated state. */
    uint8_t *history;
    size_t history_n, history_cap;
};
HW_MUST_USE enum hw_status hw_tx_record(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const char *group,
                                        struct hw_record **record, struct hw_err *err);
/* Finds existing records by id prefix over all kinds (whole id included). `found` gets at most `max`, sorted by id;
 * returns how many there are in all (counting stops at 50). */
struct hw_found {
    uint16_t kind;
    struct hw_id id;
    char group[HW_GROUP_MAX + 1];
};
size_t hw_tx_find(struct hw_tx *tx, struct hw_slice prefix, struct hw_found *found, size_t max);
/* Shortest unique prefix of an id, at least 4 characters; writes at most HW_ID_TEXT + 1 bytes. */
void hw_tx_short(struct hw_tx *tx, const struct hw_id *id, char *text);

/* Scans the rows of one kind in id order (or in the order said). Sees only what was flushed: jobs that both write and scan call
 * hw_tx_flush first. The strings of a row are valid until the next step. */
struct hw_scan;
enum hw_scan_by {
    HW_SCAN_ALL,       /* every row of the kind, by id */
    HW_SCAN_GROUP,     /* key: group code; by id */
    HW_SCAN_REF,       /* `field` (a REF field of the kind) equals key (16 characters); by id: items of a plan, comments on a record */
    HW_SCAN_ID,        /* key: whole id */
    HW_SCAN_AFTER,     /* ids greater than key */
    HW_SCAN_CONFLICTS  /* rows with a field in conflict */
};
HW_MUST_USE enum hw_status hw_scan_open(struct hw_tx *tx, uint16_t kind, enum hw_scan_by by, uint16_t field,
                                        const char *key, struct hw_scan **scan, struct hw_err *err);
/* Every row of the kind, of each only its id, group, `fields` and, with `made`, who created it; asked for another column it has
 * nothing. A record whose every event was refused is among them, and all its fields are empty. In the order in which rows lie
 * on disk, which means nothing: ten times as fast as the whole rows by id. */
HW_MUST_USE enum hw_status hw_scan_narrow(struct hw_tx *tx, uint16_t kind, const uint16_t *fields, size_t n, bool made,
                                          struct hw_scan **scan, struct hw_err *err);

/* A test of columns that the database makes by itself. It is there to leave out rows that cannot be meant before they are read
 * whole: whoever needs to be exact looks at the rows that pass. */
enum hw_sieve_how {
    HW_SIEVE_AMONG,     /* the reference, or the group, is one of `texts` */
    HW_SIEVE_ELEMENT,   /* the text, or an element of the set, is one of `texts` */
    HW_SIEVE_PART,      /* a text or set, folded, holds one of `texts`, which are folded: any of the fields */
    HW_SIEVE_FLAG,      /* a BOOL is true; with `none` false or not there */
    HW_SIEVE_FROM_MOST, /* the first day of a time is `day` at most */
    HW_SIEVE_FROM_LEAST,
    HW_SIEVE_TO_MOST, /* the last day */
    HW_SIEVE_TO_LEAST,
    HW_SIEVE_CONFLICTS /* the row has a field in conflict */
};
enum { HW_SIEVE_FIELDS = 4, HW_SIEVE_GROUP = 0 /* for a field: the row's group */ };
struct hw_sieve_test {
    enum hw_sieve_how how;
    uint16_t fields[HW_SIEVE_FIELDS];
    size_t fields_n;
    const char *const *texts; /* borrowed until the scan is open */
    size_t n;
    int32_t day;
    bool none; /* a row that has nothing there passes */
};
/* The rows that pass all tests, whole, by id. */
HW_MUST_USE enum hw_status hw_scan_sieve(struct hw_tx *tx, uint16_t kind, const struct hw_sieve_test *tests, size_t n,
                                         struct hw_scan **scan, struct hw_err *err);
bool hw_scan_next(struct hw_scan *scan);
void hw_scan_close(struct hw_scan *scan); /* NULL is fine */
/* Columns. Text is "" when there is none. `field` is a field id of the kind. */
const char *hw_scan_id(struct hw_scan *scan);
const char *hw_scan_group(struct hw_scan *scan);
bool hw_scan_archived(struct hw_scan *scan);
int hw_scan_conflicts(struct hw_scan *scan); /* fields in conflict, `source` not counted */
/* TEXT, COUNTRY: the text; ENUM: the word; TIME: the raw text; REF: the id; sets: a JSON array of texts (["KAZ","TKM"]); INTEGER, BOOL: digits. */
const char *hw_scan_text(struct hw_scan *scan, uint16_t field);
/* Elements of a set as printed, sorted by their bytes; arena array. */
const char **hw_scan_elements(struct hw_scan *scan, uint16_t field, struct hw_arena *arena, size_t *n);
int64_t hw_scan_number(struct hw_scan *scan, uint16_t field);  /* INTEGER, BOOL, ENUM (its value); -1 when there is none */
void hw_scan_days(struct hw_scan *scan, uint16_t field, int32_t *earliest, int32_t *latest); /* TIME */
int64_t hw_scan_updated_ms(struct hw_scan *scan);
const char *hw_scan_updated_by(struct hw_scan *scan);        /* author */
struct hw_inc hw_scan_updated_inc(struct hw_scan *scan);
struct hw_inc hw_scan_made_inc(struct hw_scan *scan);        /* who created it: its office */
/* The whole merged row, decoded into `arena`. */
HW_MUST_USE enum hw_status hw_scan_row(struct hw_scan *scan, struct hw_arena *arena, struct hw_row *row,
                                       struct hw_err *err);
/* Writes dirty records back now. */
HW_MUST_USE enum hw_status hw_tx_flush(struct hw_tx *tx, struct hw_err *err);
int64_t hw_tx_count(struct hw_tx *tx, uint16_t kind); /* rows, archived too */

/* -- the log -- */

/* An event as held, with what was decided about it. `segment_first` is 0 for a draft. */
struct hw_logged {
    struct hw_event event; /* stamp: the one that counts */
    struct hw_inc inc;
    char group[HW_GROUP_MAX + 1];
    bool admitted;
    uint64_t position;   /* in the journal, of its ADMIT; 0 when not admitted */
    int64_t received_ms; /* arrival at the gate, from the ADMIT entry; 0 when not admitted */
    bool refused;        /* by the verdict that counts */
    uint8_t verdict;     /* enum hw_verdict, 0 for none */
    uint16_t verdict_code;
    const char *verdict_text;
};
/* All held events of a record, by (stream, seq); arena array. */
HW_MUST_USE enum hw_status hw_tx_history(struct hw_tx *tx, const struct hw_id *id, struct hw_logged **events,
                                         size_t *n, struct hw_err *err);
/* One event by its name. NOT_FOUND. */
HW_MUST_USE enum hw_status hw_tx_event(struct hw_tx *tx, const struct hw_inc *inc, const char *group, uint64_t seq,
                                       struct hw_logged *event, struct hw_err *err);
/* Whether the segment that holds the event is signed by the key that the directory has for its life: looked at anew. */
enum hw_signed {
    HW_SIGNED_UNKNOWN, /* not sealed yet, or the directory does not know the life */
    HW_SIGNED_GOOD,
    HW_SIGNED_BAD
};
HW_MUST_USE enum hw_status hw_tx_signed(struct hw_tx *tx, const struct hw_logged *event, enum hw_signed *found,
                                        struct hw_err *err);
/* All events held of all groups, newest first (drafts first, then journals from their ends, merged by arrival); `each` returns false to stop. `event` lives
 * for that call only. */
typedef bool hw_each_event(void *self, const struct hw_logged *event);
HW_MUST_USE enum hw_status hw_tx_log(struct hw_tx *tx, const char *group_or_null, hw_each_event *each, void *self,
                                     struct hw_err *err);
/* Events of this office, of all its lives, that were refused and not written again since; newest first, arena array. */
HW_MUST_USE enum hw_status hw_tx_refused(struct hw_tx *tx, struct hw_logged **events, size_t *n, struct hw_err *err);
/* A write of a record that is older than what is held of its group: its value and stamp where it stood when the snapshot was cut
 * that the group began with; job's arena. Errors: NOT_FOUND (it is not older), GAP (it did not stand any more). */
HW_MUST_USE enum hw_status hw_tx_based(struct hw_tx *tx, const char *group, const struct hw_row *of, uint16_t field,
                                       const struct hw_name *name, struct hw_slice *value, uint64_t *stamp,
                                       struct hw_err *err);
/* Since when the changes of all groups are held, in Unix milliseconds; 0: all are. */
int64_t hw_tx_history_since(struct hw_tx *tx);
/* All events of one change of one incarnation, in order; arena array. */
HW_MUST_USE enum hw_status hw_tx_change(struct hw_tx *tx, const struct hw_inc *inc, uint64_t change,
                                        struct hw_logged **events, size_t *n, struct hw_err *err);

/* -- writing own events -- */

/* Who this node is: from the configuration and the store. */
struct hw_self {
    char office[HW_OFFICE_MAX + 1];
    struct hw_inc inc;
    unsigned life;  /* ordinal of the incarnation: KAZ.1 */
    bool gate;      /* headquarters: decides for every group */
    bool enrolled;  /* belongs to a headquarters */
};
const struct hw_self *hw_tx_self(struct hw_tx *tx);
/* The id of a new record: random, beside the one that was made last (hw_id_place). */
struct hw_id hw_tx_new_id(struct hw_tx *tx);
/* Number of the next change; every event of one command carries the same one. */
uint64_t hw_tx_next_change(struct hw_tx *tx);
/* Writes one event of this node: gives it number and stamp, applies it to its record, keeps it as a draft (at the gate it is
 * sealed and admitted before the job commits). `event` needs kind, record, author, change, ops; seq and stamp are filled in.
 * Values must already be checked. Errors: DENIED (`directory` away from headquarters, unless standalone), LIMIT. */
HW_MUST_USE enum hw_status hw_tx_write(struct hw_tx *tx, const char *group, struct hw_event *event, struct hw_err *err);

/* Takes the values of an admitted event out of this node, and by the journal out of every replica: names, hash and trace stay.
 * `text` says who and why, at most 500 bytes. At the gate alone; it cannot be undone. Errors: DENIED, NOT_FOUND, USAGE (it has none
 * any more). */
HW_MUST_USE enum hw_status hw_tx_redact(struct hw_tx *tx, const struct hw_inc *inc, const char *group, uint64_t seq,
                                        const char *text, struct hw_err *err);

/* -- offices, grants, lives, figures for status -- */

/* What an office may do in a group now; arena. */
HW_MUST_USE enum hw_status hw_tx_leave(struct hw_tx *tx, const char *office, const char *group, struct hw_leave *leave,
                                       struct hw_err *err);

/* Office code and ordinal of an incarnation; "?" and 0 when unknown. Arena text. */
const char *hw_tx_office_of(struct hw_tx *tx, const struct hw_inc *inc, unsigned *life);
struct hw_office_heard {
    char code[HW_OFFICE_MAX + 1];
    int64_t last_heard_ms; /* 0: never */
    uint64_t behind;       /* journal entries it has not confirmed */
    bool in_session;       /* it has been, here */
    bool elsewhere;        /* its changes came through a relay since it was last in session here: `behind` is not known */
    bool connected;
};
/* What this node knows of when the others were heard; arena array sorted by code. From its own sessions, and from
 * the arrival times in the journals: so headquarters hears an office behind a relay when its changes arrive. */
HW_MUST_USE enum hw_status hw_tx_heard(struct hw_tx *tx, struct hw_office_heard **offices, size_t *n,
                                       struct hw_err *err);
/* store_orphan.c: changes of other offices that this node took for headquarters and that nobody admits any more, by the life that made
 * them. None at headquarters. */
struct hw_orphans {
    struct hw_inc inc;
    char office[HW_OFFICE_MAX + 1];
    unsigned life;
    bool revoked; /* the office; otherwise the life has ended */
    uint64_t changes;
    const char **groups; /* job's arena */
    size_t groups_n;
};
HW_MUST_USE enum hw_status hw_tx_orphans(struct hw_tx *tx, struct hw_orphans **list, size_t *n, struct hw_err *err);
const char *hw_orphans_text(struct hw_arena *arena, const struct hw_orphans *one); /* a sentence for a person */
/* `carried`: events of others that wait for the gate, without those orphans. */
struct hw_counts {
    uint64_t records, events, pending, carried, refused, conflicts, db_bytes;
};
/* Own events that wait for the gate; cheap. */
uint64_t hw_tx_pending(struct hw_tx *tx);
HW_MUST_USE enum hw_status hw_tx_counts(struct hw_tx *tx, struct hw_counts *counts, struct hw_err *err);
/* Codes of the groups that this node holds anything of or knows from the directory, sorted; arena array. */
HW_MUST_USE enum hw_status hw_tx_groups(struct hw_tx *tx, const char ***codes, size_t *n, struct hw_err *err);

#endif
