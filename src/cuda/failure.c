/* The first failure of a library call is kept for the trainer to ask for. */
#include "cuda_backend.h"

#include <string.h>

/* "cuda:0: cudaGraphLaunch(graph, stream) in recording.c:55: cudaErrorLaunchFailure (719): unspecified ..." */
void cuda_latch(struct cuda_backend *cuda, const char *call, const char *name, int status, const char *words,
                const char *file, int line)
{
    const char *base = strrchr(file, '/');
    if (cuda->failed)
        return;
    cuda->failed = true;
    error_set(&cuda->failure, "cuda:%d: %.300s in %s:%d: %s (%d): %.300s", cuda->device, call,
              base ? base + 1 : file, line, name, status, words);
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
        cuda_latch(cuda, call, cudaGetErrorName(status), (int)status, cudaGetErrorString(status), file, line);
    return status == cudaSuccess;
}

bool cublas_check_status(struct cuda_backend *cuda, cublasStatus_t status, const char *call, const char *file,
                         int line)
{
    if (status != CUBLAS_STATUS_SUCCESS)
        cuda_latch(cuda, call, "cuBLAS", (int)status, cublasGetStatusString(status), file, line);
    return status == CUBLAS_STATUS_SUCCESS;
}

bool cudnn_check_status(struct cuda_backend *cuda, cudnnStatus_t status, const char *call, const char *file,
                        int line)
{
    char words[256] = "";
    if (status == CUDNN_STATUS_SUCCESS)
        return true;
    cudnnGetLastErrorString(words, sizeof words);
    cuda_latch(cuda, call, cudnnGetErrorString(status), (int)status, words[0] ? words : "no more is known",
               file, line);
    return false;
}
