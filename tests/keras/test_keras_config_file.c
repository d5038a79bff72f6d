/* A config.json by itself, as Keras 3's and Keras 2's model.to_json() give it, and whose rule its hard_sigmoid is. */
#include "edited_model.h"
#include "json_edit.h"
#include "scratch.h"
#include "tiny_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *write_text(const char *text, size_t bytes)
{
    const char *path = model_path("config.json");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void read_text(struct spec *spec, const char *text)
{
    struct error error = {""};
    if (!keras_config_read(spec, write_text(text, strlen(text)), &error))
        fail_msg("%s", error.message);
}

static void read_json(struct spec *spec, const json_t *root)
{
    char *text = json_dumps(root, 0);
    assert_non_null(text);
    read_text(spec, text);
    free(text);
}

static void assert_not_read(const char *path, const char *expected)
{
    struct spec spec;
    struct error error = {""};
    assert_false(keras_config_read(&spec, path, &error));
    assert_message(&error, path, expected);
}

/* The fewest keys with which every Keras 3 loads. */
static void test_smallest(void **unused)
{
    (void)unused;
    const struct golden_sizes sizes = {
        .T = 500, .V = 5000, .E = 32, .H = 100, .C = 32, .rate = 0.2, .learning_rate = 0.001};
    struct spec expected, found;
    struct error error = {""};
    golden_spec(&expected, 2, &sizes);
    if (!keras_config_read(&found, MATINEE_FIXTURES "/golden/config_smallest.json", &error))
        fail_msg("%s", error.message);
    assert_true(spec_equal(&found, &expected));
    assert_memory_equal(&found.adam, &expected.adam, sizeof found.adam);
}

#define KERAS2_LAYERS                                                                                        \
    "{\"class_name\": \"Embedding\", \"config\": {\"name\": \"embedding_1\", \"trainable\": true, "          \
    "\"batch_input_shape\": [null, 13], \"dtype\": \"float32\", \"input_dim\": 50, \"output_dim\": 8, "      \
    "\"mask_zero\": false, \"input_length\": 13}}, "                                                         \
    "{\"class_name\": \"Conv1D\", \"config\": {\"name\": \"conv1d_1\", \"trainable\": true, \"filters\": "   \
    "7, "                                                                                                    \
    "\"kernel_size\": [3], \"strides\": [1], \"padding\": \"same\", \"data_format\": \"channels_last\", "    \
    "\"dilation_rate\": [1], \"activation\": \"relu\", \"use_bias\": true}}, "                               \
    "{\"class_name\": \"MaxPooling1D\", \"config\": {\"name\": \"max_pooling1d_1\", \"trainable\": true, "   \
    "\"strides\": [2], \"pool_size\": [2], \"padding\": \"valid\", \"data_format\": \"channels_last\"}}, "   \
    "{\"class_name\": \"Bidirectional\", \"config\": {\"name\": \"bidirectional_1\", \"trainable\": true, "  \
    "\"layer\": {\"class_name\": \"LSTM\", \"config\": {\"name\": \"lstm_1\", \"units\": 6, "                \
    "\"activation\": \"tanh\", \"recurrent_activation\": \"hard_sigmoid\", \"use_bias\": true, "             \
    "\"dropout\": 0.2, \"recurrent_dropout\": 0.25, \"implementation\": 1, \"stateful\": false}}, "          \
    "\"merge_mode\": \"concat\"}}, "                                                                         \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense_1\", \"units\": 1, \"activation\": "         \
    "\"sigmoid\", \"use_bias\": true}}"

static const struct spec keras2_spec = {
    .name = "sequential",
    .maxlen = 13,
    .layer_count = 5,
    .layers = {{.kind = LAYER_EMBEDDING, .name = "embedding_1", .input_dim = 50, .units = 8},
               {.kind = LAYER_CONV1D,
                .name = "conv1d_1",
                .units = 7,
                .kernel_size = 3,
                .strides = 1,
                .padding = PADDING_SAME,
                .activation = ACTIVATION_RELU},
               {.kind = LAYER_MAX_POOLING1D, .name = "max_pooling1d_1", .pool_size = 2},
               {.kind = LAYER_LSTM,
                .name = "bidirectional_1",
                .inner_name = "lstm_1",
                .units = 6,
                .bidirectional = true,
                .dropout = 0.2,
                .recurrent_dropout = 0.25,
                .hard_sigmoid_slope = 0.2},
               {.kind = LAYER_DENSE, .name = "dense_1", .units = 1}},
};

/* Up to 2.2.2 the config of a Sequential was the list of its layers. */
static void test_keras_2(void **unused)
{
    (void)unused;
    struct spec found;
    read_text(&found, "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"sequential\", \"layers\": "
                      "[" KERAS2_LAYERS "]}, \"keras_version\": \"2.15.0\", \"backend\": \"tensorflow\"}");
    assert_true(spec_equal(&found, &keras2_spec));
    read_text(&found, "{\"class_name\": \"Sequential\", \"config\": [" KERAS2_LAYERS
                      "], \"keras_version\": \"2.1.6\", \"backend\": \"theano\"}");
    assert_true(spec_equal(&found, &keras2_spec));
}

/* TF-Keras writes an InputLayer, whose shape has the old name. */
static void test_keras_2_input_layer(void **unused)
{
    (void)unused;
    struct spec found;
    read_text(&found,
              "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"sequential\", \"layers\": ["
              "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 13], "
              "\"dtype\": \"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"i\"}}, "
              "{\"class_name\": \"Embedding\", \"config\": {\"input_dim\": 50, \"output_dim\": 8}}]}}");
    assert_int_equal(found.maxlen, 13);
}

static double slope_of(const char *activation, const char *version)
{
    char path[512], edited_version[32], edited_activation[64];
    snprintf(path, sizeof path, MATINEE_FIXTURES "/golden/config_m3.json");
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    snprintf(edited_activation, sizeof edited_activation, "\"%s\"", activation);
    snprintf(edited_version, sizeof edited_version, "\"%s\"", version);
    json_edit(root, "config/layers/2/config/recurrent_activation", edited_activation);
    if (*version)
        json_edit(root, "keras_version", edited_version);
    struct spec spec;
    read_json(&spec, root);
    json_decref(root);
    return spec.layers[1].hard_sigmoid_slope;
}

static void test_hard_sigmoid_is_its_version_s(void **unused)
{
    (void)unused;
    assert_true(slope_of("hard_sigmoid", "") == 1.0 / 6);
    assert_true(slope_of("hard_sigmoid", "3.12.0") == 1.0 / 6);
    assert_true(slope_of("hard_sigmoid", "2.15.0") == 0.2);
    assert_true(slope_of("hard_sigmoid", "2.2.4-tf") == 0.2);
    assert_true(slope_of("hard_sigmoid", "1.2.2") == 0.2);
    assert_true(slope_of("hard_sigmoid", "12.0.0") == 1.0 / 6);
    assert_true(slope_of("hard_sigmoid_keras1", "") == 0.2);
    assert_true(slope_of("hard_sigmoid_keras1", "3.12.0") == 0.2);
    assert_true(slope_of("sigmoid", "") == 0);
    assert_true(slope_of("sigmoid", "2.15.0") == 0);
}

/* Without keras_version, the keys that Keras 1 and 2 alone write tell them. */
static void test_hard_sigmoid_without_a_version(void **unused)
{
    (void)unused;
    static const struct {
        const char *place, *value;
        double slope;
    } cases[] = {{"config/layers/1/config/batch_input_shape", "[null, 500]", 0.2},
                 {"config/layers/2/config/implementation", "1", 0.2},
                 {"config/layers/2/config/time_major", "false", 0.2},
                 {"config/layers/2/config/unroll", "false", 1.0 / 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *root = json_load_file(MATINEE_FIXTURES "/golden/config_m3.json", 0, NULL);
        json_edit(root, "config/layers/2/config/recurrent_activation", "\"hard_sigmoid\"");
        json_edit(root, cases[i].place, cases[i].value);
        struct spec spec;
        read_json(&spec, root);
        assert_true(spec.layers[1].hard_sigmoid_slope == cases[i].slope);
        json_edit(root, "keras_version", "\"3.0.0\"");
        read_json(&spec, root);
        assert_true(spec.layers[1].hard_sigmoid_slope == 1.0 / 6);
        json_decref(root);
    }
    struct spec spec;
    read_text(&spec, "{\"class_name\": \"Sequential\", \"config\": [" KERAS2_LAYERS "]}");
    assert_true(spec_equal(&spec, &keras2_spec));
    json_t *root = json_load_file(MATINEE_FIXTURES "/golden/config_m4.json", 0, NULL);
    json_edit(root, "config/layers/2/config/layer/config/recurrent_activation", "\"hard_sigmoid\"");
    json_edit(root, "config/layers/2/config/layer/config/implementation", "2");
    json_edit(root, "config/layers/2/config/backward_layer", NULL);
    read_json(&spec, root);
    assert_true(spec.layers[1].hard_sigmoid_slope == 0.2);
    json_decref(root);
}

/* Inside a .keras file metadata.json says the version; nobody minds if that is no JSON. */
static void test_version_of_the_archive(void **unused)
{
    (void)unused;
    static const struct {
        const char *metadata;
        double slope;
    } cases[] = {{"{\"keras_version\": \"2.14.0\"}", 0.2},
                 {"{\"keras_version\": \"3.0.0\"}", 1.0 / 6},
                 {"{\"keras_version\": 2}", 1.0 / 6},
                 {"[\"keras_version\"]", 1.0 / 6},
                 {"?", 1.0 / 6},
                 {NULL, 1.0 / 6}};
    struct tiny_model model;
    tiny_model_open(&model);
    model.spec.layers[1].hard_sigmoid_slope = 1.0 / 6;
    struct keras_contents contents = {&model.spec, &model.table, &model.state, NULL, 0};
    struct error error = {""};
    char written[512];
    snprintf(written, sizeof written, "%s", model_path("hard.keras"));
    if (!keras_file_write(written, &contents, &error))
        fail_msg("%s", error.message);
    tiny_model_close(&model);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keras_file *file;
        struct spec spec;
        const char *path = model_with(written, "metadata.json", cases[i].metadata,
                                      cases[i].metadata ? strlen(cases[i].metadata) : 0);
        if (!keras_file_open(&file, path, &error) || !keras_file_spec(file, &spec, &error))
            fail_msg("%s", error.message);
        keras_file_close(file);
        assert_true(spec.layers[1].hard_sigmoid_slope == cases[i].slope);
    }
}

/* Editors of other systems put a mark before the text. */
static void test_byte_order_mark(void **unused)
{
    (void)unused;
    struct spec found;
    read_text(&found, "\xEF\xBB\xBF{\"class_name\": \"Sequential\", \"config\": [" KERAS2_LAYERS "]}");
    assert_true(spec_equal(&found, &keras2_spec));
    assert_not_read(write_text("\xEF\xBB\xBF", 3), "is not JSON");
    assert_not_read(write_text("\xEF\xBB", 2), "is not JSON");
}

static void test_bad_files(void **unused)
{
    (void)unused;
    assert_not_read(model_path("absent.json"),
                    "cannot open the file: No such file or directory; check the name");
    assert_not_read(model_path(""), "cannot read the file: Is a directory; name a config.json");
    assert_not_read(write_text("", 0), "is not JSON");
    assert_not_read(write_text("{\"class_name\": ", 15), "line 1 is not JSON");
    assert_not_read(write_text("[]", 2), "class is (absent)");
    assert_not_read(write_text("\"Sequential\"", 12), "is not JSON");
    assert_not_read(write_text("\"{\\\"class_name\\\": \\\"Sequential\\\"}\"", 34),
                    "is text inside a JSON string; write model.to_json() itself");
    assert_not_read(write_text("{\"class_name\": \"Sequential\", \"config\": []}", 42), "no layers");
    assert_not_read(golden_path(), "is not JSON");
    enum { LIMIT = 4 << 20 };
    char *large = malloc(LIMIT + 1);
    assert_non_null(large);
    memset(large, ' ', LIMIT + 1);
    assert_not_read(write_text(large, LIMIT), "is not JSON");
    assert_not_read(write_text(large, LIMIT + 1), "is larger than 4 MiB");
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest),
        cmocka_unit_test(test_keras_2),
        cmocka_unit_test(test_keras_2_input_layer),
        cmocka_unit_test(test_hard_sigmoid_is_its_version_s),
        cmocka_unit_test(test_hard_sigmoid_without_a_version),
        cmocka_unit_test(test_version_of_the_archive),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
