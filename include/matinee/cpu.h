/* The CPU backend's entry point; only src/backend.c and tests include this. */
#ifndef MATINEE_CPU_H
#define MATINEE_CPU_H

#include "matinee/backend.h"

/* threads 0: as many as this process may run on. More than 9 would idle and are not made: a batch is 8 groups of rows
 * and the pad trajectory. */
bool cpu_backend_open(struct backend **backend, int threads, struct error *error);

/* The same with the options' threads, cpu_kernels and communicator. False, with the kernels that can be had, if this
 * build has none of that name or the processor cannot run them. */
bool cpu_backend_open_with(struct backend **backend, const struct backend_options *options,
                           struct error *error);

/* As backend_kernel_set. */
bool cpu_kernel_set(int number, struct kernel_set *set);

#endif
