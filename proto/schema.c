/* schema.c: every kind of record and every field of Headway.
 * Floor 1, noun: schema.  Numeric ids are permanent once released: they travel
 * in events and are never used again for anything else. A new field takes the
 * next free number at the end of its kind; tests/unit/test_schema.c holds the
 * list of what has been given out. */
#include "headway/schema.h"

#include <assert.h>
#include <string.h>

#include "proto/vocabulary.h"

/* Limits, in bytes of UTF-8. An event holds 64 KiB; one value must fit with
 * room for its names and author. */
enum {
    TEXT_COMMENT = 60000, /* the longest remark that still fits an event */
    TEXT_LONG = 32000,    /* a description: about ten printed pages in Latin, five in Cyrillic */
    TEXT_TITLE = 4000,    /* real trackers put whole paragraphs into the title column */
    TEXT_SOURCE = 4096,   /* file, row and raw text of an imported row */
    TEXT_LINK = 2000,     /* what browsers and proxies carry safely */
    TEXT_NAME = 500,      /* names of organisations, persons, places; also raw text of a time */
    TEXT_LABEL = 200,     /* an enum's own word in the source; printed numbers and versions */
    TEXT_PLAN = 64,       /* codes of plans, regions and their schemes */
    TEXT_CODE = 32,       /* codes of groups and offices; they stand in stream names */
    TEXT_LANGUAGE = 35,   /* longest language tag that software must carry (RFC 5646, 4.4.1) */
    BYTES_KEY = 32,       /* CURVE and Ed25519 public keys */
    BYTES_LIFE = 8,       /* an incarnation (design.md, section 1) */
    BYTES_REF = 10,       /* a record id: 80 bits */
    LETTERS_COUNTRY = 3,  /* ISO 3166-1 alpha-3 */
    CADENCE_MAX = 3660,   /* ten years in days; a longer silence is no reporting rhythm */
    NUMBER_MAX = 2147483647 /* 31 bits: every tool that reads our exports has them */
};

#define TEXT(id, name, limit, help) {id, name, HW_TYPE_TEXT, false, limit, NULL, 0, help}
#define TEXTS(id, name, limit, help) {id, name, HW_TYPE_TEXT, true, limit, NULL, 0, help}
#define INTEGER(id, name, limit, help) {id, name, HW_TYPE_INTEGER, false, limit, NULL, 0, help}
#define ENUM(id, name, words, help) {id, name, HW_TYPE_ENUM, false, TEXT_LABEL, &(words), 0, help}
#define TIME(id, name, help) {id, name, HW_TYPE_TIME, false, TEXT_NAME, NULL, 0, help}
#define REF(id, name, kind, help) {id, name, HW_TYPE_REF, false, BYTES_REF, NULL, kind, help}
#define COUNTRY(id, name, help) {id, name, HW_TYPE_COUNTRY, false, LETTERS_COUNTRY, NULL, 0, help}
#define COUNTRIES(id, name, help) {id, name, HW_TYPE_COUNTRY, true, LETTERS_COUNTRY, NULL, 0, help}
#define BYTES(id, name, limit, help) {id, name, HW_TYPE_BYTES, false, limit, NULL, 0, help}

/* What every record has. */
#define COMMON                                                                                     \
    {HW_FIELD_ARCHIVED, "archived", HW_TYPE_BOOL, false, 1, NULL, 0, "Put away, but not deleted"}, \
        TEXT(HW_FIELD_SOURCE, "source", TEXT_SOURCE, "File, row and text that the record was imported from")

static const struct hw_field office_fields[] = {
    COMMON,
    TEXT(3, "code", TEXT_CODE, "Short code of the office, such as KAZ"),
    TEXT(4, "name", TEXT_NAME, "Full name of the office"),
    ENUM(5, "kind", hw_words_office_kind, "Headquarters, regional, multi-country, country or programme office"),
    COUNTRIES(6, "countries", "Countries that the office works in"),
    TEXTS(7, "languages", TEXT_LANGUAGE, "Languages that the office works in"),
    TEXTS(8, "addresses", TEXT_NAME, "Network addresses of the office's node"),
    BYTES(9, "curve_key", BYTES_KEY, "Public key of the office's connections"),
    INTEGER(10, "cadence", CADENCE_MAX, "Days within which the office is to be heard from"),
    ENUM(11, "state", hw_words_office_state, "Invited, active or revoked"),
    TEXT(12, "reason", TEXT_TITLE, "Why the office was revoked"),
    BYTES(13, "next_key", BYTES_KEY, "Public key that the office's connections are about to have"),
};

static const struct hw_field incarnation_fields[] = {
    COMMON,
    REF(3, "office", HW_KIND_OFFICE, "Office whose log this is"),
    /* model.md calls this field `id`, which every record has already. */
    BYTES(4, "life", BYTES_LIFE, "Random name of this life of the office's log"),
    BYTES(5, "sign_key", BYTES_KEY, "Public key that the segments of this life are signed with"),
    TIME(6, "since", "When this life began"),
    ENUM(7, "reason", hw_words_incarnation_reason, "Why a new life was begun"),
    INTEGER(8, "number", NUMBER_MAX, "Ordinal of the life: the 1 of KAZ.1"),
    TEXT(9, "ended", TEXT_NAME, "Why headquarters takes nothing new of this life any more"),
    BYTES(10, "curve_key", BYTES_KEY, "Key of the connections that ended with this life"),
};

static const struct hw_field region_fields[] = {
    COMMON,
    TEXT(3, "code", TEXT_PLAN, "Short code of the region"),
    TEXT(4, "name", TEXT_NAME, "Name of the region"),
    TEXT(5, "scheme", TEXT_PLAN, "Who draws the region, such as M49"),
    COUNTRIES(6, "countries", "Countries of the region"),
};

static const struct hw_field grant_fields[] = {
    COMMON,
    REF(3, "office", HW_KIND_OFFICE, "Office that may read or write"),
    /* model.md calls this field `group`; a record's own group, which is
     * `directory` for every grant, has that name. */
    TEXT(4, "scope", TEXT_CODE, "Code of the group that the grant is for"),
    ENUM(5, "role", hw_words_grant_role, "Coordinator, contributor or reader"),
    COUNTRIES(6, "countries", "Countries that the grant is limited to; none means all"),
};

static const struct hw_field group_fields[] = {
    COMMON,
    TEXT(3, "code", TEXT_CODE, "Short code of the group; it never changes"),
    TEXT(4, "gate", TEXT_CODE, "Code of the office that decides for the group"),
    TEXT(5, "name", TEXT_NAME, "Full name of the group"),
    ENUM(6, "kind", hw_words_group_kind, "Working group, theme group, alliance, network, task force or committee"),
    TEXT(7, "purpose", TEXT_LONG, "What the group is for"),
    TEXT(8, "parent", TEXT_CODE, "Code of the group above"),
    TEXT(9, "region", TEXT_PLAN, "Code or name of the group's region"),
    COUNTRIES(10, "countries", "Countries that the group covers"),
    TIME(11, "founded", "When the group was founded"),
    TEXT(12, "language", TEXT_LANGUAGE, "Language that the group works in"),
};

static const struct hw_field member_fields[] = {
    COMMON,
    TEXT(3, "organisation", TEXT_NAME, "Organisation that is a member"),
    ENUM(4, "role", hw_words_member_role, "Chair, lead, member, secretariat, contact and so on"),
    TEXT(5, "person", TEXT_NAME, "Person who speaks for the organisation"),
    ENUM(6, "state", hw_words_member_state, "Proposed or confirmed"),
    COUNTRIES(7, "countries", "Countries that the membership is limited to"),
};

static const struct hw_field participation_fields[] = {
    COMMON,
    COUNTRY(3, "country", "Country that takes part"),
    TIME(4, "since", "Since when the country takes part"),
    ENUM(5, "state", hw_words_participation_state, "Proposed, active, suspended or withdrawn"),
    TEXT(6, "supporter", TEXT_NAME, "Who supports the country"),
};

static const struct hw_field plan_fields[] = {
    COMMON,
    TEXT(3, "code", TEXT_PLAN, "Short code of the plan"),
    TEXT(4, "title", TEXT_TITLE, "Title of the plan"),
    ENUM(5, "state", hw_words_plan_state, "Draft, agreed or superseded"),
    TIME(6, "period", "Time that the plan covers"),
    TEXT(7, "version", TEXT_LABEL, "Version as printed on the plan"),
    TEXT(8, "language", TEXT_LANGUAGE, "Language of the plan"),
    ENUM(9, "date_order", hw_words_date_order, "How to read 05/06/2019: day first (dmy) or month first (mdy)"),
};

static const struct hw_field review_fields[] = {
    COMMON,
    REF(3, "plan", HW_KIND_PLAN, "Plan that was looked through"),
    REF(4, "office", HW_KIND_OFFICE, "Office that looked it through"),
    TIME(5, "period", "Time that the review covers"),
    TEXT(6, "text", TEXT_LONG, "What the office says about it"),
};

static const struct hw_field item_fields[] = {
    COMMON,
    REF(3, "plan", HW_KIND_PLAN, "Plan that the item belongs to"),
    REF(4, "parent", HW_KIND_ITEM, "Item above this one"),
    TEXT(5, "number", TEXT_LABEL, "Number as printed, such as 1) or 3.3"),
    INTEGER(6, "rank", NUMBER_MAX, "Place among the items beside it"),
    ENUM(7, "type", hw_words_item_type, "Objective, activity, deliverable, milestone and so on"),
    TEXT(8, "title", TEXT_TITLE, "What is to be done"),
    TEXT(9, "description", TEXT_LONG, "Anything more to say about it"),
    COUNTRIES(10, "countries", "Countries concerned"),
    TEXTS(11, "responsible", TEXT_NAME, "Who is to do it"),
    TIME(12, "deadline", "When it is due"),
    TIME(13, "completed_on", "When it was completed"),
    ENUM(14, "status", hw_words_status, "How far it is"),
    TEXT(15, "reason", TEXT_TITLE, "Why it is cancelled or no longer applicable"),
    REF(16, "continues", HW_KIND_ITEM, "Item of an earlier plan that this one carries on"),
    INTEGER(17, "progress", 100, "Share done, in percent"),
    TEXTS(18, "themes", TEXT_NAME, "Themes, for finding and counting"),
    TEXTS(19, "references", TEXT_TITLE, "What it answers to, as scheme:code or free text"),
};

static const struct hw_field comment_fields[] = {
    COMMON,
    REF(3, "on", 0, "Record that the comment is about"),
    TEXT(4, "text", TEXT_COMMENT, "The comment itself"),
    TEXT(5, "language", TEXT_LANGUAGE, "Language of the comment"),
};

static const struct hw_field resource_fields[] = {
    COMMON,
    ENUM(3, "type", hw_words_resource_type, "Good practice, tool, report, policy brief and so on"),
    TEXT(4, "title", TEXT_TITLE, "Title of the resource"),
    TEXT(5, "edition", TEXT_LABEL, "Edition as printed"),
    TIME(6, "date", "When it came out"),
    COUNTRIES(7, "countries", "Countries concerned"),
    TEXTS(8, "themes", TEXT_NAME, "Themes, for finding and counting"),
    TEXT(9, "link", TEXT_LINK, "Where it can be found"),
    TEXT(10, "description", TEXT_LONG, "What it is"),
    ENUM(11, "state", hw_words_resource_state, "Draft, in review, published, superseded or withdrawn"),
};

static const struct hw_field meeting_fields[] = {
    COMMON,
    TEXT(3, "title", TEXT_TITLE, "What the meeting is called"),
    ENUM(4, "type", hw_words_meeting_type, "Workshop, mission, consultation, quarterly meeting or meeting"),
    TIME(5, "date", "When it takes place"),
    TEXT(6, "place", TEXT_NAME, "Where it takes place"),
    COUNTRIES(7, "countries", "Countries concerned"),
    TEXT(8, "outcome", TEXT_LONG, "What came out of it"),
};

#define FIELDS(fields) (fields), sizeof(fields) / sizeof((fields)[0])

const struct hw_kind hw_schema[] = {
    {HW_KIND_OFFICE, "office", "offices", true, FIELDS(office_fields),
     "An organisation's place of work that keeps one replica"},
    {HW_KIND_INCARNATION, "incarnation", "incarnations", true, FIELDS(incarnation_fields),
     "One life of an office's log, with its own key"},
    {HW_KIND_REGION, "region", "regions", true, FIELDS(region_fields), "A named set of countries"},
    {HW_KIND_GRANT, "grant", "grants", true, FIELDS(grant_fields), "Leave for an office to read or write a group"},
    {HW_KIND_GROUP, "group", "groups", true, FIELDS(group_fields),
     "A coordination body; the unit of replication and of permission"},
    {HW_KIND_MEMBER, "member", "members", false, FIELDS(member_fields), "An organisation in a group"},
    {HW_KIND_PARTICIPATION, "participation", "participations", false, FIELDS(participation_fields),
     "A country's commitment to a group"},
    {HW_KIND_PLAN, "plan", "plans", false, FIELDS(plan_fields), "A workplan of a group"},
    {HW_KIND_REVIEW, "review", "reviews", false, FIELDS(review_fields),
     "An office's word that it looked through a plan, with or without news"},
    {HW_KIND_ITEM, "item", "items", false, FIELDS(item_fields), "A row of a plan; items form a tree"},
    {HW_KIND_COMMENT, "comment", "comments", false, FIELDS(comment_fields), "A remark on a record; only ever added"},
    {HW_KIND_RESOURCE, "resource", "resources", false, FIELDS(resource_fields),
     "Something that a group makes or collects"},
    {HW_KIND_MEETING, "meeting", "meetings", false, FIELDS(meeting_fields),
     "A workshop, mission, consultation or other meeting"},
};
const size_t hw_schema_n = sizeof hw_schema / sizeof hw_schema[0];

/* Ids run from 1 in the order of the table (a test checks it), so the id is
 * the place; anything else is an id of a newer version. */
const struct hw_kind *hw_kind_by_id(uint16_t id)
{
    return id >= 1 && id <= hw_schema_n ? &hw_schema[id - 1] : NULL;
}

const struct hw_field *hw_field_by_id(const struct hw_kind *kind, uint16_t id)
{
    return id >= 1 && id <= kind->fields_n ? &kind->fields[id - 1] : NULL;
}

/* ASCII alone and no locale: schema names are lower case ASCII. */
static char plain(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '-' || c == ' ' ? '_' : (char)c;
}

static bool named(const char *name, struct hw_slice typed)
{
    if (strlen(name) != typed.n)
        return false;
    for (size_t i = 0; i < typed.n; i++)
        if (name[i] != plain(typed.p[i]))
            return false;
    return true;
}

const struct hw_kind *hw_kind_find(struct hw_slice name)
{
    for (size_t i = 0; i < hw_schema_n; i++)
        if (named(hw_schema[i].name, name) || named(hw_schema[i].plural, name))
            return &hw_schema[i];
    return NULL;
}

const struct hw_field *hw_field_find(const struct hw_kind *kind, struct hw_slice name)
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (named(kind->fields[i].name, name))
            return &kind->fields[i];
    return NULL;
}

const struct hw_field *hw_field_named(const struct hw_kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    assert(!"the schema has no field of this name");
    return NULL;
}
