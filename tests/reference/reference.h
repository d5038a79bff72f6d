/* Every op of backend.h in the plainest double-precision loops: the judge of all backends.
 *
 * Shapes and meanings are those of backend.h; gradients add, outputs are overwritten. No pad is treated specially:
 * all T steps run on every row. Out of memory is an assertion, for only tests call this.
 */
#ifndef MATINEE_REFERENCE_H
#define MATINEE_REFERENCE_H

#include "matinee/dims.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reference_load_batch {
    int N, T, first_row;
    const int32_t *order;      /* in  (reviews) or NULL */
    const int32_t *all_tokens; /* in  (reviews,T)       */
    const uint8_t *all_labels; /* in  (reviews)         */
    int32_t *tokens;           /* out (N,T)             */
    int32_t *pads;             /* out (N)   counted here, not copied */
    double *labels;            /* out (N)               */
};

void reference_load_batch(const struct reference_load_batch *op);

struct reference_lstm_weights {
    const double *kernel;           /* in (E,4H) */
    const double *recurrent_kernel; /* in (H,4H) */
    const double *bias;             /* in (4H)   */
};

/* Masks hold the factors themselves: 0 or 1/(1 - rate). */
struct reference_lstm {
    int T, N, V, E, H, D; /* V = 0: the input is x */
    bool reversed, sequences;
    int mask_count;               /* masks of a direction: 1, or 4 in the order of the gates */
    double hard_slope;            /* 0: the logistic sigmoid */
    const double *input_mask;     /* in  (D,mask_count,N,E); NULL: ones */
    const double *recurrent_mask; /* in  (D,mask_count,N,H); NULL: ones */
    const int32_t *tokens;        /* in  (N,T)   */
    const double *embeddings;     /* in  (V,E)   */
    const double *x;              /* in  (T,N,E) */
    struct reference_lstm_weights weights[DIRECTIONS_MAX];
    double *y;     /* out (N,D*H) or (T,N,D*H) */
    double *saved; /* out (reference_lstm_saved_count), kept for the backward pass */
};

/* Doubles; pointers are not looked at. */
size_t reference_lstm_saved_count(const struct reference_lstm *op);
void reference_lstm(const struct reference_lstm *op);

struct reference_lstm_gradients {
    double *dkernel;           /* adds (E,4H) */
    double *drecurrent_kernel; /* adds (H,4H) */
    double *dbias;             /* adds (4H)   */
};

/* Every row has its own dx, whatever it shares with others. */
struct reference_lstm_backward {
    struct reference_lstm forward;
    const double *dy;    /* in   like y                   */
    double *dembeddings; /* adds (V,E)    with tokens     */
    double *dx;          /* out  (T,N,E)  with x          */
    struct reference_lstm_gradients gradients[DIRECTIONS_MAX];
};

void reference_lstm_backward(const struct reference_lstm_backward *op);

struct reference_dense_bce {
    int N, F;
    int batch;            /* rows that the mean is over */
    const double *h;      /* in   (N,F) */
    const double *kernel; /* in   (F,1) */
    const double *bias;   /* in   (1)   */
    const double *labels; /* in   (N)   */
    double *prob;         /* out  (N)   */
    double *dz;           /* out  (N)   (prob - y) / batch */
    double *loss;         /* adds (1)   nats, summed over the batch */
    int64_t *correct;     /* adds (1)   */
};

void reference_dense_bce(const struct reference_dense_bce *op);

struct reference_dense_backward {
    int N, F;
    const double *h;      /* in   (N,F) */
    const double *kernel; /* in   (F,1) */
    const double *dz;     /* in   (N)   */
    double *dh;           /* out  (N,F) */
    double *dkernel;      /* adds (F,1) */
    double *dbias;        /* adds (1)   */
};

void reference_dense_backward(const struct reference_dense_backward *op);

/* In float32, for its bits must be met. */
struct reference_add_parts {
    size_t count;
    int parts;
    float *gradients; /* in (parts,count); out: the sum in the first (count) */
};

void reference_add_parts(const struct reference_add_parts *op);

struct reference_adam {
    size_t count;
    double alpha; /* reference_adam_alpha of the step */
    double beta_1, beta_2, epsilon;
    const double *gradients; /* in      (count) */
    double *weights, *m, *v; /* in, out (count) */
    double ema_momentum;
    double *average; /* in, out (count); NULL: none */
};

/* learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t), t from 1. */
double reference_adam_alpha(double learning_rate, double beta_1, double beta_2, int t);
void reference_adam(const struct reference_adam *op);

#endif
