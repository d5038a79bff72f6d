/* cuDNN on the CPU. */
#include "standin.h"

#include <cudnn.h>

struct cudnnContext {
    cudaStream_t stream;
};

extern "C" {

cudnnStatus_t cudnnCreate(cudnnHandle_t *handle)
{
    if (standin_call_fails("cudnnCreate"))
        return CUDNN_STATUS_NOT_INITIALIZED;
    *handle = new cudnnContext();
    standin_count(1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)
{
    delete handle;
    standin_count(-1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    if (standin_call_fails("cudnnSetStream"))
        return CUDNN_STATUS_BAD_PARAM;
    handle->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

const char *cudnnGetErrorString(cudnnStatus_t)
{
    return "the stand-in was told to fail";
}

} /* extern "C" */
