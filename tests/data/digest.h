#ifndef MATINEE_TESTS_DATA_DIGEST_H
#define MATINEE_TESTS_DATA_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `program` (sha256sum, md5sum: coreutils) prints this hexadecimal digest for the bytes; prints the one that it
 * found if not. */
bool digest_equals(const char *program, const void *data, size_t bytes, const char *expected);

#endif
