/* sample.h: the clock, and medians of what it measured.  Bench. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>

/* Seconds of the monotonic clock. */
double hw_sample_now(void);

/* Measurements of one figure. Zero-initialised by the caller; hw_sample_done frees. */
struct hw_sample {
    double *values;
    size_t n, cap;
};
void hw_sample_add(struct hw_sample *sample, double value);
/* The value below which the share `at` (0 to 1) of all lie; 0.5 is the median. Sorts. 0 when there are none. */
double hw_sample_at(struct hw_sample *sample, double at);
void hw_sample_done(struct hw_sample *sample);

/* One line of the table. `ratio` < 0: none. */
void hw_sample_print(const char *measure, double ratio, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
