#include "cpu_backend.h"
#include "denormals.h"
#include "mask.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A piece of row n's elements t*F + f; they lie in memory a step of the whole batch apart. */
static void drop_elements(const struct dropout_layer *op, size_t n, size_t first)
{
    const size_t F = (size_t)op->F, N = (size_t)op->N, row_count = (size_t)op->T * F;
    const size_t count = least(row_count - first, MASK_PIECE);
    float mask[MASK_PIECE];
    mask_piece(&op->dropout, (int)n, row_count, first, count, mask);
    for (size_t done = 0; done < count;) {
        size_t t = (first + done) / F, f = (first + done) % F;
        size_t width = least(F - f, count - done), at = (t * N + n) * F + f;
#pragma omp simd
        for (size_t i = 0; i < width; i++)
            op->y[at + i] = op->x[at + i] * mask[done + i];
        done += width;
    }
}

/* What is dropped as a whole is cut into blocks of a mask that is made once: these columns of the batch's (T, N*F) in
 * so many steps, or these rows. */
enum {
    FEATURE_COLUMNS = MASK_PIECE,
    FEATURE_STEPS = 128,
    STEP_ROWS = 64,
    STEP_STEPS = MASK_PIECE / STEP_ROWS
};

/* Columns n*F + f from `first` on; a column keeps its factor from step to step. */
static void drop_features(const struct dropout_layer *op, size_t begin, size_t first)
{
    const size_t F = (size_t)op->F, row = (size_t)op->N * F,
                 end = least(begin + FEATURE_STEPS, (size_t)op->T);
    const size_t count = least(row - first, FEATURE_COLUMNS);
    float mask[FEATURE_COLUMNS];
    for (size_t done = 0, width; done < count; done += width) {
        size_t n = (first + done) / F, f = (first + done) % F;
        width = least(F - f, count - done);
        mask_piece(&op->dropout, (int)n, F, f, width, mask + done);
    }
    for (size_t t = begin; t < end; t++) {
        const size_t at = t * row + first;
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            op->y[at + i] = op->x[at + i] * mask[i];
    }
}

/* Rows from `first` on; a step of a row has one factor. */
static void drop_steps(const struct dropout_layer *op, size_t begin, size_t first)
{
    const size_t F = (size_t)op->F, N = (size_t)op->N, T = (size_t)op->T;
    const size_t steps = least(T - begin, STEP_STEPS), rows = least(N - first, STEP_ROWS);
    float mask[STEP_ROWS][STEP_STEPS];
    for (size_t r = 0; r < rows; r++)
        mask_piece(&op->dropout, (int)(first + r), T, begin, steps, mask[r]);
    for (size_t s = 0; s < steps; s++)
        for (size_t r = 0; r < rows; r++) {
            const size_t at = ((begin + s) * N + first + r) * F;
            const float factor = mask[r][s];
#pragma omp simd
            for (size_t f = 0; f < F; f++)
                op->y[at + f] = op->x[at + f] * factor;
        }
}

/* A function's mask is made anew on the way back. */
struct op_sizes cpu_dropout_sizes(struct backend *backend, const struct dropout_layer *dims)
{
    (void)backend;
    (void)dims;
    return (struct op_sizes){0};
}

void cpu_dropout(struct backend *backend, const struct dropout_layer *op)
{
    const size_t T = (size_t)op->T, N = (size_t)op->N, F = (size_t)op->F;
    if (op->dropout.rate <= 0.0f) {
        if (op->y != op->x)
            memcpy(op->y, op->x, T * N * F * sizeof(float));
        return;
    }
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
        if (op->unit == DROP_FEATURES) {
#pragma omp for schedule(static) collapse(2)
            for (size_t t = 0; t < T; t += FEATURE_STEPS)
                for (size_t column = 0; column < N * F; column += FEATURE_COLUMNS)
                    drop_features(op, t, column);
        } else if (op->unit == DROP_STEPS) {
#pragma omp for schedule(static) collapse(2)
            for (size_t t = 0; t < T; t += STEP_STEPS)
                for (size_t n = 0; n < N; n += STEP_ROWS)
                    drop_steps(op, t, n);
        } else {
#pragma omp for schedule(static)
            for (size_t n = 0; n < N; n++)
                for (size_t first = 0; first < T * F; first += MASK_PIECE)
                    drop_elements(op, n, first);
        }
        denormals_restore(mode);
    }
}
