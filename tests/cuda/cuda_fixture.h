/* A CUDA backend as cmocka fixtures. emulated.c opens it over the emulator and the stand-ins, in every test run. */
#ifndef MATINEE_TESTS_CUDA_FIXTURE_H
#define MATINEE_TESTS_CUDA_FIXTURE_H

#include "matinee/backend.h"

extern struct backend *cuda;

/* Group set-up and tear-down: opens the backend; the tear-down fails if anything was not given back. */
int cuda_fixture_open(void **state);
int cuda_fixture_close(void **state);

/* Opens a backend with these options, for a test that chooses engine or precision; it closes it. False, and the reason
 * on stderr. A group set-up may open `cuda` with it: cuda_fixture_close then closes it. */
bool cuda_fixture_open_with(const struct backend_options *options, struct backend **backend);

/* Objects that a library has given out and not got back, as far as it can be known. */
int cuda_fixture_left_over(void);

/* False where there is a GPU and no NCCL: then what needs it is skipped. */
bool cuda_fixture_has_nccl(void);

#endif
