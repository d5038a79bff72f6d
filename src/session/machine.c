#include "matinee/machine.h"

#include "memory_limit.h"

#include "matinee/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of the first "NAME : value" line in a file of /proc; false if there is none. */
static int read_value(const char *path, const char *name, char *value, size_t bytes)
{
    char line[512];
    int found = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    while (!found && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, name, strlen(name)) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(value, bytes, "%s", colon);
        found = 1;
    }
    fclose(file);
    return found;
}

static int64_t memory_bytes(const char *name)
{
    char value[64];
    if (!read_value("/proc/meminfo", name, value, sizeof value))
        return 0;
    return 1024 * (int64_t)strtoll(value, NULL, 10); /* /proc/meminfo counts in kB of 1024 bytes */
}

#if defined(__x86_64__)
static void add(char *list, size_t bytes, const char *name, int supported)
{
    size_t used = strlen(list);
    if (supported)
        snprintf(list + used, bytes - used, "%s%s", used ? " " : "", name);
}

static void read_instruction_sets(char *list, size_t bytes)
{
    add(list, bytes, "sse4.2", __builtin_cpu_supports("sse4.2"));
    add(list, bytes, "avx", __builtin_cpu_supports("avx"));
    add(list, bytes, "avx2", __builtin_cpu_supports("avx2"));
    add(list, bytes, "fma", __builtin_cpu_supports("fma"));
    add(list, bytes, "avx512f", __builtin_cpu_supports("avx512f"));
    add(list, bytes, "avx512bw", __builtin_cpu_supports("avx512bw"));
    add(list, bytes, "avx512vl", __builtin_cpu_supports("avx512vl"));
    add(list, bytes, "avx512bf16", __builtin_cpu_supports("avx512bf16"));
}
#else
static void read_instruction_sets(char *list, size_t bytes)
{
    char features[512];
    if (read_value("/proc/cpuinfo", "Features", features, sizeof features))
        snprintf(list, bytes, "%.120s", features);
}
#endif

void machine_read(struct machine *machine)
{
    *machine = (struct machine){.processor = "unknown"};
    read_value("/proc/cpuinfo", "model name", machine->processor, sizeof machine->processor);
    read_instruction_sets(machine->instruction_sets, sizeof machine->instruction_sets);
    machine->processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
    machine->memory_bytes = memory_bytes("MemTotal");
    machine->available_bytes = machine_available_bytes();
}

int64_t machine_available_bytes(void)
{
    const int64_t free_bytes = memory_bytes("MemAvailable"), left = memory_limit_left("");
    return left < free_bytes || (free_bytes == 0 && left < INT64_MAX) ? left : free_bytes;
}

bool machine_has_memory(const char *whose, int64_t available_bytes, int64_t needed_bytes, const char *advice,
                        struct error *error)
{
    char needed[32], available[32];
    if (available_bytes == 0 || needed_bytes <= available_bytes)
        return true;
    summary_memory(needed, sizeof needed, needed_bytes);
    summary_memory(available, sizeof available, available_bytes);
    return error_set(error, "training needs %s of %s and %s are free; take %s", needed, whose, available,
                     advice);
}
