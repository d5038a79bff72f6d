/* The kernels of maxima over steps. Their loops have no branches: so they become vectors. */
#ifndef CPU_POOL_H
#define CPU_POOL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_STRIP = 16 }; /* features that are pooled at once, in registers */

/* Features [f, f + width) of pool_steps. */
static inline void pool_strip(size_t width, int P, bool relu, const float *restrict x, size_t x_stride,
                              float *restrict y, int32_t *restrict index)
{
    float best[POOL_STRIP];
    int32_t which[POOL_STRIP];
#pragma omp simd
    for (size_t f = 0; f < width; f++) {
        best[f] = relu ? 0.0f : -INFINITY;
        which[f] = relu ? -1 : 0;
    }
    for (int p = 0; p < P; p++, x += x_stride) {
#pragma omp simd
        for (size_t f = 0; f < width; f++) {
            bool greater = (x[f] > best[f]) | (x[f] != x[f]);
            best[f] = greater ? x[f] : best[f];
            which[f] = greater ? p : which[f];
        }
    }
#pragma omp simd
    for (size_t f = 0; f < width; f++) {
        y[f] = best[f];
        index[f] = which[f];
    }
}

static void pool_steps(size_t F, int P, bool relu, const float *x, size_t x_stride, float *y, int32_t *index)
{
    const size_t whole = F / POOL_STRIP * POOL_STRIP;
    for (size_t f = 0; f < whole; f += POOL_STRIP)
        pool_strip(POOL_STRIP, P, relu, x + f, x_stride, y + f, index + f);
    pool_strip(F - whole, P, relu, x + whole, x_stride, y + whole, index + whole);
}

static void unpool_steps(size_t F, int P, const int32_t *restrict index, const float *restrict dy,
                         float *restrict dx, size_t dx_stride)
{
    for (int p = 0; p < P; p++, dx += dx_stride)
        for (size_t f = 0; f < F; f++) {
            float gradient = dy[f];
            dx[f] = index[f] == p ? gradient : 0.0f;
        }
}

static void raise_maxima(size_t count, const float *restrict x, float *restrict best, float *restrict counts)
{
    for (size_t i = 0; i < count; i++) {
        bool greater = (x[i] > best[i]) | (x[i] != x[i]);
        float as_great = counts[i] + (x[i] == best[i] ? 1.0f : 0.0f);
        counts[i] = greater ? 1.0f : as_great;
        best[i] = greater ? x[i] : best[i];
    }
}

#endif
