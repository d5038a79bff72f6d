#include "cpu_backend.h"

#include <string.h>

static void load_row(const struct load_batch *op, size_t review, int32_t *tokens)
{
    size_t T = (size_t)op->T;
    if (op->token_bytes == sizeof *tokens) {
        memcpy(tokens, (const int32_t *)op->all_tokens + review * T, T * sizeof *tokens);
        return;
    }
    const uint16_t *from = (const uint16_t *)op->all_tokens + review * T;
    for (size_t t = 0; t < T; t++)
        tokens[t] = from[t];
}

void cpu_next_step(struct backend *backend, const struct next_step *op)
{
    (void)backend;
    *op->state = op->schedule[(*op->position)++];
}

void cpu_load_batch(struct backend *backend, const struct load_batch *op)
{
    (void)backend;
    for (int n = 0; n < op->N; n++) {
        size_t position = (size_t)op->state->first_row + (size_t)n;
        size_t review = op->order ? (size_t)op->order[position] : position;
        load_row(op, review, op->tokens + (size_t)n * (size_t)op->T);
        op->pads[n] = op->all_pads[review];
        op->labels[n] = op->all_labels[review];
    }
}
