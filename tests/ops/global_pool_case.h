/* One global_pool with random rows, run by a backend and by the reference. Each check fails the running test where they
 * differ by more than backend.h says, or a guard or an input was written. */
#ifndef MATINEE_TESTS_GLOBAL_POOL_CASE_H
#define MATINEE_TESTS_GLOBAL_POOL_CASE_H

#include "matinee/backend.h"

enum global_pool_kind {
    GLOBAL_MAX,
    GLOBAL_AVERAGE,
    GLOBAL_MASKED_AVERAGE, /* row 0 has no token but zeros, row 1 no zero, the others zeros among their tokens */
    GLOBAL_POOL_KINDS,
};

struct global_pool_case {
    struct global_pool dims;
    size_t x_count, y_count;
    int32_t *tokens; /* NULL but for GLOBAL_MASKED_AVERAGE */
    float *x, *dy;
    double *y, *dx; /* by the reference */
};

/* What a backend makes of a case. */
struct global_pool_result {
    float *y, *y_inference, *dx;
};

/* Maxima are taken of few values, so that equal ones are frequent. */
void global_pool_case_open(struct global_pool_case *pool_case, int T, int N, int F,
                           enum global_pool_kind kind);
void global_pool_case_close(struct global_pool_case *pool_case);

/* Forward without `saved`, forward, backward after y has been overwritten. */
void global_pool_case_run(const struct global_pool_case *pool_case, struct backend *backend,
                          struct global_pool_result *result);
void global_pool_result_close(struct global_pool_result *result);

void global_pool_case_check(const struct global_pool_case *pool_case,
                            const struct global_pool_result *result);

/* A NaN in x, at each step in turn, is seen in its y, and in no other; a step that does not count hides it. */
void global_pool_case_check_nan(struct backend *backend, enum global_pool_kind kind);

/* The mean of very many equal numbers: rounding must not add up. */
void global_pool_case_check_long(struct backend *backend);

#endif
