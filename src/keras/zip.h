/* The members of a zip file, in memory. Nothing is ever unpacked to disk. */
#ifndef MATINEE_KERAS_ZIP_H
#define MATINEE_KERAS_ZIP_H

#include "matinee/error.h"
#include "matinee/keras_file.h"

#include <stdbool.h>
#include <stddef.h>

/* What a file may hold, so that a small hostile one cannot fill the memory. The writer keeps to it as
 * well. */
enum { ZIP_MEMBERS_MAX = 64, ZIP_BYTES_MAX = 1 << 30, ZIP_NAME_BYTES_MAX = 255 };

struct zip_member {
    char *name;
    char *data; /* one zero byte follows the last */
    size_t bytes;
};

struct zip_members {
    int count;
    struct zip_member items[ZIP_MEMBERS_MAX];
};

/* Reads every regular member and checks its checksum. Neither the file nor its members together may have more
 * than bytes_max bytes (ZIP_BYTES_MAX, or less). Errors name the file and the member. */
bool zip_members_read(struct zip_members *members, const char *path, size_t bytes_max, struct error *error);
void zip_members_close(struct zip_members *members);

/* NULL if there is none of this name. */
const struct zip_member *zip_members_find(const struct zip_members *members, const char *name);

/* Writes the members stored (method 0), in order, dated 1980-01-01: equal members give equal bytes. The
 * file appears whole or not at all (output_file.h). */
bool zip_write(const char *path, const struct keras_member *members, int count, struct error *error);

#endif
