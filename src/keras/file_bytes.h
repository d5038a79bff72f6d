/* A whole file in memory. */
#ifndef MATINEE_KERAS_FILE_BYTES_H
#define MATINEE_KERAS_FILE_BYTES_H

#include "matinee/error.h"

#include <stddef.h>

/* Whether a regular file begins as HDF5 does; or does not begin as a zip and is named like HDF5. TF-Keras up to 2.11
 * wrote HDF5 under the name model.keras, too. */
bool file_is_hdf5(const char *path);

/* Only a regular file of at most bytes_max bytes. free() the bytes. Errors name the file. */
bool file_bytes_read(char **bytes, size_t *count, const char *path, size_t bytes_max, struct error *error);

#endif
