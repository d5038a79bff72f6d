/* Philox4x32-10 for 16 blocks side by side. A word stands in the lower half of a 64-bit lane, where the multiplication
 * wants it; the upper half holds what is left of products and is never read. */
#include "mask_blocks.h"

#include <immintrin.h>
#include <string.h>

enum {
    LANES = 4,
    GROUPS = 4,
    ROUNDS = 10
}; /* four groups are under way at once: a multiplication takes long */

typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint64_t))));

static inline lanes splat(uint32_t value)
{
    return (lanes)_mm256_set1_epi64x((long long)value);
}

static inline lanes multiply(lanes a, uint32_t b)
{
    return (lanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x((long long)b));
}

/* Counter, then words, of LANES blocks. */
struct blocks {
    lanes word[BLOCK_WORDS];
};

static inline void run_round(struct blocks *blocks, lanes key_low, lanes key_high)
{
    lanes *w = blocks->word;
    lanes a = multiply(w[0], 0xd2511f53u), b = multiply(w[2], 0xcd9e8d57u);
    w[0] = (b >> 32) ^ w[1] ^ key_low;
    w[1] = b;
    w[2] = (a >> 32) ^ w[3] ^ key_high;
    w[3] = a;
}

/* The mask of LANES blocks, block by block. */
static inline void store_mask(const struct blocks *blocks, words threshold, words scale, float *to)
{
    const lanes *w = blocks->word, low = splat(0xffffffffu);
    __m256i first = (__m256i)((w[0] & low) | w[1] << 32), second = (__m256i)((w[2] & low) | w[3] << 32);
    words even = (words)_mm256_unpacklo_epi64(first, second),
          odd = (words)_mm256_unpackhi_epi64(first, second);
    words even_mask = (words)(even >= threshold) & scale, odd_mask = (words)(odd >= threshold) & scale;
    __m256i blocks_0_2 = (__m256i)even_mask, blocks_1_3 = (__m256i)odd_mask;
    _mm256_storeu_si256((__m256i *)(void *)to, _mm256_permute2x128_si256(blocks_0_2, blocks_1_3, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(to + 2 * BLOCK_WORDS),
                        _mm256_permute2x128_si256(blocks_0_2, blocks_1_3, 0x31));
}

size_t mask_blocks_avx2(const struct mask_row *mask, uint32_t block, size_t count, float *to)
{
    const lanes order = {0, 1, 2, 3};
    uint32_t scale_bits;
    memcpy(&scale_bits, &mask->scale, sizeof scale_bits);
    const words threshold = (words){0} + mask->threshold, scale = (words){0} + scale_bits;
    size_t done = 0;
    for (; count - done >= LANES * GROUPS; done += LANES * GROUPS) {
        struct blocks blocks[GROUPS];
#pragma GCC unroll 4
        for (uint32_t g = 0; g < GROUPS; g++)
            blocks[g] = (struct blocks){{splat(block + (uint32_t)done + g * LANES) + order, splat(mask->row),
                                         splat(mask->step), splat(mask->stream)}};
        uint32_t key_low = (uint32_t)mask->seed, key_high = (uint32_t)(mask->seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 4
            for (int g = 0; g < GROUPS; g++)
                run_round(&blocks[g], splat(key_low), splat(key_high));
            key_low += 0x9e3779b9u;
            key_high += 0xbb67ae85u;
        }
#pragma GCC unroll 4
        for (size_t g = 0; g < GROUPS; g++)
            store_mask(&blocks[g], threshold, scale, to + (done + g * LANES) * BLOCK_WORDS);
    }
    return done;
}
