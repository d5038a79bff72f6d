/* A backend's dropout against the reference. Each fails the running test where they differ. */
#ifndef MATINEE_TESTS_DROPOUT_CASE_H
#define MATINEE_TESTS_DROPOUT_CASE_H

#include "matinee/backend.h"

struct dropout_dims {
    int T, N, F;
    enum dropout_unit unit;
};

/* There and back, in place and not, the mask as a function and given. Checks guards and inputs. */
void dropout_case_check(struct backend *backend, struct dropout_dims dims, float rate);

/* Each update has its own mask. */
void dropout_case_check_steps(struct backend *backend);

#endif
