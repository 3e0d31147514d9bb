/* backup_file.c: the file that `headway backup` leaves (floor 2).
 *
 * file   = "headway backup 1\n" length head check keys database
 * length = 4 bytes, big endian: of the head
 * head   = [office, hub, root, made, schema, keys, database, hash]     CBOR
 *          made: Unix milliseconds; schema: the database's user_version; keys, database: bytes of these parts;
 *          hash: BLAKE2b-256 of both parts
 * check  = BLAKE2b-256 of everything before it
 * keys   = nothing, or: salt (16), operations (4, big endian), memory in KiB (4, big endian), nonce (24), box
 *          box: XChaCha20-Poly1305 of a CBOR map of file name to bytes, under Argon2id of the passphrase,
 *          with "headway backup 1\n" and the office's code as what else it vouches for
 * database = SQLite */
#include "daemon/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/home.h"

static const char magic[] = "headway backup 1\n";
static const char any_magic[] = "headway backup ";

enum {
    MAGIC = sizeof magic - 1,
    LENGTH = 4,
    HEAD_MAX = 1024,               /* it has some 120 bytes */
    KEYS_MAX = 1024 * 1024,        /* a configuration and a key for each life: some kilobytes */
    SALT = crypto_pwhash_SALTBYTES,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    SEAL_HEAD = SALT + 4 + 4 + NONCE,
    OPERATIONS = 3,                /* libsodium's MODERATE, in a quarter of its memory: a small server has no more to spare */
    OPERATIONS_MAX = 20,
    MEMORY_KIB = 64 * 1024,
    MEMORY_KIB_MAX = 1024 * 1024,
    CHUNK = 256 * 1024,
    PASSPHRASE_FILE_MAX = 64 * 1024
};

static void put_u32(struct hw_out *out, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    hw_put_raw(out, bytes, sizeof bytes);
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void hw_backup_head(const struct hw_backup *backup, struct hw_out *out)
{
    struct hw_out head HW_CLEANUP(hw_out_done) = {0};
    uint8_t check[HW_HASH_SIZE];
    hw_put_array(&head, 8);
    hw_put_text(&head, backup->office);
    hw_put_bool(&head, backup->hub);
    hw_put_bytes(&head, backup->root, sizeof backup->root);
    hw_put_uint(&head, (uint64_t)backup->made_ms);
    hw_put_uint(&head, backup->schema);
    hw_put_uint(&head, backup->keys);
    hw_put_uint(&head, backup->database);
    hw_put_bytes(&head, backup->hash, sizeof backup->hash);
    size_t from = out->n;
    hw_put_raw(out, magic, MAGIC);
    put_u32(out, (uint32_t)head.n);
    hw_put_raw(out, head.p, head.n);
    crypto_generichash(check, sizeof check, out->p + from, out->n - from, NULL, 0);
    hw_put_raw(out, check, sizeof check);
}

/* -- reading -- */

/* Bytes from `from` on; fewer than `n` at the end of the file. */
static enum hw_status read_at(int fd, uint64_t from, void *to, size_t n, size_t *got, struct hw_err *err)
{
    for (*got = 0; *got < n;) {
        ssize_t rc = pread(fd, (uint8_t *)to + *got, n - *got, (off_t)(from + *got));
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return hw_fail(err, HW_IO, "the backup cannot be read: %s", strerror(errno));
        if (rc == 0)
            break;
        *got += (size_t)rc;
    }
    return HW_OK;
}

enum hw_status hw_backup_hash(int fd, uint64_t from, uint64_t n, struct hw_slice before, uint8_t hash[HW_HASH_SIZE],
                              struct hw_err *err)
{
    crypto_generichash_state state;
    uint8_t *chunk = hw_alloc(CHUNK);
    enum hw_status status = HW_OK;
    crypto_generichash_init(&state, NULL, 0, HW_HASH_SIZE);
    crypto_generichash_update(&state, before.p, before.n);
    while (n > 0 && !status) {
        size_t want = n < CHUNK ? (size_t)n : CHUNK, got;
        status = read_at(fd, from, chunk, want, &got, err);
        if (!status && got < want)
            status = hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
        crypto_generichash_update(&state, chunk, status ? 0 : got);
        from += want;
        n -= want;
    }
    crypto_generichash_final(&state, hash, HW_HASH_SIZE);
    free(chunk);
    return status;
}

static bool read_head(struct hw_slice bytes, struct hw_backup *backup)
{
    struct hw_in in = hw_in_of(bytes);
    if (hw_get_array(&in) != 8)
        hw_in_spoil(&in);
    struct hw_slice office = hw_get_text(&in);
    backup->hub = hw_get_bool(&in);
    hw_get_fixed(&in, backup->root, sizeof backup->root);
    backup->made_ms = (int64_t)hw_get_uint_max(&in, INT64_MAX);
    backup->schema = (unsigned)hw_get_uint_max(&in, INT32_MAX);
    backup->keys = hw_get_uint_max(&in, KEYS_MAX);
    backup->database = hw_get_uint_max(&in, INT64_MAX / 2);
    hw_get_fixed(&in, backup->hash, sizeof backup->hash);
    if (!hw_in_end(&in) || !hw_office_code_valid(office))
        return false;
    memcpy(backup->office, office.p, office.n);
    backup->office[office.n] = 0;
    return true;
}

static enum hw_status check_head(struct hw_backup_file *file, struct hw_err *err)
{
    uint8_t bytes[MAGIC + LENGTH + HEAD_MAX + HW_HASH_SIZE], check[HW_HASH_SIZE];
    size_t got;
    enum hw_status status = read_at(file->fd, 0, bytes, sizeof bytes, &got, err);
    if (status)
        return status;
    if (got < sizeof any_magic - 1 || memcmp(bytes, any_magic, sizeof any_magic - 1) != 0)
        return hw_fail(err, HW_CORRUPT, "this is not a backup of Headway");
    if (got >= MAGIC && memcmp(bytes, magic, MAGIC) != 0)
        return hw_fail(err, HW_VERSION, "this backup is of another version, or its first line is damaged");
    size_t n = got >= MAGIC + LENGTH ? get_u32(bytes + MAGIC) : 0, end = MAGIC + LENGTH + n;
    if (n > HEAD_MAX)
        return hw_fail(err, HW_CORRUPT, "the head of the backup is damaged");
    if (n == 0 || got < end + HW_HASH_SIZE)
        return hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
    crypto_generichash(check, sizeof check, bytes, end, NULL, 0);
    if (memcmp(check, bytes + end, sizeof check) != 0 ||
        !read_head((struct hw_slice){bytes + MAGIC + LENGTH, n}, &file->backup))
        return hw_fail(err, HW_CORRUPT, "the head of the backup is damaged");
    file->keys_at = end + HW_HASH_SIZE;
    file->database_at = file->keys_at + file->backup.keys;
    return HW_OK;
}

static enum hw_status check_parts(const struct hw_backup_file *file, struct hw_err *err)
{
    const struct hw_backup *backup = &file->backup;
    uint8_t hash[HW_HASH_SIZE];
    struct stat st;
    if (fstat(file->fd, &st) != 0)
        return hw_fail(err, HW_IO, "the backup cannot be read: %s", strerror(errno));
    uint64_t size = file->database_at + backup->database;
    if ((uint64_t)st.st_size < size)
        return hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
    if ((uint64_t)st.st_size > size)
        return hw_fail(err, HW_CORRUPT, "the file is longer than the backup in it: it was changed");
    enum hw_status status =
        hw_backup_hash(file->fd, file->keys_at, backup->keys + backup->database, (struct hw_slice){0}, hash, err);
    if (!status && memcmp(hash, backup->hash, sizeof hash) != 0)
        status = hw_fail(err, HW_CORRUPT, "the backup is damaged: its bytes are not those that were written");
    return status;
}

enum hw_status hw_backup_open(const char *path, struct hw_backup_file *file, struct hw_err *err)
{
    struct hw_err why = {0};
    *file = (struct hw_backup_file){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (file->fd < 0)
        return hw_fail(err, errno == ENOENT ? HW_NOT_FOUND : HW_IO, "cannot read %s: %s", path, strerror(errno));
    enum hw_status status = check_head(file, &why);
    if (!status)
        status = check_parts(file, &why);
    if (!status)
        return HW_OK;
    hw_backup_close(file);
    return hw_fail(err, status, "%s: %s", path, why.text);
}

void hw_backup_close(struct hw_backup_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* -- keys -- */

static enum hw_status derive(struct hw_slice passphrase, const uint8_t *salt, uint32_t operations, uint32_t kib,
                             uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], struct hw_err *err)
{
    if (crypto_pwhash(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, (const char *)passphrase.p, passphrase.n, salt,
                      operations, (size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return HW_OK;
    return hw_fail(err, HW_FAILED, "the passphrase needs %u MiB of free memory for a moment", kib / 1024);
}

/* What the box vouches for beside itself. */
static void context_of(const struct hw_backup *backup, struct hw_out *out)
{
    hw_put_raw(out, magic, MAGIC);
    hw_put_raw(out, backup->office, strlen(backup->office));
}

enum hw_status hw_backup_seal(const struct hw_backup *backup, struct hw_slice keys, struct hw_slice passphrase,
                              struct hw_out *out, struct hw_err *err)
{
    struct hw_out context HW_CLEANUP(hw_out_done) = {0};
    uint8_t salt[SALT], nonce[NONCE], key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    randombytes_buf(salt, sizeof salt);
    randombytes_buf(nonce, sizeof nonce);
    enum hw_status status = derive(passphrase, salt, OPERATIONS, MEMORY_KIB, key, err);
    if (status)
        return status;
    context_of(backup, &context);
    size_t size = keys.n + crypto_aead_xchacha20poly1305_ietf_ABYTES;
    uint8_t *box = hw_alloc(size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, keys.p, keys.n, context.p, context.n, NULL, nonce, key);
    sodium_memzero(key, sizeof key);
    hw_put_raw(out, salt, sizeof salt);
    put_u32(out, OPERATIONS);
    put_u32(out, MEMORY_KIB);
    hw_put_raw(out, nonce, sizeof nonce);
    hw_put_raw(out, box, size);
    free(box);
    return HW_OK;
}

static enum hw_status open_box(const struct hw_backup *backup, const uint8_t *sealed, size_t n,
                               struct hw_slice passphrase, struct hw_out *keys, struct hw_err *err)
{
    struct hw_out context HW_CLEANUP(hw_out_done) = {0};
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    uint32_t operations = get_u32(sealed + SALT), kib = get_u32(sealed + SALT + 4);
    const uint8_t *nonce = sealed + SALT + 8;
    if (operations < 1 || operations > OPERATIONS_MAX || kib < 8 || kib > MEMORY_KIB_MAX)
        return hw_fail(err, HW_CORRUPT, "the keys in the backup cannot be read");
    enum hw_status status = derive(passphrase, sealed, operations, kib, key, err);
    if (status)
        return status;
    context_of(backup, &context);
    size_t size = n - SEAL_HEAD - crypto_aead_xchacha20poly1305_ietf_ABYTES;
    uint8_t *plain = hw_alloc(size);
    int wrong = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + SEAL_HEAD, n - SEAL_HEAD,
                                                           context.p, context.n, nonce, key);
    if (!wrong)
        hw_put_raw(keys, plain, size);
    sodium_memzero(key, sizeof key);
    sodium_memzero(plain, size);
    free(plain);
    return wrong ? hw_fail(err, HW_DENIED, "the passphrase is not the one that the keys were sealed with") : HW_OK;
}

enum hw_status hw_backup_unseal(const struct hw_backup_file *file, struct hw_slice passphrase, struct hw_out *keys,
                                struct hw_err *err)
{
    const struct hw_backup *backup = &file->backup;
    size_t n = (size_t)backup->keys, got;
    if (n == 0)
        return hw_fail(err, HW_NOT_FOUND, "the backup has no keys");
    if (n < SEAL_HEAD + crypto_aead_xchacha20poly1305_ietf_ABYTES)
        return hw_fail(err, HW_CORRUPT, "the keys in the backup cannot be read");
    uint8_t *sealed = hw_alloc(n);
    enum hw_status status = read_at(file->fd, file->keys_at, sealed, n, &got, err);
    if (!status && got < n)
        status = hw_fail(err, HW_CORRUPT, "the file ends too early: it was cut");
    if (!status)
        status = open_box(backup, sealed, n, passphrase, keys, err);
    free(sealed);
    return status;
}

enum hw_status hw_passphrase_read(const char *path, char **passphrase, struct hw_err *err)
{
    size_t n;
    enum hw_status status = hw_file_read(path, PASSPHRASE_FILE_MAX, passphrase, &n, err);
    if (status)
        return status;
    size_t line = strcspn(*passphrase, "\r\n");
    sodium_memzero(*passphrase + line, n - line);
    if (line >= HW_PASSPHRASE_MIN)
        return HW_OK;
    sodium_memzero(*passphrase, line);
    free(*passphrase);
    *passphrase = NULL;
    return hw_fail(err, HW_USAGE, "the passphrase in the first line of %s has less than %d characters: choose a longer one",
                   path, HW_PASSPHRASE_MIN);
}
