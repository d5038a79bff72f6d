/* The processor and the memory of this machine. */
#ifndef MATINEE_MACHINE_H
#define MATINEE_MACHINE_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stdint.h>

struct machine {
    char processor[128];        /* its name; "unknown" where the system does not tell */
    char instruction_sets[128]; /* vector instructions, "sse4.2 avx avx2 fma"; "" where not known */
    int processors;             /* that are switched on */
    int64_t memory_bytes, available_bytes; /* 0: not known */
};

void machine_read(struct machine *machine);

/* MemAvailable, or what a container may still take if that is less; 0: not known. */
int64_t machine_available_bytes(void);

/* False, with a message that names both and the advice, "a smaller --maxlen", if training needs more memory, "memory"
 * or "the GPU's memory", than is available; true where that is not known. */
bool machine_has_memory(const char *whose, int64_t available_bytes, int64_t needed_bytes, const char *advice,
                        struct error *error);

#endif
