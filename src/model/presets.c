/* The tutorials' networks by name. */
#include "matinee/spec.h"

#include <stdio.h>
#include <string.h>

static const struct preset {
    const char *name;
    bool dropout_layers; /* after the Embedding and after each LSTM */
    bool gate_dropout;   /* in the LSTM, of its input and of h */
    bool conv;           /* Conv1D and MaxPooling1D before the first LSTM */
    bool bidirectional;
    bool reversed;
    bool row_dropout;                       /* rows of the Embedding's table */
    const struct preset_training *training; /* NULL: Keras' defaults */
} presets[] = {
    {.name = "lstm"},
    {.name = "lstm-dropout", .dropout_layers = true},
    {.name = "lstm-gate-dropout", .gate_dropout = true},
    {.name = "bilstm", .bidirectional = true},
    {.name = "bilstm-gate-dropout", .bidirectional = true, .gate_dropout = true},
    {.name = "cnn-lstm", .conv = true},
    {.name = "cnn-lstm-dropout", .conv = true, .dropout_layers = true},
    {.name = "lstm-reversed", .reversed = true},
    {.name = "lstm-embedding-dropout", .dropout_layers = true, .row_dropout = true},
};

enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

const char *preset_names(void)
{
    return "lstm, lstm-dropout, lstm-gate-dropout, bilstm, bilstm-gate-dropout, cnn-lstm, cnn-lstm-dropout, "
           "lstm-reversed, lstm-embedding-dropout";
}

static const struct preset *find(const char *name)
{
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(name, presets[i].name) == 0)
            return &presets[i];
    return NULL;
}

static const struct preset *find_or_say(const char *name, struct error *error)
{
    const struct preset *preset = find(name);
    if (!preset)
        error_set(error, "%s: no such model; presets: %s; or give a .keras or config.json file", name,
                  preset_names());
    return preset;
}

bool preset_defaults(struct preset_options *options, const char *name, struct error *error)
{
    const double rate = 0.2;
    const struct preset *preset = find_or_say(name, error);
    if (!preset)
        return false;
    *options = (struct preset_options){
        .vocabulary = 5000,
        .maxlen = 500,
        .embedding = 32,
        .units = 100,
        .filters = 32,
        .kernel_size = 3,
        .pool_size = 2,
        .layers = 1,
        .bidirectional = preset->bidirectional,
        .dropout = preset->dropout_layers || preset->gate_dropout ? rate : 0,
        .recurrent_dropout = preset->gate_dropout ? rate : 0,
        .embedding_dropout = preset->row_dropout ? rate : 0,
    };
    return true;
}

struct preset_training preset_training(const char *name)
{
    static const struct preset_training defaults = {.epochs = 3, .learning_rate = 0.001};
    const struct preset *preset = find(name);
    return preset && preset->training ? *preset->training : defaults;
}

struct preset_parts preset_parts(const char *name)
{
    const struct preset *preset = find(name);
    if (!preset)
        return (struct preset_parts){0};
    return (struct preset_parts){.has_dropout = preset->dropout_layers || preset->gate_dropout,
                                 .has_conv = preset->conv};
}

/* As Keras names the layers of a fresh session: lstm, lstm_1, lstm_2 ... */
static void number_name(char name[SPEC_NAME_BYTES], const char *base, int number)
{
    if (number == 0)
        snprintf(name, SPEC_NAME_BYTES, "%s", base);
    else
        snprintf(name, SPEC_NAME_BYTES, "%s_%d", base, number);
}

/* Appends and names a layer. One that has no room is only counted. */
static void add(struct spec *spec, struct layer_spec layer)
{
    static const char *const bases[] = {
        [LAYER_EMBEDDING] = "embedding",         [LAYER_DROPOUT] = "dropout", [LAYER_CONV1D] = "conv1d",
        [LAYER_MAX_POOLING1D] = "max_pooling1d", [LAYER_LSTM] = "lstm",       [LAYER_DENSE] = "dense"};
    if (spec->layer_count++ >= SPEC_MAX_LAYERS)
        return;
    int number = 0;
    for (int i = 0; i < spec->layer_count - 1; i++)
        number += spec->layers[i].kind == layer.kind;
    number_name(layer.name, layer.bidirectional ? "bidirectional" : bases[layer.kind], number);
    if (layer.bidirectional)
        number_name(layer.inner_name, bases[layer.kind], number);
    spec->layers[spec->layer_count - 1] = layer;
}

static void add_dropout(struct spec *spec, const struct preset *preset, double rate)
{
    if (preset->dropout_layers)
        add(spec, (struct layer_spec){.kind = LAYER_DROPOUT, .dropout = rate});
}

static void build(struct spec *spec, const struct preset *preset, const struct preset_options *options)
{
    add(spec, (struct layer_spec){.kind = LAYER_EMBEDDING,
                                  .input_dim = options->vocabulary,
                                  .units = options->embedding,
                                  .dropout = options->embedding_dropout});
    add_dropout(spec, preset, options->dropout);
    if (preset->conv) {
        add(spec, (struct layer_spec){.kind = LAYER_CONV1D,
                                      .units = options->filters,
                                      .kernel_size = options->kernel_size,
                                      .padding = PADDING_SAME,
                                      .activation = ACTIVATION_RELU});
        add(spec, (struct layer_spec){.kind = LAYER_MAX_POOLING1D, .pool_size = options->pool_size});
    }
    for (int i = 0; i < options->layers && spec->layer_count < SPEC_MAX_LAYERS; i++) {
        add(spec, (struct layer_spec){.kind = LAYER_LSTM,
                                      .units = options->units,
                                      .dropout = preset->gate_dropout ? options->dropout : 0,
                                      .recurrent_dropout = options->recurrent_dropout,
                                      .gate_masks = options->gate_masks,
                                      .hard_sigmoid_slope = options->hard_sigmoid_slope,
                                      .bidirectional = options->bidirectional || preset->bidirectional,
                                      .return_sequences = i < options->layers - 1,
                                      .go_backwards = preset->reversed});
        add_dropout(spec, preset, options->dropout);
    }
    add(spec, (struct layer_spec){.kind = LAYER_DENSE, .units = 1});
}

/* How many LSTMs, each with the Dropout that may follow it, fit beside a preset's other layers. */
static int most_lstms(const struct preset *preset)
{
    int dropout = preset->dropout_layers, others = 2 + dropout + (preset->conv ? 2 : 0);
    return (SPEC_MAX_LAYERS - others) / (1 + dropout);
}

bool spec_preset(struct spec *spec, const char *name, const struct preset_options *options,
                 struct error *error)
{
    const struct preset *preset = find_or_say(name, error);
    if (!preset)
        return false;
    if (options->layers < 1)
        return error_set(error, "%s: %d LSTM layers; must be at least 1", name, options->layers);
    if (options->bidirectional && preset->reversed)
        return error_set(
            error,
            "%s: bidirectional contradicts it, its LSTM reads backwards only; leave bidirectional "
            "out or take bilstm",
            name);
    *spec = (struct spec){.name = "sequential", .maxlen = options->maxlen, .adam = keras_adam};
    build(spec, preset, options);
    if (spec->layer_count > SPEC_MAX_LAYERS)
        return error_set(error,
                         "%s: with %d LSTM layers it has more than %d layers in all; ask for at most %d",
                         name, options->layers, SPEC_MAX_LAYERS, most_lstms(preset));
    return spec_check(spec, error);
}
