/* The file that a table is in: by itself, compressed, or the only table in a zip. */
#ifndef MATINEE_DATA_TABLE_FILE_H
#define MATINEE_DATA_TABLE_FILE_H

#include "csv_rows.h"

struct table_file {
    const char *path;
    char *member; /* of the zip at `path`; NULL: the file itself is the table; owned */
    char *name;   /* for messages: "a.csv", or "a.zip: a.csv"; owned */
};

/* Finds the table. The path must outlive it; close it after a failure, too. */
bool table_file_open(struct table_file *file, const char *path, struct error *error);

/* Hands all rows of the table to options->handle; options->name and options->delimiter are the file's. */
bool table_file_read(const struct table_file *file, struct csv_rows_options options, struct error *error);

/* "FILE: has no reviews", for a table whose rows were none. Always returns false. */
bool table_file_is_empty(const struct table_file *file, struct error *error);

void table_file_close(struct table_file *file);

#endif
