#include "matinee/spec.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

const struct adam_spec keras_adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

static void spec_lstm(struct spec *spec, const struct preset_sizes *sizes)
{
    spec->layer_count = LAYER_COUNT;
    spec->layers[EMBEDDING_LAYER] = (struct layer_spec){.kind = LAYER_EMBEDDING,
                                                        .name = "embedding",
                                                        .input_dim = sizes->vocabulary,
                                                        .units = sizes->embedding};
    spec->layers[LSTM_LAYER] = (struct layer_spec){.kind = LAYER_LSTM, .name = "lstm", .units = sizes->units};
    spec->layers[DENSE_LAYER] = (struct layer_spec){.kind = LAYER_DENSE, .name = "dense", .units = 1};
}

static const struct preset {
    const char *name;
    void (*build)(struct spec *, const struct preset_sizes *);
} presets[] = {
    {"lstm", spec_lstm},
};

enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

bool spec_preset(struct spec *spec, const char *name, const struct preset_sizes *sizes, struct error *error)
{
    char known[256] = "";
    for (int i = 0; i < PRESET_COUNT; i++) {
        if (strcmp(name, presets[i].name) == 0) {
            *spec = (struct spec){.name = "sequential", .maxlen = sizes->maxlen, .adam = keras_adam};
            presets[i].build(spec, sizes);
            return spec_check(spec, error);
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", presets[i].name);
    }
    return error_set(error, "%s: no such model; presets: %s; or give a .keras file", name, known);
}

const char *layer_class(enum layer_kind kind)
{
    static const char *const classes[] = {
        [LAYER_EMBEDDING] = "Embedding", [LAYER_LSTM] = "LSTM", [LAYER_DENSE] = "Dense"};
    return classes[kind];
}

int layer_output_shape(const struct spec *spec, int layer, int shape[2])
{
    const struct layer_spec *l = &spec->layers[layer];
    if (l->kind == LAYER_EMBEDDING) {
        shape[0] = spec->maxlen;
        shape[1] = l->units;
        return 2;
    }
    shape[0] = l->units;
    return 1;
}

static bool check_order(const struct spec *spec, struct error *error)
{
    static const enum layer_kind order[LAYER_COUNT] = {
        [EMBEDDING_LAYER] = LAYER_EMBEDDING, [LSTM_LAYER] = LAYER_LSTM, [DENSE_LAYER] = LAYER_DENSE};
    for (int i = 0; i < spec->layer_count && i < LAYER_COUNT; i++)
        if (spec->layers[i].kind != order[i])
            return error_set(error,
                             "layer %d, %s: a %s cannot stand here; supported: Embedding, LSTM, Dense(1)",
                             i + 1, spec->layers[i].name, layer_class(spec->layers[i].kind));
    if (spec->layer_count != LAYER_COUNT)
        return error_set(error, "the model has %d layers; supported: Embedding, LSTM, Dense(1)",
                         spec->layer_count);
    return true;
}

static bool check_size(const char *layer, const char *what, long long size, long long most,
                       struct error *error)
{
    if (size >= 1 && size <= most)
        return true;
    return error_set(error, "layer %s: %s is %lld; must be between 1 and %lld", layer, what, size, most);
}

/* Sizes that a backend can index with int. A recurrent kernel of 4 x 23170^2 floats is the first with 2^31. */
static bool check_sizes(const struct spec *spec, struct error *error)
{
    enum { MOST_UNITS = 23169 };
    const struct layer_spec *embedding = &spec->layers[EMBEDDING_LAYER], *lstm = &spec->layers[LSTM_LAYER];
    long long V = embedding->input_dim, E = embedding->units, H = lstm->units;
    if (spec->maxlen < 1 || spec->maxlen > 1000000)
        return error_set(error, "the sequence length is %d; must be between 1 and 1000000", spec->maxlen);
    return check_size(embedding->name, "input_dim", V, INT_MAX, error) &&
           check_size(embedding->name, "output_dim", E, INT_MAX, error) &&
           check_size(embedding->name, "input_dim x output_dim", V * E, INT_MAX, error) &&
           check_size(lstm->name, "units", H, MOST_UNITS, error) &&
           check_size(lstm->name, "4 x units x (inputs + units)", 4 * H * (E + H), INT_MAX, error) &&
           check_size(spec->layers[DENSE_LAYER].name, "units", spec->layers[DENSE_LAYER].units, 1, error);
}

/* The ops compute in float32 and flush what is denormal there to zero. */
static bool check_positive(const char *name, double value, struct error *error)
{
    if (value >= (double)FLT_MIN && value <= (double)FLT_MAX)
        return true;
    return error_set(error, "optimizer: %s is %g; must be from %g to %g", name, value, (double)FLT_MIN,
                     (double)FLT_MAX);
}

static bool check_beta(const char *name, double value, struct error *error)
{
    if (value >= 0 && value < 1)
        return true;
    return error_set(error, "optimizer: %s is %g; must be in [0,1)", name, value);
}

bool spec_check(const struct spec *spec, struct error *error)
{
    const struct adam_spec *adam = &spec->adam;
    return check_order(spec, error) && check_sizes(spec, error) &&
           check_positive("learning_rate", adam->learning_rate, error) &&
           check_positive("epsilon", adam->epsilon, error) && check_beta("beta_1", adam->beta_1, error) &&
           check_beta("beta_2", adam->beta_2, error);
}
