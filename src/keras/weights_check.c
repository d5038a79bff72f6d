#include "weights.h"

#include <math.h>
#include <string.h>

void weights_become_average(struct training_state *state, const struct parameter_table *table)
{
    if (state->average)
        memcpy(state->average, state->weights, table->total_count * sizeof *state->average);
}

bool weights_check(const char *path, const float *values, size_t count, bool is_square, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return error_set(error,
                             "%s: element %zu is not finite; use a model from before the training diverged",
                             path, i);
        if (is_square && values[i] < 0)
            return error_set(
                error, "%s: element %zu is negative, but a mean of squares never is; save the model again",
                path, i);
    }
    return true;
}
