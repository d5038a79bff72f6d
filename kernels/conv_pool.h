/* Launchers of conv_pool*.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h.
 * saved is int32_t (S,N,C): which step of P was the maximum, -1 where ReLU let nothing through. */
#ifndef KERNELS_CONV_POOL_H
#define KERNELS_CONV_POOL_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_conv_pool(cudaStream_t stream, const struct conv_pool *op);

/* dx. */
cudaError_t launch_conv_pool_input_gradient(cudaStream_t stream, const struct conv_pool_backward *op);

/* dkernel and dbias: partial sums in scratch, then their sum. */
cudaError_t launch_conv_pool_weight_gradients(cudaStream_t stream, const struct conv_pool_backward *op);

/* What they need of scratch. */
size_t conv_pool_scratch_bytes(const struct conv_pool *dims);

#ifdef __cplusplus
}
#endif

#endif
