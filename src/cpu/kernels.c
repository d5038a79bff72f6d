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
        size_t width = panel_columns(b->columns, begin), column = (size_t)begin;
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

always_inline vector cell_forward(struct cell *cell)
{
    cell->i = vector_sigmoid(cell->i);
    cell->f = vector_sigmoid(cell->f);
    cell->g = vector_tanh(cell->g);
    cell->o = vector_sigmoid(cell->o);
    cell->c = cell->f * cell->c + cell->i * cell->g;
    return cell->o * vector_tanh(cell->c);
}

static void gates_forward(const struct gate_rows *rows, float *z, const float *c, float *c_next,
                          float *h_next)
{
    const size_t H = (size_t)rows->H, whole = H / LANES * LANES;
    const int rest = (int)(H - whole);
    for (int r = 0; r < rows->rows; r++) {
        for (size_t u = 0; u < whole; u += LANES) {
            struct cell cell = {load(z + u), load(z + H + u), load(z + 2 * H + u), load(z + 3 * H + u),
                                load(c + u)};
            store(h_next + u, cell_forward(&cell));
            store(c_next + u, cell.c);
            store(z + u, cell.i);
            store(z + H + u, cell.f);
            store(z + 2 * H + u, cell.g);
            store(z + 3 * H + u, cell.o);
        }
        if (rest) {
            float *tail = z + whole;
            struct cell cell = {load_part(tail, rest), load_part(tail + H, rest),
                                load_part(tail + 2 * H, rest), load_part(tail + 3 * H, rest),
                                load_part(c + whole, rest)};
            store_part(h_next + whole, cell_forward(&cell), rest);
            store_part(c_next + whole, cell.c, rest);
            store_part(tail, cell.i, rest);
            store_part(tail + H, cell.f, rest);
            store_part(tail + 2 * H, cell.g, rest);
            store_part(tail + 3 * H, cell.o, rest);
        }
        z += rows->z_stride;
        c += rows->h_stride;
        c_next += rows->h_stride;
        h_next += rows->h_stride;
    }
}

/* In: the gates, cell->c the state before the step. Out: dz of the gates, cell->c = d loss / d c before the step. */
always_inline void cell_backward(struct cell *cell, vector c_next, vector dh, vector dc_next)
{
    vector i = cell->i, f = cell->f, g = cell->g, o = cell->o;
    vector tanh_c = vector_tanh(c_next);
    vector dc = dc_next + dh * o * (1.0f - tanh_c * tanh_c);
    cell->i = dc * g * (i - i * i);
    cell->f = dc * cell->c * (f - f * f);
    cell->g = dc * i * (1.0f - g * g);
    cell->o = dh * tanh_c * (o - o * o);
    cell->c = dc * f;
}

static void gates_backward(const struct gate_rows *rows, float *gates, const float *c, const float *c_next,
                           const float *dh, float *dc)
{
    const size_t H = (size_t)rows->H, whole = H / LANES * LANES;
    const int rest = (int)(H - whole);
    for (int r = 0; r < rows->rows; r++) {
        for (size_t u = 0; u < whole; u += LANES) {
            struct cell cell = {load(gates + u), load(gates + H + u), load(gates + 2 * H + u),
                                load(gates + 3 * H + u), load(c + u)};
            cell_backward(&cell, load(c_next + u), load(dh + u), load(dc + u));
            store(gates + u, cell.i);
            store(gates + H + u, cell.f);
            store(gates + 2 * H + u, cell.g);
            store(gates + 3 * H + u, cell.o);
            store(dc + u, cell.c);
        }
        if (rest) {
            float *tail = gates + whole;
            struct cell cell = {load_part(tail, rest), load_part(tail + H, rest),
                                load_part(tail + 2 * H, rest), load_part(tail + 3 * H, rest),
                                load_part(c + whole, rest)};
            cell_backward(&cell, load_part(c_next + whole, rest), load_part(dh + whole, rest),
                          load_part(dc + whole, rest));
            store_part(tail, cell.i, rest);
            store_part(tail + H, cell.f, rest);
            store_part(tail + 2 * H, cell.g, rest);
            store_part(tail + 3 * H, cell.o, rest);
            store_part(dc + whole, cell.c, rest);
        }
        gates += rows->z_stride;
        c += rows->h_stride;
        c_next += rows->h_stride;
        dh += rows->h_stride;
        dc += rows->h_stride;
    }
}

static void add(size_t count, float *restrict to, const float *restrict from)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
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
                                            .adam = adam};
