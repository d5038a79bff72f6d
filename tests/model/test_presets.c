/* The presets: their layers as Keras would name and order them, and what their options change. */
#include "matinee/spec.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
    "lstm",
    "lstm-dropout",
    "lstm-gate-dropout",
    "bilstm",
    "bilstm-gate-dropout",
    "cnn-lstm",
    "cnn-lstm-dropout",
    "lstm-reversed",
    "lstm-embedding-dropout",
};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static struct preset_options defaults(const char *name)
{
    struct preset_options options;
    struct error error = {""};
    if (!preset_defaults(&options, name, &error))
        fail_msg("%s", error.message);
    return options;
}

static struct spec preset(const char *name, const struct preset_options *options)
{
    struct spec spec;
    struct error error = {""};
    if (!spec_preset(&spec, name, options, &error))
        fail_msg("%s", error.message);
    return spec;
}

static void expect_refused(const char *name, const struct preset_options *options, const char *text)
{
    struct spec spec;
    struct error error = {""};
    if (spec_preset(&spec, name, options, &error))
        fail_msg("%s is accepted, but \"%s\" is wrong", name, text);
    if (!strstr(error.message, text))
        fail_msg("the message \"%s\" lacks \"%s\"", error.message, text);
}

/* Names, classes and output shapes, as in "dropout Dropout 500x32". */
static void expect_layers(const struct spec *spec, const char *expected)
{
    char text[1024] = "";
    for (int i = 0; i < spec->layer_count; i++) {
        const struct layer_spec *l = &spec->layers[i];
        size_t used = strlen(text);
        int shape[2], rank = layer_output_shape(spec, i, shape);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s %d", i ? ", " : "", l->name,
                                 layer_class(l), shape[0]);
        if (rank == 2)
            snprintf(text + used, sizeof text - used, "x%d", shape[1]);
    }
    assert_string_equal(text, expected);
}

static void test_layers_of_every_preset(void **state)
{
    (void)state;
    static const char *const layers[NAME_COUNT] = {
        "embedding Embedding 500x32, lstm LSTM 100, dense Dense 1",
        "embedding Embedding 500x32, dropout Dropout 500x32, lstm LSTM 100, dropout_1 Dropout 100, "
        "dense Dense 1",
        "embedding Embedding 500x32, lstm LSTM 100, dense Dense 1",
        "embedding Embedding 500x32, bidirectional Bidirectional 200, dense Dense 1",
        "embedding Embedding 500x32, bidirectional Bidirectional 200, dense Dense 1",
        "embedding Embedding 500x32, conv1d Conv1D 500x32, max_pooling1d MaxPooling1D 250x32, "
        "lstm LSTM 100, dense Dense 1",
        "embedding Embedding 500x32, dropout Dropout 500x32, conv1d Conv1D 500x32, "
        "max_pooling1d MaxPooling1D 250x32, lstm LSTM 100, dropout_1 Dropout 100, dense Dense 1",
        "embedding Embedding 500x32, lstm LSTM 100, dense Dense 1",
        "embedding Embedding 500x32, dropout Dropout 500x32, lstm LSTM 100, dropout_1 Dropout 100, "
        "dense Dense 1",
    };
    for (int i = 0; i < NAME_COUNT; i++) {
        struct preset_options options = defaults(names[i]);
        struct spec spec = preset(names[i], &options);
        expect_layers(&spec, layers[i]);
        assert_string_equal(spec.name, "sequential");
        assert_int_equal(spec.initializers, INITIALIZERS_KERAS);
    }
}

/* Four tokens a word, and a convolution that moves from word to word over three of them. */
static void test_the_best_presets(void **state)
{
    (void)state;
    struct preset_options options = defaults("best-words");
    struct spec spec = preset("best-words", &options);
    expect_layers(&spec, "embedding Embedding 500x64, spatial_dropout1d SpatialDropout1D 500x64, "
                         "conv1d Conv1D 500x64, max_pooling1d MaxPooling1D 100x64, dropout Dropout 100x64, "
                         "bidirectional Bidirectional 100x64, global_max_pooling1d GlobalMaxPooling1D 64, "
                         "dropout_1 Dropout 64, dense Dense 1");
    assert_int_equal(spec.layers[0].input_dim, 20000);
    assert_int_equal(spec.layers[2].kernel_size, 3);
    assert_int_equal(spec.layers[2].strides, 1);

    options = defaults("best");
    spec = preset("best", &options);
    expect_layers(&spec, "embedding Embedding 2000x16, spatial_dropout1d SpatialDropout1D 2000x16, "
                         "conv1d Conv1D 500x64, max_pooling1d MaxPooling1D 100x64, dropout Dropout 100x64, "
                         "bidirectional Bidirectional 100x64, global_max_pooling1d GlobalMaxPooling1D 64, "
                         "dropout_1 Dropout 64, dense Dense 1");
    assert_int_equal(spec.layers[0].input_dim, 30000 + 3 * 35);
    assert_int_equal(spec.layers[2].kernel_size, 12);
    assert_int_equal(spec.layers[2].strides, 4);
    assert_true(preset_parts("best").has_dropout && preset_parts("best").has_conv);
    options.ngrams = 0;
    options.dropout = 0.25;
    options.spatial_dropout = 0;
    spec = preset("best", &options);
    expect_layers(&spec,
                  "embedding Embedding 500x16, conv1d Conv1D 500x64, max_pooling1d MaxPooling1D 100x64, "
                  "dropout Dropout 100x64, bidirectional Bidirectional 100x64, "
                  "global_max_pooling1d GlobalMaxPooling1D 64, dropout_1 Dropout 64, dense Dense 1");
    assert_true(spec.layers[3].dropout == 0.25 && spec.layers[6].dropout == 0.25);
}

/* The settings that layer names and shapes do not show. Compared member by member with a whole expected layer. */
static void expect_lstm(const struct layer_spec *lstm, const struct layer_spec *expected)
{
    assert_string_equal(lstm->inner_name, expected->inner_name);
    assert_int_equal(lstm->units, expected->units);
    assert_true(lstm->dropout == expected->dropout);
    assert_true(lstm->recurrent_dropout == expected->recurrent_dropout);
    assert_int_equal(lstm->gate_masks, expected->gate_masks);
    assert_true(lstm->hard_sigmoid_slope == expected->hard_sigmoid_slope);
    assert_int_equal(lstm->bidirectional, expected->bidirectional);
    assert_int_equal(lstm->return_sequences, expected->return_sequences);
    assert_int_equal(lstm->go_backwards, expected->go_backwards);
}

static void test_lstms_of_every_preset(void **state)
{
    (void)state;
    static const struct layer_spec lstms[NAME_COUNT] = {
        {.units = 100},
        {.units = 100},
        {.units = 100, .dropout = 0.2, .recurrent_dropout = 0.2},
        {.units = 100, .bidirectional = true, .inner_name = "lstm"},
        {.units = 100, .bidirectional = true, .inner_name = "lstm", .dropout = 0.2, .recurrent_dropout = 0.2},
        {.units = 100},
        {.units = 100},
        {.units = 100, .go_backwards = true},
        {.units = 100},
    };
    for (int i = 0; i < NAME_COUNT; i++) {
        struct preset_options options = defaults(names[i]);
        struct spec spec = preset(names[i], &options);
        for (int layer = 0; layer < spec.layer_count; layer++)
            if (spec.layers[layer].kind == LAYER_LSTM)
                expect_lstm(&spec.layers[layer], &lstms[i]);
            else if (spec.layers[layer].kind == LAYER_DROPOUT)
                assert_true(spec.layers[layer].dropout == 0.2);
        bool rows = strcmp(names[i], "lstm-embedding-dropout") == 0;
        assert_true(spec.layers[0].dropout == (rows ? 0.2 : 0.0));
        assert_int_equal(spec.layers[0].input_dim, 5000);
    }
}

static void test_the_optimizer_is_kerass(void **state)
{
    (void)state;
    struct preset_options options = defaults("lstm");
    struct spec spec = preset("lstm", &options);
    assert_true(spec.adam.learning_rate == 0.001);
    assert_true(spec.adam.beta_1 == 0.9);
    assert_true(spec.adam.beta_2 == 0.999);
    assert_true(spec.adam.epsilon == 1e-7);
}

static void test_the_convolution(void **state)
{
    (void)state;
    struct preset_options options = defaults("cnn-lstm");
    options.filters = 7;
    options.kernel_size = 4;
    options.pool_size = 3;
    struct spec spec = preset("cnn-lstm", &options);
    assert_int_equal(spec.layers[1].kernel_size, 4);
    assert_int_equal(spec.layers[1].padding, PADDING_SAME);
    assert_int_equal(spec.layers[1].activation, ACTIVATION_RELU);
    assert_int_equal(spec.layers[2].pool_size, 3);
    expect_layers(&spec, "embedding Embedding 500x32, conv1d Conv1D 500x7, max_pooling1d MaxPooling1D 166x7, "
                         "lstm LSTM 100, dense Dense 1");
}

static void test_stacked_layers(void **state)
{
    (void)state;
    struct preset_options options = defaults("lstm-dropout");
    options.layers = 2;
    struct spec spec = preset("lstm-dropout", &options);
    expect_layers(&spec, "embedding Embedding 500x32, dropout Dropout 500x32, lstm LSTM 500x100, "
                         "dropout_1 Dropout 500x100, lstm_1 LSTM 100, dropout_2 Dropout 100, dense Dense 1");
    options = defaults("bilstm");
    options.layers = 2;
    spec = preset("bilstm", &options);
    expect_layers(&spec, "embedding Embedding 500x32, bidirectional Bidirectional 500x200, "
                         "bidirectional_1 Bidirectional 200, dense Dense 1");
    assert_string_equal(spec.layers[1].inner_name, "lstm");
    assert_string_equal(spec.layers[2].inner_name, "lstm_1");
    options = defaults("lstm-reversed");
    options.layers = 3;
    spec = preset("lstm-reversed", &options);
    for (int i = 1; i <= 3; i++) {
        assert_true(spec.layers[i].go_backwards);
        assert_int_equal(spec.layers[i].return_sequences, i < 3);
    }
}

/* Options that hold for any preset reach each of its LSTMs. */
static void test_options_of_any_preset(void **state)
{
    (void)state;
    for (int i = 0; i < NAME_COUNT; i++) {
        bool reversed = strcmp(names[i], "lstm-reversed") == 0;
        struct preset_options options = defaults(names[i]);
        options.layers = 2;
        options.units = 6;
        options.recurrent_dropout = 0.3;
        options.embedding_dropout = 0.4;
        options.hard_sigmoid_slope = 0.25;
        options.gate_masks = GATE_MASKS_SHARED;
        options.bidirectional = !reversed;
        struct spec spec = preset(names[i], &options);
        int lstms = 0;
        for (int layer = 0; layer < spec.layer_count; layer++) {
            const struct layer_spec *l = &spec.layers[layer];
            if (l->kind != LAYER_LSTM)
                continue;
            bool gates = strstr(names[i], "gate") != NULL;
            struct layer_spec expected = {.units = 6,
                                          .dropout = gates ? 0.2 : 0.0,
                                          .recurrent_dropout = 0.3,
                                          .gate_masks = GATE_MASKS_SHARED,
                                          .hard_sigmoid_slope = 0.25,
                                          .bidirectional = !reversed,
                                          .return_sequences = lstms == 0,
                                          .go_backwards = reversed};
            strcpy(expected.inner_name, reversed ? "" : lstms == 0 ? "lstm" : "lstm_1");
            expect_lstm(l, &expected);
            lstms++;
        }
        assert_int_equal(lstms, 2);
        assert_true(spec.layers[0].dropout == 0.4);
    }
}

static void test_defaults_and_parts(void **state)
{
    (void)state;
    for (int i = 0; i < NAME_COUNT; i++) {
        struct preset_options options = defaults(names[i]);
        struct preset_parts parts = preset_parts(names[i]);
        bool gates = strstr(names[i], "gate-dropout") != NULL;
        assert_int_equal(options.vocabulary, 5000);
        assert_int_equal(options.layers, 1);
        assert_int_equal(parts.has_dropout, strstr(names[i], "dropout") != NULL);
        assert_int_equal(parts.has_dropout_layers, parts.has_dropout && !gates);
        assert_int_equal(parts.has_conv, strstr(names[i], "cnn") != NULL);
        assert_true(options.dropout == (parts.has_dropout ? 0.2 : 0.0));
        assert_true(options.recurrent_dropout == (gates ? 0.2 : 0.0));
    }
}

static void test_names_are_listed(void **state)
{
    (void)state;
    char list[512] = "";
    for (int i = 0; i < NAME_COUNT; i++) {
        strcat(list, i ? ", " : "");
        strcat(list, names[i]);
    }
    strcat(list, ", best-words, best");
    assert_string_equal(preset_names(), list);
    struct preset_options options = defaults("lstm");
    expect_refused("gru", &options, "gru: no such model; presets: lstm, lstm-dropout, ");
    struct error error = {""};
    assert_false(preset_defaults(&options, "gru", &error));
    assert_non_null(strstr(error.message, preset_names()));
}

/* Rates behind the Embedding stand before a preset's own Dropout; a pooled LSTM's Dropout follows the pooling. */
static void test_dropout_behind_the_embedding_and_global_pooling(void **state)
{
    (void)state;
    struct preset_options options = defaults("lstm-dropout");
    options.token_dropout = 0.125;
    options.spatial_dropout = 0.25;
    options.layers = 2;
    options.global_pooling = GLOBAL_POOLING_AVERAGE;
    struct spec spec = preset("lstm-dropout", &options);
    expect_layers(
        &spec, "embedding Embedding 500x32, dropout Dropout 500x32, "
               "spatial_dropout1d SpatialDropout1D 500x32, dropout_1 Dropout 500x32, lstm LSTM 500x100, "
               "dropout_2 Dropout 500x100, lstm_1 LSTM 500x100, "
               "global_average_pooling1d GlobalAveragePooling1D 100, dropout_3 Dropout 100, dense Dense 1");
    assert_int_equal(spec.layers[1].dropout_unit, DROP_STEPS);
    assert_true(spec.layers[1].dropout == 0.125);
    assert_true(spec.layers[2].dropout == 0.25);
    assert_int_equal(spec.layers[3].dropout_unit, DROP_ELEMENTS);

    options = defaults("cnn-lstm");
    options.layers = 0;
    options.pool_size = 1;
    options.global_pooling = GLOBAL_POOLING_MAX;
    spec = preset("cnn-lstm", &options);
    expect_layers(&spec, "embedding Embedding 500x32, conv1d Conv1D 500x32, "
                         "global_max_pooling1d GlobalMaxPooling1D 32, dense Dense 1");
    options.global_pooling = GLOBAL_POOLING_NONE;
    expect_refused("cnn-lstm", &options,
                   "cnn-lstm: 0 LSTM layers; must be at least 1 without global pooling");
}

static void test_options_that_contradict(void **state)
{
    (void)state;
    struct preset_options options = defaults("lstm-reversed");
    options.bidirectional = true;
    expect_refused("lstm-reversed", &options, "bidirectional contradicts it");
    options = defaults("lstm");
    options.units = 0;
    expect_refused("lstm", &options, "layer lstm: units is 0");
    options = defaults("cnn-lstm");
    options.pool_size = 501;
    expect_refused("cnn-lstm", &options,
                   "layer max_pooling1d: pool_size is 501, but its input has 500 steps");
    options = defaults("lstm");
    options.recurrent_dropout = 1.0;
    expect_refused("lstm", &options, "layer lstm: recurrent_dropout is 1; must be in [0,1)");
}

/* 16 layers in all: Embedding, Dense and what lies between. */
static void test_too_many_layers(void **state)
{
    (void)state;
    static const int counts[] = {15, 16, INT_MAX};
    struct preset_options options = defaults("lstm");
    options.layers = 14;
    assert_int_equal(preset("lstm", &options).layer_count, SPEC_MAX_LAYERS);
    for (int i = 0; i < 3; i++) {
        options.layers = counts[i];
        expect_refused("lstm", &options, "more than 16 layers");
    }
    options.layers = -1;
    expect_refused("lstm", &options, "must be at least 1");
    options = defaults("lstm-dropout");
    options.layers = 6;
    assert_int_equal(preset("lstm-dropout", &options).layer_count, 15);
    options.layers = 7;
    expect_refused("lstm-dropout", &options, "more than 16 layers");
}

static void test_small_and_large_are_accepted(void **state)
{
    (void)state;
    struct preset_options options = {.vocabulary = 1, .maxlen = 1, .embedding = 1, .units = 1, .layers = 1};
    preset("lstm", &options);
    options = (struct preset_options){
        .vocabulary = 88587, .maxlen = 2500, .embedding = 512, .units = 1024, .layers = 1};
    preset("lstm", &options);
    options = defaults("cnn-lstm");
    options.maxlen = 1;
    options.kernel_size = 5;
    options.pool_size = 1;
    preset("cnn-lstm", &options);
}

/* Words stay what sizes are of. */
static void test_ngrams(void **state)
{
    (void)state;
    struct preset_options options = defaults("bilstm");
    options.ngrams = 3;
    options.maxlen = 40;
    struct spec spec = preset("bilstm", &options);
    assert_int_equal(spec.maxlen, 160);
    assert_int_equal(spec.layers[0].input_dim, 5000 + 3 * 35);
    options.maxlen = 1000000;
    expect_refused("bilstm", &options, "the sequence length is 4000000");
    options = defaults("cnn-lstm");
    options.ngrams = 1;
    spec = preset("cnn-lstm", &options);
    assert_int_equal(spec.layers[1].kernel_size, 6);
    assert_int_equal(spec.layers[1].strides, 2);
    expect_layers(&spec,
                  "embedding Embedding 1000x32, conv1d Conv1D 500x32, max_pooling1d MaxPooling1D 250x32, "
                  "lstm LSTM 100, dense Dense 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers_of_every_preset),
        cmocka_unit_test(test_the_best_presets),
        cmocka_unit_test(test_lstms_of_every_preset),
        cmocka_unit_test(test_the_optimizer_is_kerass),
        cmocka_unit_test(test_the_convolution),
        cmocka_unit_test(test_stacked_layers),
        cmocka_unit_test(test_options_of_any_preset),
        cmocka_unit_test(test_defaults_and_parts),
        cmocka_unit_test(test_names_are_listed),
        cmocka_unit_test(test_dropout_behind_the_embedding_and_global_pooling),
        cmocka_unit_test(test_options_that_contradict),
        cmocka_unit_test(test_too_many_layers),
        cmocka_unit_test(test_small_and_large_are_accepted),
        cmocka_unit_test(test_ngrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
