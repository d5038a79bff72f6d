/* Launchers of dense.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_DENSE_H
#define KERNELS_DENSE_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_dense_bce(cudaStream_t stream, const struct dense_bce *op);
cudaError_t launch_dense_backward(cudaStream_t stream, const struct dense_backward *op);

#ifdef __cplusplus
}
#endif

#endif
