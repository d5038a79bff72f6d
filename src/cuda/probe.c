#include "matinee/cuda_probe.h"

#include <cuda_runtime_api.h>
#include <stdio.h>

static bool failed(struct error *error, const char *call, cudaError_t status)
{
    return error_set(error, "%s: error %d: %s; see `nvidia-smi`", call, (int)status,
                     cudaGetErrorString(status));
}

/* The free memory is known only to a context, which costs memory itself: it is not left behind. */
static cudaError_t read_free_memory(struct cuda_device *device, int index)
{
    size_t total_bytes;
    cudaError_t status = cudaSetDevice(index);
    if (status == cudaSuccess)
        status = cudaMemGetInfo(&device->free_bytes, &total_bytes);
    if (status != cudaSuccess)
        device->free_bytes = 0;
    cudaError_t reset = cudaDeviceReset();
    return status == cudaSuccess ? reset : status;
}

static void probe_device(struct cuda_device *device, int index)
{
    struct cudaDeviceProp properties;
    cudaError_t status = cudaGetDeviceProperties(&properties, index);
    if (status == cudaSuccess) {
        snprintf(device->name, sizeof device->name, "%s", properties.name);
        device->major = properties.major;
        device->minor = properties.minor;
        device->total_bytes = properties.totalGlobalMem;
        status = read_free_memory(device, index);
    }
    if (status != cudaSuccess)
        snprintf(device->trouble, sizeof device->trouble, "%s", cudaGetErrorString(status));
}

__attribute__((visibility("default"))) bool matinee_cuda_probe_sized(struct cuda_probe *probe,
                                                                     size_t probe_bytes, struct error *error)
{
    if (probe_bytes != sizeof *probe)
        return error_set(error, "matinee_cuda.so is of another version than the program; build both again");
    *probe = (struct cuda_probe){0};
    cudaError_t status = cudaRuntimeGetVersion(&probe->runtime_version);
    if (status != cudaSuccess)
        return failed(error, "cudaRuntimeGetVersion", status);
    status = cudaDriverGetVersion(&probe->driver_version);
    if (status != cudaSuccess)
        return failed(error, "cudaDriverGetVersion", status);
    if (probe->driver_version == 0)
        return error_set(error, "no NVIDIA driver found; install one to use a GPU");
    int count = 0;
    status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess)
        return failed(error, "cudaGetDeviceCount", status);
    if (count == 0)
        return error_set(error, "cudaGetDeviceCount: the driver shows no device; see `nvidia-smi`");
    probe->device_count = count;
    for (int i = 0; i < count && i < CUDA_PROBE_DEVICES; i++)
        probe_device(&probe->devices[i], i);
    return true;
}
