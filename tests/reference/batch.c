#include "reference/reference.h"

void reference_load_batch(const struct reference_load_batch *op)
{
    for (int n = 0; n < op->N; n++) {
        int32_t review = op->first_row + n;
        if (op->order)
            review = op->order[review];
        const int32_t *from = op->all_tokens + (size_t)review * (size_t)op->T;
        int32_t *to = op->tokens + (size_t)n * (size_t)op->T;
        int pads = op->T;
        for (int t = op->T - 1; t >= 0; t--) {
            to[t] = from[t];
            if (from[t] != 0)
                pads = t;
        }
        op->pads[n] = pads;
        op->labels[n] = op->all_labels[review];
    }
}
