#include "config.h"
#include "config_values.h"
#include "layer_names.h"

#include <string.h>

/* Sets maxlen from a shape [batch, T]; leaves it alone where the shape is absent. */
static bool read_length(struct spec *spec, const json_t *shape, struct error *error)
{
    if (value_is_absent(shape) || spec->maxlen > 0)
        return true;
    if (!json_is_array(shape) || json_array_size(shape) != 2)
        return error_set(error, "the input is not a matrix of token ids; its shape must be [null, maxlen]");
    if (value_is_absent(json_array_get(shape, 1)))
        return error_set(error, "the input has no fixed length; build the model with one, Input((maxlen,))");
    return value_read_size(&spec->maxlen, json_array_get(shape, 1), "the input's length", error);
}

/* InputLayer says batch_shape; before Keras 3 the first layer said batch_input_shape. */
static bool read_input_shape(struct spec *spec, const json_t *config, struct error *error)
{
    return read_length(spec, json_object_get(config, "batch_shape"), error) &&
           read_length(spec, json_object_get(config, "batch_input_shape"), error);
}

static bool read_known_layer(struct spec *spec, const json_t *object, struct layer_spec layer,
                             enum keras_generation generation, struct error *error)
{
    if (spec->layer_count == SPEC_MAX_LAYERS)
        return error_set(error, "is one layer too many; build the model with at most %d", SPEC_MAX_LAYERS);
    char default_name[SPEC_NAME_BYTES];
    spec->layers[spec->layer_count] = layer;
    keras_group(spec, spec->layer_count, default_name);
    if (!config_read_layer(&spec->layers[spec->layer_count], object, default_name, generation, error))
        return false;
    if (spec->layer_count == 0 && !read_input_shape(spec, json_object_get(object, "config"), error))
        return false;
    spec->layer_count++;
    return true;
}

static bool read_input_layer(struct spec *spec, const json_t *object, int position, struct error *error)
{
    const json_t *config = json_object_get(object, "config");
    if (position != 0)
        return error_set(error, "stands behind other layers; an InputLayer must be the first");
    return value_check_origin(object, error) && settings_check(config, settings_of_input, error) &&
           read_input_shape(spec, config, error);
}

static bool read_layer(struct spec *spec, const json_t *object, int position,
                       enum keras_generation generation, struct error *error)
{
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    const json_t *config = json_object_get(object, "config");
    if (!class_name || !json_is_object(config))
        return error_set(error, "layer %d: is not an object with class_name and config; save the model again",
                         position);

    struct layer_spec layer = {0};
    bool read;
    if (strcmp(class_name, "InputLayer") == 0)
        read = read_input_layer(spec, object, position, error);
    else if (keras_class_find(class_name, &layer))
        read = read_known_layer(spec, object, layer, generation, error);
    else
        read = error_set(error, "this class is not supported; this version knows Embedding, Dropout, Conv1D, "
                                "MaxPooling1D, LSTM, Bidirectional(LSTM) and Dense");
    char name[VALUE_TEXT_BYTES], class_text[VALUE_TEXT_BYTES];
    return read || error_within(error, "layer %s of class %s",
                                value_text(name, json_object_get(config, "name"), "(unnamed)"),
                                value_text(class_text, json_object_get(object, "class_name"), ""));
}

static bool read_sequential(struct spec *spec, const json_t *root, enum keras_generation generation,
                            struct error *error)
{
    char class_name[VALUE_TEXT_BYTES];
    value_text(class_name, json_object_get(root, "class_name"), "(absent)");
    if (strcmp(class_name, "Sequential") != 0)
        return error_set(error, "the model's class is %s; only Sequential is supported", class_name);
    const json_t *config = json_object_get(root, "config");
    /* Before Keras 2.2.3 a Sequential's config was the list itself. */
    const json_t *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    if (!json_is_array(layers))
        return error_set(error, "the model has no list of layers; save it again");
    if (!value_check_origin(root, error) ||
        !value_read_name(spec->name, json_object_get(config, "name"), NULL, "sequential", error) ||
        !settings_check(config, settings_of_sequential, error))
        return error_within(error, "the model");

    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!read_layer(spec, json_array_get(layers, i), (int)i, generation, error))
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

static enum keras_generation generation_of(const json_t *root)
{
    const char *version = json_string_value(json_object_get(root, "keras_version"));
    return version && (!strncmp(version, "1.", 2) || !strncmp(version, "2.", 2)) ? KERAS_1_OR_2 : KERAS_3;
}

enum keras_generation config_generation(const char *json, size_t bytes)
{
    json_t *root = bytes <= CONFIG_BYTES_MAX ? json_loadb(json, bytes, 0, NULL) : NULL;
    enum keras_generation generation = generation_of(root);
    json_decref(root);
    return generation;
}

bool config_read(struct spec *spec, const char *json, size_t bytes, enum keras_generation generation,
                 struct error *error)
{
    /* Keras' defaults: they hold where the file was saved without compile(). */
    *spec = (struct spec){
        .adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7},
    };
    if (bytes > CONFIG_BYTES_MAX)
        return error_set(error,
                         "is larger than %d MiB, but Keras' text has some kB; fetch or save the file again",
                         CONFIG_BYTES_MAX >> 20);
    json_error_t reason;
    json_t *root = json_loadb(json, bytes, 0, &reason);
    if (!root)
        return error_set(error, "line %d is not JSON: %s; fetch or save the file again", reason.line,
                         reason.text);
    if (generation_of(root) == KERAS_1_OR_2)
        generation = KERAS_1_OR_2;
    bool read = read_sequential(spec, root, generation, error) &&
                config_read_compile(&spec->adam, json_object_get(root, "compile_config"), error);
    json_decref(root);
    return read;
}
