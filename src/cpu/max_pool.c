#include "cpu_backend.h"

#include <string.h>

struct op_sizes cpu_max_pool_sizes(struct backend *backend, const struct max_pool *dims)
{
    (void)backend;
    size_t outputs = (size_t)(dims->T / dims->P) * (size_t)dims->N * (size_t)dims->F;
    return (struct op_sizes){.saved_bytes = outputs * sizeof(int32_t)};
}

/* A step's rows and features lie side by side: they are pooled as one long row. */
enum { PIECE = 1024 };

void cpu_max_pool(struct backend *backend, const struct max_pool *op)
{
    const struct cpu_kernels *kernels = cpu_backend_of(backend)->kernels;
    const size_t row = (size_t)op->N * (size_t)op->F, P = (size_t)op->P;
    int32_t *saved = op->saved;
    for (int n = 0; n < op->N; n++)
        op->y_pads[n] = op->pads[n] / op->P;
#pragma omp parallel for schedule(static) num_threads(backend->threads)
    for (int s = 0; s < op->T / op->P; s++)
        for (size_t begin = 0; begin < row; begin += PIECE) {
            int32_t unsaved[PIECE];
            const size_t at = (size_t)s * row + begin;
            kernels->pool(row - begin < PIECE ? row - begin : PIECE, op->P, false,
                          op->x + (size_t)s * P * row + begin, row, op->y + at, saved ? saved + at : unsaved);
        }
}

void cpu_max_pool_backward(struct backend *backend, const struct max_pool_backward *op)
{
    const struct cpu_kernels *kernels = cpu_backend_of(backend)->kernels;
    const struct max_pool *forward = &op->forward;
    const size_t row = (size_t)forward->N * (size_t)forward->F, P = (size_t)forward->P;
    const int S = forward->T / forward->P;
    const int32_t *index = forward->saved;
#pragma omp parallel for schedule(static) num_threads(backend->threads)
    for (int s = 0; s < S; s++)
        kernels->unpool(row, forward->P, index + (size_t)s * row, op->dy + (size_t)s * row,
                        op->dx + (size_t)s * P * row, row);
    const size_t pooled = (size_t)S * P * row;
    memset(op->dx + pooled, 0, ((size_t)forward->T * row - pooled) * sizeof(float));
}
