/* CUDA kernels on the CPU: the same .cu source as C++, a fiber per thread, blocks one after another.
 *
 * Every thread runs until it waits: at __syncthreads, __syncwarp or a shuffle. The order of the threads of a block is
 * forward, reverse or random (MATINEE_EMULATOR_ORDER=0, 1, or a seed from 2), which finds missing barriers; a barrier
 * that some threads never reach ends the program with a message. Shared memory is NaN when a block begins.
 * It does not know time, memory models or alignment. */
#ifndef CUDA_EMULATOR_H
#define CUDA_EMULATOR_H

#include <cuda_runtime_api.h>
#include <functional>
#include <math.h>
#include <stdint.h>
#include <string.h>

#undef __shared__
#define __shared__ static __attribute__((section("emulated_shared")))
#undef __launch_bounds__
#define __launch_bounds__(...)
#ifndef __forceinline__
#define __forceinline__ inline
#endif

struct emulated_thread {
    dim3 thread, block, block_dim, grid_dim;
};

/* Of the thread that runs. */
const emulated_thread &emulator_thread();

void emulator_barrier();
void emulator_warp_barrier();

/* The 32-bit word that lane `from` of the same warp gives. */
uint32_t emulator_shuffle(uint32_t word, int from);
int emulator_lane();

/* Enqueues a grid on a stream; `body` is one thread of it. */
void emulator_launch(dim3 grid, dim3 block, cudaStream_t stream, std::function<void()> body);

template <class... Parameters, class... Arguments>
void emulator_call(void (*kernel)(Parameters...), dim3 grid, dim3 block, cudaStream_t stream,
                   Arguments... arguments)
{
    emulator_launch(grid, block, stream, [=] { kernel(arguments...); });
}

#define launch(kernel, grid, block, stream, ...) emulator_call(kernel, grid, block, stream, __VA_ARGS__)

#define threadIdx (emulator_thread().thread)
#define blockIdx (emulator_thread().block)
#define blockDim (emulator_thread().block_dim)
#define gridDim (emulator_thread().grid_dim)

inline void __syncthreads()
{
    emulator_barrier();
}

inline void __syncwarp(unsigned = 0xffffffff)
{
    emulator_warp_barrier();
}

template <class T> T __shfl_sync(unsigned, T value, int from)
{
    static_assert(sizeof(T) == 4, "shuffles are of 32-bit words");
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    word = emulator_shuffle(word, from);
    memcpy(&value, &word, sizeof word);
    return value;
}

template <class T> T __shfl_xor_sync(unsigned mask, T value, int lanes)
{
    return __shfl_sync(mask, value, emulator_lane() ^ lanes);
}

template <class T> T __ldg(const T *from)
{
    return *from;
}

#endif
