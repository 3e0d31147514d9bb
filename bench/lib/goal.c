/* goal.c: see goal.h (bench). */
#include "bench/lib/goal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static const struct {
    const char *text, *unit;
    double required, aim;
    bool more;
} goals[] = {
    {"", "", 0, 0, false},
#define X(name, text, unit, required, aim, more) {text, unit, required, aim, more},
    HW_GOALS(X)
#undef X
};

static void number(char text[16], double value, const char *unit)
{
    if (value <= 0)
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, value < 100 ? "%.4g%s%s" : "%.0f%s%s", value, *unit ? " " : "", unit);
}

void hw_goal_print(enum hw_goal goal, double value, const char *format, ...)
{
    char figures[160], measured[16], required[16], aim[16];
    const char *unit = goals[goal].unit;
    bool good = goals[goal].more ? value >= goals[goal].required : value <= goals[goal].required;
    bool best = goals[goal].more ? value >= goals[goal].aim : value <= goals[goal].aim;
    va_list args;
    va_start(args, format);
    vsnprintf(figures, sizeof figures, format, args);
    va_end(args);
    snprintf(measured, sizeof measured, value < 100 ? "%.2f%s%s" : "%.0f%s%s", value, *unit ? " " : "", unit);
    number(required, goals[goal].required, unit);
    number(aim, goals[goal].aim, unit);
    printf("%-54s %9s %9s %9s %-5s %s\n", goals[goal].text, measured, required, aim, best ? "aim" : good ? "ok" : "NOT",
           figures);
    fflush(stdout);
}
