#include "reference/layers.h"

#include <stddef.h>

/* Place in x of the first greatest value that y[s,n,f] stands for. */
static size_t greatest(const struct reference_max_pool *op, size_t s, size_t n, size_t f)
{
    size_t N = (size_t)op->N, F = (size_t)op->F, P = (size_t)op->P, best = (s * P * N + n) * F + f;
    for (size_t p = 1; p < P; p++) {
        size_t other = ((s * P + p) * N + n) * F + f;
        if (op->x[other] > op->x[best])
            best = other;
    }
    return best;
}

void reference_max_pool(const struct reference_max_pool *op)
{
    size_t N = (size_t)op->N, F = (size_t)op->F, S = (size_t)(op->T / op->P);
    for (size_t s = 0; s < S; s++)
        for (size_t n = 0; n < N; n++)
            for (size_t f = 0; f < F; f++)
                op->y[(s * N + n) * F + f] = op->x[greatest(op, s, n, f)];
}

void reference_max_pool_backward(const struct reference_max_pool_backward *op)
{
    const struct reference_max_pool *forward = &op->forward;
    size_t N = (size_t)forward->N, F = (size_t)forward->F, S = (size_t)(forward->T / forward->P);
    for (size_t i = 0; i < (size_t)forward->T * N * F; i++)
        op->dx[i] = 0.0;
    for (size_t s = 0; s < S; s++)
        for (size_t n = 0; n < N; n++)
            for (size_t f = 0; f < F; f++)
                op->dx[greatest(forward, s, n, f)] = op->dy[(s * N + n) * F + f];
}
