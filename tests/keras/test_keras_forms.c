/* Weights alone, written and read: .weights.h5, .safetensors, and the layers of TF-Keras' .keras files. */
#include "edited_model.h"
#include "hdf5_image.h"
#include "scratch.h"
#include "tiny_model.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A network of two LSTMs, whose parameters have names. */
static void open_stack(struct tiny_model *model)
{
    static const struct spec spec = {
        .name = "sequential",
        .maxlen = 13,
        .layer_count = 5,
        .layers = {{.kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = 50, .units = 8},
                   {.kind = LAYER_LSTM, .name = "lstm", .units = 6, .return_sequences = true},
                   {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.5},
                   {.kind = LAYER_LSTM, .name = "lstm_1", .units = 5},
                   {.kind = LAYER_DENSE, .name = "dense", .units = 1}},
    };
    tiny_model_open_spec(model, &spec);
    tiny_model_fill(model);
    model->spec.adam =
        (struct adam_spec){.learning_rate = 0.0625, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};
    for (int i = 0; i < model->table.count; i++)
        snprintf(model->table.items[i].name, PARAMETER_NAME_BYTES, "%s/%d",
                 model->spec.layers[model->table.items[i].layer].name, model->table.items[i].index);
}

static void check_read(const char *path, const struct tiny_model *written, bool alone)
{
    struct tiny_model found;
    struct keras_file *file;
    struct error error = {""};
    bool has_slots = false;
    tiny_model_open_spec(&found, &written->spec);
    found.spec.adam = written->spec.adam;
    if (!keras_file_open(&file, path, &error) || (!alone && !keras_file_spec(file, &found.spec, &error)) ||
        !keras_file_state(file, &found.spec, &found.table, &found.state, &has_slots,
                          &found.spec.adam.learning_rate, &error))
        fail_msg("%s", error.message);
    assert_int_equal(keras_file_describe(file).form, alone ? KERAS_FORM_WEIGHTS : KERAS_FORM_ARCHIVE);
    assert_true(has_slots);
    assert_true(tiny_model_equal(&found, written));
    keras_file_close(file);
    tiny_model_close(&found);
}

static void test_weights_h5(void **unused)
{
    (void)unused;
    struct tiny_model model;
    struct error error = {""};
    const char *path = model_path("a.weights.h5");
    open_stack(&model);
    struct keras_contents contents = {.spec = &model.spec, .table = &model.table, .state = &model.state};
    if (!keras_weights_write(path, &contents, &error))
        fail_msg("%s", error.message);
    check_read(path, &model, true);
    assert_refused(path, "holds weights and no architecture");
    model.state.weights[5] = NAN;
    assert_false(keras_weights_write(path, &contents, &error));
    assert_message(&error, path, "layers/embedding/vars/0: element 5 is not finite");
    tiny_model_close(&model);
}

/* The header says where each tensor lies; nothing else is in the file. */
static void test_safetensors(void **unused)
{
    (void)unused;
    struct tiny_model model;
    struct error error = {""};
    const char *path = model_path("a.safetensors");
    open_stack(&model);
    struct keras_contents contents = {.spec = &model.spec, .table = &model.table, .state = &model.state};
    if (!keras_safetensors_write(path, &contents, &error))
        fail_msg("%s", error.message);
    size_t bytes, length = 0;
    char *file = scratch_read(path, &bytes);
    for (int i = 8; i-- > 0;)
        length = length << 8 | (unsigned char)file[i];
    assert_int_equal(length % 8, 0);
    assert_int_equal(bytes, 8 + length + model.table.total_count * sizeof(float));
    json_t *header = json_loadb(file + 8, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(header);
    assert_int_equal(json_object_size(header), model.table.count + 1);
    assert_string_equal(json_string_value(json_object_get(json_object_get(header, "__metadata__"), "format")),
                        "keras");
    for (int i = 0; i < model.table.count; i++) {
        const struct parameter *parameter = &model.table.items[i];
        const json_t *tensor = json_object_get(header, parameter->name),
                     *offsets = json_object_get(tensor, "data_offsets");
        json_int_t begin = json_integer_value(json_array_get(offsets, 0));
        assert_string_equal(json_string_value(json_object_get(tensor, "dtype")), "F32");
        assert_int_equal(json_array_size(json_object_get(tensor, "shape")), parameter->rank);
        for (int k = 0; k < parameter->rank; k++)
            assert_int_equal(json_integer_value(json_array_get(json_object_get(tensor, "shape"), (size_t)k)),
                             parameter->shape[k]);
        assert_int_equal(json_integer_value(json_array_get(offsets, 1)) - begin,
                         parameter->count * sizeof(float));
        assert_memory_equal(file + 8 + length + begin, model.state.weights + parameter->offset,
                            parameter->count * sizeof(float));
    }
    json_decref(header);
    free(file);
    model.state.weights[0] = INFINITY;
    assert_false(keras_safetensors_write(path, &contents, &error));
    assert_message(&error, path, "embedding/0: element 0 is not finite");
    tiny_model_close(&model);
}

/* What TF-Keras 2.12 to 2.14 calls the groups; 2.15 calls them as Keras 3 does. */
static void rename_groups(hid_t file)
{
    static const char *const names[][2] = {
        {"layers/embedding", "_layer_checkpoint_dependencies/embedding"},
        {"layers/lstm", "_layer_checkpoint_dependencies/lstm"},
        {"layers/dropout", "_layer_checkpoint_dependencies/dropout"},
        {"layers/lstm_1", "_layer_checkpoint_dependencies/lstm_2"},
        {"layers/dense", "_layer_checkpoint_dependencies/dense"},
    };
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(H5Lmove(file, names[i][0], file, names[i][1], links, H5P_DEFAULT) >= 0);
    H5Pclose(links);
}

/* TF-Keras' optimizer has no learning rate. */
static void remove_learning_rate(hid_t file, int variables)
{
    assert_true(H5Ldelete(file, "optimizer/vars/1", H5P_DEFAULT) >= 0);
    for (int i = 2; i < variables; i++) {
        char from[32], to[32];
        snprintf(from, sizeof from, "optimizer/vars/%d", i);
        snprintf(to, sizeof to, "optimizer/vars/%d", i - 1);
        assert_true(H5Lmove(file, from, file, to, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
}

static void check_tf_keras(const struct tiny_model *model, bool old_groups)
{
    struct error error = {""};
    char path[512];
    snprintf(path, sizeof path, "%s", model_path("tf.keras"));
    struct keras_contents contents = {.spec = &model->spec, .table = &model->table, .state = &model->state};
    if (!keras_file_write(path, &contents, &error) ||
        !keras_weights_write(model_path("tf.weights.h5"), &contents, &error))
        fail_msg("%s", error.message);
    hid_t file = H5Fopen(model_path("tf.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    if (old_groups)
        rename_groups(file);
    remove_learning_rate(file, 2 + 2 * model->table.count);
    assert_true(H5Fclose(file) >= 0);
    size_t bytes;
    char *image = scratch_read(model_path("tf.weights.h5"), &bytes);
    check_read(model_with(path, "model.weights.h5", image, bytes), model, false);
    free(image);
}

static void test_tf_keras(void **unused)
{
    (void)unused;
    struct tiny_model model;
    open_stack(&model);
    check_tf_keras(&model, true);
    check_tf_keras(&model, false);
    tiny_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_h5),
        cmocka_unit_test(test_safetensors),
        cmocka_unit_test(test_tf_keras),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
