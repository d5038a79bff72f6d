/* A directory for model files, and copies of the golden model with one member replaced. */
#ifndef MATINEE_TESTS_KERAS_EDITED_MODEL_H
#define MATINEE_TESTS_KERAS_EDITED_MODEL_H

#include <stddef.h>

/* cmocka group fixtures: a scratch directory for all tests of a program. */
int model_directory_open(void **state);
int model_directory_close(void **state);

/* The path of a file in the directory; the text lives until the second next call. */
const char *model_path(const char *name);

/* Number of files in the directory. */
int model_count(void);

/* The path of the golden model after three steps, and of the text or file of one of its members; free()
 * the latter. */
const char *golden_path(void);
char *golden_member(const char *name, size_t *bytes);

/* Writes the golden model to a scratch file with one member replaced, or left out if data is NULL, or
 * added if there is none of this name. Returns its path, which the next call overwrites. */
const char *golden_with(const char *name, const void *data, size_t bytes);

/* The same with another file than the golden one. */
const char *model_with(const char *base, const char *name, const void *data, size_t bytes);

#endif
