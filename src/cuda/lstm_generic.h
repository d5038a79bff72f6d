/* The engine "generic": any sizes, masks and activation, by one cuBLAS product and one kernel a step. It takes no short
 * cut, so it judges the other engines, too. */
#ifndef CUDA_LSTM_GENERIC_H
#define CUDA_LSTM_GENERIC_H

#include "lstm_engine.h"

/* Where one direction keeps its steps. They stand by the time that they read, whatever the order of reading. */
struct generic_steps {
    float *gates; /* (T,N,4H) z, then the gates, then dz             */
    float *c, *h; /* (T,N,H)  in inference (N,H), which all share    */
};

/* How the engine divides saved and scratch memory. Masks lie mask after mask, direction after direction. */
struct generic_memory {
    int input_masks, recurrent_masks; /* of each direction: 0, 1 or 4 */
    size_t state_step;                /* floats from a state to the next: N*H, in inference 0 */
    struct generic_steps steps[DIRECTIONS_MAX];
    float *input_mask;     /* (D,input_masks,N,E)     */
    float *recurrent_mask; /* (D,recurrent_masks,N,H) */

    /* scratch of the forward pass */
    float *masked_x; /* (T,N,E)                 with input masks     */
    float *masked_h; /* (recurrent_masks,N,H)   with recurrent masks */

    /* scratch of the backward pass */
    float *dh;     /* (max(recurrent_masks,1),N,H)         */
    float *dc;     /* (N,H)                                */
    float *masked; /* (T,N,E) or (T,N,H)   with masks      */
    float *parts;  /* (column_parts(T*N),4H)               */
};

/* Divides op->saved and op->scratch; op->saved NULL: inference. The same call finds in the backward pass what the
 * forward pass kept. */
struct generic_memory generic_memory_of(const struct lstm *op);
struct op_sizes generic_sizes(struct cuda_backend *, const struct lstm *);

void generic_backward(struct cuda_backend *, const struct lstm_backward *);

/* Sizes of arrays, in floats. */
static inline size_t generic_rows(const struct lstm *op)
{
    return (size_t)op->T * (size_t)op->N;
}

static inline size_t generic_states(const struct lstm *op)
{
    return (size_t)op->N * (size_t)op->H;
}

static inline size_t generic_inputs(const struct lstm *op)
{
    return (size_t)op->N * (size_t)op->E;
}

/* The time that a direction reads at step s. */
static inline int generic_time(const struct lstm *op, int direction, int s)
{
    const int last_first = op->D == 2 ? direction == 1 : op->reversed;
    return last_first ? op->T - 1 - s : s;
}

/* Whether y has h after step s, and the first float of that in y or dy, whose rows are D*H apart. */
static inline int generic_is_output(const struct lstm *op, int s)
{
    return op->sequences || s == op->T - 1;
}

static inline size_t generic_output(const struct lstm *op, int direction, int s)
{
    const int row = !op->sequences ? 0 : op->D == 2 ? generic_time(op, direction, s) : s;
    return (size_t)row * (size_t)op->D * generic_states(op) + (size_t)direction * (size_t)op->H;
}

#endif
