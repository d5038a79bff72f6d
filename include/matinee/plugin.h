/* Plugins: libraries in the place of plugin_path.h, each of which exports one function. The program links nothing that
 * they need. Once loaded they stay until it ends: the libraries behind them leave threads and exit handlers, which
 * unloading would pull the code from under. A library without that function is none of them, and is unloaded. */
#ifndef MATINEE_PLUGIN_H
#define MATINEE_PLUGIN_H

#include "matinee/error.h"

struct plugin {
    const char *kind; /* "CUDA" */
    const char *file; /* "matinee_cuda.so" */
    /* "matinee_cuda_plugin": given the layout of the shared structs, returns the plugin's table, or NULL where the
     * plugin was built with another layout. */
    const char *function;
    const char *package; /* that has it: "matinee-cuda" */
    const char *needs;   /* where Matinee builds it: "a CUDA toolkit is installed" */
};

/* The plugin's function, which the caller converts to its type. NULL says why not: the plugin is not there, a library
 * that it needs is missing, or it is none of ours. */
void *plugin_function(const struct plugin *plugin, struct error *error);

/* For a function that has returned NULL. Always false. */
bool plugin_other_version(const struct plugin *plugin, struct error *error);

#endif
