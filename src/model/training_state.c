#include "matinee/params.h"

#include <stdlib.h>

bool training_state_open(struct training_state *state, const struct parameter_table *table,
                         struct error *error)
{
    *state = (struct training_state){0};
    state->weights = calloc(table->total_count, sizeof(float));
    state->m = calloc(table->total_count, sizeof(float));
    state->v = calloc(table->total_count, sizeof(float));
    if (state->weights && state->m && state->v)
        return true;
    training_state_close(state);
    return error_memory(error, "weights and Adam's moments", 3ULL * table->total_count * sizeof(float));
}

void training_state_close(struct training_state *state)
{
    free(state->weights);
    free(state->m);
    free(state->v);
    *state = (struct training_state){0};
}
