/* Opening the CUDA backend on machines of all kinds, and with each call that this makes failing in turn. */
#include "matinee/cuda_plugin.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <cudnn_version.h>
#include <stdio.h>
#include <string.h>

static const struct standin_machine today = {
    .device_count = 2, .driver_version = CUDART_VERSION, .capability = 90, .free_bytes = (size_t)1 << 30};

static int play_today(void **state)
{
    (void)state;
    standin_set_machine(&today);
    standin_fail_call(0);
    return 0;
}

static struct backend *open_device(const char *device)
{
    struct backend_options options = {.device = device};
    struct backend *backend = NULL;
    struct error error = {.message = ""};
    if (!matinee_cuda_open(&backend, &options, &error))
        fail_msg("%s", error.message);
    return backend;
}

static void expect_refused(const char *device, const char *expected)
{
    struct backend_options options = {.device = device};
    struct backend *backend = NULL;
    struct error error = {.message = ""};
    assert_false(matinee_cuda_open(&backend, &options, &error));
    assert_null(backend);
    if (!strstr(error.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.message);
    assert_int_equal(standin_outstanding(), 0);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
}

static void backend_describes_itself(void **state)
{
    (void)state;
    char expected[256];
    const int cuda = CUDART_VERSION / 1000, minor = CUDART_VERSION % 1000 / 10;
    snprintf(expected, sizeof expected,
             "cuda:1, Emulated device, compute capability 9.0, CUDA %d.%d (driver for %d.%d), cuDNN %d.%d",
             cuda, minor, cuda, minor, CUDNN_MAJOR, CUDNN_MINOR);
    struct backend *backend = open_device("cuda:1");
    assert_string_equal(backend->name, "cuda");
    assert_string_equal(backend->description, expected);
    backend->close(backend);
    assert_int_equal(standin_outstanding(), 0);
}

static void machines_that_cannot_are_named(void **state)
{
    (void)state;
    struct standin_machine machine = today;
    expect_refused("cuda:7", "this machine has 2 GPUs, cuda:0 to cuda:1");
    machine.device_count = 1;
    standin_set_machine(&machine);
    expect_refused("cuda:7", "this machine has one GPU, cuda:0");
    machine.device_count = 0;
    standin_set_machine(&machine);
    expect_refused("cuda", "the NVIDIA driver shows no GPU");
    machine = today;
    machine.driver_version = 0;
    standin_set_machine(&machine);
    expect_refused("cuda", "no NVIDIA driver found");
    machine.driver_version = 11080;
    standin_set_machine(&machine);
    expect_refused("cuda", "the NVIDIA driver is too old: it serves CUDA 11.8, and this build needs ");
    machine = today;
    machine.capability = 61;
    standin_set_machine(&machine);
    expect_refused("cuda", "Emulated device has compute capability 6.1, and this build is for ");
    machine = today;
    machine.free_bytes = 1 << 20;
    standin_set_machine(&machine);
    expect_refused("cuda",
                   "cuda:0: out of memory: 32.0 MiB are needed for the workspace of cuBLAS, and 1.0 MiB are "
                   "free; ");
}

/* What the message must name: the call, or what stands for it. */
static bool is_named(const char *message, const char *call)
{
    if (strcmp(call, "cudaMalloc") == 0 || strcmp(call, "cudaGetDeviceCount") == 0)
        return strstr(message, "out of memory: ") || strstr(message, "shows no GPU");
    if (strstr(call, "VersionCheck"))
        return strstr(message, "cannot be used: ") != NULL;
    return strstr(message, call) != NULL;
}

/* Opens with the calls from the n-th on failing, or the n-th alone; false if there is no n-th. */
static bool opens_without(int n, bool sticky)
{
    struct backend_options options = {.device = "cuda"};
    struct backend *backend = NULL;
    struct error error = {.message = ""};
    if (sticky)
        standin_fail_from(n);
    else
        standin_fail_call(n);
    bool opened = matinee_cuda_open(&backend, &options, &error);
    const char *failed = standin_failed_call();
    if (opened != !failed)
        fail_msg("call %d, %s: %s", n, failed ? failed : "which there is not", error.message);
    if (opened) {
        standin_fail_call(0);
        backend->close(backend);
    } else {
        if (!is_named(error.message, failed))
            fail_msg("call %d, %s: %s", n, failed, error.message);
        assert_null(strchr(error.message, '\n'));
    }
    assert_int_equal(standin_outstanding(), 0);
    return !opened;
}

static void each_call_may_fail(void **state)
{
    (void)state;
    enum { CALLS_AT_LEAST = 15 };
    int alone = 1, from = 1;
    while (opens_without(alone, false))
        alone++;
    while (opens_without(from, true))
        from++;
    assert_true(alone > CALLS_AT_LEAST && from > CALLS_AT_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(backend_describes_itself, play_today),
        cmocka_unit_test_setup(machines_that_cannot_are_named, play_today),
        cmocka_unit_test_setup(each_call_may_fail, play_today),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
