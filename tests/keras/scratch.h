/* A directory of the test's own, files in it, and copies of the golden model with one member replaced. */
#ifndef MATINEE_TESTS_SCRATCH_H
#define MATINEE_TESTS_SCRATCH_H

#include <stddef.h>

/* cmocka group fixtures. */
int scratch_open(void **state);
int scratch_close(void **state);

/* The path of a file in the directory; the text lives until the second next call. */
const char *scratch_path(const char *name);

/* Number of files in the directory. */
int scratch_count(void);

void write_bytes(const char *path, const void *data, size_t bytes);

/* free() it. */
char *read_bytes(const char *path, size_t *bytes);

/* The path of the golden model after three steps, and of the text or file of one of its members; free()
 * the latter. */
const char *golden_path(void);
char *golden_member(const char *name, size_t *bytes);

/* Writes the golden model to a scratch file with one member replaced, or left out if data is NULL, or
 * added if there is none of this name. Returns its path, which the next call overwrites. */
const char *golden_with(const char *name, const void *data, size_t bytes);

#endif
