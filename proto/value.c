/* value.c: one value of one field, between a person's text and canonical CBOR.
 * Floor 1, noun: value.  One value has one encoding: shortest heads, no empty
 * text (that is null), no empty label. hw_value_check holds peers to it by
 * writing again what it read, since equal facts must be equal bytes. */
#include "headway/value.h"

#include "headway/country.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Greatest id that a vocabulary can give (uint16_t). A value beyond this
 * office's own vocabulary is kept: another office runs a newer version. */
#define WORD_MAX UINT16_MAX

/* More words or countries than any table here has; only bounds what a
 * suggestion may be chosen from. */
#define CHOICES_MAX 300

/* How much of a person's text an error repeats: enough to find the cell. */
#define SHOWN_BYTES 60

/* Ten digits hold every integer limit of the schema (31 bits). */
#define DIGITS_MAX 10

struct shown {
    char text[SHOWN_BYTES + 4]; /* with "..." */
};

/* Text as an error may show it: valid UTF-8 in, one line out. */
static struct shown show(struct hw_slice text)
{
    struct shown shown;
    size_t n = text.n;

    if (n > SHOWN_BYTES) {
        n = SHOWN_BYTES;
        while (n > 0 && (text.p[n] & 0xc0) == 0x80) /* not inside a character */
            n--;
    }
    for (size_t i = 0; i < n; i++)
        shown.text[i] = (char)(text.p[i] < 0x20 || text.p[i] == 0x7f ? ' ' : text.p[i]);
    memcpy(shown.text + n, n < text.n ? "..." : "", n < text.n ? 4 : 1);
    return shown;
}

/* Bytes of the white space that `s` begins with: ASCII, or a no-break space,
 * which spreadsheets leave in cells. */
static size_t space_at(const uint8_t *p, size_t left)
{
    if (left >= 1 && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        return 1;
    return left >= 2 && p[0] == 0xc2 && p[1] == 0xa0 ? 2 : 0;
}

static struct hw_slice trim(struct hw_slice s)
{
    size_t n;

    while (s.n > 0 && (n = space_at(s.p, s.n)) > 0) {
        s.p += n;
        s.n -= n;
    }
    while (s.n > 0) {
        if (space_at(s.p + s.n - 1, 1) > 0)
            s.n -= 1;
        else if (s.n >= 2 && space_at(s.p + s.n - 2, 2) == 2)
            s.n -= 2;
        else
            break;
    }
    return s;
}

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool is_word(struct hw_slice s, const char *word)
{
    if (s.n != strlen(word))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (lower(s.p[i]) != word[i])
            return false;
    return true;
}

/* ---- from a person ---- */

static enum hw_status parse_enum(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                 struct hw_err *err)
{
    const struct hw_vocabulary *words = field->words;
    const char *names[CHOICES_MAX], *near;
    uint16_t value = hw_word_find(words, text);
    char list[600] = "";
    size_t n = 0, used = 0, length;

    if (value != 0) {
        if (hw_slice_is(text, hw_word_name(words, value))) {
            hw_put_uint(out, value);
        } else {
            hw_put_array(out, 2);
            hw_put_uint(out, value);
            hw_put_textn(out, text.p, text.n);
        }
        return HW_OK;
    }
    for (; n < words->n && n < CHOICES_MAX; n++) {
        names[n] = words->words[n].name;
        length = strlen(names[n]);
        if (used + length + 3 > sizeof list)
            continue;
        memcpy(list + used, n == 0 ? "" : ", ", n == 0 ? 0 : 2);
        used += n == 0 ? 0 : 2;
        memcpy(list + used, names[n], length + 1);
        used += length;
    }
    near = hw_nearest(text, names, n);
    if (near != NULL)
        return hw_fail(err, HW_USAGE, "unknown %s \"%s\"; did you mean \"%s\"?", field->name, show(text).text, near);
    return hw_fail(err, HW_USAGE, "unknown %s \"%s\"; it may be: %s", field->name, show(text).text, list);
}

static enum hw_status parse_country(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                    struct hw_err *err)
{
    const struct hw_country *country = hw_country_find(text);
    const char *names[CHOICES_MAX], *near;
    size_t n = 0;

    if (country != NULL) {
        hw_put_text(out, country->alpha3);
        return HW_OK;
    }
    for (; n < hw_countries_n && n < CHOICES_MAX; n++)
        names[n] = hw_countries[n].name;
    near = hw_nearest(text, names, n);
    if (near != NULL)
        return hw_fail(err, HW_USAGE, "%s: unknown country \"%s\"; did you mean \"%s\"?", field->name,
                       show(text).text, near);
    return hw_fail(err, HW_USAGE, "%s: unknown country \"%s\"; type its name or a code such as KAZ", field->name,
                   show(text).text);
}

static enum hw_status parse_integer(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                    struct hw_err *err)
{
    struct hw_slice number = text;
    uint64_t value = 0;
    bool good;

    if (number.n > 0 && number.p[number.n - 1] == '%') {
        number.n--;
        number = trim(number);
    }
    good = number.n > 0 && number.n <= DIGITS_MAX;
    for (size_t i = 0; good && i < number.n; i++) {
        good = number.p[i] >= '0' && number.p[i] <= '9';
        value = value * 10 + (uint64_t)(number.p[i] - '0');
    }
    if (!good || value > field->limit)
        return hw_fail(err, HW_USAGE, "%s: \"%s\" is not a whole number from 0 to %lu", field->name, show(text).text,
                       (unsigned long)field->limit);
    hw_put_uint(out, value);
    return HW_OK;
}

static enum hw_status parse_bool(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                 struct hw_err *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"}; /* odd: yes */

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_word(text, words[i])) {
            hw_put_bool(out, i % 2 == 1);
            return HW_OK;
        }
    return hw_fail(err, HW_USAGE, "%s: \"%s\" is neither yes nor no", field->name, show(text).text);
}

static enum hw_status parse_ref(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                struct hw_err *err)
{
    struct hw_id id;

    if (!hw_id_parse(text, &id))
        return hw_fail(err, HW_USAGE, "%s: \"%s\" is not a whole record id (%d letters and digits)", field->name,
                       show(text).text, HW_ID_TEXT);
    hw_put_bytes(out, id.b, sizeof id.b);
    return HW_OK;
}

static void free_bytes(uint8_t **p)
{
    free(*p);
}

static enum hw_status parse_bytes(const struct hw_field *field, struct hw_slice text, struct hw_out *out,
                                  struct hw_err *err)
{
    /* base64 is longer than what it holds. */
    uint8_t *bytes HW_CLEANUP(free_bytes) = hw_alloc(text.n);
    const char *end = NULL;
    size_t n = 0;

    if (sodium_base642bin(bytes, text.n, (const char *)text.p, text.n, NULL, &n, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != (const char *)text.p + text.n)
        return hw_fail(err, HW_USAGE, "%s: \"%s\" is not base64url without padding", field->name, show(text).text);
    if (n > field->limit)
        return hw_fail(err, HW_USAGE, "%s: %zu bytes are too many, at most %lu fit", field->name, n,
                       (unsigned long)field->limit);
    hw_put_bytes(out, bytes, n);
    return HW_OK;
}

static void put_time(struct hw_slice text, enum hw_date_order order, struct hw_out *out)
{
    struct hw_when when;

    hw_when_parse(text, order, &when);
    hw_put_array(out, 2);
    hw_put_textn(out, text.p, text.n);
    hw_put_text(out, when.kind == HW_WHEN_READ ? when.edtf : NULL);
}

enum hw_status hw_value_parse(const struct hw_field *field, struct hw_slice text, enum hw_date_order order,
                              struct hw_out *out, struct hw_err *err)
{
    struct hw_slice trimmed = trim(text);
    bool worded = field->type == HW_TYPE_TEXT || field->type == HW_TYPE_TIME || field->type == HW_TYPE_ENUM;

    if (trimmed.n == 0) { /* white space alone says nothing either */
        hw_put_null(out);
        return HW_OK;
    }
    if (!hw_utf8_valid(text))
        return hw_fail(err, HW_USAGE, "%s: this is not UTF-8 text, or it holds a NUL byte", field->name);
    if (field->type != HW_TYPE_TEXT) /* text alone is kept to the byte */
        text = trimmed;
    if (worded && text.n > field->limit)
        return hw_fail(err, HW_USAGE, "%s: %zu bytes are too many, at most %lu fit", field->name, text.n,
                       (unsigned long)field->limit);
    switch (field->type) {
    case HW_TYPE_TEXT:
        hw_put_textn(out, text.p, text.n);
        return HW_OK;
    case HW_TYPE_TIME:
        put_time(text, order, out);
        return HW_OK;
    case HW_TYPE_INTEGER:
        return parse_integer(field, text, out, err);
    case HW_TYPE_BOOL:
        return parse_bool(field, text, out, err);
    case HW_TYPE_ENUM:
        return parse_enum(field, text, out, err);
    case HW_TYPE_REF:
        return parse_ref(field, text, out, err);
    case HW_TYPE_COUNTRY:
        return parse_country(field, text, out, err);
    case HW_TYPE_BYTES:
        return parse_bytes(field, text, out, err);
    }
    return hw_fail(err, HW_USAGE, "%s: this field takes no value", field->name);
}

/* ---- from bytes ---- */

static enum hw_status bad_shape(const struct hw_field *field, struct hw_err *err, const char *what)
{
    return hw_fail(err, HW_CORRUPT, "%s: the value is not %s", field->name, what);
}

static enum hw_status too_long(const struct hw_field *field, struct hw_err *err, uint64_t n)
{
    return hw_fail(err, HW_LIMIT, "%s: %llu is over the limit of %lu", field->name, (unsigned long long)n,
                   (unsigned long)field->limit);
}

static enum hw_status read_enum(const struct hw_field *field, struct hw_in *in, struct hw_value *v, struct hw_err *err)
{
    bool labelled = hw_peek(in) == HW_ITEM_ARRAY;

    if (labelled && hw_get_array(in) != 2)
        return bad_shape(field, err, "a word with its label");
    v->number = (int64_t)hw_get_uint_max(in, WORD_MAX);
    if (labelled)
        v->text = hw_get_text(in);
    if (in->bad || v->number == 0 || (labelled && v->text.n == 0))
        return bad_shape(field, err, "a word, or a word with its label");
    return v->text.n > field->limit ? too_long(field, err, v->text.n) : HW_OK;
}

static enum hw_status read_time(const struct hw_field *field, struct hw_in *in, struct hw_value *v, struct hw_err *err)
{
    if (hw_get_array(in) != 2)
        return bad_shape(field, err, "a time with its reading");
    v->text = hw_get_text(in);
    if (hw_peek(in) == HW_ITEM_NULL)
        hw_get_null(in);
    else
        v->edtf = hw_get_text(in);
    if (in->bad || v->text.n == 0)
        return bad_shape(field, err, "a time with its reading");
    if (v->text.n > field->limit)
        return too_long(field, err, v->text.n);
    if (v->edtf.p != NULL && !hw_when_bounds(v->edtf, &v->earliest, &v->latest))
        return bad_shape(field, err, "a time whose reading is EDTF");
    return HW_OK;
}

static bool is_alpha3(struct hw_slice s)
{
    bool good = s.n == 3;

    /* Not looked up: a newer version may know a newer country. */
    for (size_t i = 0; good && i < 3; i++)
        good = s.p[i] >= 'A' && s.p[i] <= 'Z';
    return good;
}

static enum hw_status read_typed(const struct hw_field *field, struct hw_in *in, struct hw_value *v, struct hw_err *err)
{
    switch (field->type) {
    case HW_TYPE_TEXT:
        v->text = hw_get_text(in);
        if (in->bad || v->text.n == 0)
            return bad_shape(field, err, "text");
        return v->text.n > field->limit ? too_long(field, err, v->text.n) : HW_OK;
    case HW_TYPE_INTEGER:
        v->number = (int64_t)hw_get_uint_max(in, INT64_MAX);
        if (in->bad)
            return bad_shape(field, err, "a whole number");
        return v->number > (int64_t)field->limit ? too_long(field, err, (uint64_t)v->number) : HW_OK;
    case HW_TYPE_BOOL:
        v->number = hw_get_bool(in);
        return in->bad ? bad_shape(field, err, "yes or no") : HW_OK;
    case HW_TYPE_ENUM:
        return read_enum(field, in, v, err);
    case HW_TYPE_TIME:
        return read_time(field, in, v, err);
    case HW_TYPE_REF:
        hw_get_fixed(in, v->ref.b, sizeof v->ref.b);
        return in->bad ? bad_shape(field, err, "a record id") : HW_OK;
    case HW_TYPE_COUNTRY:
        v->text = hw_get_text(in);
        return in->bad || !is_alpha3(v->text) ? bad_shape(field, err, "a country code of three capitals") : HW_OK;
    case HW_TYPE_BYTES:
        v->text = hw_get_bytes(in);
        if (in->bad || v->text.n == 0)
            return bad_shape(field, err, "bytes");
        return v->text.n > field->limit ? too_long(field, err, v->text.n) : HW_OK;
    }
    return bad_shape(field, err, "of a known type");
}

static void forget(struct hw_value *value)
{
    *value = (struct hw_value){.null = true, .earliest = HW_DAY_NONE, .latest = HW_DAY_NONE};
}

static enum hw_status take_apart(const struct hw_field *field, struct hw_slice bytes, struct hw_value *value,
                                 struct hw_err *err)
{
    enum hw_status status = HW_OK;
    struct hw_in in;

    forget(value);
    if (bytes.n == 0)
        return bad_shape(field, err, "there");
    in = hw_in_of(bytes);
    if (hw_peek(&in) == HW_ITEM_NULL) {
        hw_get_null(&in);
    } else {
        value->null = false;
        status = read_typed(field, &in, value, err);
    }
    if (status == HW_OK && !hw_in_end(&in))
        status = bad_shape(field, err, "alone: bytes follow it");
    if (status != HW_OK)
        forget(value);
    return status;
}

static void put_value(const struct hw_field *field, const struct hw_value *v, struct hw_out *out)
{
    if (v->null) {
        hw_put_null(out);
        return;
    }
    switch (field->type) {
    case HW_TYPE_TEXT:
    case HW_TYPE_COUNTRY:
        hw_put_textn(out, v->text.p, v->text.n);
        break;
    case HW_TYPE_INTEGER:
        hw_put_uint(out, (uint64_t)v->number);
        break;
    case HW_TYPE_BOOL:
        hw_put_bool(out, v->number != 0);
        break;
    case HW_TYPE_ENUM:
        if (v->text.n > 0)
            hw_put_array(out, 2);
        hw_put_uint(out, (uint64_t)v->number);
        if (v->text.n > 0)
            hw_put_textn(out, v->text.p, v->text.n);
        break;
    case HW_TYPE_TIME:
        hw_put_array(out, 2);
        hw_put_textn(out, v->text.p, v->text.n);
        if (v->edtf.n > 0)
            hw_put_textn(out, v->edtf.p, v->edtf.n);
        else
            hw_put_null(out);
        break;
    case HW_TYPE_REF:
        hw_put_bytes(out, v->ref.b, sizeof v->ref.b);
        break;
    case HW_TYPE_BYTES:
        hw_put_bytes(out, v->text.p, v->text.n);
        break;
    }
}

enum hw_status hw_value_check(const struct hw_field *field, struct hw_slice value, struct hw_err *err)
{
    struct hw_value v;
    struct hw_out out HW_CLEANUP(hw_out_done);
    enum hw_status status;

    hw_out_init(&out);
    status = take_apart(field, value, &v, err);
    if (status != HW_OK)
        return status;
    put_value(field, &v, &out);
    if (!hw_slice_equal(hw_out_slice(&out), value))
        return bad_shape(field, err, "written in its shortest form");
    return HW_OK;
}

bool hw_value_read(const struct hw_field *field, struct hw_slice bytes, struct hw_value *value)
{
    return take_apart(field, bytes, value, NULL) == HW_OK;
}

/* ---- to a person ---- */

static const char *print_bytes(struct hw_slice bytes, struct hw_arena *arena)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = hw_arena_alloc(arena, size);

    return sodium_bin2base64(text, size, bytes.p, bytes.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *print_enum(const struct hw_field *field, const struct hw_value *v, struct hw_arena *arena)
{
    const char *name = hw_word_name(field->words, (uint16_t)v->number);

    if (name != NULL)
        return name;
    /* A word of a newer version: its label says more than its number. */
    return v->text.n > 0 ? hw_arena_text(arena, v->text.p, v->text.n)
                         : hw_arena_printf(arena, "value %d", (int)v->number);
}

const char *hw_value_print(const struct hw_field *field, struct hw_slice bytes, struct hw_arena *arena)
{
    struct hw_value v;
    char id[HW_ID_TEXT + 1];

    if (!hw_value_read(field, bytes, &v))
        return "(unreadable)";
    if (v.null)
        return "";
    switch (field->type) {
    case HW_TYPE_TEXT:
    case HW_TYPE_TIME:
    case HW_TYPE_COUNTRY:
        return hw_arena_text(arena, v.text.p, v.text.n);
    case HW_TYPE_INTEGER:
        return hw_arena_printf(arena, "%lld", (long long)v.number);
    case HW_TYPE_BOOL:
        return v.number != 0 ? "yes" : "no";
    case HW_TYPE_ENUM:
        return print_enum(field, &v, arena);
    case HW_TYPE_REF:
        hw_id_print(&v.ref, id);
        return hw_arena_text(arena, id, HW_ID_TEXT);
    case HW_TYPE_BYTES:
        return print_bytes(v.text, arena);
    }
    return "";
}

bool hw_value_same(const struct hw_field *field, struct hw_slice a, struct hw_slice b)
{
    struct hw_value x, y;

    if (hw_slice_equal(a, b))
        return true;
    return field->type == HW_TYPE_ENUM && hw_value_read(field, a, &x) && hw_value_read(field, b, &y) && !x.null &&
           !y.null && x.number == y.number;
}
