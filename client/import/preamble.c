/* preamble.c: what the text above a table says of the group and its plan.
 * Floor 2, noun: preamble.  "Leads: A, B (proposed)" names members, "Draft
 * workplan of ..." is the heading of the plan. What is neither is kept with the
 * plan, or with the first row when no line is a heading. */
#include <string.h>

#include "client/import/rows.h"
#include "headway/schema.h"

/* A longer line is a sentence, not a heading. */
enum { HEADING_BYTES_MAX = 300, LABEL_BYTES_MAX = 60, MEMBERS_MAX = 200 };

/* Labels, folded as hw_fold does. */
static const struct {
    const char *label, *role;
} labels[] = {
    {"lead", "lead"}, {"leads", "lead"}, {"lead agency", "lead"}, {"lead agencies", "lead"}, {"led by", "lead"},
    {"co lead", "co-lead"}, {"co leads", "co-lead"}, {"chair", "chair"}, {"chairs", "chair"}, {"co chair", "co-chair"},
    {"co chairs", "co-chair"}, {"secretariat", "secretariat"}, {"members", "member"}, {"member agencies", "member"},
    {"member organisations", "member"}, {"member organizations", "member"}, {"group members", "member"},
    {"working group members", "member"}, {"members of the group", "member"}, {"members of the working group", "member"},
    {"contact", "contact"}, {"contacts", "contact"}, {"contacts of leads", "contact"}, {"contact persons", "contact"},
    {"focal point", "contact"}, {"focal points", "contact"}, {"observers", "observer"},
    {"chefs de file", "lead"}, {"chef de file", "lead"}, {"membres", "member"}, {"membres du groupe", "member"},
    {"points focaux", "contact"}, {"president", "chair"}, {"presidence", "chair"}, {"observateurs", "observer"},
    {"lideres", "lead"}, {"miembros", "member"}, {"miembros del grupo", "member"}, {"contactos", "contact"},
    {"puntos focales", "contact"}, {"membros", "member"}, {"membros do grupo", "member"}, {"contatos", "contact"},
    {"pontos focais", "contact"}, {"председатель", "chair"}, {"сопредседатели", "co-chair"}, {"члены группы", "member"},
    {"участники", "member"}, {"контакты", "contact"}, {"контактные лица", "contact"}, {"секретариат", "secretariat"},
    {"الأعضاء", "member"}, {"الرئيس", "chair"},
};
static const char *const plan_words[] = {"workplan", "work plan", "draft plan", "work programme", "action plan", "plan of action",
    "plan de travail", "plan d'action", "plan de trabajo", "plan de accion", "plano de trabalho", "plano de acao",
    "план работы", "рабочий план", "план мероприятий", "خطة العمل", "خطة عمل"};
static const char *const draft_words[] = {"draft", "projet de", "borrador", "rascunho", "minuta", "проект", "مسودة"};
static const char *const proposed_words[] = {"proposed", "tbc", "to be confirmed", "propose", "proposee", "propuesto",
    "propuesta", "proposto", "proposta", "предложен", "предлагается", "مقترح"};

/* A word of a list in folded text, at the borders of words. */
static bool says(const char *folded, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(words[i]);
        for (const char *at = strstr(folded, words[i]); at != NULL; at = strstr(at + 1, words[i]))
            if ((at == folded || at[-1] == ' ') && (at[length] == 0 || at[length] == ' '))
                return true;
    }
    return false;
}

#define SAYS(folded, words) says(folded, words, sizeof(words) / sizeof((words)[0]))

struct preamble {
    struct hw_import_rows *rows;
    struct hw_arena *arena;
    struct hw_import_keys *keys;
    size_t source;
    uint32_t line;
    size_t members;
};

static void put(struct preamble *p, struct hw_import_row *row, const char *field, struct hw_slice text)
{
    hw_import_row_value(row, p->arena, (struct hw_import_value){field, text, 0, true});
}

/* "UN-Habitat (proposed)": takes the words in brackets off when they say so. */
static bool take_proposed(struct preamble *p, struct hw_slice *name)
{
    const uint8_t *open = name->n > 0 ? memrchr(name->p, '(', name->n) : NULL;
    if (open == NULL || name->p[name->n - 1] != ')')
        return false;
    struct hw_slice words = {open + 1, name->n - (size_t)(open - name->p) - 2};
    if (!SAYS(hw_fold(p->arena, words), proposed_words))
        return false;
    *name = hw_import_trim((struct hw_slice){name->p, (size_t)(open - name->p)});
    return true;
}

static void put_member(struct preamble *p, const char *role, struct hw_slice organisation, struct hw_slice person)
{
    bool proposed = take_proposed(p, &organisation);
    if (p->members == MEMBERS_MAX || (organisation.n == 0 && person.n == 0))
        return;
    struct hw_import_row *row = hw_import_row_add(p->rows, p->arena, "member", p->source, p->line);
    p->members++;
    if (organisation.n > 0)
        put(p, row, "organisation", organisation);
    put(p, row, "role", hw_slice_text(role));
    if (person.n > 0)
        put(p, row, "person", person);
    if (proposed)
        put(p, row, "state", hw_slice_text("proposed"));
    row->key = hw_import_key_next(
        p->keys, hw_arena_printf(p->arena, "member|%s|%s|%s", role, hw_fold(p->arena, organisation),
                                 hw_fold(p->arena, person)));
}

/* Where " – " or " - " parts an organisation from a person; 0 for nowhere. */
static size_t dash(struct hw_slice text, size_t *length)
{
    static const char *const dashes[] = {" \xE2\x80\x93 ", " \xE2\x80\x94 ", " - "};
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
        const uint8_t *at = memmem(text.p, text.n, dashes[i], strlen(dashes[i]));
        *length = strlen(dashes[i]);
        if (at != NULL)
            return (size_t)(at - text.p);
    }
    return 0;
}

/* "A and B", "A et B". */
static struct hw_slice take_person(struct hw_slice *names)
{
    static const char *const ands[] = {" and ", " & ", " et ", " y ", " e ", " и ", " و "};
    struct hw_slice first = *names;
    size_t length = 0;
    for (size_t i = 0; i < sizeof ands / sizeof ands[0]; i++) {
        const uint8_t *at = memmem(names->p, first.n, ands[i], strlen(ands[i]));
        if (at != NULL) {
            first.n = (size_t)(at - names->p);
            length = strlen(ands[i]);
        }
    }
    size_t used = first.n + length < names->n ? first.n + length : names->n;
    names->p += used;
    names->n -= used;
    return hw_import_trim(first);
}

static void put_contact(struct preamble *p, struct hw_slice part, struct hw_slice *organisation)
{
    size_t length, at = dash(part, &length);
    struct hw_slice people = part;
    if (at > 0) {
        *organisation = hw_import_trim((struct hw_slice){part.p, at});
        people = (struct hw_slice){part.p + at + length, part.n - at - length};
    }
    while (people.n > 0) {
        struct hw_slice person = take_person(&people);
        if (person.n > 0)
            put_member(p, "contact", *organisation, person);
    }
}

/* True when the line was one of members. */
static bool members(struct preamble *p, struct hw_slice text)
{
    const uint8_t *colon = text.n > 0 ? memchr(text.p, ':', text.n < LABEL_BYTES_MAX ? text.n : LABEL_BYTES_MAX) : NULL;
    const char *role = NULL, *label = NULL;
    if (colon == NULL)
        return false;
    label = hw_fold(p->arena, hw_import_trim((struct hw_slice){text.p, (size_t)(colon - text.p)}));
    for (size_t i = 0; i < sizeof labels / sizeof labels[0] && role == NULL; i++)
        if (strcmp(label, labels[i].label) == 0)
            role = labels[i].role;
    if (role == NULL)
        return false;
    struct hw_slice list = {colon + 1, text.n - (size_t)(colon + 1 - text.p)}, part, organisation = {NULL, 0};
    size_t first = p->rows->n, at = 0;
    while (hw_import_part(list, true, &at, &part))
        if (strcmp(role, "contact") == 0)
            put_contact(p, part, &organisation);
        else
            put_member(p, role, part, (struct hw_slice){NULL, 0});
    if (p->rows->n == first)
        return false;
    /* The line as it stands is kept whole with the first of them. */
    hw_import_row_keep(&p->rows->row[first], p->arena, "beside the table", text, 0);
    return true;
}

/* Enough words to tell this plan from others of the group. */
static bool tells(const char *folded)
{
    size_t spaces = 0;
    for (; *folded != 0; folded++)
        spaces += *folded == ' ';
    return spaces >= 3;
}

static uint32_t heading(struct preamble *p, struct hw_slice text)
{
    const char *folded = hw_fold(p->arena, text);
    if (text.n > HEADING_BYTES_MAX || !SAYS(folded, plan_words))
        return 0;
    struct hw_import_row *row = hw_import_row_add(p->rows, p->arena, "plan", p->source, p->line);
    if (SAYS(folded, draft_words))
        put(p, row, "state", hw_slice_text("draft"));
    row->key = "plan";
    if (tells(folded))
        p->rows->plan_title = text;
    hw_import_row_keep(row, p->arena, "beside the table", text, 0);
    return (uint32_t)p->rows->n;
}

/* A line above the table; a list in it was cut at its commas when the table is
 * of commas. Empty when it is no line of text. */
static struct hw_slice line_of(const struct hw_import_table *table, const struct hw_import_line *line)
{
    if (line->n == 0 || line->place == HW_IMPORT_RULE || (line->n > 1 && table->separator != ','))
        return (struct hw_slice){NULL, 0};
    struct hw_slice text = line->cells[0].text;
    for (size_t i = 1; i < line->n; i++)
        text = hw_slice_text(hw_arena_printf(table->arena, "%.*s, %.*s", (int)text.n, (const char *)text.p,
                                             (int)line->cells[i].text.n, (const char *)line->cells[i].text.p));
    return text;
}

uint32_t hw_import_preamble(const struct hw_import_table *table, struct hw_import_rows *rows,
                            struct hw_import_keys *keys)
{
    struct preamble p = {.rows = rows, .arena = table->arena, .keys = keys};
    uint32_t plan = 0;
    for (size_t i = 0; i < table->map->head; i++) {
        const struct hw_import_line *line = &table->lines[i];
        struct hw_slice text = line->n < MEMBERS_MAX ? line_of(table, line) : (struct hw_slice){NULL, 0};
        if (text.n == 0)
            continue;
        p.source = table->first + i;
        p.line = line->line;
        if (!members(&p, text) && plan == 0 && rows->plan_title.n == 0)
            plan = heading(&p, text);
    }
    return plan;
}
