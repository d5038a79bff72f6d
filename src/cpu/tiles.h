/* Products in tiles of accumulators. Every loop but that over k is unrolled: accumulators must stay in registers. */
#ifndef CPU_TILES_H
#define CPU_TILES_H

#include "kernels.h"
#include "vectors.h"

typedef vector tile_sums[TILE_ROWS][TILE_VECTORS];

/* sum[r][j] += a[r][k + j*apart] * panel[k][j], in the order of k. apart is 0 but where every gate has an operand of
 * its own. */
always_inline void accumulate(tile_sums sum, const int rows, const int vectors, int K,
                              const float *const a[TILE_ROWS], size_t apart, const bool gates_apart,
                              const float *panel)
{
#pragma GCC unroll 1
    for (int k = 0; k < K; k++) {
        vector b[TILE_VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            b[j] = load(panel + (size_t)k * lanes(vectors) + lanes(j));
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++)
                sum[r][j] += a[r][(size_t)k + (gates_apart ? (size_t)j * apart : 0)] * b[j];
        }
    }
}

always_inline void product_tile(const int rows, const int vectors, int K, const float *panel,
                                const struct product_row *row, size_t column)
{
    tile_sums sum;
    const float *a[TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        a[r] = row[r].a;
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            sum[r][j] = (vector){0};
    }
    accumulate(sum, rows, vectors, K, a, 0, false, panel);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) {
            size_t at = column + lanes(j);
            vector value = row[r].scale ? sum[r][j] * load(row[r].scale + at) : sum[r][j];
            store(row[r].c + at, row[r].init ? value + load(row[r].init + at) : value);
        }
    }
}

/* A vector of a, each float as often as there are columns: of the k that piece number s of the panel has. */
always_inline vector spread(vector a, const int columns, const int s)
{
#if defined(__clang__)
    vector to;
    for (int lane = 0; lane < LANES; lane++)
        to[lane] = a[(s * LANES + lane) / columns];
    return to;
#else
    mask index;
#pragma GCC unroll 16
    for (int lane = 0; lane < LANES; lane++)
        index[lane] = (s * LANES + lane) / columns;
    return __builtin_shuffle(a, index);
#endif
}

/* The product with a panel of less than a vector: a vector of it is several k, side by side. */
always_inline void folded_tile(const int rows, const int columns, int K, const float *panel,
                               const struct product_row *row, size_t column)
{
    vector sum[TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
        sum[r] = (vector){0};
#pragma GCC unroll 1
    for (int k = 0; k < K; k += LANES, panel += lanes(columns)) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            vector a = load(row[r].a + k);
#pragma GCC unroll 8
            for (int s = 0; s < columns; s++)
                sum[r] += spread(a, columns, s) * load(panel + lanes(s));
        }
    }
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) {
            float value = 0.0f;
            for (int lane = j; lane < LANES; lane += columns)
                value += sum[r][lane];
            size_t at = column + (size_t)j;
            value *= row[r].scale ? row[r].scale[at] : 1.0f;
            row[r].c[at] = row[r].init ? value + row[r].init[at] : value;
        }
}

/* c[m + r, :] += scale[m + r] * sum over s of a[s, m + r] * b[s, :] */
always_inline void outer_tile(const int rows, const int vectors, const struct outer *outer, size_t m,
                              size_t column)
{
    tile_sums sum;
    const float *a = outer->a + m, *b = outer->b + column;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            sum[r][j] = (vector){0};
    }
#pragma GCC unroll 1
    for (int s = 0; s < outer->count; s++, a += outer->a_stride, b += outer->b_stride) {
        vector value[TILE_VECTORS];
        __builtin_prefetch(a + outer->ahead * outer->a_stride, 0, 2);
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) {
            value[j] = load(b + lanes(j));
            __builtin_prefetch(b + outer->ahead * outer->b_stride + lanes(j), 0, 2);
        }
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++)
                sum[r][j] += a[r] * value[j];
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        float *c = outer->c + (m + (size_t)r) * outer->c_stride + column;
        float scale = outer->scale ? outer->scale[m + (size_t)r] : 1.0f;
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            store(c + lanes(j), load(c + lanes(j)) + scale * sum[r][j]);
    }
}

/* A call in which NAME is the constant n, if that is the value; what follows is the other cases. Beyond `most` there is
 * nothing to compile. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared cannot stand in them */
#define with_constant(NAME, n, value, most, call)                                                            \
    if ((n) < (most) && (value) == (n)) {                                                                    \
        enum { NAME = (n) < (most) ? (n) : (most) };                                                         \
        call;                                                                                                \
    } else
/* NOLINTEND(bugprone-macro-parentheses) */

/* Calls a function whose argument ROWS must be a constant, with 1 <= rows <= TILE_ROWS. */
#define with_rows(rows, call)                                                                                \
    with_constant(ROWS, 1, rows, TILE_ROWS, call) with_constant(ROWS, 2, rows, TILE_ROWS, call)              \
        with_constant(ROWS, 3, rows, TILE_ROWS, call) with_constant(ROWS, 4, rows, TILE_ROWS, call)          \
            with_constant(ROWS, 5, rows, TILE_ROWS, call)                                                    \
    {                                                                                                        \
        enum { ROWS = TILE_ROWS };                                                                           \
        call;                                                                                                \
    }

/* The same for 1 <= vectors <= TILE_VECTORS and VECTORS. */
#define with_vectors(vectors, call)                                                                          \
    with_constant(VECTORS, 1, vectors, TILE_VECTORS, call)                                                   \
        with_constant(VECTORS, 2, vectors, TILE_VECTORS, call)                                               \
            with_constant(VECTORS, 3, vectors, TILE_VECTORS, call)                                           \
    {                                                                                                        \
        enum { VECTORS = TILE_VECTORS };                                                                     \
        call;                                                                                                \
    }

/* The height of the next tile where `rows` are left, so that all are of nearly equal height. */
always_inline int tile_height(int rows)
{
    int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    return (rows + tiles - 1) / tiles;
}

#endif
