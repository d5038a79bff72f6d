/* A directory of a test's own and files in it. A failure here fails the running test. */
#ifndef MATINEE_TESTS_SCRATCH_H
#define MATINEE_TESTS_SCRATCH_H

#include <stddef.h>

/* A new temporary directory. Close it with the path, which is freed. */
char *scratch_open(void);
void scratch_close(char *directory);

/* "DIRECTORY/NAME"; free() it. */
char *scratch_path(const char *directory, const char *name);

/* Number of files in the directory. */
int scratch_count(const char *directory);

void scratch_write(const char *path, const void *data, size_t bytes);

/* The whole file, with a zero byte behind it; free() it. */
char *scratch_read(const char *path, size_t *bytes);

#endif
