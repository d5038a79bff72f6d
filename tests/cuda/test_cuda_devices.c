/* The plugin's code over a CUDA runtime that this file plays: machines that a test machine is not. */
#include "matinee/cuda_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <string.h>

static struct machine {
    int driver_version, device_count;
    cudaError_t count_status;
    int busy_device; /* -1: none */
    int current_device, contexts;
} machine;

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
    return machine.count_status;
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
    machine.current_device = device;
    if (device == machine.busy_device)
        return cudaErrorDevicesUnavailable;
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

const char *cudaGetErrorString(cudaError_t status)
{
    return status == cudaErrorDevicesUnavailable ? "played: busy" : "played: insufficient";
}

static void devices_are_described(void **state)
{
    (void)state;
    machine = (struct machine){.driver_version = 13000, .device_count = 2, .busy_device = -1};
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
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
    machine = (struct machine){.driver_version = 13000, .device_count = 2, .busy_device = 0};
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
    assert_string_equal(probe.devices[0].name, "Played device 0");
    assert_string_equal(probe.devices[0].trouble, "played: busy");
    assert_int_equal(probe.devices[0].free_bytes, 0);
    assert_string_equal(probe.devices[1].trouble, "");
    assert_int_equal(probe.devices[1].free_bytes, (size_t)1 << 30);
}

static void more_devices_than_room_are_counted(void **state)
{
    (void)state;
    machine =
        (struct machine){.driver_version = 13000, .device_count = CUDA_PROBE_DEVICES + 3, .busy_device = -1};
    struct cuda_probe probe;
    struct error error;
    assert_true(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
    assert_int_equal(probe.device_count, CUDA_PROBE_DEVICES + 3);
    assert_string_equal(probe.devices[CUDA_PROBE_DEVICES - 1].name, "Played device 15");
}

static void no_driver_is_said(void **state)
{
    (void)state;
    machine = (struct machine){.count_status = cudaErrorInsufficientDriver, .busy_device = -1};
    struct cuda_probe probe;
    struct error error;
    assert_false(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
    assert_non_null(strstr(error.message, "no NVIDIA driver found"));
    assert_int_equal(probe.runtime_version, 12090);
}

static void old_driver_is_told_in_the_librarys_words(void **state)
{
    (void)state;
    machine = (struct machine){
        .driver_version = 11040, .count_status = cudaErrorInsufficientDriver, .busy_device = -1};
    struct cuda_probe probe;
    struct error error;
    assert_false(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
    assert_non_null(strstr(error.message, "cudaGetDeviceCount: error 35: played: insufficient"));
    assert_int_equal(probe.driver_version, 11040);
    assert_int_equal(probe.device_count, 0);
}

static void no_device_is_said(void **state)
{
    (void)state;
    machine = (struct machine){.driver_version = 13000, .busy_device = -1};
    struct cuda_probe probe;
    struct error error;
    assert_false(matinee_cuda_probe_sized(&probe, sizeof probe, &error));
    assert_non_null(strstr(error.message, "no device"));
}

/* A program of another layout: nothing of its memory is touched. */
static void another_layout_is_refused(void **state)
{
    (void)state;
    machine = (struct machine){.driver_version = 13000, .busy_device = -1};
    struct cuda_probe probe, before;
    memset(&before, 0xa5, sizeof before);
    probe = before;
    struct error error;
    assert_false(matinee_cuda_probe_sized(&probe, sizeof probe - 1, &error));
    assert_non_null(strstr(error.message, "another version than the program; build both again"));
    assert_memory_equal(&probe, &before, sizeof probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_described),
        cmocka_unit_test(busy_device_does_not_hide_the_others),
        cmocka_unit_test(more_devices_than_room_are_counted),
        cmocka_unit_test(no_driver_is_said),
        cmocka_unit_test(old_driver_is_told_in_the_librarys_words),
        cmocka_unit_test(no_device_is_said),
        cmocka_unit_test(another_layout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
