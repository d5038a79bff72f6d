/* What the forward pass of conv_pool and the gradient of its input have in common: both are a sum over taps and channels,
 *
 *     sum[j] = sum over k < TAPS, i < CHANNELS of window[j + k][i] * weights[k][i][lane]      j < POSITIONS
 *
 * for a warp that holds POSITIONS consecutive steps of one row of the batch and whose lane is one of 32 outputs. Longer
 * kernels and more channels are sums of such tiles. The order of a sum does not depend on where in the batch or in time
 * a warp works: rows that share steps have equal ones. */
#ifndef KERNELS_CONV_TILE_CUH
#define KERNELS_CONV_TILE_CUH

#include "conv_fold.cuh"

enum {
    OUTPUTS = 32, /* of a warp, one a lane */
    CONV_WARPS = 8,
    CONV_THREADS = CONV_WARPS * OUTPUTS,
    POSITIONS = 8, /* a weight that is read once from shared memory serves so many products */
    TAPS = 3,
    CHANNELS = FOLD_CHANNELS,
    WINDOW = POSITIONS + TAPS - 1,
};

/* The warps of a block share the weights; each has a window of its own. 22.4 KB. A row of weights is a float longer,
 * so that columns, too, can be written without bank conflicts. */
struct conv_tile {
    float window[CONV_WARPS][WINDOW][CHANNELS];
    float weights[TAPS][CHANNELS][OUTPUTS + 1];
};

/* Four channels at a time: their weights stay in registers while the window goes by. A row of the window is one 16-byte
 * read, the same for all lanes. `channels` may be rounded up: what is beyond is zero in window and weights. */
template <int TAPS_HERE>
static __device__ inline void conv_add_taps(float (&sum)[POSITIONS], const float (*window)[CHANNELS],
                                            const float (*weights)[CHANNELS][OUTPUTS + 1], int channels)
{
    const int lane = threadIdx.x % OUTPUTS;
    for (int i = 0; i < channels; i += 4) {
        float w[TAPS_HERE][4];
        for (int k = 0; k < TAPS_HERE; k++)
            for (int j = 0; j < 4; j++)
                w[k][j] = weights[k][i + j][lane];
        for (int row = 0; row < POSITIONS + TAPS_HERE - 1; row++) {
            const float4 x = *(const float4 *)&window[row][i];
            for (int k = 0; k < TAPS_HERE; k++)
                if (row - k >= 0 && row - k < POSITIONS) {
                    sum[row - k] += x.x * w[k][0];
                    sum[row - k] += x.y * w[k][1];
                    sum[row - k] += x.z * w[k][2];
                    sum[row - k] += x.w * w[k][3];
                }
        }
    }
}

static __device__ inline void conv_add(float (&sum)[POSITIONS], const struct conv_tile &tile, int taps,
                                       int channels)
{
    const float(*window)[CHANNELS] = tile.window[threadIdx.x / OUTPUTS];
    if (taps == 1)
        conv_add_taps<1>(sum, window, tile.weights, channels);
    else if (taps == 2)
        conv_add_taps<2>(sum, window, tile.weights, channels);
    else
        conv_add_taps<TAPS>(sum, window, tile.weights, channels);
}

#endif
