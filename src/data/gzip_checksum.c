#include "gzip_checksum.h"

#include <stdio.h>

void gzip_checksum_open(struct gzip_checksum *checksum)
{
    checksum->crc = checksum->bytes = 0;
    uint32_t(*table)[256] = checksum->table;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0);
        table[0][byte] = crc;
    }
    for (int k = 1; k < GZIP_CHECKSUM_LANES; k++)
        for (int byte = 0; byte < 256; byte++)
            table[k][byte] = (table[k - 1][byte] >> 8) ^ table[0][table[k - 1][byte] & 0xFF];
}

void gzip_checksum_add(struct gzip_checksum *checksum, const void *data, size_t bytes)
{
    const uint32_t(*table)[256] = (const uint32_t(*)[256])checksum->table;
    const unsigned char *at = data, *end = at + bytes;
    uint32_t crc = ~checksum->crc;
    /* Eight bytes at once: one table a byte, so that the look-ups do not wait for each other. */
    for (; end - at >= GZIP_CHECKSUM_LANES; at += GZIP_CHECKSUM_LANES)
        crc = table[7][at[0] ^ (crc & 0xFF)] ^ table[6][at[1] ^ (crc >> 8 & 0xFF)] ^
              table[5][at[2] ^ (crc >> 16 & 0xFF)] ^ table[4][at[3] ^ crc >> 24] ^ table[3][at[4]] ^
              table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    for (; at < end; at++)
        crc = (crc >> 8) ^ table[0][*at ^ (crc & 0xFF)];
    checksum->crc = ~crc;
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
