/* What the tests of mapped reviews share. A failure here fails the running test. */
#ifndef MATINEE_TESTS_DATA_MAP_SET_H
#define MATINEE_TESTS_DATA_MAP_SET_H

#include "matinee/data.h"

enum { LARGE_REVIEWS = 3000, PATH_BYTES = 4096 };

/* Opens data that can be opened; num_words and maxlen have small defaults. */
void map_set_open(struct dataset *dataset, struct dataset_options options);

/* Writes a table of LARGE_REVIEWS reviews whose texts take several blocks of the reader. */
void map_set_large(const char *path);

/* How many files of a cache have this ending; the path of the last one. */
int map_set_files(const char *cache, const char *ending, char path[static PATH_BYTES]);

#endif
