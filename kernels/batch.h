/* Launchers of batch.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_BATCH_H
#define KERNELS_BATCH_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_next_step(cudaStream_t stream, const struct next_step *op);
cudaError_t launch_load_batch(cudaStream_t stream, const struct load_batch *op);

#ifdef __cplusplus
}
#endif

#endif
