/* The tutorials' networks by name, and the two best ones. */
#include "matinee/ngrams.h"
#include "matinee/spec.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* The tutorials' sizes. */
static const struct preset_options tutorial_sizes = {.vocabulary = 5000,
                                                     .maxlen = 500,
                                                     .embedding = 32,
                                                     .units = 100,
                                                     .filters = 32,
                                                     .kernel_size = 3,
                                                     .pool_size = 2,
                                                     .layers = 1};

/* docs/best.md has how these were found. */
static const struct preset_options best_words_sizes = {.vocabulary = 20000,
                                                       .maxlen = 500,
                                                       .embedding = 64,
                                                       .units = 32,
                                                       .filters = 64,
                                                       .kernel_size = 3,
                                                       .pool_size = 5,
                                                       .layers = 1,
                                                       .global_pooling = GLOBAL_POOLING_MAX,
                                                       .dropout = 0.4,
                                                       .spatial_dropout = 0.4};
static const struct preset_options best_sizes = {.vocabulary = 30000,
                                                 .maxlen = 500,
                                                 .ngrams = 3,
                                                 .embedding = 16,
                                                 .units = 32,
                                                 .filters = 64,
                                                 .kernel_size = 3,
                                                 .pool_size = 5,
                                                 .layers = 1,
                                                 .global_pooling = GLOBAL_POOLING_MAX,
                                                 .dropout = 0.4,
                                                 .spatial_dropout = 0.2};
static const struct preset_training best_words_training = {
    .epochs = 2, .learning_rate = 0.002, .cosine = true, .warmup = 0.05};
static const struct preset_training best_training = {
    .epochs = 2, .learning_rate = 0.0015, .cosine = true, .warmup = 0.05};

static const struct preset {
    const char *name;
    bool dropout_layers; /* after the Embedding and after each LSTM */
    bool gate_dropout;   /* in the LSTM, of its input and of h */
    bool conv;           /* Conv1D and MaxPooling1D before the first LSTM */
    bool bidirectional;
    bool reversed;
    bool row_dropout;                       /* rows of the Embedding's table */
    bool late_dropout;                      /* the first Dropout layer stands behind the convolution */
    const struct preset_options *sizes;     /* NULL: the tutorials', and a rate of 0.2 where it drops */
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
    {.name = "best-words",
     .dropout_layers = true,
     .late_dropout = true,
     .conv = true,
     .bidirectional = true,
     .sizes = &best_words_sizes,
     .training = &best_words_training},
    {.name = "best",
     .dropout_layers = true,
     .late_dropout = true,
     .conv = true,
     .bidirectional = true,
     .sizes = &best_sizes,
     .training = &best_training},
};

enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

const char *preset_name(int number)
{
    return number >= 0 && number < PRESET_COUNT ? presets[number].name : NULL;
}

static char listed_names[1024];

static void list_names(void)
{
    size_t used = 0;
    for (int i = 0; i < PRESET_COUNT && used < sizeof listed_names; i++)
        used += (size_t)snprintf(listed_names + used, sizeof listed_names - used, "%s%s", i ? ", " : "",
                                 presets[i].name);
    assert(used < sizeof listed_names);
}

const char *preset_names(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, list_names);
    return listed_names;
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
    if (preset->sizes) {
        *options = *preset->sizes;
    } else {
        *options = tutorial_sizes;
        options->dropout = preset->dropout_layers || preset->gate_dropout ? rate : 0;
        options->recurrent_dropout = preset->gate_dropout ? rate : 0;
        options->embedding_dropout = preset->row_dropout ? rate : 0;
    }
    options->bidirectional = preset->bidirectional;
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
                                 .has_dropout_layers = preset->dropout_layers,
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

/* What the layer's name begins with. */
static const char *base_name(const struct layer_spec *layer)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return "embedding";
    case LAYER_DROPOUT:
        return layer->dropout_unit == DROP_FEATURES ? "spatial_dropout1d" : "dropout";
    case LAYER_CONV1D:
        return "conv1d";
    case LAYER_MAX_POOLING1D:
        return "max_pooling1d";
    case LAYER_GLOBAL_MAX_POOLING1D:
        return "global_max_pooling1d";
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return "global_average_pooling1d";
    case LAYER_LSTM:
        return "lstm";
    case LAYER_DENSE:
        break;
    }
    return "dense";
}

/* Appends and names a layer. One that has no room is only counted. */
static void add(struct spec *spec, struct layer_spec layer)
{
    if (spec->layer_count++ >= SPEC_MAX_LAYERS)
        return;
    const bool spatial = layer.dropout_unit == DROP_FEATURES;
    const char *base = base_name(&layer);
    int number = 0;
    for (int i = 0; i < spec->layer_count - 1; i++)
        number +=
            spec->layers[i].kind == layer.kind && (spec->layers[i].dropout_unit == DROP_FEATURES) == spatial;
    number_name(layer.name, layer.bidirectional ? "bidirectional" : base, number);
    if (layer.bidirectional)
        number_name(layer.inner_name, base, number);
    spec->layers[spec->layer_count - 1] = layer;
}

/* A preset's own Dropout layers are there at any rate. */
static void add_dropout(struct spec *spec, const struct preset *preset, double rate)
{
    if (preset->dropout_layers)
        add(spec, (struct layer_spec){.kind = LAYER_DROPOUT, .dropout = rate});
}

static void add_optional_dropout(struct spec *spec, double rate, enum dropout_unit unit)
{
    if (rate > 0)
        add(spec, (struct layer_spec){.kind = LAYER_DROPOUT, .dropout = rate, .dropout_unit = unit});
}

static void add_embedding(struct spec *spec, const struct preset_options *options)
{
    add(spec, (struct layer_spec){.kind = LAYER_EMBEDDING,
                                  .input_dim = options->vocabulary,
                                  .units = options->embedding,
                                  .dropout = options->embedding_dropout});
    add_optional_dropout(spec, options->token_dropout, DROP_STEPS);
    add_optional_dropout(spec, options->spatial_dropout, DROP_FEATURES);
}

static void add_convolution(struct spec *spec, const struct preset_options *options)
{
    add(spec, (struct layer_spec){.kind = LAYER_CONV1D,
                                  .units = options->filters,
                                  .kernel_size = options->kernel_size,
                                  .strides = 1,
                                  .padding = PADDING_SAME,
                                  .activation = ACTIVATION_RELU});
    if (options->pool_size > 1)
        add(spec, (struct layer_spec){.kind = LAYER_MAX_POOLING1D, .pool_size = options->pool_size});
}

static void add_global_pooling(struct spec *spec, enum global_pooling pooling)
{
    add(spec, (struct layer_spec){.kind = pooling == GLOBAL_POOLING_MAX ? LAYER_GLOBAL_MAX_POOLING1D
                                                                        : LAYER_GLOBAL_AVERAGE_POOLING1D});
}

/* Dropout layers stand behind the Embedding, or behind the convolution where the preset says so, and behind each LSTM,
 * the last of which may be pooled first. */
static void build(struct spec *spec, const struct preset *preset, const struct preset_options *options,
                  int lstms)
{
    const bool pooled = options->global_pooling != GLOBAL_POOLING_NONE;
    add_embedding(spec, options);
    if (!preset->late_dropout)
        add_dropout(spec, preset, options->dropout);
    if (preset->conv)
        add_convolution(spec, options);
    if (preset->late_dropout)
        add_dropout(spec, preset, options->dropout);
    for (int i = 0; i < lstms; i++) {
        const bool last = i == lstms - 1;
        add(spec, (struct layer_spec){.kind = LAYER_LSTM,
                                      .units = options->units,
                                      .dropout = preset->gate_dropout ? options->dropout : 0,
                                      .recurrent_dropout = options->recurrent_dropout,
                                      .gate_masks = options->gate_masks,
                                      .hard_sigmoid_slope = options->hard_sigmoid_slope,
                                      .bidirectional = options->bidirectional || preset->bidirectional,
                                      .return_sequences = !last || pooled,
                                      .go_backwards = preset->reversed});
        if (!last || !pooled)
            add_dropout(spec, preset, options->dropout);
    }
    if (pooled) {
        add_global_pooling(spec, options->global_pooling);
        add_dropout(spec, preset, options->dropout);
    }
    add(spec, (struct layer_spec){.kind = LAYER_DENSE, .units = 1});
}

/* How many LSTMs, each with the Dropout that may follow it, fit beside the other layers of a network that has too many
 * with `lstms` of them. */
static int most_lstms(const struct spec *spec, const struct preset *preset, int lstms)
{
    const int each = 1 + preset->dropout_layers, others = spec->layer_count - lstms * each;
    return (SPEC_MAX_LAYERS - others) / each;
}

/* Makes of a network that reads words one that reads 1+n tokens for each. A Conv1D sees as many words as before, and
 * moves from word to word. */
static void add_ngrams(struct spec *spec, int n)
{
    spec->maxlen *= ngram_tokens(n);
    spec->layers[0].input_dim += ngram_ids(n);
    for (int i = 0; i < spec->layer_count; i++) {
        spec->layers[i].kernel_size *= ngram_tokens(n);
        spec->layers[i].strides *= ngram_tokens(n);
    }
}

bool spec_preset(struct spec *spec, const char *name, const struct preset_options *options,
                 struct error *error)
{
    const struct preset *preset = find_or_say(name, error);
    if (!preset)
        return false;
    const int least = options->global_pooling == GLOBAL_POOLING_NONE ? 1 : 0;
    if (options->layers < least)
        return error_set(error, "%s: %d LSTM layers; must be at least %d%s", name, options->layers, least,
                         least ? " without global pooling" : "");
    if (options->bidirectional && preset->reversed)
        return error_set(
            error,
            "%s: bidirectional contradicts it, its LSTM reads backwards only; leave bidirectional "
            "out or take bilstm",
            name);
    *spec = (struct spec){.name = "sequential", .maxlen = options->maxlen, .adam = keras_adam};
    const int lstms = options->layers <= SPEC_MAX_LAYERS ? options->layers : SPEC_MAX_LAYERS;
    build(spec, preset, options, lstms);
    if (spec->layer_count > SPEC_MAX_LAYERS)
        return error_set(error,
                         "%s: with %d LSTM layers it has more than %d layers in all; ask for at most %d",
                         name, options->layers, SPEC_MAX_LAYERS, most_lstms(spec, preset, lstms));
    add_ngrams(spec, options->ngrams);
    return spec_check(spec, error);
}
