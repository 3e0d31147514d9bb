/* format.c: how a workbook shows a number.
 * Floor 2, noun: import format.  A date in a workbook is a count of days with a format
 * that has letters of date in it. Counts begin with 1 = 1 January 1900, and the
 * day 60 is 29 February of that year, which never was (a mistake of Lotus 1-2-3
 * that all have kept), or with 0 = 1 January 1904. */
#include "client/import/format.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* 31 December 9999, the last day that Excel knows. */
static const double last_day = 2958465;
/* Fifteen digits are what a workbook keeps of a number. */
enum { DIGITS = 15, DECIMALS_MAX = 15, SECONDS_OF_DAY = 86400 };

/* What stands at `code` without being part of the format: quoted text, an
 * escaped character, a bracket. 0 when it is none of those. */
static size_t aside(const char *code, struct hw_import_format *format)
{
    const char *end;
    switch (*code) {
    case '"':
        end = strchr(code + 1, '"');
        return end != NULL ? (size_t)(end - code) + 1 : strlen(code);
    case '\\':
    case '_':
    case '*':
        return code[1] != 0 ? 2 : 1;
    case '[':
        end = strchr(code, ']');
        /* [h], [mm], [ss]; others are colours, conditions and languages. */
        if (end != NULL && strspn(code + 1, "hHmMsS") == (size_t)(end - code) - 1 && end - code > 1)
            format->time = format->elapsed = true;
        return end != NULL ? (size_t)(end - code) + 1 : strlen(code);
    default:
        if (strncasecmp(code, "AM/PM", 5) == 0)
            return 5;
        return strncasecmp(code, "A/P", 3) == 0 ? 3 : 0;
    }
}

/* "m" is a month beside years and days, and a minute beside hours and seconds. */
static bool minutes(const char *code, size_t at, size_t n, bool after_hour)
{
    size_t next = at + n;
    while (code[next] != 0 && strchr(":. ", code[next]) != NULL)
        next++;
    return after_hour || code[next] == 's' || code[next] == 'S' || (code[next] == '[' && code[next + 1] == 's');
}

static void read_letter(const char *code, size_t at, size_t n, bool *after_hour, struct hw_import_format *format)
{
    switch (code[at] | 0x20) {
    case 'y':
        format->year = true;
        break;
    case 'd':
        format->day = true;
        break;
    case 'h':
    case 's':
        format->time = true;
        break;
    case 'm':
        if (minutes(code, at, n, *after_hour))
            format->time = true;
        else
            format->month = true;
        break;
    default:
        return;
    }
    *after_hour = (code[at] | 0x20) == 'h';
}

static void read_digits(const char *code, size_t at, bool *point, struct hw_import_format *format)
{
    if (code[at] == '.')
        *point = true;
    else if (code[at] == '%')
        format->percent = true;
    else if (code[at] == '0' && *point && format->decimals < DECIMALS_MAX)
        format->decimals++;
    else if (code[at] == '0' && !*point && format->digits < DIGITS)
        format->digits++;
}

struct hw_import_format hw_import_format_read(const char *code)
{
    struct hw_import_format format = {.digits = 0};
    bool after_hour = false, point = false;
    if (strncmp(code, "General", 7) == 0)
        return format;
    for (size_t at = 0; code[at] != 0 && code[at] != ';';) {
        size_t n = aside(code + at, &format);
        if (n > 0) {
            after_hour = after_hour || (format.elapsed && (code[at + 1] | 0x20) == 'h');
            at += n;
            continue;
        }
        n = 1;
        while (code[at + n] == code[at] && strchr("yYmMdDhHsS", code[at]) != NULL)
            n++;
        read_letter(code, at, n, &after_hour, &format);
        read_digits(code, at, &point, &format);
        at += n;
    }
    /* The zeros of "hh:mm:ss.000" and of scientific notation mean something else. */
    if (format.year || format.month || format.day || format.time || strpbrk(code, "eE") != NULL)
        format.decimals = format.digits = 0;
    return format;
}

struct hw_import_format hw_import_format_builtin(long id)
{
    static const struct {
        long first, last;
        const char *code;
    } formats[] = {{1, 1, "0"},        {2, 2, "0.00"},       {3, 3, "#,##0"},      {4, 4, "#,##0.00"},
                   {9, 9, "0%"},       {10, 10, "0.00%"},    {14, 15, "d/m/yyyy"}, {16, 16, "d-mmm"},
                   {17, 17, "mmm-yy"}, {18, 21, "h:mm"},     {22, 22, "m/d/yy h:mm"}, {27, 31, "yyyy/m/d"},
                   {32, 35, "h:mm"},   {36, 36, "yyyy/m/d"}, {37, 38, "#,##0"},    {39, 40, "#,##0.00"},
                   {45, 45, "mm:ss"},  {46, 46, "[h]:mm:ss"}, {47, 47, "mm:ss.0"}, {50, 54, "yyyy/m/d"},
                   {55, 56, "h:mm"},   {57, 58, "yyyy/m/d"}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (id >= formats[i].first && id <= formats[i].last)
            return hw_import_format_read(formats[i].code);
    return (struct hw_import_format){.digits = 0};
}

/* Days since 1970 to a date, after Howard Hinnant, "chrono-compatible
 * low-level date algorithms", civil_from_days. */
static void civil(long days, int *year, int *month, int *day)
{
    days += 719468;
    long era = days / 146097, of_era = days - era * 146097;
    long years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * years + years / 4 - years / 100), shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

/* Whether the day of the month says nothing: it is not shown, and the first or
 * the last one, as people type who mean the month. */
static bool month_alone(const struct hw_import_format *format, long days, int day)
{
    int year, month, tomorrow;
    civil(days + 1, &year, &month, &tomorrow);
    return !format->day && (day == 1 || tomorrow == 1);
}

static size_t print_date(const struct hw_import_format *format, long serial, bool since1904,
                         char out[HW_IMPORT_PRINTED_MAX])
{
    /* Days from 1970 to 1 January 1904, and to 30 December 1899: after the
     * day that never was, counting from there gives the right days. */
    enum { FROM_1904 = -24107, FROM_1899 = -25569 };
    int year = 1900, month = 2, day = 29;
    long days = serial + (since1904 ? FROM_1904 : FROM_1899);
    if (!since1904 && serial < 60)
        days++;
    if (since1904 || serial != 60)
        civil(days, &year, &month, &day);
    if (format->year && !format->month && !format->day && !format->time &&
        ((month == 1 && day == 1) || (month == 12 && day == 31)))
        return (size_t)snprintf(out, HW_IMPORT_PRINTED_MAX, "%04d", year);
    if (format->month && !format->time && month_alone(format, days, day))
        return (size_t)snprintf(out, HW_IMPORT_PRINTED_MAX, "%04d-%02d", year, month);
    return (size_t)snprintf(out, HW_IMPORT_PRINTED_MAX, "%04d-%02d-%02d", year, month, day);
}

static void print_point(const struct hw_import_format *format, double number, bool since1904,
                        char out[HW_IMPORT_PRINTED_MAX])
{
    bool dated = format->year || format->month || format->day;
    /* The number is not negative, so the cast rounds down. */
    long serial = (long)number, seconds = (long)((number - (double)serial) * SECONDS_OF_DAY + 0.5);
    size_t n = 0;
    if (seconds == SECONDS_OF_DAY) {
        serial++;
        seconds = 0;
    }
    if (format->elapsed && !dated) {
        seconds += serial * SECONDS_OF_DAY;
    } else if (dated || serial > 0) {
        n = print_date(format, serial, since1904, out);
        if (seconds == 0)
            return;
        out[n++] = ' ';
    }
    int more = snprintf(out + n, HW_IMPORT_PRINTED_MAX - n, "%02ld:%02ld", seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 != 0)
        snprintf(out + n + (size_t)more, HW_IMPORT_PRINTED_MAX - n - (size_t)more, ":%02ld", seconds % 60);
}

/* As many decimals as the number has, at least those of the format. */
static void print_number(const struct hw_import_format *format, double number, char out[HW_IMPORT_PRINTED_MAX])
{
    int n = snprintf(out, HW_IMPORT_PRINTED_MAX - 1, "%.*g", DIGITS, number);
    if (strpbrk(out, "en") != NULL) /* 1e+20, inf, nan */
        return;
    const char *point = strchr(out, '.');
    size_t decimals = point != NULL ? strlen(point + 1) : 0;
    size_t whole = (size_t)n - decimals - (point != NULL) - (out[0] == '-');
    if (decimals < format->decimals || whole < format->digits) {
        int places = decimals < format->decimals ? format->decimals : (int)decimals;
        int width = format->digits + (places > 0 ? places + 1 : 0) + (out[0] == '-');
        /* Both are at most 15, so that it always fits. */
        snprintf(out, HW_IMPORT_PRINTED_MAX - 1, "%0*.*f", width, places, number);
    }
}

void hw_import_format_print(const struct hw_import_format *format, double number, bool since1904,
                            char out[HW_IMPORT_PRINTED_MAX])
{
    bool point = format->year || format->month || format->day || format->time;
    if (point && number >= 0 && number <= last_day) {
        print_point(format, number, since1904, out);
        return;
    }
    print_number(format, format->percent ? number * 100 : number, out);
    if (format->percent)
        memcpy(out + strlen(out), "%", 2);
}
