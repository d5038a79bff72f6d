/* The checksum at the end of a gzip file (RFC 1952), which libarchive 3.6 reads past without comparing it. */
#ifndef MATINEE_DATA_GZIP_CHECKSUM_H
#define MATINEE_DATA_GZIP_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of uncompressed bytes, as they come; zero to begin with. */
struct gzip_checksum {
    uint32_t crc;
    uint32_t bytes; /* modulo 2^32 */
};

void gzip_checksum_add(struct gzip_checksum *checksum, const void *data, size_t bytes);

/* Whether the last eight bytes of the file are the checksum and the number of all the bytes that were read from it.
 * They are not if the file is damaged, and neither if several gzip files were put one behind the other. */
bool gzip_checksum_agrees(const struct gzip_checksum *checksum, const char *path);

#endif
