/* What the steps of an LSTM read: rows of the batch laid out in groups, tokens projected once, x gathered. */
#ifndef CPU_LSTM_INPUT_H
#define CPU_LSTM_INPUT_H

#include "lstm_memory.h"

enum { PROJECTION_ROWS = 96 }; /* tokens that one work item projects */

struct lstm_forward {
    const struct cpu_kernels *kernels;
    const struct lstm *op;
    struct lstm_memory memory;
};

/* Lays out all groups, packs the weights, collects the distinct tokens or fills the masks. */
void lstm_input_prepare(struct lstm_forward *f);

/* Projects the tokens of slots [begin,end), PROJECTION_ROWS at most, for all directions. */
void lstm_input_project(struct lstm_forward *f, int begin, int end);

/* The pad's own slots: 1 if there is a pad trajectory that reads tokens, else 0. */
int lstm_input_pad_slots(const struct lstm_forward *f);

/* z of step t of a group's active rows so far: bias + what the step reads times kernel. Sets group->init to rows that
 * the recurrent product begins with. */
void lstm_input_step(const struct lstm_forward *f, const struct lstm_direction *direction,
                     struct row_group *group, int t);

#endif
