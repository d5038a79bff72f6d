/* The first failure of a library call is kept for the trainer to ask for. */
#include "cuda_backend.h"

#include <stdio.h>
#include <string.h>

static void latch(struct cuda_backend *cuda, const char *call, const char *words, int status,
                  const char *file, int line)
{
    const char *name = strrchr(file, '/');
    if (cuda->failed)
        return;
    cuda->failed = true;
    error_set(&cuda->failure, "cuda:%d: %s:%d: %s: error %d: %s", cuda->device, name ? name + 1 : file, line,
              call, status, words);
}

void cuda_refuse(struct cuda_backend *cuda, const struct error *error)
{
    if (cuda->failed)
        return;
    cuda->failed = true;
    cuda->failure = *error;
}

bool cuda_check_status(struct cuda_backend *cuda, cudaError_t status, const char *call, const char *file,
                       int line)
{
    if (status != cudaSuccess)
        latch(cuda, call, cudaGetErrorString(status), (int)status, file, line);
    return status == cudaSuccess;
}

bool cublas_check_status(struct cuda_backend *cuda, cublasStatus_t status, const char *call, const char *file,
                         int line)
{
    if (status != CUBLAS_STATUS_SUCCESS)
        latch(cuda, call, cublasGetStatusString(status), (int)status, file, line);
    return status == CUBLAS_STATUS_SUCCESS;
}

bool cudnn_check_status(struct cuda_backend *cuda, cudnnStatus_t status, const char *call, const char *file,
                        int line)
{
    if (status != CUDNN_STATUS_SUCCESS)
        latch(cuda, call, cudnnGetErrorString(status), (int)status, file, line);
    return status == CUDNN_STATUS_SUCCESS;
}
