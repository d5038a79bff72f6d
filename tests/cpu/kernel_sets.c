#include "kernel_sets.h"

#include "dispatch.h"

#include <string.h>

/* SSE2 cannot fuse a product and its sum; of "native" the compiler decides. */
static bool fuses(const struct kernel_table *table)
{
    return strcmp(table->name, "avx512") == 0 || strcmp(table->name, "avx2") == 0;
}

void kernel_sets_find(struct kernel_sets *sets)
{
    *sets = (struct kernel_sets){.count = 0};
    for (int i = 0; i < kernel_table_count && sets->count < KERNEL_SETS_MAX; i++) {
        if (!kernel_tables[i].runs())
            continue;
        sets->fused[sets->count] = fuses(&kernel_tables[i]);
        sets->sets[sets->count++] = kernel_tables[i].kernels;
    }
}
