/* Small data sets that a test writes into a temporary directory. A failure here fails the running test. */
#ifndef MATINEE_TESTS_DATA_SCRATCH_H
#define MATINEE_TESTS_DATA_SCRATCH_H

#include <stddef.h>

struct member {
    const char *path; /* below the data set's folder: "train/pos/0_9.txt" */
    const char *text;
    size_t bytes; /* 0: text is a string */
};

enum scratch_filter { SCRATCH_PLAIN, SCRATCH_GZIP, SCRATCH_XZ };

/* A new temporary directory. Close it with the path. */
char *scratch_open(void);
void scratch_close(char *directory);

/* "DIRECTORY/NAME"; free() it. */
char *scratch_path(const char *directory, const char *name);

void scratch_file(const char *path, const void *data, size_t bytes);

/* The whole file; free() it. */
char *scratch_read(const char *path, size_t *bytes);

/* Members as files below `directory`, with the folders that they need. */
void scratch_directory(const char *directory, const struct member *members, int count);

/* Members as a tar archive, below a folder of this name. */
void scratch_archive(const char *path, const char *folder, enum scratch_filter filter,
                     const struct member *members, int count);

/* Bytes as they are, compressed. */
void scratch_compress(const char *path, enum scratch_filter filter, const void *data, size_t bytes);

#endif
