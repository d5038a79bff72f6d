/* A backend's next_step and load_batch. Each fails the running test where they do not do what backend.h says. */
#ifndef MATINEE_TESTS_BATCH_CASE_H
#define MATINEE_TESTS_BATCH_CASE_H

#include "matinee/backend.h"

/* Tokens of two bytes and of four, in their order and in another, whole and in part. */
void batch_case_check_load(struct backend *backend);

/* The states of an epoch, one after another, and none of another. */
void batch_case_check_next_step(struct backend *backend);

#endif
