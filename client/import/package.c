/* package.c: the parts of a workbook or document.
 * Floor 2, noun: import package.  A zip file of XML parts, of which nothing is
 * unpacked before it is asked for, and never a part whole: libzip inflates a
 * piece, expat reads it. What is unpacked is bounded in all and against what
 * it was packed in. Nothing is written anywhere, so a part's name can do no
 * harm; one that climbs out of the file is refused all the same, because no
 * office program writes it. */
#include "client/import/package.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "headway/cbor.h"

/* Parts of one file: a workbook of 1000 sheets with notes and drawings has 6000. */
enum { PARTS_MAX = 10000 };
/* Bytes of all parts that are read, unpacked. A sheet of 200,000 rows and eight
 * columns has 80 MB; what is kept of it is at most twice as large. */
enum { UNPACKED_MAX = 128 * 1024 * 1024 };
/* Deflate shrinks a thousandfold at best. Sheets of nothing but one row
 * repeated reach a hundred; beyond this it is a bomb. */
enum { RATIO_MAX = 200, RATIO_FROM = 1024 * 1024 };
enum { PIECE_BYTES = 64 * 1024, NAME_BYTES_MAX = 250 };

/* Little-endian numbers at the end of a zip file (APPNOTE 4.3.16). */
static uint64_t number_at(struct hw_slice bytes, size_t at, size_t n)
{
    uint64_t number = 0;
    for (size_t i = n; i > 0; i--)
        number = number << 8 | bytes.p[at + i - 1];
    return number;
}

/* Whether any list of parts at the end of the file claims too many: libzip
 * makes room for them all before it tells their number. */
static bool too_many_parts(struct hw_slice bytes)
{
    enum { END_BYTES = 22, LOCATOR_BYTES = 20, END64_BYTES = 56, COMMENT_MAX = 65536 };
    size_t from = bytes.n > COMMENT_MAX + END_BYTES + LOCATOR_BYTES ? bytes.n - COMMENT_MAX - END_BYTES - LOCATOR_BYTES : 0;
    for (size_t at = from; at + LOCATOR_BYTES <= bytes.n; at++) {
        if (bytes.p[at] != 'P' || bytes.p[at + 1] != 'K')
            continue;
        if (bytes.p[at + 2] == 5 && bytes.p[at + 3] == 6 && at + END_BYTES <= bytes.n) {
            uint64_t parts = number_at(bytes, at + 10, 2);
            if (parts > PARTS_MAX && parts != 0xFFFF)
                return true;
        }
        if (bytes.p[at + 2] == 6 && bytes.p[at + 3] == 7) {
            uint64_t end64 = number_at(bytes, at + 8, 8);
            if (end64 <= bytes.n && bytes.n - end64 >= END64_BYTES && number_at(bytes, (size_t)end64 + 32, 8) > PARTS_MAX)
                return true;
        }
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    const struct hw_import_part *one = a, *other = b;
    return strcasecmp(one->name, other->name);
}

enum hw_status hw_import_package_sort(struct hw_import_package *package, struct hw_err *err)
{
    if (package->n > 1)
        qsort(package->parts, package->n, sizeof *package->parts, by_name);
    for (size_t i = 1; i < package->n; i++)
        if (by_name(&package->parts[i - 1], &package->parts[i]) == 0)
            return hw_fail(err, HW_CORRUPT, "the file is damaged: it has two parts of the name %s",
                           package->parts[i].name);
    return HW_OK;
}

/* Some programs write "\xl\workbook.xml". NULL when the name climbs out, or is none. */
static const char *part_name(const char *raw, struct hw_arena *arena)
{
    if (strlen(raw) > NAME_BYTES_MAX || !hw_utf8_valid(hw_slice_text(raw)))
        return NULL;
    char *name = hw_arena_text(arena, raw, strlen(raw));
    for (char *at = name; *at != 0; at++)
        if (*at == '\\')
            *at = '/';
    while (*name == '/')
        name++;
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == 0))
            return NULL;
    }
    return name;
}

static enum hw_status list_parts(struct hw_import_package *package, struct hw_err *err)
{
    zip_int64_t n = zip_get_num_entries(package->zip, 0);
    if (n < 0 || n > PARTS_MAX)
        return hw_fail(err, HW_LIMIT, "the file has more than %d parts; no office program wrote it", PARTS_MAX);
    package->parts = hw_arena_zero(package->arena, (size_t)n + 1, sizeof *package->parts);
    for (zip_uint64_t i = 0; i < (zip_uint64_t)n; i++) {
        zip_stat_t about;
        if (zip_stat_index(package->zip, i, 0, &about) != 0 || (about.valid & ZIP_STAT_NAME) == 0)
            return hw_fail(err, HW_CORRUPT, "the file is damaged: its list of parts cannot be read");
        struct hw_import_part *part = &package->parts[package->n];
        *part = (struct hw_import_part){.name = part_name(about.name, package->arena), .nth = i,
                                        .packed = (about.valid & ZIP_STAT_COMP_SIZE) != 0 ? about.comp_size : 0};
        if (part->name == NULL)
            return hw_fail(err, HW_CORRUPT, "the file has a part whose name no office program would give it");
        size_t length = strlen(part->name);
        if (length > 0 && part->name[length - 1] != '/') /* a folder */
            package->n++;
    }
    return hw_import_package_sort(package, err);
}

enum hw_status hw_import_package_open(struct hw_import_package *package, struct hw_slice bytes, struct hw_arena *arena,
                                      struct hw_err *err)
{
    zip_error_t why;
    *package = (struct hw_import_package){.arena = arena};
    if (too_many_parts(bytes))
        return hw_fail(err, HW_LIMIT, "the file has more than %d parts; no office program wrote it", PARTS_MAX);
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes.p, bytes.n, 0, &why);
    package->zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    if (package->zip == NULL && source != NULL)
        zip_source_free(source);
    zip_error_fini(&why);
    if (package->zip == NULL)
        return hw_fail(err, HW_CORRUPT, "the file is damaged or cut off: it begins like a workbook or document, "
                                        "but its end is missing");
    return list_parts(package, err);
}

void hw_import_package_close(struct hw_import_package *package)
{
    if (package->zip != NULL)
        zip_discard(package->zip);
    package->zip = NULL;
}

const struct hw_import_part *hw_import_package_part(const struct hw_import_package *package, const char *name)
{
    struct hw_import_part wanted = {.name = name};
    if (package->n == 0)
        return NULL;
    return bsearch(&wanted, package->parts, package->n, sizeof wanted, by_name);
}

/* Counts a piece; false when the part or the file is a bomb. */
static bool piece_counts(struct hw_import_package *package, const struct hw_import_part *part, size_t n, size_t *of_part,
                         struct hw_err *err)
{
    package->unpacked += n;
    *of_part += n;
    if (package->unpacked > UNPACKED_MAX) {
        (void)hw_fail(err, HW_LIMIT, "the file unpacks to more than %d MiB; cut it into parts",
                      UNPACKED_MAX / 1024 / 1024);
        return false;
    }
    if (*of_part > RATIO_FROM && *of_part / RATIO_MAX > part->packed) {
        (void)hw_fail(err, HW_LIMIT, "the file unpacks to more than %d times its size; no office program wrote it",
                      RATIO_MAX);
        return false;
    }
    return true;
}

static void file_close(zip_file_t **file)
{
    if (*file != NULL)
        zip_fclose(*file);
}

static void memory_free(uint8_t **memory)
{
    free(*memory);
}

static enum hw_status unpack(struct hw_import_package *package, const struct hw_import_part *part,
                             struct hw_import_xml *xml, struct hw_err *err)
{
    HW_CLEANUP(file_close) zip_file_t *file = zip_fopen_index(package->zip, part->nth, 0);
    HW_CLEANUP(memory_free) uint8_t *piece = hw_alloc(PIECE_BYTES);
    size_t of_part = 0;
    if (file == NULL)
        return hw_fail(err, HW_CORRUPT, "the part %s cannot be unpacked: %s", part->name, zip_strerror(package->zip));
    for (;;) {
        zip_int64_t n = zip_fread(file, piece, PIECE_BYTES);
        if (n < 0)
            return hw_fail(err, HW_CORRUPT, "the file is damaged: the part %s cannot be unpacked", part->name);
        if (n == 0)
            break;
        if (!piece_counts(package, part, (size_t)n, &of_part, err))
            return HW_LIMIT;
        if (!hw_import_xml_feed(xml, (struct hw_slice){piece, (size_t)n}))
            break;
    }
    return hw_import_xml_end(xml, err);
}

enum hw_status hw_import_package_read(struct hw_import_package *package, const struct hw_import_part *part,
                                      struct hw_import_xml *xml, struct hw_err *err)
{
    enum hw_status status;
    hw_import_xml_begin(xml);
    if (package->zip != NULL) {
        status = unpack(package, part, xml, err);
    } else {
        hw_import_xml_feed(xml, part->bytes);
        status = hw_import_xml_end(xml, err);
    }
    hw_import_xml_done(xml);
    return status;
}
