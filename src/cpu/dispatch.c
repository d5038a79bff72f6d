#include "kernels.h"

#if defined(__x86_64__)

extern const struct cpu_kernels cpu_kernels_v4, cpu_kernels_v3, cpu_kernels_v1;

const struct cpu_kernels *cpu_kernels_choose(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return &cpu_kernels_v4;
    if (__builtin_cpu_supports("x86-64-v3"))
        return &cpu_kernels_v3;
    return &cpu_kernels_v1;
}

#else

extern const struct cpu_kernels cpu_kernels_native;

const struct cpu_kernels *cpu_kernels_choose(void)
{
    return &cpu_kernels_native;
}

#endif
