/* What writing HDF5 takes. The file is only ever an image in memory; h5_image.h reads.
 *
 * The HDF5 library is not safe for threads: one thread at a time may be in this folder's functions.
 */
#ifndef MATINEE_KERAS_HDF5_TOOLS_H
#define MATINEE_KERAS_HDF5_TOOLS_H

#include "matinee/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

/* The library's own habit of printing each error, switched off between the two calls. */
struct hdf5_quiet {
    H5E_auto2_t print;
    void *context;
};
void hdf5_quiet_begin(struct hdf5_quiet *quiet);
void hdf5_quiet_end(const struct hdf5_quiet *quiet);

/* The innermost reason of the library's last failure. */
void hdf5_reason(char *text, size_t bytes);

/* A new file. Negative on failure; H5Fclose it. */
hid_t hdf5_image_create(void);

#endif
