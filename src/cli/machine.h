/* What `doctor` says of the processor and the memory. */
#ifndef MATINEE_CLI_MACHINE_H
#define MATINEE_CLI_MACHINE_H

#include <stdint.h>

struct machine {
    char processor[128];        /* its name; "unknown" where the system does not tell */
    char instruction_sets[128]; /* vector instructions, "sse4.2 avx avx2 fma"; "" where not known */
    int processors;             /* that are switched on */
    int64_t memory_bytes, available_bytes; /* 0: not known */
};

void machine_read(struct machine *machine);

#endif
