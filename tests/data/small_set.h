/* Small data sets that a test writes into its scratch directory. A failure here fails the running test. */
#ifndef MATINEE_TESTS_DATA_SMALL_SET_H
#define MATINEE_TESTS_DATA_SMALL_SET_H

#include <stddef.h>

struct member {
    const char *path; /* below the data set's folder: "train/pos/0_9.txt" */
    const char *text;
    size_t bytes; /* 0: text is a string */
};

enum small_set_filter {
    SMALL_SET_PLAIN,
    SMALL_SET_GZIP,
    SMALL_SET_XZ,
    SMALL_SET_BZIP2,
    SMALL_SET_ZSTD,
    SMALL_SET_ZIP, /* of archives: no tar */
};

/* Members as files below `directory`, with the folders that they need. */
void small_set_directory(const char *directory, const struct member *members, int count);

/* Members as an archive, a tar but for SMALL_SET_ZIP, below a folder of this name. */
void small_set_archive(const char *path, const char *folder, enum small_set_filter filter,
                       const struct member *members, int count);

/* Bytes as they are, compressed. */
void small_set_compress(const char *path, enum small_set_filter filter, const void *data, size_t bytes);

#endif
