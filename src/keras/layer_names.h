/* What Keras calls our layers, and where it keeps their weights inside model.weights.h5. */
#ifndef MATINEE_KERAS_LAYER_NAMES_H
#define MATINEE_KERAS_LAYER_NAMES_H

#include "matinee/params.h"
#include "matinee/spec.h"

#include <stdbool.h>

enum { DATASET_PATH_BYTES = 96 };

/* "Embedding", "LSTM", "Dense". The summary of src/model has these names, too: neither folder may use the other. */
const char *keras_class(enum layer_kind kind);

/* False for a class that this version does not know. */
bool keras_class_find(const char *class_name, enum layer_kind *kind);

/* The class in snake case, numbered from the second layer of its class: "lstm", "lstm_1". Keras uses it as
 * the default name of the layer, and always as its group in the weights file, whatever the layer is
 * called. */
void keras_group(const struct spec *spec, int layer, char group[static SPEC_NAME_BYTES]);

/* "layers/lstm/vars": the layer's own group, also where the variables are elsewhere. */
void keras_layer_vars(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES]);

/* "layers/lstm/cell/vars": the group with one dataset per parameter of the layer. */
void keras_parameter_vars(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES]);

/* "layers/lstm/cell/vars/2". */
void keras_parameter_path(const struct spec *spec, const struct parameter *parameter,
                          char path[static DATASET_PATH_BYTES]);

/* "optimizer/vars/2" and "optimizer/vars/3": Adam's m (0) and v (1) of the table's first parameter. They stand,
 * parameter by parameter, behind the iteration count and the learning rate. */
void keras_moment_path(int parameter, int moment, char path[static DATASET_PATH_BYTES]);

#endif
