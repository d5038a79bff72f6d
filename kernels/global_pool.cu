#include "global_pool.h"

#include "device.cuh"

#include <math.h>

/* A step's rows and features lie side by side: N*F of them are pooled as columns of one long row. */
enum { STEP_WARPS = 16, GRADIENT_THREADS = 128, STEPS_PER_THREAD = 8 };

/* What is known of some steps of a column: a maximum and how many steps have it, or a sum and how many it is of. */
struct part {
    float value;
    int steps;
};

/* A NaN is greater than anything: it must stay visible. */
static __device__ inline void take_greater(struct part &part, struct part other)
{
    if (other.value > part.value || other.value != other.value)
        part = other;
    else if (other.value == part.value)
        part.steps += other.steps;
}

/* Whether step t of row n is pooled. */
static __device__ inline bool counts(const struct global_pool &op, int t, int n)
{
    return !op.tokens || op.tokens[(size_t)n * op.T + t] != 0;
}

/* Both of the warp's steps. */
static __device__ inline struct part greatest(const struct global_pool &op, size_t row, size_t column)
{
    struct part part = {-INFINITY, 0};
    for (int t = threadIdx.y; t < op.T; t += STEP_WARPS)
        take_greater(part, {op.x[(size_t)t * row + column], 1});
    return part;
}

/* By Kahan: what rounding loses of one sum is taken off the next number, however many there are. */
static __device__ inline struct part sum(const struct global_pool &op, size_t row, size_t column, int n)
{
    struct part part = {0.0f, 0};
    float excess = 0.0f;
    for (int t = threadIdx.y; t < op.T; t += STEP_WARPS)
        if (counts(op, t, n)) {
            const float x = op.x[(size_t)t * row + column] - excess, next = part.value + x;
            excess = (next - part.value) - x;
            part.value = next;
            part.steps++;
        }
    return part;
}

/* One block owns 32 columns; a warp every 16th step of them, a lane one column. grid ceil(N*F/32), block (32, 16), 4 KB
 * shared memory. Reads of x run along a step, 128 bytes a warp; those of tokens are one or two words a warp. Bound by
 * the bytes of x. The warps' parts are added in order: reruns are bit-equal. */
static __global__ void __launch_bounds__(WARP *STEP_WARPS)
    global_pool_kernel(struct global_pool op, size_t row)
{
    __shared__ struct part parts[STEP_WARPS][WARP];
    const size_t column = (size_t)blockIdx.x * WARP + threadIdx.x;
    const int n = (int)(column / op.F);
    struct part part = {};
    if (column < row)
        part = op.average ? sum(op, row, column, n) : greatest(op, row, column);
    parts[threadIdx.y][threadIdx.x] = part;
    __syncthreads();
    if (threadIdx.y > 0 || column >= row)
        return;
    for (int warp = 1; warp < STEP_WARPS; warp++) {
        const struct part other = parts[warp][threadIdx.x];
        if (op.average)
            part = {part.value + other.value, part.steps + other.steps};
        else
            take_greater(part, other);
    }
    const float share = part.steps > 0 ? 1.0f / (float)part.steps : 0.0f;
    op.y[column] = op.average ? part.value * share : part.value;
    if (op.saved)
        ((struct global_pooled *)op.saved)[column] = {part.value, share};
}

extern "C" cudaError_t launch_global_pool(cudaStream_t stream, const struct global_pool *op)
{
    const size_t row = (size_t)op->N * op->F;
    launch(global_pool_kernel, ceil_div(row, WARP), dim3(WARP, STEP_WARPS), stream, *op, row);
    return cudaGetLastError();
}

/* A thread owns a column, at every gridDim.y-th step: it reads dy and saved once. grid (ceil(N*F/128), ceil(T/8)),
 * block 128, no shared memory. Reads and writes run along a step, coalesced. Bound by the bytes of dx and, of a
 * maximum, x. No sums: reruns are bit-equal. */
static __global__ void global_pool_backward_kernel(struct global_pool_backward op, size_t row)
{
    const struct global_pool &forward = op.forward;
    const size_t column = (size_t)blockIdx.x * GRADIENT_THREADS + threadIdx.x;
    if (column >= row)
        return;
    const int n = (int)(column / forward.F);
    const struct global_pooled pooled = ((const struct global_pooled *)forward.saved)[column];
    const float dx = op.dy[column] * pooled.share;
    for (int t = (int)blockIdx.y; t < forward.T; t += (int)gridDim.y) {
        const size_t at = (size_t)t * row + column;
        const bool had = forward.average ? counts(forward, t, n) : forward.x[at] == pooled.best;
        op.dx[at] = had ? dx : 0.0f;
    }
}

extern "C" cudaError_t launch_global_pool_backward(cudaStream_t stream, const struct global_pool_backward *op)
{
    const struct global_pool *forward = &op->forward;
    const size_t row = (size_t)forward->N * forward->F;
    const unsigned most = 65535, wanted = ceil_div((size_t)forward->T, STEPS_PER_THREAD);
    const dim3 grid(ceil_div(row, GRADIENT_THREADS), wanted < most ? wanted : most);
    launch(global_pool_backward_kernel, grid, GRADIENT_THREADS, stream, *op, row);
    return cudaGetLastError();
}
