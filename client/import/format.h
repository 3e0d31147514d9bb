/* format.h: how a workbook shows a number.  Floor 2, noun: import format. */
#ifndef CLIENT_IMPORT_FORMAT_H
#define CLIENT_IMPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of a number format is needed to write the number as text. */
struct hw_import_format {
    bool year, month, day, time; /* a point in time, when one of them is set */
    bool elapsed;                /* [h]:mm: hours that run past a day */
    bool percent;
    uint8_t decimals; /* at least so many, 1.10 is not 1.1 */
    uint8_t digits;   /* before the point, at least: 007 */
};
/* From a format code, "dd/mm/yyyy;@". */
struct hw_import_format hw_import_format_read(const char *code);
/* One that every workbook has (ECMA-376 part 1, 18.8.30); plain when there is none of that number. */
struct hw_import_format hw_import_format_builtin(long id);

enum { HW_IMPORT_PRINTED_MAX = 64 };
/* The number as a person sees it, except that no digit is rounded away: dates
 * as 2016-12-31, with the time where there is one; a month where only the
 * month is shown. `since1904`: the workbook counts days from then. */
void hw_import_format_print(const struct hw_import_format *format, double number, bool since1904,
                            char out[HW_IMPORT_PRINTED_MAX]);

#endif
