#include "reference/layers.h"

#include <stddef.h>

static double factor(const struct reference_embedding *op, size_t t, size_t n, size_t e, int32_t token)
{
    size_t T = (size_t)op->T, E = (size_t)op->E;
    double rows = op->rows_mask ? op->rows_mask[token] : 1.0;
    return rows * (op->elements_mask ? op->elements_mask[(n * T + t) * E + e] : 1.0);
}

void reference_embedding(const struct reference_embedding *op)
{
    size_t T = (size_t)op->T, N = (size_t)op->N, E = (size_t)op->E;
    for (size_t t = 0; t < T; t++)
        for (size_t n = 0; n < N; n++)
            for (size_t e = 0; e < E; e++) {
                int32_t token = op->tokens[n * T + t];
                op->x[(t * N + n) * E + e] =
                    op->embeddings[(size_t)token * E + e] * factor(op, t, n, e, token);
            }
}

void reference_embedding_backward(const struct reference_embedding_backward *op)
{
    const struct reference_embedding *forward = &op->forward;
    size_t T = (size_t)forward->T, N = (size_t)forward->N, E = (size_t)forward->E;
    for (size_t t = 0; t < T; t++)
        for (size_t n = 0; n < N; n++)
            for (size_t e = 0; e < E; e++) {
                int32_t token = forward->tokens[n * T + t];
                op->dembeddings[(size_t)token * E + e] +=
                    op->dx[(t * N + n) * E + e] * factor(forward, t, n, e, token);
            }
}

static double factor_of_unit(const struct reference_dropout *op, size_t t, size_t n, size_t f)
{
    size_t T = (size_t)op->T, F = (size_t)op->F;
    if (op->unit == DROP_FEATURES)
        return op->mask[n * F + f];
    return op->mask[op->unit == DROP_STEPS ? n * T + t : (n * T + t) * F + f];
}

void reference_dropout(const struct reference_dropout *op)
{
    size_t T = (size_t)op->T, N = (size_t)op->N, F = (size_t)op->F;
    for (size_t t = 0; t < T; t++)
        for (size_t n = 0; n < N; n++)
            for (size_t f = 0; f < F; f++)
                op->y[(t * N + n) * F + f] = op->x[(t * N + n) * F + f] * factor_of_unit(op, t, n, f);
}
