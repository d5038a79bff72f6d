/* Writing where it cannot be done: one line, the old file as it was, nothing left behind. */
#include "edited_model.h"
#include "scratch.h"
#include "tiny_model.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_write_fails(const char *path, const char *expected)
{
    struct tiny_model model;
    tiny_model_open(&model);
    struct keras_contents contents = {&model.spec, &model.table, &model.state, NULL, 0};
    struct error error = {""};
    assert_false(keras_file_write(path, &contents, &error));
    tiny_model_close(&model);
    if (strncmp(error.message, path, strlen(path)) != 0 || !strstr(error.message, expected))
        fail_msg("message: %s\nshould contain: %s", error.message, expected);
}

static void write_tiny(const char *path, float first_weight)
{
    struct tiny_model model;
    tiny_model_open(&model);
    model.state.weights[0] = first_weight;
    struct keras_contents contents = {&model.spec, &model.table, &model.state, NULL, 0};
    struct error error = {""};
    if (!keras_file_write(path, &contents, &error))
        fail_msg("%s", error.message);
    tiny_model_close(&model);
}

static void assert_holds(const char *path, const char *expected, size_t expected_bytes)
{
    size_t bytes;
    char *data = scratch_read(path, &bytes);
    assert_int_equal(bytes, expected_bytes);
    assert_memory_equal(data, expected, expected_bytes);
    free(data);
}

/* Every size limit from nothing to nearly the whole file: the write fails early, late, or in the last
 * flush. */
static void test_full_disk_leaves_the_old_file(void **unused)
{
    (void)unused;
    const char *path = model_path("a.keras");
    write_tiny(path, 1);
    size_t before_bytes;
    char *before = scratch_read(path, &before_bytes);
    int files = model_count();
    struct rlimit unlimited;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t limit = 0; limit < before_bytes; limit += 4096) {
        struct rlimit tight = {.rlim_cur = limit, .rlim_max = unlimited.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        assert_write_fails(path, "cannot write the file: File too large; make room");
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_int_equal(model_count(), files);
        assert_holds(path, before, before_bytes);
    }
    free(before);
}

static void test_places_that_cannot_be_written(void **unused)
{
    (void)unused;
    int files = model_count();
    assert_write_fails(model_path("no/such/directory.keras"), "No such file or directory");
    const char *path = model_path("directory.keras");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_write_fails(path, "directory");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(model_count(), files);
}

static void assert_not_written(const char *path, struct tiny_model *model, float *value, float bad,
                               const char *place)
{
    float good = *value;
    *value = bad;
    struct keras_contents contents = {&model->spec, &model->table, &model->state, NULL, 0};
    struct error error = {""};
    assert_false(keras_file_write(path, &contents, &error));
    *value = good;
    if (strncmp(error.message, path, strlen(path)) != 0 || !strstr(error.message, place))
        fail_msg("message: %s\nshould contain: %s", error.message, place);
}

/* The file of the last good epoch stays. */
static void test_diverged_model_is_not_written(void **unused)
{
    (void)unused;
    const char *path = model_path("diverged.keras");
    write_tiny(path, 1);
    size_t before_bytes;
    char *before = scratch_read(path, &before_bytes);
    int files = model_count();
    struct tiny_model model;
    tiny_model_open(&model);
    size_t last = model.table.total_count - 1, kernel = model.table.items[1].offset;
    assert_not_written(path, &model, &model.state.weights[last], NAN,
                       ": layers/dense/vars/1: element 0 is not");
    assert_not_written(
        path, &model, &model.state.weights[kernel + 5], -INFINITY,
        ": layers/lstm/cell/vars/0: element 5 is not finite; use a model from before the training");
    assert_not_written(path, &model, &model.state.m[last], NAN,
                       ": optimizer/vars/12: element 0 is not finite");
    assert_not_written(path, &model, &model.state.v[kernel], INFINITY,
                       ": optimizer/vars/5: element 0 is not");
    tiny_model_close(&model);
    assert_int_equal(model_count(), files);
    assert_holds(path, before, before_bytes);
    free(before);
}

/* Permissions do not bind root. */
static void test_directory_without_permission(void **unused)
{
    (void)unused;
    if (geteuid() == 0)
        skip();
    const char *directory = model_path("closed");
    assert_int_equal(mkdir(directory, 0500), 0);
    assert_write_fails(model_path("closed/a.keras"), "Permission denied");
    assert_int_equal(rmdir(directory), 0);
}

/* An old file is replaced whole. */
static void test_old_file_is_replaced(void **unused)
{
    (void)unused;
    const char *path = model_path("b.keras");
    write_tiny(path, 1);
    write_tiny(path, 2);
    struct tiny_model model;
    tiny_model_open(&model);
    struct error error = {""};
    bool has_slots;
    double learning_rate = 0;
    if (!tiny_model_read(&model, path, &has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_true(model.state.weights[0] == 2);
    tiny_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk_leaves_the_old_file),
        cmocka_unit_test(test_places_that_cannot_be_written),
        cmocka_unit_test(test_diverged_model_is_not_written),
        cmocka_unit_test(test_directory_without_permission),
        cmocka_unit_test(test_old_file_is_replaced),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
