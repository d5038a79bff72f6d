/* What every measuring program prints: one line of JSON for each thing timed. */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include "matinee/backend.h"

struct bench_row {
    const char *name;  /* "step lstm", "conv_pool" */
    const char *shape; /* "N=64 T=500" */
    const char *commit;
    const struct backend *backend;
    const struct backend_options *options;
    const char *lstm_engine; /* "generic", "cudnn", "fused"; "" for what does not depend on it */
    double *us;              /* (count) the samples; sorted when they are printed */
    int count;
    double predicted_us; /* 0: nothing was predicted */
};

double bench_clock_us(void);

void bench_sort(double *values, int count);
/* Of sorted values, between neighbours. */
double bench_quantile(const double *sorted, int count, double fraction);
/* The standard deviation of a sample, divided by count - 1; 0 for one value. */
double bench_deviation(const double *values, int count);

/* {"name": ..., "shape": ..., ... without the closing brace, so that a program may add fields. */
void bench_row_begin(const struct bench_row *row);
/* , "foreign_load": ...; below 0 it is not known. */
void bench_print_load(double foreign_load);
void bench_row_end(void);

/* What design predicts on an H100 at the tutorials' sizes; 0: nothing. Tutorial sizes only. */
double predicted_us(const char *name, const char *lstm_engine);

/* "auto", "fused", "cudnn" or "generic" of the engine option; "cpu" for that backend. */
const char *bench_engine_name(const struct backend *backend, enum engine_choice engine);

#endif
