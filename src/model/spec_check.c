/* Which networks can be trained: the order of the layers, their sizes and their rates. */
#include "matinee/dims.h"
#include "matinee/spec.h"
#include "optimizer_check.h"

#include <float.h>
#include <limits.h>
#include <stddef.h>

#define SUPPORTED                                                                                            \
    "supported: Embedding; Dropout, SpatialDropout1D, Conv1D, MaxPooling1D, LSTM, Bidirectional; "           \
    "GlobalMaxPooling1D, GlobalAveragePooling1D; Dense(1)"

static bool check_ends(const struct spec *spec, struct error *error)
{
    int count = spec->layer_count;
    if (count < 1 || count > SPEC_MAX_LAYERS)
        return error_set(error, "the model has %d layers; must be 3 to %d, " SUPPORTED, count,
                         SPEC_MAX_LAYERS);
    const struct layer_spec *first = &spec->layers[0], *last = &spec->layers[count - 1];
    if (first->kind != LAYER_EMBEDDING)
        return error_set(error, "layer %s: %s cannot be the first layer; " SUPPORTED, first->name,
                         layer_class(first));
    if (last->kind != LAYER_DENSE)
        return error_set(error, "layer %s: %s cannot be the last layer; " SUPPORTED, last->name,
                         layer_class(last));
    return true;
}

/* The last LSTM before a layer; NULL if there is none. */
static const struct layer_spec *lstm_before(const struct spec *spec, int layer)
{
    for (int i = layer - 1; i >= 0; i--)
        if (spec->layers[i].kind == LAYER_LSTM)
            return &spec->layers[i];
    return NULL;
}

/* A layer that needs a sequence where the layers before it leave none. */
static bool refuse_place(const struct spec *spec, int layer, struct error *error)
{
    const struct layer_spec *l = &spec->layers[layer], *last = l - 1;
    while (last->kind != LAYER_LSTM && last->kind != LAYER_GLOBAL_MAX_POOLING1D &&
           last->kind != LAYER_GLOBAL_AVERAGE_POOLING1D)
        last--;
    return error_set(error, "layer %s: %s needs a sequence, but layer %s leaves none; %s", l->name,
                     layer_class(l), last->name,
                     last->kind == LAYER_LSTM ? "set return_sequences to true there"
                                              : "leave one of them out");
}

/* Keras hands the mask on through dropout alone, and of the layers after it only a global average heeds it here. */
static bool check_mask(const struct spec *spec, struct error *error)
{
    if (!spec->layers[0].mask_zero)
        return true;
    int heeds = 1;
    while (spec->layers[heeds].kind == LAYER_DROPOUT)
        heeds++;
    return spec->layers[heeds].kind == LAYER_GLOBAL_AVERAGE_POOLING1D ||
           error_set(
               error,
               "layer %s: mask_zero is supported before a GlobalAveragePooling1D, with nothing but dropout "
               "between them; set it to false",
               spec->layers[0].name);
}

/* Whether a layer after the Embedding fits to what the layers before it leave: (T,F) or (F). */
static bool check_place(const struct spec *spec, int layer, struct error *error)
{
    const struct layer_spec *l = &spec->layers[layer], *lstm = lstm_before(spec, layer);
    int shape[2];
    bool sequence = layer_input_shape(spec, layer, shape) == 2;
    if (l->kind == LAYER_EMBEDDING)
        return error_set(error, "layer %s: Embedding can only be the first layer; " SUPPORTED, l->name);
    if (l->kind == LAYER_DENSE && layer < spec->layer_count - 1)
        return error_set(error, "layer %s: Dense can only be the last layer; " SUPPORTED, l->name);
    if (l->kind == LAYER_DENSE && sequence && !lstm)
        return error_set(
            error, "layer %s: Dense needs an LSTM, Bidirectional or global pooling before it; " SUPPORTED,
            l->name);
    if (l->kind == LAYER_DENSE && sequence)
        return error_set(error,
                         "layer %s: return_sequences is true, but no LSTM or global pooling follows that "
                         "reads its sequence; set it to false in the last LSTM",
                         lstm->name);
    const bool drops_elements = l->kind == LAYER_DROPOUT && l->dropout_unit == DROP_ELEMENTS;
    if (l->kind != LAYER_DENSE && !drops_elements && !sequence)
        return refuse_place(spec, layer, error);
    if (l->kind == LAYER_LSTM && l->bidirectional && l->go_backwards)
        return error_set(error,
                         "layer %s: go_backwards inside a Bidirectional is not supported; set it to false",
                         l->name);
    return true;
}

static bool check_size(const char *layer, const char *what, long long size, long long most,
                       struct error *error)
{
    if (size >= 1 && size <= most)
        return true;
    return error_set(error, "layer %s: %s is %lld; must be between 1 and %lld", layer, what, size, most);
}

static bool check_embedding(const struct layer_spec *l, struct error *error)
{
    long long V = l->input_dim, E = l->units;
    return check_size(l->name, "input_dim", V, INT_MAX, error) &&
           check_size(l->name, "output_dim", E, INT_MAX, error) &&
           check_size(l->name, "input_dim x output_dim", V * E, INT_MAX, error);
}

static bool check_conv(const struct layer_spec *l, const int input[2], struct error *error)
{
    long long E = input[1], C = l->units, K = l->kernel_size;
    if (!check_size(l->name, "filters", C, INT_MAX, error) ||
        !check_size(l->name, "kernel_size", K, INT_MAX - input[0], error) ||
        !check_size(l->name, "strides", l->strides, INT_MAX - input[0], error) ||
        !check_size(l->name, "kernel_size x inputs", K * E, INT_MAX, error) ||
        !check_size(l->name, "kernel_size x inputs x filters", K * E * C, INT_MAX, error))
        return false;
    if (l->padding == PADDING_VALID && K > input[0])
        return error_set(error,
                         "layer %s: kernel_size is %lld, but its input has %d steps; give a smaller one, or "
                         "padding same",
                         l->name, K, input[0]);
    return true;
}

static bool check_pool(const struct layer_spec *l, const int input[2], struct error *error)
{
    if (!check_size(l->name, "pool_size", l->pool_size, INT_MAX, error))
        return false;
    if (l->pool_size > input[0])
        return error_set(error, "layer %s: pool_size is %d, but its input has %d steps; give a smaller one",
                         l->name, l->pool_size, input[0]);
    return true;
}

/* A recurrent kernel of 4 x 23170^2 floats is the first with 2^31. */
static bool check_lstm(const struct layer_spec *l, const int input[2], struct error *error)
{
    enum { MOST_UNITS = 23169 };
    long long E = input[1], H = l->units;
    return check_size(l->name, "units", H, MOST_UNITS, error) &&
           check_size(l->name, "4 x units x (inputs + units)", GATE_COUNT * H * (E + H), INT_MAX, error);
}

/* Sizes that a backend can index with int. */
static bool check_sizes(const struct spec *spec, int layer, struct error *error)
{
    const struct layer_spec *l = &spec->layers[layer];
    int input[2], output[2];
    bool valid = true;
    layer_input_shape(spec, layer, input);
    switch (l->kind) {
    case LAYER_DROPOUT:
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    case LAYER_EMBEDDING:
        valid = check_embedding(l, error);
        break;
    case LAYER_CONV1D:
        valid = check_conv(l, input, error);
        break;
    case LAYER_MAX_POOLING1D:
        valid = check_pool(l, input, error);
        break;
    case LAYER_LSTM:
        valid = check_lstm(l, input, error);
        break;
    case LAYER_DENSE:
        valid = check_size(l->name, "units", l->units, 1, error);
        break;
    }
    if (!valid || layer_output_shape(spec, layer, output) == 1)
        return valid;
    return check_size(l->name, "steps x outputs", (long long)output[0] * output[1], INT_MAX, error);
}

/* The ops compute in float32, where a rate just below 1 is 1. */
static bool check_rate(const char *layer, const char *what, double rate, struct error *error)
{
    if (rate >= 0 && (float)rate < 1.0f)
        return true;
    if (rate > 0 && rate < 1)
        return error_set(error, "layer %s: %s is %.15g; must be at most 0.99999994", layer, what, rate);
    return error_set(error, "layer %s: %s is %g; must be in [0,1)", layer, what, rate);
}

static bool check_numbers(const struct layer_spec *l, struct error *error)
{
    double slope = l->hard_sigmoid_slope;
    if (!check_rate(l->name, "dropout", l->dropout, error) ||
        !check_rate(l->name, "recurrent_dropout", l->recurrent_dropout, error))
        return false;
    if (slope == 0 || (slope >= (double)FLT_MIN && slope <= (double)FLT_MAX))
        return true;
    return error_set(error,
                     "layer %s: the slope of hard_sigmoid is %g; must be 0 (sigmoid), or from %g to %g",
                     l->name, slope, (double)FLT_MIN, (double)FLT_MAX);
}

static bool check_layers(const struct spec *spec, struct error *error)
{
    if (spec->maxlen < 1 || spec->maxlen > SPEC_MAX_LENGTH)
        return error_set(error, "the sequence length is %d; must be between 1 and %d", spec->maxlen,
                         SPEC_MAX_LENGTH);
    for (int i = 0; i < spec->layer_count; i++) {
        if (i > 0 && !check_place(spec, i, error))
            return false;
        if (!check_sizes(spec, i, error) || !check_numbers(&spec->layers[i], error))
            return false;
    }
    return true;
}

bool spec_check(const struct spec *spec, struct error *error)
{
    return check_ends(spec, error) && check_layers(spec, error) && check_mask(spec, error) &&
           optimizer_check(&spec->adam, error);
}
