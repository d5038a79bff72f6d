/* The maximum of P steps, and the way back. The first of equal maxima wins. */
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

/* y[f] = the greatest of P steps of x, index[f] = which. With relu what is not above 0 is 0, and its index -1. A NaN is
 * greater than anything: it must stay visible. */
static inline void pool_steps(size_t F, int P, bool relu, const float *x, size_t x_stride, float *y,
                              int32_t *index)
{
    const size_t whole = F / POOL_STRIP * POOL_STRIP;
    for (size_t f = 0; f < whole; f += POOL_STRIP)
        pool_strip(POOL_STRIP, P, relu, x + f, x_stride, y + f, index + f);
    pool_strip(F - whole, P, relu, x + whole, x_stride, y + whole, index + whole);
}

/* dx of the P steps: dy where the maximum was, zero elsewhere. */
static inline void unpool_steps(size_t F, int P, const int32_t *restrict index, const float *restrict dy,
                                float *dx, size_t dx_stride)
{
    for (int p = 0; p < P; p++) {
        float *restrict step = dx + (size_t)p * dx_stride;
#pragma omp simd
        for (size_t f = 0; f < F; f++) {
            float gradient = dy[f];
            step[f] = index[f] == p ? gradient : 0.0f;
        }
    }
}

#endif
