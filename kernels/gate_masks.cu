#include "gate_masks.h"

#include "mask.cuh"

enum { MASK_THREADS = 128, STEPS_PER_THREAD = 8 };

/* A thread owns one element of one row of one mask. grid (ceil(N*width/128), masks), block 128, no shared memory.
 * Writes run along the mask. Bound by Philox's 10 rounds, which four neighbours repeat; some 50,000 elements.
 * Each value is a function of its place: reruns are bit-equal. */
static __global__ void gate_masks_kernel(struct gate_masks op)
{
    const size_t width = (size_t)op.width, k = (size_t)blockIdx.x * MASK_THREADS + threadIdx.x;
    if (k < (size_t)op.N * width)
        op.values[blockIdx.y * ((size_t)op.N * width) + k] =
            mask_value(op.masks[blockIdx.y], (int)(k / width), width, k % width);
}

extern "C" cudaError_t launch_gate_masks(cudaStream_t stream, const struct gate_masks *op)
{
    const dim3 grid(ceil_div((size_t)op->N * (size_t)op->width, MASK_THREADS), (unsigned)op->count);
    launch(gate_masks_kernel, grid, MASK_THREADS, stream, *op);
    return cudaGetLastError();
}

/* A thread owns one element of a step, at every gridDim.y-th step: it reads the mask once. grid (ceil(count/128),
 * ceil(T/8)), block 128, no shared memory. Reads and writes run along the step, coalesced. Bound by the bytes of in
 * and out. No sums across threads: reruns are bit-equal. */
static __global__ void masked_steps_kernel(struct masked_steps op)
{
    const size_t k = (size_t)blockIdx.x * MASK_THREADS + threadIdx.x;
    if (k >= op.count)
        return;
    const float mask = op.mask[k];
    for (int t = (int)blockIdx.y; t < op.T; t += (int)gridDim.y) {
        const size_t at = (size_t)t * op.count + k;
        const float value = op.in[at] * mask;
        op.out[at] = op.adds ? op.out[at] + value : value;
    }
}

extern "C" cudaError_t launch_masked_steps(cudaStream_t stream, const struct masked_steps *op)
{
    const unsigned most = 65535, wanted = ceil_div((size_t)op->T, STEPS_PER_THREAD);
    const dim3 grid(ceil_div(op->count, MASK_THREADS), wanted < most ? wanted : most);
    launch(masked_steps_kernel, grid, MASK_THREADS, stream, *op);
    return cudaGetLastError();
}
