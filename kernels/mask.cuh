/* The value of a mask, by Philox4x32-10 (matinee/rng.h has the counter). */
#ifndef KERNELS_MASK_CUH
#define KERNELS_MASK_CUH

#include "device.cuh"
#include "mask.h"

#include <Random123/philox.h>

static __device__ inline philox4x32_ctr_t mask_words(const struct mask &mask, int n, size_t block)
{
    philox4x32_ctr_t counter = {
        {(uint32_t)block, mask.first_row + (uint32_t)n, mask.state->step, mask.stream}};
    philox4x32_key_t key = {{mask.seed_low, mask.seed_high}};
    return philox4x32(counter, key);
}

/* Element `element` of row n, of rows of `row_count` elements: mask.scale or 0. */
static __device__ inline float mask_value(const struct mask &mask, int n, size_t row_count, size_t element)
{
    if (mask.scale == 1.0f)
        return 1.0f;
    if (mask.keep)
        return mask.keep[(size_t)n * row_count + element] ? mask.scale : 0.0f;
    const philox4x32_ctr_t words = mask_words(mask, n, element / 4);
    uint32_t word = words.v[0];
    for (int i = 1; i < 4; i++) /* words.v[element % 4], in registers */
        if (element % 4 == (size_t)i)
            word = words.v[i];
    return word >= mask.threshold ? mask.scale : 0.0f;
}

enum { MASK_BLOCK = 4 }; /* elements that one Philox block decides about */

struct mask_block {
    float values[MASK_BLOCK];
};

/* Elements first .. first + 3 of row n; first is a multiple of four. What lies beyond the row is not to be used. */
static __device__ inline struct mask_block mask_block_at(const struct mask &mask, int n, size_t row_count,
                                                         size_t first)
{
    struct mask_block block;
    if (mask.scale == 1.0f || mask.keep) {
        for (size_t i = 0; i < MASK_BLOCK; i++)
            block.values[i] = first + i < row_count ? mask_value(mask, n, row_count, first + i) : 0.0f;
        return block;
    }
    const philox4x32_ctr_t words = mask_words(mask, n, first / MASK_BLOCK);
    for (int i = 0; i < MASK_BLOCK; i++)
        block.values[i] = words.v[i] >= mask.threshold ? mask.scale : 0.0f;
    return block;
}

#endif
