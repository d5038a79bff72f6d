/* The engine "fused": up to 108 units with any masks of the gates. A block of the GPU takes one row through all steps. */
#ifndef CUDA_LSTM_FUSED_MEMORY_H
#define CUDA_LSTM_FUSED_MEMORY_H

#include "lstm_engine.h"
#include "lstm_fused.h"
#include "token_order.h"

/* How the engine divides saved and scratch memory. Units and gates as in lstm_fused.h. With tokens z and its gradient
 * are those of the table's rows. NULL where a pass has no use for it. */
struct fused_memory {
    int step_count; /* floats of z of one row at one step, D*units*4 */
    int kernels;    /* input kernels: one, or with input masks one a row */

    /* saved */
    float *slopes;            /* (N,D,T+1,units,4)    */
    float *paths;             /* (N,D,T+1,units,2)    */
    float *h_before;          /* (T,N,D,H)            */
    float *kernel;            /* (kernels,E,D,units,4); scratch in inference */
    float *backward;          /* (D,units/2,threads,4) recurrent weights     */
    struct token_order order; /* its storage is the forward pass' scratch    */
    float *dtable;            /* (V,D,units,4) for dz summed over the places of a token, zeros until then */

    /* scratch of the forward pass */
    float *forward; /* (D,units/2,threads,4) recurrent weights            */
    float *bias;    /* (D,units,4)                                        */
    float *z;       /* (T,N,D,units,4), or of tokens (V,D,units,4)        */
    float *states;  /* (T+1,2,units) after so many pads; of use in inference */

    /* scratch of the backward pass */
    float *dz;           /* (T,N,D,units,4)                                  */
    float *partial_sums; /* of dtable                                        */
    int rows;            /* whose gradients are summed at once               */
    float *of_recurrent; /* (rows,D,H,units,4)                               */
    float *of_kernel;    /* (rows,E,D,units,4), or of tokens (1,E,D,units,4) */
    float *of_bias;      /* (N,D,units,4)                                    */
};

/* Divides op->saved and op->scratch; op->saved NULL: inference. The same call finds in the backward pass what the
 * forward pass kept. */
struct fused_memory fused_memory_of(const struct lstm *op);
struct op_sizes fused_sizes(struct cuda_backend *, const struct lstm *);

/* What the kernels share: sizes and masks. */
struct lstm_fused lstm_fused_of(const struct lstm *op);

static inline struct token_batch fused_batch(const struct lstm *op)
{
    return (struct token_batch){.T = op->T, .N = op->N, .V = op->V, .tokens = op->tokens};
}

void fused_backward(struct cuda_backend *, const struct lstm_backward *);

#endif
