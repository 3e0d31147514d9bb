/* store_life.c: an office's lives in the directory: entering a new one, ending those before it, and the
 * keys that go with them (floor 2, noun: life). */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store_edit.h"
#include "daemon/store_internal.h"
#include "headway/value.h"
#include "headway/when.h"

/* "life" in the table node: this node's ordinal, 4 bytes, big endian. An office that goes by sticks begins one each day it is switched
 * on. */
enum hw_status hw_tx_life_put(struct hw_tx *tx, unsigned life, struct hw_err *err)
{
    const uint8_t bytes[4] = {(uint8_t)(life >> 24), (uint8_t)(life >> 16), (uint8_t)(life >> 8), (uint8_t)life};
    return hw_tx_put(tx, "life", (struct hw_slice){bytes, sizeof bytes}, err);
}

unsigned hw_tx_life(struct hw_tx *tx)
{
    struct hw_slice value;
    unsigned life = 0;
    if (hw_tx_get(tx, "life", &value) != HW_OK || value.n != 4)
        return 1;
    for (size_t i = 0; i < value.n; i++)
        life = life << 8 | value.p[i];
    return life;
}

void hw_store_lives(struct hw_store *store, unsigned a_day)
{
    store->lives_a_day = a_day;
}

/* The greatest number that a life of the office has; 0: it has none. */
static enum hw_status greatest_number(struct hw_tx *tx, const char *office, unsigned *greatest, struct hw_err *err)
{
    static const struct hw_inc none;
    const struct hw_life *any;
    enum hw_status status = hw_cache_life(tx, &none, &any, err); /* loads them */
    *greatest = 0;
    for (size_t i = 0; i < tx->store->lives_n && !status; i++)
        if (strcmp(tx->store->lives[i].office, office) == 0 && tx->store->lives[i].number > *greatest)
            *greatest = tx->store->lives[i].number;
    return status;
}

enum hw_status hw_tx_life_enter(struct hw_tx *tx, const char *office, const struct hw_inc *inc,
                                const uint8_t key[HW_SIGN_PUBLIC], const char *reason, uint64_t change,
                                const char *author, unsigned *number, struct hw_err *err)
{
    char ordinal[16], office_text[HW_ID_TEXT + 1];
    const struct hw_slice code = hw_slice_text(office), life = {inc->b, sizeof inc->b};
    struct hw_id office_id = hw_id_derive("office", &code, 1), id = hw_id_derive("incarnation", &life, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    hw_id_print(&office_id, office_text);
    enum hw_status status = greatest_number(tx, office, number, err);
    *number += 1;
    snprintf(ordinal, sizeof ordinal, "%u", *number);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "office", office_text, err);
    if (!status)
        status = hw_edit_bytes(edit, "life", inc->b, sizeof inc->b, err);
    if (!status)
        status = hw_edit_bytes(edit, "sign_key", key, HW_SIGN_PUBLIC, err);
    if (!status)
        status = hw_edit_put(edit, "number", ordinal, err);
    if (!status)
        status = hw_edit_put(edit, "reason", reason, err);
    return status ? status : hw_edit_write(edit, change, author, err);
}

static enum hw_status end_one(struct hw_tx *tx, const struct hw_inc *inc, const char *why, const uint8_t *curve_key,
                              uint64_t change, struct hw_err *err)
{
    const struct hw_slice life = {inc->b, sizeof inc->b};
    struct hw_id id = hw_id_derive("incarnation", &life, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "ended", why, err);
    if (!status && curve_key)
        status = hw_edit_bytes(edit, "curve_key", curve_key, HW_CURVE_SIZE, err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

enum hw_status hw_tx_lives_end(struct hw_tx *tx, const char *office, const struct hw_inc *but, const char *why,
                               const uint8_t *curve_key, uint64_t change, struct hw_err *err)
{
    unsigned any;
    enum hw_status status = greatest_number(tx, office, &any, err); /* loads them */
    struct hw_inc *ending = hw_arena_zero(&tx->arena, tx->store->lives_n + 1, sizeof *ending);
    size_t ending_n = 0, latest = 0;
    unsigned greatest = 0;
    for (size_t i = 0; i < tx->store->lives_n && !status; i++) { /* copied: the first edit makes them known anew */
        const struct hw_life *life = &tx->store->lives[i];
        if (life->ended || strcmp(life->office, office) != 0 || hw_inc_compare(&life->inc, but) == 0)
            continue;
        if (life->number >= greatest) {
            greatest = life->number;
            latest = ending_n;
        }
        ending[ending_n++] = life->inc;
    }
    for (size_t i = 0; i < ending_n && !status; i++)
        status = end_one(tx, &ending[i], why, i == latest ? curve_key : NULL, change, err);
    return status;
}

/* -- numbers -- */

/* A hub that was put back gives out the next number again. When what it had lost comes back, two lives of one office have one
 * name, and "HQ.2/wg6:3" would be two events: whoever is told to redact one could take the other. */
static bool shares_name(const struct hw_store *store, const struct hw_life *life, bool fresh)
{
    for (size_t i = 0; i < store->lives_n; i++) {
        const struct hw_life *other = &store->lives[i];
        bool own = hw_inc_compare(&other->inc, &store->identity.inc) == 0;
        if (hw_inc_compare(&other->inc, &life->inc) != 0 && !(own && fresh) && other->number == life->number && strcmp(other->office, life->office) == 0)
            return true;
    }
    return false;
}

static int compare_born(const void *a, const void *b)
{
    const struct hw_life *x = a, *y = b;
    if (x->born_ms != y->born_ms)
        return x->born_ms < y->born_ms ? -1 : 1;
    return hw_inc_compare(&x->inc, &y->inc);
}

static enum hw_status give_number(struct hw_tx *tx, const struct hw_life *life, unsigned *number, struct hw_err *err)
{
    const struct hw_slice inc = {life->inc.b, sizeof life->inc.b};
    struct hw_id id = hw_id_derive("incarnation", &inc, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    char text[16];
    enum hw_status status = greatest_number(tx, life->office, number, err);
    snprintf(text, sizeof text, "%u", ++*number);
    if (!status)
        status = hw_edit_begin(edit, tx, HW_KIND_INCARNATION, &id, "directory", err);
    if (!status)
        status = hw_edit_put(edit, "number", text, err);
    return status ? status : hw_edit_write(edit, hw_tx_next_change(tx), "headwayd", err);
}

/* The life that the office has begun last has the greatest number: who asks which one an office leads asks for that. */
static enum hw_status number_latest(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    struct hw_store *store = tx->store;
    struct hw_identity self = store->identity;
    struct hw_life latest = {0};
    unsigned greatest;
    enum hw_status status = greatest_number(tx, office, &greatest, err);
    for (size_t i = 0; i < store->lives_n && !status; i++) {
        const struct hw_life *life = &store->lives[i];
        bool own = hw_inc_compare(&life->inc, &self.inc) == 0, over = hw_inc_compare(&latest.inc, &self.inc) == 0;
        if (strcmp(life->office, office) == 0 && !over && (own || !latest.number || compare_born(life, &latest) > 0))
            latest = *life;
    }
    if (status || !latest.number || (latest.number == greatest && !shares_name(store, &latest, false)))
        return status;
    bool own = hw_inc_compare(&latest.inc, &self.inc) == 0;
    status = give_number(tx, &latest, &latest.number, err);
    if (status || !own)
        return status;
    self.life = latest.number;
    hw_tx_identify(tx, &self);
    return hw_tx_life_put(tx, self.life, err);
}

enum hw_status hw_lives_number(struct hw_tx *tx, bool fresh, struct hw_err *err)
{
    const struct hw_store *store = tx->store;
    unsigned number;
    size_t n = 0;
    enum hw_status status = greatest_number(tx, "", &number, err); /* loads them */
    struct hw_life *shared = hw_arena_zero(&tx->arena, store->lives_n + 1, sizeof *shared);
    for (size_t i = 0; i < store->lives_n && !status; i++)
        if (hw_inc_compare(&store->lives[i].inc, &store->identity.inc) != 0 && shares_name(store, &store->lives[i], fresh))
            shared[n++] = store->lives[i];
    qsort(shared, n, sizeof *shared, compare_born);
    for (size_t i = 0; i < n && !status; i++)
        status = give_number(tx, &shared[i], &number, err);
    for (size_t i = 0; i < n && !status; i++)
        status = number_latest(tx, shared[i].office, err);
    return status ? status : number_latest(tx, store->identity.office, err);
}

enum hw_status hw_tx_lives_renumber(struct hw_tx *tx, struct hw_err *err)
{
    return hw_lives_number(tx, false, err);
}

/* -- an office's keys -- */

static bool read_key(const struct hw_row *row, const char *name, uint8_t to[HW_CURVE_SIZE])
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_OFFICE), name);
    struct hw_value value;
    if (!hw_value_read(field, hw_row_value(row, field->id), &value) || value.null || value.text.n != HW_CURVE_SIZE)
        return false;
    memcpy(to, value.text.p, HW_CURVE_SIZE);
    return true;
}

enum hw_status hw_office_look(struct hw_tx *tx, const char *office, struct hw_office_keys *keys, struct hw_err *err)
{
    const struct hw_field *state = hw_field_named(hw_kind_by_id(HW_KIND_OFFICE), "state");
    const struct hw_slice code = hw_slice_text(office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_record *record;
    struct hw_value value;
    *keys = (struct hw_office_keys){0};
    enum hw_status status = hw_tx_record(tx, HW_KIND_OFFICE, &id, "directory", &record, err);
    if (status || record->row.made.seq == 0)
        return status;
    keys->known = true;
    if (hw_value_read(state, hw_row_value(&record->row, state->id), &value) && !value.null)
        keys->revoked = value.number == HW_OFFICE_REVOKED;
    keys->keyed = read_key(&record->row, "curve_key", keys->curve_key);
    keys->announced = read_key(&record->row, "next_key", keys->next_key);
    return HW_OK;
}

enum hw_status hw_office_announce(struct hw_tx *tx, const char *office, const uint8_t *present, const uint8_t *next,
                                  uint64_t change, struct hw_err *err)
{
    const struct hw_slice code = hw_slice_text(office);
    struct hw_id id = hw_id_derive("office", &code, 1);
    struct hw_edit *edit = hw_arena_alloc(&tx->arena, sizeof *edit);
    enum hw_status status = hw_edit_begin(edit, tx, HW_KIND_OFFICE, &id, "directory", err);
    if (!status && present)
        status = hw_edit_bytes(edit, "curve_key", present, HW_CURVE_SIZE, err);
    if (!status && next)
        status = hw_edit_bytes(edit, "next_key", next, HW_CURVE_SIZE, err);
    else if (!status)
        status = hw_edit_clear(edit, "next_key", err);
    return status ? status : hw_edit_write(edit, change, "headwayd", err);
}

enum hw_status hw_life_settle(struct hw_tx *tx, const struct hw_life *life, const uint8_t *key, struct hw_err *err)
{
    struct hw_office_keys keys;
    char day[32];
    const char *office = hw_arena_text(&tx->arena, life->office, strlen(life->office));
    const struct hw_inc inc = life->inc; /* the cache is read anew below */
    bool latest = !life->ended;
    for (size_t i = 0; i < tx->store->lives_n; i++)
        latest = latest && (tx->store->lives[i].number <= life->number || strcmp(tx->store->lives[i].office, office) != 0);
    if (!latest || !tx->store->identity.gate || tx->store->recovering)
        return HW_OK;
    enum hw_status status = hw_office_look(tx, office, &keys, err);
    if (status || !keys.announced || (key && memcmp(key, keys.next_key, sizeof keys.next_key) != 0))
        return status;
    uint64_t change = hw_tx_next_change(tx);
    hw_time_print(tx->wall, day);
    day[10] = 0;
    status = hw_office_announce(tx, office, keys.next_key, NULL, change, err);
    if (!status)
        status = hw_tx_lives_end(tx, office, &inc, hw_arena_printf(&tx->arena, "office %s changed its keys on %s", office, day),
                                 keys.keyed ? keys.curve_key : NULL, change, err);
    return status ? status : hw_tx_finish(tx, err);
}

/* -- introductions -- */

/* "restored" where nothing is told, as older nodes do, or a word that is newer than this node. */
static const char *reason_word(uint64_t reason)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_INCARNATION), "reason");
    const char *word = hw_word_name(field->words, (uint16_t)reason);
    return word && reason != HW_LIFE_FIRST ? word : "restored";
}

/* Who vouches for the new life: a life of the same office that has not ended. Over a connection with the office's present key
 * (`direct`) an ended one may as well: a backup from before its keys were changed was put back. */
static enum hw_status check_word(struct hw_tx *tx, const struct hw_introduce *introduce, const char *office, bool direct,
                                 struct hw_err *err)
{
    struct hw_out text HW_CLEANUP(hw_out_done) = {0};
    struct hw_office_keys keys;
    const struct hw_life *previous;
    enum hw_status status = hw_cache_life(tx, &introduce->previous, &previous, err);
    if (status)
        return status;
    hw_life_signed(&text, &introduce->inc, introduce->sign_key);
    bool holds = previous && strcmp(previous->office, office) == 0 && (direct || !previous->ended) &&
                 crypto_sign_verify_detached(introduce->proof, text.p, text.n, previous->key) == 0;
    if (holds && introduce->keyed) {
        hw_out_reset(&text);
        hw_keys_signed(&text, introduce);
        holds = crypto_sign_verify_detached(introduce->curve_proof, text.p, text.n, previous->key) == 0;
    }
    if (!holds)
        return hw_fail(err, HW_DENIED, "office %s presents an incarnation that is not in the directory", office);
    status = hw_office_look(tx, office, &keys, err);
    return !status && keys.revoked ? hw_fail(err, HW_DENIED, "office %s is revoked", office) : status;
}

/* A life is a record that goes to every office and stays for ever, and its office alone decides when it begins one. A restored
 * backup, a copy that is noticed, a change of keys are one each. Lives of a time when this clock was far off do not count. */
static enum hw_status check_often(struct hw_tx *tx, const char *office, struct hw_err *err)
{
    enum { DAY_MS = 24 * 3600 * 1000 };
    const unsigned most = tx->store->lives_a_day ? tx->store->lives_a_day : HW_LIVES_PER_DAY;
    unsigned n = 0;
    for (size_t i = 0; i < tx->store->lives_n; i++) {
        const struct hw_life *life = &tx->store->lives[i];
        n += life->born_ms > tx->wall - DAY_MS && life->born_ms < tx->wall + DAY_MS && strcmp(life->office, office) == 0;
    }
    return n < most ? HW_OK
                    : hw_fail(err, HW_LIMIT, "office %s began %u lives within a day (lives_per_day): it may begin another tomorrow",
                              office, n);
}

enum hw_status hw_life_introduce(struct hw_tx *tx, const struct hw_introduce *introduce, bool direct, bool *pass_on,
                                 struct hw_err *err)
{
    const struct hw_life *known;
    const char *office = hw_arena_text(&tx->arena, introduce->office.p, introduce->office.n);
    unsigned number;
    *pass_on = false;
    enum hw_status status = hw_cache_life(tx, &introduce->inc, &known, err);
    if (status || known)
        return status;
    status = check_word(tx, introduce, office, direct, err);
    if (status)
        return status;
    *pass_on = !tx->store->identity.gate;
    if (*pass_on)
        return HW_OK;
    status = check_often(tx, office, err);
    if (!status && introduce->keyed)
        status = hw_door_free(tx, introduce->curve_key, office, err);
    if (status)
        return status;
    uint64_t change = hw_tx_next_change(tx);
    status = hw_tx_life_enter(tx, office, &introduce->inc, introduce->sign_key, reason_word(introduce->reason), change,
                              "headwayd", &number, err);
    return status || !introduce->keyed ? status
                                       : hw_office_announce(tx, office, NULL, introduce->curve_key, change, err);
}

enum hw_status hw_tx_introduce(struct hw_tx *tx, const struct hw_introduce *introduce, bool *pass_on,
                               struct hw_err *err)
{
    return hw_life_introduce(tx, introduce, false, pass_on, err);
}
