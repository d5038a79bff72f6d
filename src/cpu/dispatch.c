#include "kernels.h"

#if defined(__x86_64__)

/* The levels' own names are not known to clang 14. Processors with these parts have the rest of x86-64-v3 as well. */
bool cpu_runs_v3(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

bool cpu_runs_v4(void)
{
    return cpu_runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

const struct cpu_kernels *cpu_kernels_choose(void)
{
    return cpu_runs_v4() ? &cpu_kernels_v4 : cpu_runs_v3() ? &cpu_kernels_v3 : &cpu_kernels_v1;
}

#else

const struct cpu_kernels *cpu_kernels_choose(void)
{
    return &cpu_kernels_native;
}

#endif
