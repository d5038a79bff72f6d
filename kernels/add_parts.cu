#include "add_parts.h"

#include "device.cuh"

enum { THREADS = 256, BRANCHES = 8 };

/* The sum of an element's values in the arenas first, first + stride, ..., at most 8 of them. -0 adds nothing, not even
 * a sign. */
static __device__ float add_branches(const struct add_parts &op, size_t element, size_t first, size_t stride)
{
    float sums[BRANCHES];
    for (int branch = 0; branch < BRANCHES; branch++) {
        const size_t part = first + branch * stride;
        sums[branch] = part < (size_t)op.parts ? op.gradients[part * op.count + element] : -0.0f;
    }
    for (int width = 1; width < BRANCHES; width *= 2)
        for (int branch = 0; branch < BRANCHES; branch += 2 * width)
            sums[branch] += sums[branch + width];
    return sums[0];
}

/* A thread owns an element of all arenas. Its 8 values are read at once and added in registers; sums of 8 neighbours,
 * where there are more parts, take their first one's place until they are 8 or fewer. grid ceil(count/256), block 256,
 * no shared memory. Coalesced. Bound by bytes: 4*(parts + 1) each element to 8 parts, the least that there are. Reruns
 * are bit-equal: no element knows of another. */
static __global__ void add_parts_kernel(struct add_parts op, float *sum)
{
    const size_t element = (size_t)blockIdx.x * THREADS + threadIdx.x, parts = (size_t)op.parts;
    if (element >= op.count)
        return;
    size_t stride = 1;
    for (; stride * BRANCHES < parts; stride *= BRANCHES)
        for (size_t first = 0; first < parts; first += stride * BRANCHES)
            op.gradients[first * op.count + element] = add_branches(op, element, first, stride);
    sum[element] = add_branches(op, element, 0, stride);
}

extern "C" cudaError_t launch_add_parts(cudaStream_t stream, const struct add_parts *op, float *sum)
{
    launch(add_parts_kernel, ceil_div(op->count, THREADS), THREADS, stream, *op, sum);
    return cudaGetLastError();
}
