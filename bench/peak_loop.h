/* Loops that do nothing but what they measure, for one instruction set each: peak_loop.c is compiled once for each. */
#ifndef BENCH_PEAK_LOOP_H
#define BENCH_PEAK_LOOP_H

#include <stddef.h>

enum { PEAK_LANES_MAX = 16, PEAK_SUMS = 12 };

struct peak_loops {
    int lanes; /* floats of a vector */
    /* `rounds` times PEAK_SUMS multiplications and additions of vectors, independent of each other and in registers.
     * values: (PEAK_SUMS + 2, lanes) numbers to work on; the result is of no use but that it must be computed. */
    float (*multiply_add)(long rounds, const float *values);
    /* Reads `count` floats, a multiple of PEAK_LANES_MAX * 8. */
    float (*read)(size_t count, const float *from);
    /* Reads and writes them. */
    void (*scale)(size_t count, float *values, float factor);
};

#if defined(__x86_64__)
extern const struct peak_loops peak_loops_v4, peak_loops_v3, peak_loops_v1;
#else
extern const struct peak_loops peak_loops_native;
#endif

#endif
