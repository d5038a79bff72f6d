/* The gradient of conv_pool's input: a convolution of dz with the kernel, reversed in time and transposed. */
#include "conv_pool.h"

#include "conv_dz.cuh"
#include "conv_tile.cuh"

/* Filters [c, c + CHANNELS) and the taps that stand k .. k + taps - 1 from the last, for steps of dx from `first` on of
 * row n: folded ones begin `left` steps before x. */
template <bool FOLDED>
static __device__ inline void load_tile(struct conv_tile &tile, const struct conv_pool_backward &op,
                                        const struct fold_tile &channels, int c, int k, int taps, int n,
                                        int first, const struct conv_dz &dz)
{
    const struct conv_pool &forward = op.forward;
    const int lane = threadIdx.x % OUTPUTS, warp = threadIdx.x / OUTPUTS;
    for (int row = warp; row < taps * OUTPUTS; row += CONV_WARPS) {
        const int tap = channels.taps - 1 - k - row / OUTPUTS, i = row % OUTPUTS,
                  channel = channels.begin + i;
        const bool inside = channel < channels.end && c + lane < forward.C;
        tile.weights[row / OUTPUTS][lane][i] =
            inside
                ? forward.kernel[((size_t)tap * fold_depth<FOLDED>(forward) + channel) * forward.C + c + lane]
                : 0.0f;
    }
    for (int row = 0; row < POSITIONS + taps - 1; row++)
        tile.window[warp][row][lane] =
            conv_dz_at(op, dz, first + row + k + (FOLDED ? 0 : dz.left) - (channels.taps - 1), n, c + lane);
}

/* One warp owns POSITIONS consecutive steps of dx, folded (conv_fold.cuh), of one row of the batch, and a lane one of
 * 32 channels; neighbouring warps have neighbouring rows. grid (ceil(N*ceil(steps/POSITIONS)/8), tiles of channels),
 * block 256, 22.4 KB shared memory (conv_tile.cuh). Rows of dy, saved, dx and kernel are read and written whole, 128
 * bytes a warp where E and C allow; dy and saved are read P*(POSITIONS + K/stride - 1)/POSITIONS times, from the caches
 * after the first. Bound as the forward pass is: 2*T*N*K*E*C/stride operations, half of them with zeros at P = 2. Sums
 * have a fixed order: reruns are bit-equal. */
template <bool FOLDED>
static __global__ void __launch_bounds__(CONV_THREADS)
    conv_pool_input_gradient_kernel(struct conv_pool_backward op, struct conv_dz dz)
{
    __shared__ __align__(16) struct conv_tile tile;
    const struct conv_pool &forward = op.forward;
    const size_t run = (size_t)blockIdx.x * CONV_WARPS + threadIdx.x / OUTPUTS;
    const int n = (int)(run % forward.N), first = (int)(run / forward.N) * POSITIONS;
    const struct fold_tile channels = fold_tile_at<FOLDED>(forward, (int)blockIdx.y);
    const int channel = channels.begin + threadIdx.x % OUTPUTS, step = fold_step<FOLDED>(forward, channel);
    float sum[POSITIONS];
    for (int j = 0; j < POSITIONS; j++)
        sum[j] = 0.0f;
    for (int c = 0; c < forward.C; c += CHANNELS)
        for (int k = 0; k < channels.taps; k += TAPS) {
            const int taps = at_most(TAPS, channels.taps - k);
            __syncthreads();
            load_tile<FOLDED>(tile, op, channels, c, k, taps, n, first, dz);
            __syncthreads();
            conv_add(sum, tile, taps, at_most(CHANNELS, forward.C - c));
        }
    for (int j = 0; j < POSITIONS; j++) {
        const int t = FOLDED ? (first + j) * forward.stride + step - dz.left : first + j;
        if ((!FOLDED || t >= 0) && t < forward.T && channel < channels.end)
            op.dx[((size_t)t * forward.N + n) * forward.E + channel - step * forward.E] = sum[j];
    }
}

extern "C" cudaError_t launch_conv_pool_input_gradient(cudaStream_t stream,
                                                       const struct conv_pool_backward *op)
{
    const struct conv_dz dz = conv_dz_of(&op->forward);
    struct conv_pool_backward within = *op;
    within.forward = conv_within(&op->forward);
    const struct conv_pool *forward = &within.forward;
    const bool folded = forward->stride > 1;
    const size_t steps =
        folded ? ceil_div((size_t)forward->T + dz.left, (size_t)forward->stride) : (size_t)forward->T;
    const size_t runs = (size_t)forward->N * ceil_div(steps, POSITIONS);
    const dim3 grid(ceil_div(runs, CONV_WARPS), fold_tiles(forward));
    if (folded)
        launch(conv_pool_input_gradient_kernel<true>, grid, CONV_THREADS, stream, within, dz);
    else
        launch(conv_pool_input_gradient_kernel<false>, grid, CONV_THREADS, stream, within, dz);
    return cudaGetLastError();
}
