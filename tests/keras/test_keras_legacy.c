/* Whole-model and weights files in HDF5 of Keras 1, Keras 2, TF-Keras and Keras 3: every number comes to its place. */
#include "edited_model.h"
#include "legacy_file.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Keras 1.2.2's words. */
#define KERAS1_EMBEDDING(LENGTH)                                                                             \
    "{\"class_name\": \"Embedding\", \"config\": {\"name\": \"embedding\", \"trainable\": true, "            \
    "\"batch_input_shape\": [null, " LENGTH                                                                  \
    "], \"input_dtype\": \"int32\", \"input_dim\": 50, \"output_dim\": 8, "                                  \
    "\"init\": \"uniform\", \"input_length\": 13, \"mask_zero\": false, \"activity_regularizer\": null, "    \
    "\"W_regularizer\": null, \"W_constraint\": null, \"dropout\": 0.25}}, "
#define KERAS1_LSTM(MODE)                                                                                    \
    "{\"class_name\": \"LSTM\", \"config\": {\"name\": \"lstm\", \"trainable\": true, "                      \
    "\"return_sequences\": false, \"go_backwards\": false, \"stateful\": false, \"unroll\": false, "         \
    "\"consume_less\": \"" MODE                                                                              \
    "\", \"input_dim\": 8, \"input_length\": null, \"output_dim\": 6, \"init\": "                            \
    "\"glorot_uniform\", \"inner_init\": \"orthogonal\", \"forget_bias_init\": \"one\", \"activation\": "    \
    "\"tanh\", \"inner_activation\": \"hard_sigmoid\", \"W_regularizer\": null, \"U_regularizer\": null, "   \
    "\"b_regularizer\": null, \"dropout_W\": 0.2, \"dropout_U\": 0.3}}"
#define KERAS1_CONV                                                                                          \
    "{\"class_name\": \"Convolution1D\", \"config\": {\"name\": \"conv1d\", \"trainable\": true, "           \
    "\"nb_filter\": 7, \"filter_length\": 3, \"border_mode\": \"same\", \"subsample_length\": 1, "           \
    "\"activation\": \"relu\", \"bias\": true, \"W_regularizer\": null, \"b_regularizer\": null, "           \
    "\"activity_regularizer\": null, \"W_constraint\": null, \"b_constraint\": null, \"input_dim\": 8, "     \
    "\"input_length\": null, \"init\": \"glorot_uniform\"}}, "                                               \
    "{\"class_name\": \"MaxPooling1D\", \"config\": {\"name\": \"max_pooling1d\", \"trainable\": true, "     \
    "\"pool_length\": 2, \"stride\": 2, \"border_mode\": \"valid\"}}, "
#define KERAS1_DENSE                                                                                         \
    ", {\"class_name\": \"Dropout\", \"config\": {\"name\": \"dropout\", \"trainable\": true, \"p\": "       \
    "0.5}}, "                                                                                                \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense\", \"trainable\": true, \"output_dim\": 1, " \
    "\"init\": \"glorot_uniform\", \"activation\": \"sigmoid\", \"W_regularizer\": null, "                   \
    "\"b_regularizer\": null, \"activity_regularizer\": null, \"W_constraint\": null, "                      \
    "\"b_constraint\": null, \"bias\": true, \"input_dim\": null}}]}"
#define SEQUENTIAL "{\"class_name\": \"Sequential\", \"config\": ["

static const char keras1_lstm[] = SEQUENTIAL KERAS1_EMBEDDING("13") KERAS1_LSTM("cpu") KERAS1_DENSE,
                  keras1_conv[] =
                      SEQUENTIAL KERAS1_EMBEDDING("13") KERAS1_CONV KERAS1_LSTM("cpu") KERAS1_DENSE,
                  keras1_gpu[] = SEQUENTIAL KERAS1_EMBEDDING("null") KERAS1_LSTM("gpu") KERAS1_DENSE,
                  keras1_pair[] = SEQUENTIAL KERAS1_EMBEDDING(
                      "13") "{\"class_name\": \"Bidirectional\", \"config\": {\"name\": \"bidirectional\", "
                            "\"trainable\": true, "
                            "\"merge_mode\": \"concat\", \"layer\": " KERAS1_LSTM("cpu") "}}" KERAS1_DENSE;

#define TRAINING(CLASS, KEYS, LOSS)                                                                          \
    "{\"optimizer_config\": {\"class_name\": \"" CLASS "\", \"config\": {\"beta_1\": 0.9, \"beta_2\": "      \
    "0.999, " KEYS "}}, \"loss\": " LOSS ", \"metrics\": [[{\"class_name\": "                                \
    "\"MeanMetricWrapper\", \"config\": {}}]], \"sample_weight_mode\": null, \"loss_weights\": null}"

static const char training_old[] =
    TRAINING("Adam", "\"lr\": 0.0625, \"decay\": 0.0, \"epsilon\": 1e-08", "\"binary_crossentropy\""),
                  training_new[] = TRAINING(
                      "Custom>Adam", "\"learning_rate\": 0.0625, \"epsilon\": 1e-08, \"amsgrad\": false",
                      "{\"class_name\": \"BinaryCrossentropy\", \"config\": {\"reduction\": \"auto\", "
                      "\"from_logits\": false, \"label_smoothing\": 0.0}}");

enum { PLAIN = 1, PAIR = 4, CONV = 5 };

/* A golden network; Keras 1's has the rates of the texts above. */
static void open_model(struct tiny_model *model, int number, bool keras1)
{
    struct spec spec;
    golden_spec(&spec, number, &golden_small);
    if (keras1) {
        struct layer_spec dense = spec.layers[spec.layer_count - 1];
        struct layer_spec *lstm = &spec.layers[spec.layer_count - 2];
        lstm->dropout = 0.2;
        lstm->recurrent_dropout = 0.3;
        lstm->hard_sigmoid_slope = 0.2;
        spec.layers[0].dropout = 0.25;
        spec.layers[spec.layer_count - 1] =
            (struct layer_spec){.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.5};
        spec.layers[spec.layer_count++] = dense;
    }
    tiny_model_open_spec(model, &spec);
    tiny_model_fill(model);
    model->spec.adam =
        (struct adam_spec){.learning_rate = 0.0625, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-8};
    model->state.iterations = 4711;
}

/* What is read back must be what was written; without moments these must be zero. */
static void check_read(const char *path, const struct tiny_model *written, const struct spec *architecture,
                       const char *backend, bool moments)
{
    struct tiny_model found;
    struct keras_file *file;
    struct error error = {""};
    bool has_slots = !moments;
    tiny_model_open_spec(&found, &written->spec);
    if (!keras_file_open(&file, path, &error))
        fail_msg("%s", error.message);
    if (backend)
        keras_file_assume_backend(file, backend);
    memset(&found.spec, 0xff, sizeof found.spec);
    if (architecture)
        found.spec = *architecture;
    else if (!keras_file_spec(file, &found.spec, &error))
        fail_msg("%s", error.message);
    if (!keras_file_state(file, &found.spec, &found.table, &found.state, &has_slots,
                          &found.spec.adam.learning_rate, &error))
        fail_msg("%s", error.message);
    keras_file_close(file);
    assert_int_equal(has_slots, moments);
    if (!moments) {
        size_t bytes = written->table.total_count * sizeof(float);
        assert_int_equal(found.state.iterations, 0);
        for (size_t i = 0; i < written->table.total_count; i++)
            assert_true(found.state.m[i] == 0 && found.state.v[i] == 0);
        memcpy(found.state.m, written->state.m, bytes);
        memcpy(found.state.v, written->state.v, bytes);
        found.state.iterations = written->state.iterations;
    }
    assert_true(spec_equal(&found.spec, &written->spec));
    if (!tiny_model_equal(&found, written))
        fail_msg("%s comes back changed", path);
    tiny_model_close(&found);
}

static void check_style(int number, bool keras1, const struct legacy_style *style, const char *backend)
{
    struct tiny_model model;
    const char *path = model_path("legacy.h5");
    open_model(&model, number, keras1);
    legacy_file_write(path, &model, style);
    check_read(path, &model, NULL, backend, style->moments != MOMENTS_NONE);
    tiny_model_close(&model);
}

static void test_keras_1(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "1.2.2",
                                 .config = keras1_lstm,
                                 .training = training_old,
                                 .gates = true,
                                 .moments = MOMENTS_BY_NAME};
    check_style(PLAIN, true, &style, NULL);
    style.fixed_texts = true;
    style.config = keras1_pair;
    check_style(PAIR, true, &style, NULL);
}

/* One matrix for all gates, and one mask; here the length is the Embedding's input_length. */
static void test_keras_1_gpu(void **unused)
{
    (void)unused;
    struct legacy_style style = {
        .version = "1.0.8", .config = keras1_gpu, .training = training_old, .moments = MOMENTS_BY_NAME};
    struct tiny_model model;
    const char *path = model_path("legacy.h5");
    open_model(&model, PLAIN, true);
    model.spec.layers[1].gate_masks = GATE_MASKS_SHARED;
    legacy_file_write(path, &model, &style);
    check_read(path, &model, NULL, NULL, true);
    tiny_model_close(&model);
}

static void test_keras_1_convolution(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "1.2.2",
                                 .config = keras1_conv,
                                 .training = training_old,
                                 .gates = true,
                                 .kernel = KERNEL_STEPS_FIRST,
                                 .moments = MOMENTS_BY_NAME};
    check_style(CONV, true, &style, "tensorflow");
    style.reversed_kernels = true;
    check_style(CONV, true, &style, "theano");
    style.kernel = KERNEL_FILTERS_FIRST;
    check_style(CONV, true, &style, "theano");
}

static void test_keras_2(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "2.2.4",
                                 .backend = "theano",
                                 .training = training_old,
                                 .fixed_texts = true,
                                 .reversed_kernels = true,
                                 .moments = MOMENTS_AMSGRAD};
    check_style(PLAIN, false, &style, NULL);
    check_style(CONV, false, &style, NULL);
    style.split_names = true;
    check_style(PAIR, false, &style, NULL);
}

static void test_tf_keras(void **unused)
{
    (void)unused;
    struct legacy_style style = {
        .version = "2.10.0", .backend = "tensorflow", .training = training_old, .moments = MOMENTS_IN_BLOCKS};
    check_style(PLAIN, false, &style, NULL);
    style.version = "2.15.0";
    style.moments = MOMENTS_BY_TURNS;
    style.training = training_new;
    check_style(PLAIN, false, &style, NULL);
    check_style(PAIR, false, &style, NULL);
    check_style(CONV, false, &style, NULL);
    style.moments = MOMENTS_NONE;
    check_style(CONV, false, &style, NULL);
}

static void test_keras_3(void **unused)
{
    (void)unused;
    struct legacy_style style = {
        .version = "3.15.1", .backend = "jax", .training = training_new, .moments = MOMENTS_KERAS3};
    check_style(PLAIN, false, &style, NULL);
    check_style(CONV, false, &style, NULL);
}

/* The name hard_sigmoid is that of the version. */
static void test_hard_sigmoid(void **unused)
{
    (void)unused;
    static const struct {
        const char *version;
        double slope;
    } cases[] = {{"2.15.0", 0.2}, {"3.15.1", 1.0 / 6}};
    for (int i = 0; i < 2; i++) {
        struct legacy_style style = {
            .version = cases[i].version, .backend = "tensorflow", .training = training_new};
        struct tiny_model model;
        const char *path = model_path("legacy.h5");
        open_model(&model, PLAIN, false);
        model.spec.layers[1].hard_sigmoid_slope = 1.0 / 6; /* is written under Keras' name */
        legacy_file_write(path, &model, &style);
        model.spec.layers[1].hard_sigmoid_slope = cases[i].slope;
        check_read(path, &model, NULL, NULL, false);
        tiny_model_close(&model);
    }
}

static void test_weights_alone(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "2.15.0", .backend = "tensorflow", .config = ""};
    struct tiny_model model;
    const char *path = model_path("weights.hdf5");
    open_model(&model, CONV, false);
    legacy_file_write(path, &model, &style);
    check_read(path, &model, &model.spec, NULL, false);
    assert_refused(path, "holds weights and no architecture; name that, too: matinee convert ");
    struct keras_file *file;
    struct error error = {""};
    assert_true(keras_file_open(&file, path, &error));
    assert_int_equal(keras_file_describe(file).form, KERAS_FORM_OLD_WEIGHTS);
    assert_string_equal(keras_file_describe(file).version, "2.15.0");
    assert_null(keras_file_member_name(file, 0));
    keras_file_close(file);
    tiny_model_close(&model);
}

/* TF-Keras up to 2.11 wrote HDF5 under this name. */
static void test_hdf5_named_keras(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "2.6.0", .backend = "tensorflow", .training = training_old};
    struct tiny_model model;
    const char *path = model_path("legacy.keras");
    open_model(&model, PLAIN, false);
    legacy_file_write(path, &model, &style);
    check_read(path, &model, NULL, NULL, false);
    tiny_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keras_1),
        cmocka_unit_test(test_keras_1_gpu),
        cmocka_unit_test(test_keras_1_convolution),
        cmocka_unit_test(test_keras_2),
        cmocka_unit_test(test_tf_keras),
        cmocka_unit_test(test_keras_3),
        cmocka_unit_test(test_hard_sigmoid),
        cmocka_unit_test(test_weights_alone),
        cmocka_unit_test(test_hdf5_named_keras),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
