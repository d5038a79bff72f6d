/* Device memory, and copies between it and the host. */
#include "cuda_backend.h"

#include <string.h>

void *cuda_allocate(struct backend *backend, size_t bytes, const char *what, struct error *error)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    void *memory = NULL;
    if (cuda->failed) {
        *error = cuda->failure;
        return NULL;
    }
    if (cudaMalloc(&memory, bytes ? bytes : 1) == cudaSuccess)
        return memory;
    cudaGetLastError();
    error_set(error,
              "cuda:%d: out of memory: %zu bytes for %s, %zu are free; a smaller --batch-size or --maxlen "
              "needs less",
              cuda->device, bytes, what, cuda_free_bytes(backend));
    return NULL;
}

void cuda_release(struct backend *backend, void *memory)
{
    (void)backend;
    cudaFree(memory);
}

/* A copy from pageable memory has left it when the call returns. */
void cuda_upload(struct backend *backend, void *to, const void *host_from, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, cudaMemcpyAsync(to, host_from, bytes, cudaMemcpyHostToDevice, cuda->stream));
}

/* After a failure the host gets zeros: nothing reads memory that was never written. */
void cuda_download(struct backend *backend, void *host_to, const void *from, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    cuda->poll.under_way = false;
    if (cuda->failed ||
        !cuda_check(cuda, cudaMemcpyAsync(host_to, from, bytes, cudaMemcpyDeviceToHost, cuda->stream)) ||
        !cuda_check(cuda, cudaStreamSynchronize(cuda->stream)))
        memset(host_to, 0, bytes);
}

static void begin_poll(struct cuda_backend *cuda, const void *from, size_t bytes)
{
    cuda->poll.under_way = cuda_check(cuda, cudaMemcpyAsync(cuda->poll.host, from, bytes,
                                                            cudaMemcpyDeviceToHost, cuda->stream)) &&
                           cuda_check(cuda, cudaEventRecord(cuda->poll.arrived, cuda->stream));
}

bool cuda_poll(struct backend *backend, void *host_to, const void *from, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed)
        return false;
    if (!cuda->poll.under_way) {
        begin_poll(cuda, from, bytes);
        return false;
    }
    cudaError_t status = cudaEventQuery(cuda->poll.arrived);
    if (status == cudaErrorNotReady || !cuda_check(cuda, status))
        return false;
    memcpy(host_to, cuda->poll.host, bytes);
    begin_poll(cuda, from, bytes);
    return true;
}

size_t cuda_free_bytes(struct backend *backend)
{
    (void)backend;
    size_t free_bytes, total_bytes;
    return cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess ? free_bytes : 0;
}

void cuda_clear(struct backend *backend, void *memory, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, cudaMemsetAsync(memory, 0, bytes, cuda->stream));
}
