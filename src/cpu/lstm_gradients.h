/* Weight gradients of the LSTM, one row group of one direction at a time, then added in the order of groups. */
#ifndef CPU_LSTM_GRADIENTS_H
#define CPU_LSTM_GRADIENTS_H

#include "lstm_memory.h"

/* What makes one group's gradient, and of what. */
struct gradient_work {
    const struct cpu_kernels *kernels;
    const struct lstm *lstm;
    const struct lstm_memory *memory;
    const struct lstm_direction *direction;
    const struct row_group *group;   /* its gates hold dz */
    struct group_gradient *gradient; /* out */
    struct gradient_scratch *scratch;
};

/* Once per thread and pass, before its first group_gradient. */
void gradient_scratch_begin(struct gradient_scratch *scratch, int V);

/* Fills the gradient of a group from the dz that the backward pass left in its gates. */
void group_gradient(const struct gradient_work *work);

/* The same of the masked form, for a group that has steps and whose gradient is cleared: each row's weight gradient is
 * made by itself, then multiplied by the row's masks. */
void masked_gradient(const struct gradient_work *work);

/* Adds the groups' gradients to op's, in order, and writes dx. Called by every thread of a team; they share the
 * work. */
void add_group_gradients(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                         const struct lstm_memory *memory);

#endif
