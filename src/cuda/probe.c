#include "cuda_device.h"
#include "matinee/cuda_plugin.h"

#include <stdio.h>

static void set_trouble(struct cuda_device *device, const char *message)
{
    snprintf(device->trouble, sizeof device->trouble, "%.250s", message);
}

/* The free memory is known only to a context, which costs memory itself: it is not left behind. */
static void probe_device(struct cuda_device *device, int index)
{
    struct cudaDeviceProp properties = {.major = 0};
    struct error error;
    size_t total_bytes;
    if (!cuda_device_take(index, &properties, &error))
        set_trouble(device, error.message);
    else if (cudaMemGetInfo(&device->free_bytes, &total_bytes) != cudaSuccess) {
        device->free_bytes = 0;
        set_trouble(device, cudaGetErrorString(cudaGetLastError()));
    }
    snprintf(device->name, sizeof device->name, "%s", properties.name);
    device->major = properties.major;
    device->minor = properties.minor;
    device->total_bytes = properties.totalGlobalMem;
    cudaDeviceReset();
    cudaGetLastError();
}

bool matinee_cuda_probe(struct cuda_probe *probe, struct error *error)
{
    *probe = (struct cuda_probe){0};
    if (!cuda_versions(&probe->driver_version, &probe->runtime_version, error) ||
        !cuda_device_count(&probe->device_count, error))
        return false;
    for (int i = 0; i < probe->device_count && i < CUDA_PROBE_DEVICES; i++)
        probe_device(&probe->devices[i], i);
    return true;
}
