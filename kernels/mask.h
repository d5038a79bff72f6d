/* A dropout mask as a kernel argument; the values are those of dropout_mask() and of the CPU backend, bit by bit. */
#ifndef KERNELS_MASK_H
#define KERNELS_MASK_H

#include "matinee/backend.h"

struct mask {
    float scale; /* 1/(1 - rate) of what is kept; 1 without a rate, and then nothing else is looked at */
    const uint8_t *keep; /* given mask, or NULL: the function of the rest */
    uint32_t seed_low, seed_high, stream, first_row, threshold;
    const struct step_state *state;
};

static inline struct mask mask_of(const struct dropout *dropout)
{
    struct mask mask = {1.0f, NULL, 0, 0, 0, 0, 0, NULL};
    if (!(dropout->rate > 0.0f))
        return mask;
    mask.scale = 1.0f / (1.0f - dropout->rate);
    mask.keep = dropout->keep;
    mask.seed_low = (uint32_t)dropout->seed;
    mask.seed_high = (uint32_t)(dropout->seed >> 32);
    mask.stream = dropout->stream;
    mask.first_row = dropout->first_row;
    mask.threshold = (uint32_t)((double)dropout->rate * 4294967296.0);
    mask.state = dropout->state;
    return mask;
}

#endif
