#include "cpu_backend.h"

#include <string.h>

void cpu_load_batch(struct backend *backend, const struct load_batch *op)
{
    (void)backend;
    size_t T = (size_t)op->T;
    for (int n = 0; n < op->N; n++) {
        size_t position = (size_t)op->state->first_row + (size_t)n;
        size_t review = op->order ? (size_t)op->order[position] : position;
        memcpy(op->tokens + (size_t)n * T, op->all_tokens + review * T, T * sizeof *op->tokens);
        op->pads[n] = op->all_pads[review];
        op->labels[n] = op->all_labels[review];
    }
}
