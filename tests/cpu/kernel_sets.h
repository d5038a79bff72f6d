/* The kernels of every instruction set that this processor has, not only those that dispatch.c would choose. */
#ifndef TESTS_KERNEL_SETS_H
#define TESTS_KERNEL_SETS_H

#include "kernels.h"

#include <stdbool.h>

enum { KERNEL_SETS_MAX = 3 };

struct kernel_sets {
    int count;
    const struct cpu_kernels *sets[KERNEL_SETS_MAX];
    bool fused[KERNEL_SETS_MAX]; /* a product and its sum round once */
};

void kernel_sets_find(struct kernel_sets *sets);

#endif
