/* The kernels of kernels.h, for the instruction set that this file is compiled for.
 *
 * MATINEE_KERNELS names the table, MATINEE_ISA the instruction set (src/cpu/CMakeLists.txt).
 */
#include "kernels.h"

#include "lstm_kernels.h"
#include "pool.h"
#include "tiles.h"

#include <math.h>

static size_t panel_columns(int columns, int begin)
{
    size_t rest = ((size_t)(columns - begin) + LANES - 1) / LANES * LANES;
    return rest < PANEL ? rest : PANEL;
}

/* How many columns at the end are summed by themselves. */
static int folded_columns(const struct packed_matrix *matrix)
{
    const int rest = matrix->columns % LANES;
    return matrix->folds && matrix->K % LANES == 0 && (rest == LANES / 2 || rest == LANES / 4) ? rest : 0;
}

/* A panel of `width` columns from `begin` on, zero beyond the last. */
static float *pack_panel(const struct packed_matrix *to, int begin, size_t width, const float *from,
                         size_t from_stride, bool transposed, float *out)
{
    for (int k = 0; k < to->K; k++)
        for (size_t j = 0; j < width; j++) {
            size_t column = (size_t)begin + j;
            size_t at = transposed ? column * from_stride + (size_t)k : (size_t)k * from_stride + column;
            *out++ = column < (size_t)to->columns ? from[at] : 0.0f;
        }
    return out;
}

static void pack(struct packed_matrix *to, const float *from, size_t from_stride, bool transposed)
{
    const int folded = folded_columns(to), whole = to->columns - folded;
    float *out = to->panels;
    for (int begin = 0; begin < whole; begin += PANEL)
        out = pack_panel(to, begin, panel_columns(whole, begin), from, from_stride, transposed, out);
    pack_panel(to, whole, (size_t)folded, from, from_stride, transposed, out);
}

always_inline void product_panel(const int vectors, int K, int rows, const float *panel,
                                 const struct product_row *row, size_t column)
{
    for (int height; rows > 0; rows -= height, row += height) {
        height = tile_height(rows);
        with_rows(height, product_tile(ROWS, vectors, K, panel, row, column));
    }
}

always_inline void folded_panel(const int columns, int K, int rows, const float *panel,
                                const struct product_row *row, size_t column)
{
    for (int height; rows > 0; rows -= height, row += height) {
        height = tile_height(rows);
        with_rows(height, folded_tile(ROWS, columns, K, panel, row, column));
    }
}

static void product(const struct packed_matrix *b, int rows, const struct product_row *row)
{
    const int folded = folded_columns(b), whole = b->columns - folded;
    const float *panel = b->panels;
    for (int begin = 0; begin < whole; begin += PANEL) {
        size_t width = panel_columns(whole, begin);
        with_vectors(width / LANES, product_panel(VECTORS, b->K, rows, panel, row, (size_t)begin));
        panel += (size_t)b->K * width;
    }
    if (folded == LANES / 2)
        folded_panel(LANES / 2, b->K, rows, panel, row, (size_t)whole);
    else if (folded == LANES / 4)
        folded_panel(LANES / 4, b->K, rows, panel, row, (size_t)whole);
}

always_inline void outer_panel(const int vectors, const struct outer *outer, size_t column)
{
    size_t m = 0;
    for (int rest = outer->M, height; rest > 0; rest -= height, m += (size_t)height) {
        height = tile_height(rest);
        with_rows(height, outer_tile(ROWS, vectors, outer, m, column));
    }
}

static void add_outer(const struct outer *outer)
{
    for (size_t column = 0; column < outer->columns; column += PANEL) {
        size_t vectors = (outer->columns - column + LANES - 1) / LANES;
        with_vectors(vectors, outer_panel(VECTORS, outer, column));
    }
}

static void add(size_t count, float *restrict to, const float *restrict from)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void multiply(size_t count, float *restrict to, const float *restrict a, const float *restrict b)
{
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] * b[i];
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

static void average(size_t count, float *restrict to, const float *restrict from, float momentum)
{
    const float rest = 1.0f - momentum;
    for (size_t i = 0; i < count; i++)
        to[i] = momentum * to[i] + rest * from[i];
}

const struct cpu_kernels MATINEE_KERNELS = {.name = MATINEE_ISA,
                                            .lanes = LANES,
                                            .pack = pack,
                                            .product = product,
                                            .add_outer = add_outer,
                                            .lstm_forward = lstm_forward,
                                            .lstm_backward = lstm_backward,
                                            .add = add,
                                            .multiply = multiply,
                                            .pool = pool_steps,
                                            .unpool = unpool_steps,
                                            .raise = raise_maxima,
                                            .adam = adam,
                                            .average = average};
