/* The gradient of conv_pool's input: a convolution of dz with the kernel, reversed in time and transposed. */
#include "conv_pool.h"

#include "conv_dz.cuh"
#include "conv_tile.cuh"

/* Filters [c, c + CHANNELS) and the taps that stand k .. k + taps - 1 from the last, for steps of dx from `first` on of
 * row n. */
static __device__ inline void load_tile(struct conv_tile &tile, const struct conv_pool_backward &op, int c,
                                        int k, int taps, int n, int first, const struct conv_dz &dz)
{
    const struct conv_pool &forward = op.forward;
    const int lane = threadIdx.x % OUTPUTS, warp = threadIdx.x / OUTPUTS, e = (int)blockIdx.y * OUTPUTS;
    for (int row = warp; row < taps * OUTPUTS; row += CONV_WARPS) {
        const int tap = forward.K - 1 - k - row / OUTPUTS, i = row % OUTPUTS;
        const bool inside = e + i < forward.E && c + lane < forward.C;
        tile.weights[row / OUTPUTS][lane][i] =
            inside ? forward.kernel[((size_t)tap * forward.E + e + i) * forward.C + c + lane] : 0.0f;
    }
    for (int row = 0; row < POSITIONS + taps - 1; row++)
        tile.window[warp][row][lane] =
            conv_dz_at(op, dz, first + row + k + dz.left - (forward.K - 1), n, c + lane);
}

/* One warp owns POSITIONS consecutive steps of dx of one row of the batch, and a lane one of 32 channels; neighbouring
 * warps have neighbouring rows. grid (ceil(N*ceil(T/POSITIONS)/8), ceil(E/32)), block 256, 22.4 KB shared memory
 * (conv_tile.cuh). Rows of dy, saved, dx and kernel are read and written whole, 128 bytes a warp where E and C allow; dy
 * and saved are read P*(POSITIONS + K - 1)/POSITIONS times, from the caches after the first. Bound as the forward pass
 * is: 2*T*N*K*E*C operations, half of them with zeros at P = 2. Sums have a fixed order: reruns are bit-equal. */
static __global__ void __launch_bounds__(CONV_THREADS)
    conv_pool_input_gradient_kernel(struct conv_pool_backward op, struct conv_dz dz)
{
    __shared__ __align__(16) struct conv_tile tile;
    const struct conv_pool &forward = op.forward;
    const size_t run = (size_t)blockIdx.x * CONV_WARPS + threadIdx.x / OUTPUTS;
    const int n = (int)(run % forward.N), first = (int)(run / forward.N) * POSITIONS;
    const int e = (int)blockIdx.y * OUTPUTS + threadIdx.x % OUTPUTS;
    float sum[POSITIONS];
    for (int j = 0; j < POSITIONS; j++)
        sum[j] = 0.0f;
    for (int c = 0; c < forward.C; c += CHANNELS)
        for (int k = 0; k < forward.K; k += TAPS) {
            const int taps = at_most(TAPS, forward.K - k);
            __syncthreads();
            load_tile(tile, op, c, k, taps, n, first, dz);
            __syncthreads();
            conv_add(sum, tile, taps, at_most(CHANNELS, forward.C - c));
        }
    for (int j = 0; j < POSITIONS; j++)
        if (first + j < forward.T && e < forward.E)
            op.dx[((size_t)(first + j) * forward.N + n) * forward.E + e] = sum[j];
}

extern "C" cudaError_t launch_conv_pool_input_gradient(cudaStream_t stream,
                                                       const struct conv_pool_backward *op)
{
    const struct conv_pool *forward = &op->forward;
    const size_t runs = (size_t)forward->N * ceil_div((size_t)forward->T, POSITIONS);
    const dim3 grid(ceil_div(runs, CONV_WARPS), ceil_div((size_t)forward->E, OUTPUTS));
    launch(conv_pool_input_gradient_kernel, grid, CONV_THREADS, stream, *op, conv_dz_of(forward));
    return cudaGetLastError();
}
