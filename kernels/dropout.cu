#include "dropout.h"

#include "device.cuh"
#include "mask.cuh"

enum { THREADS = 256 };

struct drop {
    int T, N, F;
    unsigned row_blocks; /* of a row n */
    bool wide;           /* x and y are whole float4s, and so are their rows */
    struct mask mask;
    const float *x;
    float *y; /* may be x */
};

static __device__ size_t place_of(const struct drop &op, int n, size_t element)
{
    const size_t F = (size_t)op.F;
    return (element / F * (size_t)op.N + (size_t)n) * F + element % F;
}

/* The masks of elements first .. first + 3 of a row n, of `count`; first is a multiple of four. */
template <enum dropout_unit UNIT>
static __device__ inline struct mask_block factors_at(const struct drop &op, int n, size_t count,
                                                      size_t first)
{
    const size_t F = (size_t)op.F, T = (size_t)op.T;
    if (UNIT == DROP_ELEMENTS)
        return mask_block_at(op.mask, n, count, first);
    if (UNIT == DROP_FEATURES && op.wide)
        return mask_block_at(op.mask, n, F, first % F);
    struct mask_block block;
    if (op.wide) {
        const float factor = mask_value(op.mask, n, T, first / F);
        for (int i = 0; i < MASK_BLOCK; i++)
            block.values[i] = factor;
        return block;
    }
    for (int i = 0; i < MASK_BLOCK; i++)
        block.values[i] = first + i >= count      ? 0.0f
                          : UNIT == DROP_FEATURES ? mask_value(op.mask, n, F, (first + i) % F)
                                                  : mask_value(op.mask, n, T, (first + i) / F);
    return block;
}

/* A thread owns elements 4q .. 4q+3 of a row n of (N, T*F): one Philox block; four where features or steps are dropped
 * and F is not a multiple of 4. grid N*ceil(T*F/4/256), block 256, no shared memory. Reads and writes run along a
 * step's F features, 16 bytes a thread where F is a multiple of 4. Bound by bytes: 8 an element. Reruns are bit-equal:
 * no element knows of another. */
template <enum dropout_unit UNIT> static __global__ void dropout_kernel(struct drop op)
{
    const int n = (int)(blockIdx.x / op.row_blocks);
    const size_t count = (size_t)op.T * (size_t)op.F;
    const size_t first = ((size_t)(blockIdx.x % op.row_blocks) * THREADS + threadIdx.x) * MASK_BLOCK;
    if (first >= count)
        return;
    const struct mask_block factors = factors_at<UNIT>(op, n, count, first);
    if (op.wide) {
        const size_t place = place_of(op, n, first);
        const float4 x = *(const float4 *)(op.x + place);
        *(float4 *)(op.y + place) = {x.x * factors.values[0], x.y * factors.values[1],
                                     x.z * factors.values[2], x.w * factors.values[3]};
        return;
    }
    for (int i = 0; i < MASK_BLOCK; i++)
        if (first + i < count) {
            const size_t place = place_of(op, n, first + i);
            op.y[place] = op.x[place] * factors.values[i];
        }
}

extern "C" cudaError_t launch_dropout(cudaStream_t stream, const struct dropout_layer *op)
{
    const bool wide = op->F % MASK_BLOCK == 0 && (uintptr_t)op->x % sizeof(float4) == 0 &&
                      (uintptr_t)op->y % sizeof(float4) == 0;
    const unsigned row_blocks = ceil_div((size_t)op->T * (size_t)op->F, THREADS * MASK_BLOCK);
    const struct drop drop = {op->T, op->N, op->F, row_blocks, wide, mask_of(&op->dropout), op->x, op->y};
    const unsigned grid = row_blocks * (unsigned)op->N;
    if (op->unit == DROP_FEATURES)
        launch(dropout_kernel<DROP_FEATURES>, grid, THREADS, stream, drop);
    else if (op->unit == DROP_STEPS)
        launch(dropout_kernel<DROP_STEPS>, grid, THREADS, stream, drop);
    else
        launch(dropout_kernel<DROP_ELEMENTS>, grid, THREADS, stream, drop);
    return cudaGetLastError();
}
