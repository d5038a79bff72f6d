/* Dropout inside the LSTM's gates: masks that are constant over time. */
#ifndef CPU_LSTM_MASKS_H
#define CPU_LSTM_MASKS_H

#include "lstm_memory.h"

/* Fills the masks of all directions, rows and gates. */
void lstm_masks_fill(struct lstm_memory *memory, const struct lstm *op);

#endif
