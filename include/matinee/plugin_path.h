/* Where plugins lie. */
#ifndef MATINEE_PLUGIN_PATH_H
#define MATINEE_PLUGIN_PATH_H

#include "matinee/error.h"

#include <limits.h>

/* Where a plugin is to be, there or not. Of the program: FILE in ../lib/matinee, as seen from its directory. Of
 * libmatinee.so: in matinee/ beside the library; or, if that has none, in ../matinee, as where the library lies in
 * lib/x86_64-linux-gnu. False, with the reason, where the system does not say where this code is. */
bool plugin_path(char path[static PATH_MAX], const char *file, struct error *error);

#endif
