/* CUDA kernels on the CPU: the same .cu source as C++, a fibre per thread, blocks one after another.
 *
 * Every thread runs until it waits: at __syncthreads, __syncwarp or a function of its warp. In what order threads and
 * blocks run, MATINEE_EMULATOR_ORDER says: 0 forward, 1 reverse, from 2 on random with that seed. Several orders find a
 * missing barrier. Shared memory is NaN when a block begins, as is what a lane gets from one that does not take part.
 *
 * A kernel that cannot go on ends the program with a message: threads wait at a barrier that others never reach, or at
 * two different ones; a lane's mask lacks the lane; its threads meet each other forever. One that never waits and never
 * ends is not noticed. It does not know time, memory models or alignment. */
#ifndef CUDA_EMULATOR_H
#define CUDA_EMULATOR_H

#include <cuda_runtime_api.h>
#include <functional>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <type_traits>
#include <vector_functions.h>

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

/* The thread that runs. */
extern emulated_thread emulator_identity;

inline const emulated_thread &emulator_thread()
{
    return emulator_identity;
}

int emulator_lane();

/* Line numbers tell barriers apart. */
void emulator_barrier(int line);

/* What the lanes of a mask do together. */
enum emulated_meeting { MEET_BARRIER, MEET_SHUFFLE, MEET_BALLOT };

/* Waits for all live lanes of the mask. A shuffle returns the word of lane `from`, NaN if it does not take part; a
 * ballot returns the lanes whose word is not 0. */
uint32_t emulator_meet(unsigned mask, enum emulated_meeting, uint32_t word, int from, int line);

/* Enqueues a grid on a stream; `body` is one thread of it. */
void emulator_launch(const char *kernel, dim3 grid, dim3 block, cudaStream_t stream,
                     std::function<void()> body);

template <class... Parameters, class... Arguments>
void emulator_call(const char *name, void (*kernel)(Parameters...), dim3 grid, dim3 block,
                   cudaStream_t stream, Arguments... arguments)
{
    static_assert((0 + ... + sizeof(Parameters)) <= 4096, "CUDA passes at most 4 KB to a kernel");
    emulator_launch(name, grid, block, stream, [=] { kernel(arguments...); });
}

#define launch(kernel, grid, block, stream, ...)                                                             \
    emulator_call(#kernel, kernel, grid, block, stream, __VA_ARGS__)

#define threadIdx (emulator_thread().thread)
#define blockIdx (emulator_thread().block)
#define blockDim (emulator_thread().block_dim)
#define gridDim (emulator_thread().grid_dim)

inline void __syncthreads(int line = __builtin_LINE())
{
    emulator_barrier(line);
}

inline void __syncwarp(unsigned mask = 0xffffffff, int line = __builtin_LINE())
{
    emulator_meet(mask, MEET_BARRIER, 0, 0, line);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, int line = __builtin_LINE())
{
    return emulator_meet(mask, MEET_BALLOT, predicate != 0, 0, line);
}

inline int __any_sync(unsigned mask, int predicate, int line = __builtin_LINE())
{
    return emulator_meet(mask, MEET_BALLOT, predicate != 0, 0, line) != 0;
}

inline int __all_sync(unsigned mask, int predicate, int line = __builtin_LINE())
{
    return emulator_meet(mask, MEET_BALLOT, predicate == 0, 0, line) == 0;
}

/* A value goes word by word. */
template <class T> T emulator_shuffle(unsigned mask, T value, int from, int line)
{
    static_assert(sizeof(T) % 4 == 0 && sizeof(T) <= 8, "a shuffle is of 4 or 8 bytes");
    uint32_t words[sizeof(T) / 4];
    memcpy(words, &value, sizeof value);
    for (uint32_t &word : words)
        word = emulator_meet(mask, MEET_SHUFFLE, word, from, line);
    memcpy(&value, words, sizeof value);
    return value;
}

/* Lanes are counted within groups of `width`, a power of 2. */
template <class T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32, int line = __builtin_LINE())
{
    const int first = emulator_lane() & ~(width - 1);
    return emulator_shuffle(mask, value, first + (from & (width - 1)), line);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, int line = __builtin_LINE())
{
    const int lane = emulator_lane(), from = lane ^ lanes;
    return emulator_shuffle(mask, value, from < (lane & ~(width - 1)) + width ? from : lane, line);
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned lanes, int width = 32, int line = __builtin_LINE())
{
    const int lane = emulator_lane(), from = lane - (int)lanes;
    return emulator_shuffle(mask, value, from >= (lane & ~(width - 1)) ? from : lane, line);
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned lanes, int width = 32, int line = __builtin_LINE())
{
    const int lane = emulator_lane(), from = lane + (int)lanes;
    return emulator_shuffle(mask, value, from < (lane & ~(width - 1)) + width ? from : lane, line);
}

template <class T> T __ldg(const T *from)
{
    return *from;
}

/* Integers alone: the order in which floats are added would show. */
template <class T, class U> T atomicAdd(T *sum, U value)
{
    static_assert(std::is_integral<T>::value && std::is_integral<U>::value, "atomics are of integers");
    T before = *sum;
    *sum = before + (T)value;
    return before;
}

inline float rsqrtf(float x)
{
    return 1.0f / sqrtf(x);
}

/* Rounded each by itself, never contracted. */
inline float __fadd_rn(float a, float b)
{
    return a + b;
}

inline float __fsub_rn(float a, float b)
{
    return a - b;
}

inline float __fmul_rn(float a, float b)
{
    return a * b;
}

inline float __fdiv_rn(float a, float b)
{
    return a / b;
}

inline float __fsqrt_rn(float a)
{
    return sqrtf(a);
}

inline float __fmaf_rn(float a, float b, float c)
{
    return fmaf(a, b, c);
}

inline int __popc(unsigned bits)
{
    return __builtin_popcount(bits);
}

inline int __float_as_int(float value)
{
    int bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float __int_as_float(int bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* For floats there are fminf and fmaxf. */
template <class T> T min(T a, T b)
{
    static_assert(std::is_integral<T>::value, "min is of integers");
    return a < b ? a : b;
}

template <class T> T max(T a, T b)
{
    static_assert(std::is_integral<T>::value, "max is of integers");
    return a > b ? a : b;
}

#endif
