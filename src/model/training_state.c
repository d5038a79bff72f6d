#include "matinee/params.h"

#include <stdlib.h>
#include <string.h>

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

bool training_state_set_average(struct training_state *state, const struct parameter_table *table,
                                bool wanted, struct error *error)
{
    const size_t bytes = table->total_count * sizeof *state->average;
    if (wanted == (state->average != NULL))
        return true;
    if (wanted) {
        state->average = malloc(bytes);
        if (!state->average)
            return error_memory(error, "an average of the weights", bytes);
        memcpy(state->average, state->weights, bytes);
    } else {
        free(state->weights);
        state->weights = state->average;
        state->average = NULL;
    }
    return true;
}

void training_state_restart(struct training_state *state, const struct parameter_table *table)
{
    const size_t bytes = table->total_count * sizeof *state->weights;
    if (state->average)
        memcpy(state->weights, state->average, bytes);
    memset(state->m, 0, bytes);
    memset(state->v, 0, bytes);
    state->iterations = 0;
}

void training_state_close(struct training_state *state)
{
    free(state->weights);
    free(state->m);
    free(state->v);
    free(state->average);
    *state = (struct training_state){0};
}
