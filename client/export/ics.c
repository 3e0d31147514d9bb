/* ics.c: items as to-dos of a calendar file (floor 2, noun: ics).  RFC 5545.
 *
 * What programs make of it decided the details: Outlook takes no VTODO at all
 * (the help says so); Thunderbird refuses a DTSTART that is not before DUE, so
 * there is none: a deadline says when to be ready, not when to begin; Apple's
 * wants ACTION:DISPLAY with a DESCRIPTION in an alarm; DUE is a day without
 * a time, so that no time zone moves it. */
#include <string.h>

#include "client/doc.h"
#include "client/export/export.h"
#include "headway/when.h"

struct todo {
    const struct hw_export *export;
    struct hw_arena arena;
    FILE *to;
    const json_t *row;
    const char *summary;
};

static const char *date(struct hw_arena *arena, int32_t day)
{
    int year, month, mday;
    hw_day_civil(day, &year, &month, &mday);
    return hw_arena_printf(arena, "%04d%02d%02d", year, month, mday);
}

static bool is_word(const json_t *row, const char *field, const char *word)
{
    return strcmp(hw_doc_text(row, field), word) == 0;
}

static bool dropped(const json_t *row)
{
    return is_word(row, "status", "cancelled") || is_word(row, "status", "no longer applicable");
}

/* A calendar knows four states; X-HEADWAY-STATUS has the exact word. */
static void put_status(struct todo *todo)
{
    const json_t *row = todo->row;
    bool done = is_word(row, "status", "completed");
    int32_t day;
    hw_ics_line(todo->to, "STATUS", done                                   ? "COMPLETED"
                                    : dropped(row)                         ? "CANCELLED"
                                    : is_word(row, "status", "in progress") ? "IN-PROCESS"
                                                                           : "NEEDS-ACTION");
    if (hw_doc_has(row, "status"))
        hw_ics_text(todo->to, "X-HEADWAY-STATUS", hw_doc_text(row, "status"));
    if (done)
        hw_ics_line(todo->to, "PERCENT-COMPLETE", "100"); /* programs tick it off by this */
    else if (hw_doc_has(row, "progress"))
        fprintf(todo->to, "PERCENT-COMPLETE:%lld\r\n", hw_doc_int(row, "progress"));
    /* A time of day is asked for, and nobody said one: noon is that day in most zones. */
    if (done && hw_export_latest(json_object_get(row, "completed_on"), &day))
        fprintf(todo->to, "COMPLETED:%sT120000Z\r\n", date(&todo->arena, day));
}

/* A week before at nine in the morning, in the clock of whoever reads it: the due day begins at midnight. Not for what is
 * over: a calendar that is read in would ring for each at once. */
static void put_alarm(const struct todo *todo, int32_t due)
{
    if (due < todo->export->today || dropped(todo->row) || is_word(todo->row, "status", "completed"))
        return;
    hw_ics_line(todo->to, "BEGIN", "VALARM");
    hw_ics_line(todo->to, "ACTION", "DISPLAY");
    hw_ics_text(todo->to, "DESCRIPTION", todo->summary);
    hw_ics_line(todo->to, "TRIGGER;RELATED=END", "-P6DT15H");
    hw_ics_line(todo->to, "END", "VALARM");
}

/* A line "Name: text" for what a to-do has no property for. */
static const char *note(struct todo *todo, const char *notes, const char *name, const char *text)
{
    return *text ? hw_arena_printf(&todo->arena, "%s%s%s: %s", notes, *notes ? "\n" : "", name, text) : notes;
}

static void put_description(struct todo *todo)
{
    const json_t *row = todo->row, *deadline = json_object_get(row, "deadline");
    int32_t day;
    const char *notes = hw_doc_text(row, "description");
    if (*notes)
        notes = hw_arena_printf(&todo->arena, "%s\n", notes);
    notes = note(todo, notes, "Responsible", hw_export_join(json_object_get(row, "responsible"), &todo->arena));
    if (hw_doc_has(deadline, "raw") && !hw_export_day(deadline, &day))
        notes = note(todo, notes, "Deadline as written", hw_doc_text(deadline, "raw"));
    notes = note(todo, notes, "Reason", hw_doc_text(row, "reason"));
    notes = note(todo, notes, "Plan", hw_export_plan_name(todo->export, hw_doc_text(row, "plan")));
    if (*notes)
        hw_ics_text(todo->to, "DESCRIPTION", notes);
}

/* Countries and themes; the comma between is the list's, one inside is escaped. */
static void put_categories(struct todo *todo)
{
    static const char *const fields[] = {"countries", "themes"};
    const char *line = "";
    for (size_t f = 0; f < 2; f++) {
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(todo->row, fields[f]), i, item)
            line = hw_arena_printf(&todo->arena, "%s%s%s", line, *line ? "," : "",
                                   hw_ics_escape(&todo->arena, json_string_value(item)));
    }
    if (*line)
        hw_ics_line(todo->to, "CATEGORIES", line);
}

/* Seconds from a stamp's text to another; what a revision number must do is grow. */
static long long seconds(const char *time)
{
    int32_t day = 0, last;
    int hour = 0, minute = 0, second = 0;
    if (strlen(time) < 19 || !hw_when_bounds((struct hw_slice){(const uint8_t *)time, 10}, &day, &last))
        return 0;
    const int tens[] = {11, 14, 17};
    int *const parts[] = {&hour, &minute, &second};
    for (size_t i = 0; i < 3; i++)
        *parts[i] = (time[tens[i]] - '0') * 10 + (time[tens[i] + 1] - '0');
    return (long long)day * 86400 + hour * 3600 + minute * 60 + second;
}

/* Times come from the record, not from the clock: the same records make the same bytes. */
static void put_times(struct todo *todo)
{
    const char *made = hw_doc_text(todo->row, "made"), *updated = hw_doc_text(todo->row, "updated");
    const char *changed = hw_export_stamp(updated, &todo->arena);
    long long revision = seconds(updated) - seconds(made);
    hw_ics_line(todo->to, "DTSTAMP", *changed ? changed : "19700101T000000Z"); /* it must be there */
    if (*changed)
        hw_ics_line(todo->to, "LAST-MODIFIED", changed);
    if (*hw_export_stamp(made, &todo->arena))
        hw_ics_line(todo->to, "CREATED", hw_export_stamp(made, &todo->arena));
    if (revision > 0)
        fprintf(todo->to, "SEQUENCE:%lld\r\n", revision <= INT32_MAX ? revision : INT32_MAX);
    else
        hw_ics_line(todo->to, "SEQUENCE", "0");
}

static void put_todo(struct todo *todo)
{
    const json_t *row = todo->row;
    const char *number = hw_doc_text(row, "number"), *title = hw_doc_text(row, "title"),
               *parent = hw_doc_text(row, "parent");
    int32_t due;
    todo->summary = *number ? hw_arena_printf(&todo->arena, "%s %s", number, title) : title;
    hw_ics_line(todo->to, "BEGIN", "VTODO");
    hw_ics_line(todo->to, "UID", hw_arena_printf(&todo->arena, "%s@headway", hw_doc_text(row, "id")));
    put_times(todo);
    hw_ics_text(todo->to, "SUMMARY", todo->summary);
    put_description(todo);
    bool dated = hw_export_latest(json_object_get(row, "deadline"), &due);
    if (dated)
        hw_ics_line(todo->to, "DUE;VALUE=DATE", date(&todo->arena, due));
    put_status(todo);
    put_categories(todo);
    if (*parent && hw_export_find(todo->export, parent))
        hw_ics_line(todo->to, "RELATED-TO", hw_arena_printf(&todo->arena, "%s@headway", parent));
    if (dated)
        put_alarm(todo, due);
    hw_ics_line(todo->to, "END", "VTODO");
}

enum hw_status hw_export_ics(struct hw_export *export, FILE *to, struct hw_err *err)
{
    struct todo todo = {.export = export, .to = to};
    size_t items = 0;
    for (size_t i = 0; i < export->records.n; i++)
        items += export->records.record[i].kind->id == HW_KIND_ITEM;
    if (items == 0)
        return hw_fail(err, HW_NOT_FOUND, "no item matches, and a calendar needs one; see headway list");
    hw_ics_line(to, "BEGIN", "VCALENDAR");
    hw_ics_line(to, "VERSION", "2.0");
    hw_ics_line(to, "PRODID", "-//Headway//Headway " HEADWAY_VERSION "//EN");
    hw_ics_line(to, "CALSCALE", "GREGORIAN");
    hw_ics_line(to, "X-WR-CALNAME", "Headway");
    for (size_t i = 0; i < export->records.n; i++) {
        if (export->records.record[i].kind->id != HW_KIND_ITEM)
            continue;
        json_t *row = hw_export_row(&export->records.record[i]);
        hw_arena_reset(&todo.arena);
        todo.row = row;
        put_todo(&todo);
        json_decref(row);
    }
    hw_ics_line(to, "END", "VCALENDAR");
    hw_arena_done(&todo.arena);
    return HW_OK;
}
