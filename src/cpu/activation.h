/* The gates' nonlinearities in float32, one number at a time.
 *
 * With u the argument of tanh, |u| clamped to tanh_limit, and y = u*u:
 *
 *     tanh(u/2) ~ a/b      a = u * (p0 + p1 y + p2 y^2)      b = q0 + q1 y + q2 y^2 + q3 y^3
 *     tanh(u) = 2ab / (a^2 + b^2)
 *
 * The last line forgives: an error of a/b counts 1/cosh(u), a quarter at |u| = 2, so low degrees are
 * enough. Every fmaf rounds once and the division is a true one; fma(b, b, a*a) keeps the greater square
 * exact. Vector code that does the same operations in this order gives the same bits. Where a product and
 * its sum round twice, expect an ulp more, and tanh one ulp beyond 1 for a few inputs above 8.
 */
#ifndef CPU_ACTIVATION_H
#define CPU_ACTIVATION_H

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
