/* MATINEE_LOOPS names the table (bench/CMakeLists.txt). Vectors are as wide as those of src/cpu/kernels.c. */
#include "peak_loop.h"

#include <string.h>

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static inline vector load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

static float total(const vector *sums, int count)
{
    float sum = 0;
    for (int i = 0; i < count; i++)
        for (int lane = 0; lane < LANES; lane++)
            sum += sums[i][lane];
    return sum;
}

/* Twelve chains: an operation waits for itself alone, and the longest wait of today's processors, four or five steps of
 * two operations, is filled. */
static float multiply_add(long rounds, const float *values)
{
    vector sum[PEAK_SUMS];
    const vector factor = load(values + PEAK_SUMS * LANES), term = load(values + (PEAK_SUMS + 1) * LANES);
#pragma GCC unroll 12
    for (int i = 0; i < PEAK_SUMS; i++)
        sum[i] = load(values + i * LANES);
#pragma GCC unroll 1
    for (long round = 0; round < rounds; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < PEAK_SUMS; i++)
            sum[i] = sum[i] * factor + term;
    }
    return total(sum, PEAK_SUMS);
}

static float read(size_t count, const float *from)
{
    enum { SUMS = 8 };
    vector sum[SUMS] = {{0}};
    for (size_t at = 0; at < count; at += SUMS * LANES) {
#pragma GCC unroll 8
        for (int i = 0; i < SUMS; i++)
            sum[i] += load(from + at + (size_t)i * LANES);
    }
    return total(sum, SUMS);
}

static void scale(size_t count, float *values, float factor)
{
    for (size_t at = 0; at < count; at += LANES) {
        vector v = load(values + at) * factor;
        memcpy(values + at, &v, sizeof v);
    }
}

const struct peak_loops MATINEE_LOOPS = {
    .lanes = LANES, .multiply_add = multiply_add, .read = read, .scale = scale};
