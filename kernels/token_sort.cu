#include "token_sort.h"

#include <cub/device/device_radix_sort.cuh>

/* Only the bits that a token below V can have are sorted by: a pass fewer for each eight that it has not. */
static int token_bits(int V)
{
    int bits = 1;
    while (bits < 31 && (V - 1) >> bits != 0)
        bits++;
    return bits;
}

static cudaError_t sort_pairs(cudaStream_t stream, const struct token_sort *sort, void *storage,
                              size_t *bytes)
{
    return cub::DeviceRadixSort::SortPairs(
        storage, *bytes, (const uint32_t *)sort->tokens, (uint32_t *)sort->sorted_tokens, sort->positions,
        sort->sorted_positions, sort->count, 0, token_bits(sort->V), stream);
}

extern "C" cudaError_t token_sort_bytes(size_t *bytes, const struct token_sort *sort)
{
    *bytes = 0;
    return sort_pairs(NULL, sort, NULL, bytes);
}

extern "C" cudaError_t launch_token_sort(cudaStream_t stream, const struct token_sort *sort, void *storage,
                                         size_t bytes)
{
    return sort_pairs(stream, sort, storage, &bytes);
}
