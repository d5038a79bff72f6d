#ifndef MATINEE_DATA_READ_AT_H
#define MATINEE_DATA_READ_AT_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a file from an offset on; false if it has fewer, or they cannot be read. */
bool read_at(int file, void *data, uint64_t bytes, uint64_t offset);

#endif
