/* The engine "fused": up to 108 units with any masks of the gates. A block of the GPU takes one row through all steps. */
#ifndef CUDA_LSTM_FUSED_MEMORY_H
#define CUDA_LSTM_FUSED_MEMORY_H

#include "lstm_engine.h"
#include "lstm_fused.h"

/* How the engine divides saved and scratch memory. Units and gates as in lstm_fused.h. */
struct fused_memory {
    int step_count;  /* floats of z of one row at one step, D*units*4 */
    int kernels;     /* input kernels: one, or with input masks one a row */
    float *slopes;   /* (N,D,T+1,units,4)  NULL in inference, as the next two */
    float *paths;    /* (N,D,T+1,units,2)  */
    float *h_before; /* (T,N,D,H)         */

    /* scratch of both passes */
    float *kernel;    /* (kernels,E,D,units,4)  */
    float *recurrent; /* (D,units/2,threads,4)  */
    float *bias;      /* (D,units,4)            */
    float *z;         /* (T,N,D,units,4)        z or dz */

    /* scratch of the backward pass: gradients of rows by themselves */
    int rows;            /* summed at once */
    float *of_recurrent; /* (rows,D,H,units,4) */
    float *of_kernel;    /* (rows,E,D,units,4) */
    float *of_bias;      /* (N,D,units,4)      */
};

/* Divides op->saved and op->scratch; op->saved NULL: inference. The same call finds in the backward pass what the
 * forward pass kept. */
struct fused_memory fused_memory_of(const struct lstm *op);
struct op_sizes fused_sizes(struct cuda_backend *, const struct lstm *);

/* What the kernels share: sizes and masks. */
struct lstm_fused lstm_fused_of(const struct lstm *op);

/* Enqueues the weights as the pass reads them. */
void fused_pack(struct cuda_backend *, const struct lstm *, const struct fused_memory *, bool forward);

void fused_backward(struct cuda_backend *, const struct lstm_backward *);

#endif
