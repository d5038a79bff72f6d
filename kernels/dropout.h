/* Launchers of dropout.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_DROPOUT_H
#define KERNELS_DROPOUT_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

cudaError_t launch_dropout(cudaStream_t stream, const struct dropout_layer *op);

#ifdef __cplusplus
}
#endif

#endif
