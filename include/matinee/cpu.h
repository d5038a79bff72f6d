/* The CPU backend's entry point; only src/backend.c and tests include this. */
#ifndef MATINEE_CPU_H
#define MATINEE_CPU_H

#include "matinee/backend.h"

/* threads 0: all processors that this process may run on. */
bool cpu_backend_open(struct backend **backend, int threads, struct error *error);

#endif
