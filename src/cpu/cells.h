/* The arithmetic of an LSTM's units, a vector of them at a time: tanh, sigmoid, a step forward and a step back. */
#ifndef CPU_CELLS_H
#define CPU_CELLS_H

#include "tanh_coefficients.h"
#include "vectors.h"

/* This way round a NaN passes. */
always_inline vector clamp(vector x, float limit)
{
    x = select(x > limit, splat(limit), x);
    return select(x < -limit, splat(-limit), x);
}

/* tanh(u)/2 for |u| <= limit, clamped there. With y = u*u:
 *
 *     tanh(u/2) ~ a/b      a = u * (p0 + p1 y + p2 y^2)      b = q0 + q1 y + q2 y^2 + q3 y^3
 *     tanh(u)/2 = ab / (a^2 + b^2)
 *
 * The last line forgives: an error of a/b counts 1/cosh(u), a quarter at |u| = 2, so low degrees are enough. tanh is
 * within 3.01 ulp where products and sums are fused, within 4.01 elsewhere. NaN stays NaN. */
always_inline vector half_tanh(vector u, float limit, const float *p, const float *q)
{
    u = clamp(u, limit);
    vector y = u * u;
    vector a = u * ((p[2] * y + p[1]) * y + p[0]);
    vector b = ((q[3] * y + q[2]) * y + q[1]) * y + q[0];
    vector half = a * b / (b * b + a * a);
#ifndef __FP_FAST_FMAF
    half = clamp(half, 0.5f); /* rounded twice, the square of the greater one can be too small */
#endif
    return half;
}

always_inline vector vector_tanh(vector x)
{
    return 2.0f * half_tanh(x, tanh_limit, tanh_numerator, tanh_denominator);
}

/* 1/2 + tanh(x/2)/2; the halves are inside the coefficients. */
always_inline vector vector_sigmoid(vector x)
{
    return 0.5f + half_tanh(x, sigmoid_limit, sigmoid_numerator, sigmoid_denominator);
}

/* clip(slope*z + 1/2, 0, 1); NaN stays NaN. */
always_inline vector vector_hard_sigmoid(vector z, float slope)
{
    vector y = slope * z + 0.5f;
    y = select(y > 1.0f, splat(1.0f), y);
    return select(y < 0.0f, splat(0.0f), y);
}

always_inline vector recurrent_activation(vector z, float hard_slope)
{
    return hard_slope > 0.0f ? vector_hard_sigmoid(z, hard_slope) : vector_sigmoid(z);
}

/* d activation / d z from the activation y itself. */
always_inline vector recurrent_derivative(vector y, float hard_slope)
{
    if (hard_slope > 0.0f)
        return (vector)((y > 0.0f) & (y < 1.0f) & (mask)splat(hard_slope));
    return y - y * y;
}

/* One vector of units of one row. */
struct cell {
    vector i, f, g, o, c;
};

/* In: the gates before their nonlinearity, cell->c the state before the step. Out: after. Returns h after it. */
always_inline vector cell_forward(struct cell *cell, float hard_slope)
{
    cell->i = recurrent_activation(cell->i, hard_slope);
    cell->f = recurrent_activation(cell->f, hard_slope);
    cell->g = vector_tanh(cell->g);
    cell->o = recurrent_activation(cell->o, hard_slope);
    cell->c = cell->f * cell->c + cell->i * cell->g;
    return cell->o * vector_tanh(cell->c);
}

/* In: the gates, cell->c the state before the step. Out: dz of the gates, cell->c = d loss / d c before the step. */
always_inline void cell_backward(struct cell *cell, vector c_next, vector dh, vector dc_next,
                                 float hard_slope)
{
    vector i = cell->i, f = cell->f, g = cell->g, o = cell->o;
    vector tanh_c = vector_tanh(c_next);
    vector dc = dc_next + dh * o * (1.0f - tanh_c * tanh_c);
    cell->i = dc * g * recurrent_derivative(i, hard_slope);
    cell->f = dc * cell->c * recurrent_derivative(f, hard_slope);
    cell->g = dc * i * (1.0f - g * g);
    cell->o = dh * tanh_c * recurrent_derivative(o, hard_slope);
    cell->c = dc * f;
}

/* Four gates `stride` floats apart. Where a vector reaches from one gate into the next, as it does for the last few
 * units, what it stores there is overwritten by the next gate's store. */
always_inline struct cell load_cell(const float *gates, size_t stride, const float *c)
{
    return (struct cell){load(gates), load(gates + stride), load(gates + 2 * stride),
                         load(gates + 3 * stride), load(c)};
}

always_inline void store_gates(const struct cell *cell, float *gates, size_t stride)
{
    store(gates, cell->i);
    store(gates + stride, cell->f);
    store(gates + 2 * stride, cell->g);
    store(gates + 3 * stride, cell->o);
}

#endif
