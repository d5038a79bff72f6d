/* The plugin's code over CUDA and cuDNN that this file plays: machines that a test machine is not. */
#include "cuda_device.h"
#include "matinee/cuda_plugin.h"
#include "nccl_ranks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <cudnn.h>
#include <stdio.h>
#include <string.h>

#include "architectures.h"

static struct machine {
    int driver_version, device_count;
    cudaError_t count_status, code_status;
    int busy_device; /* -1: none */
    int current_device, contexts;
    cudaError_t last; /* what the next launch would be told */
    size_t cudnn_version;
    cudnnStatus_t adv_status;
} machine;

static const struct machine two_devices = {
    .driver_version = 13000, .device_count = 2, .busy_device = -1, .cudnn_version = CUDNN_VERSION};

static cudaError_t result(cudaError_t status)
{
    if (status != cudaSuccess)
        machine.last = status;
    return status;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 12090;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = machine.driver_version;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = machine.device_count;
    return result(machine.count_status);
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device)
{
    *properties = (struct cudaDeviceProp){.major = 9, .minor = device % 10};
    snprintf(properties->name, sizeof properties->name, "Played device %d", device);
    properties->totalGlobalMem = (size_t)(device + 1) << 30;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    if (device == machine.busy_device)
        return result(cudaErrorDevicesUnavailable);
    machine.current_device = device;
    machine.contexts++;
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    *free_bytes = (size_t)(machine.current_device + 1) << 29;
    *total_bytes = (size_t)(machine.current_device + 1) << 30;
    return cudaSuccess;
}

cudaError_t cudaDeviceReset(void)
{
    if (machine.contexts > 0)
        machine.contexts--;
    return cudaSuccess;
}

cudaError_t cudaGetLastError(void)
{
    cudaError_t last = machine.last;
    machine.last = cudaSuccess;
    return last;
}

const char *cudaGetErrorName(cudaError_t status)
{
    return status == cudaErrorDevicesUnavailable ? "cudaErrorDevicesUnavailable" : "cudaErrorPlayed";
}

const char *cudaGetErrorString(cudaError_t status)
{
    return status == cudaErrorDevicesUnavailable ? "played: busy" : "played: insufficient";
}

cudaError_t architectures_find_code(void)
{
    return result(machine.code_status);
}

const int *architectures(void)
{
    static const int list[] = {75, 100, 0};
    return list;
}

size_t cudnnGetVersion(void)
{
    return machine.cudnn_version;
}

cudnnStatus_t cudnnGraphVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnOpsVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnAdvVersionCheck(void)
{
    return machine.adv_status;
}

const char *cudnnGetErrorString(cudnnStatus_t status)
{
    return status == CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH ? "played: mismatch" : "played";
}

static void expect_no_pending_failure(void)
{
    assert_int_equal(machine.last, cudaSuccess);
}

static void devices_are_described(void **state)
{
    (void)state;
    machine = two_devices;
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe(&probe, &error));
    assert_int_equal(probe.driver_version, 13000);
    assert_int_equal(probe.runtime_version, 12090);
    assert_int_equal(probe.device_count, 2);
    assert_string_equal(probe.devices[1].name, "Played device 1");
    assert_int_equal(probe.devices[1].major, 9);
    assert_int_equal(probe.devices[1].minor, 1);
    assert_int_equal(probe.devices[1].total_bytes, (size_t)2 << 30);
    assert_int_equal(probe.devices[1].free_bytes, (size_t)1 << 30);
    assert_string_equal(probe.devices[1].trouble, "");
    assert_int_equal(machine.contexts, 0);
}

static void busy_device_does_not_hide_the_others(void **state)
{
    (void)state;
    machine = two_devices;
    machine.busy_device = 0;
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe(&probe, &error));
    assert_string_equal(probe.devices[0].name, "Played device 0");
    assert_string_equal(probe.devices[0].trouble,
                        "cudaSetDevice: cudaErrorDevicesUnavailable (46): played: busy; "
                        "see `nvidia-smi`");
    assert_int_equal(probe.devices[0].free_bytes, 0);
    assert_string_equal(probe.devices[1].trouble, "");
    assert_int_equal(probe.devices[1].free_bytes, (size_t)1 << 30);
    expect_no_pending_failure();
}

static void device_without_code_is_in_trouble(void **state)
{
    (void)state;
    machine = two_devices;
    machine.code_status = cudaErrorNoKernelImageForDevice;
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe(&probe, &error));
    assert_string_equal(
        probe.devices[1].trouble,
        "Played device 1 has compute capability 9.1, and this build is for 7.5, 10.0; build Matinee "
        "with -DMATINEE_CUDA_ARCHITECTURES=91 and a CUDA that serves it");
    assert_int_equal(probe.devices[1].free_bytes, 0);
    assert_int_equal(machine.contexts, 0);
    expect_no_pending_failure();
}

static void more_devices_than_room_are_counted(void **state)
{
    (void)state;
    machine = two_devices;
    machine.device_count = CUDA_PROBE_DEVICES + 3;
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe(&probe, &error));
    assert_int_equal(probe.device_count, CUDA_PROBE_DEVICES + 3);
    assert_string_equal(probe.devices[CUDA_PROBE_DEVICES - 1].name, "Played device 15");
}

/* Asks for the devices of a machine that has none. */
static void expect_none(const char *message)
{
    struct cuda_probe probe;
    struct error error;
    assert_false(matinee_cuda_probe(&probe, &error));
    assert_string_equal(error.message, message);
    assert_int_equal(probe.driver_version, machine.driver_version);
    assert_int_equal(probe.runtime_version, 12090);
    assert_int_equal(probe.device_count, 0);
    expect_no_pending_failure();
}

static void machines_without_devices(void **state)
{
    (void)state;
    machine = (struct machine){.count_status = cudaErrorInsufficientDriver};
    expect_none("no NVIDIA driver found");
    machine.driver_version = 11040;
    expect_none(
        "the NVIDIA driver is too old: it serves CUDA 11.4, and this build needs 12.9; install a newer one");
    machine.count_status = cudaErrorNoDevice;
    expect_none("the NVIDIA driver shows no GPU; see `nvidia-smi` and CUDA_VISIBLE_DEVICES");
    machine.count_status = cudaSuccess;
    expect_none("the NVIDIA driver shows no GPU; see `nvidia-smi` and CUDA_VISIBLE_DEVICES");
    machine.count_status = cudaErrorSystemNotReady;
    expect_none("cudaGetDeviceCount: cudaErrorPlayed (802): played: insufficient; see `nvidia-smi`");
}

static void expect_index(const char *name, int expected)
{
    struct error error;
    int index = -1;
    assert_true(cuda_device_index(&index, name, &error));
    assert_int_equal(index, expected);
}

static void expect_no_index(const char *name, const char *message)
{
    struct error error;
    int index;
    assert_false(cuda_device_index(&index, name, &error));
    assert_string_equal(error.message, message);
}

static void devices_have_numbers(void **state)
{
    (void)state;
    machine = two_devices;
    expect_index("cuda", 0);
    expect_index("cuda:0", 0);
    expect_index("cuda:1", 1);
    expect_no_index("cuda:2", "this machine has 2 GPUs, cuda:0 to cuda:1");
    machine.device_count = 1;
    expect_no_index("cuda:7", "this machine has one GPU, cuda:0");
    expect_no_index("cuda:99999999999999999999", "this machine has one GPU, cuda:0");
    expect_no_index("cuda:", "must be cuda or cuda:I with I from 0");
    expect_no_index("cuda:0x", "must be cuda or cuda:I with I from 0");
    expect_no_index("cuda:-1", "must be cuda or cuda:I with I from 0");
}

static void cudnn_must_be_whole_and_of_this_version(void **state)
{
    (void)state;
    struct error error;
    char expected[160];
    int version;
    machine = two_devices;
    assert_true(cuda_cudnn_check(&version, &error));
    assert_int_equal(version, CUDNN_VERSION);
    machine.adv_status = CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH;
    assert_false(cuda_cudnn_check(&version, &error));
    snprintf(expected, sizeof expected,
             "libcudnn_adv.so.%d cannot be used: played: mismatch; install all of cuDNN, of one version",
             CUDNN_MAJOR);
    assert_string_equal(error.message, expected);
    machine.cudnn_version = 8907;
    assert_false(cuda_cudnn_check(&version, &error));
    snprintf(expected, sizeof expected,
             "version 8907 of cuDNN is loaded, and this build needs %d.%d; install that", CUDNN_MAJOR,
             CUDNN_MINOR);
    assert_string_equal(error.message, expected);
}

static void a_build_without_nccl_says_so(void **state)
{
    (void)state;
    const char *expected =
        "this build is without NCCL, which several GPUs need; build Matinee where nccl.h is";
    struct error error = {.message = ""}, of_ranks = {.message = ""};
    int version = -1;
    assert_false(cuda_nccl_check(&version, &error));
    assert_int_equal(version, 0);
    assert_string_equal(error.message, expected);
    assert_false(nccl_ranks_open(NULL, NULL, &of_ranks));
    assert_string_equal(of_ranks.message, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_described),
        cmocka_unit_test(busy_device_does_not_hide_the_others),
        cmocka_unit_test(device_without_code_is_in_trouble),
        cmocka_unit_test(more_devices_than_room_are_counted),
        cmocka_unit_test(machines_without_devices),
        cmocka_unit_test(devices_have_numbers),
        cmocka_unit_test(cudnn_must_be_whole_and_of_this_version),
        cmocka_unit_test(a_build_without_nccl_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
