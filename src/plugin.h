#ifndef PLUGIN_H
#define PLUGIN_H

#include "matinee/cuda_plugin.h"

/* The CUDA plugin, loaded. NULL says why it cannot be: it is not there, a library that it needs is missing, or it is
 * of another version. */
const struct cuda_plugin *plugin_load(struct error *error);

#endif
