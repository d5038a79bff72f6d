#include "mask_blocks.h"
#include "matinee/rng.h"

#include <Random123/philox.h>

/* Elements [begin, end) of one block. */
static void part_of_block(const struct mask_row *mask, uint32_t block, size_t begin, size_t end, float *to)
{
    philox4x32_key_t key = {{(uint32_t)mask->seed, (uint32_t)(mask->seed >> 32)}};
    philox4x32_ctr_t counter = {{block, mask->row, mask->step, mask->stream}};
    philox4x32_ctr_t words = philox4x32(counter, key);
    for (size_t i = begin; i < end; i++)
        to[i - begin] = words.v[i] >= mask->threshold ? mask->scale : 0.0f;
}

static void whole_blocks(const struct mask_row *mask, uint32_t block, size_t count, float *to)
{
    size_t done = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        done = mask_blocks_avx2(mask, block, count, to);
#endif
    for (; done < count; done++)
        part_of_block(mask, block + (uint32_t)done, 0, BLOCK_WORDS, to + done * BLOCK_WORDS);
}

void dropout_mask(const struct dropout_key *key, uint32_t row, float rate, size_t first, size_t count,
                  float *mask)
{
    const struct mask_row shared = {.seed = key->seed,
                                    .row = row,
                                    .step = key->step,
                                    .stream = key->stream,
                                    .threshold = (uint32_t)((double)rate * 0x1p32),
                                    .scale = 1.0f / (1.0f - rate)};
    uint32_t block = (uint32_t)(first / BLOCK_WORDS);
    size_t begin = first % BLOCK_WORDS;
    if (begin > 0) {
        size_t end = begin + count < BLOCK_WORDS ? begin + count : BLOCK_WORDS;
        part_of_block(&shared, block++, begin, end, mask);
        mask += end - begin;
        count -= end - begin;
    }
    size_t blocks = count / BLOCK_WORDS, rest = count % BLOCK_WORDS;
    whole_blocks(&shared, block, blocks, mask);
    if (rest > 0)
        part_of_block(&shared, block + (uint32_t)blocks, 0, rest, mask + blocks * BLOCK_WORDS);
}
