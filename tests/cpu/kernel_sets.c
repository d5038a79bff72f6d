#include "kernel_sets.h"

#if defined(__x86_64__)

extern const struct cpu_kernels cpu_kernels_v4, cpu_kernels_v3, cpu_kernels_v1;

void kernel_sets_find(struct kernel_sets *sets)
{
    __builtin_cpu_init();
    *sets = (struct kernel_sets){.count = 1, .sets = {&cpu_kernels_v1}};
    if (__builtin_cpu_supports("x86-64-v3")) {
        sets->fused[sets->count] = true;
        sets->sets[sets->count++] = &cpu_kernels_v3;
    }
    if (__builtin_cpu_supports("x86-64-v4")) {
        sets->fused[sets->count] = true;
        sets->sets[sets->count++] = &cpu_kernels_v4;
    }
}

#else

void kernel_sets_find(struct kernel_sets *sets)
{
    *sets = (struct kernel_sets){.count = 1, .sets = {cpu_kernels_choose()}};
}

#endif
