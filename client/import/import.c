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
    if (status == HW_OK)
        status = hw_import_book_map(&import->book, &import->heads, err);
    if (status == HW_OK)
        status = hw_import_rows_make(&import->book, &import->rows, err);
    return status == HW_OK ? prove(import, err) : status;
}

enum hw_status hw_import_file(struct hw_import *import, struct hw_err *err)
{
    struct hw_err why = {HW_OK, ""};
    struct hw_slice bytes;
    if (hw_import_read_file(import->path, import->arena, &bytes, err) != HW_OK)
        return err->status;
    enum hw_status status = hw_import_bytes(import, bytes, &why);
    return status == HW_OK ? HW_OK : hw_fail(err, status, "%s: %s", import->path, why.text);
}
