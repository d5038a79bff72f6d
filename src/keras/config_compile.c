#include "config.h"
#include "config_values.h"

#include <float.h>
#include <string.h>
#include <strings.h>

struct range {
    double low, high;
    const char *text;
};

/* What a float32 can hold, as the arithmetic does; and what the mean of earlier steps may weigh. */
static const struct range positive = {(double)FLT_MIN, (double)FLT_MAX, "1.18e-38 to 3.4e+38"};
static const struct range weight = {(double)FLT_MIN, 1 - (double)FLT_EPSILON / 2, "above 0 to less than 1"};
static const struct range fraction = {0, 1 - DBL_EPSILON / 2, "0 to less than 1"};

/* A number of the optimizer; absent keys keep their default. */
static bool read_rate(double *rate, const json_t *config, const char *key, const struct range *range,
                      struct error *error)
{
    const json_t *value = json_object_get(config, key);
    if (!value)
        return true;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= range->low && number <= range->high))
        return error_set(error,
                         "%s is not a number from %s; compile the model with a fixed one in that range", key,
                         range->text);
    *rate = number;
    return true;
}

static bool read_learning_rate(struct adam_spec *adam, const json_t *config, struct error *error)
{
    static const char key[] = "learning_rate";
    const json_t *value = json_object_get(config, key);
    return json_is_object(value) ? config_read_schedule(&adam->cosine, value, error)
                                 : read_rate(&adam->learning_rate, config, key, &positive, error);
}

/* Keras' default momentum holds where none is said. Without use_ema nothing of it counts. */
static bool read_average(struct adam_spec *adam, const json_t *config, struct error *error)
{
    const json_t *use_ema = json_object_get(config, "use_ema");
    if (value_is_absent(use_ema) || json_is_false(use_ema))
        return true;
    if (!json_is_true(use_ema))
        return setting_refuse(use_ema, "use_ema", "true or false", error);
    adam->ema_momentum = 0.99;
    return settings_check(config, settings_of_average, error) &&
           read_rate(&adam->ema_momentum, config, "ema_momentum", &weight, error);
}

static bool read_optimizer(struct adam_spec *adam, const json_t *optimizer, struct error *error)
{
    if (value_is_absent(optimizer))
        return true;
    const json_t *config = json_object_get(optimizer, "config");
    char name[VALUE_TEXT_BYTES];
    value_text(name, json_is_string(optimizer) ? optimizer : json_object_get(optimizer, "class_name"),
               "(unnamed)");
    /* TF-Keras 2.11 and 2.12 put the package before the name. */
    if (strcasecmp(name, "adam") != 0 && strcmp(name, "Custom>Adam") != 0)
        return error_set(error, "optimizer %s is not supported; compile the model with Adam", name);
    bool read = value_check_origin(optimizer, error) && settings_check(config, settings_of_adam, error) &&
                read_rate(&adam->learning_rate, config, "lr", &positive, error) && /* before TF-Keras 2.3 */
                read_learning_rate(adam, config, error) && read_average(adam, config, error) &&
                read_rate(&adam->beta_1, config, "beta_1", &fraction, error) &&
                read_rate(&adam->beta_2, config, "beta_2", &fraction, error) &&
                read_rate(&adam->epsilon, config, "epsilon", &positive, error);
    return read || error_within(error, "optimizer %s", name);
}

static bool read_loss(const json_t *loss, struct error *error)
{
    if (value_is_absent(loss))
        return true;
    static const char *const reductions[] = {"sum_over_batch_size", "auto", NULL};
    int reduction;
    const char *class_name = json_string_value(json_object_get(loss, "class_name"));
    if (class_name && strcmp(class_name, "BinaryCrossentropy") == 0) {
        bool read =
            value_check_origin(loss, error) &&
            settings_check(json_object_get(loss, "config"), settings_of_crossentropy, error) &&
            value_read_choice(&reduction, json_object_get(loss, "config"), "reduction", reductions, error);
        return read || error_within(error, "loss BinaryCrossentropy");
    }
    char text[VALUE_TEXT_BYTES];
    const json_t *name = json_is_object(loss) ? json_object_get(loss, "config") : loss;
    value_text(text, json_is_string(name) ? name : json_object_get(loss, "class_name"), "(unnamed)");
    if (strcmp(text, "binary_crossentropy") == 0 || strcmp(text, "BinaryCrossentropy") == 0)
        return true;
    return error_set(error, "loss %s is not supported; compile the model with binary_crossentropy", text);
}

bool config_read_compile(struct adam_spec *adam, const json_t *compile, struct error *error)
{
    return read_optimizer(adam, json_object_get(compile, "optimizer"), error) &&
           read_loss(json_object_get(compile, "loss"), error) &&
           settings_check(compile, settings_of_compile, error);
}

bool config_read_training(struct adam_spec *adam, const char *json, size_t bytes, struct error *error)
{
    json_error_t reason;
    json_t *training = bytes <= CONFIG_BYTES_MAX ? json_loadb(json, bytes, 0, &reason) : NULL;
    if (!training)
        return error_set(error, "is not JSON or larger than %d MiB; fetch or save the file again",
                         CONFIG_BYTES_MAX >> 20);
    bool read = read_optimizer(adam, json_object_get(training, "optimizer_config"), error) &&
                read_loss(json_object_get(training, "loss"), error) &&
                settings_check(training, settings_of_compile, error);
    json_decref(training);
    return read;
}
