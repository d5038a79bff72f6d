/* Launchers of global_pool.cu. Each enqueues on the stream and returns the launch's status; ops as in
 * matinee/backend.h. */
#ifndef KERNELS_GLOBAL_POOL_H
#define KERNELS_GLOBAL_POOL_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* saved: one for each element of y. */
struct global_pooled {
    float best;  /* the maximum */
    float share; /* of dy that each step gets which was the maximum, or which counts in a mean */
};

cudaError_t launch_global_pool(cudaStream_t stream, const struct global_pool *op);
cudaError_t launch_global_pool_backward(cudaStream_t stream, const struct global_pool_backward *op);

#ifdef __cplusplus
}
#endif

#endif
