/* Small edits of the layers in a config.json, one setting each: what would change the numbers is refused by layer and
 * name, as is what has the wrong type; what changes nothing is accepted. */
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

#define LAYER "config/layers/"
#define DROPOUT LAYER "2/config/"
#define CONV LAYER "2/config/"
#define POOL LAYER "3/config/"
#define PAIR LAYER "2/config/"
#define FORWARD PAIR "layer/config/"
#define BACKWARD PAIR "backward_layer/config/"

/* Embedding, Dropout, LSTM, Dropout, Dense */
static const struct edit edits_of_m2[] = {
    {DROPOUT "rate", "1",
     "layer dropout of class Dropout: setting rate = 1 is not supported; this version needs a rate"},
    {DROPOUT "rate", "-0.1", "setting rate = -0.1"},
    {DROPOUT "rate", "\"0.2\"", "setting rate = \"0.2\""},
    {DROPOUT "rate", "[0.2]", "setting rate = [0.2]"},
    {DROPOUT "rate", "null", "setting rate = null"},
    {DROPOUT "rate", NULL, "setting rate = (absent)"},
    {DROPOUT "noise_shape", "[null, 1, 32]", "setting noise_shape = [null,1,32]"},
    {DROPOUT "noise_shape", "[null, null, 2]", "setting noise_shape = [null,null,2]"},
    {DROPOUT "noise_shape", "[null, 13, 1]", "setting noise_shape = [null,13,1]"},
    {DROPOUT "noise_shape", "[64, null, 1]", "setting noise_shape = [64,null,1]"},
    {DROPOUT "noise_shape", "[null, null, 1, 1]", "setting noise_shape = [null,null,1,1]"},
    {DROPOUT "noise_shape", "1", "setting noise_shape = 1"},
    {DROPOUT "dtype", "\"float16\"", "setting dtype = \"float16\""},
    {LAYER "2/matinee", "{\"dropout\": 0.2}", "setting matinee = {\"dropout\":0.2}"},
    {LAYER "2/class_name", "\"SpatialDropout2D\"",
     "layer dropout of class SpatialDropout2D: this class is not supported"},
    {LAYER "1/config/dropout", "0.2",
     "layer embedding of class Embedding: dropout of an Embedding is of Keras 1; use the preset "
     "lstm-embedding-dropout"},
    {LAYER "1/matinee", "{\"dropout\": 1.5}", "matinee: setting dropout = 1.5"},
    {LAYER "1/matinee", "{\"dropout\": \"a\"}", "matinee: setting dropout = \"a\""},
    {LAYER "1/matinee", "{\"dropout\": 0.2, \"more\": 1}", "setting matinee = {\"dropout\":0.2,\"more\":1}"},
    {LAYER "1/matinee", "[]", "setting matinee = []"},
    {LAYER "1/matinee", "null", "setting matinee = null"},
    {LAYER "3/matinee", "{\"gate_masks\": \"none\"}",
     "layer lstm of class LSTM: matinee: setting gate_masks = \"none\" is not supported; this version needs "
     "per-gate or shared"},
    {LAYER "3/matinee", "{\"gate_masks\": 1}", "matinee: setting gate_masks = 1"},
    {LAYER "5/matinee", "{\"gate_masks\": \"shared\"}", "layer dense of class Dense: setting matinee"},
    {DROPOUT "trainable", "false", NULL},
    {DROPOUT "seed", "5", NULL},
    {DROPOUT "name", "null", NULL},
    {LAYER "2/build_config", "{\"input_shape\": [null, 500, 32]}", NULL},
    {LAYER "2/beside", "{}", NULL},
    {LAYER "3/matinee", "{\"gate_masks\": \"per-gate\"}", NULL},
};

/* Embedding, Bidirectional, Dense */
static const struct edit edits_of_m4[] = {
    {PAIR "merge_mode", "\"sum\"",
     "layer bidirectional of class Bidirectional: setting merge_mode = \"sum\" is not supported; this "
     "version needs concat"},
    {PAIR "merge_mode", "null", "setting merge_mode = null"},
    {PAIR "trainable", "false", "setting trainable = false"},
    {PAIR "layer", "null", "class Bidirectional: its layer: is not an object"},
    {PAIR "layer", NULL, "its layer: is not an object"},
    {PAIR "layer", "[1]", "its layer: is not an object"},
    {PAIR "layer/class_name", "\"GRU\"", "its layer: class GRU is not supported; this version needs LSTM"},
    {PAIR "layer/class_name", "\"Bidirectional\"", "its layer: class Bidirectional is not supported"},
    {PAIR "layer/class_name", "\"a\\nb\"", "its layer: class a?b is not supported"},
    {PAIR "layer/class_name", "7", "its layer: is not an object with class_name"},
    {PAIR "layer/config", "\"x\"", "its layer: is not an object with class_name"},
    {PAIR "layer/module", "\"my.layers\"", "its layer: is not a class of Keras' own"},
    {FORWARD "units", "\"100\"", "its layer: units is not a whole number"},
    {FORWARD "name", "\"a/b\"", "its layer: its name"},
    {FORWARD "name", "\"forward_\"", "its layer: its name"},
    {FORWARD "go_backwards", "true",
     "its layer: setting go_backwards = true is not supported; this version needs it off"},
    {FORWARD "activation", "\"relu\"", "its layer: setting activation = \"relu\""},
    {FORWARD "return_state", "true", "its layer: setting return_state = true"},
    {FORWARD "stateful", "true", "its layer: setting stateful = true"},
    {FORWARD "use_bias", "false", "its layer: setting use_bias = false"},
    {FORWARD "dropout", "1", "its layer: setting dropout = 1 "},
    {FORWARD "units", "99",
     "its backward_layer: setting units = 100 is not supported; this version needs that of the forward "
     "layer"},
    {BACKWARD "dropout", "0.3", "its backward_layer: setting dropout = 0.3"},
    {BACKWARD "recurrent_dropout", NULL, "its backward_layer: setting recurrent_dropout = (absent)"},
    {BACKWARD "recurrent_activation", "\"hard_sigmoid\"", "its backward_layer: setting recurrent_activation"},
    {BACKWARD "return_sequences", "true", "its backward_layer: setting return_sequences = true"},
    {BACKWARD "go_backwards", "false",
     "its backward_layer: setting go_backwards = false is not supported; this version needs true"},
    {BACKWARD "activation", "\"linear\"", "its backward_layer: setting activation"},
    {PAIR "backward_layer/class_name", "\"GRU\"", "its backward_layer: class GRU"},
    {PAIR "backward_layer", "false", "its backward_layer: is not an object"},
    {LAYER "2/matinee", "{\"dropout\": 0.2}", "setting matinee"},
    {PAIR "backward_layer", NULL, NULL},
    {PAIR "backward_layer", "null", NULL},
    {PAIR "merge_mode", NULL, NULL},
    {FORWARD "name", "\"lstm\"", NULL},
    {FORWARD "name", NULL, NULL},
    {FORWARD "unroll", "true", NULL},
    {BACKWARD "name", "\"other\"", NULL},
};

/* Embedding, Conv1D, MaxPooling1D, LSTM, Dense */
static const struct edit edits_of_m5[] = {
    {CONV "strides", "0", "layer conv1d of class Conv1D: strides is not a whole number"},
    {CONV "strides", "[1, 1]", "strides is not a whole number"},
    {CONV "strides", "\"1\"", "strides is not a whole number"},
    {CONV "dilation_rate", "[2]", "setting dilation_rate = [2]"},
    {CONV "groups", "2", "setting groups = 2"},
    {CONV "padding", "\"causal\"",
     "setting padding = \"causal\" is not supported; this version needs valid or same"},
    {CONV "padding", "1", "setting padding = 1"},
    {CONV "activation", "\"tanh\"",
     "setting activation = \"tanh\" is not supported; this version needs linear or relu"},
    {CONV "activation", "{\"class_name\": \"ReLU\", \"config\": {\"max_value\": 6}}",
     "setting activation = {"},
    {CONV "data_format", "\"channels_first\"", "setting data_format = \"channels_first\" is not supported"},
    {CONV "use_bias", "false", "setting use_bias = false"},
    {CONV "trainable", "false", "setting trainable = false"},
    {CONV "kernel_regularizer", "\"l2\"", "setting kernel_regularizer"},
    {CONV "kernel_size", "[3, 3]", "kernel_size is not a whole number"},
    {CONV "kernel_size", "[]", "kernel_size is not a whole number"},
    {CONV "kernel_size", "[[3]]", "kernel_size is not a whole number"},
    {CONV "kernel_size", "0", "kernel_size is not a whole number"},
    {CONV "kernel_size", NULL, "kernel_size is not a whole number"},
    {CONV "filters", "3.5", "filters is not a whole number"},
    {CONV "filters", "4294967296", "filters is not a whole number"},
    {POOL "strides", "[1]",
     "layer max_pooling1d of class MaxPooling1D: setting strides = [1] is not supported; this version needs "
     "that of pool_size"},
    {POOL "strides", "3", "setting strides = 3"},
    {POOL "strides", "[2, 2]", "strides is not a whole number"},
    {POOL "pool_size", "[3]", "setting strides = [2]"},
    {POOL "pool_size", "-2", "pool_size is not a whole number"},
    {POOL "pool_size", "null", "pool_size is not a whole number"},
    {POOL "padding", "\"same\"", "setting padding = \"same\" is not supported; this version needs valid"},
    {POOL "data_format", "\"channels_first\"", "setting data_format = \"channels_first\""},
    {LAYER "3/class_name", "\"GlobalMaxPooling2D\"", "class GlobalMaxPooling2D: this class is not supported"},
    {CONV "strides", "1", NULL},
    {CONV "strides", NULL, NULL},
    {CONV "groups", NULL, NULL},
    {CONV "kernel_size", "3", NULL},
    {CONV "activation", "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"relu\"}",
     NULL},
    {POOL "strides", "null", NULL},
    {POOL "strides", "2", NULL},
    {POOL "pool_size", "2", NULL},
    {POOL "pool_size", NULL, NULL},
    {POOL "trainable", "false", NULL},
};

static const char *edited(int model, const struct edit *edit)
{
    char base[512];
    snprintf(base, sizeof base, MATINEE_FIXTURES "/golden/config_m%d.json", model);
    json_t *root = json_load_file(base, 0, NULL);
    assert_non_null(root);
    if (edit)
        json_edit(root, edit->place, edit->value);
    const char *path = model_path("config.json");
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
    return path;
}

static void check(int model, const struct edit *edit)
{
    print_message("m%d: %s = %s\n", model, edit->place, edit->value ? edit->value : "(removed)");
    struct spec expected, found;
    struct error error = {""};
    if (!keras_config_read(&expected, edited(model, NULL), &error))
        fail_msg("%s", error.message);
    const char *path = edited(model, edit);
    bool read = keras_config_read(&found, path, &error);
    if (edit->message && read)
        fail_msg("accepted, but should say: %s", edit->message);
    if (edit->message)
        assert_message(&error, path, edit->message);
    else if (!read)
        fail_msg("%s", error.message);
    else
        assert_true(spec_equal(&found, &expected));
}

static void test_dropout_and_embedding(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof edits_of_m2 / sizeof *edits_of_m2; i++)
        check(2, &edits_of_m2[i]);
}

static void test_bidirectional(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof edits_of_m4 / sizeof *edits_of_m4; i++)
        check(4, &edits_of_m4[i]);
}

static void test_conv_and_pool(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof edits_of_m5 / sizeof *edits_of_m5; i++)
        check(5, &edits_of_m5[i]);
}

/* Every value of every layer in turn becomes each of the wrong types: whatever is said of it, no crash. */
static void test_wrong_types_everywhere(void **unused)
{
    (void)unused;
    static const char *const values[] = {"null", "-1", "1e308", "\"x\"", "[]", "{}", "[[[null]]]", "true"};
    for (int model = 2; model <= 5; model++) {
        struct spec spec;
        struct error error;
        for (int layer = 0; layer < 5; layer++) {
            for (int depth = 0; depth < 2; depth++) {
                json_t *root = json_load_file(edited(model, NULL), 0, NULL);
                json_t *list = json_object_get(json_object_get(root, "config"), "layers");
                json_t *object = json_array_get(list, (size_t)layer);
                json_t *target = depth ? json_object_get(object, "config") : object;
                const char *key;
                json_t *value;
                json_t *original = json_copy(target);
                json_object_foreach(original, key, value)
                {
                    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                        assert_int_equal(
                            json_object_set_new(target, key, json_loads(values[i], JSON_DECODE_ANY, NULL)),
                            0);
                        const char *path = model_path("wrong.json");
                        assert_int_equal(json_dump_file(root, path, 0), 0);
                        if (!keras_config_read(&spec, path, &error))
                            assert_message(&error, path, "");
                    }
                    assert_int_equal(json_object_set(target, key, value), 0);
                }
                json_decref(original);
                json_decref(root);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropout_and_embedding),
        cmocka_unit_test(test_bidirectional),
        cmocka_unit_test(test_conv_and_pool),
        cmocka_unit_test(test_wrong_types_everywhere),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
