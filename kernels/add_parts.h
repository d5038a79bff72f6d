/* Launchers of add_parts.cu. Each enqueues on the stream and returns the launch's status; ops as in matinee/backend.h.
 */
#ifndef KERNELS_ADD_PARTS_H
#define KERNELS_ADD_PARTS_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The sum is put into `sum` (count), which is the first arena or memory of its own: so may the gradients of all ranks,
 * gathered, be added into one rank's. */
cudaError_t launch_add_parts(cudaStream_t stream, const struct add_parts *op, float *sum);

#ifdef __cplusplus
}
#endif

#endif
