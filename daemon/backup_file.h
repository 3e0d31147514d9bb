/* backup_file.h: the file that `headway backup` leaves, and its parts.  Floor 2.
 * The format is at the head of backup_file.c. */
#ifndef DAEMON_BACKUP_FILE_H
#define DAEMON_BACKUP_FILE_H

#include "headway/cbor.h"
#include "headway/segment.h"

struct hw_backup {
    char office[HW_OFFICE_MAX + 1];
    bool hub;                      /* headquarters: its home has the root's secret key */
    uint8_t root[HW_ROOT_SIZE];    /* headquarters' root key; zeros at a standalone office */
    int64_t made_ms;               /* Unix */
    unsigned schema;               /* version of the database's tables */
    uint64_t keys, database;       /* bytes of these parts; keys 0: none */
    uint8_t hash[HW_HASH_SIZE];    /* of both parts */
};

/* Everything before the parts. */
void hw_backup_head(const struct hw_backup *backup, struct hw_out *out);

/* A backup opened for reading; hw_backup_close. */
struct hw_backup_file {
    struct hw_backup backup;
    int fd;
    uint64_t keys_at, database_at; /* offsets */
};
/* Opens and checks it whole: head, sizes, hash. Errors: NOT_FOUND, IO, CORRUPT (no backup, cut, or damaged), VERSION. */
HW_MUST_USE enum hw_status hw_backup_open(const char *path, struct hw_backup_file *file, struct hw_err *err);
void hw_backup_close(struct hw_backup_file *file);
/* Hashes `before`, then `n` bytes of `fd` from `from` on. Errors: IO, CORRUPT (it ends before). */
HW_MUST_USE enum hw_status hw_backup_hash(int fd, uint64_t from, uint64_t n, struct hw_slice before,
                                          uint8_t hash[HW_HASH_SIZE], struct hw_err *err);

/* The keys of a home under a passphrase: a map of file name to bytes, sealed. Errors: FAILED (no memory for a moment). */
HW_MUST_USE enum hw_status hw_backup_seal(const struct hw_backup *backup, struct hw_slice keys,
                                          struct hw_slice passphrase, struct hw_out *out, struct hw_err *err);
/* Reads the keys of an opened file; `keys` is the caller's to wipe and end. Errors: NOT_FOUND (the file has none), DENIED
 * (another passphrase), CORRUPT, IO. */
HW_MUST_USE enum hw_status hw_backup_unseal(const struct hw_backup_file *file, struct hw_slice passphrase,
                                            struct hw_out *keys, struct hw_err *err);
/* First line of a passphrase file, at least HW_PASSPHRASE_MIN bytes. Errors: NOT_FOUND, IO, USAGE. Caller wipes and frees. */
#define HW_PASSPHRASE_MIN 8
HW_MUST_USE enum hw_status hw_passphrase_read(const char *path, char **passphrase, struct hw_err *err);

#endif
