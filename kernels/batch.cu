#include "batch.h"

#include "device.cuh"

/* One thread. grid 1, block 1. */
static __global__ void next_step_kernel(struct next_step op)
{
    *op.state = op.schedule[*op.position];
    *op.position += 1;
}

extern "C" cudaError_t launch_next_step(cudaStream_t stream, const struct next_step *op)
{
    launch(next_step_kernel, 1, 1, stream, *op);
    return cudaGetLastError();
}

enum { LOAD_THREADS = 256 };

/* One block owns a row of the batch; a thread copies every 256th token. grid N, block 256, no shared memory.
 * Reads and writes run along the row, coalesced. Bound by the bytes of the tokens, some 100 KB. */
static __global__ void load_batch_kernel(struct load_batch op)
{
    const int n = blockIdx.x;
    const int32_t position = op.state->first_row + n;
    const size_t review = (size_t)(op.order ? op.order[position] : position), T = (size_t)op.T;
    for (size_t t = threadIdx.x; t < T; t += LOAD_THREADS)
        op.tokens[(size_t)n * T + t] = op.token_bytes == 2 ? ((const uint16_t *)op.all_tokens)[review * T + t]
                                                           : ((const int32_t *)op.all_tokens)[review * T + t];
    if (threadIdx.x == 0) {
        op.pads[n] = op.all_pads[review];
        op.labels[n] = op.all_labels[review];
    }
}

extern "C" cudaError_t launch_load_batch(cudaStream_t stream, const struct load_batch *op)
{
    launch(load_batch_kernel, (unsigned)op->N, LOAD_THREADS, stream, *op);
    return cudaGetLastError();
}
