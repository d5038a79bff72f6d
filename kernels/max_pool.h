/* Launchers of max_pool.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h.
 * saved is int32_t (T/P,N,F): which step was the maximum. */
#ifndef KERNELS_MAX_POOL_H
#define KERNELS_MAX_POOL_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_max_pool(cudaStream_t stream, const struct max_pool *op);
cudaError_t launch_max_pool_backward(cudaStream_t stream, const struct max_pool_backward *op);

#ifdef __cplusplus
}
#endif

#endif
