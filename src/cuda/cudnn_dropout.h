/* Dropout of elements as cuDNN draws it (--dropout-masks cudnn): masks of a generator in device memory that moves on
 * with every call. They are no function of seed and step, so they equal the CPU's in distribution alone, and a replay
 * draws anew. What drops features or steps cuDNN cannot draw: it stays the function's. */
#ifndef CUDA_CUDNN_DROPOUT_H
#define CUDA_CUDNN_DROPOUT_H

#include "cuda_backend.h"

/* Set-up, for every backend; the generator's memory where masks are cuDNN's. */
bool cudnn_dropout_open(struct cuda_backend *cuda);
void cudnn_dropout_close(struct cuda_backend *cuda);

/* Whether cuDNN draws what this drops: it has a rate, and no mask is given. */
bool cudnn_dropout_draws(const struct cuda_backend *cuda, const struct dropout *dropout);

/* What a mask of `count` elements needs between the two passes; 0 after a failure. */
size_t cudnn_dropout_reserve_bytes(struct cuda_backend *cuda, size_t count);

/* y = x with a new mask, which the reserve keeps, and dx = dy with the mask of the reserve. y may be x, dx dy. */
void cudnn_dropout_forward(struct cuda_backend *cuda, const struct dropout *dropout, size_t count,
                           const float *x, float *y, void *reserve);
void cudnn_dropout_backward(struct cuda_backend *cuda, const struct dropout *dropout, size_t count,
                            const float *dy, float *dx, void *reserve);

/* A descriptor of this rate, which lives as long as the backend; NULL after a failure. 0 drops nothing, and needs no
 * generator. */
cudnnDropoutDescriptor_t cudnn_dropout_descriptor(struct cuda_backend *cuda, float rate);

/* The generator starts from this seed unless it has done so before. */
bool cudnn_dropout_seed(struct cuda_backend *cuda, uint64_t seed);

/* For a trial before any seed is known: the generator holds something, and the next seed still counts as the first. */
bool cudnn_dropout_prepare(struct cuda_backend *cuda);

#endif
