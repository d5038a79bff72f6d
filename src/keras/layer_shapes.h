/* Shapes along a Sequential, for the file's build_config and for what its weights must take. */
#ifndef MATINEE_KERAS_LAYER_SHAPES_H
#define MATINEE_KERAS_LAYER_SHAPES_H

#include "matinee/spec.h"

#include <stdbool.h>
#include <stdint.h>

/* One example: (steps, features), or (features) behind a layer that gives its last step alone. The Embedding
 * reads (steps). Of a spec that nobody has checked the numbers may be senseless, but they do not overflow. */
struct layer_shape {
    bool has_steps, has_features;
    int64_t steps, features;
};

/* What a layer reads. src/model has shapes of checked specs, too: neither folder may use the other. */
struct layer_shape layer_shape_input(const struct spec *spec, int layer);

/* Floats of a layer's weights; a double, as a spec that nobody has checked may ask for more than 2^64. */
double layer_shape_weights(const struct spec *spec, int layer);

#endif
