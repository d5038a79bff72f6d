/* Networks of every kind of layer, each setting away from its default: what is written comes back, and stands where
 * Keras looks for it. */
#include "config.h"
#include "edited_model.h"
#include "hdf5_image.h"
#include "layer_names.h"
#include "tiny_model.h"
#include "weights.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EMBEDDING                                                                                            \
    {                                                                                                        \
        .kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = 50, .units = 8                            \
    }
#define DENSE                                                                                                \
    {                                                                                                        \
        .kind = LAYER_DENSE, .name = "dense", .units = 1                                                     \
    }

/* Rates of 16 and 17 digits: the file must keep them all. */
static const struct layer_spec middles[][4] = {
    {{.kind = LAYER_LSTM, .name = "lstm", .units = 6, .go_backwards = true}},
    {{.kind = LAYER_LSTM, .name = "lstm", .units = 6, .hard_sigmoid_slope = 0.2}},
    {{.kind = LAYER_LSTM, .name = "lstm", .units = 6, .hard_sigmoid_slope = 1.0 / 6}},
    {{.kind = LAYER_LSTM,
      .name = "lstm",
      .units = 6,
      .dropout = 0.25,
      .recurrent_dropout = 1.0 / 3,
      .gate_masks = GATE_MASKS_SHARED}},
    {{.kind = LAYER_LSTM, .name = "lstm", .units = 5, .return_sequences = true},
     {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 2.0 / 3},
     {.kind = LAYER_LSTM, .name = "lstm_1", .units = 6, .return_sequences = true, .go_backwards = true},
     {.kind = LAYER_LSTM, .name = "lstm_2", .units = 4}},
    {{.kind = LAYER_LSTM,
      .name = "bidirectional",
      .inner_name = "lstm",
      .units = 5,
      .bidirectional = true,
      .return_sequences = true,
      .dropout = 0.1 + 0.2,
      .gate_masks = GATE_MASKS_SHARED},
     {.kind = LAYER_LSTM,
      .name = "my pair",
      .inner_name = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc",
      .units = 6,
      .bidirectional = true,
      .recurrent_dropout = 0.5,
      .hard_sigmoid_slope = 0.2}},
    {{.kind = LAYER_CONV1D,
      .name = "conv1d",
      .units = 7,
      .kernel_size = 4,
      .strides = 1,
      .padding = PADDING_VALID,
      .activation = ACTIVATION_LINEAR},
     {.kind = LAYER_CONV1D,
      .name = "conv1d_1",
      .units = 3,
      .kernel_size = 2,
      .strides = 1,
      .padding = PADDING_SAME,
      .activation = ACTIVATION_RELU},
     {.kind = LAYER_MAX_POOLING1D, .name = "max_pooling1d", .pool_size = 3},
     {.kind = LAYER_LSTM, .name = "lstm", .units = 6}},
    {{.kind = LAYER_DROPOUT, .name = "words", .dropout = 0.1, .dropout_unit = DROP_STEPS},
     {.kind = LAYER_DROPOUT, .name = "spatial_dropout1d", .dropout = 0.3, .dropout_unit = DROP_FEATURES},
     {.kind = LAYER_CONV1D,
      .name = "conv1d",
      .units = 7,
      .kernel_size = 4,
      .strides = 3,
      .padding = PADDING_SAME,
      .activation = ACTIVATION_RELU},
     {.kind = LAYER_GLOBAL_MAX_POOLING1D, .name = "global_max_pooling1d"}},
    {{.kind = LAYER_CONV1D, .name = "conv1d", .units = 7, .kernel_size = 4, .strides = 3},
     {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.1},
     {.kind = LAYER_LSTM, .name = "lstm", .units = 6, .return_sequences = true},
     {.kind = LAYER_GLOBAL_AVERAGE_POOLING1D, .name = "global_average_pooling1d"}},
    {{.kind = LAYER_GLOBAL_AVERAGE_POOLING1D, .name = "average"}},
};
enum { MIDDLES = sizeof middles / sizeof *middles };
enum { ROWS_DROPPED = 0, MASKED = 9 }; /* networks whose Embedding has a setting of its own */

static void make_spec(struct spec *spec, int which)
{
    *spec = (struct spec){.name = "sequential",
                          .maxlen = 13,
                          .layers = {EMBEDDING},
                          .adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7}};
    spec->layer_count = 1;
    if (which == ROWS_DROPPED)
        spec->layers[0].dropout = 0.2;
    spec->layers[0].mask_zero = which == MASKED;
    for (int i = 0; i < 4 && middles[which][i].name[0]; i++)
        spec->layers[spec->layer_count++] = middles[which][i];
    spec->layers[spec->layer_count++] = (struct layer_spec)DENSE;
}

static void test_networks_come_back(void **unused)
{
    (void)unused;
    for (int i = 0; i < MIDDLES; i++) {
        struct spec spec;
        make_spec(&spec, i);
        struct tiny_model written, found;
        tiny_model_open_spec(&written, &spec);
        tiny_model_open_spec(&found, &spec);
        tiny_model_fill(&written);
        written.spec.adam.learning_rate = 0.001; /* of few digits: those of the rates are what counts */
        memset(&found.spec, 0xff, sizeof found.spec);
        const char *path = model_path("a.keras");
        struct keras_contents contents = {&written.spec, &written.table, &written.state, NULL, 0};
        struct error error = {""};
        bool has_slots = false;
        double learning_rate = 0;
        if (!keras_file_write(path, &contents, &error) ||
            !tiny_model_read(&found, path, &has_slots, &learning_rate, &error))
            fail_msg("network %d: %s", i, error.message);
        assert_true(has_slots);
        if (!tiny_model_equal(&written, &found))
            fail_msg("network %d comes back changed", i);
        tiny_model_close(&written);
        tiny_model_close(&found);
    }
}

static json_t *written_layer(int network, int layer)
{
    struct spec spec;
    make_spec(&spec, network);
    char *text = config_write(&spec);
    assert_non_null(text);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    json_t *object =
        json_array_get(json_object_get(json_object_get(root, "config"), "layers"), (size_t)layer + 1);
    assert_non_null(object);
    json_incref(object);
    json_decref(root);
    return object;
}

static void assert_member(const json_t *object, const char *key, const char *expected)
{
    json_t *value = json_loads(expected, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    if (!json_equal(json_object_get(object, key), value))
        fail_msg("%s is not %s", key, expected);
    json_decref(value);
}

/* Keras refuses a key inside "config" that it does not know: ours stand beside it. */
static void test_form_of_our_own_keys(void **unused)
{
    (void)unused;
    json_t *embedding = written_layer(0, 0), *lstm = written_layer(3, 1), *pair = written_layer(5, 1),
           *plain = written_layer(1, 1);
    assert_member(embedding, "matinee", "{\"dropout\": 0.2}");
    assert_null(json_object_get(json_object_get(embedding, "config"), "dropout"));
    assert_member(lstm, "matinee", "{\"gate_masks\": \"shared\"}");
    assert_member(pair, "matinee", "{\"gate_masks\": \"shared\"}");
    assert_null(json_object_get(plain, "matinee"));
    assert_member(
        json_object_get(plain, "config"), "recurrent_activation",
        "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"hard_sigmoid_keras1\", "
        "\"registered_name\": \"function\"}");
    json_decref(embedding);
    json_decref(lstm);
    json_decref(pair);
    json_decref(plain);
}

static void test_form_of_directions_and_shapes(void **unused)
{
    (void)unused;
    json_t *reversed = written_layer(0, 1), *second = written_layer(5, 2), *conv = written_layer(6, 2),
           *lstm = written_layer(6, 4);
    assert_member(json_object_get(reversed, "config"), "go_backwards", "true");
    const json_t *config = json_object_get(second, "config");
    const json_t *forward = json_object_get(json_object_get(config, "layer"), "config"),
                 *backward = json_object_get(json_object_get(config, "backward_layer"), "config");
    assert_member(forward, "go_backwards", "false");
    assert_member(backward, "go_backwards", "true");
    assert_member(backward, "name",
                  "\"backward_abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc\"");
    assert_member(json_object_get(second, "build_config"), "input_shape", "[null, 13, 10]");
    assert_member(json_object_get(conv, "build_config"), "input_shape", "[null, 10, 7]");
    /* 13 steps, 10 behind the valid kernel of 4, 3 behind the pool of 3. */
    assert_member(json_object_get(lstm, "build_config"), "input_shape", "[null, 3, 3]");
    json_decref(reversed);
    json_decref(second);
    json_decref(conv);
    json_decref(lstm);
}

/* SpatialDropout1D is the only layer whose constructor knows neither trainable nor noise_shape. */
static void test_form_of_dropout_and_pooling(void **unused)
{
    (void)unused;
    json_t *words = written_layer(7, 1), *spatial = written_layer(7, 2), *conv = written_layer(7, 3),
           *maximum = written_layer(7, 4), *dense = written_layer(7, 5),
           *embedding = written_layer(MASKED, 0);
    assert_member(json_object_get(words, "config"), "noise_shape", "[null, null, 1]");
    assert_member(spatial, "class_name", "\"SpatialDropout1D\"");
    assert_member(spatial, "config",
                  "{\"name\": \"spatial_dropout1d\", \"dtype\": \"float32\", \"rate\": 0.3, \"seed\": null}");
    assert_member(json_object_get(conv, "config"), "strides", "[3]");
    assert_member(maximum, "class_name", "\"GlobalMaxPooling1D\"");
    assert_member(json_object_get(maximum, "config"), "keepdims", "false");
    assert_null(json_object_get(maximum, "build_config"));
    assert_member(json_object_get(dense, "build_config"), "input_shape", "[null, 7]");
    assert_member(json_object_get(embedding, "config"), "mask_zero", "true");
    json_t *const all[] = {words, spatial, conv, maximum, dense, embedding};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_decref(all[i]);
}

static herr_t append_name(hid_t file, const char *name, const H5O_info_t *info, void *list)
{
    (void)file;
    char *text = list;
    if (strncmp(name, "layers/", 7) == 0)
        snprintf(text + strlen(text), 4096 - strlen(text), "%s%s\n", name + 7,
                 info->type == H5O_TYPE_GROUP ? "/" : "");
    return 0;
}

static void list_layers(int model, char list[static 4096])
{
    struct spec spec;
    struct tiny_model tiny;
    golden_spec(&spec, model, &golden_small);
    tiny_model_open_spec(&tiny, &spec);
    void *image;
    size_t bytes;
    struct error error = {""};
    if (!weights_write(&image, &bytes, &spec, &tiny.table, &tiny.state, &error))
        fail_msg("%s", error.message);
    tiny_model_close(&tiny);
    hid_t file = hdf5_image_open(image, bytes);
    assert_true(file >= 0);
    *list = '\0';
    assert_true(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, append_name, list, H5O_INFO_BASIC) >= 0);
    H5Fclose(file);
    free(image);
}

/* The groups that Keras itself makes. */
static void test_form_of_the_weights(void **unused)
{
    (void)unused;
    char list[4096];
    list_layers(2, list);
    assert_non_null(strstr(list, "dropout/\ndropout/vars/\ndropout_1/\ndropout_1/vars/\nembedding/\n"));
    list_layers(4, list);
    assert_non_null(strstr(list,
                           "bidirectional/\nbidirectional/backward_layer/\n"
                           "bidirectional/backward_layer/cell/\nbidirectional/backward_layer/cell/vars/\n"
                           "bidirectional/backward_layer/cell/vars/0\n"
                           "bidirectional/backward_layer/cell/vars/1\n"
                           "bidirectional/backward_layer/cell/vars/2\nbidirectional/backward_layer/vars/\n"
                           "bidirectional/forward_layer/\nbidirectional/forward_layer/cell/\n"
                           "bidirectional/forward_layer/cell/vars/\n"
                           "bidirectional/forward_layer/cell/vars/0\n"
                           "bidirectional/forward_layer/cell/vars/1\n"
                           "bidirectional/forward_layer/cell/vars/2\nbidirectional/forward_layer/vars/\n"
                           "bidirectional/vars/\ndense/\n"));
    list_layers(5, list);
    assert_non_null(strstr(list, "conv1d/\nconv1d/vars/\nconv1d/vars/0\nconv1d/vars/1\ndense/\n"));
    assert_non_null(strstr(list, "max_pooling1d/\nmax_pooling1d/vars/\n"));
}

/* Groups are numbered by class: an LSTM and a Bidirectional of LSTMs are two. */
static void test_groups_of_equal_layers(void **unused)
{
    (void)unused;
    const struct spec spec = {.layer_count = 6,
                              .layers = {EMBEDDING,
                                         {.kind = LAYER_LSTM, .name = "a"},
                                         {.kind = LAYER_LSTM, .name = "b", .bidirectional = true},
                                         {.kind = LAYER_LSTM, .name = "c", .bidirectional = true},
                                         {.kind = LAYER_LSTM, .name = "d"},
                                         DENSE}};
    static const char *const paths[] = {"layers/embedding/vars/5",
                                        "layers/lstm/cell/vars/5",
                                        "layers/bidirectional/backward_layer/cell/vars/2",
                                        "layers/bidirectional_1/backward_layer/cell/vars/2",
                                        "layers/lstm_1/cell/vars/5",
                                        "layers/dense/vars/5"};
    for (int layer = 0; layer < spec.layer_count; layer++) {
        char path[DATASET_PATH_BYTES];
        keras_parameter_path(&spec, &(struct parameter){.layer = layer, .index = 5}, path);
        assert_string_equal(path, paths[layer]);
    }
}

/* The image of a golden model's weights after an edit. */
static void *edited_image(const struct tiny_model *model, void (*edit)(hid_t file), size_t *bytes)
{
    void *image;
    struct error error = {""};
    if (!weights_write(&image, bytes, &model->spec, &model->table, &model->state, &error))
        fail_msg("%s", error.message);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    assert_true(H5Pset_fapl_core(access, 1 << 16, 0) >= 0 && H5Pset_file_image(access, image, *bytes) >= 0);
    free(image);
    hid_t file = H5Fopen("edited.h5", H5F_ACC_RDWR, access);
    assert_true(file >= 0);
    edit(file);
    assert_true(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
    ssize_t size = H5Fget_file_image(file, NULL, 0);
    assert_true(size > 0);
    *bytes = (size_t)size;
    image = malloc(*bytes);
    assert_non_null(image);
    assert_int_equal(H5Fget_file_image(file, image, *bytes), size);
    H5Fclose(file);
    H5Pclose(access);
    return image;
}

static bool read_edited(int number, void (*edit)(hid_t file), struct error *error)
{
    struct spec spec;
    struct tiny_model model;
    golden_spec(&spec, number, &golden_small);
    tiny_model_open_spec(&model, &spec);
    size_t bytes;
    void *image = edited_image(&model, edit, &bytes);
    bool has_slots;
    double learning_rate = 0;
    struct h5_image opened;
    bool read = h5_open(&opened, image, bytes, error) &&
                weights_read(&opened, &spec, &model.table, &model.state, &has_slots, &learning_rate, error);
    free(image);
    tiny_model_close(&model);
    return read;
}

static void assert_weights_refused(int number, void (*edit)(hid_t file), const char *expected)
{
    struct error error = {""};
    if (read_edited(number, edit, &error) || !strstr(error.message, expected))
        fail_msg("message: %s\nshould contain: %s", error.message, expected);
}

static void remove_backward_bias(hid_t file)
{
    assert_true(H5Ldelete(file, "layers/bidirectional/backward_layer/cell/vars/2", H5P_DEFAULT) >= 0);
}

static void add_dataset(hid_t file, const char *path, int rank, const hsize_t dims[])
{
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t dataset = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void add_backward_variable(hid_t file)
{
    add_dataset(file, "layers/bidirectional/backward_layer/cell/vars/3", 1, (hsize_t[]){24});
}

static void transpose_conv_kernel(hid_t file)
{
    assert_true(H5Ldelete(file, "layers/conv1d/vars/0", H5P_DEFAULT) >= 0);
    add_dataset(file, "layers/conv1d/vars/0", 3, (hsize_t[]){3, 7, 8});
}

static void add_seed(hid_t file)
{
    hid_t creation = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(creation, 1);
    H5Gclose(H5Gcreate2(file, "layers/dropout/seed_generator/vars", creation, H5P_DEFAULT, H5P_DEFAULT));
    H5Pclose(creation);
    add_dataset(file, "layers/dropout/seed_generator/vars/0", 1, (hsize_t[]){2});
}

static void add_wrapped_layer(hid_t file)
{
    hid_t creation = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(creation, 1);
    H5Gclose(H5Gcreate2(file, "layers/bidirectional/layer/cell/vars", creation, H5P_DEFAULT, H5P_DEFAULT));
    H5Pclose(creation);
}

/* What some releases of Keras write besides: the state of a random stream, and the layer that was wrapped. */
static void test_groups_of_some_releases(void **unused)
{
    (void)unused;
    struct error error = {""};
    if (!read_edited(2, add_seed, &error) || !read_edited(4, add_wrapped_layer, &error))
        fail_msg("%s", error.message);
}

static void test_bad_weights(void **unused)
{
    (void)unused;
    assert_weights_refused(4, remove_backward_bias,
                           "dataset layers/bidirectional/backward_layer/cell/vars/2 is missing");
    assert_weights_refused(4, add_backward_variable,
                           "backward_layer/cell/vars holds 4 variables, but the configuration asks for 3");
    assert_weights_refused(5, transpose_conv_kernel,
                           "layers/conv1d/vars/0: has shape (3,7,8), but the configuration asks for (3,8,7)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks_come_back),
        cmocka_unit_test(test_form_of_our_own_keys),
        cmocka_unit_test(test_form_of_directions_and_shapes),
        cmocka_unit_test(test_form_of_dropout_and_pooling),
        cmocka_unit_test(test_form_of_the_weights),
        cmocka_unit_test(test_groups_of_equal_layers),
        cmocka_unit_test(test_groups_of_some_releases),
        cmocka_unit_test(test_bad_weights),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
