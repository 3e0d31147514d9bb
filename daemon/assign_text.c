/* assign_text.c: the typed side of assignments: fields by name, values with
 * references, "field+=a,b" (floor 3, noun: assign). */
#include <string.h>
#include <strings.h>

#include "daemon/assign.h"
#include "daemon/lookup.h"
#include "daemon/view.h"
#include "headway/reference.h"

enum {
    ELEMENTS_MAX = 200, /* in one assignment: an event has 256 operations, and all countries of the world are 249 */
    FIELDS_MAX = 64     /* more than the widest kind has */
};

/* "country" for the set "countries", as filters have it. */
static const struct hw_field *find_singular(const struct hw_kind *kind, struct hw_slice name)
{
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        size_t n = strlen(field->name), stem = n > 3 && strcmp(field->name + n - 3, "ies") == 0 ? n - 3 : n - 1;
        bool like = name.n == stem + (stem == n - 3) && strncasecmp((const char *)name.p, field->name, stem) == 0;
        if (field->set && like && (stem == n - 1 || name.p[stem] == 'y'))
            return field;
    }
    return NULL;
}

enum hw_status hw_assign_field(const struct hw_kind *kind, struct hw_slice name, const struct hw_field **field,
                               struct hw_err *err)
{
    const char *names[FIELDS_MAX];
    size_t n = 0;
    *field = hw_field_find(kind, name);
    if (!*field)
        *field = find_singular(kind, name);
    /* Then as a column's head may call it, in any of its languages. */
    const char *head = *field ? NULL : hw_heading_field(name);
    if (head)
        *field = hw_field_find(kind, hw_slice_text(head));
    if (*field)
        return HW_OK;
    if (hw_slice_is(name, "group"))
        return hw_fail(err, HW_USAGE, "a record never changes its group");
    for (size_t i = 0; i < kind->fields_n && n < FIELDS_MAX; i++)
        names[n++] = kind->fields[i].name;
    const char *nearest = hw_nearest(name, names, n);
    if (nearest)
        return hw_fail(err, HW_USAGE, "%s has no field \"%.*s\"; did you mean %s?", kind->name, (int)name.n,
                       (const char *)name.p, nearest);
    const char *list = "";
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    for (size_t i = 0; i < n; i++)
        if (kind->fields[i].id != HW_FIELD_SOURCE)
            list = hw_arena_printf(&arena, "%s%s%s", list, *list ? ", " : "", names[i]);
    return hw_fail(err, HW_USAGE, "%s has no field \"%.*s\"; it has %s", kind->name, (int)name.n, (const char *)name.p,
                   list);
}

/* Codes that stand in text fields must be codes. */
static enum hw_status check_code(const struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                 struct hw_err *err)
{
    uint16_t kind = draft->kind->id;
    bool group = (kind == HW_KIND_GROUP && (strcmp(field->name, "code") == 0 || strcmp(field->name, "parent") == 0)) ||
                 (kind == HW_KIND_GRANT && strcmp(field->name, "scope") == 0);
    bool office = (kind == HW_KIND_OFFICE && strcmp(field->name, "code") == 0) ||
                  (kind == HW_KIND_GROUP && strcmp(field->name, "gate") == 0);
    if (text.n == 0)
        return HW_OK;
    if (group && !hw_group_code_valid(text))
        return hw_fail(err, HW_USAGE,
                       "\"%.*s\" is no group code: lower-case letters, digits and hyphens, at most %d",
                       (int)(text.n > 100 ? 100 : text.n), (const char *)text.p, HW_GROUP_MAX);
    if (office && !hw_office_code_valid(text))
        return hw_fail(err, HW_USAGE,
                       "\"%.*s\" is no office code: upper-case letters, digits and hyphens, at most %d",
                       (int)(text.n > 100 ? 100 : text.n), (const char *)text.p, HW_OFFICE_MAX);
    return HW_OK;
}

/* A person at the keyboard is asked again; what stands in a file is kept as
 * written. */
static enum hw_status check_time(const struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                 struct hw_err *err)
{
    struct hw_when when;
    int n = (int)(text.n > 100 ? 100 : text.n);
    if (field->type != HW_TYPE_TIME || text.n == 0 || draft->lenient)
        return HW_OK;
    hw_when_parse(text, draft->order, &when);
    if (when.kind == HW_WHEN_AMBIGUOUS)
        return hw_fail(err, HW_USAGE,
                       "%s: is the day first in \"%.*s\"? Write the month as a word, or tell the plan: headway set PLAN "
                       "date_order=dmy",
                       field->name, n, (const char *)text.p);
    if (when.kind == HW_WHEN_UNREAD)
        return hw_fail(err, HW_USAGE,
                       "%s: \"%.*s\" is not a date; write for example 2016-12-31, 31 Dec 2016, 2016/12, Q4 2016, by 2020 "
                       "or ongoing",
                       field->name, n, (const char *)text.p);
    return HW_OK;
}

enum hw_status hw_draft_value(struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                              struct hw_slice *value, struct hw_err *err)
{
    HW_CLEANUP(hw_out_done) struct hw_out out = {0};
    char id_text[HW_ID_TEXT + 1];
    struct hw_id id;
    if (field->type == HW_TYPE_BYTES)
        return hw_fail(err, HW_USAGE, "%s is a key; keys are not set by hand", field->name);
    enum hw_status status = check_code(draft, field, text, err);
    if (status == HW_OK)
        status = check_time(draft, field, text, err);
    if (status == HW_OK && field->type == HW_TYPE_REF && text.n) {
        status = hw_lookup_ref(draft->tx, draft->record->group, draft->plan, field->ref_kind, text, &id, err);
        if (status == HW_OK && hw_id_equal(&id, &draft->record->row.id))
            status = hw_fail(err, HW_USAGE, "a record cannot be its own %s", field->name);
        hw_id_print(status == HW_OK ? &id : &draft->record->row.id, id_text);
        text = hw_slice_text(id_text);
    }
    if (status == HW_OK)
        status = hw_value_parse(field, text, draft->order, &out, err);
    if (status == HW_OK)
        status = hw_value_check(field, hw_out_slice(&out), err);
    if (status == HW_OK)
        *value = hw_arena_slice(draft->arena, hw_out_slice(&out));
    return status;
}

static struct hw_slice trim(struct hw_slice text)
{
    while (text.n && memchr(" \t\n", text.p[0], 3)) {
        text.p++;
        text.n--;
    }
    while (text.n && memchr(" \t\n", text.p[text.n - 1], 3))
        text.n--;
    return text;
}

/* The next part before a comma; false at the end. */
static bool next_part(struct hw_slice *rest, struct hw_slice *part)
{
    if (rest->n == 0)
        return false;
    const uint8_t *comma = memchr(rest->p, ',', rest->n);
    size_t n = comma ? (size_t)(comma - rest->p) : rest->n;
    *part = trim((struct hw_slice){rest->p, n});
    n += comma ? 1 : 0;
    rest->p += n;
    rest->n -= n;
    return true;
}

/* What is taken away may be typed in another case than it was stored. */
static struct hw_slice stored_like(struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                   struct hw_slice value)
{
    size_t n;
    const struct hw_slice *now = hw_cell_elements(hw_row_cell(&draft->record->row, field->id), draft->arena, &n);
    const char *folded = hw_fold(draft->arena, text);
    for (size_t i = 0; i < n; i++)
        if (hw_slice_equal(now[i], value))
            return value;
    for (size_t i = 0; i < n; i++) {
        const char *printed = hw_value_print(field, now[i], draft->arena);
        if (strcmp(hw_fold(draft->arena, hw_slice_text(printed)), folded) == 0)
            return now[i];
    }
    return value;
}

struct hw_slice *hw_assign_elements(struct hw_draft *draft, const struct hw_field *field, struct hw_slice text,
                                    const char **scheme, size_t *n, bool *respelt)
{
    struct hw_references found = {.n = 0, .scheme = *scheme};
    if (strcmp(field->name, "references") == 0)
        hw_references_read(draft->arena, text, *scheme, &found);
    struct hw_slice *elements = hw_arena_zero(draft->arena, found.n + 1, sizeof *elements);
    *respelt = found.whole;
    *n = found.n;
    for (size_t i = 0; i < found.n; i++) {
        elements[i] = hw_slice_text(found.codes[i]);
        *respelt = *respelt && !hw_slice_equal(elements[i], text);
    }
    if (!found.whole)
        elements[(*n)++] = text;
    *scheme = found.scheme;
    return elements;
}

/* One part of a typed list, added to the values; or taken away. */
static enum hw_status assign_part(struct hw_draft *draft, const struct hw_field *field, char sign,
                                  struct hw_slice part, struct hw_slice *value, struct hw_err *err)
{
    enum hw_status status = hw_draft_value(draft, field, part, value, err);
    if (status == HW_OK && sign == '-')
        hw_draft_remove(draft, field, stored_like(draft, field, part, *value));
    else if (status == HW_OK && sign == '+')
        hw_draft_add(draft, field, *value);
    return status;
}

static enum hw_status assign_set(struct hw_draft *draft, const struct hw_field *field, char sign, struct hw_slice text,
                                 struct hw_err *err)
{
    struct hw_slice *values = hw_arena_zero(draft->arena, ELEMENTS_MAX, sizeof *values), part;
    const char *scheme = "";
    size_t n = 0;
    while (next_part(&text, &part)) {
        size_t more = 0;
        bool respelt;
        const struct hw_slice *elements =
            part.n ? hw_assign_elements(draft, field, part, &scheme, &more, &respelt) : NULL;
        if (n + more > ELEMENTS_MAX)
            return hw_fail(err, HW_LIMIT, "%s: at most %d at a time", field->name, ELEMENTS_MAX);
        for (size_t i = 0; i < more; i++) {
            enum hw_status status = assign_part(draft, field, sign, elements[i], &values[n++], err);
            if (status != HW_OK)
                return status;
        }
        /* As it was stored before it was read, or by an older version. */
        if (sign == '-' && more && respelt)
            hw_draft_remove(draft, field, stored_like(draft, field, part, (struct hw_slice){0}));
    }
    if (sign == 0)
        hw_draft_replace(draft, field, values, n);
    return HW_OK;
}

static enum hw_status allowed(const struct hw_draft *draft, const struct hw_field *field, struct hw_err *err)
{
    bool made = draft->record->row.made.seq != 0;
    if (field->id == HW_FIELD_SOURCE)
        return hw_fail(err, HW_USAGE, "source is written by imports alone");
    if (made && draft->kind->id == HW_KIND_GROUP && strcmp(field->name, "code") == 0)
        return hw_fail(err, HW_USAGE, "the code of a group never changes");
    if (made && draft->kind->id == HW_KIND_COMMENT && field->id != HW_FIELD_ARCHIVED)
        return hw_fail(err, HW_USAGE, "comments are only ever added; to put one away: headway archive ID");
    return HW_OK;
}

/* What stands before and behind the sign of "field=value". */
struct typed {
    const struct hw_field *field;
    struct hw_slice text;
    char sign; /* 0, '+' or '-' */
};

static enum hw_status read_typed(const struct hw_draft *draft, struct hw_slice typed, struct typed *read, struct hw_err *err)
{
    const uint8_t *equals = typed.n ? memchr(typed.p, '=', typed.n) : NULL;
    *read = (struct typed){0};
    if (!equals || equals == typed.p)
        return hw_fail(err, HW_USAGE, "\"%.*s\": say field=value, field+=value or field-=value",
                       (int)(typed.n > 100 ? 100 : typed.n), (const char *)typed.p);
    struct hw_slice name = {typed.p, (size_t)(equals - typed.p)};
    read->text = (struct hw_slice){equals + 1, typed.n - name.n - 1};
    if (name.p[name.n - 1] == '+' || name.p[name.n - 1] == '-')
        read->sign = (char)name.p[--name.n];
    return hw_assign_field(draft->kind, trim(name), &read->field, err);
}

static enum hw_status assign_typed(struct hw_draft *draft, const struct typed *typed, struct hw_err *err)
{
    const struct hw_field *field = typed->field;
    enum hw_status status = allowed(draft, field, err);
    if (status != HW_OK)
        return status;
    if (field->set)
        return assign_set(draft, field, typed->sign, typed->text, err);
    if (typed->sign)
        return hw_fail(err, HW_USAGE, "%s holds one value; say %s=value", field->name, field->name);
    struct hw_slice value;
    status = hw_draft_value(draft, field, typed->text, &value, err);
    return status == HW_OK ? hw_draft_set(draft, field, value, err) : status;
}

/* Two values for one field in one command: one of them would be lost without a word. */
static enum hw_status said_once(const struct typed *all, size_t n, struct hw_err *err)
{
    const struct typed *last = &all[n - 1];
    for (size_t i = 0; i + 1 < n; i++)
        if (all[i].field == last->field && !all[i].sign && !last->sign && !hw_slice_equal(all[i].text, last->text))
            return hw_fail(err, HW_USAGE, "%s is given twice in one command; say it once", last->field->name);
    return HW_OK;
}

enum hw_status hw_assign_all(struct hw_draft *draft, const struct hw_slice *typed, size_t n, struct hw_err *err)
{
    struct typed *read = hw_arena_zero(draft->arena, n, sizeof *read);
    enum hw_status status = HW_OK;
    for (size_t i = 0; i < n && status == HW_OK; i++) {
        status = read_typed(draft, typed[i], &read[i], err);
        if (status == HW_OK)
            status = said_once(read, i + 1, err);
        if (status == HW_OK)
            status = assign_typed(draft, &read[i], err);
    }
    return status;
}

enum hw_status hw_assign_text(struct hw_draft *draft, const char *name, struct hw_slice text, struct hw_err *err)
{
    const struct hw_field *field = hw_field_named(draft->kind, name);
    struct hw_slice value;
    enum hw_status status = hw_draft_value(draft, field, text, &value, err);
    return status == HW_OK ? hw_draft_set(draft, field, value, err) : status;
}
