/* The files that a model can be written to. */
#ifndef MATINEE_MODEL_OUTPUT_H
#define MATINEE_MODEL_OUTPUT_H

#include "matinee/trainer.h"

/* What a file can be, and what it has no place for. */
struct model_output {
    const char *ending;
    bool has_architecture, has_optimizer;
};

/* By the end of the name: .keras, .weights.h5 or .safetensors. NULL, with a message, for any other. */
const struct model_output *model_output_of(const char *path, struct error *error);

/* Writes it whole or not at all; a model without Adam's moments without any. */
bool model_output_write(const struct checkpoint *model, const struct model_output *output, const char *path,
                        struct error *error);

#endif
