#include "kernel_sets.h"

#if defined(__x86_64__)

void kernel_sets_find(struct kernel_sets *sets)
{
    *sets = (struct kernel_sets){.count = 1, .sets = {&cpu_kernels_v1}};
    if (cpu_runs_v3()) {
        sets->fused[sets->count] = true;
        sets->sets[sets->count++] = &cpu_kernels_v3;
    }
    if (cpu_runs_v4()) {
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
