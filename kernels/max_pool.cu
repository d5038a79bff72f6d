#include "max_pool.h"

#include "pool.cuh"

/* A step's rows and features lie side by side: N*F of them are pooled as one long row. */
enum { POOL_THREADS = 256 };

/* One thread owns an element of y, and the first N threads an element of y_pads too. grid over the elements of y or
 * over N, whichever are more, block 256, no shared memory. Reads and writes run along the row, coalesced. Bound by the
 * bytes of x, y and saved. No sums: reruns are bit-equal. */
static __global__ void max_pool_kernel(struct max_pool op, size_t row, size_t count)
{
    const size_t at = (size_t)blockIdx.x * POOL_THREADS + threadIdx.x;
    if (at < (size_t)op.N)
        op.y_pads[at] = op.pads[at] / op.P;
    if (at >= count)
        return;
    const float *x = op.x + at / row * op.P * row + at % row;
    struct pooled pooled = pool_begin(false);
    for (int p = 0; p < op.P; p++)
        pool_take(pooled, x[(size_t)p * row], p);
    op.y[at] = pooled.best;
    if (op.saved)
        ((int32_t *)op.saved)[at] = pooled.step;
}

extern "C" cudaError_t launch_max_pool(cudaStream_t stream, const struct max_pool *op)
{
    const size_t row = (size_t)op->N * op->F, count = op->T / op->P * row, rows = (size_t)op->N;
    const unsigned grid = ceil_div(count > rows ? count : rows, POOL_THREADS);
    launch(max_pool_kernel, grid, POOL_THREADS, stream, *op, row, count);
    return cudaGetLastError();
}

/* One thread owns an element of dx; what the pools leave over at the end is zero. grid ceil(T*N*F/256), block 256, no
 * shared memory. Reads and writes run along the row, coalesced. Bound by the bytes of dx, dy and saved. No sums: reruns
 * are bit-equal. */
static __global__ void max_pool_backward_kernel(struct max_pool_backward op, size_t row, size_t count)
{
    const size_t at = (size_t)blockIdx.x * POOL_THREADS + threadIdx.x;
    if (at >= count)
        return;
    const int t = (int)(at / row), s = t / op.forward.P, p = t % op.forward.P;
    const size_t from = (size_t)s * row + at % row;
    const bool pooled = s < op.forward.T / op.forward.P && ((const int32_t *)op.forward.saved)[from] == p;
    op.dx[at] = pooled ? op.dy[from] : 0.0f;
}

extern "C" cudaError_t launch_max_pool_backward(cudaStream_t stream, const struct max_pool_backward *op)
{
    const size_t row = (size_t)op->forward.N * op->forward.F, count = op->forward.T * row;
    launch(max_pool_backward_kernel, ceil_div(count, POOL_THREADS), POOL_THREADS, stream, *op, row, count);
    return cudaGetLastError();
}
