/* The ops of the layers around the LSTM in the plainest double-precision loops; see reference.h. Masks are given as
 * factors: 0, or 1/(1 - rate). A mask that is NULL drops nothing. */
#ifndef MATINEE_REFERENCE_LAYERS_H
#define MATINEE_REFERENCE_LAYERS_H

#include "matinee/dims.h"

#include <stdbool.h>
#include <stdint.h>

struct reference_embedding {
    int T, N, V, E;
    const int32_t *tokens;       /* in  (N,T)   */
    const double *embeddings;    /* in  (V,E)   */
    const double *rows_mask;     /* in  (V)     */
    const double *elements_mask; /* in  (N,T,E) */
    double *x;                   /* out (T,N,E) */
};

struct reference_embedding_backward {
    struct reference_embedding forward;
    const double *dx;    /* in   (T,N,E) */
    double *dembeddings; /* adds (V,E)   */
};

void reference_embedding(const struct reference_embedding *op);
void reference_embedding_backward(const struct reference_embedding_backward *op);

struct reference_dropout {
    int T, N, F;
    enum dropout_unit unit;
    const double *mask; /* in  (N,T,F), (N,F) or (N,T) */
    const double *x;    /* in  (T,N,F) */
    double *y;          /* out (T,N,F) */
};

void reference_dropout(const struct reference_dropout *op);

struct reference_conv_pool {
    int T, N, E, C, K, P, stride;
    bool same, relu;
    const double *x;      /* in  (T,N,E) */
    const double *kernel; /* in  (K,E,C) */
    const double *bias;   /* in  (C)     */
    double *y;            /* out (S,N,C) */
};

struct reference_conv_pool_backward {
    struct reference_conv_pool forward;
    const double *dy; /* in   (S,N,C) */
    double *dx;       /* out  (T,N,E) */
    double *dkernel;  /* adds (K,E,C) */
    double *dbias;    /* adds (C)     */
};

/* S. */
int reference_conv_pool_steps(const struct reference_conv_pool *op);

/* Steps of y of a row with that many leading pads that read nothing but pads, and zeros outside the row. */
int reference_conv_pool_pads(const struct reference_conv_pool *op, int pads);

void reference_conv_pool(const struct reference_conv_pool *op);
void reference_conv_pool_backward(const struct reference_conv_pool_backward *op);

struct reference_max_pool {
    int T, N, F, P;
    const double *x; /* in  (T,N,F)   */
    double *y;       /* out (T/P,N,F) */
};

struct reference_max_pool_backward {
    struct reference_max_pool forward;
    const double *dy; /* in  (T/P,N,F) */
    double *dx;       /* out (T,N,F)   */
};

void reference_max_pool(const struct reference_max_pool *op);
void reference_max_pool_backward(const struct reference_max_pool_backward *op);

struct reference_global_pool {
    int T, N, F;
    bool average;
    const int32_t *tokens; /* in  (N,T)   average alone; NULL: all steps count */
    const double *x;       /* in  (T,N,F) */
    double *y;             /* out (N,F)   */
};

struct reference_global_pool_backward {
    struct reference_global_pool forward;
    const double *dy; /* in  (N,F)   */
    double *dx;       /* out (T,N,F) */
};

void reference_global_pool(const struct reference_global_pool *op);
void reference_global_pool_backward(const struct reference_global_pool_backward *op);

#endif
