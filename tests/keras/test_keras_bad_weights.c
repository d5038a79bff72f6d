/* Edits of the HDF5 file inside a model: what is missing, misshapen, of another type or not finite is
 * named. */
#include "edited_model.h"
#include "hdf5_tools.h"
#include "tiny_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char kernel_path[] = "layers/lstm/cell/vars/0"; /* (8,24) */

static hid_t open_for_editing(void)
{
    size_t bytes;
    char *image = golden_member("model.weights.h5", &bytes);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    assert_true(H5Pset_fapl_core(access, 1 << 16, 0) >= 0 && H5Pset_file_image(access, image, bytes) >= 0);
    hid_t file = H5Fopen("edited.h5", H5F_ACC_RDWR, access);
    assert_true(file >= 0);
    H5Pclose(access);
    free(image);
    return file;
}

/* Closes the file and puts it into a copy of the golden model. */
static const char *finish(hid_t file)
{
    assert_true(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
    ssize_t bytes = H5Fget_file_image(file, NULL, 0);
    assert_true(bytes > 0);
    void *image = malloc((size_t)bytes);
    assert_non_null(image);
    assert_int_equal(H5Fget_file_image(file, image, (size_t)bytes), bytes);
    H5Fclose(file);
    const char *path = golden_with("model.weights.h5", image, (size_t)bytes);
    free(image);
    return path;
}

/* Puts a dataset of zeros in the place of another, or a new one. */
static void put(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, hid_t creation)
{
    if (H5Lexists(file, path, H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, path, H5P_DEFAULT) >= 0);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    static const double zeros[1000];
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void overwrite(hid_t file, const char *path, hid_t type, size_t index, double value)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(dataset >= 0);
    double values[1000] = {0};
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[index] = value;
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
}

static void test_missing(void **unused)
{
    (void)unused;
    static const char *const paths[] = {kernel_path,        "layers/embedding/vars/0", "layers/dense/vars/1",
                                        "optimizer/vars/0", "optimizer/vars/1",        "optimizer/vars/7",
                                        "optimizer/vars/13"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        hid_t file = open_for_editing();
        assert_true(H5Ldelete(file, paths[i], H5P_DEFAULT) >= 0);
        char message[96];
        snprintf(message, sizeof message, "model.weights.h5: dataset %s is missing", paths[i]);
        assert_refused(finish(file), message);
    }
    hid_t file = open_for_editing();
    assert_true(H5Ldelete(file, "layers", H5P_DEFAULT) >= 0);
    assert_refused(finish(file), "dataset layers/embedding/vars/0 is missing");
}

/* Then the weights alone are read. */
static void test_no_optimizer(void **unused)
{
    (void)unused;
    hid_t file = open_for_editing();
    assert_true(H5Ldelete(file, "optimizer", H5P_DEFAULT) >= 0);
    struct tiny_model model;
    tiny_model_open(&model);
    model.state.m[3] = 1;
    struct error error = {""};
    bool has_slots = true;
    double learning_rate = 0.25;
    if (!tiny_model_read(&model, finish(file), &has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_false(has_slots);
    assert_true(learning_rate == 0.25);
    assert_int_equal(model.state.iterations, 0);
    assert_true(model.state.m[3] == 0);
    tiny_model_close(&model);
}

static void test_wrong_shape(void **unused)
{
    (void)unused;
    static const struct {
        const char *path;
        int rank;
        hsize_t dims[3];
        const char *message;
    } cases[] = {
        {kernel_path,
         2,
         {24, 8},
         "layers/lstm/cell/vars/0: has shape (24,8), but the configuration asks for (8,24)"},
        {kernel_path, 1, {192}, "has shape (192), but the configuration asks for (8,24)"},
        {kernel_path, 3, {1, 8, 24}, "has shape (1,8,24), but the configuration asks for (8,24)"},
        {"layers/dense/vars/0",
         1,
         {6},
         "layers/dense/vars/0: has shape (6), but the configuration asks for (6,1)"},
        {"layers/embedding/vars/0", 2, {49, 8}, "layers/embedding/vars/0: has shape (49,8)"},
        {"optimizer/vars/9",
         1,
         {25},
         "optimizer/vars/9: has shape (25), but the configuration asks for (24)"},
        {"optimizer/vars/1", 1, {1}, "optimizer/vars/1: has shape (1), but the configuration asks for ()"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hid_t file = open_for_editing();
        put(file, cases[i].path, H5T_IEEE_F32LE, cases[i].rank, cases[i].dims, H5P_DEFAULT);
        assert_refused(finish(file), cases[i].message);
    }
    hid_t file = open_for_editing();
    assert_true(H5Ldelete(file, kernel_path, H5P_DEFAULT) >= 0);
    hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file, kernel_path, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    assert_refused(finish(file), "layers/lstm/cell/vars/0: is empty");
}

static void test_wrong_type(void **unused)
{
    (void)unused;
    const hsize_t dims[] = {8, 24};
    const hid_t types[] = {H5T_IEEE_F64LE, H5T_STD_I32LE};
    for (int i = 0; i < 2; i++) {
        hid_t file = open_for_editing();
        put(file, kernel_path, types[i], 2, dims, H5P_DEFAULT);
        assert_refused(finish(file), "layers/lstm/cell/vars/0: is not float32");
    }
    hid_t file = open_for_editing();
    assert_true(H5Ldelete(file, kernel_path, H5P_DEFAULT) >= 0);
    H5Gclose(H5Gcreate2(file, kernel_path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    assert_refused(finish(file), "layers/lstm/cell/vars/0: cannot be opened as a dataset");
}

static void test_bad_numbers(void **unused)
{
    (void)unused;
    static const struct {
        const char *path;
        size_t index;
        double value;
        const char *message;
    } cases[] = {
        {kernel_path, 191, NAN, "layers/lstm/cell/vars/0: element 191 is not finite"},
        {"layers/embedding/vars/0", 0, INFINITY, "layers/embedding/vars/0: element 0 is not finite"},
        {"optimizer/vars/12", 0, NAN, "optimizer/vars/12: element 0 is not finite"},
        {"optimizer/vars/3", 5, -1, "optimizer/vars/3: element 5 is negative"},
        {"optimizer/vars/1", 0, NAN, "optimizer/vars/1: the learning rate"},
        {"optimizer/vars/1", 0, 0, "optimizer/vars/1: the learning rate"},
        {"optimizer/vars/1", 0, 1e-40, "optimizer/vars/1: the learning rate"},
        {"optimizer/vars/1", 0, INFINITY, "optimizer/vars/1: the learning rate inf"},
        {"optimizer/vars/0", 0, -3, "optimizer/vars/0: -3 iterations"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hid_t file = open_for_editing();
        overwrite(file, cases[i].path, H5T_NATIVE_DOUBLE, cases[i].index, cases[i].value);
        assert_refused(finish(file), cases[i].message);
    }
}

static void test_too_many_variables(void **unused)
{
    (void)unused;
    const hsize_t dims[] = {24};
    hid_t file = open_for_editing();
    put(file, "layers/lstm/cell/vars/3", H5T_IEEE_F32LE, 1, dims, H5P_DEFAULT);
    assert_refused(finish(file), "layers/lstm/cell/vars holds 4 variables, but the configuration asks for 3");
    file = open_for_editing();
    put(file, "optimizer/vars/14", H5T_IEEE_F32LE, 1, dims, H5P_DEFAULT);
    assert_refused(finish(file), "optimizer/vars holds 15 variables, but Adam has 14");
}

/* Links that leave the file, or could turn in circles. */
static void test_links(void **unused)
{
    (void)unused;
    hid_t file = open_for_editing();
    assert_true(H5Lmove(file, kernel_path, file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/elsewhere", file, kernel_path, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_refused(finish(file), "layers/lstm/cell/vars/0 is a link");
    file = open_for_editing();
    assert_true(H5Ldelete(file, "layers/lstm", H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("/etc/passwd", "/", file, "layers/lstm", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_refused(finish(file), "layers/embedding/vars/0: the HDF5 file has a group of the newer form");
}

static void test_storage(void **unused)
{
    (void)unused;
    const hsize_t dims[] = {8, 24};
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE), compact = H5Pcreate(H5P_DATASET_CREATE),
          external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, dims);
    H5Pset_layout(compact, H5D_COMPACT);
    H5Pset_external(external, "/dev/null", 0, H5F_UNLIMITED);
    hid_t file = open_for_editing();
    put(file, kernel_path, H5T_IEEE_F32LE, 2, dims, chunked);
    assert_refused(finish(file), "layers/lstm/cell/vars/0: is stored in chunks");
    file = open_for_editing();
    put(file, kernel_path, H5T_IEEE_F32LE, 2, dims, external);
    assert_refused(finish(file), "layers/lstm/cell/vars/0: is stored in chunks or outside");
    /* Compact storage lies in the file's own headers and is read; 1 shows that it was. */
    file = open_for_editing();
    put(file, kernel_path, H5T_IEEE_F32LE, 2, dims, compact);
    overwrite(file, kernel_path, H5T_NATIVE_DOUBLE, 191, 1);
    struct tiny_model model;
    tiny_model_open(&model);
    struct error error = {""};
    bool has_slots;
    double learning_rate = 0;
    if (!tiny_model_read(&model, finish(file), &has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_true(model.state.weights[model.table.items[1].offset + 191] == 1);
    tiny_model_close(&model);
    H5Pclose(chunked);
    H5Pclose(compact);
    H5Pclose(external);
}

static hid_t with_iterations(int64_t iterations)
{
    hid_t file = open_for_editing();
    assert_true(H5Ldelete(file, "optimizer/vars/0", H5P_DEFAULT) >= 0);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t dataset =
        H5Dcreate2(file, "optimizer/vars/0", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &iterations) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    return file;
}

/* TensorFlow's iteration count is int64, NumPy's and Torch's int32. */
static void test_iterations_of_64_bits(void **unused)
{
    (void)unused;
    assert_same_as_golden(finish(with_iterations(3)));
}

static void test_too_many_iterations(void **unused)
{
    (void)unused;
    const int64_t limit = (int64_t)1 << 53;
    assert_refused(finish(with_iterations(limit)),
                   "9007199254740992 iterations, but no training has so many");
    assert_refused(finish(with_iterations(INT64_MAX)), "no training has so many");
    struct tiny_model model;
    tiny_model_open(&model);
    struct error error = {""};
    bool has_slots;
    double learning_rate = 0;
    if (!tiny_model_read(&model, finish(with_iterations(limit - 1)), &has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_true(model.state.iterations == limit - 1);
    tiny_model_close(&model);
}

/* The library's own messages are off inside our calls and back after them. */
static void test_error_printing_is_restored(void **unused)
{
    (void)unused;
    H5E_auto2_t before, after;
    void *context;
    H5Eget_auto2(H5E_DEFAULT, &before, &context);
    assert_true(before != NULL);
    static const char zeros[40000];
    assert_refused(golden_with("model.weights.h5", zeros, sizeof zeros), "not a readable HDF5 file");
    H5Eget_auto2(H5E_DEFAULT, &after, &context);
    assert_true(before == after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_no_optimizer),
        cmocka_unit_test(test_wrong_shape),
        cmocka_unit_test(test_wrong_type),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_too_many_variables),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_iterations_of_64_bits),
        cmocka_unit_test(test_too_many_iterations),
        cmocka_unit_test(test_error_printing_is_restored),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
