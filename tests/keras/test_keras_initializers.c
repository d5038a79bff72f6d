/* The initial weights that a configuration asks for: those that new weights have are accepted, in the forms of every
 * Keras; others are refused where no weights come with the text, and nobody minds them in a .keras file. */
#include "config.h"
#include "json_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LAYER "config/layers/"
#define FORWARD LAYER "2/config/layer/config/"
#define BACKWARD LAYER "2/config/backward_layer/config/"

/* Embedding, LSTM, Dense */
static const struct edit edits_of_m1[] = {
    {LAYER "1/config/embeddings_initializer", "\"zeros\"",
     "layer embedding of class Embedding: setting embeddings_initializer = \"zeros\" is not supported; this "
     "version needs uniform in [-0.05, 0.05]"},
    {LAYER "1/config/embeddings_initializer",
     "{\"class_name\": \"RandomUniform\", \"config\": {\"minval\": -0.05, \"maxval\": 0.1}}",
     "setting embeddings_initializer = {"},
    {LAYER "1/config/embeddings_initializer",
     "{\"class_name\": \"RandomUniform\", \"config\": {\"minval\": -1, \"maxval\": 0.05}}",
     "setting embeddings_initializer = {"},
    {LAYER "1/config/embeddings_initializer",
     "{\"class_name\": \"RandomNormal\", \"config\": {\"mean\": 0.0, \"stddev\": 3}}",
     "setting embeddings_initializer = {"},
    {LAYER "1/config/embeddings_initializer", "{\"class_name\": \"RandomUniform\", \"module\": \"mine\"}",
     "setting embeddings_initializer = {"},
    {LAYER "1/config/embeddings_initializer", "[]", "setting embeddings_initializer = []"},
    {LAYER "1/config/embeddings_initializer", "{}", "setting embeddings_initializer = {}"},
    {LAYER "2/config/kernel_initializer", "\"he_uniform\"",
     "layer lstm of class LSTM: setting kernel_initializer = \"he_uniform\" is not supported; this version "
     "needs glorot_uniform"},
    {LAYER "2/config/kernel_initializer", "\"VarianceScaling\"", "setting kernel_initializer"},
    {LAYER "2/config/kernel_initializer",
     "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 2.0, \"mode\": \"fan_avg\", "
     "\"distribution\": \"uniform\"}}",
     "setting kernel_initializer"},
    {LAYER "2/config/kernel_initializer",
     "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 1.0, \"mode\": \"fan_in\", "
     "\"distribution\": \"uniform\"}}",
     "setting kernel_initializer"},
    {LAYER "2/config/kernel_initializer",
     "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 1.0, \"mode\": \"fan_avg\"}}",
     "setting kernel_initializer"},
    {LAYER "2/config/recurrent_initializer", "\"glorot_uniform\"",
     "setting recurrent_initializer = \"glorot_uniform\" is not supported; this version needs orthogonal"},
    {LAYER "2/config/recurrent_initializer", "{\"class_name\": \"Orthogonal\", \"config\": {\"gain\": 1.1}}",
     "setting recurrent_initializer"},
    {LAYER "2/config/bias_initializer", "\"ones\"", "setting bias_initializer = \"ones\""},
    {LAYER "2/config/unit_forget_bias", "false",
     "setting unit_forget_bias = false is not supported; this version needs it on"},
    {LAYER "3/config/kernel_initializer", "\"random_normal\"",
     "layer dense of class Dense: setting kernel_initializer"},
    {LAYER "3/config/bias_initializer", "{\"class_name\": \"Constant\", \"config\": {\"value\": 0.5}}",
     "layer dense of class Dense: setting bias_initializer"},
    {LAYER "1/config/embeddings_initializer", "null", NULL},
    {LAYER "1/config/embeddings_initializer", NULL, NULL},
    {LAYER "1/config/embeddings_initializer",
     "{\"class_name\": \"RandomUniform\", \"config\": {\"minval\": -0.05, \"maxval\": 0.05, \"seed\": 5}}",
     NULL},
    {LAYER "1/config/embeddings_initializer",
     "{\"module\": \"keras.initializers\", \"class_name\": \"RandomUniform\", \"config\": {\"seed\": null}, "
     "\"registered_name\": null}",
     NULL},
    {LAYER "1/config/input_axes", "[0]", NULL},
    {LAYER "2/config/kernel_initializer", "null", NULL},
    {LAYER "2/config/kernel_initializer",
     "{\"class_name\": \"GlorotUniform\", \"config\": {\"seed\": 3, \"input_axes\": [0]}}", NULL},
    {LAYER "2/config/kernel_initializer",
     "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 1.0, \"mode\": \"fan_avg\", "
     "\"distribution\": \"uniform\", \"seed\": null}}",
     NULL},
    {LAYER "2/config/recurrent_initializer", "\"OrthogonalInitializer\"", NULL},
    {LAYER "2/config/recurrent_initializer", "{\"class_name\": \"Orthogonal\", \"config\": {\"gain\": 1}}",
     NULL},
    {LAYER "2/config/recurrent_initializer",
     "{\"class_name\": \"OrthogonalInitializer\", \"config\": {\"gain\": 1.0, \"seed\": null}}", NULL},
    {LAYER "2/config/bias_initializer", "{\"class_name\": \"Zeros\", \"config\": {}}", NULL},
    {LAYER "2/config/unit_forget_bias", NULL, NULL},
    {LAYER "2/config/unit_forget_bias", "null", NULL},
};

static const struct edit edits_of_m4[] = {
    {FORWARD "unit_forget_bias", "false",
     "layer bidirectional of class Bidirectional: its layer: setting unit_forget_bias = false"},
    {BACKWARD "recurrent_initializer", "\"zeros\"",
     "its backward_layer: setting recurrent_initializer = \"zeros\""},
};

static const struct edit edits_of_m5[] = {
    {LAYER "2/config/kernel_initializer", "\"ones\"",
     "layer conv1d of class Conv1D: setting kernel_initializer"},
    {LAYER "2/config/bias_initializer", "\"ones\"", "layer conv1d of class Conv1D: setting bias_initializer"},
    {LAYER "3/config/kernel_initializer", "\"ones\"", NULL},
};

static void check(int model, const struct edit *edit)
{
    print_message("m%d: %s = %s\n", model, edit->place, edit->value ? edit->value : "(removed)");
    char path[512];
    snprintf(path, sizeof path, MATINEE_FIXTURES "/golden/config_m%d.json", model);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    json_edit(root, edit->place, edit->value);
    char *text = json_dumps(root, 0);
    json_decref(root);
    struct spec spec;
    struct error error = {""};
    bool alone = config_read(&spec, text, strlen(text), KERAS_3, CONFIG_ALONE, &error);
    if (alone != !edit->message || (edit->message && !strstr(error.message, edit->message)))
        fail_msg("message: %s\nshould contain: %s", error.message, edit->message ? edit->message : "nothing");
    if (!config_read(&spec, text, strlen(text), KERAS_3, CONFIG_WITH_WEIGHTS, &error))
        fail_msg("with weights: %s", error.message);
    free(text);
}

static void test_initializers(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof edits_of_m1 / sizeof *edits_of_m1; i++)
        check(1, &edits_of_m1[i]);
    for (size_t i = 0; i < sizeof edits_of_m4 / sizeof *edits_of_m4; i++)
        check(4, &edits_of_m4[i]);
    for (size_t i = 0; i < sizeof edits_of_m5 / sizeof *edits_of_m5; i++)
        check(5, &edits_of_m5[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_initializers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
