/* What Keras calls our layers, and where it keeps their weights inside model.weights.h5. */
#ifndef MATINEE_KERAS_LAYER_NAMES_H
#define MATINEE_KERAS_LAYER_NAMES_H

#include "matinee/params.h"
#include "matinee/spec.h"

#include <stdbool.h>

enum { DATASET_PATH_BYTES = 128 };

/* The name of the InputLayer that a file of ours begins with. */
#define KERAS_INPUT_LAYER "input_layer"

/* "Embedding", "LSTM", "Bidirectional". The summary of src/model has these names, too: neither folder may
 * use the other. */
const char *keras_class(const struct layer_spec *layer);

/* Sets kind and bidirectional; false for a class that this version does not know. */
bool keras_class_find(const char *class_name, struct layer_spec *layer);

/* The class in snake case, numbered from the second layer of its class: "lstm", "lstm_1". Keras uses it as
 * the default name of the layer, and always as its group in the weights file, whatever the layer is
 * called. */
void keras_group(const struct spec *spec, int layer, char group[static SPEC_NAME_BYTES]);

enum { KERAS_GROUPS_MAX = 5 };

/* The groups that a layer has, with variables or empty: "layers/lstm/vars", "layers/lstm/cell/vars". Returns
 * their number. */
int keras_layer_groups(const struct spec *spec, int layer,
                       char paths[static KERAS_GROUPS_MAX][DATASET_PATH_BYTES]);

/* Objects that own a layer's variables: none, one, or the two directions. */
int keras_owner_count(const struct layer_spec *layer);

/* "layers/lstm/cell/vars": the group with one dataset per parameter of an owner. */
void keras_owner_vars(const struct spec *spec, int layer, int owner, char path[static DATASET_PATH_BYTES]);

/* "layers/lstm/cell/vars/2". */
void keras_parameter_path(const struct spec *spec, const struct parameter *parameter,
                          char path[static DATASET_PATH_BYTES]);

/* Which owner a parameter belongs to. */
int keras_parameter_owner(const struct spec *spec, const struct parameter *parameter);

/* Makes a path above one of TF-Keras 2.12 to 2.14: that kept its layers in a list that names each layer with weights
 * twice, so the second LSTM is "_layer_checkpoint_dependencies/lstm_2". */
#define KERAS_TF_LAYERS "_layer_checkpoint_dependencies"
void keras_path_of_tf_keras(const struct spec *spec, int layer, char path[static DATASET_PATH_BYTES]);

/* Adam's variables: the iteration count; in Keras 3, unless it follows a schedule, the learning rate; with use_ema a
 * variable for each parameter, the average; and m and v of each by turns. `first` is the number of those before them:
 * the iteration count and the rate for the averages, these two and the averages for the moments.
 *
 * keras_moment_path(2, 0, 1) is "optimizer/vars/3", v (moment 1) of the table's first parameter. */
enum { KERAS_ITERATIONS_AND_RATE = 2 };
void keras_average_path(int first, int parameter, char path[static DATASET_PATH_BYTES]);
void keras_moment_path(int first, int parameter, int moment, char path[static DATASET_PATH_BYTES]);

#endif
