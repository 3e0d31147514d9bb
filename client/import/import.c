/* import.c: a file goes through all steps.  Floor 2, noun: import. */
#include "client/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of a lost cell that the message shows. */
enum { SHOWN_BYTES = 40 };

static void file_close(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

enum hw_status hw_import_read_file(const char *path, struct hw_arena *arena, struct hw_slice *bytes, struct hw_err *err)
{
    HW_CLEANUP(file_close) FILE *file = fopen(path, "rb");
    struct stat about;
    if (file == NULL)
        return hw_fail(err, errno == ENOENT ? HW_NOT_FOUND : HW_IO, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fileno(file), &about) != 0)
        return hw_fail(err, HW_IO, "cannot look at %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return hw_fail(err, HW_USAGE, "%s is not a file", path);
    if (about.st_size > HW_IMPORT_FILE_MAX)
        return hw_fail(err, HW_LIMIT, "%s is larger than 64 MiB; cut it into parts", path);
    /* A file that grows meanwhile is read up to its size at the call. */
    size_t size = (size_t)about.st_size;
    uint8_t *room = hw_arena_alloc(arena, size + 1);
    size_t n = fread(room, 1, size, file);
    if (ferror(file))
        return hw_fail(err, HW_IO, "cannot read %s: %s", path, strerror(errno));
    *bytes = (struct hw_slice){room, n};
    return HW_OK;
}

static enum hw_status prove(struct hw_import *import, struct hw_err *err)
{
    const struct hw_import_tally *tally = &import->tally;
    if (hw_import_check(&import->book, &import->rows, &import->tally))
        return HW_OK;
    return hw_fail(err, HW_FAILED,
                   "%zu of %zu filled cells would be lost, the first in line %u: \"%.*s\"; nothing was written "
                   "(please report this file)",
                   tally->cells - tally->kept, tally->cells, (unsigned)tally->line,
                   (int)(tally->missing.n < SHOWN_BYTES ? tally->missing.n : SHOWN_BYTES),
                   (const char *)tally->missing.p);
}

enum hw_status hw_import_bytes(struct hw_import *import, struct hw_slice bytes, struct hw_err *err)
{
    enum hw_status status = hw_import_book_read(bytes, &import->heads, import->arena, &import->book, err);
    if (status == HW_OK && !import->reviewed && hw_review_is(&import->book))
        return hw_review_read(&import->book, &import->review, &import->answers, &import->patches, err);
    import->book.answers = &import->answers;
    if (status == HW_OK)
        status = hw_import_book_map(&import->book, &import->heads, err);
    if (status == HW_OK)
        status = hw_review_apply(&import->patches, &import->book, err);
    if (status == HW_OK)
        status = hw_import_rows_make(&import->book, &import->rows, err);
    return status == HW_OK ? prove(import, err) : status;
}

/* The file that a review is about: where it was, or beside the review. */
static enum hw_status read_original(struct hw_import *import, struct hw_slice *bytes, struct hw_err *err)
{
    const char *was = import->review.path, *review = import->path, *hash = import->review.hash;
    const char *name = strrchr(was, '/') != NULL ? strrchr(was, '/') + 1 : was, *slash = strrchr(review, '/');
    const char *beside = hw_arena_printf(import->arena, "%.*s%s", slash != NULL ? (int)(slash + 1 - review) : 0, review, name);
    const char *const places[] = {was, beside};
    for (size_t i = 0; i < 2; i++) {
        if (hw_import_read_file(places[i], import->arena, bytes, NULL) != HW_OK)
            continue;
        if (strcmp(hw_review_hash(import->arena, *bytes), hash) != 0)
            continue;
        import->path = places[i];
        import->reviewed = true;
        return HW_OK;
    }
    return hw_fail(err, HW_NOT_FOUND, "%s is about %s as it was then; no such file is there or beside the review: put it "
                   "back, or import the new one with --review", review, was);
}

static enum hw_status take_maps(struct hw_import *import, struct hw_err *err)
{
    size_t n = import->heads.named_n == 0 ? import->review.maps_n : 0; /* what was typed now comes first */
    for (size_t i = 0; i < n; i++)
        if (hw_import_heads_add(&import->heads, import->review.maps[i], err) != HW_OK)
            return err->status;
    return HW_OK;
}

enum hw_status hw_import_file(struct hw_import *import, struct hw_err *err)
{
    struct hw_err why = {HW_OK, ""};
    struct hw_slice bytes;
    if (hw_import_read_file(import->path, import->arena, &bytes, err) != HW_OK)
        return err->status;
    enum hw_status status = hw_import_bytes(import, bytes, &why);
    if (status == HW_OK && import->rows.n == 0 && import->review.hash != NULL) {
        if (read_original(import, &bytes, err) != HW_OK || take_maps(import, err) != HW_OK)
            return err->status;
        status = hw_import_bytes(import, bytes, &why);
    }
    if (status == HW_OK)
        import->review.hash = hw_review_hash(import->arena, bytes);
    return status == HW_OK ? HW_OK : hw_fail(err, status, "%s: %s", import->path, why.text);
}
