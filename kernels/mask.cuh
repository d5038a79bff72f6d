/* The value of a mask, by Philox4x32-10 (matinee/rng.h has the counter). */
#ifndef KERNELS_MASK_CUH
#define KERNELS_MASK_CUH

#include "device.cuh"
#include "mask.h"

#include <Random123/philox.h>

/* Element `element` of row n, of rows of `row_count` elements: mask.scale or 0. */
static __device__ inline float mask_value(const struct mask &mask, int n, size_t row_count, size_t element)
{
    if (mask.scale == 1.0f)
        return 1.0f;
    if (mask.keep)
        return mask.keep[(size_t)n * row_count + element] ? mask.scale : 0.0f;
    philox4x32_ctr_t counter = {
        {(uint32_t)(element / 4), mask.first_row + (uint32_t)n, mask.state->step, mask.stream}};
    philox4x32_key_t key = {{mask.seed_low, mask.seed_high}};
    philox4x32_ctr_t words = philox4x32(counter, key);
    return words.v[element % 4] >= mask.threshold ? mask.scale : 0.0f;
}

#endif
