/* The one table of named parameters. Weights, gradients, Adam m and v are four arenas of the same layout: Keras'
 * order and shapes. Summary, checkpoint and Adam walk this table. */
#ifndef MATINEE_PARAMS_H
#define MATINEE_PARAMS_H

#include "matinee/spec.h"

#include <stddef.h>
#include <stdint.h>

enum { PARAMETER_NAME_BYTES = 160, PARAMETERS_MAX = 96 };

enum initializer {
    INIT_ZEROS,
    INIT_EMBEDDING_UNIFORM, /* U(-0.05, 0.05) */
    INIT_GLOROT_UNIFORM, /* U(-L, L), L = sqrt(6 / (fan_in + fan_out)), the fans of Keras: a Conv1D's count K times */
    INIT_ORTHOGONAL,           /* orthonormal rows (or columns, if there are fewer), gain 1 */
    INIT_FORGET_BIAS,          /* zeros, ones for gate f (unit_forget_bias) */
    INIT_GLOROT_UNIFORM_GATES, /* Keras 1: each gate's (rows, columns/4) with the fans of that matrix */
    INIT_ORTHOGONAL_GATES,     /* Keras 1: each gate's (H,H) orthogonal, times 1.1 */
};

/* name: Keras' path, "lstm/recurrent_kernel" or "bidirectional/forward_lstm/kernel". index: number within the layer in
 * Keras' order, kernel, recurrent_kernel, bias; a bidirectional layer's backward direction follows its forward one. */
struct parameter {
    char name[PARAMETER_NAME_BYTES];
    int layer; /* index into spec.layers */
    int index;
    int rank;      /* 1 to 3 */
    int shape[3];  /* row-major; a Conv1D's kernel is (K,E,C) */
    size_t offset; /* floats from the start of an arena */
    size_t count;  /* floats */
    enum initializer initializer;
};

struct parameter_table {
    int count;
    struct parameter items[PARAMETERS_MAX];
    size_t total_count; /* floats of an arena */
};

/* The table of a checked spec. */
void parameter_table_build(struct parameter_table *table, const struct spec *spec);

/* Parameter number `index` of a layer; it must exist. */
const struct parameter *parameter_find(const struct parameter_table *table, int layer, int index);

/* Fills a weight arena as Keras' initialisers would, from the stream RNG_INITIALIZER of the seed. The bits depend on
 * the seed and the table alone. False only without memory. */
bool parameters_initialize(const struct parameter_table *table, uint64_t seed, float *weights,
                           struct error *error);

/* What training has reached: all that a model file holds beside the spec. Arrays are arenas of a parameter table,
 * on the host. */
struct training_state {
    float *weights;
    float *m, *v;       /* Adam's moments */
    float *average;     /* moving average of the weights; NULL: there is none */
    int64_t iterations; /* updates done */
};

/* The weights that predict: the average where there is one. */
static inline float *evaluated_weights(const struct training_state *state)
{
    return state->average ? state->average : state->weights;
}

/* Arenas of table->total_count zeros; m and v are made as well, an average is not. */
bool training_state_open(struct training_state *state, const struct parameter_table *table,
                         struct error *error);

/* Gives a state an average, which begins as the weights, or takes it away: then it is the weights. Nothing where that
 * is so already. */
bool training_state_set_average(struct training_state *state, const struct parameter_table *table,
                                bool wanted, struct error *error);

/* Back to an Adam that has seen nothing, with the evaluated weights, as Keras' compile() does it. */
void training_state_restart(struct training_state *state, const struct parameter_table *table);
void training_state_close(struct training_state *state);

#endif
