/* One max_pool with random rows, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_POOL_CASE_H
#define MATINEE_TESTS_POOL_CASE_H

#include "matinee/backend.h"

struct pool_case {
    struct max_pool dims;
    size_t x_count, y_count;
    int32_t *pads;
    float *x, *dy;
    double *y, *dx; /* by the reference */
};

/* What a backend makes of a case. */
struct pool_result {
    float *y, *y_inference, *dx;
    int32_t *y_pads;
};

/* Few values, so that equal maxima are frequent. */
void pool_case_open(struct pool_case *pool_case, int T, int N, int F, int P);
void pool_case_close(struct pool_case *pool_case);

/* Checks guards and inputs. */
void pool_case_run(const struct pool_case *pool_case, struct backend *backend, struct pool_result *result);
void pool_result_close(struct pool_result *result);

/* Each fails the running test unless: */

/* the result agrees with the reference as backend.h says. */
void pool_case_check(const struct pool_case *pool_case, const struct pool_result *result);

/* a NaN is seen in y, wherever it stands in its pool, the gradient goes to it, and its neighbours are as without it. */
void pool_case_check_nan(struct backend *backend);

/* rows of y are equal before the lesser of their y_pads, and no y_pads could be greater. */
void pool_case_check_pads(struct backend *backend, int T, int N, int F, int P);

#endif
