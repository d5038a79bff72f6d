/* A network's layers as JSON, complete: what two lists share is the same network. */
#ifndef MATINEE_CLI_MODEL_JSON_H
#define MATINEE_CLI_MODEL_JSON_H

#include "matinee/spec.h"

#include <jansson.h>

/* [{"class": "Embedding", "name": "embedding", "input_dim": 5000, "units": 32, ...}, ...]; sizes that a kind of layer
 * has, and rates, with the names of struct layer_spec. NULL without memory. */
json_t *model_layers_json(const struct spec *spec);

#endif
