/* Edits of whole models in HDF5: what is missing, misshapen, elsewhere, not finite or not supported is named. */
#include "edited_model.h"
#include "legacy_file.h"

#include <hdf5.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char training[] =
    "{\"optimizer_config\": {\"class_name\": \"Adam\", \"config\": {\"lr\": 0.0625}}, \"loss\": "
    "\"binary_crossentropy\"}";
static const char kernel[] = "model_weights/lstm/lstm/cell_0/variable_0:0"; /* (8,24) */

static const struct legacy_style tf_keras = {
    .version = "2.15.0", .backend = "tensorflow", .training = training, .moments = MOMENTS_BY_TURNS};

/* The golden model's network in a style. */
static const char *write_style(const struct legacy_style *style, int number)
{
    struct spec spec;
    struct tiny_model model;
    const char *path = model_path("bad.h5");
    golden_spec(&spec, number, &golden_small);
    tiny_model_open_spec(&model, &spec);
    tiny_model_fill(&model);
    legacy_file_write(path, &model, style);
    tiny_model_close(&model);
    return path;
}

static hid_t edit(const char *path)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static const char *finish(hid_t file)
{
    assert_true(H5Fclose(file) >= 0);
    return model_path("bad.h5");
}

static hid_t open_golden(void)
{
    return edit(write_style(&tf_keras, 1));
}

static void put(hid_t file, const char *path, int rank, const hsize_t *dims, hid_t creation)
{
    assert_true(H5Ldelete(file, path, H5P_DEFAULT) >= 0);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t dataset = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void overwrite(hid_t file, const char *path, size_t index, float value)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    float values[1000];
    assert_true(dataset >= 0);
    assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[index] = value;
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
}

static void test_missing(void **unused)
{
    (void)unused;
    static const struct {
        const char *object, *attribute, *message;
    } cases[] = {
        {"model_weights", "layer_names", "has no attribute layer_names; save the model again"},
        {"model_weights/lstm", "weight_names", "lstm has no attribute weight_names"},
        {"/", "model_config", "has no attribute model_config"},
        {kernel, NULL, "dataset lstm/cell_0/variable_0:0 is missing"},
        {"model_weights/lstm", NULL, "group lstm is missing"},
        {"optimizer_weights/Adam/v/dense/cell_0/variable_1:0", NULL,
         "optimizer_weights: dataset Adam/v/dense/cell_0/variable_1:0 is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hid_t file = open_golden();
        if (cases[i].attribute)
            assert_true(H5Adelete_by_name(file, cases[i].object, cases[i].attribute, H5P_DEFAULT) >= 0);
        else
            assert_true(H5Ldelete(file, cases[i].object, H5P_DEFAULT) >= 0);
        assert_refused(finish(file), cases[i].message);
    }
}

static void test_bad_numbers(void **unused)
{
    (void)unused;
    hid_t file = open_golden();
    overwrite(file, kernel, 191, NAN);
    assert_refused(finish(file), "lstm/cell_0/variable_0:0: element 191 is not finite");
    file = open_golden();
    overwrite(file, "optimizer_weights/Adam/v/lstm/cell_0/variable_0:0", 3, -1);
    assert_refused(finish(file), "Adam/v/lstm/cell_0/variable_0:0: element 3 is negative");
    file = open_golden();
    overwrite(file, "optimizer_weights/Adam/m/lstm/cell_0/variable_0:0", 3, INFINITY);
    assert_refused(finish(file), "Adam/m/lstm/cell_0/variable_0:0: element 3 is not finite");
}

/* Shapes of no memory on earth are refused before any is asked for. */
static void test_shapes(void **unused)
{
    (void)unused;
    static const hsize_t turned[] = {24, 8}, absurd[] = {(hsize_t)1 << 40, (hsize_t)1 << 40},
                         large[] = {(hsize_t)1 << 30, (hsize_t)1 << 30};
    hid_t file = open_golden();
    put(file, kernel, 2, turned, H5P_DEFAULT);
    assert_refused(finish(file), "variable_0:0: has shape (24,8), but the configuration asks for (8,24)");
    file = open_golden();
    put(file, kernel, 2, large, H5P_DEFAULT);
    assert_refused(finish(file), "has shape (1073741824,1073741824)");
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, turned);
    file = open_golden();
    put(file, kernel, 2, absurd, chunked);
    assert_refused(finish(file), "has more elements than any file");
    H5Pclose(chunked);
    struct legacy_style style = tf_keras;
    style.config =
        "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Embedding\", \"config\": "
        "{\"batch_input_shape\": [null, 13], \"input_dim\": 2000000000, \"output_dim\": 8}}]}";
    assert_refused(write_style(&style, 1), "layer embedding has more weights than the file has room for");
}

static void test_storage(void **unused)
{
    (void)unused;
    static const hsize_t dims[] = {8, 24};
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE), external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, dims);
    H5Pset_external(external, "/etc/passwd", 0, H5F_UNLIMITED);
    hid_t file = open_golden();
    put(file, kernel, 2, dims, chunked);
    assert_refused(finish(file), "is stored in chunks or outside the file");
    file = open_golden();
    put(file, kernel, 2, dims, external);
    assert_refused(finish(file), "is stored in chunks or outside the file");
    file = open_golden();
    put(file, kernel, 2, dims, H5P_DEFAULT);
    assert_refused(finish(file), "lies outside the file or holds nothing");
    H5Pclose(chunked);
    H5Pclose(external);
}

static void test_links(void **unused)
{
    (void)unused;
    hid_t file = open_golden();
    assert_true(H5Ldelete(file, kernel, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/model_weights", file, kernel, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_refused(finish(file), "lstm/cell_0/variable_0:0 is a link to somewhere else");
    file = open_golden();
    assert_true(H5Ldelete(file, "optimizer_weights", H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("/etc/passwd", "/", file, "optimizer_weights", H5P_DEFAULT, H5P_DEFAULT) >=
                0);
    assert_refused(finish(file), "a group of the newer form, which Keras does not write");
}

static void test_other_forms_of_hdf5(void **unused)
{
    (void)unused;
    const char *path = model_path("bad.h5");
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access));
    H5Pclose(access);
    assert_refused(path, "the HDF5 file has a superblock of another version");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("no model", file);
    fclose(file);
    assert_refused(path, "not a readable HDF5 file (it does not begin as one)");
    remove(path);
    assert_refused(path, "cannot read the file: No such file or directory");
}

static void test_configurations(void **unused)
{
    (void)unused;
    struct legacy_style style = tf_keras;
    style.config = "{";
    assert_refused(write_style(&style, 1), "model_config: line 1 is not JSON");
    style.config = NULL;
    style.training = "{";
    assert_refused(write_style(&style, 1), "training_config: is not JSON");
    style.training = "{\"optimizer_config\": {\"class_name\": \"Adam\", \"config\": {\"decay\": 0.1}}}";
    assert_refused(write_style(&style, 1), "optimizer Adam: setting decay = 0.1 is not supported");
    style.training = "{\"optimizer_config\": {\"class_name\": \"RMSprop\", \"config\": {}}}";
    assert_refused(write_style(&style, 1), "optimizer RMSprop is not supported; compile the model with Adam");
    style.training = "{\"loss\": \"mse\"}";
    assert_refused(write_style(&style, 1), "training_config: loss mse is not supported");
}

/* Of Theano the odd kernels without strides are read; of whom a kernel is must be known. */
static void test_kernels(void **unused)
{
    (void)unused;
    struct legacy_style style = tf_keras;
    style.backend = NULL;
    assert_refused(write_style(&style, 5), "layer conv1d: the file does not say whether Theano or TensorFlow "
                                           "made its kernel; say it: matinee convert");
    struct spec spec;
    struct tiny_model model;
    const char *path = model_path("bad.h5");
    golden_spec(&spec, 5, &golden_small);
    spec.layers[1].kernel_size = 4;
    tiny_model_open_spec(&model, &spec);
    style.backend = "theano";
    legacy_file_write(path, &model, &style);
    assert_refused(path, "layer conv1d: Theano pads a kernel of even size 4 on the other side");
    tiny_model_close(&model);
    spec.layers[1].kernel_size = 3;
    spec.layers[1].strides = 2;
    tiny_model_open_spec(&model, &spec);
    legacy_file_write(path, &model, &style);
    assert_refused(path, "layer conv1d: with strides 2 and padding same Theano reads other steps");
    tiny_model_close(&model);
}

static void test_layer_of_another_kind(void **unused)
{
    (void)unused;
    struct legacy_style style = tf_keras;
    style.config =
        "{\"class_name\": \"Sequential\", \"config\": ["
        "{\"class_name\": \"Embedding\", \"config\": {\"batch_input_shape\": [null, 13], "
        "\"input_dim\": 50, \"output_dim\": 8}}, {\"class_name\": \"LSTM\", \"config\": {\"units\": 6}}, "
        "{\"class_name\": \"Dense\", \"config\": {\"units\": 1, \"activation\": \"sigmoid\"}}]}";
    assert_refused(write_style(&style, 4), "layer lstm holds 6 arrays, but the configuration asks for 3");
}

/* An optimizer with a list of so many names, all the same. */
static const char *with_moments(const char *name, hsize_t count)
{
    enum { BYTES = 16 };
    hid_t file = open_golden(), type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL);
    hid_t group = H5Gopen2(file, "optimizer_weights", H5P_DEFAULT);
    char *names = calloc((size_t)count, BYTES);
    assert_non_null(names);
    for (hsize_t i = 0; i < count; i++)
        snprintf(names + i * BYTES, BYTES, "%s", name);
    H5Tset_size(type, BYTES);
    assert_true(H5Adelete(group, "weight_names") >= 0);
    hid_t attribute = H5Acreate2(group, "weight_names", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, names) >= 0);
    free(names);
    H5Aclose(attribute);
    H5Gclose(group);
    H5Sclose(space);
    H5Tclose(type);
    return finish(file);
}

static void test_counts_of_moments(void **unused)
{
    (void)unused;
    assert_refused(with_moments("w", 7), "optimizer_weights: holds 7 arrays, but Adam has 13");
    assert_refused(with_moments("a/m/w", 2), "optimizer_weights: holds 2 arrays, but Adam has 13");
    assert_refused(with_moments("learning_rate", 14), "dataset learning_rate is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_other_forms_of_hdf5),
        cmocka_unit_test(test_configurations),
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_layer_of_another_kind),
        cmocka_unit_test(test_counts_of_moments),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
