#include "config.h"
#include "config_values.h"

#include <string.h>

const char *const recurrent_activation_names[] = {"sigmoid", "hard_sigmoid", "hard_sigmoid_keras1", NULL};
const double recurrent_activation_slopes[] = {0, 1.0 / 6, 0.2};

static bool read_embedding(struct layer_spec *layer, const json_t *config, struct error *error)
{
    static const struct setting dropout[] = {{"dropout", SETTING_OFF, NULL}, {NULL, SETTING_OFF, NULL}};
    if (!settings_check(config, dropout, error))
        return error_set(error,
                         "dropout of an Embedding is of Keras 1; use the preset lstm-embedding-dropout");
    layer->mask_zero = json_is_true(json_object_get(config, "mask_zero"));
    return value_read_size(&layer->input_dim, json_object_get(config, "input_dim"), "input_dim", error) &&
           value_read_size(&layer->units, json_object_get(config, "output_dim"), "output_dim", error);
}

/* Of Dropout: (None, None, 1) drops steps as a whole. */
static bool read_noise_shape(struct layer_spec *layer, const json_t *shape, struct error *error)
{
    if (value_is_absent(shape))
        return true;
    if (layer->dropout_unit == DROP_FEATURES || json_array_size(shape) != 3 ||
        !value_is_absent(json_array_get(shape, 0)) || !value_is_absent(json_array_get(shape, 1)) ||
        json_integer_value(json_array_get(shape, 2)) != 1)
        return setting_refuse(shape, "noise_shape", "null or [null,null,1]", error);
    layer->dropout_unit = DROP_STEPS;
    return true;
}

static bool read_dropout(struct layer_spec *layer, const json_t *config, struct error *error)
{
    if (!json_object_get(config, "rate"))
        return setting_refuse(NULL, "rate", "a rate from 0 to less than 1", error);
    return value_read_rate(&layer->dropout, config, "rate", error) &&
           read_noise_shape(layer, json_object_get(config, "noise_shape"), error);
}

static bool read_conv1d(struct layer_spec *layer, const json_t *config, struct error *error)
{
    static const char *const paddings[] = {[PADDING_VALID] = "valid", [PADDING_SAME] = "same", NULL};
    static const char *const activations[] = {
        [ACTIVATION_LINEAR] = "linear", [ACTIVATION_RELU] = "relu", NULL};
    const json_t *strides = json_object_get(config, "strides");
    int padding, activation = ACTIVATION_LINEAR;
    layer->strides = 1;
    if (strides && !value_read_length(&layer->strides, strides, "strides", error))
        return false;
    if (!value_read_length(&layer->units, json_object_get(config, "filters"), "filters", error) ||
        !value_read_length(&layer->kernel_size, json_object_get(config, "kernel_size"), "kernel_size",
                           error) ||
        !value_read_choice(&padding, config, "padding", paddings, error))
        return false;
    if (!value_is_absent(json_object_get(config, "activation")) &&
        !value_read_choice(&activation, config, "activation", activations, error))
        return false;
    layer->padding = (enum padding)padding;
    layer->activation = (enum activation)activation;
    return true;
}

static bool read_max_pooling1d(struct layer_spec *layer, const json_t *config, struct error *error)
{
    const json_t *size = json_object_get(config, "pool_size"), *strides = json_object_get(config, "strides");
    layer->pool_size = 2; /* Keras' default */
    if (size && !value_read_length(&layer->pool_size, size, "pool_size", error))
        return false;
    int stride = layer->pool_size;
    if (!value_is_absent(strides) && !value_read_length(&stride, strides, "strides", error))
        return false;
    return stride == layer->pool_size || setting_refuse(strides, "strides", "that of pool_size", error);
}

static bool read_lstm(struct layer_spec *layer, const json_t *config, enum keras_generation generation,
                      struct error *error)
{
    int activation;
    if (json_object_get(config, "output_dim") || json_object_get(config, "inner_activation"))
        return error_set(error, "is an LSTM of Keras 1; use a preset with "
                                "--recurrent-activation hard_sigmoid_keras1 --initializers keras1");
    if (!value_read_size(&layer->units, json_object_get(config, "units"), "units", error) ||
        !value_read_choice(&activation, config, "recurrent_activation", recurrent_activation_names, error) ||
        !value_read_rate(&layer->dropout, config, "dropout", error) ||
        !value_read_rate(&layer->recurrent_dropout, config, "recurrent_dropout", error))
        return false;
    if (activation == RECURRENT_HARD_SIGMOID && generation == KERAS_1_OR_2)
        activation = RECURRENT_HARD_SIGMOID_KERAS1;
    layer->hard_sigmoid_slope = recurrent_activation_slopes[activation];
    layer->return_sequences = json_is_true(json_object_get(config, "return_sequences"));
    layer->go_backwards = json_is_true(json_object_get(config, "go_backwards"));
    return true;
}

/* An LSTM inside a Bidirectional; `direction` has no name yet. */
static bool read_direction(struct layer_spec *direction, const json_t *object,
                           enum keras_generation generation, struct error *error)
{
    const json_t *class_name = json_object_get(object, "class_name"),
                 *config = json_object_get(object, "config");
    *direction = (struct layer_spec){.kind = LAYER_LSTM};
    if (!json_is_string(class_name) || !json_is_object(config))
        return error_set(error, "is not an object with class_name and config; save the model again");
    char text[VALUE_TEXT_BYTES];
    if (strcmp(json_string_value(class_name), "LSTM") != 0)
        return error_set(error, "class %s is not supported; this version needs LSTM",
                         value_text(text, class_name, ""));
    return value_check_origin(object, error) && settings_check(config, settings_of_layer(direction), error) &&
           read_lstm(direction, config, generation, error);
}

/* Keras 3 writes both layers; before, the backward one was there only if somebody had made it. */
static bool check_backward(const struct layer_spec *forward, const json_t *object,
                           enum keras_generation generation, struct error *error)
{
    struct layer_spec backward;
    if (!read_direction(&backward, object, generation, error))
        return false;
    const struct {
        const char *key;
        bool fits;
    } settings[] = {
        {"units", backward.units == forward->units},
        {"recurrent_activation", backward.hard_sigmoid_slope == forward->hard_sigmoid_slope},
        {"dropout", backward.dropout == forward->dropout},
        {"recurrent_dropout", backward.recurrent_dropout == forward->recurrent_dropout},
        {"return_sequences", backward.return_sequences == forward->return_sequences},
    };
    const json_t *config = json_object_get(object, "config");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (!settings[i].fits)
            return setting_refuse(json_object_get(config, settings[i].key), settings[i].key,
                                  "that of the forward layer", error);
    return backward.go_backwards ||
           setting_refuse(json_object_get(config, "go_backwards"), "go_backwards", "true", error);
}

static bool read_bidirectional(struct layer_spec *layer, const json_t *config,
                               enum keras_generation generation, struct error *error)
{
    struct layer_spec forward;
    const json_t *object = json_object_get(config, "layer");
    const json_t *inner = json_object_get(object, "config"),
                 *backward = json_object_get(config, "backward_layer");
    if (!read_direction(&forward, object, generation, error) ||
        !value_read_name(forward.inner_name, json_object_get(inner, "name"), "forward_", "lstm", error) ||
        (forward.go_backwards &&
         !setting_refuse(json_object_get(inner, "go_backwards"), "go_backwards", "it off", error)))
        return error_within(error, "its layer");
    if (!value_is_absent(backward) && !check_backward(&forward, backward, generation, error))
        return error_within(error, "its backward_layer");
    strcpy(forward.name, layer->name);
    forward.bidirectional = true;
    *layer = forward;
    return true;
}

/* What Keras 3 has no key for stands beside "config", where it ignores it. */
static bool read_own(struct layer_spec *layer, const json_t *object, struct error *error)
{
    static const char *const masks[] = {
        [GATE_MASKS_PER_GATE] = "per-gate", [GATE_MASKS_SHARED] = "shared", NULL};
    const json_t *own = json_object_get(object, "matinee");
    if (!own)
        return true;
    const char *key = layer->kind == LAYER_EMBEDDING ? "dropout"
                      : layer->kind == LAYER_LSTM    ? "gate_masks"
                                                     : "";
    if (!json_is_object(own) || json_object_size(own) != (json_object_get(own, key) != NULL))
        return setting_refuse(own, "matinee", *key ? key : "none", error);
    if (layer->kind == LAYER_EMBEDDING)
        return value_read_rate(&layer->dropout, own, "dropout", error) || error_within(error, "matinee");
    int choice;
    if (!value_read_choice(&choice, own, "gate_masks", masks, error))
        return error_within(error, "matinee");
    layer->gate_masks = (enum gate_masks)choice;
    return true;
}

static bool read_settings(struct layer_spec *layer, const json_t *config, enum keras_generation generation,
                          struct error *error)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return read_embedding(layer, config, error);
    case LAYER_DROPOUT:
        return read_dropout(layer, config, error);
    case LAYER_CONV1D:
        return read_conv1d(layer, config, error);
    case LAYER_MAX_POOLING1D:
        return read_max_pooling1d(layer, config, error);
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return true;
    case LAYER_LSTM:
        return layer->bidirectional ? read_bidirectional(layer, config, generation, error)
                                    : read_lstm(layer, config, generation, error);
    case LAYER_DENSE:
        return value_read_size(&layer->units, json_object_get(config, "units"), "units", error);
    }
    return false;
}

bool config_read_layer(struct layer_spec *layer, const json_t *object, const char *default_name,
                       enum keras_generation generation, struct error *error)
{
    const json_t *config = json_object_get(object, "config");
    return value_check_origin(object, error) &&
           value_read_name(layer->name, json_object_get(config, "name"), NULL, default_name, error) &&
           settings_check(config, settings_of_layer(layer), error) &&
           read_settings(layer, config, generation, error) && read_own(layer, object, error);
}
