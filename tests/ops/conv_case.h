/* One conv_pool with random weights and rows, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_CONV_CASE_H
#define MATINEE_TESTS_CONV_CASE_H

#include "matinee/backend.h"

struct conv_dims {
    int T, N, E, C, K, P;
    bool same, relu;
    int stride; /* 0 stands for 1 */
};

enum conv_numbers {
    CONV_EXACT, /* small multiples of powers of two: every sum is exact, equal maxima and zeros are frequent */
    CONV_ANY,
};

struct conv_case {
    struct conv_dims dims;
    char name[96];
    int S;
    size_t x_count, kernel_count, y_count; /* dkernel and dbias lie side by side, C after kernel_count */
    int32_t *pads, *none;                  /* (N)  rows share what x they have before their pads end; zeros */
    float *x, *weights, *dy, *before;      /* weights, before: (kernel_count + C) */
    int32_t *y_pads;                       /* (N)  by the reference, as all the following */
    double *y, *dx, *gradients;            /* gradients: without `before` */
};

/* What a backend makes of a case. */
struct conv_result {
    float *y, *y_inference, *dx, *gradients; /* gradients: `before` with the gradient added */
    int32_t *y_pads;
};

/* Steps of y; none, and no case, where the kernel or the pool is longer than what it reads. */
int conv_dims_steps(struct conv_dims dims);

void conv_case_open(struct conv_case *conv_case, struct conv_dims dims, enum conv_numbers numbers);
void conv_case_close(struct conv_case *conv_case);

/* Not known: the op is told that there are no pads. Checks guards and inputs. */
void conv_case_run(const struct conv_case *conv_case, struct backend *backend, bool pads_known,
                   struct conv_result *result);
void conv_result_close(struct conv_result *result);

/* Fails the running test unless the result agrees with the reference as backend.h says. */
void conv_case_check(const struct conv_case *conv_case, bool pads_known, const struct conv_result *result);

/* Fails the running test unless the results are the same to the bit, y_pads apart. */
void conv_case_expect_same(const struct conv_case *conv_case, const struct conv_result *result,
                           const struct conv_result *expected);

#endif
