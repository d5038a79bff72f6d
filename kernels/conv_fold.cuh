/* A convolution with a stride is one without over rows that are folded: `stride` steps of x, side by side, are a step,
 *
 *     x'[u, n, r*E + e] = x[u*stride + r - left, n, e]          kernel'[k, r*E + e, c] = kernel[k*stride + r, e, c]
 *
 * kernel' is the kernel as it lies in memory; what it lacks at its end where K is no multiple of the stride is a tap of
 * its last channels. So a tile holds up to 32 channels that have equally many taps, and nothing is multiplied that the
 * kernel does not have. FOLDED is false for stride 1, where all of this is what it would be without. */
#ifndef KERNELS_CONV_FOLD_CUH
#define KERNELS_CONV_FOLD_CUH

#include "conv_pool.h"
#include "device.cuh"

enum { FOLD_CHANNELS = 32 }; /* of a tile */

/* Channels of x' from `begin` on that have as many taps; of more than a tile has they are the rest. */
struct fold_tile {
    int begin, end, taps;
};

/* A stride beyond the row's end is one to its end: nothing of a folded step can then be too large for an int. */
static inline struct conv_pool conv_within(const struct conv_pool *op)
{
    struct conv_pool within = *op;
    within.stride = op->stride < op->T ? op->stride : op->T;
    return within;
}

/* Of the channels, those with a tap more. */
static inline int fold_longer(const struct conv_pool *op)
{
    return op->K % op->stride * op->E;
}

static inline unsigned fold_tiles(const struct conv_pool *op)
{
    const int longer = fold_longer(op);
    return ceil_div((size_t)longer, FOLD_CHANNELS) +
           ceil_div((size_t)(op->stride * op->E - longer), FOLD_CHANNELS);
}

template <bool FOLDED> static __device__ inline int fold_stride(const struct conv_pool &op)
{
    return FOLDED ? op.stride : 1;
}

/* Channels of x'. */
template <bool FOLDED> static __device__ inline int fold_depth(const struct conv_pool &op)
{
    return FOLDED ? op.stride * op.E : op.E;
}

/* Which of a folded step's steps a channel is of: its r. */
template <bool FOLDED> static __device__ inline int fold_step(const struct conv_pool &op, int channel)
{
    return FOLDED ? channel / op.E : 0;
}

static __device__ inline int at_most(int limit, int value)
{
    return value < limit ? value : limit;
}

template <bool FOLDED>
static __device__ inline struct fold_tile fold_tile_from(const struct conv_pool &op, int begin)
{
    if (!FOLDED)
        return {begin, op.E, op.K};
    const int longer = op.K % op.stride * op.E, taps = op.K / op.stride;
    return begin < longer ? fold_tile{begin, longer, taps + 1} : fold_tile{begin, op.stride * op.E, taps};
}

/* Where the next tile begins. */
template <bool FOLDED> static __device__ inline int fold_next(const struct conv_pool &op, int begin)
{
    const int next = begin + FOLD_CHANNELS;
    return FOLDED ? at_most(fold_tile_from<FOLDED>(op, begin).end, next) : next;
}

/* By its number, 0 .. fold_tiles - 1. */
template <bool FOLDED>
static __device__ inline struct fold_tile fold_tile_at(const struct conv_pool &op, int index)
{
    if (!FOLDED)
        return fold_tile_from<FOLDED>(op, index * FOLD_CHANNELS);
    const int longer = op.K % op.stride * op.E, of_longer = (longer + FOLD_CHANNELS - 1) / FOLD_CHANNELS;
    return fold_tile_from<FOLDED>(op, index < of_longer ? index * FOLD_CHANNELS
                                                        : longer + (index - of_longer) * FOLD_CHANNELS);
}

#endif
