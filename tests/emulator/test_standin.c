/* The stand-in of the CUDA runtime: it must refuse what the real one refuses, and be late where that may be late. */
#include "dies.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
static const char written_by_host[] = "AddressSanitizer: use-after-poison";
#endif

static void must(cudaError_t status)
{
    if (status != cudaSuccess)
        fail_msg("%s", cudaGetErrorName(status));
}

static void must_be(cudaError_t status, cudaError_t expected)
{
    if (status != expected)
        fail_msg("%s, expected %s", cudaGetErrorName(status), cudaGetErrorName(expected));
}

static void *device_memory(size_t bytes)
{
    void *memory;
    must(cudaMalloc(&memory, bytes));
    return memory;
}

static void *pinned_memory(size_t bytes)
{
    void *memory;
    must(cudaMallocHost(&memory, bytes));
    return memory;
}

static cudaStream_t new_stream(void)
{
    cudaStream_t stream;
    must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return stream;
}

static int set_up(void **state)
{
    (void)state;
    standin_fail_call(0);
    standin_set_deferred(1);
    standin_set_event_queries(2);
    standin_set_machine(NULL);
    return standin_outstanding();
}

static void memory_is_counted_and_limited(void **state)
{
    (void)state;
    const struct standin_machine small = {1, CUDART_VERSION, 90, 1000};
    standin_set_machine(&small);
    size_t free_bytes, total_bytes;
    unsigned char image[100];
    void *first = device_memory(600), *second = &first;
    must_be(cudaMalloc(&second, 500), cudaErrorMemoryAllocation);
    assert_null(second);
    must_be(cudaPeekAtLastError(), cudaErrorMemoryAllocation);
    must_be(cudaGetLastError(), cudaErrorMemoryAllocation);
    must(cudaGetLastError());
    must(cudaMemGetInfo(&free_bytes, &total_bytes));
    assert_int_equal(free_bytes, 400);
    second = device_memory(400);
    assert_int_equal(standin_outstanding(), 2);
    must(cudaMemcpy(image, (char *)second + 300, 100, cudaMemcpyDeviceToHost));
    for (int i = 0; i < 100; i++)
        assert_int_equal(image[i], 0xff);
    must(cudaFree(second));
    must(cudaFree(first));
    must(cudaFree(NULL));
    assert_int_equal(standin_outstanding(), 0);
}

static void free_twice(void)
{
    void *memory = device_memory(8);
    cudaFree(memory);
    cudaFree(memory);
}

static void free_stranger(void)
{
    cudaFree((char *)device_memory(512) + 256);
}

static void free_pinned(void)
{
    cudaFree(pinned_memory(8));
}

static void write_behind(void)
{
    char *memory = pinned_memory(10);
    memory[12] = 1;
    cudaFreeHost(memory);
}

static void write_before(void)
{
    char *memory = pinned_memory(10);
    memory[-1] = 1;
    cudaFreeHost(memory);
}

static void bad_frees_and_overruns_end(void **state)
{
    (void)state;
    expect_death(free_twice, "was freed before");
    expect_death(free_stranger, "is not the begin of such memory");
    expect_death(free_pinned, "is not the begin of such memory");
#ifdef __SANITIZE_ADDRESS__
    expect_death(write_behind, written_by_host);
    expect_death(write_before, written_by_host);
#else
    expect_death(write_behind, "memory of 10 bytes was written 2 bytes after its end");
    expect_death(write_before, "memory of 10 bytes was written 1 bytes before its begin");
#endif
}

static void copy_too_much(void)
{
    char image[100] = {0};
    cudaMemcpy((char *)device_memory(100) + 1, image, sizeof image, cudaMemcpyHostToDevice);
}

static void copy_the_wrong_way(void)
{
    char image[100] = {0};
    cudaMemcpy(image, device_memory(100), sizeof image, cudaMemcpyHostToDevice);
}

static void copy_from_host_as_device(void)
{
    char image[100] = {0};
    cudaMemcpy(device_memory(100), image, sizeof image, cudaMemcpyDeviceToDevice);
}

static void fill_host(void)
{
    char image[100];
    cudaMemset(image, 0, sizeof image);
}

static void bad_copies_end(void **state)
{
    (void)state;
    expect_death(copy_too_much, "are not inside one allocation");
    expect_death(copy_the_wrong_way, "cudaMemcpy: writes to ");
    expect_death(copy_from_host_as_device, "cudaMemcpy: reads from ");
    expect_death(fill_host, "is not device memory");
}

#ifdef __SANITIZE_ADDRESS__
static void write_from_host(void)
{
    *(volatile char *)device_memory(100) = 1;
}

static void read_after_work(void)
{
    char *memory = device_memory(100);
    must(cudaMemset(memory, 0, 100));
    must(cudaDeviceSynchronize());
    (void)*(volatile char *)(memory + 99);
}

static void host_does_not_touch_device_memory(void **state)
{
    (void)state;
    expect_death(write_from_host, written_by_host);
    expect_death(read_after_work, written_by_host);
}
#endif

/* What the host gave may change after the call; what it gets is there when it has waited. */
static void work_is_late(void **state)
{
    (void)state;
    cudaStream_t stream = new_stream(), other = new_stream();
    int *memory = device_memory(sizeof(int)), *pinned = pinned_memory(sizeof(int)), value = 5;
    *pinned = 0;
    must(cudaMemcpyAsync(memory, &value, sizeof value, cudaMemcpyHostToDevice, stream));
    value = 6;
    must(cudaMemcpyAsync(pinned, memory, sizeof value, cudaMemcpyDeviceToHost, stream));
    assert_int_equal(*pinned, 0);
    must_be(cudaStreamQuery(stream), cudaErrorNotReady);
    must(cudaStreamSynchronize(other));
    assert_int_equal(*pinned, 0);
    must(cudaStreamSynchronize(stream));
    must(cudaStreamQuery(stream));
    assert_int_equal(*pinned, 5);
    *pinned = 7; /* read only when the copy runs */
    must(cudaMemcpyAsync(memory, pinned, sizeof value, cudaMemcpyHostToDevice, stream));
    *pinned = 8;
    must(cudaMemcpyAsync(&value, memory, sizeof value, cudaMemcpyDeviceToHost, stream));
    assert_int_equal(value, 8);
    standin_set_deferred(0);
    must(cudaMemcpyAsync(memory, pinned, sizeof value, cudaMemcpyHostToDevice, stream));
    *pinned = 9;
    must(cudaMemcpyAsync(&value, memory, sizeof value, cudaMemcpyDeviceToHost, stream));
    assert_int_equal(value, 8);
    must(cudaFree(memory));
    must(cudaFreeHost(pinned));
    must(cudaStreamDestroy(stream));
    must(cudaStreamDestroy(other));
    assert_int_equal(standin_outstanding(), 0);
}

static void check_events(void)
{
    cudaStream_t stream = new_stream();
    cudaEvent_t event, begin;
    int *pinned = pinned_memory(sizeof(int)), *memory = device_memory(sizeof(int));
    float ms;
    *pinned = 3;
    must(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    must(cudaEventCreate(&begin));
    must(cudaEventQuery(event));
    must(cudaEventRecord(begin, stream));
    must(cudaMemsetAsync(memory, 0, sizeof(int), stream));
    must(cudaMemcpyAsync(pinned, memory, sizeof(int), cudaMemcpyDeviceToHost, stream));
    must(cudaEventRecord(event, stream));
    must_be(cudaEventQuery(event), cudaErrorNotReady);
    must_be(cudaGetLastError(), cudaErrorNotReady); /* a launch would take it for its own */
    must_be(cudaEventQuery(event), cudaErrorNotReady);
    must(cudaEventQuery(event));
    assert_int_equal(*pinned, 0);
    must(cudaEventElapsedTime(&ms, begin, event));
    assert_true(ms >= 0.0f && ms < 1e4f);
    must(cudaMemsetAsync(memory, 1, sizeof(int), stream));
    must(cudaMemcpyAsync(pinned, memory, sizeof(int), cudaMemcpyDeviceToHost, stream));
    must(cudaEventRecord(event, stream));
    must(cudaEventSynchronize(event));
    assert_int_equal(*pinned, 0x01010101);
    must(cudaEventQuery(event));
    must(cudaEventDestroy(event));
    must(cudaEventDestroy(begin));
    must(cudaFree(memory));
    must(cudaFreeHost(pinned));
    must(cudaStreamDestroy(stream));
    cudaGetLastError();
}

static void events_arrive_late(void **state)
{
    (void)state;
    standin_set_event_queries(3);
    check_events();
    standin_set_deferred(0);
    check_events();
    assert_int_equal(standin_outstanding(), 0);
}

/* Two streams: without the event the second's copy would find what was there before. */
static void events_order_streams(void **state)
{
    (void)state;
    cudaStream_t first = new_stream(), second = new_stream();
    cudaEvent_t event;
    int *memory = device_memory(sizeof(int)), value = -1;
    must(cudaMemset(memory, 0, sizeof(int)));
    must(cudaDeviceSynchronize());
    must(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    must(cudaMemsetAsync(memory, 1, sizeof(int), first));
    must(cudaMemcpyAsync(&value, memory, sizeof(int), cudaMemcpyDeviceToHost, second));
    assert_int_equal(value, 0);
    must(cudaEventRecord(event, first));
    must(cudaStreamWaitEvent(second, event, 0));
    must(cudaMemcpyAsync(&value, memory, sizeof(int), cudaMemcpyDeviceToHost, second));
    assert_int_equal(value, 0x01010101);
    must(cudaEventDestroy(event));
    must(cudaStreamDestroy(first));
    must(cudaStreamDestroy(second));
    must(cudaFree(memory));
}

/* A graph that sets its bytes to 4 and copies them. */
static void a_capture_is_replayed(void **state)
{
    (void)state;
    cudaStream_t stream = new_stream();
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    enum cudaStreamCaptureStatus status;
    int *memory = device_memory(sizeof(int)), *pinned = pinned_memory(sizeof(int)), value = 0;
    *pinned = 1;
    must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    must(cudaMemsetAsync(memory, 4, sizeof(int), stream));
    must(cudaMemcpyAsync(pinned, memory, sizeof(int), cudaMemcpyDeviceToHost, stream));
    must(cudaStreamIsCapturing(stream, &status));
    assert_int_equal(status, cudaStreamCaptureStatusActive);
    must(cudaStreamEndCapture(stream, &graph));
    must(cudaStreamIsCapturing(stream, &status));
    assert_int_equal(status, cudaStreamCaptureStatusNone);
    must(cudaGraphInstantiate(&exec, graph, 0));
    must(cudaGraphDestroy(graph));
    must(cudaStreamSynchronize(stream));
    assert_int_equal(*pinned, 1);
    for (int replay = 0; replay < 2; replay++) {
        must(cudaMemcpyAsync(memory, &value, sizeof value, cudaMemcpyHostToDevice, stream));
        *pinned = 1;
        must(cudaGraphLaunch(exec, stream));
        if (replay == 1)
            must(cudaGraphExecDestroy(exec)); /* what was launched goes on */
        assert_int_equal(*pinned, 1);
        must(cudaStreamSynchronize(stream));
        assert_int_equal(*pinned, 0x04040404);
    }
    must(cudaFree(memory));
    must(cudaFreeHost(pinned));
    must(cudaStreamDestroy(stream));
    assert_int_equal(standin_outstanding(), 0);
}

enum forbidden {
    SYNCHRONIZE,
    QUERY,
    MALLOC,
    FREE,
    DEVICE_SYNCHRONIZE,
    COPY_AND_WAIT,
    PAGEABLE,
    DEFAULT_STREAM,
    FORBIDDEN_COUNT
};

static cudaError_t do_forbidden(enum forbidden what, cudaStream_t stream, void *memory)
{
    static char image[4];
    void *more;
    switch (what) {
    case SYNCHRONIZE:
        return cudaStreamSynchronize(stream);
    case QUERY:
        return cudaStreamQuery(stream);
    case MALLOC:
        return cudaMalloc(&more, 4);
    case FREE:
        return cudaFree(memory);
    case DEVICE_SYNCHRONIZE:
        return cudaDeviceSynchronize();
    case COPY_AND_WAIT:
        return cudaMemcpy(image, memory, 4, cudaMemcpyDeviceToHost);
    case PAGEABLE:
        return cudaMemcpyAsync(image, memory, 4, cudaMemcpyDeviceToHost, stream);
    default:
        return cudaMemsetAsync(memory, 0, 4, NULL);
    }
}

static void a_capture_is_broken_by_what_it_does_not_allow(void **state)
{
    (void)state;
    for (enum forbidden what = 0; what < FORBIDDEN_COUNT; what++) {
        cudaStream_t stream = new_stream();
        void *memory = device_memory(4);
        enum cudaStreamCaptureStatus status;
        cudaGraph_t graph = NULL;
        must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        must_be(do_forbidden(what, stream, memory),
                what == DEFAULT_STREAM ? cudaErrorStreamCaptureImplicit : cudaErrorStreamCaptureUnsupported);
        must(cudaStreamIsCapturing(stream, &status));
        assert_int_equal(status, cudaStreamCaptureStatusInvalidated);
        must_be(cudaMemsetAsync(memory, 0, 4, stream), cudaErrorStreamCaptureInvalidated);
        must_be(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
        assert_null(graph);
        must(cudaFree(memory));
        must(cudaStreamDestroy(stream));
    }
    assert_int_equal(standin_outstanding(), 0);
}

/* Another stream joins by the first's event, and must be waited for. */
static void a_capture_may_fork(void **state)
{
    (void)state;
    for (int joined = 0; joined < 2; joined++) {
        cudaStream_t stream = new_stream(), other = new_stream();
        cudaEvent_t begun, done;
        cudaGraph_t graph;
        void *memory = device_memory(4);
        must(cudaEventCreate(&begun));
        must(cudaEventCreate(&done));
        must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        must(cudaEventRecord(begun, stream));
        must_be(cudaEventQuery(begun), cudaErrorCapturedEvent);
        must(cudaStreamWaitEvent(other, begun, 0));
        must(cudaMemsetAsync(memory, 0, 4, other));
        must(cudaEventRecord(done, other));
        if (joined)
            must(cudaStreamWaitEvent(stream, done, 0));
        must_be(cudaStreamEndCapture(stream, &graph), joined ? cudaSuccess : cudaErrorStreamCaptureUnjoined);
        if (joined)
            must(cudaGraphDestroy(graph));
        must(cudaEventDestroy(begun));
        must(cudaEventDestroy(done));
        must(cudaStreamDestroy(stream));
        must(cudaStreamDestroy(other));
        must(cudaFree(memory));
    }
    assert_int_equal(standin_outstanding(), 0);
}

static void calls_fail_when_asked(void **state)
{
    (void)state;
    size_t bytes;
    int count;
    standin_fail_call(2);
    assert_null(standin_failed_call());
    must(cudaGetDeviceCount(&count));
    must_be(cudaMemGetInfo(&bytes, &bytes), cudaErrorInvalidValue);
    assert_string_equal(standin_failed_call(), "cudaMemGetInfo");
    must_be(cudaGetLastError(), cudaErrorInvalidValue);
    must(cudaMemGetInfo(&bytes, &bytes));
    assert_int_equal(standin_calls(), 3);
    void *memory = device_memory(4);
    standin_fail_from(1);
    must_be(cudaMemGetInfo(&bytes, &bytes), cudaErrorInvalidValue);
    must_be(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
    assert_string_equal(cudaGetErrorString(cudaErrorIllegalAddress),
                        "an illegal memory access was encountered");
    must_be(cudaFree(memory), cudaErrorIllegalAddress);
    assert_int_equal(standin_outstanding(), 0);
}

static void machines_are_played(void **state)
{
    (void)state;
    int count = 7, value;
    struct cudaDeviceProp properties;
    void *memory;
    const struct standin_machine no_driver = {1, 0, 90, 1000}, old_driver = {1, 11080, 90, 1000},
                                 no_device = {0, CUDART_VERSION, 90, 1000},
                                 two = {2, CUDART_VERSION, 75, 1000};
    standin_set_machine(&no_driver);
    must_be(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
    assert_int_equal(count, 0);
    must_be(cudaMalloc(&memory, 4), cudaErrorInsufficientDriver);
    standin_set_machine(&old_driver);
    must_be(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
    must(cudaDriverGetVersion(&value));
    assert_int_equal(value, 11080);
    standin_set_machine(&no_device);
    must_be(cudaGetDeviceCount(&count), cudaErrorNoDevice);
    standin_set_machine(&two);
    must(cudaGetDeviceCount(&count));
    assert_int_equal(count, 2);
    must_be(cudaSetDevice(2), cudaErrorInvalidDevice);
    must(cudaSetDevice(1));
    must(cudaGetDevice(&value));
    assert_int_equal(value, 1);
    must(cudaSetDevice(0));
    must(cudaGetDeviceProperties(&properties, 1));
    assert_int_equal(properties.major * 10 + properties.minor, 75);
    must(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMinor, 1));
    assert_int_equal(value, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(memory_is_counted_and_limited, set_up),
        cmocka_unit_test_setup(bad_frees_and_overruns_end, set_up),
        cmocka_unit_test_setup(bad_copies_end, set_up),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test_setup(host_does_not_touch_device_memory, set_up),
#endif
        cmocka_unit_test_setup(work_is_late, set_up),
        cmocka_unit_test_setup(events_arrive_late, set_up),
        cmocka_unit_test_setup(events_order_streams, set_up),
        cmocka_unit_test_setup(a_capture_is_replayed, set_up),
        cmocka_unit_test_setup(a_capture_is_broken_by_what_it_does_not_allow, set_up),
        cmocka_unit_test_setup(a_capture_may_fork, set_up),
        cmocka_unit_test_setup(calls_fail_when_asked, set_up),
        cmocka_unit_test_setup(machines_are_played, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
