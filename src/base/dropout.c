#include "matinee/rng.h"

#include <Random123/philox.h>

enum { BLOCK = 4 }; /* words of a Philox block */

/* What every element of one mask shares. */
struct mask_row {
    philox4x32_key_t key;
    uint32_t row, step, stream;
    uint32_t threshold; /* a word below it drops its element */
    float scale;
};

static inline float mask_value(const struct mask_row *mask, uint32_t word)
{
    return word >= mask->threshold ? mask->scale : 0.0f;
}

static inline philox4x32_ctr_t mask_words(const struct mask_row *mask, uint32_t block)
{
    philox4x32_ctr_t counter = {{block, mask->row, mask->step, mask->stream}};
    return philox4x32(counter, mask->key);
}

/* Elements [begin, end) of one block. */
static void part_of_block(const struct mask_row *mask, uint32_t block, size_t begin, size_t end, float *to)
{
    philox4x32_ctr_t words = mask_words(mask, block);
    for (size_t i = begin; i < end; i++)
        to[i - begin] = mask_value(mask, words.v[i]);
}

/* Blocks do not depend on each other, so the processor has several under way. */
static void whole_blocks(const struct mask_row *row, uint32_t block, size_t count, float *restrict to)
{
    const struct mask_row mask = *row;
    for (size_t b = 0; b < count; b++) {
        philox4x32_ctr_t words = mask_words(&mask, block + (uint32_t)b);
        for (size_t i = 0; i < BLOCK; i++)
            to[b * BLOCK + i] = mask_value(&mask, words.v[i]);
    }
}

void dropout_mask(const struct dropout_key *key, uint32_t row, float rate, size_t first, size_t count,
                  float *mask)
{
    struct mask_row shared = {.key = {{(uint32_t)key->seed, (uint32_t)(key->seed >> 32)}},
                              .row = row,
                              .step = key->step,
                              .stream = key->stream,
                              .threshold = (uint32_t)((double)rate * 0x1p32),
                              .scale = 1.0f / (1.0f - rate)};
    uint32_t block = (uint32_t)(first / BLOCK);
    size_t begin = first % BLOCK;
    if (begin > 0) {
        size_t end = begin + count < BLOCK ? begin + count : BLOCK;
        part_of_block(&shared, block++, begin, end, mask);
        mask += end - begin;
        count -= end - begin;
    }
    whole_blocks(&shared, block, count / BLOCK, mask);
    if (count % BLOCK > 0)
        part_of_block(&shared, block + (uint32_t)(count / BLOCK), 0, count % BLOCK,
                      mask + count / BLOCK * BLOCK);
}
