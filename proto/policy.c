/* policy.c: who may write what (floor 1, noun: policy).
 *
 *   role                     writes
 *   coordinator              every record of the group
 *   contributor              the same
 *   contributor of countries records of one of its countries, and those where its office is responsible; of its own
 *                            countries alone it adds and takes away. Plans, reviews and comments, which have no
 *                            countries: new ones, and those that its office made
 *   reader                   nothing
 *
 * A record is judged as it stands before the event, a new one as it stands after. Records of `directory` are
 * written at headquarters, and are found in no other group. */
#include "headway/policy.h"

#include <string.h>
#include <utf8proc.h>

#include "headway/value.h"

void hw_leave_add(struct hw_leave *leave, struct hw_arena *arena, const struct hw_row *grant)
{
    const struct hw_kind *kind = hw_kind_by_id(HW_KIND_GRANT);
    const struct hw_field *word = hw_field_named(kind, "role"), *field = hw_field_named(kind, "countries");
    struct hw_value archived, role;
    size_t n;
    if (hw_value_read(hw_field_by_id(kind, HW_FIELD_ARCHIVED), hw_row_value(grant, HW_FIELD_ARCHIVED), &archived) &&
        !archived.null && archived.number) {
        leave->ended = !leave->reads;
        return;
    }
    leave->reads = true;
    leave->ended = false;
    if (!hw_value_read(word, hw_row_value(grant, word->id), &role) || role.null ||
        (role.number != HW_ROLE_COORDINATOR && role.number != HW_ROLE_CONTRIBUTOR))
        return; /* a role that is newer than this node only reads */
    struct hw_slice *countries = hw_cell_elements(hw_row_cell(grant, field->id), arena, &n);
    leave->writes = true;
    leave->all = leave->all || role.number == HW_ROLE_COORDINATOR || n == 0;
    struct hw_slice *list = hw_arena_zero(arena, leave->countries_n + n, sizeof *list);
    if (leave->countries_n)
        memcpy(list, leave->countries, leave->countries_n * sizeof *list);
    if (n)
        memcpy(list + leave->countries_n, countries, n * sizeof *list);
    leave->countries = list;
    leave->countries_n += n;
}

/* -- where a record belongs -- */

static const struct hw_field *country_field(const struct hw_kind *kind)
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (kind->fields[i].type == HW_TYPE_COUNTRY)
            return &kind->fields[i];
    return NULL;
}

static const struct hw_field *responsible_field(const struct hw_kind *kind)
{
    return hw_field_find(kind, hw_slice_text("responsible"));
}

bool hw_policy_places(const struct hw_kind *kind, const struct hw_op *op)
{
    const struct hw_field *country = country_field(kind), *responsible = responsible_field(kind);
    return (country && op->field == country->id) || (responsible && op->field == responsible->id);
}

static bool own(const struct hw_leave *leave, struct hw_slice country)
{
    for (size_t i = 0; i < leave->countries_n; i++)
        if (hw_slice_equal(leave->countries[i], country))
            return true;
    return false;
}

static bool is_letter(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* Whether a letter or digit stands right before or behind. */
static bool inside_word(const char *text, size_t at, size_t n)
{
    int32_t c;
    size_t back = at;
    while (back > 0 && at - back < 4) {
        back--;
        if (((uint8_t)text[back] & 0xc0) != 0x80)
            break;
    }
    if (at > 0 && utf8proc_iterate((const uint8_t *)text + back, (utf8proc_ssize_t)(at - back), &c) > 0 && is_letter(c))
        return true;
    return text[at + n] && utf8proc_iterate((const uint8_t *)text + at + n, -1, &c) > 0 && is_letter(c);
}

static bool has_words(const char *text, const char *words)
{
    size_t n = strlen(words);
    for (const char *at = n ? strstr(text, words) : NULL; at; at = strstr(at + 1, words))
        if (!inside_word(text, (size_t)(at - text), n))
            return true;
    return false;
}

bool hw_policy_names(struct hw_slice text, const struct hw_leave *leave, struct hw_arena *arena)
{
    const char *folded = hw_fold(arena, text);
    return has_words(folded, hw_fold(arena, hw_slice_text(leave->office))) ||
           has_words(folded, hw_fold(arena, hw_slice_text(leave->name)));
}

static bool text_names(const struct hw_field *field, struct hw_slice value, const struct hw_leave *leave,
                       struct hw_arena *arena)
{
    struct hw_value read;
    return hw_value_read(field, value, &read) && !read.null && hw_policy_names(read.text, leave, arena);
}

static bool is_null(struct hw_slice value)
{
    return value.n == 0 || (value.n == 1 && value.p[0] == 0xf6);
}

/* What a value says of a record: whether it makes it the office's. `other` becomes a country that is not its own. */
static bool counts(const struct hw_leave *leave, const struct hw_field *field, struct hw_slice value,
                   struct hw_slice *other, struct hw_arena *arena)
{
    if (is_null(value))
        return false;
    if (field->type != HW_TYPE_COUNTRY)
        return text_names(field, value, leave, arena);
    bool mine = own(leave, value);
    if (!mine)
        *other = value;
    return mine;
}

/* Whether the record is one of the office's: as it stands, or, for a new one, as the operations make it. */
static bool belongs(const struct hw_leave *leave, const struct hw_kind *kind, const struct hw_asked *asked,
                    struct hw_slice *other, struct hw_arena *arena)
{
    /* Countries first: to compare names costs more, and a record may have many. */
    const struct hw_field *fields[] = {country_field(kind), responsible_field(kind)};
    for (size_t f = 0; f < 2; f++) {
        const struct hw_cell *cell = fields[f] ? hw_row_cell(asked->row, fields[f]->id) : NULL;
        for (size_t i = 0; cell && i < cell->heads_n; i++)
            if (counts(leave, fields[f], cell->heads[i].value, other, arena))
                return true;
        for (size_t i = 0; fields[f] && asked->row->made.seq == 0 && i < asked->ops_n; i++)
            if (asked->ops[i].field == fields[f]->id && asked->ops[i].code != HW_OP_REMOVE &&
                counts(leave, fields[f], asked->ops[i].value, other, arena))
                return true;
    }
    return false;
}

/* -- which countries an event touches -- */

/* The first country that the operation adds or takes away and that is not the office's; an empty slice: none. */
static struct hw_slice foreign(const struct hw_leave *leave, const struct hw_row *row, const struct hw_op *op)
{
    const struct hw_cell *cell = hw_row_cell(row, op->field);
    if (op->code != HW_OP_REMOVE && !is_null(op->value) && !own(leave, op->value))
        return op->value;
    for (size_t s = 0; s < op->seen_n; s++)
        for (size_t i = 0; cell && i < cell->heads_n; i++)
            if (hw_name_compare(&cell->heads[i].name, &op->seen[s]) == 0 && !is_null(cell->heads[i].value) &&
                !own(leave, cell->heads[i].value))
                return cell->heads[i].value;
    return (struct hw_slice){0};
}

static enum hw_status check_countries(const struct hw_leave *leave, const struct hw_kind *kind,
                                      const struct hw_asked *asked, struct hw_arena *arena, struct hw_err *err)
{
    const struct hw_field *field = country_field(kind);
    for (size_t i = 0; field && i < asked->ops_n; i++) {
        if (asked->ops[i].field != field->id)
            continue;
        struct hw_slice country = foreign(leave, asked->row, &asked->ops[i]);
        if (country.n)
            return hw_fail(err, HW_DENIED, "%s may not add or take away %s in %s, only its own countries", leave->office,
                           hw_value_print(field, country, arena), leave->group);
    }
    return HW_OK;
}

/* -- the decision -- */

static const char *own_countries(const struct hw_leave *leave, struct hw_arena *arena)
{
    enum { SHOWN = 6 }; /* a reason is one line */
    const struct hw_field *field = country_field(hw_kind_by_id(HW_KIND_GRANT));
    const char *list = "";
    for (size_t i = 0; i < leave->countries_n && i < SHOWN; i++)
        list = hw_arena_printf(arena, "%s%s%s", list, i ? ", " : "", hw_value_print(field, leave->countries[i], arena));
    return leave->countries_n > SHOWN ? hw_arena_printf(arena, "%s and others", list) : list;
}

static enum hw_status check_grant(const struct hw_leave *leave, struct hw_err *err)
{
    if (leave->revoked)
        return hw_fail(err, HW_DENIED, "office %s is revoked", leave->office);
    if (leave->ended)
        return hw_fail(err, HW_DENIED, "the grant of %s in %s has ended", leave->office, leave->group);
    if (!leave->reads)
        return hw_fail(err, HW_DENIED, "%s has no grant in %s", leave->office, leave->group);
    if (!leave->writes)
        return hw_fail(err, HW_DENIED, "%s may read %s but not write it", leave->office, leave->group);
    return HW_OK;
}

/* Kinds that have no countries are their maker's. */
static enum hw_status check_made(const struct hw_leave *leave, const struct hw_kind *kind, const struct hw_asked *asked,
                                 struct hw_err *err)
{
    if (asked->row->made.seq == 0 || strcmp(asked->maker, leave->office) == 0)
        return HW_OK;
    return hw_fail(err, HW_DENIED, "%s writes for its countries in %s and may not change a %s that %s made", leave->office,
                   leave->group, kind->name, *asked->maker ? asked->maker : "another office");
}

enum hw_status hw_policy_write(const struct hw_leave *leave, const struct hw_asked *asked, struct hw_arena *arena,
                               struct hw_err *err)
{
    const struct hw_kind *kind = hw_kind_by_id(asked->kind);
    struct hw_slice other = {0};
    enum hw_status status = check_grant(leave, err);
    if (status == HW_OK && ((kind && kind->directory) || strcmp(leave->group, "directory") == 0))
        return hw_fail(err, HW_DENIED, "the directory is written at headquarters");
    if (status != HW_OK || leave->all)
        return status;
    if (!kind)
        return hw_fail(err, HW_DENIED, "whose records of a newer kind are is not known here, and %s writes for its countries",
                       leave->office);
    const struct hw_field *field = country_field(kind);
    if (!field)
        return check_made(leave, kind, asked, err);
    if (belongs(leave, kind, asked, &other, arena))
        return check_countries(leave, kind, asked, arena, err);
    if (other.n)
        return hw_fail(err, HW_DENIED, "%s may not write records of %s in %s", leave->office,
                       hw_value_print(field, other, arena), leave->group);
    return hw_fail(err, HW_DENIED, "%s may not write records without a country in %s, only those of %s or where it is"
                   " responsible", leave->office, leave->group, own_countries(leave, arena));
}
