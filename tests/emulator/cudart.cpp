/* The CUDA runtime on the CPU. Device memory is host memory between guard zones, a stream runs what it is given at
 * once, capture keeps it, and a graph's launch runs what was kept. */
#include "standin.h"

#include <memory>
#include <new>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

namespace
{

int calls, failing_call, outstanding;
cudaError_t last_error = cudaSuccess;

cudaError_t result(cudaError_t status)
{
    if (status != cudaSuccess)
        last_error = status;
    return status;
}

typedef std::vector<std::function<void()>> work_list;

enum { GUARD_BYTES = 256, GUARD = 0xa5 };

struct header {
    size_t bytes;
};

}  // namespace

struct CUstream_st {
    std::unique_ptr<work_list> captured;
};

struct CUevent_st {
    bool recorded;
};

struct CUgraph_st {
    work_list work;
};

struct CUgraphExec_st {
    work_list work;
};

#define fail_if_asked(name, status)                                                                          \
    if (standin_call_fails(name))                                                                            \
    return result(status)

void standin_enqueue(cudaStream_t stream, std::function<void()> work)
{
    if (stream && stream->captured)
        stream->captured->push_back(work);
    else
        work();
}

void standin_fail_call(int n)
{
    calls = 0;
    failing_call = n;
    last_error = cudaSuccess;
}

int standin_calls(void)
{
    return calls;
}

int standin_outstanding(void)
{
    return outstanding;
}

int standin_call_fails(const char *)
{
    calls++;
    return calls == failing_call;
}

void standin_count(int change)
{
    outstanding += change;
}

static void *guarded_allocate(size_t bytes)
{
    unsigned char *memory = (unsigned char *)aligned_alloc(
        GUARD_BYTES, 2 * GUARD_BYTES + (bytes + GUARD_BYTES - 1) / GUARD_BYTES * GUARD_BYTES);
    if (!memory)
        return NULL;
    memset(memory, GUARD, GUARD_BYTES);
    ((header *)memory)->bytes = bytes;
    memset(memory + GUARD_BYTES, 0xff, bytes); /* NaN */
    memset(memory + GUARD_BYTES + bytes, GUARD, GUARD_BYTES);
    standin_count(1);
    return memory + GUARD_BYTES;
}

static void guarded_free(void *data)
{
    if (!data)
        return;
    unsigned char *memory = (unsigned char *)data - GUARD_BYTES;
    size_t bytes = ((header *)memory)->bytes;
    for (size_t i = sizeof(header); i < GUARD_BYTES; i++)
        if (memory[i] != GUARD || memory[GUARD_BYTES + bytes + i - sizeof(header)] != GUARD) {
            fprintf(stderr, "standin: device memory of %zu bytes was written outside\n", bytes);
            abort();
        }
    free(memory);
    standin_count(-1);
}

extern "C" {

cudaError_t cudaDriverGetVersion(int *version)
{
    fail_if_asked("cudaDriverGetVersion", cudaErrorInvalidValue);
    *version = CUDART_VERSION;
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
    *count = 1;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device)
{
    fail_if_asked("cudaGetDeviceProperties", cudaErrorInvalidDevice);
    memset(properties, 0, sizeof *properties);
    snprintf(properties->name, sizeof properties->name, "Emulated device %d", device);
    properties->major = 9;
    properties->totalGlobalMem = (size_t)1 << 30;
    properties->multiProcessorCount = 4;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int)
{
    fail_if_asked("cudaSetDevice", cudaErrorInvalidDevice);
    return cudaSuccess;
}

cudaError_t cudaDeviceReset(void)
{
    fail_if_asked("cudaDeviceReset", cudaErrorUnknown);
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    fail_if_asked("cudaDeviceSynchronize", cudaErrorLaunchFailure);
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    fail_if_asked("cudaMemGetInfo", cudaErrorInvalidValue);
    *free_bytes = (size_t)1 << 29;
    *total_bytes = (size_t)1 << 30;
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    fail_if_asked("cudaMalloc", cudaErrorMemoryAllocation);
    *memory = guarded_allocate(bytes);
    return *memory ? cudaSuccess : result(cudaErrorMemoryAllocation);
}

cudaError_t cudaFree(void *memory)
{
    guarded_free(memory);
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    fail_if_asked("cudaMallocHost", cudaErrorMemoryAllocation);
    *memory = guarded_allocate(bytes);
    return *memory ? cudaSuccess : result(cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void *memory)
{
    guarded_free(memory);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind,
                            cudaStream_t stream)
{
    fail_if_asked("cudaMemcpyAsync", cudaErrorInvalidValue);
    standin_enqueue(stream, [=] { memcpy(to, from, bytes); });
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream)
{
    fail_if_asked("cudaMemsetAsync", cudaErrorInvalidValue);
    standin_enqueue(stream, [=] { memset(memory, value, bytes); });
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    fail_if_asked("cudaStreamCreateWithFlags", cudaErrorMemoryAllocation);
    *stream = new CUstream_st();
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    delete stream;
    standin_count(-1);
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    fail_if_asked("cudaStreamSynchronize", cudaErrorLaunchFailure);
    return stream && stream->captured ? result(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    fail_if_asked("cudaEventCreateWithFlags", cudaErrorMemoryAllocation);
    *event = new CUevent_st();
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    standin_count(-1);
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t)
{
    fail_if_asked("cudaEventRecord", cudaErrorInvalidValue);
    event->recorded = true;
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    fail_if_asked("cudaEventQuery", cudaErrorLaunchFailure);
    return event->recorded ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode)
{
    fail_if_asked("cudaStreamBeginCapture", cudaErrorStreamCaptureUnsupported);
    stream->captured.reset(new work_list());
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    *graph = NULL;
    if (standin_call_fails("cudaStreamEndCapture")) {
        stream->captured.reset();
        return result(cudaErrorStreamCaptureInvalidated);
    }
    *graph = new CUgraph_st{*stream->captured};
    stream->captured.reset();
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    fail_if_asked("cudaGraphInstantiate", cudaErrorMemoryAllocation);
    *exec = new CUgraphExec_st{graph->work};
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t)
{
    fail_if_asked("cudaGraphLaunch", cudaErrorLaunchFailure);
    for (const std::function<void()> &work : exec->work)
        work();
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    standin_count(-1);
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    delete exec;
    standin_count(-1);
    return cudaSuccess;
}

cudaError_t cudaGetLastError(void)
{
    fail_if_asked("cudaGetLastError", cudaErrorLaunchFailure);
    cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}

cudaError_t cudaPeekAtLastError(void)
{
    return last_error;
}

const char *cudaGetErrorName(cudaError_t)
{
    return "standin error";
}

const char *cudaGetErrorString(cudaError_t status)
{
    return status == cudaErrorMemoryAllocation ? "out of memory" : "the stand-in was told to fail";
}

} /* extern "C" */
