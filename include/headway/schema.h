/* schema.h: every kind of record and every field, in one const table.
 * Floor 0.  SQL tables, migrations, flags, completion, validation, JSON, CSV
 * columns, import heads and help all walk this table (proto/schema.c). Adding a
 * field is one line there. Numeric ids are permanent. */
#ifndef HEADWAY_SCHEMA_H
#define HEADWAY_SCHEMA_H

#include "headway/bytes.h"

enum hw_type {
    HW_TYPE_TEXT,    /* CBOR text */
    HW_TYPE_INTEGER, /* CBOR integer, 0..limit */
    HW_TYPE_BOOL,    /* CBOR bool */
    HW_TYPE_ENUM,    /* CBOR unsigned, or [unsigned, text] with the source's own label */
    HW_TYPE_TIME,    /* CBOR [raw text, EDTF text or null] */
    HW_TYPE_REF,     /* CBOR bytes(10): another record's id */
    HW_TYPE_COUNTRY, /* CBOR text: ISO 3166-1 alpha-3, upper case */
    HW_TYPE_BYTES    /* CBOR bytes: keys and identities; printed as base64url */
};
/* null (CBOR f6) is a valid value of every type and means "no value". */

struct hw_vocabulary;

struct hw_field {
    uint16_t id;      /* permanent; unique within the kind; 1 archived, 2 source */
    const char *name; /* as in model.md, JSON and SQL */
    enum hw_type type;
    bool set;         /* a set of elements of this type: add wins */
    uint32_t limit;   /* longest text or bytes in bytes, or greatest integer */
    const struct hw_vocabulary *words; /* ENUM only */
    uint16_t ref_kind; /* REF only: the kind named, 0 for any */
    const char *help;  /* one plain sentence, no full stop */
};

struct hw_kind {
    uint16_t id; /* permanent */
    const char *name;   /* "item"; also the SQL table's name */
    const char *plural; /* "items" */
    bool directory;     /* records of this kind live in the group `directory` */
    const struct hw_field *fields; /* includes archived and source */
    size_t fields_n;
    const char *help;
};

/* Permanent kind ids. */
enum {
    HW_KIND_OFFICE = 1, HW_KIND_INCARNATION, HW_KIND_REGION, HW_KIND_GRANT, HW_KIND_GROUP,
    HW_KIND_MEMBER, HW_KIND_PARTICIPATION, HW_KIND_PLAN, HW_KIND_REVIEW, HW_KIND_ITEM,
    HW_KIND_COMMENT, HW_KIND_RESOURCE, HW_KIND_MEETING
};
enum { HW_FIELD_ARCHIVED = 1, HW_FIELD_SOURCE = 2 };

extern const struct hw_kind hw_schema[];
extern const size_t hw_schema_n;

/* NULL when unknown. Names are matched exactly; `hw_field_find` takes
 * hyphens or spaces for underscores and any ASCII case. */
const struct hw_kind *hw_kind_by_id(uint16_t id);
const struct hw_kind *hw_kind_find(struct hw_slice name); /* name or plural, any ASCII case */
const struct hw_field *hw_field_by_id(const struct hw_kind *kind, uint16_t id);
const struct hw_field *hw_field_find(const struct hw_kind *kind, struct hw_slice name);
/* Exact name that the program itself uses; asserts that it exists. */
const struct hw_field *hw_field_named(const struct hw_kind *kind, const char *name);

/* Vocabularies: what an enum may be, with its synonyms in six languages. */
struct hw_word {
    uint16_t value;       /* permanent, from 1 */
    const char *name;     /* printed form: "in progress" */
    const char *synonyms; /* separated by '|', already folded; may be NULL */
};
struct hw_vocabulary {
    const char *name; /* "status" */
    const struct hw_word *words;
    size_t n;
};
const char *hw_word_name(const struct hw_vocabulary *vocabulary, uint16_t value); /* NULL: unknown */
/* 0 when not understood. Case, marks, spaces, hyphens and underscores are
 * folded. */
uint16_t hw_word_find(const struct hw_vocabulary *vocabulary, struct hw_slice text);

enum { HW_OFFICE_INVITED = 1, HW_OFFICE_ACTIVE, HW_OFFICE_REVOKED };
enum { HW_STATUS_PROPOSED = 1, HW_STATUS_NOT_STARTED, HW_STATUS_IN_PROGRESS, HW_STATUS_ON_HOLD,
       HW_STATUS_COMPLETED, HW_STATUS_NO_LONGER_APPLICABLE, HW_STATUS_CANCELLED };
enum { HW_ITEM_OBJECTIVE = 1, HW_ITEM_SERVICE, HW_ITEM_PRIORITY, HW_ITEM_ACTIVITY,
       HW_ITEM_DELIVERABLE, HW_ITEM_MILESTONE, HW_ITEM_TARGET, HW_ITEM_NEXT_STEP,
       HW_ITEM_RECOMMENDATION, HW_ITEM_ENGAGEMENT, HW_ITEM_RESOURCE_NEED };

/* The nearest of `n` words to `text` by edit distance (Damerau, 1964), or NULL
 * when none is near enough to be worth suggesting (a third of its length). */
const char *hw_nearest(struct hw_slice text, const char *const *words, size_t n);

/* Search key: NFKC, case folded, marks stripped from Latin and Arabic,
 * runs of white space, hyphen and underscore made one space, trimmed. Returns a
 * NUL-terminated arena string. */
const char *hw_fold(struct hw_arena *arena, struct hw_slice text);

/* Column heads met in real trackers, in several languages: the item field that
 * a header cell names ("Fecha límite" -> "deadline"), "comment" for remarks, or
 * NULL. */
const char *hw_heading_field(struct hw_slice header);

#endif
