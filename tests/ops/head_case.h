/* One head, dense_bce and dense_backward, with random numbers, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_HEAD_CASE_H
#define MATINEE_TESTS_HEAD_CASE_H

#include "matinee/backend.h"

/* `correct` and `loss` are of these rows alone. */
struct head_case {
    int N, F, batch;                            /* batch: N, or of a part more */
    float *h, *kernel, *bias, *labels, *before; /* before (F+1): what dkernel and dbias hold */
    double *prob, *dz, *dh, *gradient;          /* gradient (F+1): with `before` added */
    double loss;
    int64_t correct;
};

/* What a backend makes of a case. */
struct head_result {
    float *prob, *dz, *dh, *gradient;
    struct metrics metrics; /* what was there before, with the batch added */
};

/* Weights of the kernel up to kernel_limit: with hundreds probabilities are 0 or 1. */
void head_case_open(struct head_case *head, int N, int F, double kernel_limit);
void head_case_close(struct head_case *head);

/* Checks guards and inputs. */
void head_case_run(const struct head_case *head, struct backend *backend, struct head_result *result);
void head_result_close(struct head_result *result);

/* Fails the running test unless the result agrees with the reference as backend.h says. */
void head_case_check(const struct head_case *head, const struct head_result *result);

/* Fails the running test unless the results are the same to the bit. */
void head_case_expect_same(const struct head_case *head, const struct head_result *result,
                           const struct head_result *expected);

/* z = 0 is prob = 0.5, which is not above 0.5: fails the running test unless that is a prediction of 0. */
void head_case_check_a_half(struct backend *backend);

/* The parts of a batch, from the last to the first: their dz are the batch's, and its metrics their sums, to the bit. */
void head_case_check_parts(struct backend *backend);

#endif
