#include "config.h"
#include "config_values.h"
#include "layer_names.h"

#include <stdio.h>
#include <string.h>

/* Where a text is read to and what was said of it. */
struct reading {
    struct spec *spec;
    enum keras_generation generation;
    enum config_weights weights;
};

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
    const json_t *shape = json_object_get(config, "batch_input_shape"),
                 *length = json_object_get(config, "input_length");
    /* An Embedding may know the length where the shape leaves it open. */
    if (json_is_integer(length) && spec->maxlen == 0 && value_is_absent(json_array_get(shape, 1)))
        return value_read_size(&spec->maxlen, length, "input_length", error);
    return read_length(spec, json_object_get(config, "batch_shape"), error) &&
           read_length(spec, shape, error);
}

static bool read_known_layer(const struct reading *reading, const json_t *object, struct layer_spec layer,
                             struct error *error)
{
    struct spec *spec = reading->spec;
    const json_t *config = json_object_get(object, "config");
    if (spec->layer_count == SPEC_MAX_LAYERS)
        return error_set(error, "is one layer too many; build the model with at most %d", SPEC_MAX_LAYERS);
    char default_name[SPEC_NAME_BYTES];
    spec->layers[spec->layer_count] = layer;
    keras_group(spec, spec->layer_count, default_name);
    if (!config_read_layer(&spec->layers[spec->layer_count], object, default_name, reading->generation,
                           error) ||
        (reading->weights == CONFIG_ALONE && !config_check_initializers(&layer, config, error)))
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
    return value_check_origin(object, error) && settings_check(config, settings_of_input, error) &&
           read_input_shape(spec, config, error);
}

static bool read_layer(const struct reading *reading, const json_t *object, int position, bool is_last,
                       struct error *error)
{
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    const json_t *config = json_object_get(object, "config");
    if (!class_name || !json_is_object(config))
        return error_set(error, "layer %d: is not an object with class_name and config; save the model again",
                         position);

    struct layer_spec layer = {0};
    bool read;
    if (strcmp(class_name, "InputLayer") == 0)
        read = read_input_layer(reading->spec, object, position, error);
    else if (!keras_class_find(class_name, &layer))
        read = error_set(error, "this class is not supported; this version knows Embedding, Dropout, "
                                "SpatialDropout1D, Conv1D, MaxPooling1D, GlobalMaxPooling1D, "
                                "GlobalAveragePooling1D, LSTM, Bidirectional(LSTM) and Dense");
    else if (layer.kind == LAYER_DENSE && !is_last)
        read = error_set(
            error, "one Dense is supported, the last one, with units 1 and sigmoid; leave this one out");
    else
        read = read_known_layer(reading, object, layer, error);
    char name[VALUE_TEXT_BYTES], class_text[VALUE_TEXT_BYTES];
    return read || error_within(error, "layer %s of class %s",
                                value_text(name, json_object_get(config, "name"), "(unnamed)"),
                                value_text(class_text, json_object_get(object, "class_name"), ""));
}

/* Before Keras 2.2.3 a Sequential's config was the list itself. */
static const json_t *layers_of(const json_t *root)
{
    const json_t *config = json_object_get(root, "config");
    return json_is_array(config) ? config : json_object_get(config, "layers");
}

/* Keras refuses a model with two layers of one name, and a file of ours has an InputLayer before them. */
static bool check_names(const struct spec *spec, struct error *error)
{
    for (int i = 0; i < spec->layer_count; i++) {
        const char *name = spec->layers[i].name;
        if (strcmp(name, KERAS_INPUT_LAYER) == 0)
            return error_set(error, "layer %s: the InputLayer has that name; rename the layer", name);
        for (int k = 0; k < i; k++)
            if (strcmp(name, spec->layers[k].name) == 0)
                return error_set(error, "layer %s: another layer has that name; rename one", name);
    }
    return true;
}

static bool read_sequential(const struct reading *reading, const json_t *root, struct error *error)
{
    struct spec *spec = reading->spec;
    char class_name[VALUE_TEXT_BYTES];
    value_text(class_name, json_object_get(root, "class_name"), "(absent)");
    if (strcmp(class_name, "Sequential") != 0)
        return error_set(error, "the model's class is %s; only Sequential is supported", class_name);
    const json_t *config = json_object_get(root, "config"), *layers = layers_of(root);
    if (!json_is_array(layers))
        return error_set(error, "the model has no list of layers; save it again");
    if (!value_check_origin(root, error) ||
        !value_read_name(spec->name, json_object_get(config, "name"), NULL, "sequential", error) ||
        !settings_check(config, settings_of_sequential, error))
        return error_within(error, "the model");

    size_t count = json_array_size(layers);
    for (size_t i = 0; i < count; i++)
        if (!read_layer(reading, json_array_get(layers, i), (int)i, i + 1 == count, error))
            return false;
    if (!check_names(spec, error))
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

/* Keras 1's own words become Keras 2's. Not of a text alone: its names of initializers mean others. */
static bool rename_keras1(json_t *root)
{
    const char *version = json_string_value(json_object_get(root, "keras_version"));
    bool is_known = version && strncmp(version, "1.", 2) == 0, renamed = false;
    size_t i;
    json_t *object;
    json_array_foreach((json_t *)layers_of(root), i, object) renamed |=
        config_rename_keras1(object, is_known);
    return renamed;
}

enum keras_generation config_generation_of(const char *version)
{
    if (!*version)
        return KERAS_UNKNOWN;
    return !strncmp(version, "1.", 2) || !strncmp(version, "2.", 2) ? KERAS_1_OR_2 : KERAS_3;
}

static enum keras_generation generation_of(const json_t *root)
{
    const char *version = json_string_value(json_object_get(root, "keras_version"));
    return config_generation_of(version ? version : "");
}

/* A text without keras_version: by the keys that Keras 3 no longer writes. */
static enum keras_generation generation_by_keys(const json_t *layers)
{
    size_t i;
    json_t *object;
    json_array_foreach((json_t *)layers, i, object)
    {
        const json_t *config = json_object_get(object, "config"), *inner = json_object_get(config, "layer");
        if (inner)
            config = json_object_get(inner, "config");
        if (json_object_get(json_object_get(object, "config"), "batch_input_shape") ||
            json_object_get(config, "implementation") || json_object_get(config, "time_major"))
            return KERAS_1_OR_2;
    }
    return KERAS_3;
}

void config_version(char version[static KERAS_VERSION_BYTES], const char *json, size_t bytes)
{
    json_t *root = bytes <= CONFIG_BYTES_MAX ? json_loadb(json, bytes, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(root, "keras_version"));
    snprintf(version, KERAS_VERSION_BYTES, "%s", text ? text : "");
    json_decref(root);
}

/* What json.dump makes of model.to_json(), which is a text already. */
static bool is_text_of_json(const char *json, size_t bytes)
{
    json_t *value = json_loadb(json, bytes, JSON_DECODE_ANY, NULL);
    const char *text = json_string_value(value);
    bool is_text = text && *text == '{';
    json_decref(value);
    return is_text;
}

static bool parse(json_t **root, const char *json, size_t bytes, struct error *error)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    size_t mark = sizeof byte_order_mark - 1;
    *root = NULL;
    if (bytes > CONFIG_BYTES_MAX)
        return error_set(error,
                         "is larger than %d MiB, but Keras' text has some kB; fetch or save the file again",
                         CONFIG_BYTES_MAX >> 20);
    if (bytes >= mark && memcmp(json, byte_order_mark, mark) == 0) {
        json += mark;
        bytes -= mark;
    }
    json_error_t reason;
    *root = json_loadb(json, bytes, 0, &reason);
    if (*root)
        return true;
    if (is_text_of_json(json, bytes))
        return error_set(error, "is text inside a JSON string; write model.to_json() itself");
    return error_set(error, "line %d is not JSON: %s; fetch or save the file again", reason.line,
                     reason.text);
}

bool config_read(struct spec *spec, const char *json, size_t bytes, enum keras_generation generation,
                 enum config_weights weights, struct error *error)
{
    /* Keras' defaults: they hold where the file was saved without compile(). */
    *spec = (struct spec){
        .adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7},
    };
    json_t *root;
    if (!parse(&root, json, bytes, error))
        return false;
    if (generation == KERAS_UNKNOWN || generation_of(root) == KERAS_1_OR_2)
        generation = generation_of(root);
    if (generation == KERAS_UNKNOWN)
        generation = generation_by_keys(layers_of(root));
    if (weights == CONFIG_WITH_WEIGHTS && generation != KERAS_3 && rename_keras1(root))
        generation = KERAS_1_OR_2;
    struct reading reading = {.spec = spec, .generation = generation, .weights = weights};
    bool read = read_sequential(&reading, root, error) &&
                config_read_compile(&spec->adam, json_object_get(root, "compile_config"), error);
    json_decref(root);
    return read;
}
