/* test_policy.c: who may write what, as a table: grants x record x operation. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "headway/policy.h"
#include "headway/value.h"

static struct hw_arena arena;

static bool arrived(void *self, const struct hw_name *name)
{
    (void)self;
    (void)name;
    return true;
}

static const struct hw_inc life = {{3}};

static const struct hw_field *field_of(uint16_t kind, const char *name)
{
    return hw_field_named(hw_kind_by_id(kind), name);
}

static struct hw_slice value_of(const struct hw_field *field, const char *text)
{
    struct hw_out out = {0};
    if (hw_value_parse(field, hw_slice_text(text), HW_DATES_UNKNOWN, &out, NULL))
        fail_msg("%s is no value of %s", text, field->name);
    struct hw_slice value = hw_arena_slice(&arena, hw_out_slice(&out));
    hw_out_done(&out);
    return value;
}

/* "countries+TKM countries-KAZ title=New": each a word. */
static size_t ops_of(const struct hw_row *row, uint16_t kind, const char *text, struct hw_op ops[8])
{
    char copy[200], *rest = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t at = strcspn(word, "=+-");
        char sign = word[at];
        word[at] = 0;
        const struct hw_field *field = field_of(kind, word);
        struct hw_slice value = value_of(field, word + at + 1);
        struct hw_op *op = &ops[n++];
        *op = (struct hw_op){.code = sign == '-'  ? HW_OP_REMOVE : sign == '+' ? HW_OP_ADD : HW_OP_SET, .field = field->id,
                             .value = value};
        const struct hw_cell *cell = hw_row_cell(row, field->id);
        struct hw_name *seen = hw_arena_zero(&arena, cell ? cell->heads_n : 0, sizeof *seen);
        for (size_t i = 0; cell && sign != '+' && i < cell->heads_n; i++)
            if (sign == '=' || hw_slice_equal(cell->heads[i].value, value))
                seen[op->seen_n++] = cell->heads[i].name;
        op->seen = seen;
        if (sign == '-') {
            static const uint8_t null[] = {0xf6};
            op->value = (struct hw_slice){null, 1};
        }
    }
    return n;
}

static void make_row(struct hw_row *row, uint16_t kind, const char *is)
{
    struct hw_arrivals arrivals = {arrived, NULL};
    static const struct hw_id id = {{1}};
    hw_row_init(row, kind, &id);
    if (!is)
        return;
    struct hw_event event = {.seq = 1, .kind = kind, .record = id, .stamp = 1, .author = hw_slice_text("a"), .change = 1};
    struct hw_op *ops = hw_arena_zero(&arena, 8, sizeof *ops);
    event.ops_n = ops_of(row, kind, is, ops);
    event.ops = ops;
    hw_row_apply(row, &arena, &event, &life, &arrivals);
}

/* The grants of KAZ ("Office in Almaty") in wg6: "contributor:KAZ,KGZ" each; an end is written as "ended". */
static struct hw_leave leave_of(const char *grants)
{
    struct hw_leave leave = {.office = "KAZ", .name = "Office in Almaty", .group = "wg6"};
    char copy[200], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", grants);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        struct hw_row *row = hw_arena_zero(&arena, 1, sizeof *row);
        char text[200], *list = strchr(word, ':'), *more = NULL;
        bool ended = strcmp(word, "ended") == 0;
        if (list)
            *list++ = 0;
        size_t n = (size_t)snprintf(text, sizeof text, "role=%s%s", ended ? "coordinator" : word, ended ? " archived=yes" : "");
        for (char *country = list ? strtok_r(list, ",", &more) : NULL; country; country = strtok_r(NULL, ",", &more))
            n += (size_t)snprintf(text + n, sizeof text - n, " countries+%s", country);
        make_row(row, HW_KIND_GRANT, text);
        hw_leave_add(&leave, &arena, row);
    }
    return leave;
}

struct line {
    const char *grants;
    uint16_t kind;
    const char *is;   /* the record before; NULL: none */
    const char *maker;
    const char *asks;
    const char *why;  /* a part of the reason; NULL: allowed */
};

#define LIMITED "contributor:KAZ,KGZ"
static const struct line table[] = {
    /* coordinators, and contributors without limits, write everything */
    {"coordinator", HW_KIND_ITEM, "title=A countries+TKM", "TKM", "title=B countries-TKM", NULL},
    {"coordinator", HW_KIND_ITEM, NULL, "", "title=A", NULL},
    {"coordinator", HW_KIND_PLAN, "title=A", "HQ", "title=B", NULL},
    {"coordinator", HW_KIND_COMMENT, "text=A", "TKM", "archived=yes", NULL},
    {"contributor", HW_KIND_ITEM, "title=A countries+TKM", "TKM", "countries+UZB", NULL},
    {"contributor", HW_KIND_PLAN, "title=A", "HQ", "title=B", NULL},
    /* readers, strangers and those whose grant has ended write nothing */
    {"reader", HW_KIND_ITEM, "title=A countries+KAZ", "KAZ", "title=B", "may read wg6 but not write it"},
    {"reader", HW_KIND_COMMENT, NULL, "", "text=A", "may read wg6 but not write it"},
    {"reader:KAZ", HW_KIND_ITEM, NULL, "", "title=A countries+KAZ", "may read wg6 but not write it"},
    {"", HW_KIND_ITEM, NULL, "", "title=A", "no grant in wg6"},
    {"ended", HW_KIND_COMMENT, NULL, "", "text=A", "has ended"},
    {"ended reader", HW_KIND_ITEM, NULL, "", "title=A", "may read"},
    /* several grants give what any of them gives */
    {"reader coordinator", HW_KIND_ITEM, NULL, "", "title=A", NULL},
    {"ended contributor:TKM", HW_KIND_ITEM, "title=A countries+TKM", "TKM", "title=B", NULL},
    {"contributor:KAZ contributor:TKM", HW_KIND_ITEM, "title=A countries+TKM", "TKM", "title=B countries+KAZ", NULL},
    {"contributor:KAZ ended", HW_KIND_ITEM, "title=A countries+TKM", "TKM", "title=B", "records of TKM"},
    /* records of its countries */
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ", "HQ", "title=B", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A countries+KGZ countries+TKM", "HQ", "archived=yes", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM", "HQ", "title=B", "may not write records of TKM in wg6"},
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM", "KAZ", "title=B", "may not write records of TKM"},
    {LIMITED, HW_KIND_ITEM, "title=A", "HQ", "title=B", "only those of KAZ, KGZ or where it is responsible"},
    {LIMITED, HW_KIND_ITEM, "title=A", "KAZ", "title=B", "without a country"},
    {LIMITED, HW_KIND_MEETING, "title=A countries+KAZ", "HQ", "title=B", NULL},
    {LIMITED, HW_KIND_MEMBER, "organisation=A countries+TKM", "HQ", "organisation=B", "records of TKM"},
    {LIMITED, HW_KIND_PARTICIPATION, "country=KAZ", "HQ", "state=active", NULL},
    {LIMITED, HW_KIND_PARTICIPATION, "country=TKM", "HQ", "state=active", "records of TKM"},
    /* taking a foreign record over is no way in */
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM", "HQ", "countries+KAZ", "records of TKM"},
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM", "HQ", "responsible+KAZ", "records of TKM"},
    {LIMITED, HW_KIND_PARTICIPATION, "country=TKM", "HQ", "country=KAZ", "records of TKM"},
    /* where its office is responsible */
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM responsible+KAZ", "HQ", "title=B", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A responsible+kaz,FAO", "HQ", "responsible+FAO", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A responsible+FAO/KAZ", "HQ", "title=B", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A responsible+Kazakhstan", "HQ", "title=B", "without a country"},
    {LIMITED, HW_KIND_ITEM, "title=A responsible+XKAZ", "HQ", "title=B", "without a country"},
    {LIMITED, HW_KIND_ITEM, "title=A countries+TKM responsible+KAZ", "HQ", "countries-TKM", "add or take away TKM"},
    /* of countries, its own alone */
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ", "HQ", "countries+KGZ", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ", "HQ", "countries-KAZ", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ countries+TKM", "HQ", "countries-KAZ title=B", NULL},
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ countries+TKM", "HQ", "countries-TKM", "add or take away TKM"},
    {LIMITED, HW_KIND_ITEM, "title=A countries+KAZ", "HQ", "countries+TKM", "add or take away TKM"},
    {LIMITED, HW_KIND_PARTICIPATION, "country=KAZ", "HQ", "country=KGZ", NULL},
    {LIMITED, HW_KIND_PARTICIPATION, "country=KAZ", "HQ", "country=TKM", "add or take away TKM"},
    /* what a new record needs */
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A countries+KAZ", NULL},
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A responsible+KAZ", NULL},
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A", "without a country"},
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A countries+TKM", "records of TKM"},
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A countries+KAZ countries+TKM", "add or take away TKM"},
    {LIMITED, HW_KIND_ITEM, NULL, "", "title=A countries+TKM responsible+KAZ", "add or take away TKM"},
    {LIMITED, HW_KIND_PARTICIPATION, NULL, "", "country=KAZ", NULL},
    {LIMITED, HW_KIND_PARTICIPATION, NULL, "", "country=TKM", "records of TKM"},
    /* kinds without countries: anybody who contributes makes them, and changes those of its office */
    {LIMITED, HW_KIND_COMMENT, NULL, "", "text=A", NULL},
    {LIMITED, HW_KIND_COMMENT, "text=A", "KAZ", "archived=yes", NULL},
    {LIMITED, HW_KIND_COMMENT, "text=A", "TKM", "archived=yes", "a comment that TKM made"},
    {LIMITED, HW_KIND_PLAN, NULL, "", "title=A", NULL},
    {LIMITED, HW_KIND_PLAN, "title=A", "KAZ", "title=B", NULL},
    {LIMITED, HW_KIND_PLAN, "title=A", "HQ", "title=B", "a plan that HQ made"},
    {LIMITED, HW_KIND_REVIEW, NULL, "", "text=A", NULL},
    {LIMITED, HW_KIND_REVIEW, "text=A", "HQ", "text=B", "a review that HQ made"},
    /* the directory, in whatever group */
    {"coordinator", HW_KIND_GRANT, NULL, "", "scope=wg6 role=coordinator", "written at headquarters"},
    {"coordinator", HW_KIND_OFFICE, NULL, "", "code=KAZ", "written at headquarters"},
    {LIMITED, HW_KIND_GROUP, NULL, "", "name=A", "written at headquarters"},
};

static void the_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct line *line = &table[i];
        struct hw_leave leave = leave_of(line->grants);
        struct hw_row row;
        struct hw_op ops[8];
        struct hw_err err = {0};
        make_row(&row, line->kind, line->is);
        struct hw_asked asked = {.kind = line->kind, .row = &row, .maker = line->maker, .ops = ops};
        asked.ops_n = ops_of(&row, line->kind, line->asks, ops);
        enum hw_status status = hw_policy_write(&leave, &asked, &arena, &err);
        if (line->why ? status != HW_DENIED || !strstr(err.text, line->why) : status != HW_OK)
            fail_msg("line %zu: %s asks %s of %s (%s): %s", i + 1, line->grants, line->asks,
                     hw_kind_by_id(line->kind)->name, line->is ? line->is : "new", status ? err.text : "allowed");
    }
}

static void revoking_an_office_ends_every_grant(void **state)
{
    (void)state;
    struct hw_leave leave = leave_of("coordinator");
    struct hw_row row;
    struct hw_err err = {0};
    make_row(&row, HW_KIND_ITEM, NULL);
    struct hw_asked asked = {.kind = HW_KIND_ITEM, .row = &row, .maker = ""};
    leave.revoked = true;
    assert_int_equal(hw_policy_write(&leave, &asked, &arena, &err), HW_DENIED);
    assert_string_equal(err.text, "office KAZ is revoked");
}

static void a_kind_of_a_newer_version_is_for_those_without_limits(void **state)
{
    (void)state;
    struct hw_row row;
    struct hw_leave all = leave_of("coordinator"), some = leave_of(LIMITED);
    make_row(&row, HW_KIND_ITEM, NULL);
    struct hw_asked asked = {.kind = 60000, .row = &row, .maker = ""};
    assert_int_equal(hw_policy_write(&all, &asked, &arena, NULL), HW_OK);
    assert_int_equal(hw_policy_write(&some, &asked, &arena, NULL), HW_DENIED);
}

static void an_office_is_named_by_its_code_or_its_full_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool named;
    } texts[] = {
        {"KAZ", true}, {"kaz", true}, {"FAO, KAZ", true}, {"(KAZ)", true}, {"\xc2\xabKAZ\xc2\xbb", true},
        {"KAZ\xe2\x80\x94lead", true}, {"office in almaty", true}, {"The Office in Almat\xc3\xbd", true}, {"KAZAKHSTAN", false},
        {"\xd0\xb8KAZ", false}, {"KAZ\xd0\xb8", false}, {"KAZ1", false}, {"Office in Astana", false}, {"", false}};
    struct hw_leave leave = leave_of(LIMITED), nameless = leave;
    nameless.name = "";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (hw_policy_names(hw_slice_text(texts[i].text), &leave, &arena) != texts[i].named)
            fail_msg("%s", texts[i].text);
    assert_false(hw_policy_names(hw_slice_text("anybody"), &nameless, &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(revoking_an_office_ends_every_grant),
        cmocka_unit_test(a_kind_of_a_newer_version_is_for_those_without_limits),
        cmocka_unit_test(an_office_is_named_by_its_code_or_its_full_name),
    };
    hw_arena_init(&arena);
    int failed = cmocka_run_group_tests_name("policy", tests, NULL, NULL);
    hw_arena_done(&arena);
    return failed;
}
