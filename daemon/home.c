/* home.c: a node's directory: its lock, key files, and files written so that
 * a power cut leaves the old or the new, never a half (floor 2, home). */
#include "daemon/home.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "headway/bytes.h"

/* A secret of 64 bytes (Ed25519) is 86 characters; anything far longer is not
 * a key file. */
enum { SECRET_TEXT_MAX = 1024 };

struct hw_home {
    char *path;
    int lock; /* descriptor that holds the flock */
};

static void free_text(char **text)
{
    free(*text);
}

/* Text that held a secret. */
static void free_secret(char **text)
{
    if (*text)
        sodium_memzero(*text, strlen(*text));
    free(*text);
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static char *join(const char *directory, const char *file)
{
    size_t n = strlen(directory) + strlen(file) + 2;
    char *path = hw_alloc(n);
    snprintf(path, n, "%s/%s", directory, file);
    return path;
}

static enum hw_status fail_errno(struct hw_err *err, const char *doing, const char *path)
{
    int error = errno;
    enum hw_status status = HW_IO;
    if (error == ENOENT || error == ENOTDIR)
        status = HW_NOT_FOUND;
    else if (error == EACCES || error == EPERM || error == EROFS)
        status = HW_DENIED;
    else if (error == ENOSPC || error == EDQUOT)
        status = HW_NO_SPACE;
    return hw_fail(err, status, "cannot %s %s: %s", doing, path, strerror(error));
}

/* ------------------------------------------------------------- whole files */

static bool read_all(int fd, char *to, size_t n, size_t *got)
{
    *got = 0;
    while (*got < n) {
        ssize_t rc = read(fd, to + *got, n - *got);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0)
            return rc == 0;
        *got += (size_t)rc;
    }
    return true;
}

enum hw_status hw_file_read(const char *path, size_t max, char **text, size_t *n, struct hw_err *err)
{
    HW_CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail_errno(err, "read", path);
    if (!S_ISREG(st.st_mode))
        return hw_fail(err, HW_IO, "cannot read %s: it is not a file", path);
    if (st.st_size > (off_t)max)
        return hw_fail(err, HW_LIMIT, "%s is larger than %zu bytes", path, max);
    /* The file may grow while it is read: one byte more than allowed tells. */
    size_t room = (size_t)st.st_size + 1;
    char *bytes = hw_alloc(room + 1);
    if (!read_all(fd, bytes, room, n)) {
        free(bytes);
        return fail_errno(err, "read", path);
    }
    if (*n == room) {
        free(bytes);
        return hw_fail(err, HW_IO, "%s changed while it was read: try again", path);
    }
    bytes[*n] = '\0';
    *text = bytes;
    return HW_OK;
}

static bool write_all(int fd, const uint8_t *from, size_t n)
{
    while (n) {
        ssize_t rc = write(fd, from, n);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc < 0)
            return false;
        from += rc;
        n -= (size_t)rc;
    }
    return true;
}

/* A rename is lasting once its directory is. */
static bool sync_directory_of(const char *path)
{
    HW_CLEANUP(free_text) char *directory = join(path, "");
    directory[strlen(path)] = '\0';
    char *slash = strrchr(directory, '/');
    if (slash == directory)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    HW_CLEANUP(close_file) int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

static bool fill_and_sync(int fd, const void *bytes, size_t n, unsigned mode)
{
    return fchmod(fd, (mode_t)mode) == 0 && write_all(fd, bytes, n) && fsync(fd) == 0;
}

enum hw_status hw_file_write(const char *path, const void *bytes, size_t n, unsigned mode, struct hw_err *err)
{
    size_t size = strlen(path) + sizeof ".XXXXXX";
    HW_CLEANUP(free_text) char *temporary = hw_alloc(size);
    snprintf(temporary, size, "%s.XXXXXX", path);
    HW_CLEANUP(close_file) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "write", path);
    if (!fill_and_sync(fd, bytes, n, mode) || rename(temporary, path) != 0) {
        enum hw_status status = fail_errno(err, "write", path);
        unlink(temporary);
        return status;
    }
    return sync_directory_of(path) ? HW_OK : fail_errno(err, "write", path);
}

enum hw_status hw_file_place(const char *from, const char *to, struct hw_err *err)
{
    HW_CLEANUP(close_file) int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "read", from);
    if (fsync(fd) != 0 || rename(from, to) != 0 || !sync_directory_of(to))
        return fail_errno(err, "write", to);
    return HW_OK;
}

enum hw_status hw_file_keep(const char *from, const char *to, struct hw_err *err)
{
    struct stat first, second;
    if (link(from, to) != 0 && errno != EEXIST)
        return fail_errno(err, "keep", from);
    if (stat(from, &first) != 0 || stat(to, &second) != 0)
        return fail_errno(err, "keep", from);
    if (first.st_dev != second.st_dev || first.st_ino != second.st_ino)
        return hw_fail(err, HW_FAILED, "%s exists already", to);
    if (!sync_directory_of(to))
        return fail_errno(err, "keep", from);
    return HW_OK;
}

/* ------------------------------------------------------------------ home */

static enum hw_status already_running(int fd, const char *path, struct hw_err *err)
{
    char pid[24];
    size_t n = 0;
    if (!read_all(fd, pid, sizeof pid - 1, &n))
        n = 0;
    pid[n] = '\0';
    pid[strcspn(pid, "\n")] = '\0';
    return hw_fail(err, HW_FAILED, "another headwayd (process %s) runs on %s", pid[0] ? pid : "unknown", path);
}

/* The pid inside is for people; what excludes a second daemon is the flock,
 * which the kernel ends with the process. */
static enum hw_status take_lock(struct hw_home *home, struct hw_err *err)
{
    HW_CLEANUP(free_text) char *file = join(home->path, "lock");
    home->lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (home->lock < 0)
        return fail_errno(err, "open", file);
    if (flock(home->lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? already_running(home->lock, home->path, err) : fail_errno(err, "lock", file);
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(home->lock, 0) != 0 || !write_all(home->lock, (const uint8_t *)pid, (size_t)n))
        return fail_errno(err, "write", file);
    return HW_OK;
}

static enum hw_status lock_home(const char *path, struct hw_home **to, struct hw_err *err)
{
    size_t n = strlen(path) + 1;
    struct hw_home *home = hw_alloc(sizeof *home);
    *home = (struct hw_home){.path = memcpy(hw_alloc(n), path, n), .lock = -1};
    enum hw_status status = take_lock(home, err);
    if (status != HW_OK) {
        hw_home_free(home);
        return status;
    }
    *to = home;
    return HW_OK;
}

enum hw_status hw_home_open(const char *path, struct hw_home **home, struct hw_err *err)
{
    struct stat st;
    HW_CLEANUP(free_text) char *conf = join(path, "headway.conf");
    if (stat(path, &st) != 0 && errno != ENOENT && errno != ENOTDIR)
        return fail_errno(err, "open", path);
    if (access(conf, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return hw_fail(err, HW_NOT_FOUND,
                       "no node lives in %s; make one with `headway --home %s init --name CODE`, or with "
                       "`headway --home %s join FILE` from an invitation",
                       path, path, path);
    if (st.st_uid != geteuid())
        return hw_fail(err, HW_DENIED, "%s belongs to user %ld: run headwayd as that user, not as %ld", path,
                       (long)st.st_uid, (long)geteuid());
    return lock_home(path, home, err);
}

/* Parents as mkdir -p makes them; the home itself is for its user alone. */
static bool make_directories(const char *path)
{
    HW_CLEANUP(free_text) char *part = join(path, "");
    for (char *p = part + 1; *p; p++) {
        if (*p != '/' || p[1] == '\0')
            continue;
        *p = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return false;
        *p = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

enum hw_status hw_home_make(const char *path, struct hw_home **home, struct hw_err *err)
{
    HW_CLEANUP(free_text) char *conf = join(path, "headway.conf"), *database = join(path, "headway.db");
    if (access(conf, F_OK) == 0)
        return hw_fail(err, HW_FAILED, "%s is a node's home already (it holds headway.conf): choose another directory", path);
    if (access(database, F_OK) == 0) /* headway.conf comes last */
        return hw_fail(err, HW_FAILED, "%s holds headway.db and no headway.conf: if headway.conf was lost, put it back; if making this"
                       " home was cut short and nobody worked in it yet, remove the directory and repeat", path);
    struct stat st;
    if (!make_directories(path) || stat(path, &st) != 0)
        return fail_errno(err, "make", path);
    if (!S_ISDIR(st.st_mode))
        return hw_fail(err, HW_FAILED, "%s is not a directory", path);
    if (st.st_uid != geteuid())
        return hw_fail(err, HW_DENIED, "%s belongs to another user (%ld)", path, (long)st.st_uid);
    if (chmod(path, 0700) != 0 || !sync_directory_of(path))
        return fail_errno(err, "make", path);
    return lock_home(path, home, err);
}

void hw_home_free(struct hw_home *home)
{
    if (!home)
        return;
    if (home->lock >= 0)
        close(home->lock); /* the file stays: removing it would let two daemons lock two files */
    free(home->path);
    free(home);
}

const char *hw_home_path(const struct hw_home *home)
{
    return home->path;
}

char *hw_home_file(const struct hw_home *home, const char *file)
{
    return join(home->path, file);
}

/* --------------------------------------------------------------- secrets */

/* The path to read `file` from; systemd's credential comes before the home's. */
static char *secret_path(const struct hw_home *home, const char *file, bool *credential)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    *credential = false;
    if (directory && directory[0]) {
        char *path = join(directory, file);
        *credential = access(path, F_OK) == 0;
        if (*credential)
            return path;
        free(path);
    }
    return hw_home_file(home, file);
}

bool hw_home_secret_given(const struct hw_home *home, const char *file)
{
    bool given;
    free(secret_path(home, file, &given));
    return given;
}

void hw_home_secret_drop(const struct hw_home *home, const char *file)
{
    HW_CLEANUP(free_text) char *path = hw_home_file(home, file);
    unlink(path);
}

enum hw_status hw_home_secret_read(const struct hw_home *home, const char *file, uint8_t *to, size_t n,
                                   struct hw_err *err)
{
    bool credential;
    HW_CLEANUP(free_text) char *path = secret_path(home, file, &credential);
    HW_CLEANUP(free_secret) char *text = NULL;
    struct stat st;
    size_t length = 0, got = 0;
    if (stat(path, &st) != 0)
        return fail_errno(err, "read", path);
    /* systemd guards its credentials itself, by other means than the mode. */
    if (!credential && (st.st_mode & 077) != 0)
        return hw_fail(err, HW_DENIED, "%s may be read by others: type `chmod 600 %s`, and think of replacing the key",
                       path, path);
    enum hw_status status = hw_file_read(path, SECRET_TEXT_MAX, &text, &length, err);
    if (status != HW_OK)
        return status == HW_LIMIT ? HW_CORRUPT : status;
    if (sodium_base642bin(to, n, text, length, " \r\n", &got, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        got != n)
        return hw_fail(err, HW_CORRUPT, "%s does not hold a key of %zu bytes in base64url", path, n);
    return HW_OK;
}

enum hw_status hw_home_secret_write(const struct hw_home *home, const char *file, const uint8_t *from, size_t n,
                                    struct hw_err *err)
{
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING) + 1;
    HW_CLEANUP(free_text) char *path = hw_home_file(home, file);
    HW_CLEANUP(free_secret) char *text = hw_alloc(size);
    sodium_bin2base64(text, size, from, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    size_t length = strlen(text);
    text[length++] = '\n';
    text[length] = '\0';
    return hw_file_write(path, text, length, 0600, err);
}
