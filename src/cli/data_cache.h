/* `matinee data cache` and `matinee data clear-cache`. */
#ifndef MATINEE_CLI_DATA_CACHE_H
#define MATINEE_CLI_DATA_CACHE_H

#include "matinee/options.h"
#include "matinee/status.h"

enum exit_status run_cache_list(const struct options *options, struct error *error);
enum exit_status run_cache_clear(const struct options *options, struct error *error);

#endif
