/* Whether a text asks for the initial weights that src/model draws: of use only where no weights come with it. */
#include "config.h"
#include "config_values.h"

#include <string.h>

/* A number or text of an initializer's config. */
struct constant {
    const char *key, *text; /* text NULL: the number */
    double number;
    bool required; /* Keras' default is something else */
};

static const struct initializer {
    const char *wanted; /* for messages */
    const char *names[4];
    struct constant constants[2];
} uniform = {"uniform in [-0.05, 0.05]",
             {"uniform", "random_uniform", "RandomUniform"},
             {{"minval", NULL, -0.05, false}, {"maxval", NULL, 0.05, false}}},
  glorot_uniform = {"glorot_uniform", {"glorot_uniform", "GlorotUniform"}, {{0}}},
  orthogonal = {"orthogonal",
                {"orthogonal", "Orthogonal", "OrthogonalInitializer"},
                {{"gain", NULL, 1, false}}},
  zeros = {"zeros", {"zeros", "Zeros"}, {{0}}};

/* What glorot_uniform is made of; Keras 2 writes it so. */
static const struct constant scaling[] = {
    {"scale", NULL, 1, false}, {"mode", "fan_avg", 0, true}, {"distribution", "uniform", 0, true}};

static bool constants_hold(const struct constant *constants, size_t count, const json_t *config)
{
    for (size_t i = 0; i < count && constants[i].key; i++) {
        const json_t *value = json_object_get(config, constants[i].key);
        const char *text = json_string_value(value);
        bool equal = constants[i].text
                         ? text && strcmp(text, constants[i].text) == 0
                         : json_is_number(value) && json_number_value(value) == constants[i].number;
        if (!equal && (value || constants[i].required))
            return false;
    }
    return true;
}

/* A name alone, or an object of class and config. */
static bool is_initializer(const struct initializer *wanted, const json_t *value)
{
    const char *name =
        json_string_value(json_is_object(value) ? json_object_get(value, "class_name") : value);
    const json_t *config = json_object_get(value, "config");
    struct error unused;
    if (value_is_absent(value))
        return true;
    if (!name || (json_is_object(value) && !value_check_origin(value, &unused)))
        return false;
    if (wanted == &glorot_uniform && strcmp(name, "VarianceScaling") == 0)
        return constants_hold(scaling, sizeof scaling / sizeof *scaling, config);
    for (int i = 0; wanted->names[i]; i++)
        if (strcmp(name, wanted->names[i]) == 0)
            return constants_hold(wanted->constants, 2, config);
    return false;
}

static bool check(const json_t *config, const char *key, const struct initializer *wanted,
                  struct error *error)
{
    const json_t *value = json_object_get(config, key);
    return is_initializer(wanted, value) || setting_refuse(value, key, wanted->wanted, error);
}

static bool check_lstm(const json_t *config, struct error *error)
{
    const json_t *forget = json_object_get(config, "unit_forget_bias");
    return check(config, "kernel_initializer", &glorot_uniform, error) &&
           check(config, "recurrent_initializer", &orthogonal, error) &&
           check(config, "bias_initializer", &zeros, error) &&
           (value_is_absent(forget) || json_is_true(forget) ||
            setting_refuse(forget, "unit_forget_bias", "it on", error));
}

bool config_check_initializers(const struct layer_spec *layer, const json_t *config, struct error *error)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return check(config, "embeddings_initializer", &uniform, error);
    case LAYER_LSTM:
        if (!layer->bidirectional)
            return check_lstm(config, error);
        return (check_lstm(json_object_get(json_object_get(config, "layer"), "config"), error) ||
                error_within(error, "its layer")) &&
               (check_lstm(json_object_get(json_object_get(config, "backward_layer"), "config"), error) ||
                error_within(error, "its backward_layer"));
    case LAYER_CONV1D:
    case LAYER_DENSE:
        return check(config, "kernel_initializer", &glorot_uniform, error) &&
               check(config, "bias_initializer", &zeros, error);
    case LAYER_DROPOUT:
    case LAYER_MAX_POOLING1D:
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    }
    return true;
}
