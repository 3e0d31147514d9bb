/* report_put.c: the document of a report: sums per row, who they come from and
 * how fresh that is (floor 3, noun: report). */
#include <stdlib.h>
#include <string.h>

#include "daemon/report.h"
#include "daemon/verb_internal.h"
#include "headway/when.h"

enum { DAY_MS = 86400000 };

static int by_key(const void *a, const void *b)
{
    const struct hw_report_entry *x = a, *y = b;
    int none = (strcmp(x->key, "none") == 0) - (strcmp(y->key, "none") == 0); /* what has no key comes last */
    int order = none ? none : strcmp(x->name, y->name);
    return order ? order : strcmp(x->key, y->key);
}

void hw_report_add(struct hw_report_sum *sum, const struct hw_report_count *count)
{
    sum->total++;
    sum->status[count->status <= HW_STATUS_CANCELLED ? count->status : HW_STATUS_NOT_STARTED]++;
    sum->overdue += count->overdue;
    sum->no_date += count->no_date;
    sum->draft += count->draft;
}

static void add_sum(struct hw_report_sum *to, const struct hw_report_sum *sum)
{
    to->total += sum->total;
    for (size_t i = 0; i <= HW_STATUS_CANCELLED; i++)
        to->status[i] += sum->status[i];
    to->overdue += sum->overdue;
    to->no_date += sum->no_date;
    to->draft += sum->draft;
}

static void put_sum(const struct hw_report_sum *sum, struct hw_out *out)
{
    int64_t out_of = sum->total - sum->status[HW_STATUS_NO_LONGER_APPLICABLE] - sum->status[HW_STATUS_CANCELLED];
    int64_t done = sum->status[HW_STATUS_COMPLETED];
    hw_put_key_int(out, "total", sum->total);
    hw_put_key_int(out, "completed", done);
    hw_put_key_int(out, "in_progress", sum->status[HW_STATUS_IN_PROGRESS]);
    hw_put_key_int(out, "not_started", sum->status[HW_STATUS_NOT_STARTED]);
    hw_put_key_int(out, "on_hold", sum->status[HW_STATUS_ON_HOLD]);
    hw_put_key_int(out, "not_applicable", sum->status[HW_STATUS_NO_LONGER_APPLICABLE]);
    hw_put_key_int(out, "cancelled", sum->status[HW_STATUS_CANCELLED]);
    hw_put_key_int(out, "proposed", sum->status[HW_STATUS_PROPOSED]);
    hw_put_key_int(out, "overdue", sum->overdue);
    hw_put_key_int(out, "no_date", sum->no_date);
    hw_put_key_int(out, "draft", sum->draft);
    hw_put_key_int(out, "denominator", out_of);
    hw_put_text(out, "percent");
    if (out_of > 0)
        hw_put_int(out, (done * 200 + out_of) / (2 * out_of)); /* half a percent goes up */
    else
        hw_put_null(out);
}

/* A row is as fresh as the office that was heard least recently. */
static void put_offices(const struct hw_report *report, const struct hw_report_entry *entry, struct hw_out *out)
{
    int64_t now = hw_tx_wall(report->tx), oldest = 0, offices = 0, silent = 0;
    for (size_t i = 0; i < report->directory.n; i++) {
        const struct hw_office *office = &report->directory.offices[i];
        if (!hw_report_from(report, entry, office))
            continue;
        offices++;
        silent += hw_office_silent(office, now) > 0;
        if (office->last_heard_ms && (!oldest || office->last_heard_ms < oldest))
            oldest = office->last_heard_ms;
    }
    hw_put_key_int(out, "offices", offices);
    hw_put_key_int(out, "silent_offices", silent);
    hw_put_key_time(out, "last_heard", oldest);
}

static void put_row(const struct hw_report *report, const struct hw_report_entry *entry, const char *key,
                    const char *name, const struct hw_report_sum *sum, struct hw_out *out)
{
    hw_put_map_open(out);
    hw_put_key_text(out, "key", key);
    hw_put_key_text(out, "name", name);
    put_sum(sum, out);
    put_offices(report, entry, out);
    hw_put_close(out);
}

static void put_freshness(const struct hw_report *report, struct hw_out *out)
{
    int64_t now = hw_tx_wall(report->tx);
    hw_put_text(out, "freshness");
    hw_put_array_open(out);
    for (size_t i = 0; i < report->directory.n; i++) {
        const struct hw_office *office = &report->directory.offices[i];
        int64_t silent = hw_office_silent(office, now);
        const char *note = NULL;
        char day[16];
        if (!hw_report_from(report, NULL, office))
            continue;
        hw_day_print((int32_t)(office->last_heard_ms / DAY_MS), day);
        if (silent == INT64_MAX)
            note = hw_arena_printf(report->arena, "%s was never heard", office->code);
        else if (silent > 0)
            note = hw_arena_printf(report->arena, "%s silent %lld days: figures of %s", office->code,
                                   (long long)silent, day);
        hw_put_map(out, 3);
        hw_put_key_text(out, "office", office->code);
        hw_put_key_time(out, "last_heard", office->last_heard_ms);
        hw_put_key_text(out, "note", note);
    }
    hw_put_close(out);
}

static const char *by_name(enum hw_report_by by)
{
    switch (by) {
    case HW_BY_REGION:
        return "region";
    case HW_BY_COUNTRY:
        return "country";
    case HW_BY_GROUP:
        return "group";
    case HW_BY_PLAN:
        return "plan";
    case HW_BY_STATUS:
        return "status";
    case HW_BY_OFFICE:
        return "office";
    case HW_BY_RESPONSIBLE:
        return "responsible";
    case HW_BY_THEME:
        break;
    }
    return "theme";
}

void hw_report_put(struct hw_report *report, const struct hw_request *request, struct hw_out *out)
{
    struct hw_report_entry *entries = (void *)report->entries.p;
    struct hw_slice period = hw_arg_text(request, "period");
    if (report->entries_n)
        qsort(entries, report->entries_n, sizeof *entries, by_key);
    hw_put_map_open(out);
    hw_put_key_text(out, "by", by_name(report->by));
    hw_put_key_text(out, "period", period.n ? hw_arena_text(report->arena, period.p, period.n) : NULL);
    hw_put_key_text(out, "as_of", NULL);
    hw_put_text(out, "rows");
    hw_put_array_open(out);
    for (size_t i = 0, next; i < report->entries_n; i = next) {
        struct hw_report_sum sum = {0};
        for (next = i; next < report->entries_n && by_key(&entries[i], &entries[next]) == 0; next++)
            add_sum(&sum, &entries[next].sum);
        put_row(report, &entries[i], entries[i].key, entries[i].name, &sum, out);
    }
    hw_put_close(out);
    hw_put_text(out, "total");
    put_row(report, NULL, "total", "Total", &report->total, out);
    put_freshness(report, out);
    hw_put_close(out);
}
