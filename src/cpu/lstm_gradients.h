/* Weight gradients of the LSTM, one row group at a time, then added in group order. */
#ifndef CPU_LSTM_GRADIENTS_H
#define CPU_LSTM_GRADIENTS_H

#include "lstm_memory.h"

/* Once per thread and pass, before its first group_gradient. */
void gradient_scratch_begin(struct gradient_scratch *scratch, int V);

/* Fills `gradient` from the dz that the backward pass left in group->gates. */
void group_gradient(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                    const struct row_group *group, struct group_gradient *gradient,
                    struct gradient_scratch *scratch);

/* Adds the groups' gradients to op's, in order. Called by every thread of a team; they share the work. */
void add_group_gradients(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                         const struct group_gradient *gradients, int count);

#endif
