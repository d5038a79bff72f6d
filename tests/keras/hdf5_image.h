/* The HDF5 library's own view of a file in memory: what we write is read by it, and what we read is edited with it. */
#ifndef MATINEE_TESTS_KERAS_HDF5_IMAGE_H
#define MATINEE_TESTS_KERAS_HDF5_IMAGE_H

#include <hdf5.h>
#include <stddef.h>

/* Opens a copy of the bytes; negative on failure. H5Fclose it. */
hid_t hdf5_image_open(const void *image, size_t bytes);

#endif
