/* Data sets as commands open them: through the cache, unless the options say otherwise. */
#ifndef MATINEE_CLI_DATA_CACHE_H
#define MATINEE_CLI_DATA_CACHE_H

#include "options.h"

/* The directory of --cache, or the one that the environment names; NULL: --no-cache, or there is none. */
const char *cache_directory(const struct options *options, char path[static DATA_PATH_BYTES]);

/* dataset_open with the cache and the threads of the options. What is amiss with the cache goes to options->note,
 * by one rank of a machine: it is no reason to fail. */
bool open_dataset(struct dataset *dataset, const struct dataset_options *wanted,
                  const struct options *options, struct error *error);

/* `matinee data cache` and `matinee data clear-cache`. */
enum cli_status run_cache_list(const struct options *options, struct error *error);
enum cli_status run_cache_clear(const struct options *options, struct error *error);

#endif
