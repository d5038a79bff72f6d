/* Weight gradients of the LSTM, one row group of one direction at a time, then added in the order of groups. */
#ifndef CPU_LSTM_GRADIENTS_H
#define CPU_LSTM_GRADIENTS_H

#include "lstm_memory.h"

/* Once per thread and pass, before its first group_gradient. */
void gradient_scratch_begin(struct gradient_scratch *scratch, int V);

/* Fills the gradient of a group from the dz that the backward pass left in its gates. */
void group_gradient(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                    const struct lstm_memory *memory, struct lstm_direction *direction, int group,
                    struct gradient_scratch *scratch);

/* The masked form's: each row's weight gradient is made by itself, then multiplied by the row's masks. Adds to a
 * cleared gradient of a group that has steps. */
void masked_gradient(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                     const struct lstm_memory *memory, const struct lstm_direction *direction,
                     const struct row_group *group, struct group_gradient *gradient,
                     struct gradient_scratch *scratch);

/* Adds the groups' gradients to op's, in order, and writes dx. Called by every thread of a team; they share the work. */
void add_group_gradients(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                         const struct lstm_memory *memory);

#endif
