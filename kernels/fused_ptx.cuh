/* Instructions for the fused LSTM that CUDA C++ has no word for, each beside what the emulator does in its place. */
#ifndef KERNELS_FUSED_PTX_CUH
#define KERNELS_FUSED_PTX_CUH

#include "device.cuh"

#ifdef __CUDACC__

#define UNROLLED _Pragma("unroll")

/* All `THREADS` threads of the block, from wherever they are: unlike __syncthreads it may stand in two branches. */
template <int THREADS> static __device__ __forceinline__ void block_barrier()
{
    asm volatile("bar.sync 1, %0;" ::"n"(THREADS) : "memory");
}

/* 2^x and 1/x with an error of about 2^-22 of the result; results and arguments below the normal numbers are zero. */
static __device__ __forceinline__ float fast_exp2(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

static __device__ __forceinline__ float fast_reciprocal(float x)
{
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

/* A store that some lanes leave out, without a branch. */
static __device__ __forceinline__ void store_if(int wanted, float2 *to, float x, float y)
{
    asm volatile(
        "{.reg .pred wanted; setp.ne.s32 wanted, %0, 0; @wanted st.global.v2.f32 [%1], {%2, %3};}" ::"r"(
            wanted),
        "l"(to), "f"(x), "f"(y)
        : "memory");
}

/* Keeps a value in a register: the compiler forgets how it could be computed again. */
static __device__ __forceinline__ void keep_in_register(int &value)
{
    asm volatile("" : "+r"(value));
}

#else

#define UNROLLED

/* The emulator tells barriers apart by their lines: this is one wherever it stands. */
template <int THREADS> static inline void block_barrier()
{
    emulator_barrier(0);
}

static inline float fast_exp2(float x)
{
    return exp2f(x);
}

static inline float fast_reciprocal(float x)
{
    return 1.0f / x;
}

static inline void store_if(int wanted, float2 *to, float x, float y)
{
    if (wanted)
        *to = float2{x, y};
}

static inline void keep_in_register(int &)
{
}

#endif

#endif
