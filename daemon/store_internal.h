/* store_internal.h: what the store's files share.  Floor 2, private to store*.c. */
#ifndef DAEMON_STORE_INTERNAL_H
#define DAEMON_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "daemon/store.h"
#include "daemon/store_sql.h"
#include "daemon/store_sync.h"
#include "headway/draft.h"

/* A journal's tip: one per group that this node holds anything of. */
struct hw_group {
    int64_t id;
    char code[HW_GROUP_MAX + 1];
    struct hw_inc life; /* the gate's: of the next entry, and of those from `first` on */
    uint64_t first;
    uint64_t position;  /* last entry held and applied */
    uint8_t chain[HW_HASH_SIZE];
    uint64_t bare;      /* last entries that no signature covers yet (store_news.c) */
    bool dirty;
    uint64_t base;      /* position of the snapshot that the rows here begin with; 0: everything is held */
    uint8_t base_chain[HW_HASH_SIZE];
    uint64_t staged, staged_n; /* position of a snapshot that comes, and its chunks held */
};

/* (incarnation, group). */
struct hw_stream {
    int64_t id;
    struct hw_inc inc;
    int64_t group;     /* hw_group.id */
    uint64_t tip;      /* last event applied to the rows (own drafts included) */
    uint64_t shown;    /* last event that the rows in the database show: those behind are owed (store_owed.c) */
    uint64_t sealed;   /* last event in a segment held */
    uint64_t admitted; /* last event admitted by the gate, as its journal says */
    uint8_t hash[HW_HASH_SIZE]; /* of the last segment held */
    uint64_t base;    /* last event that the group's snapshot stands for */
    uint8_t base_hash[HW_HASH_SIZE]; /* of the segment that ends with it */
    uint64_t stamped; /* stamp of the last own event sealed; 0: not looked up yet */
    bool dirty;
};

/* The last draft written: where a stream ends and the counters stand need not be written beside it. */
struct hw_drafted {
    int64_t stream; /* 0: no draft is held */
    uint64_t seq, change, clock;
};

/* One life as the directory tells it. */
struct hw_life {
    struct hw_inc inc;
    char office[HW_OFFICE_MAX + 1];
    unsigned number;
    bool ended; /* headquarters takes nothing new of it */
    bool past;       /* it goes on from a past that may lack something: restored, copied, forked */
    int64_t born_ms; /* when headquarters entered it */
    uint8_t key[HW_SIGN_PUBLIC];
};

/* The statements of a typed table, made from the schema. */
enum hw_table_sql {
    HW_TABLE_LOAD,   /* id, grp -> meta, history */
    HW_TABLE_ADD,    /* all columns of a row that is not there */
    HW_TABLE_SAVE,   /* the same parameters: upsert */
    HW_TABLE_UPDATE, /* the same parameters: all columns without an index, of a row that is there */
    HW_TABLE_DROP,   /* id, grp */
    HW_TABLE_MATCH,  /* the same parameters: history, and of each other column whether it is as said */
    HW_TABLE_FIND,   /* low, high -> id, grp */
    HW_TABLE_COUNT,
    HW_TABLE_STATEMENTS
};

/* That an office may read a group, or that it might. */
struct hw_grant {
    struct hw_id id, office;
    char group[HW_GROUP_MAX + 1];
    bool ended;
};

/* The typed table of one kind. */
enum { HW_TABLE_FIELDS = 256 }; /* numbers of fields end there */

struct hw_table {
    const struct hw_kind *kind;
    sqlite3_stmt *sql[HW_TABLE_STATEMENTS]; /* NULL until they are asked for */
    struct hw_scan *closed; /* scans that can be opened again */
    int column[HW_TABLE_FIELDS]; /* field id -> first result column of a scan; 0 for none */
    char *columns;       /* "id, grp, ..." in scan order */
};

struct hw_queue {
    struct hw_job *first, *last;
};

/* State that a savepoint's rollback must also undo is read again from the
 * database then (store_cache_load). */
struct hw_store {
    sqlite3 *db;
    sqlite3_stmt *sql[SQL_COUNT];
    struct hw_table *tables; /* hw_schema_n of them */
    struct hw_tx *tx;        /* NULL until the first job */
    struct hw_group *groups;
    size_t groups_n, groups_cap;
    struct hw_stream *streams;
    size_t streams_n, streams_cap, stream_last;
    struct hw_life *lives;
    size_t lives_n, lives_cap;
    bool lives_known;
    struct hw_grant *grants; /* as the rows say: what a job has not flushed is not among them */
    size_t grants_n;
    bool grants_known;
    struct hw_door *doors; /* the same */
    size_t doors_n;
    bool doors_known;
    bool behind; /* rows of drafts are owed, and nobody has them in memory */
    bool stale; /* the memory may differ from the database: read it again first */
    bool within; /* a transaction is open, and nothing may be written outside of it */
    enum hw_status broken; /* the disk failed in the job under way; HW_OK: it did not */
    struct hw_err why;     /* of that */
    bool directory_changed; /* since the flag was last taken by the node */
    uint64_t change, clock; /* last change number, last stamp */
    uint64_t greatest; /* stamp that this gate has given or admitted: it doubts a wall clock far behind it */
    uint64_t saved_change, saved_clock, saved_greatest; /* as the table node says */
    struct hw_drafted drafted;
    struct hw_identity identity, before; /* before: of a rebirth that is not committed yet */
    struct hw_identity undo;             /* before the job under way */
    bool reborn, undo_reborn;
    bool recovering; /* this hub was restored, and takes back what the offices hold (store_recovery.c) */
    struct hw_self self;
    size_t packs; /* drafts to segments, in sixteenths, as the last one sealed has shown; 0: none yet */
    struct hw_making *making; /* NULL: no snapshot is being made */
    bool kept;                /* something may be put aside (store_kept.c) */
    bool passed;              /* something handed back may wait for the way up (store_passed.c) */
    int64_t keep_ms;          /* how long history is kept here; 0: for ever */
    bool soft, unsettled; /* commits do not wait for the disk; it may lack some */
    int64_t wal_frames; /* pages in the log at the last commit; 0: none since the log was tended */
    int64_t wal_page;   /* bytes of one */
    int64_t wal_room;   /* bytes of pages that it has room for */
    bool wal_ahead; /* room is made before it is needed: a daemon's store, which lives long */
    uint64_t snapshot_events; /* 0: HW_SNAPSHOT_EVENTS */
    unsigned lives_a_day;     /* 0: HW_LIVES_PER_DAY */
    unsigned refusals_a_minute; /* 0: HW_REFUSALS_PER_MINUTE */
    struct refusals *refusals;  /* of offices that push (store_push.c); owned */
    size_t refusals_n;
    void (*wake)(void *self);
    void *wake_self;
    pthread_t thread;
    bool threaded;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct hw_queue waiting, finished; /* under the mutex */
    bool stopping;                     /* under the mutex */
};

enum { RECORD_SLOTS = 4096 }; /* records touched by the largest ingest (four full segments) stay in short chains */

struct hw_record_slot {
    struct hw_record record;
    struct hw_record_slot *chain, *next, *after; /* next: among those of one job; after: among all; in order of loading */
    uint64_t job; /* the last one that asked for it */
    bool owed;    /* its row is not written, by a job before this one */
};

enum { READING_SLOTS = 64 }; /* whoever reads the whole log looks here for each event: among its stream's, not among all */

/* A segment opened in this job: many who ask for its events need it once. */
struct hw_reading {
    int64_t stream;
    struct hw_opened opened;
    bool checked; /* its signature, which was found to be so: */
    enum hw_signed found;
    const struct hw_history_item *lent; /* not held: it says what was decided (store_lend.c) */
    struct hw_reading *next;
};

/* Drafts as they are read: a run, decoded. */
struct hw_drafts {
    int64_t stream;
    uint64_t first;
    size_t n; /* 0: none */
    struct hw_event *events;
};

/* Drafts that the job has written and that are no row yet. */
struct hw_drafting {
    struct hw_out run; /* kept from job to job */
    int64_t stream;
    size_t n, size;       /* size: in a segment, at most */
    struct hw_event last; /* of the run; its author lives as long as the job */
};

/* What grew in a job at its end: sealed own events of one stream, entries of one journal (store_live.c). */
struct hw_grown {
    int64_t group; /* 0: none */
    uint64_t first, last;
    struct hw_inc author;
    bool mixed; /* several groups, or several authors: not told in one message */
};

struct hw_tx {
    struct hw_store *store;
    struct hw_arena arena;
    size_t most; /* what a job of this batch took of it */
    int64_t wall;
    int64_t offset; /* what to add to `wall` for the hub's time */
    struct hw_record_slot *slots_first[RECORD_SLOTS];
    struct hw_record_slot **slots; /* of an import the arena's, wider and wider */
    size_t slots_n, records_n;
    struct hw_record_slot *records, **records_end; /* of this job */
    struct hw_record_slot *all, **all_end;
    uint64_t job;
    bool keeps; /* the last job left the records as its transaction did */
    bool owing; /* among them are some whose rows are owed */
    bool paid;  /* this job has written rows before its end: what it writes after is not owed either */
    struct hw_drafting drafting;
    struct hw_drafts drafts_read; /* the run read last */
    struct hw_reading *read[READING_SLOTS]; /* by stream; the one opened last first */
    const struct hw_history_message *lent; /* a page of old history that this job looks at (store_lend.c) */
    uint64_t placed; /* ids of new records, of this job */
    bool sealing; /* own streams of groups gated here have drafts */
    struct hw_grown up, down; /* of this job */
};

/* store_wal.c: begins to count the log's pages; sees to the log, after commits. */
HW_MUST_USE enum hw_status hw_wal_watch(struct hw_store *store, struct hw_err *err);
void hw_wal_begin(struct hw_store *store); /* a daemon, before anybody waits */
HW_MUST_USE enum hw_status hw_wal_harden(struct hw_store *store, bool soft, struct hw_err *err); /* the next commit; outside of one */
HW_MUST_USE enum hw_status hw_wal_settle(struct hw_store *store, struct hw_err *err); /* the disk has what soft commits left */
void hw_wal_tend(struct hw_store *store);

/* store_live.c */
void hw_grown_add(struct hw_grown *grown, const struct hw_group *group, const struct hw_inc *author, uint64_t first,
                  uint64_t last);

/* store_table.c */
HW_MUST_USE enum hw_status hw_table_migrate(struct hw_store *store, struct hw_err *err);
void hw_table_open(struct hw_store *store);
void hw_table_close(struct hw_store *store);
/* A statement, prepared when it is first asked for, and reset. When it cannot be prepared it is NULL, which SQLite takes
 * for a statement that fails: hw_sql_step says why. */
sqlite3_stmt *hw_table_sql(struct hw_store *store, struct hw_table *table, enum hw_table_sql which);
HW_MUST_USE enum hw_status hw_table_create(struct hw_store *store, const struct hw_kind *kind, struct hw_err *err);
size_t hw_table_columns(const struct hw_kind *kind); /* of its table */
/* store_grow.c: tables that lack kinds or fields of the schema are made anew, and their rows from the events. The second part
 * comes when the tables are open. Errors: VERSION (the database knows more than the schema). */
HW_MUST_USE enum hw_status hw_grow_tables(struct hw_store *store, struct hw_err *err);
HW_MUST_USE enum hw_status hw_grow_rows(struct hw_store *store, struct hw_err *err);
struct hw_table *hw_table_of(struct hw_store *store, uint16_t kind); /* NULL: unknown kind */

/* store_beside.c: whether the field has a column that holds its whole value, as a rule; and whether this value is one that the
 * column holds. `meta` leaves those out. */
bool hw_table_text(const struct hw_field *field);
bool hw_table_text_whole(struct hw_slice value, struct hw_slice text);
char *hw_table_texts(const struct hw_kind *kind, struct hw_arena *arena); /* ", \"title\", ...": their columns */
void hw_table_places(const struct hw_kind *kind, int first, int column[HW_TABLE_FIELDS]); /* of those, the first being at `first` */
/* Decodes `meta` of the row on which the statement stands; `column`: where the texts are in its result. */
HW_MUST_USE enum hw_status hw_table_meta(struct hw_row *row, sqlite3_stmt *statement, const int column[HW_TABLE_FIELDS],
                                        struct hw_arena *arena, struct hw_slice meta, struct hw_err *err);

/* store_scan.c: ends the scans that are kept for reuse. */
void hw_scans_free(struct hw_table *table);
/* The rows with these row ids, whole, in that order. Takes `rows` over, which is from hw_alloc. */
HW_MUST_USE enum hw_status hw_scan_rows(struct hw_tx *tx, struct hw_table *table, int64_t *rows, size_t n,
                                        struct hw_scan **scan, struct hw_err *err);
/* store_sieve.c: makes the tests known to SQLite; once per connection. */
HW_MUST_USE enum hw_status hw_sieve_install(struct hw_store *store, struct hw_err *err);

/* store_record.c: the row cache of one job. */
void hw_records_forget(struct hw_tx *tx); /* before the arena of the job before is given back */
void hw_records_keep(struct hw_tx *tx);   /* instead: the next job finds them */
/* A verdict came: the record is built anew before it is looked at or written. */
HW_MUST_USE enum hw_status hw_record_fold(struct hw_tx *tx, uint16_t kind, const struct hw_id *id, const char *group,
                                          struct hw_err *err);
/* The projection: binds a record as columns, the parameters of a table's `add`, `save`, `update` and `match`. What is bound
 * lives in `meta` and `arena` until the statement is reset. */
void hw_record_bind(sqlite3_stmt *statement, const struct hw_table *table, const struct hw_record *record,
                    struct hw_out *meta, struct hw_arena *arena);
struct hw_record *hw_record_cached(struct hw_tx *tx, const struct hw_id *id); /* NULL: not loaded in this job */
/* A record's history: adds one event; steps through it from *at = 0, false at the end. */
void hw_history_add(struct hw_tx *tx, struct hw_record *record, int64_t stream, uint64_t seq);
/* store_log.c: is its signature good, where `previous` is the hash of the segment before? */
HW_MUST_USE enum hw_status hw_reading_judge(struct hw_tx *tx, const struct hw_stream *stream, struct hw_reading *reading,
                                            const uint8_t previous[HW_HASH_SIZE], struct hw_err *err);
/* The events themselves, by (incarnation, seq); job's arena. */
HW_MUST_USE enum hw_status hw_history_read(struct hw_tx *tx, const struct hw_record *record,
                                           struct hw_logged **events, size_t *n, struct hw_err *err);
struct hw_held *hw_history_held(struct hw_tx *tx, const struct hw_logged *events, size_t n); /* for the merge; job's arena */
bool hw_history_next(const struct hw_record *record, size_t *at, int64_t *stream, uint64_t *seq);
bool hw_history_has(const struct hw_record *record, int64_t stream, uint64_t seq);

/* store_cache.c: groups, streams, lives, counters in memory. */
HW_MUST_USE enum hw_status hw_cache_load(struct hw_store *store, struct hw_err *err);
HW_MUST_USE enum hw_status hw_cache_save(struct hw_store *store, struct hw_err *err);
void hw_cache_free(struct hw_store *store);
struct hw_group *hw_cache_group(struct hw_store *store, struct hw_slice code); /* NULL: none */
struct hw_group *hw_cache_group_by_id(struct hw_store *store, int64_t id);
HW_MUST_USE enum hw_status hw_cache_group_make(struct hw_store *store, struct hw_slice code, struct hw_group **group,
                                               struct hw_err *err);
struct hw_stream *hw_cache_stream(struct hw_store *store, const struct hw_inc *inc, int64_t group);
struct hw_stream *hw_cache_stream_by_id(struct hw_store *store, int64_t id);
/* Pointers into the cache stay good until the next *_make. */
HW_MUST_USE enum hw_status hw_cache_stream_make(struct hw_store *store, const struct hw_inc *inc, int64_t group,
                                                struct hw_stream **stream, struct hw_err *err);
/* NULL when the directory does not know it. */
HW_MUST_USE enum hw_status hw_cache_life(struct hw_tx *tx, const struct hw_inc *inc, const struct hw_life **life,
                                         struct hw_err *err);

/* store_recovery.c: whether this hub recovers. */
void hw_recovery_load(struct hw_store *store);

/* store_life.c: an office as the directory has it now. */
struct hw_office_keys {
    bool known, revoked;
    bool keyed, announced; /* it has joined before; it is about to have another key */
    uint8_t curve_key[HW_CURVE_SIZE], next_key[HW_CURVE_SIZE];
};
HW_MUST_USE enum hw_status hw_office_look(struct hw_tx *tx, const char *office, struct hw_office_keys *keys,
                                          struct hw_err *err);
/* Writes its present CURVE key (NULL: as it is) and the one that it is about to have (NULL: none). */
HW_MUST_USE enum hw_status hw_office_announce(struct hw_tx *tx, const char *office, const uint8_t *present,
                                              const uint8_t *next, uint64_t change, struct hw_err *err);
/* The office uses what it has announced, as `key` of a connection (NULL: a segment) tells: the former keys end. */
HW_MUST_USE enum hw_status hw_life_settle(struct hw_tx *tx, const struct hw_life *life, const uint8_t *key,
                                          struct hw_err *err);
/* No two lives of an office have one name: those that do get other numbers, the own life the greatest of its office. `fresh`:
 * nobody has been told of the own life, which alone moves then. */
HW_MUST_USE enum hw_status hw_lives_number(struct hw_tx *tx, bool fresh, struct hw_err *err);
/* `direct`: it was said over a connection with the office's own key. Else as hw_tx_introduce. */
HW_MUST_USE enum hw_status hw_life_introduce(struct hw_tx *tx, const struct hw_introduce *introduce, bool direct,
                                             bool *pass_on, struct hw_err *err);

/* store_session.c: whether the reader's cursor stands on our journal. */
bool hw_cursor_holds(struct hw_tx *tx, const struct hw_group *group, const struct hw_cursor *cursor);

/* store_apply.c: events into rows. A refused event takes its place in the stream and in the record's history, no more. */
HW_MUST_USE enum hw_status hw_apply_event(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                                          const struct hw_event *event, bool refused, struct hw_err *err);
/* Builds a record anew from its history. After a verdict this is put off until the record is asked for or written
 * (`fold`): a thousand verdicts on one record are one such work. */
HW_MUST_USE enum hw_status hw_apply_fold(struct hw_tx *tx, uint16_t kind, const struct hw_id *id,
                                         const struct hw_group *group, struct hw_err *err);
/* Whether an event of the record is held, as the merge asks (struct hw_arrivals). One that a snapshot stands for counts as held. */
struct hw_holding {
    struct hw_tx *tx;
    int64_t group;
    const struct hw_record *record; /* NULL: only what a snapshot stands for */
};
bool hw_apply_arrived(void *self, const struct hw_name *name);

/* store_restamp.c: stamps of drafts about to be sealed, set right; their records are folded anew. */
HW_MUST_USE enum hw_status hw_restamp(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                                      struct hw_event *events, size_t n, struct hw_err *err);
/* Seals drafts of `stream`, if there are any, into one segment of at most 1,024 events, 192 KiB unpacked and about `max` bytes
 * packed. */
HW_MUST_USE enum hw_status hw_seal_stream(struct hw_tx *tx, struct hw_stream *stream, const struct hw_group *group,
                                          size_t max, struct hw_err *err);
/* At the gate: seals and admits all own drafts. */
HW_MUST_USE enum hw_status hw_seal_own(struct hw_tx *tx, struct hw_err *err);

/* store_gate.c */
/* Appends ADMIT for the segment that begins at `first` of a stream. `more`: verdicts about it follow at once. */
HW_MUST_USE enum hw_status hw_gate_admit(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                         uint64_t first, uint32_t n, const uint8_t hash[HW_HASH_SIZE], bool more,
                                         struct hw_err *err);
/* Judges one opened segment that was just taken; `moved` says whether it was admitted. */
HW_MUST_USE enum hw_status hw_gate_segment(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                           const struct hw_opened *opened, const uint8_t hash[HW_HASH_SIZE],
                                           bool *moved, struct hw_err *err);
/* Judges what waits in the group until nothing more can be admitted. */
HW_MUST_USE enum hw_status hw_gate_judge(struct hw_tx *tx, struct hw_group *group, struct hw_err *err);
/* Whether this gate's own wall clock is wrong by what it has stamped before: then it judges no clock. */
bool hw_gate_doubts(const struct hw_tx *tx);
/* Whether this node decides for the group. */
bool hw_gate_here(const struct hw_store *store, const struct hw_group *group);

/* Appends an entry to a journal decided here. Its time is the arrival; now, when it is 0. `more`: another verdict about the same segment
 * may follow, and has the signature of both. */
HW_MUST_USE enum hw_status hw_gate_append(struct hw_tx *tx, struct hw_group *group, struct hw_entry *entry, bool more,
                                          struct hw_err *err);
/* Signs the last entry when none has followed. */
HW_MUST_USE enum hw_status hw_gate_sign(struct hw_tx *tx, struct hw_group *group, struct hw_err *err);

/* store_gate_life.c: the lives of a group's gate, one after the other: a part of the journal each. */
HW_MUST_USE enum hw_status hw_gate_life_begin(struct hw_store *store, struct hw_group *group,
                                              const struct hw_inc *life, struct hw_err *err);
/* The life that wrote `position`, and the first and last position of its part. NOT_FOUND: none has. */
HW_MUST_USE enum hw_status hw_gate_life_at(struct hw_store *store, const struct hw_group *group, uint64_t position,
                                           struct hw_inc *life, uint64_t *first, uint64_t *last, struct hw_err *err);
/* Where the part of a life ends; of a life that wrote nothing here, where the last life began. */
HW_MUST_USE enum hw_status hw_gate_life_end(struct hw_store *store, const struct hw_group *group,
                                            const struct hw_inc *life, uint64_t *last, struct hw_err *err);
/* Forgets what began behind `position`; the group's life is again the one that wrote that. */
HW_MUST_USE enum hw_status hw_gate_life_cut(struct hw_store *store, struct hw_group *group, uint64_t position,
                                            struct hw_err *err);

/* store_journal.c: the chain after `position` of the journal; zeros at 0. NOT_FOUND: it is longer than the journal. */
HW_MUST_USE enum hw_status hw_journal_chain(struct hw_tx *tx, const struct hw_group *group, uint64_t position,
                                            uint8_t chain[HW_HASH_SIZE], struct hw_err *err);
/* The entry at `position`, its text in the arena, and its signature (64 bytes; NULL: it does not matter). NOT_FOUND: it is not
 * here, as before a snapshot, or came without a signature and one is asked for. CORRUPT: it should be here. */
HW_MUST_USE enum hw_status hw_journal_entry(struct hw_tx *tx, const struct hw_group *group, uint64_t position,
                                            struct hw_entry *entry, uint8_t *signature, struct hw_err *err);
/* The key that signs what a life of the gate writes in any journal but the directory's: its own, and it must be one of
 * headquarters'. Errors: GAP (the directory does not know it yet), DENIED. */
HW_MUST_USE enum hw_status hw_journal_key(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *life,
                                          const uint8_t **key, struct hw_err *err);
/* store_root.c: the root key that signs what stands at `position` of the directory's journal, unless that is its own
 * hand-over. */
HW_MUST_USE enum hw_status hw_root_at(struct hw_tx *tx, uint64_t position, uint8_t key[HW_SIGN_PUBLIC],
                                      struct hw_err *err);
/* Whether `root` may sign this entry of the directory's journal and did, or hands over in it. */
bool hw_root_signed(const struct hw_store *store, const uint8_t root[HW_SIGN_PUBLIC], const struct hw_entry *entry,
                    const uint8_t chain[HW_HASH_SIZE], const uint8_t signature[HW_SIGNATURE_SIZE]);
/* Whether `entry`, after which the chain is `chain`, is signed by who may sign it where the root is that of `position`:
 * entry->position, or another for what came off another branch. `good`: it is. Errors as hw_journal_key. */
HW_MUST_USE enum hw_status hw_journal_signed(struct hw_tx *tx, const struct hw_group *group, const struct hw_inc *life,
                                             const struct hw_entry *entry, uint64_t position,
                                             const uint8_t chain[HW_HASH_SIZE],
                                             const uint8_t signature[HW_SIGNATURE_SIZE], bool *good, struct hw_err *err);
/* Notes the hand-over of a verified ROOT entry; forgets those behind `position`, whose entries were cut off. */
HW_MUST_USE enum hw_status hw_root_note(struct hw_tx *tx, const struct hw_entry *entry, struct hw_err *err);
HW_MUST_USE enum hw_status hw_root_cut(struct hw_tx *tx, uint64_t position, struct hw_err *err);
/* A verified entry that comes after such a cut must be the hand-over that was cut off. Errors: DENIED. */
HW_MUST_USE enum hw_status hw_root_owed(struct hw_tx *tx, const struct hw_group *group, const struct hw_entry *entry,
                                        struct hw_err *err);
/* Whether the directory has come to the root key that this office's invitation named (hw_tx_root_pin). Errors: DENIED. */
HW_MUST_USE enum hw_status hw_root_reached(struct hw_tx *tx, struct hw_err *err);
/* Before headquarters appends to the directory: its secret is that of the root that counts, or a hand-over to it is said again,
 * lost with the database's latest hours. Errors: DENIED. */
HW_MUST_USE enum hw_status hw_root_fits(struct hw_tx *tx, bool *fits, struct hw_err *err); /* would it be DENIED? */
HW_MUST_USE enum hw_status hw_root_ready(struct hw_tx *tx, struct hw_group *directory, struct hw_err *err);

/* Takes one admitted segment into the rows: of an entry that the caller has verified. */
HW_MUST_USE enum hw_status hw_journal_admit(struct hw_tx *tx, struct hw_group *group, const struct hw_entry *entry,
                                            struct hw_slice wire, struct hw_stream **stream, struct hw_err *err);
/* What an appended or received entry means here: notes the admission, or keeps the verdict
 * and folds the record anew. */
HW_MUST_USE enum hw_status hw_journal_note(struct hw_tx *tx, struct hw_group *group, struct hw_stream *stream,
                                           const struct hw_entry *entry, struct hw_err *err);

/* store_journal.c: takes one entry of the life `life`; `below`: the group begins anew, and nothing behind it can be taken. */
HW_MUST_USE enum hw_status hw_journal_take(struct hw_tx *tx, struct hw_group *group, const struct hw_inc *life,
                                           const struct hw_journal_item *item, bool *below, struct hw_err *err);
/* store_news.c: entries as the items of NEWS, those of the writer too (whoever sends them sets `own`); none when not all of them are
 * small. One own segment as SEALED; `n` 0 when it is not small. */
HW_MUST_USE enum hw_status hw_news_live(struct hw_tx *tx, const char *code, uint64_t from, uint64_t last, struct hw_news *news,
                                        struct hw_err *err);
HW_MUST_USE enum hw_status hw_sealed_live(struct hw_tx *tx, const char *code, uint64_t from, uint64_t last,
                                          struct hw_sealed *live, struct hw_err *err);
/* Counts the last entries without a signature, for the cache. */
HW_MUST_USE enum hw_status hw_news_load(struct hw_store *store, struct hw_err *err);

/* store_redact.c: takes the values of one event out of its segment, as a verdict says. */
HW_MUST_USE enum hw_status hw_redact_body(struct hw_tx *tx, const struct hw_group *group, struct hw_stream *stream,
                                          uint64_t seq, struct hw_err *err);
/* Headquarters: a REDACTED that goes with a part of the journal is said again when the journal has gone on without it, and the
 * event is there. */
HW_MUST_USE enum hw_status hw_redact_keep(struct hw_tx *tx, const struct hw_group *group, const struct hw_stream *stream,
                                          uint64_t seq, struct hw_slice text, struct hw_err *err);
/* ... by its new name, when it is issued again without its values. */
HW_MUST_USE enum hw_status hw_redact_moved(struct hw_tx *tx, const struct hw_group *group, const struct hw_name *from,
                                           const struct hw_name *to, struct hw_err *err);
HW_MUST_USE enum hw_status hw_redact_again(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err);
/* Notes the events of a segment just taken that came without values: the journal owes a REDACTED for each. */
HW_MUST_USE enum hw_status hw_redact_owed(struct hw_tx *tx, const struct hw_group *group, const struct hw_opened *opened,
                                          struct hw_err *err);
/* A journal is as far as the hub's: what it still owes will not come. Tells it, once for each event. */
HW_MUST_USE enum hw_status hw_redact_due(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err);

/* store_carry.c: whether this node has to do with the group: headquarters with all, a relay with those that it is granted. */
HW_MUST_USE enum hw_status hw_carry_serves(struct hw_tx *tx, const char *group, bool *serves, struct hw_err *err);
/* A relay's journal may end before its reader's cursor: the relay goes on there once it has come that far itself. */
bool hw_carry_behind(const struct hw_tx *tx, const struct hw_group *group, const struct hw_cursor *cursor);
/* What the gate admits counts: another content that was carried for the same events is let go. */
HW_MUST_USE enum hw_status hw_carry_yield(struct hw_tx *tx, struct hw_stream *stream, const struct hw_entry *entry,
                                          struct hw_err *err);

/* store_base.c: the snapshot that a group's rows begin with. */
HW_MUST_USE enum hw_status hw_base_load(struct hw_store *store, struct hw_err *err);
/* The merged state of a record in the snapshot; the row stays empty when it has none. Job's arena. */
HW_MUST_USE enum hw_status hw_base_row(struct hw_tx *tx, const struct hw_group *group, struct hw_row *row,
                                       struct hw_err *err);
/* Writes the records of one chunk as rows without history, those of a kind that `wants` (NULL: all). `n`: how many records the
 * chunk has. NOT_FOUND: there is no such chunk. */
HW_MUST_USE enum hw_status hw_base_rows(struct hw_tx *tx, const struct hw_group *group, uint64_t index,
                                        bool (*wants)(void *self, uint16_t kind), void *self, size_t *n,
                                        struct hw_err *err);
/* The chunk itself: of the snapshot that comes, that is offered, or that the rows begin with. Job's arena. NOT_FOUND. */
HW_MUST_USE enum hw_status hw_base_chunk(struct hw_tx *tx, const struct hw_group *group, uint64_t index,
                                         struct hw_slice *chunk, struct hw_err *err);
/* Chunks are found by the first record in them. */
#define HW_BASE_KEY (2 + 10) /* kind and id */
void hw_base_key(uint8_t key[HW_BASE_KEY], const struct hw_chunk_record *record);
HW_MUST_USE enum hw_status hw_base_put_chunk(struct hw_tx *tx, const struct hw_group *group, uint64_t index,
                                             const uint8_t key[HW_BASE_KEY], struct hw_slice chunk, struct hw_err *err);
/* Reads manifest and signature of the group's snapshot; job's arena. NOT_FOUND: it has none. */
struct hw_snapshot_held {
    struct hw_slice bytes; /* the manifest as signed */
    struct hw_manifest manifest;
    uint8_t signature[HW_SIGNATURE_SIZE];
    bool current;
};
HW_MUST_USE enum hw_status hw_base_held(struct hw_tx *tx, const struct hw_group *group, struct hw_snapshot_held *held,
                                        struct hw_err *err);
HW_MUST_USE enum hw_status hw_base_keep(struct hw_tx *tx, const struct hw_group *group, struct hw_slice manifest,
                                        uint64_t position, const uint8_t signature[HW_SIGNATURE_SIZE], bool current,
                                        struct hw_err *err);
/* Something was decided about an event that the snapshot kept for others stands for: it is not given to anybody any more. */
HW_MUST_USE enum hw_status hw_base_doubt(struct hw_tx *tx, struct hw_group *group, const struct hw_stream *stream,
                                         uint64_t seq, struct hw_err *err);
/* Where a snapshot of the group stands while it comes or is made: `id` alone differs. */
struct hw_group hw_base_staging(const struct hw_group *group);
/* The staged one takes the place of the other. */
HW_MUST_USE enum hw_status hw_base_promote(struct hw_tx *tx, struct hw_group *group, bool current, struct hw_err *err);
/* Takes snapshot and chunks away. */
HW_MUST_USE enum hw_status hw_base_drop(struct hw_tx *tx, struct hw_group *group, struct hw_err *err);
/* Applies what is held of the group beyond `from` of each stream (its base) and not admitted, to rows that lack it. */
HW_MUST_USE enum hw_status hw_base_reapply(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err);
HW_MUST_USE enum hw_status hw_base_clear_rows(struct hw_tx *tx, const struct hw_group *group, struct hw_err *err);
/* The group as before its first entry, without rows; this office's own segments and drafts stay, and what is staged. */
HW_MUST_USE enum hw_status hw_base_clear(struct hw_tx *tx, struct hw_group *group, struct hw_err *err);
/* Something was decided about what the snapshot stands for, or the hub has lost it: the group is as it was before it came, with
 * this office's own events alone, and its journal comes again from the beginning. */
HW_MUST_USE enum hw_status hw_base_forget(struct hw_tx *tx, struct hw_group *group, struct hw_err *err);

/* store_cover.c: the position up to which the last backup known to be stored holds the group's journal; 0: none does. */
HW_MUST_USE enum hw_status hw_cover_of(struct hw_tx *tx, const struct hw_group *group, uint64_t *position, struct hw_err *err);

/* store_compact.c, headquarters: up to where its offices may let go of the group's log; 0: nothing. */
HW_MUST_USE enum hw_status hw_compact_floor(struct hw_tx *tx, const struct hw_group *group, uint64_t *floor, struct hw_err *err);

/* store_making.c: the snapshot that is being made. */
void hw_making_end(struct hw_store *store); /* what its steps have staged is dropped when the next one begins */
void hw_making_settle(struct hw_store *store, bool committed); /* the transaction with its last steps has ended */
void hw_making_judged(struct hw_store *store, const struct hw_stream *stream, uint64_t seq); /* something was decided */

/* store_kept.c: segments of this office's own former lives that have no place in their stream for the moment. */
HW_MUST_USE enum hw_status hw_kept_own(struct hw_tx *tx, const struct hw_stream *stream, bool *own, struct hw_err *err);
/* Puts copies of them aside, before they are dropped; nothing of other offices, or of the present life. */
HW_MUST_USE enum hw_status hw_kept_aside(struct hw_tx *tx, const struct hw_stream *stream, uint64_t from, uint64_t to,
                                         struct hw_err *err);
HW_MUST_USE enum hw_status hw_kept_load(struct hw_store *store, struct hw_err *err); /* whether there are any */
/* Takes the values of an event out, where its segment is aside. */
HW_MUST_USE enum hw_status hw_kept_redact(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, struct hw_err *err);
/* Takes back what continues the stream as it is held now; not into the rows: the gate's word comes first. */
HW_MUST_USE enum hw_status hw_kept_attach(struct hw_tx *tx, struct hw_stream *stream, struct hw_err *err);
/* The group is as far as the hub: what is still aside is issued again under the present life. `moved` counts it. */
HW_MUST_USE enum hw_status hw_kept_settle(struct hw_tx *tx, const struct hw_group *group, size_t *moved, struct hw_err *err);
/* store_rebirth.c: writes events of a stream, from behind `boundary` on, as drafts of the present life. */
HW_MUST_USE enum hw_status hw_rebirth_issue(struct hw_tx *tx, const struct hw_stream *from, uint64_t boundary,
                                            struct hw_event *events, size_t n, struct hw_err *err);
/* What a former life wrote in a stream, or ended ones in a group, and is not admitted, goes over to this one; `moved`: how much. */
HW_MUST_USE enum hw_status hw_rebirth_stream(struct hw_tx *tx, const struct hw_stream *stream, size_t *moved, struct hw_err *err);
HW_MUST_USE enum hw_status hw_rebirth_ended(struct hw_tx *tx, const struct hw_group *group, size_t *moved, struct hw_err *err);

/* store_segment.c: "KAZ.1/gtg-eca:17": what is wrong is told with its office and event. Job's arena. */
const char *hw_segment_event(struct hw_tx *tx, const struct hw_inc *inc, struct hw_slice group, uint64_t seq);
/* Segments as stored. */
struct hw_stored_segment {
    uint64_t first;
    uint32_t n;
    uint8_t hash[HW_HASH_SIZE];
    struct hw_slice wire; /* arena */
};
/* store_redact.c: `held` lacks values that another form of the same segment has: they come back, where no redaction that counts is against it. */
HW_MUST_USE enum hw_status hw_redact_heal(struct hw_tx *tx, const struct hw_group *group, struct hw_stream *stream,
                                          const struct hw_stored_segment *held, const struct hw_opened *other,
                                          struct hw_err *err);
HW_MUST_USE enum hw_status hw_segment_put(struct hw_tx *tx, struct hw_stream *stream, uint64_t first, uint32_t n,
                                          const uint8_t hash[HW_HASH_SIZE], struct hw_slice wire,
                                          struct hw_err *err);
/* The hash of the segment that ends with event `seq`, held or known by the snapshot; zeros for 0. NOT_FOUND. */
HW_MUST_USE enum hw_status hw_segment_hash_at(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq,
                                              uint8_t hash[HW_HASH_SIZE], struct hw_err *err);
/* The segment that holds event `seq` (exact: that begins there). NOT_FOUND. */
HW_MUST_USE enum hw_status hw_segment_get(struct hw_tx *tx, const struct hw_stream *stream, uint64_t seq, bool exact,
                                          struct hw_stored_segment *segment, struct hw_err *err);
/* Whether the segment that begins at `first` and has this hash continues the stream as it is held here, or is held; `why`
 * not, in words. Changes nothing. */
HW_MUST_USE enum hw_status hw_segment_fits(struct hw_tx *tx, const struct hw_stream *stream, uint64_t first,
                                           const uint8_t hash[HW_HASH_SIZE], struct hw_slice wire, const char **why,
                                           struct hw_err *err);
/* Opens it, checks chain and signature against the directory, stores it and moves `sealed`. `opened` lives in the
 * job's arena; `known`: it was held already and `opened` is not filled. With `late_key` (directory journals alone), a life that the segment
 * itself enters is learnt from it: then its events are applied already (tip). Errors: GAP, FORK, SIGNATURE,
 * CORRUPT, DENIED. */
HW_MUST_USE enum hw_status hw_segment_take(struct hw_tx *tx, struct hw_slice wire, struct hw_opened *opened,
                                           struct hw_stream **stream, bool *known, bool late_key,
                                           struct hw_err *err);

#endif
