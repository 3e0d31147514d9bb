/* report_html.c: the report as one printable page (floor 3, noun: report).
 *
 * No script, no other file, nothing fetched: it can be mailed, kept and
 * printed. Bars are SVG; every figure also stands in a table, so colour and
 * pictures never carry meaning alone. The colours differ in lightness and can be told
 * apart with any colour vision and on a grey printer. */
#include <stdio.h>
#include <string.h>

#include "client/ago.h"
#include "client/doc.h"
#include "client/report.h"

static const char page_style[] =
    "@page{size:A4 landscape;margin:14mm}\n"
    "*{box-sizing:border-box}\n"
    "body{font:15px/1.45 system-ui,\"Segoe UI\",\"Noto Sans\",\"DejaVu Sans\",sans-serif;color:#1b2733;background:#fff;"
    "max-width:72em;margin:0 auto;padding:2em 1.5em}\n"
    "h1{font-size:1.7em;margin:0 0 .15em}h2{font-size:1.15em;margin:2em 0 .5em}\n"
    ".about{color:#47586a;margin:0 0 1.4em}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:.8em;margin:0;padding:0;list-style:none}\n"
    ".facts li{border:1px solid #c9d3dc;border-radius:6px;padding:.6em 1em;min-width:9em}\n"
    ".facts b{display:block;font-size:1.55em;line-height:1.2;font-variant-numeric:tabular-nums}\n"
    ".facts span{color:#47586a}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{padding:.42em .6em;border-bottom:1px solid #dde4ea;text-align:left;vertical-align:middle}\n"
    "thead th{border-bottom:2px solid #7b8b9a;font-weight:600;font-size:.88em;vertical-align:bottom}\n"
    "tbody th{font-weight:500}tfoot th,tfoot td{border-top:2px solid #7b8b9a;border-bottom:0;font-weight:700}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".bar{width:38%}svg{display:block;width:100%;height:16px}\n"
    ".late{font-weight:700;color:#8a3b00}\n"
    ".key{margin:.6em 0 0;font-size:.88em;color:#47586a}\n"
    ".key i{display:inline-block;width:.9em;height:.9em;margin:0 .35em 0 1.1em;vertical-align:-.1em;"
    "border:1px solid #5c6b79}.key i:first-child{margin-left:0}\n"
    ".small{font-size:.85em}footer{margin-top:2.2em;color:#47586a;font-size:.85em;border-top:1px solid #dde4ea;padding-top:.8em}\n"
    "@media print{body{padding:0;font-size:10.5pt;max-width:none}tr,.facts li{break-inside:avoid}"
    "thead{display:table-header-group}h2{break-after:avoid}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

/* The parts of a bar, in the order of the work: done first. */
struct part {
    const char *key, *label, *colour;
};
static const struct part parts[] = {
    {"completed", "completed", "#14507a"},
    {"in_progress", "in progress", "#5b9bc8"},
    {"on_hold", "on hold", "#d8a03a"},
    {"not_started", "not started", "#dfe5ea"},
    {"proposed", "proposed", "#f5f7f9"},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

void hw_html_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<')
            fputs("&lt;", to);
        else if (c == '>')
            fputs("&gt;", to);
        else if (c == '&')
            fputs("&amp;", to);
        else if (c == '"')
            fputs("&quot;", to);
        else if (c == '\'')
            fputs("&#39;", to);
        else
            putc(c < 0x20 && c != '\n' && c != '\t' ? ' ' : c, to);
    }
}

static const char *name_of(const json_t *row)
{
    const char *name = hw_doc_text(row, "name"), *key = hw_doc_text(row, "key");
    return *name ? name : *key ? key : "(none)";
}

static void put_number(FILE *to, const json_t *row, const char *key)
{
    long long n = hw_doc_int(row, key);
    bool late = n > 0 && strcmp(key, "overdue") == 0;
    fprintf(to, "<td class=\"n%s\">%lld</td>", late ? " late" : "", n);
}

static void put_percent(FILE *to, const json_t *row)
{
    if (hw_doc_has(row, "percent"))
        fprintf(to, "%.0f&nbsp;%%", hw_doc_number(row, "percent"));
    else
        fputs("–", to);
}

/* One stacked bar over what is counted; its text says the same. */
static void put_bar(FILE *to, const json_t *row)
{
    double x = 0, counted = 0;
    for (size_t i = 0; i < PARTS; i++)
        counted += hw_doc_number(row, parts[i].key);
    fputs("<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\"><title>", to);
    for (size_t i = 0; i < PARTS; i++)
        fprintf(to, "%s%lld %s", i ? ", " : "", hw_doc_int(row, parts[i].key), parts[i].label);
    fputs("</title><rect x=\"0\" y=\"0\" width=\"100\" height=\"10\" fill=\"#fff\"/>", to);
    for (size_t i = 0; i < PARTS && counted > 0; i++) {
        double width = hw_doc_number(row, parts[i].key) * 100 / counted;
        if (width > 0)
            fprintf(to, "<rect x=\"%.3f\" y=\"0\" width=\"%.3f\" height=\"10\" fill=\"%s\"/>", x, width, parts[i].colour);
        x += width;
    }
    fputs("<rect x=\"0\" y=\"0\" width=\"100\" height=\"10\" fill=\"none\" stroke=\"#5c6b79\" stroke-width=\"1\" "
          "vector-effect=\"non-scaling-stroke\"/></svg>",
          to);
}

static void put_heard(FILE *to, const json_t *row, time_t now)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena = {0};
    hw_arena_init(&arena);
    const char *silent = hw_report_silent(&arena, row), *last = hw_doc_text(row, "last_heard");
    fputs("<td>", to);
    if (*silent) {
        fputs("<span class=\"late\">▲ silent: ", to);
        hw_html_text(to, silent);
        fputs("</span>", to);
    } else if (*last) {
        fputs(hw_ago_day(&arena, last, now), to);
    }
    fputs("</td>", to);
}

static void put_progress_row(FILE *to, const json_t *row, const char *name, time_t now)
{
    fputs("<tr><th scope=\"row\" dir=\"auto\">", to);
    hw_html_text(to, name);
    fputs("</th><td class=\"bar\">", to);
    put_bar(to, row);
    fputs("</td><td class=\"n\">", to);
    put_percent(to, row);
    fputs("</td>", to);
    put_number(to, row, "denominator");
    put_number(to, row, "overdue");
    put_heard(to, row, now);
    fputs("</tr>\n", to);
}

static void put_progress(FILE *to, const json_t *report, time_t now)
{
    size_t i;
    json_t *row;
    fputs("<h2>Progress by ", to);
    hw_html_text(to, hw_doc_text(report, "by"));
    fputs("</h2>\n<table><thead><tr><th scope=\"col\">", to);
    hw_html_text(to, hw_doc_text(report, "by"));
    fputs("</th><th scope=\"col\">state of the work</th><th scope=\"col\" class=\"n\">done</th>"
          "<th scope=\"col\" class=\"n\">counted</th><th scope=\"col\" class=\"n\">overdue</th>"
          "<th scope=\"col\">last heard</th></tr></thead>\n<tbody>\n",
          to);
    json_array_foreach(hw_doc_list(report, "rows"), i, row) {
        put_progress_row(to, row, name_of(row), now);
    }
    fputs("</tbody><tfoot>\n", to);
    put_progress_row(to, json_object_get(report, "total"), "Total", now);
    fputs("</tfoot></table>\n<p class=\"key\">", to);
    for (i = 0; i < PARTS; i++)
        fprintf(to, "<i style=\"background:%s\"></i>%s", parts[i].colour, parts[i].label);
    fputs("</p>\n", to);
}

static const struct part figures[] = {
    {"total", "total", NULL},           {"completed", "completed", NULL},
    {"in_progress", "in progress", NULL}, {"not_started", "not started", NULL},
    {"on_hold", "on hold", NULL},       {"proposed", "proposed", NULL},
    {"not_applicable", "not applicable", NULL}, {"cancelled", "cancelled", NULL},
    {"overdue", "overdue", NULL},       {"no_date", "no date", NULL},
    {"offices", "offices", NULL},
};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static void put_figures_row(FILE *to, const json_t *row, const char *name)
{
    fputs("<tr><th scope=\"row\" dir=\"auto\">", to);
    hw_html_text(to, name);
    fputs("</th>", to);
    for (size_t i = 0; i < FIGURES; i++)
        put_number(to, row, figures[i].key);
    fputs("</tr>\n", to);
}

static void put_figures(FILE *to, const json_t *report)
{
    size_t i;
    json_t *row;
    fputs("<h2>All figures</h2>\n<table class=\"small\"><thead><tr><th scope=\"col\">", to);
    hw_html_text(to, hw_doc_text(report, "by"));
    fputs("</th>", to);
    for (i = 0; i < FIGURES; i++)
        fprintf(to, "<th scope=\"col\" class=\"n\">%s</th>", figures[i].label);
    fputs("</tr></thead>\n<tbody>\n", to);
    json_array_foreach(hw_doc_list(report, "rows"), i, row) {
        put_figures_row(to, row, name_of(row));
    }
    fputs("</tbody><tfoot>\n", to);
    put_figures_row(to, json_object_get(report, "total"), "Total");
    fputs("</tfoot></table>\n", to);
}

static void put_fact(FILE *to, const json_t *total, const char *key, const char *label)
{
    fprintf(to, "<li><b>%lld</b><span>%s</span></li>", hw_doc_int(total, key), label);
}

static void put_facts(FILE *to, const json_t *total)
{
    fputs("<ul class=\"facts\"><li><b>", to);
    put_percent(to, total);
    fprintf(to, "</b><span>done: %lld of %lld</span></li>", hw_doc_int(total, "completed"), hw_doc_int(total, "denominator"));
    put_fact(to, total, "in_progress", "in progress");
    put_fact(to, total, "overdue", "overdue");
    put_fact(to, total, "no_date", "without a date");
    put_fact(to, total, "offices", "offices");
    fputs("</ul>\n", to);
}

/* "by region · period 2016-Q4 · filters ... · printed 23 November 2026" */
static void put_about(FILE *to, const json_t *report, char *const *words, size_t words_n, time_t now)
{
    struct tm tm;
    char day[64] = "";
    fputs("<p class=\"about\">", to);
    if (hw_doc_has(report, "period")) {
        fputs("Period ", to);
        hw_html_text(to, hw_doc_text(report, "period"));
        fputs(" · ", to);
    }
    if (hw_doc_has(report, "as_of")) {
        fputs("as admitted by ", to);
        hw_html_text(to, hw_doc_text(report, "as_of"));
        fputs(" · ", to);
    }
    for (size_t i = 0; i < words_n; i++) {
        fputs(i ? " " : "only ", to);
        hw_html_text(to, words[i]);
    }
    if (gmtime_r(&now, &tm))
        strftime(day, sizeof day, "%e %B %Y, %H:%M UTC", &tm);
    fprintf(to, "%smade on %s</p>\n", words_n ? " · " : "", day);
}

static void put_freshness(FILE *to, const json_t *report)
{
    size_t i;
    json_t *one;
    bool any = false;
    json_array_foreach(hw_doc_list(report, "freshness"), i, one) {
        if (!*hw_doc_text(one, "note"))
            continue;
        fputs(any ? "<li>" : "<h2>Offices not heard from</h2>\n<ul>\n<li>", to);
        hw_html_text(to, hw_doc_text(one, "note"));
        fputs("</li>\n", to);
        any = true;
    }
    if (any)
        fputs("</ul>\n", to);
}

void hw_report_html(FILE *to, const json_t *report, char *const *words, size_t words_n, time_t now)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Progress by ",
          to);
    hw_html_text(to, hw_doc_text(report, "by"));
    fputs("</title>\n<style>\n", to);
    fputs(page_style, to);
    fputs("</style>\n</head>\n<body>\n<main>\n<h1>Progress of the workplans</h1>\n", to);
    put_about(to, report, words, words_n, now);
    put_facts(to, json_object_get(report, "total"));
    put_progress(to, report, now);
    put_freshness(to, report);
    put_figures(to, report);
    fputs("</main>\n<footer>Done = completed ÷ (total − not applicable − cancelled). Counted: activities, milestones, "
          "targets, next steps, recommendations, and deliverables that stand alone. A row with several countries counts "
          "in each and once in the total. Overdue: the deadline has passed and the work is not done.</footer>\n"
          "</body>\n</html>\n",
          to);
}
