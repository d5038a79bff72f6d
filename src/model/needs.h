/* Memory that the passes of a network need. */
#ifndef MODEL_NEEDS_H
#define MODEL_NEEDS_H

#include "matinee/network.h"

struct needs {
    struct layer_needs {
        size_t y_bytes, dy_bytes, pads_bytes, saved_bytes; /* as in struct layer_memory */
    } layers[SPEC_MAX_LAYERS];
    size_t scratch_bytes;
};

/* Of a training pass of N_train rows, or none if that is 0, and an evaluating one of N_evaluate. */
struct needs needs_of(struct backend *backend, const struct spec *spec, int N_train, int N_evaluate);

static inline int larger_batch(int N_train, int N_evaluate)
{
    return N_train > N_evaluate ? N_train : N_evaluate;
}

#endif
