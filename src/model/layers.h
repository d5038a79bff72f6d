/* What network.c and pass.c share. */
#ifndef MODEL_LAYERS_H
#define MODEL_LAYERS_H

#include "matinee/backend.h"
#include "matinee/spec.h"

/* The sizes of the spec's lstm for N rows; its pointers are NULL. */
struct lstm lstm_dims(const struct spec *spec, int N);

#endif
