/* A batch of ROW_GROUPS parts on 1, 2, 4 or 8 ranks: what add_parts and then sum_ranks make of their gradients. */
#ifndef MATINEE_TESTS_RANKS_CASE_H
#define MATINEE_TESTS_RANKS_CASE_H

#include "matinee/backend.h"

struct ranks_case {
    int ranks;
    size_t count;
    float *parts;               /* (ROW_GROUPS,count) gradients of all parts, those of a rank side by side */
    float *gradients;           /* (ranks,count) of each rank: the sums of its parts */
    float *exact;               /* (count) the sum of all, as gathered ranks have it */
    double *sum, *sizes;        /* (count) the sum of all, and of the magnitudes of what is added */
    struct metrics *own, total; /* (ranks), and their sums */
};

void ranks_case_open(struct ranks_case *ranks_case, int ranks, size_t count);
void ranks_case_close(struct ranks_case *ranks_case);

/* Rank `rank` of the case on a backend whose communicator has so many ranks, or that is alone. sum (count) receives the
 * gradients. Fails the running test unless they and the metrics are as backend.h says, or if the backend is alone and
 * has a sum_ranks, or is not and has none. */
void ranks_case_check(const struct ranks_case *ranks_case, struct backend *backend, int rank, bool exact,
                      float *sum);

#endif
