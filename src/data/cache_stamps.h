/* The file STAMPS of the cache: what the contents of data files were when they were last read whole, so that they need
 * not be read at every start. */
#ifndef MATINEE_DATA_CACHE_STAMPS_H
#define MATINEE_DATA_CACHE_STAMPS_H

#include "hash128.h"

extern const char *const cache_stamps_name;

/* The contents that were noted for this mark. A damaged file, or none, notes nothing. */
bool cache_stamps_find(const char *directory, const struct hash128 *mark, struct hash128 *contents);

/* Notes the contents; of all that are noted the latest stay. Without success nothing is lost but time. */
void cache_stamps_note(const char *directory, const struct hash128 *mark, const struct hash128 *contents);

#endif
