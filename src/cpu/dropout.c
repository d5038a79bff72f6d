#include "cpu_backend.h"
#include "denormals.h"
#include "mask.h"

#include <string.h>

/* A piece of row n's elements t*F + f; they lie in memory a step of the whole batch apart. */
static void drop_piece(const struct dropout_layer *op, int n, size_t first, size_t count)
{
    const size_t F = (size_t)op->F, N = (size_t)op->N;
    float mask[MASK_PIECE];
    mask_piece(&op->dropout, n, (size_t)op->T * F, first, count, mask);
    for (size_t done = 0; done < count;) {
        size_t t = (first + done) / F, f = (first + done) % F;
        size_t width = F - f < count - done ? F - f : count - done, at = (t * N + (size_t)n) * F + f;
#pragma omp simd
        for (size_t i = 0; i < width; i++)
            op->y[at + i] = op->x[at + i] * mask[done + i];
        done += width;
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
    const size_t count = (size_t)op->T * (size_t)op->F;
    if (op->dropout.rate <= 0.0f) {
        if (op->y != op->x)
            memcpy(op->y, op->x, count * (size_t)op->N * sizeof(float));
        return;
    }
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(static)
        for (int n = 0; n < op->N; n++)
            for (size_t first = 0; first < count; first += MASK_PIECE)
                drop_piece(op, n, first, count - first < MASK_PIECE ? count - first : MASK_PIECE);
        denormals_restore(mode);
    }
}
