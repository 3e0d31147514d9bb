/* task.c: a task of Taskwarrior, as `task export` prints it.
 * Floor 2, noun: import task.  A task that Headway exported (client/export/taskwarrior.c) brings its record in attributes
 * `headway_...`, which Taskwarrior never touches; what people change there are its own attributes. So each of those
 * is compared with what the export had made of the record, and only what differs is news. */
#include <string.h>
#include <time.h>

#include "client/import/cell.h"
#include "client/import/json.h"
#include "headway/id.h"
#include "headway/when.h"

struct task {
    struct hw_json_table *table;
    const json_t *json;
    struct hw_arena *arena;
    bool ours;
};

static const char *text_of(const struct task *t, const char *name)
{
    return hw_json_text(t->arena, json_object_get(t->json, name));
}

static const char *own_of(const struct task *t, const char *field)
{
    return text_of(t, hw_arena_printf(t->arena, "headway_%s", field));
}

/* As a cell of a table is read: the hashes of the export are of that. */
static void put(const struct task *t, const char *name, const char *text)
{
    char *plain = hw_arena_text(t->arena, text, strlen(text));
    size_t n = 0;
    for (size_t i = 0; text[i]; i++)
        if (text[i] != '\r' || text[i + 1] != '\n')
            plain[n++] = text[i] == '\r' ? '\n' : text[i];
    hw_json_cell(t->table, name, hw_import_trim((struct hw_slice){(uint8_t *)plain, n}));
}

static void put_parts(const struct task *t, const char *name, const char *text)
{
    struct hw_slice part;
    for (size_t at = 0; hw_import_part(hw_slice_text(text), false, &at, &part);)
        hw_json_cell(t->table, name, part);
}

/* The id in a UUID that the export made of it; "" for any other. */
static const char *id_in(const struct task *t, const char *uuid)
{
    static const char shape[] = "xxxxxxxx-xxxx-8ead-8a00-0000xxxxxxxx", digits[] = "0123456789abcdef";
    struct hw_id id = {{0}};
    char text[HW_ID_TEXT + 1];
    size_t n = 0;
    if (strlen(uuid) != sizeof shape - 1)
        return "";
    for (size_t i = 0; uuid[i]; i++) {
        const char *digit = shape[i] == 'x' ? strchr(digits, uuid[i]) : NULL;
        if (shape[i] == 'x' ? digit == NULL : shape[i] != uuid[i])
            return "";
        if (digit != NULL) {
            id.b[n / 2] = (uint8_t)(id.b[n / 2] << 4 | (digit - digits));
            n++;
        }
    }
    hw_id_print(&id, text);
    return hw_arena_text(t->arena, text, HW_ID_TEXT);
}

/* "20241112T120000Z" as a day. Headway writes noon UTC, which is the same day nearly everywhere; Taskwarrior the moment at which
 * the day began where the person sat. "" when it is no time. */
static const char *day_of(const struct task *t, const char *stamp)
{
    static const char shape[] = "ddddddddTddddddZ";
    struct tm tm = {0}, local;
    int part[6] = {0};
    static const int digits[] = {4, 2, 2, 2, 2, 2};
    if (strlen(stamp) != sizeof shape - 1)
        return "";
    for (size_t i = 0; stamp[i]; i++)
        if (shape[i] == 'd' ? stamp[i] < '0' || stamp[i] > '9' : stamp[i] != shape[i])
            return "";
    for (size_t i = 0, at = 0; i < 6; i++) {
        at += stamp[at] == 'T';
        for (int k = 0; k < digits[i]; k++)
            part[i] = part[i] * 10 + (stamp[at++] - '0');
    }
    tm.tm_year = part[0] - 1900;
    tm.tm_mon = part[1] - 1;
    tm.tm_mday = part[2];
    tm.tm_hour = part[3];
    tm.tm_min = part[4];
    tm.tm_sec = part[5];
    time_t moment = timegm(&tm);
    if (strcmp(stamp + 8, "T120000Z") == 0 || localtime_r(&moment, &local) == NULL)
        local = tm;
    return hw_arena_printf(t->arena, "%04d-%02d-%02d", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
}

/* As the export writes a text and a tag (client/export/taskwarrior.c). */
static const char *one_line(const struct task *t, const char *text)
{
    char *line = hw_arena_text(t->arena, text, strlen(text));
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return line;
}

static bool is_tag_of(struct hw_slice tag, struct hw_slice text)
{
    if (tag.n != text.n)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool plain = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (tag.p[i] != (plain ? c : '_'))
            return false;
    }
    return true;
}

/* ---- what Taskwarrior has attributes for ---- */

static void put_title(const struct task *t)
{
    const char *title = own_of(t, "title"), *words = text_of(t, "description");
    if (*title && strcmp(one_line(t, title), words) == 0)
        words = title;
    if (!t->ours || strcmp(words, text_of(t, "headwayid")) != 0) /* a record without a title */
        put(t, "title", words);
}

/* What the export made of the record's status. */
static const char *state_of(const char *status)
{
    if (strcmp(status, "completed") == 0)
        return "completed";
    return strcmp(status, "cancelled") == 0 || strcmp(status, "no longer applicable") == 0 ? "deleted" : "pending";
}

static void put_status(const struct task *t)
{
    const char *state = text_of(t, "status"), *was = own_of(t, "status"), *end = day_of(t, text_of(t, "end"));
    const char *done = own_of(t, "completed_on");
    bool over = strcmp(state, "completed") == 0, dropped = strcmp(state, "deleted") == 0, started = *text_of(t, "start") != 0;
    const char *now = over ? "completed" : dropped ? "cancelled" : started ? "in progress" : "not started";
    bool same = t->ours && strcmp(state_of(was), over || dropped ? state : "pending") == 0 &&
                !(started && (*was == 0 || strcmp(was, "not started") == 0));
    put(t, "status", same ? was : now);
    if (*done || !over || (t->ours && same))
        put(t, "completed_on", done);
    else
        put(t, "completed_on", end);
}

static void put_due(const struct task *t)
{
    const char *due = text_of(t, "due"), *day = day_of(t, due);
    if (t->ours && strcmp(due, own_of(t, "due")) == 0)
        put(t, "deadline", own_of(t, "deadline"));
    else
        put(t, "deadline", *day ? day : due);
}

static bool has_tag(const json_t *tags, struct hw_slice tag)
{
    size_t i;
    const json_t *one;
    json_array_foreach(tags, i, one)
        if (json_is_string(one) && hw_slice_is(tag, json_string_value(one)))
            return true;
    return false;
}

/* The next word of the tags that the export made. */
static bool next_tag(const char **at, struct hw_slice *tag)
{
    *at += strspn(*at, " ");
    *tag = (struct hw_slice){(const uint8_t *)*at, strcspn(*at, " ")};
    *at += tag->n;
    return tag->n > 0;
}

/* An element whose tag somebody took away goes. */
static void put_tagged(const struct task *t, const char *field)
{
    const json_t *tags = json_object_get(t->json, "tags");
    struct hw_slice part, tag;
    for (size_t at = 0; hw_import_part(hw_slice_text(own_of(t, field)), false, &at, &part);) {
        bool gone = false;
        for (const char *was = own_of(t, "tags"); next_tag(&was, &tag);)
            gone = gone || (is_tag_of(tag, part) && !has_tag(tags, tag));
        if (!gone)
            hw_json_cell(t->table, field, part);
    }
}

/* Tags that somebody added are themes. */
static void put_tags(const struct task *t)
{
    const json_t *tags = json_object_get(t->json, "tags"), *one;
    size_t i;
    put_tagged(t, "countries");
    put_tagged(t, "themes");
    json_array_foreach(tags, i, one)
    {
        struct hw_slice tag;
        bool old = false;
        for (const char *was = own_of(t, "tags"); next_tag(&was, &tag);)
            old = old || hw_slice_is(tag, hw_json_text(t->arena, one));
        if (!old)
            hw_json_value(t->table, "themes", one);
    }
    if (json_is_string(tags)) /* before Taskwarrior 2.5: one tag, or several with commas */
        put(t, "themes", json_string_value(tags));
}

static void put_notes(const struct task *t)
{
    const json_t *notes = json_object_get(t->json, "annotations"), *note;
    size_t i;
    json_array_foreach(notes, i, note)
        hw_json_value(t->table, "comment", json_object_get(note, "description"));
}

/* ---- the rest ---- */

static void put_own_fields(const struct task *t)
{
    static const char *const special[] = {"title", "status", "completed_on", "deadline", "countries", "themes", "plan", "archived",
                                          "source"};
    const struct hw_kind *kind = t->table->kind;
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        bool plain = true;
        for (size_t k = 0; k < sizeof special / sizeof special[0]; k++)
            plain = plain && strcmp(field->name, special[k]) != 0;
        if (plain && field->set)
            put_parts(t, field->name, own_of(t, field->name));
        else if (plain)
            put(t, field->name, own_of(t, field->name));
    }
    put(t, "plan", text_of(t, "project"));
    put(t, "group", own_of(t, "group"));
    put(t, "base", own_of(t, "base"));
}

/* What no field took is kept. Of a task of ours Taskwarrior's own bookkeeping is no news. */
static void keep(const struct task *t)
{
    static const char *const taken[] = {"description", "status", "project", "tags", "annotations", "uuid"};
    static const char *const books[] = {"id", "urgency", "entry", "modified", "end", "due", "headwayid"};
    static const char *const words[] = {"pending", "completed", "deleted"};
    const char *key, *state = text_of(t, "status");
    const json_t *value;
    bool plain = false;
    json_object_foreach((json_t *)(uintptr_t)t->json, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
            known = known || strcmp(key, taken[i]) == 0;
        for (size_t i = 0; t->ours && i < sizeof books / sizeof books[0]; i++)
            known = known || strcmp(key, books[i]) == 0;
        if (!known && !(t->ours && strncmp(key, "headway_", 8) == 0))
            hw_json_value(t->table, hw_arena_printf(t->arena, "task %s", key), value);
    }
    for (size_t i = 0; i < 3; i++)
        plain = plain || strcmp(state, words[i]) == 0;
    if (!plain)
        put(t, "task status", state);
    if (!t->ours)
        put(t, "task uuid", text_of(t, "uuid"));
}

void hw_json_task(struct hw_json_table *table, const json_t *json, uint32_t line)
{
    struct task task = {.table = table, .json = json, .arena = table->arena};
    const char *id = text_of(&task, "headwayid"), *uuid = text_of(&task, "uuid");
    if (*id == 0)
        id = id_in(&task, uuid);
    task.ours = *id != 0;
    if (task.ours)
        put(&task, "id", id);
    else
        put(&task, "key", hw_arena_printf(table->arena, "task|%s", *uuid ? uuid : text_of(&task, "description")));
    static const char *const always[] = {"title", "deadline", "completed_on", "themes"};
    for (size_t i = 0; i < (task.ours ? table->kind->fields_n : sizeof always / sizeof always[0]); i++)
        hw_json_column(table, task.ours ? table->kind->fields[i].name : always[i]); /* what is not there is taken away */
    put_title(&task);
    put_status(&task);
    put_due(&task);
    put_tags(&task);
    put_notes(&task);
    if (task.ours)
        put_own_fields(&task);
    else
        put(&task, "themes", text_of(&task, "project"));
    keep(&task);
    hw_json_line(table, line);
}
