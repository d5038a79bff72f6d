#include "layer_names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LSTM_PARAMETERS = 3 };

static const struct keras_class {
    enum layer_kind kind;
    bool bidirectional, spatial;
    const char *name, *group;
    int owner_count;
    const char *owners[2]; /* groups of the objects that own the variables: an LSTM's are its cell's */
    const char *empty[3];  /* groups beside these, which Keras writes */
} classes[] = {
    {LAYER_EMBEDDING, false, false, "Embedding", "embedding", 1, {"vars"}, {0}},
    {LAYER_DROPOUT, false, false, "Dropout", "dropout", 0, {0}, {"vars"}},
    {LAYER_DROPOUT, false, true, "SpatialDropout1D", "spatial_dropout1d", 0, {0}, {"vars"}},
    {LAYER_CONV1D, false, false, "Conv1D", "conv1d", 1, {"vars"}, {0}},
    {LAYER_MAX_POOLING1D, false, false, "MaxPooling1D", "max_pooling1d", 0, {0}, {"vars"}},
    {LAYER_GLOBAL_MAX_POOLING1D,
     false,
     false,
     "GlobalMaxPooling1D",
     "global_max_pooling1d",
     0,
     {0},
     {"vars"}},
    {LAYER_GLOBAL_AVERAGE_POOLING1D,
     false,
     false,
     "GlobalAveragePooling1D",
     "global_average_pooling1d",
     0,
     {0},
     {"vars"}},
    {LAYER_LSTM, false, false, "LSTM", "lstm", 1, {"cell/vars"}, {"vars"}},
    {LAYER_LSTM,
     true,
     false,
     "Bidirectional",
     "bidirectional",
     2,
     {"forward_layer/cell/vars", "backward_layer/cell/vars"},
     {"vars", "forward_layer/vars", "backward_layer/vars"}},
    {LAYER_DENSE, false, false, "Dense", "dense", 1, {"vars"}, {0}},
};

enum { CLASSES = sizeof classes / sizeof *classes };

static const struct keras_class *class_of(const struct layer_spec *layer)
{
    const bool spatial = layer->dropout_unit == DROP_FEATURES;
    const struct keras_class *found = NULL;
    for (int i = 0; i < CLASSES; i++)
        if (classes[i].kind == layer->kind && classes[i].bidirectional == layer->bidirectional &&
            classes[i].spatial == spatial)
            found = &classes[i];
    assert(found);
    return found;
}

const char *keras_class(const struct layer_spec *layer)
{
    return class_of(layer)->name;
}

bool keras_class_find(const char *class_name, struct layer_spec *layer)
{
    for (int i = 0; i < CLASSES; i++) {
        if (strcmp(classes[i].name, class_name) == 0) {
            layer->kind = classes[i].kind;
            layer->bidirectional = classes[i].bidirectional;
            layer->dropout_unit = classes[i].spatial ? DROP_FEATURES : DROP_ELEMENTS;
            return true;
        }
    }
    return false;
}

void keras_group(const struct spec *spec, int layer, char group[static SPEC_NAME_BYTES])
{
    const struct keras_class *class = class_of(&spec->layers[layer]);
    int before = 0;
    for (int i = 0; i < layer; i++)
        before += class_of(&spec->layers[i]) == class;
    if (before)
        snprintf(group, SPEC_NAME_BYTES, "%s_%d", class->group, before);
    else
        snprintf(group, SPEC_NAME_BYTES, "%s", class->group);
}

static void path_in_layer(const struct spec *spec, int layer, const char *group,
                          char path[static DATASET_PATH_BYTES])
{
    char layer_group[SPEC_NAME_BYTES];
    keras_group(spec, layer, layer_group);
    snprintf(path, DATASET_PATH_BYTES, "layers/%s/%s", layer_group, group);
}

int keras_layer_groups(const struct spec *spec, int layer,
                       char paths[static KERAS_GROUPS_MAX][DATASET_PATH_BYTES])
{
    const struct keras_class *class = class_of(&spec->layers[layer]);
    int count = 0;
    for (int i = 0; i < class->owner_count; i++)
        path_in_layer(spec, layer, class->owners[i], paths[count++]);
    for (size_t i = 0; i < sizeof class->empty / sizeof *class->empty && class->empty[i]; i++)
        path_in_layer(spec, layer, class->empty[i], paths[count++]);
    return count;
}

int keras_owner_count(const struct layer_spec *layer)
{
    return class_of(layer)->owner_count;
}

void keras_owner_vars(const struct spec *spec, int layer, int owner, char path[static DATASET_PATH_BYTES])
{
    path_in_layer(spec, layer, class_of(&spec->layers[layer])->owners[owner], path);
}

int keras_parameter_owner(const struct spec *spec, const struct parameter *parameter)
{
    return spec->layers[parameter->layer].bidirectional ? parameter->index / LSTM_PARAMETERS : 0;
}

void keras_parameter_path(const struct spec *spec, const struct parameter *parameter,
                          char path[static DATASET_PATH_BYTES])
{
    int owner = keras_parameter_owner(spec, parameter);
    keras_owner_vars(spec, parameter->layer, owner, path);
    size_t used = strlen(path);
    snprintf(path + used, DATASET_PATH_BYTES - used, "/%d", parameter->index - owner * LSTM_PARAMETERS);
}

void keras_path_of_tf_keras(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES])
{
    const struct keras_class *class = class_of(&spec->layers[layer]);
    int listed = 0;
    for (int i = 0; i < layer; i++)
        if (class_of(&spec->layers[i]) == class)
            listed += class->owner_count > 0 ? 2 : 1;
    char rest[DATASET_PATH_BYTES], number[16] = "";
    snprintf(rest, sizeof rest, "%s", strchr(path + strlen("layers/"), '/'));
    if (listed)
        snprintf(number, sizeof number, "_%d", listed);
    snprintf(path, DATASET_PATH_BYTES, "%s/%s%s%.*s", KERAS_TF_LAYERS, class->group, number,
             DATASET_PATH_BYTES / 2, rest);
}

void keras_average_path(int first, int parameter, char path[static DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "optimizer/vars/%d", first + parameter);
}

void keras_moment_path(int first, int parameter, int moment, char path[static DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "optimizer/vars/%d", first + 2 * parameter + moment);
}
