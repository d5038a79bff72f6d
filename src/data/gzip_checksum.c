#include "gzip_checksum.h"

#include <stdio.h>
#include <zlib.h>

void gzip_checksum_add(struct gzip_checksum *checksum, const void *data, size_t bytes)
{
    checksum->crc = (uint32_t)crc32_z(checksum->crc, data, bytes);
    checksum->bytes += (uint32_t)bytes;
}

static uint32_t little_endian(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

bool gzip_checksum_agrees(const struct gzip_checksum *checksum, const char *path)
{
    unsigned char trailer[8];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    bool read = fseek(file, -(long)sizeof trailer, SEEK_END) == 0 &&
                fread(trailer, 1, sizeof trailer, file) == sizeof trailer;
    fclose(file);
    return read && little_endian(trailer + 4) == checksum->bytes && little_endian(trailer) == checksum->crc;
}
