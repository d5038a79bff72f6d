#include "dispatch.h"

#include <stdio.h>
#include <string.h>

static bool runs_everywhere(void)
{
    return true;
}

#if defined(__x86_64__)

/* The levels' own names are not known to clang 14. Processors with these parts have the rest of x86-64-v3 as well. */
static bool cpu_runs_v3(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

static bool cpu_runs_v4(void)
{
    return cpu_runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

const struct kernel_table kernel_tables[] = {
    {"avx512", &cpu_kernels_v4, cpu_runs_v4},
    {"avx2", &cpu_kernels_v3, cpu_runs_v3},
    {"sse2", &cpu_kernels_v1, runs_everywhere},
};

#else

const struct kernel_table kernel_tables[] = {{"native", &cpu_kernels_native, runs_everywhere}};

#endif

const int kernel_table_count = sizeof kernel_tables / sizeof kernel_tables[0];

/* "avx2, sse2 or auto": what may be asked for here. */
static void list_usable(const struct kernel_table *tables, int count, char *list, size_t bytes)
{
    size_t used = 0;
    list[0] = '\0';
    for (int i = 0; i < count && used < bytes; i++)
        if (tables[i].runs())
            used += (size_t)snprintf(list + used, bytes - used, "%s%s", used ? ", " : "", tables[i].name);
    if (used < bytes)
        snprintf(list + used, bytes - used, " or auto");
}

const struct kernel_table *kernel_table_find(const struct kernel_table *tables, int count, const char *name,
                                             struct error *error)
{
    const bool any = !name || strcmp(name, "auto") == 0;
    const struct kernel_table *named = NULL;
    for (int i = 0; i < count; i++) {
        if (!any && strcmp(tables[i].name, name) != 0)
            continue;
        if (tables[i].runs())
            return &tables[i];
        named = &tables[i];
    }
    char usable[128];
    list_usable(tables, count, usable, sizeof usable);
    if (named)
        error_write(error, "--cpu-kernels %s: this processor does not run %s; use %s", name,
                    named->kernels->name, usable);
    else
        error_write(error, "--cpu-kernels %.40s: this build has no such kernels; use %s", name, usable);
    return NULL;
}
