#include "model/small_specs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const char *small_spec_name(int number)
{
    if (preset_name(SMALL_PRESETS) || !preset_name(SMALL_PRESETS - 1))
        fail_msg("SMALL_PRESETS of tests/model/small_specs.h is %d, and the presets are %s", SMALL_PRESETS,
                 preset_names());
    return number == SMALL_DEEP ? "deep" : number == SMALL_STACKED ? "stacked" : preset_name(number);
}

static void make_preset(struct spec *spec, const char *name, int layers)
{
    struct preset_options options;
    struct error error;
    assert_true(preset_defaults(&options, name, &error));
    options.layers = layers;
    options.vocabulary = SMALL_V;
    options.maxlen = SMALL_T;
    options.pool_size = 2;
    options.embedding = SMALL_E;
    options.units = SMALL_H;
    options.filters = SMALL_C;
    if (!spec_preset(spec, name, &options, &error))
        fail_msg("%s", error.message);
    spec->maxlen = SMALL_T; /* of n-grams, too: the last word's are cut */
}

void small_preset(struct spec *spec, const char *name)
{
    make_preset(spec, name, 1);
}

/* Pads through a convolution, an LSTM with sequences and a pooling by itself, up to a Bidirectional that ends them;
 * masks of elements and of gates over sequences. */
static void make_deep(struct spec *spec)
{
    const struct layer_spec layers[] = {
        {.kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = SMALL_V, .units = SMALL_E},
        {.kind = LAYER_CONV1D,
         .name = "conv1d",
         .units = 5,
         .kernel_size = 2,
         .strides = 1,
         .padding = PADDING_SAME,
         .activation = ACTIVATION_RELU},
        {.kind = LAYER_LSTM, .name = "lstm", .units = 7, .return_sequences = true, .hard_sigmoid_slope = 0.2},
        {.kind = LAYER_MAX_POOLING1D, .name = "max_pooling1d", .pool_size = 2},
        {.kind = LAYER_LSTM,
         .name = "bidirectional",
         .inner_name = "lstm_1",
         .units = 4,
         .bidirectional = true,
         .return_sequences = true},
        {.kind = LAYER_LSTM, .name = "lstm_2", .units = 6, .return_sequences = true},
        {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.3},
        {.kind = LAYER_LSTM,
         .name = "bidirectional_1",
         .inner_name = "lstm_3",
         .units = 5,
         .bidirectional = true,
         .return_sequences = true,
         .dropout = 0.2,
         .recurrent_dropout = 0.4},
        {.kind = LAYER_CONV1D, .name = "conv1d_1", .units = 4, .kernel_size = 3, .strides = 1},
        {.kind = LAYER_LSTM, .name = "lstm_4", .units = 9, .go_backwards = true},
        {.kind = LAYER_DROPOUT, .name = "dropout_1", .dropout = 0.1},
        {.kind = LAYER_DENSE, .name = "dense", .units = 1},
    };
    struct error error;
    *spec = (struct spec){.name = "deep", .maxlen = SMALL_T, .adam = keras_adam};
    spec->layer_count = sizeof layers / sizeof layers[0];
    memcpy(spec->layers, layers, sizeof layers);
    if (!spec_check(spec, &error))
        fail_msg("%s", error.message);
}

void small_spec(struct spec *spec, int number)
{
    if (number == SMALL_DEEP)
        make_deep(spec);
    else if (number == SMALL_STACKED)
        make_preset(spec, "bilstm", 3);
    else
        small_preset(spec, small_spec_name(number));
}
