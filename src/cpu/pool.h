/* The maximum of P steps, and the way back. The first of equal maxima wins. */
#ifndef CPU_POOL_H
#define CPU_POOL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* y[f] = the greatest of P steps of x, index[f] = which. With relu what is not above 0 is 0, and its index -1. A NaN is
 * greater than anything: it must stay visible. */
static inline void pool_steps(size_t F, int P, bool relu, const float *x, size_t x_stride, float *restrict y,
                              int32_t *restrict index)
{
#pragma omp simd
    for (size_t f = 0; f < F; f++) {
        y[f] = relu ? 0.0f : -INFINITY;
        index[f] = relu ? -1 : 0;
    }
    for (int p = 0; p < P; p++) {
        const float *restrict step = x + (size_t)p * x_stride;
#pragma omp simd
        for (size_t f = 0; f < F; f++) {
            bool greater = (step[f] > y[f]) | (step[f] != step[f]);
            y[f] = greater ? step[f] : y[f];
            index[f] = greater ? p : index[f];
        }
    }
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
