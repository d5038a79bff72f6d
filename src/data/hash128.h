/* 128 bits that stand for contents: XXH3, which takes 10 GB in a second. It is no cryptographic hash: who can choose
 * what is read could make two of one hash, and has nothing to gain by it. */
#ifndef MATINEE_DATA_HASH128_H
#define MATINEE_DATA_HASH128_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash128 {
    unsigned char bytes[16];
};

enum { HASH128_TEXT_BYTES = 33 };

struct hash128 hash128_of(const void *data, size_t bytes);
bool hash128_equals(const struct hash128 *a, const struct hash128 *b);

/* Adds without regard to order, as 128-bit numbers. */
void hash128_add(struct hash128 *sum, const struct hash128 *hash);

/* In hexadecimal digits. */
void hash128_text(const struct hash128 *hash, char text[static HASH128_TEXT_BYTES]);

/* Of all bytes of an open file from its beginning; false if they cannot be read. */
bool hash128_of_file(struct hash128 *hash, int file);

/* 64 bits that tell damaged bytes. */
uint64_t checksum_of(const void *data, size_t bytes);

#endif
