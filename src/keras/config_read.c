#include "config.h"
#include "layer_names.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

/* A class of somebody's own may bear the name of one of Keras'. */
static bool check_origin(const json_t *object, struct error *error)
{
    const json_t *module = json_object_get(object, "module");
    if (!is_absent(module) &&
        (!json_is_string(module) || strncmp(json_string_value(module), "keras", 5) != 0))
        return error_set(error, "is not a class of Keras' own; build the model with those alone");
    const json_t *registered = json_object_get(object, "registered_name");
    if (!is_absent(registered) && !json_equal(registered, json_object_get(object, "class_name")))
        return error_set(error, "is a registered custom class; build the model with Keras' own alone");
    return true;
}

static bool read_name(char name[static SPEC_NAME_BYTES], const json_t *config, const char *default_name,
                      struct error *error)
{
    const json_t *value = json_object_get(config, "name");
    const char *text = is_absent(value) ? default_name : json_string_value(value);
    if (!text || !*text || strlen(text) >= SPEC_NAME_BYTES || strchr(text, '/'))
        return error_set(error, "its name is not a text of 1 to %d bytes without a slash; rename it",
                         SPEC_NAME_BYTES - 1);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            return error_set(error, "its name contains a control character; rename it");
    strcpy(name, text);
    return true;
}

static bool read_size(int *size, const json_t *value, const char *key, struct error *error)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > INT_MAX)
        return error_set(error, "%s is not a whole number from 1 to %d; build the model with one", key,
                         INT_MAX);
    *size = (int)number;
    return true;
}

/* Sets maxlen from a shape [batch, T]; leaves it alone where the shape is absent. */
static bool read_length(struct spec *spec, const json_t *shape, struct error *error)
{
    if (is_absent(shape) || spec->maxlen > 0)
        return true;
    if (!json_is_array(shape) || json_array_size(shape) != 2)
        return error_set(error, "the input is not a matrix of token ids; its shape must be [null, maxlen]");
    if (is_absent(json_array_get(shape, 1)))
        return error_set(error, "the input has no fixed length; build the model with one, Input((maxlen,))");
    return read_size(&spec->maxlen, json_array_get(shape, 1), "the input's length", error);
}

/* InputLayer says batch_shape; before Keras 3 the first layer said batch_input_shape. */
static bool read_input_shape(struct spec *spec, const json_t *config, struct error *error)
{
    return read_length(spec, json_object_get(config, "batch_shape"), error) &&
           read_length(spec, json_object_get(config, "batch_input_shape"), error);
}

static bool read_layer_sizes(struct layer_spec *layer, const json_t *config, struct error *error)
{
    if (layer->kind == LAYER_EMBEDDING)
        return read_size(&layer->input_dim, json_object_get(config, "input_dim"), "input_dim", error) &&
               read_size(&layer->units, json_object_get(config, "output_dim"), "output_dim", error);
    return read_size(&layer->units, json_object_get(config, "units"), "units", error);
}

static bool read_known_layer(struct spec *spec, const json_t *object, enum layer_kind kind,
                             struct error *error)
{
    if (spec->layer_count == SPEC_MAX_LAYERS)
        return error_set(error, "is one layer too many; build the model with at most %d", SPEC_MAX_LAYERS);
    const json_t *config = json_object_get(object, "config");
    struct layer_spec *layer = &spec->layers[spec->layer_count];
    *layer = (struct layer_spec){.kind = kind};
    char default_name[SPEC_NAME_BYTES];
    keras_group(spec, spec->layer_count, default_name);
    if (!check_origin(object, error) || !read_name(layer->name, config, default_name, error) ||
        !settings_check(config, settings_of_layer(kind), error) || !read_layer_sizes(layer, config, error))
        return false;
    if (spec->layer_count == 0 && !read_input_shape(spec, config, error))
        return false;
    spec->layer_count++;
    return true;
}

static bool read_input_layer(struct spec *spec, const json_t *object, int position, struct error *error)
{
    const json_t *config = json_object_get(object, "config");
    if (position != 0)
        return error_set(error, "stands behind other layers; an InputLayer must be the first");
    return check_origin(object, error) && settings_check(config, settings_of_input, error) &&
           read_input_shape(spec, config, error);
}

static bool read_layer(struct spec *spec, const json_t *object, int position, struct error *error)
{
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    const json_t *config = json_object_get(object, "config");
    if (!class_name || !json_is_object(config))
        return error_set(error, "layer %d: is not an object with class_name and config; save the model again",
                         position);
    const char *name = json_string_value(json_object_get(config, "name"));

    enum layer_kind kind;
    bool read;
    if (strcmp(class_name, "InputLayer") == 0)
        read = read_input_layer(spec, object, position, error);
    else if (keras_class_find(class_name, &kind))
        read = read_known_layer(spec, object, kind, error);
    else
        read = error_set(error, "this class is not supported; this version knows Embedding, LSTM and Dense");
    return read || error_within(error, "layer %.64s of class %.64s", name ? name : "(unnamed)", class_name);
}

static bool read_sequential(struct spec *spec, const json_t *root, struct error *error)
{
    const char *class_name = json_string_value(json_object_get(root, "class_name"));
    const json_t *config = json_object_get(root, "config");
    if (!class_name || strcmp(class_name, "Sequential") != 0)
        return error_set(error, "the model's class is %.64s; only Sequential is supported",
                         class_name ? class_name : "(absent)");
    const json_t *layers = json_object_get(config, "layers");
    if (!json_is_array(layers))
        return error_set(error, "the model has no list of layers; save it again");
    if (!check_origin(root, error) || !read_name(spec->name, config, "sequential", error) ||
        !settings_check(config, settings_of_sequential, error))
        return error_within(error, "the model");

    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!read_layer(spec, json_array_get(layers, i), (int)i, error))
            return false;
    if (!read_length(spec, json_object_get(config, "build_input_shape"), error) ||
        !read_length(spec, json_object_get(json_object_get(root, "build_config"), "input_shape"), error))
        return false;
    if (spec->layer_count == 0)
        return error_set(error, "the model has no layers; add them before saving it");
    if (spec->maxlen == 0)
        return error_set(error, "the input has no fixed length; build the model with one, Input((maxlen,))");
    return true;
}

struct range {
    double low, high;
    const char *text;
};

/* What a float32 can hold, as the arithmetic does; and what the mean of earlier steps may weigh. */
static const struct range positive = {(double)FLT_MIN, (double)FLT_MAX, "1.18e-38 to 3.4e+38"};
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

static bool read_optimizer(struct adam_spec *adam, const json_t *optimizer, struct error *error)
{
    if (is_absent(optimizer))
        return true;
    const json_t *config = json_object_get(optimizer, "config");
    const char *name = json_is_string(optimizer)
                           ? json_string_value(optimizer)
                           : json_string_value(json_object_get(optimizer, "class_name"));
    if (!name || strcasecmp(name, "adam") != 0)
        return error_set(error, "optimizer %.64s is not supported; compile the model with Adam",
                         name ? name : "(unnamed)");
    bool read = check_origin(optimizer, error) && settings_check(config, settings_of_adam, error) &&
                read_rate(&adam->learning_rate, config, "learning_rate", &positive, error) &&
                read_rate(&adam->beta_1, config, "beta_1", &fraction, error) &&
                read_rate(&adam->beta_2, config, "beta_2", &fraction, error) &&
                read_rate(&adam->epsilon, config, "epsilon", &positive, error);
    return read || error_within(error, "optimizer %.64s", name);
}

static bool read_loss(const json_t *loss, struct error *error)
{
    if (is_absent(loss))
        return true;
    const char *class_name = json_string_value(json_object_get(loss, "class_name"));
    if (class_name && strcmp(class_name, "BinaryCrossentropy") == 0) {
        bool read = check_origin(loss, error) &&
                    settings_check(json_object_get(loss, "config"), settings_of_crossentropy, error);
        return read || error_within(error, "loss BinaryCrossentropy");
    }
    const char *name = settings_text(loss);
    if (!name)
        name = class_name;
    if (name && (!strcmp(name, "binary_crossentropy") || !strcmp(name, "BinaryCrossentropy")))
        return true;
    return error_set(error, "loss %.64s is not supported; compile the model with binary_crossentropy",
                     name ? name : "(unnamed)");
}

static bool read_compile_config(struct spec *spec, const json_t *compile, struct error *error)
{
    return read_optimizer(&spec->adam, json_object_get(compile, "optimizer"), error) &&
           read_loss(json_object_get(compile, "loss"), error) &&
           settings_check(compile, settings_of_compile, error);
}

bool config_read(struct spec *spec, const char *json, size_t bytes, struct error *error)
{
    /* Keras' defaults: they hold where the file was saved without compile(). */
    *spec = (struct spec){
        .adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7},
    };
    json_error_t reason;
    json_t *root = json_loadb(json, bytes, 0, &reason);
    if (!root)
        return error_set(error, "line %d is not JSON: %s; fetch or save the file again", reason.line,
                         reason.text);
    bool read = read_sequential(spec, root, error) &&
                read_compile_config(spec, json_object_get(root, "compile_config"), error);
    json_decref(root);
    return read;
}
