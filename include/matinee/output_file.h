/* A file that appears whole or not at all: written beside its place, synced, then renamed over it. */
#ifndef MATINEE_OUTPUT_FILE_H
#define MATINEE_OUTPUT_FILE_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output_file {
    FILE *stream;
    char *path;
    char *temporary;
};

/* Opens PATH.XXXXXX for writing. The file at path, if any, stays as it is until output_file_commit. */
bool output_file_open(struct output_file *file, const char *path, struct error *error);

/* Flushes, syncs, renames, syncs the directory. On failure (a full disk, say) the temporary file is gone and the
 * old file untouched. Either way nothing is left to close. */
bool output_file_commit(struct output_file *file, struct error *error);

/* Removes the temporary file; harmless after a commit and on a zeroed struct. */
void output_file_abandon(struct output_file *file);

/* The three calls above for contents that are already in memory. */
bool output_file_write(const char *path, const void *data, size_t bytes, struct error *error);

/* Whether both paths name one file that is there: to write the one would replace the other. False if either is NULL. */
bool output_file_would_replace(const char *path, const char *other);

/* mkdir -p. An existing directory is fine, any other existing file is an error. */
bool make_directories(const char *path, struct error *error);

#endif
