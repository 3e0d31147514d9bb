/* sample.c: see sample.h (bench). */
#include "bench/lib/sample.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "headway/bytes.h"

double hw_sample_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void hw_sample_add(struct hw_sample *sample, double value)
{
    if (sample->n == sample->cap) {
        sample->cap = sample->cap ? sample->cap * 2 : 64;
        sample->values = hw_realloc(sample->values, sample->cap * sizeof *sample->values);
    }
    sample->values[sample->n++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double hw_sample_at(struct hw_sample *sample, double at)
{
    if (sample->n == 0)
        return 0;
    qsort(sample->values, sample->n, sizeof *sample->values, by_value);
    return sample->values[(size_t)(at * (double)(sample->n - 1) + 0.5)];
}

void hw_sample_done(struct hw_sample *sample)
{
    free(sample->values);
    *sample = (struct hw_sample){0};
}

void hw_sample_print(const char *measure, double ratio, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char measured[16] = "";
    if (ratio >= 0)
        snprintf(measured, sizeof measured, "%.2f", ratio);
    printf("%-54s %9s %9s %9s %-5s %s\n", measure, measured, "", "", "", text); /* the columns of hw_goal_print */
    fflush(stdout);
}
