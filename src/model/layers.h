/* The layers that spec_check allows, by number. */
#ifndef MODEL_LAYERS_H
#define MODEL_LAYERS_H

#include "matinee/backend.h"
#include "matinee/spec.h"

enum { EMBEDDING_LAYER, LSTM_LAYER, DENSE_LAYER };

/* The sizes of the spec's lstm for N rows; its pointers are NULL. */
struct lstm lstm_dims(const struct spec *spec, int N);

#endif
