/* What the CUDA plugin exports. */
#ifndef MATINEE_CUDA_PLUGIN_H
#define MATINEE_CUDA_PLUGIN_H

#include "matinee/backend.h"

/* Opens the CUDA backend: options->device is "cuda" (the first device) or "cuda:I". False and one line without a
 * driver, without that device, for a device older than the build, or where a library fails. */
bool matinee_cuda_open(struct backend **backend, const struct backend_options *options, struct error *error);

#endif
