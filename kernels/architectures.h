/* What devices the kernels are built for. */
#ifndef KERNELS_ARCHITECTURES_H
#define KERNELS_ARCHITECTURES_H

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the current device: cudaSuccess if the build has code for it, or code that its driver compiles. */
cudaError_t architectures_find_code(void);

/* Compute capabilities that the compiler was asked for, times ten, ascending; the list ends with 0. */
const int *architectures(void);

#ifdef __cplusplus
}
#endif

#endif
