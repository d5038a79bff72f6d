/* Files that Keras wrote of every kind of layer: the spec, and each number to the bit from the dataset whose path
 * stands here. */
#include "edited_model.h"
#include "hdf5_image.h"
#include "tiny_model.h"
#include "zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In the order of the parameter table, which is that of Keras' trainable variables. */
static const char *const lstm_paths[] = {"layers/embedding/vars/0",
                                         "layers/lstm/cell/vars/0",
                                         "layers/lstm/cell/vars/1",
                                         "layers/lstm/cell/vars/2",
                                         "layers/dense/vars/0",
                                         "layers/dense/vars/1",
                                         NULL};
static const char *const bidirectional_paths[] = {"layers/embedding/vars/0",
                                                  "layers/bidirectional/forward_layer/cell/vars/0",
                                                  "layers/bidirectional/forward_layer/cell/vars/1",
                                                  "layers/bidirectional/forward_layer/cell/vars/2",
                                                  "layers/bidirectional/backward_layer/cell/vars/0",
                                                  "layers/bidirectional/backward_layer/cell/vars/1",
                                                  "layers/bidirectional/backward_layer/cell/vars/2",
                                                  "layers/dense/vars/0",
                                                  "layers/dense/vars/1",
                                                  NULL};
static const char *const conv_paths[] = {
    "layers/embedding/vars/0", "layers/conv1d/vars/0",    "layers/conv1d/vars/1",
    "layers/lstm/cell/vars/0", "layers/lstm/cell/vars/1", "layers/lstm/cell/vars/2",
    "layers/dense/vars/0",     "layers/dense/vars/1",     NULL};

static const struct {
    int model;
    const char *const *paths;
} goldens[] = {{2, lstm_paths}, {3, lstm_paths}, {4, bidirectional_paths}, {5, conv_paths}, {6, lstm_paths}};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static const char *golden_file(int model, int step)
{
    static char path[512];
    snprintf(path, sizeof path, MATINEE_FIXTURES "/golden/m%d_step%d.keras", model, step);
    return path;
}

static void read_or_fail(struct tiny_model *model, const char *path, bool *has_slots)
{
    struct error error = {""};
    double learning_rate = 0;
    if (!tiny_model_read(model, path, has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_true(learning_rate == (double)0.001f);
}

static hid_t open_weights(const char *path)
{
    struct zip_members members;
    struct error error;
    if (!zip_members_read(&members, path, ZIP_BYTES_MAX, &error))
        fail_msg("%s", error.message);
    const struct zip_member *weights = zip_members_find(&members, "model.weights.h5");
    assert_non_null(weights);
    hid_t file = hdf5_image_open(weights->data, weights->bytes);
    assert_true(file >= 0);
    zip_members_close(&members);
    return file;
}

static void compare_dataset(hid_t file, const char *path, const struct parameter *parameter,
                            const float *arena)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_int_equal(H5Dget_storage_size(dataset), parameter->count * sizeof(float));
    float *expected = calloc(parameter->count, sizeof *expected);
    assert_non_null(expected);
    assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected) >= 0);
    assert_memory_equal(expected, arena + parameter->offset, parameter->count * sizeof *expected);
    free(expected);
    H5Dclose(dataset);
}

static void compare_state(const char *path, const struct tiny_model *model, const char *const paths[],
                          bool with_moments)
{
    hid_t file = open_weights(path);
    int count = 0;
    for (; paths[count]; count++) {
        const struct parameter *parameter = &model->table.items[count];
        compare_dataset(file, paths[count], parameter, model->state.weights);
        char moment[64];
        for (int i = 0; with_moments && i < 2; i++) {
            snprintf(moment, sizeof moment, "optimizer/vars/%d", 2 + 2 * count + i);
            compare_dataset(file, moment, parameter, i == 0 ? model->state.m : model->state.v);
        }
    }
    assert_int_equal(count, model->table.count);
    H5Fclose(file);
}

/* Reads a golden file into a model whose spec and numbers were something else before. */
static void read_golden(struct tiny_model *model, int number, int step, bool *has_slots)
{
    struct spec spec;
    golden_spec(&spec, number, &golden_small);
    tiny_model_open_spec(model, &spec);
    memset(&model->spec, 0xff, sizeof model->spec);
    read_or_fail(model, golden_file(number, step), has_slots);
    assert_true(spec_equal(&model->spec, &spec));
    assert_memory_equal(&model->spec.adam, &spec.adam, sizeof spec.adam);
}

static void test_before_training(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOLDENS; i++) {
        struct tiny_model model;
        bool has_slots = true;
        read_golden(&model, goldens[i].model, 0, &has_slots);
        assert_false(has_slots);
        assert_int_equal(model.state.iterations, 0);
        compare_state(golden_file(goldens[i].model, 0), &model, goldens[i].paths, false);
        tiny_model_close(&model);
    }
}

static void test_after_three_steps(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOLDENS; i++) {
        struct tiny_model model;
        bool has_slots = false;
        read_golden(&model, goldens[i].model, 3, &has_slots);
        assert_true(has_slots);
        assert_int_equal(model.state.iterations, 3);
        compare_state(golden_file(goldens[i].model, 3), &model, goldens[i].paths, true);
        tiny_model_close(&model);
    }
}

/* What Keras wrote and we write again is the same model, at the same paths. */
static void test_rewritten(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOLDENS; i++) {
        struct tiny_model golden, found;
        bool has_slots = false;
        read_golden(&golden, goldens[i].model, 3, &has_slots);
        const char *path = model_path("rewritten.keras");
        struct keras_contents contents = {&golden.spec, &golden.table, &golden.state, NULL, 0};
        struct error error = {""};
        if (!keras_file_write(path, &contents, &error))
            fail_msg("%s", error.message);
        tiny_model_open_spec(&found, &golden.spec);
        read_or_fail(&found, path, &has_slots);
        assert_true(has_slots);
        assert_true(tiny_model_equal(&found, &golden));
        compare_state(path, &golden, goldens[i].paths, true);
        tiny_model_close(&golden);
        tiny_model_close(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_training),
        cmocka_unit_test(test_after_three_steps),
        cmocka_unit_test(test_rewritten),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
