#include "config.h"

#include <stdlib.h>
#include <string.h>

const struct setting settings_of_sequential[] = {
    {"trainable", SETTING_ON, NULL}, {"dtype", SETTING_FLOAT32, NULL}, {NULL, SETTING_OFF, NULL}};

const struct setting settings_of_input[] = {
    {"sparse", SETTING_OFF, NULL}, {"ragged", SETTING_OFF, NULL}, {NULL, SETTING_OFF, NULL}};

static const struct setting settings_of_embedding[] = {
    {"trainable", SETTING_ON, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {"mask_zero", SETTING_FLAG, NULL},
    {"sparse", SETTING_OFF, NULL},
    {"embeddings_regularizer", SETTING_OFF, NULL},
    {"activity_regularizer", SETTING_OFF, NULL},
    {"embeddings_constraint", SETTING_OFF, NULL},
    {"lora_rank", SETTING_OFF, NULL},
    {"quantization_config", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

/* No weights: `trainable` changes nothing. */
static const struct setting settings_of_dropout[] = {
    {"dtype", SETTING_FLOAT32, NULL},
    {"activity_regularizer", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_conv1d[] = {
    {"trainable", SETTING_ON, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {"data_format", SETTING_TEXT, "channels_last"},
    {"dilation_rate", SETTING_ONES, NULL},
    {"groups", SETTING_ONES, NULL},
    {"use_bias", SETTING_ON, NULL},
    {"kernel_regularizer", SETTING_OFF, NULL},
    {"bias_regularizer", SETTING_OFF, NULL},
    {"activity_regularizer", SETTING_OFF, NULL},
    {"kernel_constraint", SETTING_OFF, NULL},
    {"bias_constraint", SETTING_OFF, NULL},
    {"lora_rank", SETTING_OFF, NULL},
    {"quantization_config", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_max_pooling1d[] = {
    {"dtype", SETTING_FLOAT32, NULL},
    {"padding", SETTING_TEXT, "valid"},
    {"data_format", SETTING_TEXT, "channels_last"},
    {"activity_regularizer", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_global_pooling1d[] = {
    {"dtype", SETTING_FLOAT32, NULL}, {"data_format", SETTING_TEXT, "channels_last"},
    {"keepdims", SETTING_OFF, NULL},  {"activity_regularizer", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_bidirectional[] = {
    {"trainable", SETTING_ON, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {"merge_mode", SETTING_TEXT, "concat"},
    {"activity_regularizer", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_lstm[] = {
    {"trainable", SETTING_ON, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {"activation", SETTING_TEXT, "tanh"},
    {"use_bias", SETTING_ON, NULL},
    {"return_sequences", SETTING_FLAG, NULL},
    {"return_state", SETTING_OFF, NULL},
    {"go_backwards", SETTING_FLAG, NULL},
    {"stateful", SETTING_OFF, NULL},
    {"time_major", SETTING_OFF, NULL},
    {"kernel_regularizer", SETTING_OFF, NULL},
    {"recurrent_regularizer", SETTING_OFF, NULL},
    {"bias_regularizer", SETTING_OFF, NULL},
    {"activity_regularizer", SETTING_OFF, NULL},
    {"kernel_constraint", SETTING_OFF, NULL},
    {"recurrent_constraint", SETTING_OFF, NULL},
    {"bias_constraint", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

static const struct setting settings_of_dense[] = {
    {"trainable", SETTING_ON, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {"units", SETTING_ONE, NULL},
    {"activation", SETTING_PRESENT, "sigmoid"},
    {"use_bias", SETTING_ON, NULL},
    {"kernel_regularizer", SETTING_OFF, NULL},
    {"bias_regularizer", SETTING_OFF, NULL},
    {"activity_regularizer", SETTING_OFF, NULL},
    {"kernel_constraint", SETTING_OFF, NULL},
    {"bias_constraint", SETTING_OFF, NULL},
    {"lora_rank", SETTING_OFF, NULL},
    {"quantization_config", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

const struct setting settings_of_compile[] = {{"loss_weights", SETTING_OFF, NULL}, {NULL, SETTING_OFF, NULL}};

const struct setting settings_of_adam[] = {
    {"decay", SETTING_OFF, NULL}, /* of the learning rate, before TF-Keras 2.11 */
    {"weight_decay", SETTING_OFF, NULL},
    {"clipnorm", SETTING_OFF, NULL},
    {"global_clipnorm", SETTING_OFF, NULL},
    {"clipvalue", SETTING_OFF, NULL},
    {"loss_scale_factor", SETTING_OFF, NULL},
    {"gradient_accumulation_steps", SETTING_OFF, NULL},
    {"amsgrad", SETTING_OFF, NULL},
    {NULL, SETTING_OFF, NULL},
};

const struct setting settings_of_average[] = {{"ema_overwrite_frequency", SETTING_OFF, NULL},
                                              {NULL, SETTING_OFF, NULL}};

const struct setting settings_of_crossentropy[] = {
    {"from_logits", SETTING_OFF, NULL},
    {"label_smoothing", SETTING_OFF, NULL},
    {"dtype", SETTING_FLOAT32, NULL},
    {NULL, SETTING_OFF, NULL},
};

const struct setting *settings_of_layer(const struct layer_spec *layer)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return settings_of_embedding;
    case LAYER_DROPOUT:
        return settings_of_dropout;
    case LAYER_CONV1D:
        return settings_of_conv1d;
    case LAYER_MAX_POOLING1D:
        return settings_of_max_pooling1d;
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return settings_of_global_pooling1d;
    case LAYER_LSTM:
        return layer->bidirectional ? settings_of_bidirectional : settings_of_lstm;
    case LAYER_DENSE:
        break;
    }
    return settings_of_dense;
}

const char *settings_text(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(value, "config");
    return json_string_value(value);
}

static bool is_float32(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(json_object_get(value, "config"), "name");
    return !value || json_is_null(value) ||
           (json_is_string(value) && !strcmp(json_string_value(value), "float32"));
}

static bool text_equals(const json_t *value, const char *text)
{
    const char *found = settings_text(value);
    return found && strcmp(found, text) == 0;
}

static bool is_one(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) == 1;
}

static bool follows(const json_t *value, const struct setting *setting)
{
    switch (setting->rule) {
    case SETTING_OFF:
        return !value || json_is_null(value) || json_is_false(value) ||
               (json_is_number(value) && json_number_value(value) == 0);
    case SETTING_ON:
        return !value || json_is_true(value);
    case SETTING_FLAG:
        return !value || json_is_boolean(value);
    case SETTING_TEXT:
        return !value || text_equals(value, setting->text);
    case SETTING_PRESENT:
        return text_equals(value, setting->text);
    case SETTING_ONES:
        return !value || is_one(value) ||
               (json_is_array(value) && json_array_size(value) == 1 && is_one(json_array_get(value, 0)));
    case SETTING_ONE:
        return is_one(value);
    case SETTING_FLOAT32:
        return is_float32(value);
    }
    return false;
}

static const char *wanted_by(const struct setting *setting)
{
    switch (setting->rule) {
    case SETTING_OFF:
        return "it off";
    case SETTING_ON:
        return "it on";
    case SETTING_FLAG:
        return "true or false";
    case SETTING_ONE:
    case SETTING_ONES:
        return "1";
    case SETTING_FLOAT32:
        return "float32";
    default:
        return setting->text;
    }
}

bool setting_refuse(const json_t *value, const char *key, const char *wanted, struct error *error)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    error_set(error, "setting %s = %.120s is not supported; this version needs %s", key,
              text ? text : "(absent)", wanted);
    free(text);
    return false;
}

bool settings_check(const json_t *config, const struct setting *settings, struct error *error)
{
    for (const struct setting *setting = settings; setting->key; setting++) {
        const json_t *value = json_object_get(config, setting->key);
        if (!follows(value, setting))
            return setting_refuse(value, setting->key, wanted_by(setting), error);
    }
    return true;
}
