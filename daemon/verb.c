/* verb.c: the table of verbs and the arguments of a request (floor 3, noun: verb). */
#include "daemon/verb.h"

#include <string.h>

#include "daemon/verb_internal.h"
#include "headway/when.h"

const struct hw_verb hw_verbs[] = {
    {"ping", false, false, hw_verb_ping},
    {"status", false, false, hw_verb_status},
    {"office.list", false, false, hw_verb_office_list},
    {"office.show", false, false, hw_verb_office_show},
    {"group.add", true, false, hw_verb_group_add},
    {"group.list", false, false, hw_verb_group_list},
    {"group.show", false, false, hw_verb_group_show},
    {"plan.add", true, false, hw_verb_plan_add},
    {"plan.list", false, false, hw_verb_plan_list},
    {"plan.show", false, false, hw_verb_plan_show},
    {"add", true, true, hw_verb_add},
    {"set", true, true, hw_verb_set},
    {"comment", true, true, hw_verb_comment},
    {"archive", true, true, hw_verb_archive},
    {"show", false, false, hw_verb_show},
    {"list", false, false, hw_verb_list},
    {"log", false, false, hw_verb_log},
    {"undo", true, false, hw_verb_undo},
    {"conflicts", false, false, hw_verb_conflicts},
    {"resolve", true, true, hw_verb_resolve},
    {"todo", false, false, hw_verb_todo},
    {"refused", false, false, hw_verb_refused},
    {"retry", true, false, hw_verb_retry},
    {"import", true, false, hw_verb_import},
    {"import.map", false, false, hw_verb_import_map},
    {"export", false, false, hw_verb_export},
    {"report", false, false, hw_verb_report},
    {"lint", false, false, hw_verb_lint},
    {"invite", true, false, hw_verb_invite},
    {"grant", true, false, hw_verb_grant},
    {"office.revoke", true, false, hw_verb_office_revoke},
    {"key.rotate", true, false, hw_verb_key_rotate},
    {"recovery.end", true, false, hw_verb_recovery_end},
    {"backup.mark", true, false, hw_verb_backup_mark},
    {"backup.end", true, false, hw_verb_backup_end},
    {"bundle.seal", true, false, hw_verb_bundle_seal},
    {"apply", HW_VERB_APPLIES, false, hw_verb_apply},
    {"redact", true, false, hw_verb_redact},
    {"history", false, false, hw_verb_history},
};
const size_t hw_verbs_n = sizeof hw_verbs / sizeof hw_verbs[0];

const struct hw_verb *hw_verb_find(struct hw_slice name)
{
    for (size_t i = 0; i < hw_verbs_n; i++)
        if (hw_slice_is(name, hw_verbs[i].name))
            return &hw_verbs[i];
    return NULL;
}

struct hw_slice hw_arg_raw(const struct hw_request *request, const char *name)
{
    struct hw_in in = hw_in_of(request->args);
    size_t n = hw_get_map_any(&in);
    for (size_t i = 0; i < n && !in.bad; i++) {
        if (n == SIZE_MAX && hw_get_close(&in))
            break;
        struct hw_slice key = hw_get_text(&in);
        struct hw_slice value = hw_get_raw(&in);
        if (!in.bad && hw_slice_is(key, name))
            return value;
    }
    return (struct hw_slice){0};
}

struct hw_slice hw_arg_text(const struct hw_request *request, const char *name)
{
    struct hw_in in = hw_in_of(hw_arg_raw(request, name));
    if (hw_peek(&in) != HW_ITEM_TEXT)
        return (struct hw_slice){0};
    struct hw_slice text = hw_get_text(&in);
    return in.bad ? (struct hw_slice){0} : text;
}

bool hw_arg_bool(const struct hw_request *request, const char *name)
{
    struct hw_in in = hw_in_of(hw_arg_raw(request, name));
    return hw_peek(&in) == HW_ITEM_BOOL && hw_get_bool(&in);
}

int64_t hw_arg_int(const struct hw_request *request, const char *name, int64_t fallback)
{
    struct hw_in in = hw_in_of(hw_arg_raw(request, name));
    enum hw_item item = hw_peek(&in);
    if (item != HW_ITEM_UINT && item != HW_ITEM_NEGATIVE)
        return fallback;
    int64_t value = hw_get_int(&in);
    return in.bad ? fallback : value;
}

struct hw_slice *hw_arg_list(const struct hw_request *request, const char *name, size_t *n)
{
    struct hw_slice raw = hw_arg_raw(request, name);
    struct hw_in in = hw_in_of(raw);
    *n = 0;
    if (hw_peek(&in) != HW_ITEM_ARRAY)
        return NULL;
    size_t items = hw_get_array_any(&in);
    /* Each text takes at least one byte, so the raw length bounds an open array. */
    struct hw_slice *list = hw_arena_zero(request->arena, items == SIZE_MAX ? raw.n : items, sizeof *list);
    for (size_t i = 0; i < items && !in.bad; i++) {
        if (items == SIZE_MAX && hw_get_close(&in))
            break;
        struct hw_slice text = hw_get_text(&in);
        if (!in.bad)
            list[(*n)++] = text;
    }
    return list;
}

void hw_put_key_words(struct hw_out *out, const char *key, const char *text)
{
    hw_put_text(out, key);
    hw_put_text(out, text ? text : "");
}

void hw_put_key_text(struct hw_out *out, const char *key, const char *text)
{
    hw_put_text(out, key);
    hw_put_text(out, text && *text ? text : NULL);
}

void hw_put_key_int(struct hw_out *out, const char *key, int64_t value)
{
    hw_put_text(out, key);
    hw_put_int(out, value);
}

void hw_put_key_bool(struct hw_out *out, const char *key, bool value)
{
    hw_put_text(out, key);
    hw_put_bool(out, value);
}

void hw_put_key_time(struct hw_out *out, const char *key, int64_t ms)
{
    char text[32] = "";
    if (ms > 0)
        hw_time_print(ms, text);
    hw_put_key_text(out, key, text);
}
