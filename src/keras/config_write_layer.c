#include "config.h"
#include "layer_names.h"
#include "layer_shapes.h"

#include <assert.h>
#include <stdio.h>

/* jansson's packers return NULL without memory and pass NULL on: the whole is NULL if any part is. */
static json_t *embedding_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:i, s:i, s:s, s:b}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "input_dim", layer->input_dim, "output_dim", layer->units,
                     "embeddings_initializer", "uniform", "mask_zero", layer->mask_zero);
}

/* Keras' SpatialDropout1D takes no other keys. */
static json_t *spatial_dropout1d_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:s, s:f, s:n}", "name", layer->name, "dtype", "float32", "rate", layer->dropout,
                     "seed");
}

static json_t *dropout_config(const struct layer_spec *layer)
{
    json_t *shape = layer->dropout_unit == DROP_STEPS ? json_pack("[n, n, i]", 1) : json_null();
    return json_pack("{s:s, s:b, s:s, s:f, s:n, s:o}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "rate", layer->dropout, "seed", "noise_shape", shape);
}

static json_t *conv1d_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:i, s:[i], s:[i], s:s, s:s, s:[i], s:i, s:s, s:b, s:s, s:s}", "name",
                     layer->name, "trainable", 1, "dtype", "float32", "filters", layer->units, "kernel_size",
                     layer->kernel_size, "strides", layer->strides, "padding",
                     layer->padding == PADDING_SAME ? "same" : "valid", "data_format", "channels_last",
                     "dilation_rate", 1, "groups", 1, "activation",
                     layer->activation == ACTIVATION_RELU ? "relu" : "linear", "use_bias", 1,
                     "kernel_initializer", "glorot_uniform", "bias_initializer", "zeros");
}

static json_t *max_pooling1d_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:[i], s:s, s:[i], s:s}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "pool_size", layer->pool_size, "padding", "valid", "strides",
                     layer->pool_size, "data_format", "channels_last");
}

static json_t *global_pooling1d_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:b}", "name", layer->name, "trainable", 1, "dtype", "float32",
                     "data_format", "channels_last", "keepdims", 0);
}

/* That of Keras 1 has no name in Keras 3: it stands as a function of the user's own, in the form in which every Keras 3
 * finds it among custom_objects. A name alone is not looked for there by Keras 3.15. */
static json_t *recurrent_activation(const struct layer_spec *layer)
{
    int activation = 0;
    while (recurrent_activation_names[activation] &&
           layer->hard_sigmoid_slope != recurrent_activation_slopes[activation])
        activation++;
    const char *name = recurrent_activation_names[activation];
    assert(name);
    if (activation != RECURRENT_HARD_SIGMOID_KERAS1)
        return json_string(name);
    return json_pack("{s:s, s:s, s:s, s:s}", "module", "builtins", "class_name", "function", "config", name,
                     "registered_name", "function");
}

static json_t *lstm_config(const struct layer_spec *layer, const char *name, bool go_backwards)
{
    return json_pack(
        "{s:s, s:b, s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:s, s:o, s:b, s:s, s:s, s:s, s:b, s:f, s:f}", "name",
        name, "trainable", 1, "dtype", "float32", "return_sequences", layer->return_sequences, "return_state",
        0, "go_backwards", go_backwards, "stateful", 0, "unroll", 0, "units", layer->units, "activation",
        "tanh", "recurrent_activation", recurrent_activation(layer), "use_bias", 1, "kernel_initializer",
        "glorot_uniform", "recurrent_initializer", "orthogonal", "bias_initializer", "zeros",
        "unit_forget_bias", 1, "dropout", layer->dropout, "recurrent_dropout", layer->recurrent_dropout);
}

static json_t *direction(const struct layer_spec *layer, const char *prefix, bool go_backwards)
{
    char name[SPEC_NAME_BYTES + 16];
    snprintf(name, sizeof name, "%s_%s", prefix, layer->inner_name);
    return json_pack("{s:s, s:s, s:o, s:n}", "module", "keras.layers", "class_name", "LSTM", "config",
                     lstm_config(layer, name, go_backwards), "registered_name");
}

static json_t *bidirectional_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:o, s:o}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "merge_mode", "concat", "layer", direction(layer, "forward", false),
                     "backward_layer", direction(layer, "backward", true));
}

static json_t *dense_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:i, s:s, s:b, s:s, s:s}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "units", layer->units, "activation", "sigmoid", "use_bias", 1,
                     "kernel_initializer", "glorot_uniform", "bias_initializer", "zeros");
}

static json_t *layer_config(const struct layer_spec *layer)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return embedding_config(layer);
    case LAYER_DROPOUT:
        return layer->dropout_unit == DROP_FEATURES ? spatial_dropout1d_config(layer) : dropout_config(layer);
    case LAYER_CONV1D:
        return conv1d_config(layer);
    case LAYER_MAX_POOLING1D:
        return max_pooling1d_config(layer);
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return global_pooling1d_config(layer);
    case LAYER_LSTM:
        return layer->bidirectional ? bidirectional_config(layer)
                                    : lstm_config(layer, layer->name, layer->go_backwards);
    case LAYER_DENSE:
        return dense_config(layer);
    }
    return NULL;
}

/* The shape that a layer with weights is built with: (batch, T), (batch, T, E) or (batch, H). */
static json_t *build_config(const struct spec *spec, int layer)
{
    struct layer_shape shape = layer_shape_input(spec, layer);
    if (!shape.has_features)
        return json_pack("{s:[n,I]}", "input_shape", (json_int_t)shape.steps);
    if (!shape.has_steps)
        return json_pack("{s:[n,I]}", "input_shape", (json_int_t)shape.features);
    return json_pack("{s:[n,I,I]}", "input_shape", (json_int_t)shape.steps, (json_int_t)shape.features);
}

/* Keras 3 ignores a key that it does not know beside "config"; inside, it refuses the file. */
static json_t *with_own(json_t *object, const struct layer_spec *layer)
{
    bool complete = object != NULL;
    if (layer->kind == LAYER_EMBEDDING && layer->dropout > 0)
        complete = json_object_set_new(object, "matinee", json_pack("{s:f}", "dropout", layer->dropout)) == 0;
    if (layer->kind == LAYER_LSTM && layer->gate_masks == GATE_MASKS_SHARED)
        complete = json_object_set_new(object, "matinee", json_pack("{s:s}", "gate_masks", "shared")) == 0;
    if (complete)
        return object;
    json_decref(object);
    return NULL;
}

static bool has_weights(const struct layer_spec *layer)
{
    return layer->kind == LAYER_EMBEDDING || layer->kind == LAYER_CONV1D || layer->kind == LAYER_LSTM ||
           layer->kind == LAYER_DENSE;
}

json_t *config_write_layer(const struct spec *spec, int layer)
{
    const struct layer_spec *l = &spec->layers[layer];
    json_t *object = json_pack("{s:s, s:s, s:o, s:n}", "module", "keras.layers", "class_name", keras_class(l),
                               "config", layer_config(l), "registered_name");
    bool built =
        !has_weights(l) || json_object_set_new(object, "build_config", build_config(spec, layer)) == 0;
    if (built)
        return with_own(object, l);
    json_decref(object);
    return NULL;
}
