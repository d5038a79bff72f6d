/* Which kernels this build has, and the choice among them by name. */
#ifndef CPU_DISPATCH_H
#define CPU_DISPATCH_H

#include "kernels.h"
#include "matinee/error.h"

/* The kernels of one instruction set. */
struct kernel_table {
    const char *name; /* short, as options have it: "avx512" */
    const struct cpu_kernels *kernels;
    bool (*runs)(void); /* on this processor */
};

/* All that this build has, the fastest first; the last one runs everywhere. */
extern const struct kernel_table kernel_tables[];
extern const int kernel_table_count;

/* The table of a name among `count`, or for NULL and "auto" the first that runs. NULL and an error that names the
 * tables that do run if there is no such table or the processor cannot run it. */
const struct kernel_table *kernel_table_find(const struct kernel_table *tables, int count, const char *name,
                                             struct error *error);

#endif
