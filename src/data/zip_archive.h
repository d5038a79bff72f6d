/* Zip archives, which are read by the directory at their end. */
#ifndef MATINEE_DATA_ZIP_ARCHIVE_H
#define MATINEE_DATA_ZIP_ARCHIVE_H

#include "matinee/error.h"

#include <stdbool.h>

struct archive;
struct archive_entry;

/* Whether the path is a file that begins as a zip does. */
bool zip_is_archive(const char *path);

/* archive_read_free() it, after a failure too. */
bool zip_open(struct archive **zip, const char *path, struct error *error);

/* The next member and its path, which are NULL at the end. False if the archive is damaged. */
bool zip_next(struct archive *zip, const char *path, struct archive_entry **entry, const char **member,
              struct error *error);

/* What is in the archive: *table receives the path of the only table in it, or NULL if it has reviews as files;
 * free() it. False if it has neither, or several tables. */
bool zip_find_table(const char *path, char **table, struct error *error);

#endif
