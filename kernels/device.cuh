/* What every .cu begins with: CUDA, or the emulator that runs the same source on the CPU.
 *
 * So that both can, a kernel is launched through launch() alone, keeps its shared memory static, puts PTX into small
 * functions of this header, and counts on no lock-step between threads beyond __syncthreads, __syncwarp and shuffles
 * that all 32 lanes of a warp reach. A launcher ends with `return cudaGetLastError();`. */
#ifndef KERNELS_DEVICE_CUH
#define KERNELS_DEVICE_CUH

#ifdef __CUDACC__
#include <cuda_runtime.h>
#define launch(kernel, grid, block, stream, ...) kernel<<<grid, block, 0, stream>>>(__VA_ARGS__)
#else
#include "cuda_emulator.h"
#endif

#include <stddef.h>
#include <stdint.h>

enum { WARP = 32, FULL_WARP = 0xffffffff };

/* Blocks or steps that cover `count`. */
static inline unsigned ceil_div(size_t count, size_t per)
{
    return (unsigned)((count + per - 1) / per);
}

/* The sum of a warp's 32 values, in every lane; always added in the same order. */
static __device__ inline float warp_sum(float value)
{
    for (int step = WARP / 2; step > 0; step /= 2)
        value += __shfl_xor_sync(FULL_WARP, value, step);
    return value;
}

#endif
