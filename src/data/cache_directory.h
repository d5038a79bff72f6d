/* The files of the cache: KEY.reviews, KEY.rows, those with .XXXXXX behind that nobody has finished, and STAMPS. Others
 * are left alone. */
#ifndef MATINEE_DATA_CACHE_DIRECTORY_H
#define MATINEE_DATA_CACHE_DIRECTORY_H

#include "hash128.h"

#include <stdbool.h>
#include <stdint.h>

enum { CACHE_PATH_BYTES = 4096 + 64 };

void cache_entry_path(char path[static CACHE_PATH_BYTES], const char *directory, const struct hash128 *key);
void cache_rows_path(char path[static CACHE_PATH_BYTES], const char *directory, const struct hash128 *key);

/* Removes the entries that were used least recently until all together take no more than so many bytes, and what was
 * begun over an hour ago and never finished. The entries of the keys (count) stay, and those that were used in the last
 * minutes: another start may have written them just now and be about to open them. */
void cache_directory_tidy(const char *directory, int64_t bytes_max, const struct hash128 *keys, int count);

#endif
