/* Launchers of adam.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_ADAM_H
#define KERNELS_ADAM_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_adam(cudaStream_t stream, const struct adam *op);

#ifdef __cplusplus
}
#endif

#endif
