/* Launchers of embedding.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_EMBEDDING_H
#define KERNELS_EMBEDDING_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_embedding(cudaStream_t stream, const struct embedding *op);

#ifdef __cplusplus
}
#endif

#endif
