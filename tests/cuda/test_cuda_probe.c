/* What the program says of this machine's GPUs: true to the machine, whichever it is. */
#include "matinee/cuda_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool has_driver(void)
{
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!driver)
        return false;
    dlclose(driver);
    return true;
}

static void assert_devices(const struct cuda_probe *probe)
{
    assert_true(probe->driver_version >= 12000);
    assert_true(probe->device_count >= 1);
    for (int i = 0; i < probe->device_count && i < CUDA_PROBE_DEVICES; i++) {
        const struct cuda_device *device = &probe->devices[i];
        assert_true(device->name[0] != '\0');
        assert_true(device->major >= 3 && device->minor >= 0);
        assert_true(device->total_bytes > 0 && device->free_bytes <= device->total_bytes);
        assert_true(device->free_bytes > 0 || device->trouble[0] != '\0');
    }
}

/* What cuDNN needs besides its own parts is loaded, where the toolkit has it. */
static void assert_nvrtc_part(int runtime_version)
{
    char name[64], path[4096];
    snprintf(name, sizeof name, "libnvrtc-builtins.so.%d.%d", runtime_version / 1000,
             runtime_version % 1000 / 10);
    snprintf(path, sizeof path, "%s/%s", MATINEE_CUDA_LIBRARIES, name);
    if (access(path, F_OK) == 0)
        assert_non_null(dlopen(name, RTLD_LAZY | RTLD_NOLOAD));
    else
        print_message("%s is not there\n", path);
}

static void probe_tells_what_is_there(void **state)
{
    (void)state;
    struct cuda_probe probe;
    struct error error = {{0}};
    bool found = cuda_probe(&probe, &error);
    if (!MATINEE_HAVE_CUDA) {
        assert_false(found);
        assert_non_null(strstr(error.message, "lib/matinee/matinee_cuda.so: no CUDA plugin"));
        assert_int_equal(probe.runtime_version, 0);
        return;
    }
    if (!found)
        print_message("%s\n", error.message);
    assert_true(probe.runtime_version >= 12000);
    assert_true(probe.cudnn_version >= 90000);
    assert_string_equal(probe.cudnn_trouble, "");
    assert_nvrtc_part(probe.runtime_version);
    assert_int_equal(probe.nccl_version > 0, probe.nccl_trouble[0] == '\0');
    if (found) {
        assert_devices(&probe);
    } else if (!has_driver()) {
        assert_string_equal(error.message, "no NVIDIA driver found");
        assert_int_equal(probe.driver_version, 0);
        assert_int_equal(probe.device_count, 0);
    } else {
        assert_true(access("/dev/nvidia0", F_OK) != 0); /* a driver without a device is no failure of ours */
        assert_true(error.message[0] != '\0');
    }
}

/* Nothing of the first time is left. */
static void probe_can_be_repeated(void **state)
{
    (void)state;
    struct cuda_probe first, second;
    struct error first_error = {{0}}, second_error = {{0}};
    assert_int_equal(cuda_probe(&first, &first_error), cuda_probe(&second, &second_error));
    assert_string_equal(first_error.message, second_error.message);
    assert_int_equal(first.device_count, second.device_count);
    assert_int_equal(first.runtime_version, second.runtime_version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probe_tells_what_is_there),
        cmocka_unit_test(probe_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
