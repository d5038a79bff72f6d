/* Versions of the program and of what it is made with. */
#ifndef MATINEE_CLI_VERSIONS_H
#define MATINEE_CLI_VERSIONS_H

#include <jansson.h>

const char *compiler_version(void);
const char *hdf5_version(void);
const char *libarchive_version(void);
const char *jansson_version(void);

/* {"matinee": ..., "compiler": ..., "hdf5": ..., "libarchive": ..., "jansson": ...}; NULL without memory. */
json_t *versions_json(void);

#endif
