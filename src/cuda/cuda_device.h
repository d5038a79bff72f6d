/* What the plugin finds before it opens a backend. Each function that returns false has written one line, without the
 * device's name, and has left no pending failure in the runtime. */
#ifndef CUDA_DEVICE_H
#define CUDA_DEVICE_H

#include "matinee/communicator.h"
#include "matinee/error.h"

#include <cuda_runtime_api.h>

/* CUDA's versions, 13000 for 13.0. False without a driver; what is not known is 0. */
bool cuda_versions(int *driver, int *runtime, struct error *error);

/* False if there is none, or the driver is too old. */
bool cuda_device_count(int *count, struct error *error);

/* The number of "cuda" or "cuda:I". False if there is no such device. */
bool cuda_device_index(int *index, const char *name, struct error *error);

/* The device of a rank: of as many as its machine has ranks, the local rank's. Where a rank sees a single one, that: a
 * launcher may show each rank a GPU of its own. False if there are too few. */
bool cuda_device_of_rank(int *index, const struct communicator *ranks, struct error *error);

/* Makes it this thread's device. False if it cannot be used or the build has no code for it; *properties may then be
 * unknown. */
bool cuda_device_take(int index, struct cudaDeviceProp *properties, struct error *error);

/* The version of cuDNN, 91900 for 9.19.0. False if it is not what the build needs, or a part of it that we use does not
 * load. */
bool cuda_cudnn_check(int *version, struct error *error);

/* The version of NCCL, 22809 for 2.28.9; 0 where it is not known. False if it is not there or cannot be used. */
bool cuda_nccl_check(int *version, struct error *error);

#endif
