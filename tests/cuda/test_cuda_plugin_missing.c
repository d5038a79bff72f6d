/* A program without a plugin, or with a bad one, says so and goes on. */
#include "matinee/backend.h"
#include "matinee/cuda_probe.h"
#include "matinee/output_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

static const char plugin[] = LONE_DIR "/lib/matinee/matinee_cuda.so";

static void assert_probe_fails(const char *expected)
{
    struct cuda_probe probe;
    memset(&probe, 0xa5, sizeof probe);
    struct error error = {{0}};
    assert_false(cuda_probe(&probe, &error));
    if (!strstr(error.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.message);
    assert_int_equal(probe.driver_version, 0);
    assert_int_equal(probe.runtime_version, 0);
    assert_int_equal(probe.device_count, 0);
}

static int remove_plugin(void **state)
{
    (void)state;
    struct error error;
    unlink(plugin);
    return make_directories(LONE_DIR "/lib/matinee", &error) ? 0 : -1;
}

static void missing_plugin_is_named(void **state)
{
    (void)state;
    assert_probe_fails("/bin/../lib/matinee/matinee_cuda.so: no CUDA plugin: No such file or directory");
    assert_probe_fails("install the package matinee-cuda, or build ");
}

static void damaged_plugin_is_named(void **state)
{
    (void)state;
    struct error error;
    assert_true(output_file_write(plugin, "not an ELF file", 15, &error));
    assert_probe_fails("cannot load the CUDA plugin: ");
    assert_probe_fails("matinee_cuda.so");
}

static void strange_plugin_is_named(void **state)
{
    (void)state;
    assert_int_equal(symlink(STRANGER_PATH, plugin), 0);
    assert_probe_fails("matinee_cuda.so: not a plugin of this program");
}

static void plugin_of_another_version_is_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink(OTHER_VERSION_PATH, plugin), 0);
    assert_probe_fails("matinee_cuda.so: of another version than the program; build both again");
}

/* Of a rank whose two others see no GPU, or one each. */
static float gpus_of_others;

static void sum_with_others(const struct communicator *communicator, float *values, size_t count)
{
    assert_int_equal(communicator->ranks, 3);
    for (size_t i = 0; i < count; i++)
        values[i] += gpus_of_others;
}

static void ranks_take_gpus_together(void **state)
{
    (void)state;
    const struct communicator three = {.ranks = 3, .local_ranks = 3, .sum = sum_with_others};
    const struct backend_options options = {.device = "auto", .threads = 1, .communicator = &three};
    struct backend *backend = NULL;
    struct error error;
    char note[ERROR_MESSAGE_BYTES];
    gpus_of_others = 0.0f;
    assert_true(backend_open(&backend, &options, note, &error));
    assert_string_equal(backend->name, "cpu");
    assert_true(note[0] != '\0');
    backend_close(backend);
    gpus_of_others = 2.0f;
    assert_false(backend_open(&backend, &options, note, &error));
    assert_non_null(strstr(error.message, "--device auto: no "));
    assert_non_null(strstr(error.message, "; --device cpu does without"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_plugin_is_named, remove_plugin, remove_plugin),
        cmocka_unit_test_setup_teardown(damaged_plugin_is_named, remove_plugin, remove_plugin),
        cmocka_unit_test_setup_teardown(strange_plugin_is_named, remove_plugin, remove_plugin),
        cmocka_unit_test_setup_teardown(ranks_take_gpus_together, remove_plugin, remove_plugin),
        cmocka_unit_test_setup_teardown(plugin_of_another_version_is_refused, remove_plugin, remove_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
