/* The networks of the golden files through the reference ops, trained step by step in double. */
#ifndef MATINEE_REFERENCE_GOLDEN_NETWORK_H
#define MATINEE_REFERENCE_GOLDEN_NETWORK_H

#include "golden.h"

struct golden_network {
    const struct golden *golden;
    int D, S, features;                  /* directions; steps and features that the LSTM reads */
    double *weights, *gradients, *m, *v; /* arenas */
    double *x, *dx;                      /* (T,N,E) what the Embedding gives, dropped in m2 */
    double *pooled, *dpooled;            /* (S,N,features) of m5 */
    double *y, *dy;                      /* (N,D*H) of the LSTM */
    double *head, *dhead;                /* (N,D*H) what the Dense reads */
    double *prob, *dz, *labels;          /* (N) */
    double *saved;
    double loss; /* summed over the batch, of the last pass */
};

/* Weights are those of weights0. */
void golden_network_open(struct golden_network *network, const struct golden *golden);
void golden_network_close(struct golden_network *network);

/* Fills prob; drops nothing. */
void golden_network_predict(struct golden_network *network);

/* The update of steps[s] with its masks. */
void golden_network_train(struct golden_network *network, int s);

#endif
