/* What the steps of an LSTM read: tokens projected once, masks filled, weights packed. */
#ifndef CPU_LSTM_INPUT_H
#define CPU_LSTM_INPUT_H

#include "lstm_memory.h"

struct lstm_forward {
    const struct cpu_kernels *kernels;
    const struct lstm *op;
    struct lstm_memory memory;
};

/* Lays out the rows, packs the weights, collects the distinct tokens or fills the masks. */
void lstm_input_prepare(struct lstm_forward *f);

/* Projects the tokens of slots [begin,end), BLOCK_ROWS at most, for all directions. */
void lstm_input_project(const struct lstm_forward *f, int begin, int end);

/* The pad's own slots: 1 if there is a pad trajectory that reads tokens, else 0. */
int lstm_input_pad_slots(const struct lstm_forward *f);

#endif
