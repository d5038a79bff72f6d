/* What the CPU backend must compute and move in a training step, counted from the batch that it has just read.
 *
 * A model of the algorithm, not of the code: it says what is left to do once everything is shared that may be.
 */
#ifndef BENCH_FLOPS_H
#define BENCH_FLOPS_H

#include "matinee/network.h"

struct step_work {
    double flops;         /* of products; a multiplication and its addition are two */
    double forward_flops; /* of these, the forward pass's */
    double row_steps;     /* steps of rows that LSTMs run, pad trajectories included */
    double cache_bytes;   /* of weights that are read anew at each step of each part of the rows */
    double memory_bytes; /* of states, gates and parameters, which no cache holds from one pass to the next */
};

/* The step that a training pass has run on a backend whose memory is the host's: tokens and pads are those that its ops
 * point to. seen: (V) zeros, V the vocabulary of the pass; zeros again afterwards. */
struct step_work step_work_of(const struct pass *pass, int threads, unsigned char *seen);

/* The same of op i of the pass alone, forward and backward. */
struct step_work op_work_of(const struct pass *pass, int i, int threads, unsigned char *seen);

void step_work_add(struct step_work *sum, const struct step_work *work);

/* Different tokens among `count`, each below V. seen as above. */
double distinct_tokens(const int32_t *tokens, size_t count, unsigned char *seen);

/* Steps of rows of y that a convolution makes itself, those that rows share once. */
double conv_own_steps(const struct conv_pool *op);

#endif
