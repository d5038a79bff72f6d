#include "conv_pool.h"

#include "conv_tile.cuh"
#include "pool.cuh"

/* Taps [k, k + taps) of a tile's channels, for steps of z from `first` on of row n. */
template <bool FOLDED>
static __device__ inline void load_tile(struct conv_tile &tile, const struct conv_pool &op,
                                        const struct fold_tile &channels, int k, int taps, int n, int first,
                                        int left)
{
    const int lane = threadIdx.x % OUTPUTS, warp = threadIdx.x / OUTPUTS,
              c = (int)blockIdx.y * OUTPUTS + lane;
    for (int row = warp; row < taps * CHANNELS; row += CONV_WARPS) {
        const int i = row % CHANNELS, channel = channels.begin + i;
        const size_t tap = (size_t)(k + row / CHANNELS);
        const bool inside = channel < channels.end && c < op.C;
        tile.weights[row / CHANNELS][i][lane] =
            inside ? op.kernel[(tap * fold_depth<FOLDED>(op) + channel) * op.C + c] : 0.0f;
    }
    const int channel = channels.begin + lane, step = fold_step<FOLDED>(op, channel);
    for (int row = 0; row < POSITIONS + taps - 1; row++) {
        const int t = (first + row + k) * fold_stride<FOLDED>(op) + step - left;
        const bool inside = t >= 0 && t < op.T && channel < channels.end;
        tile.window[warp][row][lane] =
            inside ? op.x[((size_t)t * op.N + n) * op.E + channel - step * op.E] : 0.0f;
    }
}

/* Steps of y that a row with so many leading pads shares. A step t of z is shared iff the last step of x that it reads,
 * t*stride - left + K - 1, is a pad; all steps are where there is nothing but pads. */
static __device__ inline int shared_steps(const struct conv_pool &op, int pads, int left, int S)
{
    const int steps = pads - (op.K - 1 - left);
    return pads >= op.T ? S : steps > 0 ? (steps + op.stride - 1) / op.stride / op.P : 0;
}

/* One warp owns `pools` consecutive steps of y of one row of the batch, and a lane one of 32 filters; neighbouring
 * warps have neighbouring rows. grid (ceil(N*ceil(S/pools)/8), ceil(C/32)), block 256, 22.4 KB shared memory
 * (conv_tile.cuh). Rows of x, folded (conv_fold.cuh), y, saved and kernel are read and written whole, 128 bytes a warp
 * where E and C allow; x is read (POSITIONS + K/stride - 1)/POSITIONS times, mostly from the L2 cache that its producer
 * left it in. Bound by the 2*T*N*K*E*C/stride operations (197 MFLOP where it moves 8 MB, at T=500 N=64 E=C=32 K=3; 1.2
 * GFLOP and 9 MB at T=2000 N=64 E=16 C=96 K=12 stride 4), these by reads of shared memory: one for 4.4 multiplications.
 * Sums have a fixed order: reruns are bit-equal. */
template <bool FOLDED>
static __global__ void __launch_bounds__(CONV_THREADS)
    conv_pool_kernel(struct conv_pool op, int left, int S, int pools)
{
    __shared__ __align__(16) struct conv_tile tile;
    const size_t run = (size_t)blockIdx.x * CONV_WARPS + threadIdx.x / OUTPUTS;
    const int n = (int)(run % op.N), begin = (int)(run / op.N) * pools, end = at_most(S, begin + pools);
    const int c = (int)blockIdx.y * OUTPUTS + threadIdx.x % OUTPUTS;
    const float bias = c < op.C ? op.bias[c] : 0.0f;
    struct pooled pooled = pool_begin(op.relu);
    int s = begin, p = 0;
    for (int step = 0; step < pools * op.P; step += POSITIONS) {
        float sum[POSITIONS];
        for (int j = 0; j < POSITIONS; j++)
            sum[j] = bias;
        for (int e = 0; e < fold_depth<FOLDED>(op); e = fold_next<FOLDED>(op, e)) {
            const struct fold_tile channels = fold_tile_from<FOLDED>(op, e);
            for (int k = 0; k < channels.taps; k += TAPS) {
                const int taps = at_most(TAPS, channels.taps - k);
                __syncthreads();
                load_tile<FOLDED>(tile, op, channels, k, taps, n, begin * op.P + step, left);
                __syncthreads();
                conv_add(sum, tile, taps, at_most(CHANNELS, channels.end - e));
            }
        }
        for (int j = 0; j < POSITIONS; j++) {
            pool_take(pooled, sum[j], p);
            if (++p < op.P)
                continue;
            if (s < end && c < op.C) {
                const size_t at = ((size_t)s * op.N + n) * op.C + c;
                op.y[at] = pooled.best;
                if (op.saved)
                    ((int32_t *)op.saved)[at] = pooled.step;
            }
            s++;
            p = 0;
            pooled = pool_begin(op.relu);
        }
    }
    if (begin == 0 && c == 0)
        op.y_pads[n] = shared_steps(op, op.pads[n], left, S);
}

/* Few, so that there are many warps, but at most an eighth of the steps that a warp computes lies beyond its pools. */
static int pools_of_warp(int P)
{
    for (int pools = P < POSITIONS ? POSITIONS / P : 1;; pools++) {
        const int steps = pools * P, beyond = (POSITIONS - steps % POSITIONS) % POSITIONS;
        if (beyond * 7 <= steps)
            return pools;
    }
}

extern "C" cudaError_t launch_conv_pool(cudaStream_t stream, const struct conv_pool *op)
{
    const struct conv_pool within = conv_within(op);
    const int S = conv_pool_steps(op), pools = pools_of_warp(op->P);
    const size_t runs = (size_t)op->N * ceil_div((size_t)S, (size_t)pools);
    const dim3 grid(ceil_div(runs, CONV_WARPS), ceil_div((size_t)op->C, OUTPUTS));
    const int left = conv_left(op);
    if (within.stride == 1)
        launch(conv_pool_kernel<false>, grid, CONV_THREADS, stream, within, left, S, pools);
    else
        launch(conv_pool_kernel<true>, grid, CONV_THREADS, stream, within, left, S, pools);
    return cudaGetLastError();
}
