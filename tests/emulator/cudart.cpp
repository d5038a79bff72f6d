/* Versions, devices and the words of errors. */
#include "standin_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MULTIPROCESSORS = 4, SHARED_BYTES = 48 << 10, OLDEST_CAPABILITY = 75, WARP = 32, THREADS_MAX = 1024 };

static int current_device;

cudaError_t standin_current_device_status()
{
    return standin_device_status(current_device);
}

/* A device older than all for which a toolkit of today builds has no code in the program. */
static cudaError_t code_status()
{
    const cudaError_t status = standin_current_device_status();
    return status == cudaSuccess && standin_machine_now().capability < OLDEST_CAPABILITY
               ? cudaErrorNoKernelImageForDevice
               : status;
}

bool standin_launch_begins(const char *kernel, cudaStream_t stream)
{
    cudaError_t status = standin_call_fails(kernel) ? cudaErrorLaunchOutOfResources : code_status();
    if (status == cudaSuccess)
        status = standin_stream_status(stream);
    return standin_result(status) == cudaSuccess;
}

extern "C" {

cudaError_t cudaDriverGetVersion(int *version)
{
    fail_if_asked("cudaDriverGetVersion", cudaErrorInvalidValue);
    *version = standin_machine_now().driver_version;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    fail_if_asked("cudaRuntimeGetVersion", cudaErrorInvalidValue);
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    fail_if_asked("cudaGetDeviceCount", cudaErrorNoDevice);
    *count = 0;
    fail_if(standin_device_status(0));
    *count = standin_machine_now().device_count;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device)
{
    fail_if_asked("cudaGetDeviceProperties", cudaErrorInvalidDevice);
    fail_if(standin_device_status(device));
    memset(properties, 0, sizeof *properties);
    snprintf(properties->name, sizeof properties->name, "Emulated device");
    properties->uuid.bytes[0] = (char)(device + 1);
    const char *uuid = getenv("MATINEE_STANDIN_UUID");
    properties->uuid.bytes[1] = (char)(uuid ? atoi(uuid) : 0);
    properties->major = standin_machine_now().capability / 10;
    properties->minor = standin_machine_now().capability % 10;
    properties->totalGlobalMem = 2 * standin_machine_now().free_bytes;
    properties->multiProcessorCount = MULTIPROCESSORS;
    properties->sharedMemPerBlock = SHARED_BYTES;
    properties->maxThreadsPerBlock = THREADS_MAX;
    properties->warpSize = WARP;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device)
{
    fail_if_asked("cudaDeviceGetAttribute", cudaErrorInvalidDevice);
    fail_if(standin_device_status(device));
    switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
        *value = standin_machine_now().capability / 10;
        break;
    case cudaDevAttrComputeCapabilityMinor:
        *value = standin_machine_now().capability % 10;
        break;
    case cudaDevAttrMultiProcessorCount:
        *value = MULTIPROCESSORS;
        break;
    case cudaDevAttrMaxThreadsPerBlock:
        *value = THREADS_MAX;
        break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
        *value = SHARED_BYTES;
        break;
    case cudaDevAttrWarpSize:
        *value = WARP;
        break;
    default:
        standin_misused("cudaDeviceGetAttribute: attribute %d has no value here", (int)attribute);
    }
    return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attributes, const void *)
{
    fail_if_asked("cudaFuncGetAttributes", cudaErrorUnknown);
    fail_if(code_status());
    memset(attributes, 0, sizeof *attributes);
    attributes->maxThreadsPerBlock = THREADS_MAX;
    attributes->binaryVersion = standin_machine_now().capability;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    fail_if_asked("cudaGetDevice", cudaErrorInvalidDevice);
    fail_if(standin_device_status(current_device));
    *device = current_device;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    fail_if_asked("cudaSetDevice", cudaErrorDevicesUnavailable);
    fail_if(standin_device_status(device));
    current_device = device;
    return cudaSuccess;
}

/* It would take away what is still in use. */
cudaError_t cudaDeviceReset(void)
{
    fail_if_asked("cudaDeviceReset", cudaErrorUnknown);
    if (standin_outstanding() > 0)
        standin_misused("cudaDeviceReset while %d objects are in use", standin_outstanding());
    return cudaSuccess;
}

} /* extern "C" */

static const struct {
    cudaError_t status;
    const char *name, *words;
} errors[] = {
#define error_entry(name, words)                                                                             \
    {                                                                                                        \
        name, #name, words                                                                                   \
    }
    error_entry(cudaSuccess, "no error"),
    error_entry(cudaErrorInvalidValue, "invalid argument"),
    error_entry(cudaErrorMemoryAllocation, "out of memory"),
    error_entry(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    error_entry(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version"),
    error_entry(cudaErrorDevicesUnavailable, "CUDA-capable device(s) is/are busy or unavailable"),
    error_entry(cudaErrorInvalidDeviceFunction, "invalid device function"),
    error_entry(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    error_entry(cudaErrorInvalidDevice, "invalid device ordinal"),
    error_entry(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device"),
    error_entry(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    error_entry(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    error_entry(cudaErrorNotReady, "device not ready"),
    error_entry(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    error_entry(cudaErrorLaunchOutOfResources, "too many resources requested for launch"),
    error_entry(cudaErrorLaunchFailure, "unspecified launch failure"),
    error_entry(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing"),
    error_entry(cudaErrorStreamCaptureInvalidated, "operation failed due to a previous error during capture"),
    error_entry(cudaErrorStreamCaptureMerge,
                "operation would result in a merge of separate capture sequences"),
    error_entry(cudaErrorStreamCaptureUnmatched, "capture was not ended in the same stream as it began"),
    error_entry(cudaErrorStreamCaptureUnjoined, "capturing stream has unjoined work"),
    error_entry(cudaErrorStreamCaptureIsolation, "dependency created on uncaptured work in another stream"),
    error_entry(cudaErrorStreamCaptureImplicit,
                "operation would make the legacy stream depend on a capturing blocking stream"),
    error_entry(cudaErrorCapturedEvent,
                "operation not permitted on an event last recorded in a capturing stream"),
    error_entry(cudaErrorUnknown, "unknown error"),
#undef error_entry
};

extern "C" const char *cudaGetErrorName(cudaError_t status)
{
    for (const auto &error : errors)
        if (error.status == status)
            return error.name;
    standin_misused("cudaGetErrorName: status %d is none of ours", (int)status);
}

extern "C" const char *cudaGetErrorString(cudaError_t status)
{
    for (const auto &error : errors)
        if (error.status == status)
            return error.words;
    standin_misused("cudaGetErrorString: status %d is none of ours", (int)status);
}
