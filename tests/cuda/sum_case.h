/* sum_ranks over gradients and metrics that every rank can make for all: recorded, and replayed with others each time. */
#ifndef MATINEE_TESTS_SUM_CASE_H
#define MATINEE_TESTS_SUM_CASE_H

#include "matinee/backend.h"

struct sum_case {
    struct backend *backend;
    int rank, ranks;
    struct sum_ranks op; /* in the backend's memory */
    struct recording *recording;
    float *gradients; /* (ranks,count) of the host: those of all ranks, and room for the result */
    float *result;    /* (count) */
};

/* False with an error that may be the backend's. The close is for a half-built one, too. */
bool sum_case_open(struct sum_case *sum_case, struct backend *backend, size_t count, bool gathered,
                   struct error *error);
void sum_case_close(struct sum_case *sum_case);

/* Replays the sum once, of the gradients of a step. False if gradients or metrics are not what backend.h says, with the
 * backend's error where it has one. sum_case->result has the sum. */
bool sum_case_run(struct sum_case *sum_case, int step, struct error *error);

#endif
