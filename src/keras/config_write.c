#include "config.h"
#include "layer_names.h"

#include <stdio.h>
#include <stdlib.h>

/* jansson's packers return NULL without memory and pass NULL on: the whole is NULL if any part is. */
static json_t *input_layer(const struct spec *spec)
{
    return json_pack("{s:s, s:s, s:{s:[n,i], s:s, s:s}, s:n}", "module", "keras.layers", "class_name",
                     "InputLayer", "config", "batch_shape", spec->maxlen, "dtype", "int32", "name",
                     "input_layer", "registered_name");
}

static json_t *embedding_config(const struct layer_spec *layer)
{
    return json_pack("{s:s, s:b, s:s, s:i, s:i, s:s, s:b}", "name", layer->name, "trainable", 1, "dtype",
                     "float32", "input_dim", layer->input_dim, "output_dim", layer->units,
                     "embeddings_initializer", "uniform", "mask_zero", 0);
}

static json_t *lstm_config(const struct layer_spec *layer)
{
    return json_pack(
        "{s:s, s:b, s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:s, s:s, s:b, s:s, s:s, s:s, s:b, s:f, s:f}", "name",
        layer->name, "trainable", 1, "dtype", "float32", "return_sequences", 0, "return_state", 0,
        "go_backwards", 0, "stateful", 0, "unroll", 0, "units", layer->units, "activation", "tanh",
        "recurrent_activation", "sigmoid", "use_bias", 1, "kernel_initializer", "glorot_uniform",
        "recurrent_initializer", "orthogonal", "bias_initializer", "zeros", "unit_forget_bias", 1, "dropout",
        0.0, "recurrent_dropout", 0.0);
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
    case LAYER_LSTM:
        return lstm_config(layer);
    case LAYER_DENSE:
        return dense_config(layer);
    }
    return NULL;
}

/* The shape that the layer is built with: (batch, T), (batch, T, E) or (batch, H). */
static json_t *input_shape(const struct spec *spec, int layer)
{
    int before = layer > 0 ? spec->layers[layer - 1].units : 0;
    switch (spec->layers[layer].kind) {
    case LAYER_EMBEDDING:
        return json_pack("[n,i]", spec->maxlen);
    case LAYER_LSTM:
        return json_pack("[n,i,i]", spec->maxlen, before);
    case LAYER_DENSE:
        return json_pack("[n,i]", before);
    }
    return NULL;
}

static json_t *layers(const struct spec *spec)
{
    json_t *list = json_array();
    bool complete = list && json_array_append_new(list, input_layer(spec)) == 0;
    for (int i = 0; complete && i < spec->layer_count; i++) {
        json_t *layer = json_pack("{s:s, s:s, s:o, s:n, s:{s:o}}", "module", "keras.layers", "class_name",
                                  keras_class(spec->layers[i].kind), "config", layer_config(&spec->layers[i]),
                                  "registered_name", "build_config", "input_shape", input_shape(spec, i));
        complete = json_array_append_new(list, layer) == 0;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *optimizer(const struct adam_spec *adam)
{
    return json_pack("{s:s, s:s, s:{s:s, s:f, s:n, s:n, s:n, s:n, s:b, s:f, s:n, s:f, s:f, s:f, s:b}, s:n}",
                     "module", "keras.optimizers", "class_name", "Adam", "config", "name", "adam",
                     "learning_rate", adam->learning_rate, "weight_decay", "clipnorm", "global_clipnorm",
                     "clipvalue", "use_ema", 0, "ema_momentum", 0.99, "ema_overwrite_frequency", "beta_1",
                     adam->beta_1, "beta_2", adam->beta_2, "epsilon", adam->epsilon, "amsgrad", 0,
                     "registered_name");
}

static json_t *compile_config(const struct spec *spec)
{
    return json_pack("{s:o, s:s, s:n, s:[s], s:n, s:b, s:i, s:b}", "optimizer", optimizer(&spec->adam),
                     "loss", "binary_crossentropy", "loss_weights", "metrics", "accuracy", "weighted_metrics",
                     "run_eagerly", 0, "steps_per_execution", 1, "jit_compile", 0);
}

/* The fewest digits, from 15, that give the number back to the bit. */
static size_t digits_of(double number)
{
    for (int digits = 15; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return (size_t)digits;
    }
    return 17;
}

static size_t digits_of_adam(const struct adam_spec *adam)
{
    const double numbers[] = {adam->learning_rate, adam->beta_1, adam->beta_2, adam->epsilon};
    size_t digits = 15;
    for (int i = 0; i < 4; i++)
        if (digits_of(numbers[i]) > digits)
            digits = digits_of(numbers[i]);
    return digits;
}

char *config_write(const struct spec *spec)
{
    json_t *root =
        json_pack("{s:s, s:s, s:{s:s, s:b, s:s, s:o, s:[n,i]}, s:n, s:{s:[n,i]}, s:o}", "module", "keras",
                  "class_name", "Sequential", "config", "name", spec->name, "trainable", 1, "dtype",
                  "float32", "layers", layers(spec), "build_input_shape", spec->maxlen, "registered_name",
                  "build_config", "input_shape", spec->maxlen, "compile_config", compile_config(spec));
    char *text = root ? json_dumps(root, JSON_REAL_PRECISION(digits_of_adam(&spec->adam))) : NULL;
    json_decref(root);
    return text;
}
