/* cuDNN on the CPU: handles, tensors and dropout. cudnn_rnn.cpp has the LSTM. */
#include "cudnn_standin.h"

#include <string.h>

bool dropout_keeps(dropout_states *states, float rate)
{
    uint64_t z = states->seed + 0x9e3779b97f4a7c15u * ++states->drawn;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) >= (double)rate * 9007199254740992.0;
}

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

size_t cudnnGetVersion(void)
{
    return CUDNN_VERSION;
}

static cudnnStatus_t version_check(const char *name)
{
    return standin_call_fails(name) ? CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE
                                    : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGraphVersionCheck(void)
{
    return version_check("cudnnGraphVersionCheck");
}

cudnnStatus_t cudnnOpsVersionCheck(void)
{
    return version_check("cudnnOpsVersionCheck");
}

cudnnStatus_t cudnnAdvVersionCheck(void)
{
    return version_check("cudnnAdvVersionCheck");
}

const char *cudnnGetErrorString(cudnnStatus_t status)
{
    switch (status) {
    case CUDNN_STATUS_SUCCESS:
        return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED:
        return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM:
        return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_BAD_PARAM_NULL_POINTER:
        return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER:
        return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
    case CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT:
        return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
    case CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH:
        return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
    case CUDNN_STATUS_NOT_SUPPORTED:
        return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_NOT_SUPPORTED_SHAPE:
        return "CUDNN_STATUS_NOT_SUPPORTED_SHAPE";
    case CUDNN_STATUS_INTERNAL_ERROR:
        return "CUDNN_STATUS_INTERNAL_ERROR";
    case CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED:
        return "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED";
    case CUDNN_STATUS_EXECUTION_FAILED:
        return "CUDNN_STATUS_EXECUTION_FAILED";
    case CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE:
        return "CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE";
    default:
        return "CUDNN_UNKNOWN_STATUS";
    }
}

void cudnnGetLastErrorString(char *message, size_t bytes)
{
    if (bytes > 0)
        message[0] = '\0';
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *tensor)
{
    if (standin_call_fails("cudnnCreateTensorDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
    *tensor = new cudnnTensorStruct();
    standin_count(1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor)
{
    delete tensor;
    standin_count(-1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type, int rank,
                                         const int dims[], const int strides[])
{
    if (standin_call_fails("cudnnSetTensorNdDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!tensor || type != CUDNN_DATA_FLOAT || rank < 3 || rank > CUDNN_DIM_MAX)
        return CUDNN_STATUS_BAD_PARAM;
    for (int i = 0; i < rank; i++)
        if (dims[i] < 1 || strides[i] < 1)
            return CUDNN_STATUS_BAD_PARAM;
    tensor->dims.assign(dims, dims + rank);
    tensor->strides.assign(strides, strides + rank);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w)
{
    if (standin_call_fails("cudnnSetTensor4dDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    if (!tensor || format != CUDNN_TENSOR_NCHW || type != CUDNN_DATA_FLOAT || n < 1 || c < 1 || h < 1 ||
        w < 1)
        return CUDNN_STATUS_BAD_PARAM;
    tensor->dims = {n, c, h, w};
    tensor->strides = {c * h * w, h * w, w, 1};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorDescriptor_t tensor, int rank_wanted,
                                         cudnnDataType_t *type, int *rank, int dims[], int strides[])
{
    if (standin_call_fails("cudnnGetTensorNdDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    *type = CUDNN_DATA_FLOAT;
    *rank = (int)tensor->dims.size();
    for (int i = 0; i < rank_wanted && i < *rank; i++) {
        dims[i] = tensor->dims[i];
        strides[i] = tensor->strides[i];
    }
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t *dropout)
{
    if (standin_call_fails("cudnnCreateDropoutDescriptor"))
        return CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
    *dropout = new cudnnDropoutStruct();
    standin_count(1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t dropout)
{
    delete dropout;
    standin_count(-1);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDropoutGetStatesSize(cudnnHandle_t, size_t *bytes)
{
    if (standin_call_fails("cudnnDropoutGetStatesSize"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    *bytes = sizeof(dropout_states);
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_dropout(cudnnDropoutDescriptor_t dropout, float rate, void *states, size_t bytes)
{
    if (!dropout || !(rate >= 0.0f && rate < 1.0f) || (!states && rate > 0.0f))
        return CUDNN_STATUS_BAD_PARAM;
    if (states && bytes < sizeof(dropout_states))
        return CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
    *dropout = {true, rate, (dropout_states *)states};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t handle, float rate,
                                        void *states, size_t bytes, unsigned long long seed)
{
    if (standin_call_fails("cudnnSetDropoutDescriptor"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    cudnnStatus_t status = set_dropout(dropout, rate, states, bytes);
    if (status == CUDNN_STATUS_SUCCESS && states)
        standin_enqueue(handle->stream, [=] {
            ((dropout_states *)states)->seed = seed;
            ((dropout_states *)states)->drawn = 0;
        });
    return status;
}

cudnnStatus_t cudnnRestoreDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t, float rate,
                                            void *states, size_t bytes, unsigned long long)
{
    return standin_call_fails("cudnnRestoreDropoutDescriptor") ? CUDNN_STATUS_INTERNAL_ERROR
                                                               : set_dropout(dropout, rate, states, bytes);
}

cudnnStatus_t cudnnDropoutGetReserveSpaceSize(cudnnTensorDescriptor_t tensor, size_t *bytes)
{
    if (standin_call_fails("cudnnDropoutGetReserveSpaceSize"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    *bytes = (tensor->count() + 7) / 8;
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t check_dropout(cudnnDropoutDescriptor_t dropout, cudnnTensorDescriptor_t from,
                                   cudnnTensorDescriptor_t to, const void *reserve, size_t reserve_bytes)
{
    if (!dropout->set || !reserve || from->count() == 0)
        return CUDNN_STATUS_BAD_PARAM;
    if (from->dims != to->dims)
        return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    return reserve_bytes < (from->count() + 7) / 8 ? CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT
                                                   : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDropoutForward(cudnnHandle_t handle, const cudnnDropoutDescriptor_t dropout,
                                  const cudnnTensorDescriptor_t from, const void *x,
                                  const cudnnTensorDescriptor_t to, void *y, void *reserve,
                                  size_t reserve_bytes)
{
    if (standin_call_fails("cudnnDropoutForward"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    cudnnStatus_t status = check_dropout(dropout, from, to, reserve, reserve_bytes);
    const size_t count = from->count();
    const cudnnDropoutStruct own = *dropout;
    if (status == CUDNN_STATUS_SUCCESS)
        standin_enqueue(handle->stream, [=] {
            unsigned char *kept = (unsigned char *)reserve;
            memset(kept, 0, (count + 7) / 8);
            for (size_t i = 0; i < count; i++) {
                bool keeps = dropout_keeps(own.states, own.rate);
                kept[i / 8] = (unsigned char)(kept[i / 8] | keeps << i % 8);
                ((float *)y)[i] = keeps ? ((const float *)x)[i] / (1.0f - own.rate) : 0.0f;
            }
        });
    return status;
}

cudnnStatus_t cudnnDropoutBackward(cudnnHandle_t handle, const cudnnDropoutDescriptor_t dropout,
                                   const cudnnTensorDescriptor_t from, const void *dy,
                                   const cudnnTensorDescriptor_t to, void *dx, void *reserve,
                                   size_t reserve_bytes)
{
    if (standin_call_fails("cudnnDropoutBackward"))
        return CUDNN_STATUS_EXECUTION_FAILED;
    cudnnStatus_t status = check_dropout(dropout, from, to, reserve, reserve_bytes);
    const size_t count = from->count();
    const float rate = dropout->rate;
    if (status == CUDNN_STATUS_SUCCESS)
        standin_enqueue(handle->stream, [=] {
            const unsigned char *kept = (const unsigned char *)reserve;
            for (size_t i = 0; i < count; i++)
                ((float *)dx)[i] = kept[i / 8] >> i % 8 & 1 ? ((const float *)dy)[i] / (1.0f - rate) : 0.0f;
        });
    return status;
}

} /* extern "C" */
