/* CPU backends with different numbers of threads, open while a group of tests runs. */
#ifndef TESTS_CPU_BACKENDS_H
#define TESTS_CPU_BACKENDS_H

#include "matinee/backend.h"

enum { BACKENDS = 3 };

extern struct backend *backends[BACKENDS]; /* of 2, 1 and 5 threads */

/* Set-up and tear-down of a group. */
int backends_open(void **state);
int backends_close(void **state);

/* The ops flush denormals for speed; fails the running test if the caller's arithmetic is not as it was. */
void expect_denormals(void);

#endif
