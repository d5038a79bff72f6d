/* A CUDA backend as cmocka fixtures. emulated.c opens it over the emulator and the stand-ins, in every test run. */
#ifndef MATINEE_TESTS_CUDA_FIXTURE_H
#define MATINEE_TESTS_CUDA_FIXTURE_H

#include "matinee/backend.h"

extern struct backend *cuda;

/* Group set-up and tear-down: opens the backend; the tear-down fails if anything was not given back. */
int cuda_fixture_open(void **state);
int cuda_fixture_close(void **state);

#endif
