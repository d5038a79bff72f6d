/* The header of a NumPy array file. Source: numpy/lib/format.py, versions 1.0 to 3.0. */
#ifndef MATINEE_DATA_NPY_HEADER_H
#define MATINEE_DATA_NPY_HEADER_H

#include "npz_read.h"

struct npy_header {
    char type[8];  /* NumPy's descr: "|O", "<i8"                             */
    int64_t count; /* of elements, as stated: no memory is to be had for it */
};

/* Reads the header from the start of the member; false if it is none, or of an array that has not one dimension. */
bool npy_header_read(struct npy_header *header, struct npz_reader *npz, struct error *error);

#endif
