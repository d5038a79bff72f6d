/* Masks of whole Philox blocks, many at a time, where the processor can. */
#ifndef BASE_MASK_BLOCKS_H
#define BASE_MASK_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

enum { BLOCK_WORDS = 4 };

/* What every element of a row's mask shares. */
struct mask_row {
    uint64_t seed;
    uint32_t row, step, stream;
    uint32_t threshold; /* a word below it drops its element */
    float scale;        /* of what is kept */
};

#if defined(__x86_64__)
/* Fills the mask of the first blocks of [block, block + count), as many as it takes at once, and says how many those
 * are. The processor must have AVX2. */
size_t mask_blocks_avx2(const struct mask_row *mask, uint32_t block, size_t count, float *to);
#endif

#endif
