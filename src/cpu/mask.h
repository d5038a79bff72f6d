/* A row's dropout mask, piece by piece: it is made where it is used and never stored. */
#ifndef CPU_MASK_H
#define CPU_MASK_H

#include "matinee/backend.h"

/* Elements of a mask that are made at once: they stay in the first cache. */
enum { MASK_PIECE = 1024 };

/* mask[k] = element first + k of row n of the batch, for count elements: 0, or 1/(1 - rate). row_count: elements of a
 * row. The rate is above 0. */
void mask_piece(const struct dropout *dropout, int n, size_t row_count, size_t first, size_t count,
                float *mask);

#endif
