/* Device memory, and copies between it and the host. */
#include "cuda_backend.h"

#include <assert.h>
#include <string.h>

void *cuda_allocate(struct backend *backend, size_t bytes, const char *what, struct error *error)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const double mib = 1024.0 * 1024;
    void *memory = NULL;
    if (cuda->failed) {
        *error = cuda->failure;
        return NULL;
    }
    cudaError_t status = cudaMalloc(&memory, bytes ? bytes : 1);
    if (status == cudaErrorMemoryAllocation) {
        cudaGetLastError(); /* a launch would take it for its own */
        error_set(
            error,
            "cuda:%d: out of memory: %.1f MiB are needed for %s, and %.1f MiB are free; end what else uses "
            "the GPU, or take a smaller --batch-size or --maxlen",
            cuda->device, (double)bytes / mib, what, (double)cuda_free_bytes(backend) / mib);
        return NULL;
    }
    if (cuda_check(cuda, status))
        return memory;
    *error = cuda->failure;
    return NULL;
}

void cuda_release(struct backend *backend, void *memory)
{
    (void)backend;
    cudaFree(memory);
}

/* The caller may change its memory afterwards, so this waits until it has been read. */
void cuda_upload(struct backend *backend, void *to, const void *host_from, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed &&
        cuda_check(cuda, cudaMemcpyAsync(to, host_from, bytes, cudaMemcpyHostToDevice, cuda->stream)))
        cuda_check(cuda, cudaStreamSynchronize(cuda->stream));
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
    assert(bytes <= POLL_BYTES_MAX);
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
    if (status == cudaErrorNotReady) {
        cudaGetLastError(); /* or the next launch would take it for its own */
        return false;
    }
    if (!cuda_check_status(cuda, status, "cudaEventQuery(cuda->poll.arrived)", __FILE__, __LINE__))
        return false;
    memcpy(host_to, cuda->poll.host, bytes);
    begin_poll(cuda, from, bytes);
    return true;
}

size_t cuda_free_bytes(struct backend *backend)
{
    (void)backend;
    size_t free_bytes, total_bytes;
    if (cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess)
        return free_bytes;
    cudaGetLastError();
    return 0;
}

void cuda_clear(struct backend *backend, void *memory, size_t bytes)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, cudaMemsetAsync(memory, 0, bytes, cuda->stream));
}
