/* bundle.c: the verbs and the errand of `headway bundle` and `headway apply`
 * (floor 3): bundle.seal, then bundle.begin makes the file, which backup.read gives; apply takes what apply.put and
 * apply.check have brought. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/incoming.h"
#include "daemon/outgoing.h"
#include "daemon/store_bundle.h"
#include "daemon/store_copy.h"
#include "daemon/verb_internal.h"

enum hw_status hw_verb_bundle_seal(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                   struct hw_err *err)
{
    (void)request;
    (void)answer;
    return hw_tx_bundle_seal(tx, err);
}

/* -- bundle.begin -- */

struct making {
    struct hw_errand_place *place;
    const struct hw_request *request;
    struct hw_outgoing *file;
    struct hw_bundle bundle;
    struct hw_bundle_wish wish;
    struct hw_bundle_writer writer;
    struct hw_bundled bundled;
    uint8_t key[HW_CURVE_SIZE];
    bool open; /* not sealed */
};

static enum hw_status put(void *self, struct hw_slice message, struct hw_err *err)
{
    return hw_bundle_put(&((struct making *)self)->writer, message, err);
}

static enum hw_status run_make(struct hw_tx *tx, void *self, struct hw_err *err)
{
    struct making *making = self;
    enum hw_status status = HW_OK;
    hw_bundle_writer_done(&making->writer); /* a job may be run a second time */
    if (ftruncate(making->file->fd, 0) != 0 || lseek(making->file->fd, 0, SEEK_SET) != 0)
        return hw_fail(err, HW_IO, "the bundle cannot be written: %s", strerror(errno));
    if (making->wish.office)
        status = hw_tx_bundle_key(tx, making->wish.office, making->key, err);
    if (!status)
        status = hw_bundle_begin(&making->writer, making->file->fd, &making->bundle, making->open ? NULL : making->key, err);
    if (!status)
        status = hw_tx_bundle(tx, &making->wish, put, making, &making->bundled, err);
    return status ? status : hw_bundle_end(&making->writer, making->place->identity.sign_secret, err);
}

/* A file without a name: it ends when it is closed. */
static enum hw_status open_file(struct making *making, struct hw_err *err)
{
    char *path = hw_home_file(making->place->home, "backup.part");
    hw_backup_sweep(making->place->home);
    making->file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum hw_status status =
        making->file->fd < 0 ? hw_fail(err, HW_IO, "cannot write %s: %s", path, strerror(errno)) : HW_OK;
    hw_backup_sweep(making->place->home);
    free(path);
    return status;
}

/* The key of the hub that this office follows: whoever of an office names nobody bundles for it. */
static enum hw_status hub_key(struct making *making, struct hw_err *err)
{
    struct hw_config config;
    char *path = hw_home_file(making->place->home, "headway.conf");
    size_t n = 0;
    enum hw_status status = hw_config_read(path, &config, err);
    free(path);
    if (status)
        return status;
    const char *text = config.upstream_key ? config.upstream_key : "";
    if (sodium_base642bin(making->key, sizeof making->key, text, strlen(text), NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != sizeof making->key)
        status = hw_fail(err, HW_CONFIG, "headway.conf names no hub with its key: say who gets it with --for CODE");
    hw_config_done(&config);
    return status;
}

/* For whom, and whether it is sealed. */
static enum hw_status choose(struct making *making, struct hw_err *err)
{
    const struct hw_identity *self = &making->place->identity;
    struct hw_slice office = hw_arg_text(making->request, "for");
    making->open = hw_arg_bool(making->request, "open");
    making->wish.all = hw_arg_bool(making->request, "all");
    if (office.n && !hw_office_code_valid(office))
        return hw_fail(err, HW_USAGE, "%.*s is no office's code", (int)office.n, (const char *)office.p);
    if (office.n && hw_slice_is(office, self->office))
        return hw_fail(err, HW_USAGE, "that is this office itself");
    making->wish.office = office.n ? hw_arena_text(making->request->arena, office.p, office.n) : NULL;
    if (!office.n && self->gate)
        making->open = true; /* for nobody in particular */
    snprintf(making->bundle.to, sizeof making->bundle.to, "%s", making->wish.office ? making->wish.office : "HUB");
    return making->open || office.n ? HW_OK : hub_key(making, err);
}

static enum hw_status make(struct making *making, struct hw_err *err)
{
    const struct hw_identity *self = &making->place->identity;
    struct hw_job job = {.run = run_make, .self = making};
    making->bundle = (struct hw_bundle){.inc = self->inc, .made_ms = hw_clock_wall()};
    memcpy(making->bundle.office, self->office, sizeof making->bundle.office);
    memcpy(making->bundle.root, self->root, sizeof making->bundle.root);
    memcpy(making->bundle.sign_key, self->sign_public, sizeof making->bundle.sign_key);
    enum hw_status status = self->enrolled ? choose(making, err)
                                           : hw_fail(err, HW_CONFIG, "this office has not joined a headquarters yet");
    if (!status)
        status = open_file(making, err);
    if (status)
        return status;
    char *path = hw_home_file(making->place->home, "headway.db");
    status = hw_store_look(path, self, &job, making->place->stop, err);
    free(path);
    making->file->size = making->writer.size;
    return status;
}

enum hw_status hw_errand_bundle_begin(struct hw_errand_place *place, const struct hw_request *request,
                                      struct hw_answer *answer, struct hw_err *err)
{
    struct making making = {.place = place, .request = request, .file = hw_outgoing_new(place)};
    enum hw_status status = make(&making, err);
    hw_bundle_writer_done(&making.writer);
    if (status) {
        hw_outgoing_drop(place);
        return status;
    }
    struct hw_out *out = &answer->end;
    hw_put_map_open(out);
    hw_put_key_text(out, "id", hw_outgoing_id(request, making.file));
    hw_put_key_text(out, "office", making.bundle.office);
    hw_put_key_text(out, "for", making.open ? NULL : making.bundle.to);
    hw_put_key_int(out, "size", (int64_t)making.file->size);
    hw_put_key_int(out, "entries", (int64_t)making.bundled.entries);
    hw_put_key_int(out, "events", (int64_t)making.bundled.events);
    hw_put_close(out);
    return HW_OK;
}

/* -- apply -- */

struct reading {
    FILE *from;
    uint8_t *frame;
};

static void reading_done(struct reading *reading)
{
    if (reading->from)
        fclose(reading->from);
    free(reading->frame);
}

/* The file is this daemon's own, and was checked when it was written. */
static enum hw_status next(void *self, struct hw_slice *message, struct hw_err *err)
{
    struct reading *reading = self;
    uint8_t length[4];
    if (fread(length, 1, sizeof length, reading->from) != sizeof length)
        return ferror(reading->from) ? hw_fail(err, HW_IO, "the file handed over cannot be read") : HW_NOT_FOUND;
    size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    if (n > HW_MESSAGE_SIZE || fread(reading->frame, 1, n, reading->from) != n)
        return hw_fail(err, HW_IO, "the file handed over cannot be read");
    *message = (struct hw_slice){reading->frame, n};
    return HW_OK;
}

static void put_applied(const struct hw_bundle *bundle, const struct hw_applied *applied, struct hw_out *out)
{
    hw_put_map_open(out);
    hw_put_key_text(out, "office", bundle->office);
    hw_put_key_time(out, "made", bundle->made_ms);
    hw_put_key_int(out, "entries", (int64_t)applied->entries);
    hw_put_key_int(out, "events", (int64_t)applied->events);
    hw_put_key_int(out, "known", (int64_t)applied->known);
    hw_put_key_int(out, "waiting", (int64_t)applied->waiting);
    hw_put_key_int(out, "beyond", (int64_t)applied->beyond);
    hw_put_text(out, "left");
    hw_put_array(out, applied->left_n);
    if (applied->left_n)
        hw_put_raw(out, applied->left.p, applied->left.n);
    hw_put_close(out);
}

enum hw_status hw_verb_apply(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                             struct hw_err *err)
{
    const char *path = hw_incoming_ready(request, request->home);
    HW_CLEANUP(reading_done) struct reading reading = {.from = path ? fopen(path, "re") : NULL};
    struct hw_applied applied = {0};
    struct hw_bundle bundle;
    struct hw_slice head;
    if (!reading.from)
        return hw_fail(err, HW_NOT_FOUND, "another file was handed over meanwhile: type the command again");
    reading.frame = hw_alloc(HW_MESSAGE_SIZE);
    enum hw_status status = next(&reading, &head, err);
    if (!status && head.n == sizeof bundle) {
        memcpy(&bundle, head.p, sizeof bundle);
        status = hw_tx_apply(tx, &bundle, next, &reading, &applied, err);
    } else if (!status) {
        status = hw_fail(err, HW_IO, "the file handed over cannot be read");
    }
    if (!status)
        put_applied(&bundle, &applied, &answer->end);
    hw_out_done(&applied.left);
    return status;
}
