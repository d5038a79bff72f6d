#ifndef PLUGIN_H
#define PLUGIN_H

#include "matinee/cuda_plugin.h"

/* The CUDA plugin, loaded. NULL says why it cannot be: it is not there, a library that it needs is missing, or it is
 * of another version. It stays loaded until the program ends: the libraries behind it leave threads and exit handlers,
 * which unloading would pull the code from under. */
const struct cuda_plugin *plugin_load(struct error *error);

#endif
