/* What each op of a training step takes: a line of JSON each, in bench_gpu's words, and a table for people. */
#ifndef BENCH_OP_ROWS_H
#define BENCH_OP_ROWS_H

#include "op_times.h"

#include <stdio.h>

/* What the processor can do at best, a second: arithmetic in registers, and memory (peak.h). */
struct op_peaks {
    double flops, bytes;
};

struct op_report {
    const char *model, *commit, *kernels;
    const struct backend_options *options;
    int seed;
    struct network *network;
    int rows;       /* of a batch */
    double step_us; /* median of the steps */
    double foreign_load;
    struct op_times *times; /* sorted when they are printed */
    struct op_peaks peaks;
};

/* JSON on standard output, the table on a stream. The last line is "rest": what of a step is no op's. Fails where steps
 * differed in their ops. */
bool op_rows_print(const struct op_report *report, FILE *table, struct error *error);

/* Seconds that work takes at the least at these peaks. */
double op_least_seconds(double flops, double bytes, const struct op_peaks *peaks);

#endif
