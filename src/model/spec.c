#include "matinee/spec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct adam_spec keras_adam = {
    .learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

static void spec_lstm(struct spec *spec, const struct preset_sizes *sizes)
{
    spec->layer_count = 3;
    spec->layers[0] = (struct layer_spec){.kind = LAYER_EMBEDDING,
                                          .name = "embedding",
                                          .input_dim = sizes->vocabulary,
                                          .units = sizes->embedding};
    spec->layers[1] = (struct layer_spec){.kind = LAYER_LSTM, .name = "lstm", .units = sizes->units};
    spec->layers[2] = (struct layer_spec){.kind = LAYER_DENSE, .name = "dense", .units = 1};
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
    static const enum layer_kind order[] = {LAYER_EMBEDDING, LAYER_LSTM, LAYER_DENSE};
    enum { LAYERS = sizeof order / sizeof order[0] };
    for (int i = 0; i < spec->layer_count && i < LAYERS; i++)
        if (spec->layers[i].kind != order[i])
            return error_set(error,
                             "layer %d, %s: a %s cannot stand here; supported: Embedding, LSTM, Dense(1)",
                             i + 1, spec->layers[i].name, layer_class(spec->layers[i].kind));
    if (spec->layer_count != LAYERS)
        return error_set(error, "the model has %d layers; supported: Embedding, LSTM, Dense(1)",
                         spec->layer_count);
    return true;
}

/* A size that a backend can index with int and that fits memory of this decade. */
static bool check_size(const char *layer, const char *what, long long size, struct error *error)
{
    if (size >= 1 && size < (1LL << 31))
        return true;
    return error_set(error, "layer %s: %s is %lld; must be between 1 and %lld", layer, what, size,
                     (1LL << 31) - 1);
}

static bool check_adam(const struct adam_spec *adam, struct error *error)
{
    if (!(adam->learning_rate > 0 && isfinite(adam->learning_rate)))
        return error_set(error, "optimizer: learning_rate is %g; must be above 0", adam->learning_rate);
    if (!(adam->epsilon > 0 && isfinite(adam->epsilon)))
        return error_set(error, "optimizer: epsilon is %g; must be above 0", adam->epsilon);
    if (!(adam->beta_1 >= 0 && adam->beta_1 < 1 && adam->beta_2 >= 0 && adam->beta_2 < 1))
        return error_set(error, "optimizer: beta_1 is %g and beta_2 is %g; must be in [0,1)", adam->beta_1,
                         adam->beta_2);
    return true;
}

bool spec_check(const struct spec *spec, struct error *error)
{
    if (!check_order(spec, error))
        return false;
    if (spec->maxlen < 1 || spec->maxlen > 1000000)
        return error_set(error, "the sequence length is %d; must be between 1 and 1000000", spec->maxlen);
    const struct layer_spec *embedding = &spec->layers[0], *lstm = &spec->layers[1],
                            *dense = &spec->layers[2];
    long long V = embedding->input_dim, E = embedding->units, H = lstm->units;
    if (!check_size(embedding->name, "input_dim", V, error) ||
        !check_size(embedding->name, "output_dim", E, error) ||
        !check_size(embedding->name, "input_dim x output_dim", V * E, error) ||
        !check_size(lstm->name, "units", H, error) ||
        !check_size(lstm->name, "4 x units x (inputs + units)", H > 1000000 ? 1LL << 31 : 4 * H * (E + H),
                    error))
        return false;
    if (dense->units != 1)
        return error_set(error, "layer %s: units is %d; supported: 1", dense->name, dense->units);
    return check_adam(&spec->adam, error);
}
