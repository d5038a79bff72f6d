/* What the processor can do at best, with the vectors of the kernels that were chosen. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "matinee/error.h"

#include <stddef.h>

struct peak_loops;

/* The name of the kernels that --cpu-kernels NAME takes: NAME, or what "auto" or NULL stands for here. */
const char *peak_kernels(const char *name);

/* The loops for kernels of a name from peak_kernels. */
const struct peak_loops *peak_loops_of(const char *kernels);

/* Flops a second of all threads together, operands in registers: the best of some runs, 0.1 s in all. */
double peak_flops(const struct peak_loops *loops, int threads);

/* Bytes a second of all threads together, each of which reads `bytes` of its own over and over. */
bool peak_reading(const struct peak_loops *loops, int threads, size_t bytes, double *per_second,
                  struct error *error);

/* Bytes a second, read and written both counted, of all threads together over 64 MiB: about what a step of the
 * tutorials' LSTM leaves for its backward pass, and more than the caches of a few cores hold. */
bool peak_memory(const struct peak_loops *loops, int threads, double *per_second, struct error *error);

#endif
