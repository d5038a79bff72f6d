#include "layer_names.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *class_name, *group;
    const char *vars; /* of the object that owns the variables: an LSTM's are its cell's */
} names[] = {
    [LAYER_EMBEDDING] = {"Embedding", "embedding", "vars"},
    [LAYER_LSTM] = {"LSTM", "lstm", "cell/vars"},
    [LAYER_DENSE] = {"Dense", "dense", "vars"},
};

const char *keras_class(enum layer_kind kind)
{
    return names[kind].class_name;
}

bool keras_class_find(const char *class_name, enum layer_kind *kind)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].class_name, class_name) == 0) {
            *kind = (enum layer_kind)i;
            return true;
        }
    }
    return false;
}

void keras_group(const struct spec *spec, int layer, char group[static SPEC_NAME_BYTES])
{
    enum layer_kind kind = spec->layers[layer].kind;
    int before = 0;
    for (int i = 0; i < layer; i++)
        before += spec->layers[i].kind == kind;
    if (before)
        snprintf(group, SPEC_NAME_BYTES, "%s_%d", names[kind].group, before);
    else
        snprintf(group, SPEC_NAME_BYTES, "%s", names[kind].group);
}

void keras_layer_vars(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES])
{
    char group[SPEC_NAME_BYTES];
    keras_group(spec, layer, group);
    snprintf(path, DATASET_PATH_BYTES, "layers/%s/vars", group);
}

void keras_parameter_vars(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES])
{
    char group[SPEC_NAME_BYTES];
    keras_group(spec, layer, group);
    snprintf(path, DATASET_PATH_BYTES, "layers/%s/%s", group, names[spec->layers[layer].kind].vars);
}

void keras_parameter_path(const struct spec *spec, const struct parameter *parameter,
                          char path[static DATASET_PATH_BYTES])
{
    keras_parameter_vars(spec, parameter->layer, path);
    size_t used = strlen(path);
    snprintf(path + used, DATASET_PATH_BYTES - used, "/%d", parameter->index);
}

void keras_moment_path(int parameter, int moment, char path[static DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "optimizer/vars/%d", 2 + 2 * parameter + moment);
}
