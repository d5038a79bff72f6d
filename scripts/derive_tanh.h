/* The approximation of src/cpu/cells.h for one float, with every rounding written out: what derive_tanh.py searches
 * with and proves on every float. */
#ifndef DERIVE_TANH_H
#define DERIVE_TANH_H

#include "tanh_coefficients.h"

#include <math.h>

/* This way round a NaN passes through. */
static inline float clamp_symmetric(float x, float limit)
{
    x = x > limit ? limit : x;
    return x < -limit ? -limit : x;
}

/* Errors: tanh_coefficients.h. Never beyond -1 or 1, odd to the bit, signed zeros kept, NaN stays NaN. */
static inline float tanh_float(float x)
{
    const float *p = tanh_numerator, *q = tanh_denominator;
    x = clamp_symmetric(x, tanh_limit);
    float y = x * x;
    float a = x * fmaf(fmaf(p[2], y, p[1]), y, p[0]);
    float b = fmaf(fmaf(fmaf(q[3], y, q[2]), y, q[1]), y, q[0]);
    return (a + a) * b / fmaf(b, b, a * a);
}

/* 1/2 + tanh(x/2)/2, with the halves inside the coefficients: exact powers of two. Never beyond 0 or 1. */
static inline float sigmoid_float(float x)
{
    const float *p = sigmoid_numerator, *q = sigmoid_denominator;
    x = clamp_symmetric(x, sigmoid_limit);
    float y = x * x;
    float a = x * fmaf(fmaf(p[2], y, p[1]), y, p[0]);
    float b = fmaf(fmaf(fmaf(q[3], y, q[2]), y, q[1]), y, q[0]);
    return 0.5f + a * b / fmaf(b, b, a * a);
}

#endif
