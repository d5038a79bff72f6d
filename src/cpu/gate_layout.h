/* Where the gates of an LSTM's units stand in a row of z: in blocks of as many units as the kernels' vectors have
 * lanes, a block's gates side by side, so that one tile of a product makes all gates of its units:
 *
 *     [i i.. f f.. c c.. o o..] [i i.. f f.. c c.. o o..] ... and the last few units: [i.. f.. c.. o..]
 *
 * Weights, bias and z of a product are in that order. The gates that are kept for the backward pass are too, or, where
 * every gate has masks of its own, gate by gate: then a gate's share of a product is a matrix of its own. H is then
 * rounded up to whole vectors; what is added is zero. */
#ifndef CPU_GATE_LAYOUT_H
#define CPU_GATE_LAYOUT_H

#include "matinee/dims.h"

#include <stddef.h>

struct gate_layout {
    int H;
    int units; /* H, or H rounded up */
    int lanes;
    size_t gate_stride; /* 0: gates in blocks; else floats from gate to gate */
};

/* Units of the block that `unit` begins. */
static inline size_t gate_block(const struct gate_layout *layout, size_t unit)
{
    size_t rest = (size_t)layout->units - unit, lanes = (size_t)layout->lanes;
    return rest < lanes ? rest : lanes;
}

/* Of the block that `unit` begins: where its first gate stands among the kept gates, and how far it is to the next. */
static inline size_t gate_place(const struct gate_layout *layout, size_t unit)
{
    return layout->gate_stride ? unit : GATE_COUNT * unit;
}

static inline size_t gate_distance(const struct gate_layout *layout, size_t unit)
{
    return layout->gate_stride ? layout->gate_stride : gate_block(layout, unit);
}

/* to (rows, 4*units), in the order of z, from Keras' (rows, 4H). */
void gate_layout_arrange(const struct gate_layout *layout, int rows, const float *from, float *to,
                         size_t to_stride);

/* Adds to Keras' (rows, 4H) the columns [begin, end) of rows of kept gates' order. */
void gate_layout_add(const struct gate_layout *layout, int rows, const float *from, size_t from_stride,
                     size_t begin, size_t end, float *to);

#endif
