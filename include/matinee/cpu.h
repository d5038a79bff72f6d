/* The CPU backend's entry point; only src/backend.c and tests include this. */
#ifndef MATINEE_CPU_H
#define MATINEE_CPU_H

#include "matinee/backend.h"

/* threads 0: as many as this process may run on. More than 9 would idle and are not made: a batch is 8 groups of rows
 * and the pad trajectory. */
bool cpu_backend_open(struct backend **backend, int threads, struct error *error);

#endif
