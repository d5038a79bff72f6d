#include "peak.h"

#include "peak_loop.h"
#include "row.h"

#include "matinee/backend.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 8, ALIGNMENT = 64, BLOCK_FLOATS = 8 * PEAK_LANES_MAX };

static const struct {
    const char *kernels;
    const struct peak_loops *loops;
} tables[] = {
#if defined(__x86_64__)
    {"avx512", &peak_loops_v4},
    {"avx2", &peak_loops_v3},
    {"sse2", &peak_loops_v1},
#else
    {"native", &peak_loops_native},
#endif
};

const char *peak_kernels(const char *name)
{
    struct kernel_set set = {.name = NULL};
    if (name && strcmp(name, "auto") != 0)
        return name;
    for (int i = 0; backend_kernel_set(i, &set) && !set.runs;)
        i++;
    return set.name;
}

const struct peak_loops *peak_loops_of(const char *kernels)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (strcmp(tables[i].kernels, kernels) == 0)
            return tables[i].loops;
    assert(false && "kernels without loops");
    return NULL;
}

static _Thread_local volatile float sink; /* so that no result may be left out */

double peak_flops(const struct peak_loops *loops, int threads)
{
    const double flops_of_round = 2.0 * PEAK_SUMS * loops->lanes, flops_of_run = 1e9;
    const long rounds = (long)(flops_of_run / flops_of_round);
    float values[(PEAK_SUMS + 2) * PEAK_LANES_MAX];
    double best = 0;
    /* x -> x/2 + 1 ends at 2 from anywhere: no number grows, vanishes or becomes denormal. */
    for (int i = 0; i < (PEAK_SUMS + 2) * loops->lanes; i++)
        values[i] = i < PEAK_SUMS * loops->lanes         ? 1.0f + (float)i
                    : i < (PEAK_SUMS + 1) * loops->lanes ? 0.5f
                                                         : 1.0f;
    for (int run = 0; run < RUNS; run++) {
        double began = bench_clock_us();
#pragma omp parallel num_threads(threads)
        sink = loops->multiply_add(rounds, values);
        double seconds = 1e-6 * (bench_clock_us() - began),
               rate = threads * (double)rounds * flops_of_round / seconds;
        best = rate > best ? rate : best;
    }
    return best;
}

/* Each thread's own floats, one block after another; NULL with an error without memory. */
static float *take(int threads, size_t count, struct error *error)
{
    void *memory = NULL;
    const size_t bytes = (size_t)threads * count * sizeof(float);
    if (posix_memalign(&memory, ALIGNMENT, bytes) != 0) {
        error_memory(error, "the measuring of memory", bytes);
        return NULL;
    }
    float *floats = memory;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; thread++)
        for (size_t i = 0; i < count; i++)
            floats[(size_t)thread * count + i] = 1.0f;
    return floats;
}

bool peak_reading(const struct peak_loops *loops, int threads, size_t bytes, double *per_second,
                  struct error *error)
{
    const size_t count = (bytes / sizeof(float) + BLOCK_FLOATS - 1) / BLOCK_FLOATS * BLOCK_FLOATS;
    const int times = 1 + (int)((32u << 20) / (count * sizeof(float)));
    float *floats = take(threads, count, error);
    if (!floats)
        return false;
    *per_second = 0;
    for (int run = 0; run < RUNS; run++) {
        double began = bench_clock_us();
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++)
            for (int i = 0; i < times; i++)
                sink = loops->read(count, floats + (size_t)thread * count);
        double seconds = 1e-6 * (bench_clock_us() - began);
        double rate = (double)threads * times * (double)(count * sizeof(float)) / seconds;
        *per_second = rate > *per_second ? rate : *per_second;
    }
    free(floats);
    return true;
}

bool peak_memory(const struct peak_loops *loops, int threads, double *per_second, struct error *error)
{
    const size_t total = (size_t)64 << 20, of_thread = total / sizeof(float) / (size_t)threads;
    const size_t count = of_thread / BLOCK_FLOATS * BLOCK_FLOATS;
    float *floats = take(threads, count, error);
    if (!floats)
        return false;
    *per_second = 0;
    for (int run = 0; run < RUNS; run++) {
        double began = bench_clock_us();
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++)
            loops->scale(count, floats + (size_t)thread * count, 1.0f);
        double seconds = 1e-6 * (bench_clock_us() - began);
        double rate = 2.0 * threads * (double)(count * sizeof(float)) / seconds;
        *per_second = rate > *per_second ? rate : *per_second;
    }
    free(floats);
    return true;
}
