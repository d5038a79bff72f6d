#include "reference/reference.h"

/* A round puts the sums of neighbours side by side, and behind them what has no neighbour. */
void reference_add_parts(const struct reference_add_parts *op)
{
    const size_t count = op->count;
    for (size_t k = 0; k < count; k++) {
        float *sums = op->gradients + k;
        for (size_t left = (size_t)op->parts; left > 1; left = (left + 1) / 2) {
            for (size_t i = 0; i < left / 2; i++)
                sums[i * count] = sums[2 * i * count] + sums[(2 * i + 1) * count];
            if (left % 2 == 1)
                sums[left / 2 * count] = sums[(left - 1) * count];
        }
    }
}
