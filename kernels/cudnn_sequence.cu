#include "cudnn_sequence.h"

#include "device.cuh"

enum { THREADS = 256 };

/* One thread owns an element of a step and of the step as far from the other end. grid ceil(T/2)*count / 256,
 * block 256, no shared memory. Reads and writes run along a step, coalesced. Bound by the bytes: each is read and
 * written once. Both are read before either is written, which makes it right in place. */
static __global__ void reverse_time_kernel(int T, size_t count, const float *from, float *to)
{
    const size_t early = (size_t)blockIdx.x * THREADS + threadIdx.x, t = early / count;
    if (t >= ((size_t)T + 1) / 2)
        return;
    const size_t late = ((size_t)T - 1 - t) * count + early % count;
    const float first = from[early], last = from[late];
    to[early] = last;
    to[late] = first;
}

extern "C" cudaError_t launch_reverse_time(cudaStream_t stream, int T, size_t count, const float *from,
                                           float *to)
{
    launch(reverse_time_kernel, ceil_div(((size_t)T + 1) / 2 * count, THREADS), THREADS, stream, T, count,
           from, to);
    return cudaGetLastError();
}

/* The step at which a direction has read everything. */
static __device__ int last_time(const struct last_step &dims, size_t column)
{
    return column < (size_t)dims.H ? dims.T - 1 : 0;
}

/* One thread owns an element of `last`. grid N*D*H / 256, block 256, no shared memory, coalesced. Bound by its launch. */
static __global__ void take_last_kernel(struct last_step dims, const float *all, float *last)
{
    const size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    const size_t columns = (size_t)dims.D * dims.H, step = dims.N * columns;
    if (i < step)
        last[i] = all[(size_t)last_time(dims, i % columns) * step + i];
}

extern "C" cudaError_t launch_take_last(cudaStream_t stream, struct last_step dims, const float *all,
                                        float *last)
{
    launch(take_last_kernel, ceil_div((size_t)dims.N * dims.D * dims.H, THREADS), THREADS, stream, dims, all,
           last);
    return cudaGetLastError();
}

/* One thread owns an element of `all`. grid T*N*D*H / 256, block 256, no shared memory, coalesced. Bound by
 * the bytes that are written. */
static __global__ void spread_last_kernel(struct last_step dims, const float *last, float *all)
{
    const size_t at = (size_t)blockIdx.x * THREADS + threadIdx.x;
    const size_t columns = (size_t)dims.D * dims.H, step = dims.N * columns, t = at / step, i = at % step;
    if (t < (size_t)dims.T)
        all[at] = t == (size_t)last_time(dims, i % columns) ? last[i] : 0.0f;
}

extern "C" cudaError_t launch_spread_last(cudaStream_t stream, struct last_step dims, const float *last,
                                          float *all)
{
    launch(spread_last_kernel, ceil_div((size_t)dims.T * dims.N * dims.D * dims.H, THREADS), THREADS, stream,
           dims, last, all);
    return cudaGetLastError();
}
