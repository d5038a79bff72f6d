/* Which devices there are, and why one cannot be used: in words for people, before anything is enqueued. */
#include "cuda_device.h"

#include "architectures.h"

#include <cudnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The runtime keeps the last failure for whoever asks next, and a launch would take it for its own. */
static bool refuse(struct error *error, const char *call, cudaError_t status)
{
    cudaGetLastError();
    return error_set(error, "%s: %s (%d): %s; see `nvidia-smi`", call, cudaGetErrorName(status), (int)status,
                     cudaGetErrorString(status));
}

bool cuda_versions(int *driver, int *runtime, struct error *error)
{
    *driver = *runtime = 0;
    cudaError_t status = cudaRuntimeGetVersion(runtime);
    if (status != cudaSuccess)
        return refuse(error, "cudaRuntimeGetVersion", status);
    status = cudaDriverGetVersion(driver);
    if (status != cudaSuccess)
        return refuse(error, "cudaDriverGetVersion", status);
    return *driver > 0 || error_set(error, "no NVIDIA driver found");
}

bool cuda_device_count(int *count, struct error *error)
{
    int driver, runtime;
    *count = 0;
    if (!cuda_versions(&driver, &runtime, error))
        return false;
    cudaError_t status = cudaGetDeviceCount(count);
    if (status == cudaErrorInsufficientDriver) {
        cudaGetLastError();
        return error_set(error,
                         "the NVIDIA driver is too old: it serves CUDA %d.%d, and this build needs %d.%d; "
                         "install a newer one",
                         driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
    }
    if (status != cudaSuccess && status != cudaErrorNoDevice)
        return refuse(error, "cudaGetDeviceCount", status);
    if (status == cudaErrorNoDevice || *count == 0) {
        *count = 0;
        cudaGetLastError();
        return error_set(error, "the NVIDIA driver shows no GPU; see `nvidia-smi` and CUDA_VISIBLE_DEVICES");
    }
    return true;
}

bool cuda_device_index(int *index, const char *name, struct error *error)
{
    char *end;
    int count;
    *index = 0;
    if (!cuda_device_count(&count, error))
        return false;
    if (strcmp(name, "cuda") == 0)
        return true;
    long number = strtol(name + strlen("cuda:"), &end, 10);
    if (*end || end == name + strlen("cuda:") || number < 0)
        return error_set(error, "must be cuda or cuda:I with I from 0");
    if (number < count) {
        *index = (int)number;
        return true;
    }
    if (count == 1)
        return error_set(error, "this machine has one GPU, cuda:0");
    return error_set(error, "this machine has %d GPUs, cuda:0 to cuda:%d", count, count - 1);
}

bool cuda_device_of_rank(int *index, const struct communicator *ranks, struct error *error)
{
    int count;
    *index = 0;
    if (!cuda_device_count(&count, error))
        return false;
    if (count == 1)
        return true;
    *index = ranks->local_rank;
    return ranks->local_rank < count ||
           error_set(error, "this machine has %d GPUs for %d ranks; start one rank for each GPU", count,
                     ranks->local_ranks);
}

/* "7.5, 9.0" */
static void list_architectures(char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (const int *list = architectures(); *list && used < bytes; list++)
        used +=
            (size_t)snprintf(text + used, bytes - used, "%s%d.%d", used ? ", " : "", *list / 10, *list % 10);
}

bool cuda_device_take(int index, struct cudaDeviceProp *properties, struct error *error)
{
    cudaError_t status = cudaGetDeviceProperties(properties, index);
    if (status != cudaSuccess)
        return refuse(error, "cudaGetDeviceProperties", status);
    status = cudaSetDevice(index);
    if (status != cudaSuccess)
        return refuse(error, "cudaSetDevice", status);
    status = architectures_find_code();
    if (status == cudaErrorNoKernelImageForDevice || status == cudaErrorInvalidDeviceFunction) {
        char built[128];
        list_architectures(built, sizeof built);
        cudaGetLastError();
        return error_set(error,
                         "%.64s has compute capability %d.%d, and this build is for %s; build Matinee with "
                         "-DMATINEE_CUDA_ARCHITECTURES=%d%d and a CUDA that serves it",
                         properties->name, properties->major, properties->minor, built, properties->major,
                         properties->minor);
    }
    return status == cudaSuccess || refuse(error, "cudaFuncGetAttributes", status);
}

bool cuda_cudnn_check(int *version, struct error *error)
{
    static const struct {
        const char *name;
        cudnnStatus_t (*check)(void);
    } parts[] = {{"libcudnn_graph", cudnnGraphVersionCheck},
                 {"libcudnn_ops", cudnnOpsVersionCheck},
                 {"libcudnn_adv", cudnnAdvVersionCheck}};
    *version = (int)cudnnGetVersion();
    if (*version / 10000 != CUDNN_MAJOR)
        return error_set(error, "version %d of cuDNN is loaded, and this build needs %d.%d; install that",
                         *version, CUDNN_MAJOR, CUDNN_MINOR);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cudnnStatus_t status = parts[i].check();
        if (status != CUDNN_STATUS_SUCCESS)
            return error_set(error, "%s.so.%d cannot be used: %s; install all of cuDNN, of one version",
                             parts[i].name, CUDNN_MAJOR, cudnnGetErrorString(status));
    }
    return true;
}
