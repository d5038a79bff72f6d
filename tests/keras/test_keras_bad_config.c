/* Small edits of Keras' config.json: what changes the numbers is refused by name, all else is accepted. */
#include "edited_model.h"
#include "json_edit.h"
#include "tiny_model.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MODEL "config/"
#define LAYER "config/layers/"
#define ADAM "compile_config/optimizer/config/"

static const struct edit refused[] = {
    {"class_name", "\"Functional\"", "class is Functional; only Sequential"},
    {"class_name", NULL, "class is (absent)"},
    {"module", "\"my.models\"", "not a class of Keras' own"},
    {"config", NULL, "no list of layers"},
    {MODEL "layers", "{}", "no list of layers"},
    {MODEL "layers", "[]", "no layers"},
    {MODEL "name", "\"a/b\"", "its name is not a text"},
    {MODEL "name", "\"\"", "its name is not a text"},
    {MODEL "name", "3", "its name is not a text"},
    {MODEL "name", "\"a\\u0007b\"", "control character"},
    {MODEL "name", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "1 to 63 bytes"},
    {MODEL "trainable", "false", "setting trainable = false"},
    {MODEL "dtype", "\"float16\"", "setting dtype = \"float16\""},
    {LAYER "0", "7", "layer 0: is not an object"},
    {LAYER "1/config", "[]", "layer 1: is not an object"},
    {LAYER "1/class_name", "\"Masking\"",
     "layer embedding of class Masking: this class is not supported; this version "
     "knows Embedding, Dropout, SpatialDropout1D, Conv1D, MaxPooling1D, GlobalMaxPooling1D, "
     "GlobalAveragePooling1D, LSTM, Bidirectional(LSTM) and Dense"},
    {LAYER "2/class_name", "\"GRU\"", "layer lstm of class GRU: this class is not supported"},
    {LAYER "2/class_name", "\"G\\nU\\u001b\"", "layer lstm of class G?U?: this class is not supported"},
    {LAYER "2/config/name", "\"a\\nb\"", "layer a?b of class LSTM: its name contains a control character"},
    {"class_name", "\"Se\\nq\"", "class is Se?q; only Sequential"},
    {"compile_config/optimizer", "\"a\\nb\"", "optimizer a?b is not supported"},
    {"compile_config/loss", "\"a\\nb\"", "loss a?b is not supported"},
    {LAYER "2/class_name", "\"InputLayer\"", "must be the first"},
    {LAYER "2/module", "\"my.layers\"", "not a class of Keras' own"},
    {LAYER "2/registered_name", "\"mine>LSTM\"", "registered custom class"},
    {LAYER "0/config/batch_shape", "[null, null]", "no fixed length"},
    {LAYER "0/config/batch_shape", "[null, 13, 8]", "not a matrix"},
    {LAYER "0/config/batch_shape", "[null, 0]", "the input's length is not a whole number"},
    {LAYER "0/config/batch_shape", "[null, 13.0]", "the input's length is not a whole number"},
    {LAYER "0/config/batch_shape", "[null, 4294967309]", "the input's length is not a whole number"},
    {LAYER "0/config/batch_shape", "13", "not a matrix"},
    {LAYER "0/config/sparse", "true", "setting sparse = true"},
    {LAYER "0/config/ragged", "true", "setting ragged = true"},
    {LAYER "1/config/mask_zero", "1", "layer embedding of class Embedding: setting mask_zero = 1"},
    {LAYER "1/config/trainable", "false", "setting trainable = false"},
    {LAYER "1/config/input_dim", NULL, "input_dim is not a whole number"},
    {LAYER "1/config/input_dim", "-50", "input_dim is not a whole number"},
    {LAYER "1/config/input_dim", "2000000000", "more weights than model.weights.h5 has room for"},
    {LAYER "1/config/output_dim", "\"8\"", "output_dim is not a whole number"},
    {LAYER "1/config/embeddings_regularizer", "{\"class_name\": \"L2\"}", "setting embeddings_regularizer"},
    {LAYER "1/config/embeddings_constraint", "\"non_neg\"", "setting embeddings_constraint"},
    {LAYER "1/config/lora_rank", "4", "setting lora_rank = 4"},
    {LAYER "1/config/quantization_config", "{\"a\": 1}", "setting quantization_config"},
    {LAYER "2/config/units", "0", "units is not a whole number"},
    {LAYER "2/config/units", "2147483647", "more weights than model.weights.h5 has room for"},
    {LAYER "2/config/units", "2147483648", "units is not a whole number"},
    {LAYER "2/config/name", "\"a/b\"", "of class LSTM: its name"},
    {LAYER "2/config/activation", "\"relu\"",
     "setting activation = \"relu\" is not supported; this version needs tanh"},
    {LAYER "2/config/activation", "null", "setting activation = null"},
    {LAYER "2/config/recurrent_activation", "\"relu\"",
     "setting recurrent_activation = \"relu\" is not supported; this version needs sigmoid, hard_sigmoid or "
     "hard_sigmoid_keras1"},
    {LAYER "2/config/recurrent_activation", "null", "setting recurrent_activation = null"},
    {LAYER "2/config/recurrent_activation", "[\"sigmoid\"]", "setting recurrent_activation = [\"sigmoid\"]"},
    {LAYER "2/config/use_bias", "false", "setting use_bias = false"},
    {LAYER "2/config/return_sequences", "1",
     "setting return_sequences = 1 is not supported; this version needs true"},
    {LAYER "2/config/return_state", "true", "setting return_state = true"},
    {LAYER "2/config/go_backwards", "\"yes\"", "layer lstm of class LSTM: setting go_backwards = \"yes\""},
    {LAYER "2/config/stateful", "true", "setting stateful = true"},
    {LAYER "2/config/time_major", "true", "setting time_major = true"},
    {LAYER "2/config/dropout", "1.0",
     "setting dropout = 1.0 is not supported; this version needs a rate from 0 to less than 1"},
    {LAYER "2/config/dropout", "-0.1", "setting dropout = -0.1"},
    {LAYER "2/config/dropout", "null", "setting dropout = null"},
    {LAYER "2/config/recurrent_dropout", "1", "setting recurrent_dropout = 1 is"},
    {LAYER "2/config/recurrent_dropout", "\"0\"", "setting recurrent_dropout = \"0\""},
    {LAYER "2/config/kernel_regularizer", "\"l2\"", "setting kernel_regularizer"},
    {LAYER "2/config/bias_constraint", "\"non_neg\"", "setting bias_constraint"},
    {LAYER "2/config/dtype", "{\"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"mixed_float16\"}}",
     "setting dtype"},
    {LAYER "2/config/dtype", "\"float64\"", "setting dtype = \"float64\""},
    {LAYER "2/config/name", "\"dense\"", "layer dense: another layer has that name; rename one"},
    {LAYER "1/config/name", "\"input_layer\"",
     "layer input_layer: the InputLayer has that name; rename the layer"},
    {LAYER "2/config/name", "\"embedding\"", "layer embedding: another layer has that name; rename one"},
    {LAYER "2/config/name", "\"a\\u0080b\"",
     "layer a?b of class LSTM: its name contains a control character"},
    {LAYER "2/config/name", "\"a\\u009fb\"",
     "layer a?b of class LSTM: its name contains a control character"},
    {LAYER "2/config/name", "\"a\\u202eb\"",
     "layer a?b of class LSTM: its name contains a control character"},
    {LAYER "2/config/name", "\"a\\u2066b\"",
     "layer a?b of class LSTM: its name contains a control character"},
    {LAYER "2/config/output_dim", "6",
     "layer lstm of class LSTM: is an LSTM of Keras 1; use a preset with --recurrent-activation "
     "hard_sigmoid_keras1 --initializers keras1"},
    {LAYER "2/config/inner_activation", "\"hard_sigmoid\"", "is an LSTM of Keras 1; use a preset"},
    {LAYER "2/class_name", "\"Dense\"",
     "layer lstm of class Dense: one Dense is supported, the last one, with units 1 and sigmoid; leave this "
     "one out"},
    {LAYER "3/config/units", "2", "layer dense of class Dense: setting units = 2"},
    {LAYER "3/config/activation", "\"softmax\"", "setting activation = \"softmax\""},
    {LAYER "3/config/activation", NULL, "setting activation = (absent)"},
    {LAYER "3/config/use_bias", "false", "setting use_bias = false"},
    {"compile_config/optimizer", "\"sgd\"", "optimizer sgd is not supported"},
    {"compile_config/optimizer", "[]", "optimizer (unnamed) is not supported"},
    {"compile_config/optimizer/class_name", "\"AdamW\"", "optimizer AdamW is not supported"},
    {"compile_config/optimizer/module", "\"mine\"", "not a class of Keras' own"},
    {ADAM "learning_rate", "{\"class_name\": \"ExponentialDecay\"}",
     "learning_rate: the schedule ExponentialDecay is not supported; compile"},
    {ADAM "learning_rate", "[]", "learning_rate is not a number from 1.18e-38 to 3.4e+38; compile"},
    {ADAM "learning_rate", "0", "learning_rate is not a number from 1.18e-38"},
    {ADAM "learning_rate", "1e300", "learning_rate is not a number from 1.18e-38"},
    {ADAM "learning_rate", "1.17e-38", "learning_rate is not a number from 1.18e-38"},
    {ADAM "epsilon", "1e-40", "epsilon is not a number from 1.18e-38"},
    {ADAM "beta_1", "1", "beta_1 is not a number from 0 to less than 1"},
    {ADAM "beta_2", "-0.5", "beta_2 is not a number from 0 to less than 1"},
    {ADAM "epsilon", "\"1e-7\"", "epsilon is not a number from 1.18e-38"},
    {ADAM "amsgrad", "true", "optimizer Adam: setting amsgrad = true"},
    {ADAM "weight_decay", "0.004", "setting weight_decay = 0.004"},
    {ADAM "clipnorm", "1.0", "setting clipnorm = 1.0"},
    {ADAM "global_clipnorm", "1.0", "setting global_clipnorm = 1.0"},
    {ADAM "clipvalue", "0.5", "setting clipvalue = 0.5"},
    {ADAM "use_ema", "1", "setting use_ema = 1"},
    {ADAM "loss_scale_factor", "2", "setting loss_scale_factor = 2"},
    {ADAM "gradient_accumulation_steps", "4", "setting gradient_accumulation_steps = 4"},
    {"compile_config/loss", "\"mse\"", "loss mse is not supported"},
    {"compile_config/loss", "[\"binary_crossentropy\"]", "loss (unnamed) is not supported"},
    {"compile_config/loss", "{\"class_name\": \"Hinge\", \"config\": {}}", "loss Hinge is not supported"},
    {"compile_config/loss", "{\"class_name\": \"BinaryCrossentropy\", \"config\": {\"from_logits\": true}}",
     "loss BinaryCrossentropy: setting from_logits = true"},
    {"compile_config/loss",
     "{\"class_name\": \"BinaryCrossentropy\", \"config\": {\"label_smoothing\": 0.1}}",
     "setting label_smoothing = 0.1"},
    {"compile_config/loss", "{\"class_name\": \"BinaryCrossentropy\", \"config\": {\"reduction\": \"sum\"}}",
     "setting reduction = \"sum\""},
    {"compile_config/loss_weights", "[2.0]", "setting loss_weights = [2.0]"},
};

static const struct edit accepted[] = {
    {"compile_config/optimizer", "\"adam\"", NULL},
    {"compile_config/optimizer", "\"Adam\"", NULL},
    {"compile_config/loss",
     "{\"module\": \"keras.losses\", \"class_name\": \"BinaryCrossentropy\", \"config\": "
     "{\"name\": \"binary_crossentropy\", \"from_logits\": false, \"label_smoothing\": 0.0, "
     "\"reduction\": \"sum_over_batch_size\", \"axis\": -1}, \"registered_name\": null}",
     NULL},
    {"compile_config/loss",
     "{\"class_name\": \"function\", \"module\": \"builtins\", \"config\": \"binary_crossentropy\"}", NULL},
    {"compile_config/metrics", "[[{\"class_name\": \"MeanMetricWrapper\"}]]", NULL},
    {"compile_config/auto_scale_loss", "true", NULL},
    {"build_config", NULL, NULL},
    {MODEL "build_input_shape", NULL, NULL},
    {MODEL "dtype", "\"float32\"", NULL},
    {MODEL "dtype", NULL, NULL},
    {"shared_object_id", "7", NULL},
    {LAYER "0/config/batch_shape", NULL, NULL}, /* the model's build_input_shape says it too */
    {LAYER "0/config/dtype", "\"int32\"", NULL},
    {LAYER "0/config/something_new", "{}", NULL},
    {LAYER "1/config/embeddings_initializer", "\"uniform\"", NULL},
    {LAYER "1/config/input_length", "13", NULL},
    {LAYER "1/registered_name", NULL, NULL},
    {LAYER "1/registered_name", "\"Embedding\"", NULL},
    {LAYER "1/module", "\"keras.src.layers.core.embedding\"", NULL},
    {LAYER "1/config/name", NULL, NULL},
    {LAYER "2/config/name", NULL, NULL},
    {LAYER "2/config/dtype", "\"float32\"", NULL},
    {LAYER "2/config/dtype", "null", NULL},
    {LAYER "2/config/activation", NULL, NULL},
    {LAYER "2/config/recurrent_activation", NULL, NULL},
    {LAYER "2/config/recurrent_activation",
     "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"sigmoid\"}", NULL},
    {LAYER "2/config/dropout", "0", NULL},
    {LAYER "2/config/time_major", "false", NULL},
    {LAYER "2/config/implementation", "2", NULL},
    {LAYER "2/config/unroll", "true", NULL},
    {LAYER "2/config/seed", "7", NULL},
    {LAYER "2/config/kernel_initializer", "\"ones\"", NULL},
    {LAYER "2/build_config", NULL, NULL},
    {LAYER "3/config/name", NULL, NULL},
};

static const char *edited(const struct edit *edit)
{
    size_t bytes;
    char *text = golden_member("config.json", &bytes);
    json_t *root = json_loadb(text, bytes, 0, NULL);
    free(text);
    assert_non_null(root);
    json_edit(root, edit->place, edit->value);
    text = json_dumps(root, 0);
    assert_non_null(text);
    const char *path = golden_with("config.json", text, strlen(text));
    free(text);
    json_decref(root);
    return path;
}

static void test_refused(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        print_message("%s = %s\n", refused[i].place, refused[i].value ? refused[i].value : "(removed)");
        assert_refused(edited(&refused[i]), refused[i].message);
    }
}

/* Apart from the optimizer's constants when it is given by name, nothing changes. */
static void test_accepted(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        print_message("%s = %s\n", accepted[i].place, accepted[i].value ? accepted[i].value : "(removed)");
        const char *path = edited(&accepted[i]);
        if (strcmp(accepted[i].place, "compile_config/optimizer") != 0) {
            assert_same_as_golden(path);
            continue;
        }
        struct keras_file *file;
        struct spec spec;
        struct error error = {""};
        if (!keras_file_open(&file, path, &error) || !keras_file_spec(file, &spec, &error))
            fail_msg("%s", error.message);
        assert_true(spec.adam.learning_rate == 0.001 && spec.adam.beta_1 == 0.9 &&
                    spec.adam.beta_2 == 0.999 && spec.adam.epsilon == 1e-7);
        keras_file_close(file);
    }
}

/* Names may be absent: Keras then numbers the layers of a class, and so do we. */
static void test_default_names(void **unused)
{
    (void)unused;
    static const char text[] =
        "{\"class_name\":\"Sequential\",\"config\":{\"layers\":["
        "{\"class_name\":\"Embedding\",\"config\":{\"batch_input_shape\":[null,13],\"input_dim\":5,\"output_"
        "dim\":2}},"
        "{\"class_name\":\"LSTM\",\"config\":{\"units\":3}},{\"class_name\":\"LSTM\",\"config\":{\"units\":4}"
        "},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":1,\"activation\":\"sigmoid\"}}]}}";
    struct keras_file *file;
    struct spec spec;
    struct error error = {""};
    if (!keras_file_open(&file, golden_with("config.json", text, sizeof text - 1), &error) ||
        !keras_file_spec(file, &spec, &error))
        fail_msg("%s", error.message);
    keras_file_close(file);
    assert_string_equal(spec.name, "sequential");
    assert_int_equal(spec.maxlen, 13);
    assert_int_equal(spec.layer_count, 4);
    assert_string_equal(spec.layers[0].name, "embedding");
    assert_string_equal(spec.layers[1].name, "lstm");
    assert_string_equal(spec.layers[2].name, "lstm_1");
    assert_string_equal(spec.layers[3].name, "dense");
    assert_int_equal(spec.layers[2].units, 4);
}

/* The default name of a layer is another's own. */
static void test_default_name_that_is_taken(void **unused)
{
    (void)unused;
    size_t bytes;
    char *text = golden_member("config.json", &bytes);
    json_t *root = json_loadb(text, bytes, 0, NULL);
    free(text);
    json_edit(root, LAYER "1/config/name", "\"lstm\"");
    json_edit(root, LAYER "2/config/name", NULL);
    text = json_dumps(root, 0);
    assert_refused(golden_with("config.json", text, strlen(text)),
                   "layer lstm: another layer has that name; rename one");
    free(text);
    json_decref(root);
}

/* Signs beside the controls and the overrides of the direction. */
static void test_names_of_other_scripts(void **unused)
{
    (void)unused;
    static const char *const names[] = {"\"\\u00a0\\u00e9\"", "\"\\u2029\\u202f\"", "\"\\u2065\\u206a\"",
                                        "\"\\u540d\""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct keras_file *file;
        struct spec spec;
        struct error error = {""};
        const struct edit edit = {LAYER "2/config/name", names[i], NULL};
        if (!keras_file_open(&file, edited(&edit), &error) || !keras_file_spec(file, &spec, &error))
            fail_msg("%s: %s", names[i], error.message);
        keras_file_close(file);
    }
}

#define ADAM_SPEC(rate, first, second, small)                                                                \
    {                                                                                                        \
        .learning_rate = rate, .beta_1 = first, .beta_2 = second, .epsilon = small                           \
    }

static const struct {
    struct edit edit;
    struct adam_spec expected;
} rates[] = {
    {{ADAM "learning_rate", "1.1755e-38", NULL}, ADAM_SPEC(1.1755e-38, 0.9, 0.999, 1e-7)},
    {{ADAM "epsilon", "1.1755e-38", NULL}, ADAM_SPEC((double)0.001f, 0.9, 0.999, 1.1755e-38)},
    {{ADAM "epsilon", "2", NULL}, ADAM_SPEC((double)0.001f, 0.9, 0.999, 2)},
    {{ADAM "beta_1", "0", NULL}, ADAM_SPEC((double)0.001f, 0, 0.999, 1e-7)},
    {{ADAM "beta_2", "0.9999999999999999", NULL}, ADAM_SPEC((double)0.001f, 0.9, 0.9999999999999999, 1e-7)},
};

static void test_ends_of_the_ranges(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct keras_file *file;
        struct spec spec;
        struct error error = {""};
        if (!keras_file_open(&file, edited(&rates[i].edit), &error) || !keras_file_spec(file, &spec, &error))
            fail_msg("%s", error.message);
        keras_file_close(file);
        assert_memory_equal(&spec.adam, &rates[i].expected, sizeof spec.adam);
    }
}

static void test_too_many_layers(void **unused)
{
    (void)unused;
    size_t bytes;
    char *text = golden_member("config.json", &bytes);
    json_t *root = json_loadb(text, bytes, 0, NULL);
    free(text);
    json_t *layers = json_object_get(json_object_get(root, "config"), "layers");
    for (int i = 0; i < SPEC_MAX_LAYERS; i++)
        assert_int_equal(json_array_insert(layers, 2, json_array_get(layers, 2)), 0);
    text = json_dumps(root, 0);
    assert_refused(golden_with("config.json", text, strlen(text)),
                   "one layer too many; build the model with at most 16");
    free(text);
    json_decref(root);
}

static void test_deep_nesting(void **unused)
{
    (void)unused;
    enum { DEPTH = 200000 };
    char *text = malloc(DEPTH);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    assert_refused(golden_with("config.json", text, DEPTH), "config.json: ");
    free(text);
}

/* A small archive can hold a large text. */
static void test_large_text(void **unused)
{
    (void)unused;
    enum { BYTES = (4 << 20) + 1 };
    char *text = malloc(BYTES);
    assert_non_null(text);
    memset(text, ' ', BYTES);
    assert_refused(golden_with("config.json", text, BYTES), "config.json: is larger than 4 MiB");
    memcpy(text, "{\"keras_version\": \"2.0.0\"}", 26);
    assert_same_as_golden(golden_with("metadata.json", text, BYTES));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_default_name_that_is_taken),
        cmocka_unit_test(test_names_of_other_scripts),
        cmocka_unit_test(test_default_names),
        cmocka_unit_test(test_too_many_layers),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_ends_of_the_ranges),
        cmocka_unit_test(test_large_text),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
