/* The kernels of kernels.h in GCC's vector extensions, for the instruction set that this file is compiled for.
 *
 * MATINEE_KERNELS names the table, MATINEE_ISA the instruction set (src/cpu/CMakeLists.txt).
 */
#include "kernels.h"

#include "tanh_coefficients.h"

#include <math.h>
#include <string.h>

#define always_inline static inline __attribute__((always_inline))

/* A tile of TILE_ROWS x TILE_VECTORS accumulators, its TILE_VECTORS operands and one broadcast fill the register
 * file: 32 registers with AVX-512 and on arm64, 16 elsewhere. */
#if defined(__AVX512F__)
enum { LANES = 16, TILE_ROWS = 6, TILE_VECTORS = 4 };
#elif defined(__AVX__)
enum { LANES = 8, TILE_ROWS = 6, TILE_VECTORS = 2 };
#elif defined(__aarch64__)
enum { LANES = 4, TILE_ROWS = 6, TILE_VECTORS = 4 };
#else
enum { LANES = 4, TILE_ROWS = 6, TILE_VECTORS = 2 };
#endif
enum { PANEL = LANES * TILE_VECTORS, AT_MOST_3 = TILE_VECTORS < 3 ? TILE_VECTORS : 3 };

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int mask __attribute__((vector_size(LANES * sizeof(float))));

always_inline vector load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

always_inline void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/* Loads or stores the first n < LANES floats; the others are zero. */
always_inline vector load_part(const float *from, int n)
{
    vector v = {0};
    memcpy(&v, from, (size_t)n * sizeof(float));
    return v;
}

always_inline void store_part(float *to, vector v, int n)
{
    memcpy(to, &v, (size_t)n * sizeof(float));
}

static size_t panel_columns(int columns, int begin)
{
    size_t rest = ((size_t)(columns - begin) + LANES - 1) / LANES * LANES;
    return rest < PANEL ? rest : PANEL;
}

static void pack(struct packed_matrix *to, const float *from, size_t from_stride, bool transposed)
{
    float *out = to->panels;
    for (int begin = 0; begin < to->columns; begin += PANEL) {
        size_t width = panel_columns(to->columns, begin);
        for (int k = 0; k < to->K; k++) {
            for (size_t j = 0; j < width; j++) {
                size_t column = (size_t)begin + j;
                size_t at = transposed ? column * from_stride + (size_t)k : (size_t)k * from_stride + column;
                *out++ = column < (size_t)to->columns ? from[at] : 0.0f;
            }
        }
    }
}

/* c (rows, vectors*LANES) = init + a . panel, summed over k in order. Every loop but k's is unrolled: accumulators
 * must stay in registers. */
always_inline void tile(const int rows, const int vectors, int K, const float *a, size_t a_stride,
                        const float *panel, const float *const *init, size_t column, float *c,
                        size_t c_stride)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            sum[r][j] = init ? load(init[r] + column + (size_t)j * LANES) : (vector){0};
    }
#pragma GCC unroll 1
    for (int k = 0; k < K; k++) {
        vector b[TILE_VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            b[j] = load(panel + ((size_t)k * (size_t)vectors + (size_t)j) * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            float factor = a[(size_t)r * a_stride + (size_t)k];
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++)
                sum[r][j] += factor * b[j];
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            store(c + (size_t)r * c_stride + column + (size_t)j * LANES, sum[r][j]);
    }
}

/* A tile whose number of rows is known only at run time. */
always_inline void tile_of_rows(int rows, const int vectors, int K, const float *a, size_t a_stride,
                                const float *panel, const float *const *init, size_t column, float *c,
                                size_t c_stride)
{
    switch (rows) {
    case 1:
        tile(1, vectors, K, a, a_stride, panel, init, column, c, c_stride);
        break;
    case 2:
        tile(2, vectors, K, a, a_stride, panel, init, column, c, c_stride);
        break;
    case 3:
        tile(3, vectors, K, a, a_stride, panel, init, column, c, c_stride);
        break;
    case 4:
        tile(4, vectors, K, a, a_stride, panel, init, column, c, c_stride);
        break;
    case 5:
        tile(5, vectors, K, a, a_stride, panel, init, column, c, c_stride);
        break;
    default:
        tile(TILE_ROWS, vectors, K, a, a_stride, panel, init, column, c, c_stride);
    }
}

/* All rows through one panel, in tiles of nearly equal height. */
always_inline void panel_product(const int vectors, int K, int rows, const float *a, size_t a_stride,
                                 const float *panel, const float *const *init, size_t column, float *c,
                                 size_t c_stride)
{
    int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    for (int i = 0, r = 0; i < tiles; i++) {
        int height = rows / tiles + (i < rows % tiles);
        tile_of_rows(height, vectors, K, a + (size_t)r * a_stride, a_stride, panel, init ? init + r : NULL,
                     column, c + (size_t)r * c_stride, c_stride);
        r += height;
    }
}

static void product(const struct packed_matrix *b, int rows, const float *a, size_t a_stride,
                    const float *const *init, float *c, size_t c_stride)
{
    const float *panel = b->panels;
    for (int begin = 0; begin < b->columns; begin += PANEL) {
        size_t width = panel_columns(b->columns, begin), column = b->begin + (size_t)begin;
        switch (width / LANES) {
        case 1:
            panel_product(1, b->K, rows, a, a_stride, panel, init, column, c, c_stride);
            break;
        case 2:
            panel_product(2, b->K, rows, a, a_stride, panel, init, column, c, c_stride);
            break;
        case 3:
            panel_product(AT_MOST_3, b->K, rows, a, a_stride, panel, init, column, c, c_stride);
            break;
        default:
            panel_product(TILE_VECTORS, b->K, rows, a, a_stride, panel, init, column, c, c_stride);
        }
        panel += (size_t)b->K * width;
    }
}

always_inline vector select(mask condition, vector yes, vector no)
{
    return (vector)((condition & (mask)yes) | (~condition & (mask)no));
}

always_inline vector splat(float value)
{
    return value - (vector){0};
}

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

/* One vector of units of one row. */
struct cell {
    vector i, f, g, o, c;
};

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

always_inline vector cell_forward(struct cell *cell, float hard_slope)
{
    cell->i = recurrent_activation(cell->i, hard_slope);
    cell->f = recurrent_activation(cell->f, hard_slope);
    cell->g = vector_tanh(cell->g);
    cell->o = recurrent_activation(cell->o, hard_slope);
    cell->c = cell->f * cell->c + cell->i * cell->g;
    return cell->o * vector_tanh(cell->c);
}

/* Loads and stores the gates of LANES units, or of the first n < LANES. G: from gate to gate. */
always_inline struct cell load_cell(const float *z, size_t G, const float *c)
{
    return (struct cell){load(z), load(z + G), load(z + 2 * G), load(z + 3 * G), load(c)};
}

always_inline struct cell load_cell_part(const float *z, size_t G, const float *c, int n)
{
    return (struct cell){load_part(z, n), load_part(z + G, n), load_part(z + 2 * G, n),
                         load_part(z + 3 * G, n), load_part(c, n)};
}

always_inline void store_cell(const struct cell *cell, float *z, size_t G, float *c)
{
    store(z, cell->i);
    store(z + G, cell->f);
    store(z + 2 * G, cell->g);
    store(z + 3 * G, cell->o);
    store(c, cell->c);
}

always_inline void store_cell_part(const struct cell *cell, float *z, size_t G, float *c, int n)
{
    store_part(z, cell->i, n);
    store_part(z + G, cell->f, n);
    store_part(z + 2 * G, cell->g, n);
    store_part(z + 3 * G, cell->o, n);
    store_part(c, cell->c, n);
}

always_inline void rows_forward(const struct gate_rows *rows, float *z, const float *c, float *c_next,
                                float *h_next, float hard_slope)
{
    const size_t H = (size_t)rows->H, G = rows->gate_stride, whole = H / LANES * LANES;
    const int rest = (int)(H - whole);
    for (int r = 0; r < rows->rows; r++) {
        for (size_t u = 0; u < whole; u += LANES) {
            struct cell cell = load_cell(z + u, G, c + u);
            store(h_next + u, cell_forward(&cell, hard_slope));
            store_cell(&cell, z + u, G, c_next + u);
        }
        if (rest) {
            struct cell cell = load_cell_part(z + whole, G, c + whole, rest);
            store_part(h_next + whole, cell_forward(&cell, hard_slope), rest);
            store_cell_part(&cell, z + whole, G, c_next + whole, rest);
        }
        z += rows->z_stride;
        c += rows->h_stride;
        c_next += rows->h_stride;
        h_next += rows->h_stride;
    }
}

/* Twice the same loop, so that the activation is not chosen inside it. */
static void gates_forward(const struct gate_rows *rows, float *z, const float *c, float *c_next,
                          float *h_next)
{
    if (rows->hard_slope > 0.0f)
        rows_forward(rows, z, c, c_next, h_next, rows->hard_slope);
    else
        rows_forward(rows, z, c, c_next, h_next, 0.0f);
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

always_inline void rows_backward(const struct gate_rows *rows, float *gates, const float *c,
                                 const float *c_next, const float *dh, float *dc, float hard_slope)
{
    const size_t H = (size_t)rows->H, G = rows->gate_stride, whole = H / LANES * LANES;
    const int rest = (int)(H - whole);
    for (int r = 0; r < rows->rows; r++) {
        for (size_t u = 0; u < whole; u += LANES) {
            struct cell cell = load_cell(gates + u, G, c + u);
            cell_backward(&cell, load(c_next + u), load(dh + u), load(dc + u), hard_slope);
            store_cell(&cell, gates + u, G, dc + u);
        }
        if (rest) {
            struct cell cell = load_cell_part(gates + whole, G, c + whole, rest);
            cell_backward(&cell, load_part(c_next + whole, rest), load_part(dh + whole, rest),
                          load_part(dc + whole, rest), hard_slope);
            store_cell_part(&cell, gates + whole, G, dc + whole, rest);
        }
        gates += rows->z_stride;
        c += rows->h_stride;
        c_next += rows->h_stride;
        dh += rows->h_stride;
        dc += rows->h_stride;
    }
}

static void gates_backward(const struct gate_rows *rows, float *gates, const float *c, const float *c_next,
                           const float *dh, float *dc)
{
    if (rows->hard_slope > 0.0f)
        rows_backward(rows, gates, c, c_next, dh, dc, rows->hard_slope);
    else
        rows_backward(rows, gates, c, c_next, dh, dc, 0.0f);
}

static void add(size_t count, float *restrict to, const float *restrict from)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void add_scaled(size_t count, float *restrict to, float factor, const float *restrict from)
{
    for (size_t i = 0; i < count; i++)
        to[i] += factor * from[i];
}

static void multiply(size_t count, float *restrict to, const float *restrict a, const float *restrict b)
{
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] * b[i];
}

static void multiply_add(size_t count, float *restrict to, const float *restrict a, const float *restrict b)
{
    for (size_t i = 0; i < count; i++)
        to[i] += a[i] * b[i];
}

static void adam(size_t count, const float *restrict g, float *restrict w, float *restrict m,
                 float *restrict v, float alpha, float one_minus_beta_1, float one_minus_beta_2,
                 float epsilon)
{
    for (size_t i = 0; i < count; i++) {
        m[i] += (g[i] - m[i]) * one_minus_beta_1;
        v[i] += (g[i] * g[i] - v[i]) * one_minus_beta_2;
        w[i] -= alpha * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

const struct cpu_kernels MATINEE_KERNELS = {.name = MATINEE_ISA,
                                            .pack = pack,
                                            .product = product,
                                            .gates_forward = gates_forward,
                                            .gates_backward = gates_backward,
                                            .add = add,
                                            .add_scaled = add_scaled,
                                            .multiply = multiply,
                                            .multiply_add = multiply_add,
                                            .adam = adam};
