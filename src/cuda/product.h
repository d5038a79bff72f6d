/* Matrix products by cuBLAS, row-major: the one place where its column-major order is reasoned about. */
#ifndef CUDA_PRODUCT_H
#define CUDA_PRODUCT_H

#include "cuda_backend.h"

/* A row-major matrix: element (i,j) is at[i*stride + j]; transposed: at[j*stride + i]. In a batch the next one begins
 * `step` floats later, 0: all share one. */
struct matrix {
    const float *at;
    int stride;
    bool transposed;
    size_t step;
};

/* out = a . b, or out += a . b if it adds. out is (rows,columns), a (rows,inner), b (inner,columns), as they are
 * after their transposition; out overlaps neither. */
struct product {
    int rows, columns, inner;
    struct matrix a, b;
    float *out;
    int out_stride;
    size_t out_step;
    bool adds;
    int batch; /* products of these sizes; 0 and 1: one */
};

/* Enqueues the product. Nothing after a failure. */
void product(struct cuda_backend *, const struct product *);

#endif
