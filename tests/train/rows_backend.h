/* The CPU backend with an answer of its own to inference_rows, which notes the batches that it loads. */
#ifndef MATINEE_TESTS_ROWS_BACKEND_H
#define MATINEE_TESTS_ROWS_BACKEND_H

#include "matinee/backend.h"

enum { NOTED_BATCHES_MOST = 64, NOTED_REVIEWS_MOST = 64 };

/* What all of them have loaded since the last one was opened. */
struct noted_loads {
    int batches, rows[NOTED_BATCHES_MOST]; /* of each batch */
    int reviews;                           /* of all batches, and for each one: */
    int32_t review[NOTED_REVIEWS_MOST];    /* its number, */
    int32_t pads[NOTED_REVIEWS_MOST];      /* and its leading pads */
};
extern struct noted_loads noted_loads;

/* A network that is opened before the next call evaluates `best` rows at a time, if that is not less than its batch. */
struct backend *rows_backend_open(int best);

#endif
