/* status.c: the verb status: this node in figures (floor 3, noun: status). */
#include <sodium.h>
#include <string.h>

#include "daemon/directory.h"
#include "daemon/store_recovery.h"
#include "daemon/store_sync.h"
#include "daemon/verb_internal.h"

static void put_roles(const struct hw_request *request, struct hw_tx *tx, struct hw_out *out)
{
    bool hub = request->link && request->link->listen, office = request->link && request->link->address;
    hw_put_text(out, "roles");
    hw_put_array_open(out);
    if (hub)
        hw_put_text(out, "hub");
    if (office)
        hw_put_text(out, "office");
    if (hub && office)
        hw_put_text(out, "relay");
    if (hw_tx_self(tx)->gate)
        hw_put_text(out, "gate");
    hw_put_close(out);
}

static void put_upstream(const struct hw_link_view *link, struct hw_out *out)
{
    hw_put_text(out, "upstream");
    static const struct hw_link_view none = {.state = "off"};
    if (!link || !link->address)
        link = &none;
    hw_put_map_open(out);
    hw_put_key_text(out, "address", link->address);
    hw_put_key_text(out, "state", link->state);
    hw_put_key_text(out, "reason", link->reason);
    hw_put_key_time(out, "since", link->since_ms);
    hw_put_key_time(out, "last_sync", link->last_sync_ms);
    hw_put_key_int(out, "clock_offset_ms", link->clock_offset_ms);
    hw_put_key_time(out, "next_try", link->next_try_ms);
    hw_put_close(out);
}

/* A hub knows of all offices; the others list what they have heard of. */
static void put_offices(struct hw_tx *tx, const struct hw_directory *directory, struct hw_out *out)
{
    hw_put_text(out, "offices");
    hw_put_array_open(out);
    for (size_t i = 0; i < directory->n; i++) {
        const struct hw_office *office = &directory->offices[i];
        if (strcmp(office->code, hw_tx_self(tx)->office) == 0)
            continue;
        hw_put_map_open(out);
        hw_put_key_text(out, "code", office->code);
        hw_put_key_text(out, "state", office->state);
        hw_put_key_time(out, "last_heard", office->last_heard_ms);
        hw_put_text(out, "behind");
        if (office->elsewhere)
            hw_put_null(out);
        else
            hw_put_uint(out, office->behind);
        hw_put_key_bool(out, "connected", office->connected);
        hw_put_close(out);
    }
    hw_put_close(out);
}

/* Groups without a grant: "local_groups" were never granted, and what this office writes there stays here; "ended" were,
 * with what it wrote before and was not admitted. */
static enum hw_status put_ungranted(struct hw_tx *tx, struct hw_out *out, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out ended = {0};
    const struct hw_self *self = hw_tx_self(tx);
    struct hw_group_tip *tips;
    size_t n, ended_n = 0;
    enum hw_status status = HW_OK;
    hw_tx_tips(tx, &tips, &n);
    hw_put_text(out, "local_groups");
    hw_put_array_open(out);
    for (size_t i = 0; self->enrolled && !self->gate && i < n && !status; i++) {
        struct hw_leave leave;
        if (strcmp(tips[i].group, "directory") == 0)
            continue;
        status = hw_tx_leave(tx, self->office, tips[i].group, &leave, err);
        if (status || leave.reads)
            continue;
        if (!leave.ended && tips[i].own_tip)
            hw_put_text(out, tips[i].group);
        if (!leave.ended || !tips[i].events)
            continue;
        hw_put_map(&ended, 2);
        hw_put_key_text(&ended, "group", tips[i].group);
        hw_put_key_int(&ended, "waiting", (int64_t)(tips[i].own_tip - tips[i].own_admitted));
        ended_n++;
    }
    hw_put_close(out);
    hw_put_text(out, "ended");
    hw_put_array(out, ended_n);
    hw_put_raw(out, ended.p, ended.n);
    return status;
}

/* "orphans": changes of others that were taken here for headquarters, and that nobody admits any more. */
static enum hw_status put_orphans(struct hw_tx *tx, struct hw_out *out, struct hw_err *err)
{
    struct hw_orphans *list;
    size_t n = 0;
    enum hw_status status = hw_tx_orphans(tx, &list, &n, err);
    hw_put_text(out, "orphans");
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        hw_put_map(out, 4);
        hw_put_key_text(out, "incarnation", hw_arena_printf(hw_tx_arena(tx), "%s.%u", list[i].office, list[i].life));
        hw_put_text(out, "groups");
        hw_put_array(out, list[i].groups_n);
        for (size_t g = 0; g < list[i].groups_n; g++)
            hw_put_text(out, list[i].groups[g]);
        hw_put_key_int(out, "changes", (int64_t)list[i].changes);
        hw_put_key_text(out, "text", hw_orphans_text(hw_tx_arena(tx), &list[i]));
    }
    return status;
}

/* What the last check of the database found; the node writes it. */
static const char *integrity(struct hw_tx *tx)
{
    struct hw_slice value;
    if (hw_tx_get(tx, "integrity", &value) == HW_OK && (hw_slice_is(value, "ok") || hw_slice_is(value, "failed")))
        return hw_arena_text(hw_tx_arena(tx), value.p, value.n);
    return "unchecked";
}

/* A hub that was restored waits for what the offices hold; null at any other time. */
static enum hw_status put_recovery(struct hw_tx *tx, struct hw_out *out, struct hw_err *err)
{
    struct hw_recovery recovery;
    hw_put_text(out, "recovery");
    enum hw_status status = hw_tx_recovering(tx) ? hw_tx_recovery_look(tx, &recovery, err) : HW_NOT_FOUND;
    if (status) {
        hw_put_null(out);
        return status == HW_NOT_FOUND ? HW_OK : status;
    }
    hw_put_map_open(out);
    hw_put_key_time(out, "backup", recovery.backup_ms);
    hw_put_key_time(out, "since", recovery.since_ms);
    hw_put_key_int(out, "heard", (int64_t)recovery.heard_n);
    hw_put_text(out, "waiting");
    hw_put_array(out, recovery.waiting_n);
    for (size_t i = 0; i < recovery.waiting_n; i++)
        hw_put_text(out, recovery.waiting[i]);
    hw_put_key_text(out, "text", recovery.text);
    hw_put_close(out);
    return HW_OK;
}

static enum hw_status put_incidents(struct hw_tx *tx, struct hw_out *out, struct hw_err *err)
{
    struct hw_incident list[HW_INCIDENTS_MAX];
    size_t n;
    enum hw_status status = hw_tx_incidents(tx, list, &n, err);
    if (status)
        return status;
    hw_put_text(out, "incidents");
    hw_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        hw_put_map_open(out);
        hw_put_key_time(out, "time", list[i].when_ms);
        hw_put_key_text(out, "text", list[i].text);
        hw_put_close(out);
    }
    return HW_OK;
}

/* What this hub allows those who connect, and how near they are to it; an office has none. */
static void put_limits(const struct hw_link_view *link, struct hw_out *out)
{
    hw_put_text(out, "limits");
    if (!link || !link->limits_n) {
        hw_put_null(out);
        return;
    }
    hw_put_map_open(out);
    for (size_t i = 0; i < link->limits_n; i++)
        hw_put_key_int(out, link->limits[i].name, (int64_t)link->limits[i].value);
    hw_put_key_int(out, "connections", (int64_t)link->connections);
    hw_put_key_int(out, "strangers", (int64_t)link->strangers);
    hw_put_close(out);
}

static void put_period(const struct hw_budget *budget, enum hw_budget_period period, const char *name, struct hw_out *out)
{
    uint64_t limit = budget->limit[period], spent = budget->spent[period];
    hw_put_text(out, name);
    hw_put_map(out, 3);
    hw_put_key_int(out, "spent", (int64_t)spent);
    hw_put_text(out, "limit");
    if (limit)
        hw_put_uint(out, limit);
    else
        hw_put_null(out);
    hw_put_text(out, "left");
    if (limit)
        hw_put_uint(out, limit > spent ? limit - spent : 0);
    else
        hw_put_null(out);
}

/* What the link to the hub has cost, in bytes; null where nobody counts. `goes`: all, live (changes made now), nothing. */
static void put_budget(const struct hw_link_view *link, struct hw_out *out)
{
    static const char *const goes[] = {[0] = "nothing", [HW_LANE_LIVE] = "live", [HW_LANE_BACKLOG] = "all", [HW_LANE_SNAPSHOT] = "all"};
    hw_put_text(out, "budget");
    if (!link || !link->budget) {
        hw_put_null(out);
        return;
    }
    hw_put_map_open(out);
    hw_put_key_bool(out, "metered", link->metered);
    hw_put_key_text(out, "goes", goes[link->lane]);
    put_period(link->budget, HW_BUDGET_HOUR, "hour", out);
    put_period(link->budget, HW_BUDGET_DAY, "day", out);
    hw_put_close(out);
}

/* Headquarters has shut this office out: one sentence, null at any other time. */
static void put_shut(struct hw_tx *tx, struct hw_out *out)
{
    struct hw_slice why;
    const char *text = NULL;
    if (hw_tx_get(tx, "shut", &why) == HW_OK)
        text = hw_arena_printf(hw_tx_arena(tx), "headquarters has shut this office out%s%.*s; all that is here stays, and can be"
                               " exported", why.n ? ": " : "", (int)why.n, (const char *)why.p);
    hw_put_key_text(out, "shut_out", text);
}

/* What the other end knows this node by, as headway.conf and people compare it. */
static void put_key(const struct hw_request *request, struct hw_out *out)
{
    char text[sodium_base64_ENCODED_LEN(HW_CURVE_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING)] = "";
    if (request->link && request->link->curve_public)
        sodium_bin2base64(text, sizeof text, request->link->curve_public, HW_CURVE_SIZE,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hw_put_key_text(out, "curve_key", text);
}

/* The root key that signs the directory's journal now, and since when it does; no time while it is the first one. */
static enum hw_status put_root(struct hw_tx *tx, struct hw_out *out, struct hw_err *err)
{
    char text[sodium_base64_ENCODED_LEN(HW_SIGN_PUBLIC, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    uint8_t key[HW_SIGN_PUBLIC];
    int64_t since;
    enum hw_status status = hw_tx_root_now(tx, key, &since, err);
    sodium_bin2base64(text, sizeof text, key, sizeof key, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hw_put_key_text(out, "root_key", hw_tx_self(tx)->enrolled && !status ? text : NULL);
    hw_put_key_time(out, "root_since", since);
    return status;
}

/* Why this incarnation began; the directory has the same once headquarters has entered it. */
static const char *life_reason(struct hw_tx *tx)
{
    const struct hw_field *field = hw_field_named(hw_kind_by_id(HW_KIND_INCARNATION), "reason");
    struct hw_slice kept;
    uint16_t word = hw_tx_self(tx)->life > 1 ? HW_LIFE_RESTORED : HW_LIFE_FIRST;
    if (hw_tx_get(tx, "reason", &kept) == HW_OK && kept.n == 1)
        word = kept.p[0];
    return hw_word_name(field->words, word);
}

/* When the last backup was stored; 0: never. */
static int64_t backup_ms(struct hw_tx *tx)
{
    struct hw_slice value;
    uint64_t ms = 0;
    if (hw_tx_get(tx, "backup", &value) != HW_OK || value.n != sizeof ms)
        return 0;
    for (size_t i = 0; i < value.n; i++)
        ms = ms << 8 | value.p[i];
    return (int64_t)ms;
}

enum hw_status hw_verb_status(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                              struct hw_err *err)
{
    const struct hw_self *self = hw_tx_self(tx);
    struct hw_directory directory;
    struct hw_counts counts;
    struct hw_out *out = &answer->end;
    unsigned life;
    enum hw_status status = hw_tx_counts(tx, &counts, err);
    if (status == HW_OK)
        status = hw_directory_load(tx, request->link, &directory, err);
    if (status != HW_OK)
        return status;
    hw_put_map_open(out);
    hw_put_key_text(out, "node", self->office);
    put_roles(request, tx, out);
    hw_tx_office_of(tx, &self->inc, &life);
    hw_put_key_text(out, "incarnation", hw_arena_printf(hw_tx_arena(tx), "%s.%u", self->office, life));
    hw_put_key_text(out, "incarnation_reason", life_reason(tx));
    hw_put_key_bool(out, "enrolled", self->enrolled);
    hw_put_key_text(out, "home", request->home);
    hw_put_key_text(out, "listen", request->link ? request->link->listen : NULL);
    hw_put_key_time(out, "started", request->link ? request->link->started_ms : 0);
    put_key(request, out);
    hw_put_key_time(out, "next_key", hw_tx_switch_at(tx));
    put_upstream(request->link, out);
    put_budget(request->link, out);
    put_shut(tx, out);
    put_offices(tx, &directory, out);
    status = put_ungranted(tx, out, err);
    if (!status)
        status = put_root(tx, out, err);
    hw_put_key_int(out, "pending", (int64_t)counts.pending);
    hw_put_key_int(out, "carried", (int64_t)counts.carried);
    if (!status)
        status = put_orphans(tx, out, err);
    hw_put_key_int(out, "refused", (int64_t)counts.refused);
    hw_put_key_int(out, "conflicts", (int64_t)counts.conflicts);
    hw_put_key_int(out, "records", (int64_t)counts.records);
    hw_put_key_int(out, "events", (int64_t)counts.events);
    hw_put_key_int(out, "db_bytes", (int64_t)counts.db_bytes);
    hw_put_key_text(out, "integrity", integrity(tx));
    hw_put_key_bool(out, "clock_doubted", hw_tx_doubts_clock(tx));
    put_limits(request->link, out);
    if (!status)
        status = put_incidents(tx, out, err);
    hw_put_key_time(out, "backup", backup_ms(tx));
    hw_put_key_time(out, "history_since", hw_tx_history_since(tx));
    if (!status)
        status = put_recovery(tx, out, err);
    hw_put_close(out);
    return status;
}

enum hw_status hw_verb_recovery_end(struct hw_tx *tx, const struct hw_request *request, struct hw_answer *answer,
                                    struct hw_err *err)
{
    struct hw_recovery recovery;
    struct hw_out *out = &answer->end;
    (void)request;
    enum hw_status status = hw_tx_recovery_look(tx, &recovery, err);
    if (!status)
        status = hw_tx_recovery_end(tx, err);
    if (status)
        return status;
    hw_put_map(out, 2);
    hw_put_key_int(out, "heard", (int64_t)recovery.heard_n);
    hw_put_text(out, "waiting");
    hw_put_array(out, recovery.waiting_n);
    for (size_t i = 0; i < recovery.waiting_n; i++)
        hw_put_text(out, recovery.waiting[i]);
    return HW_OK;
}
