/* Data sets through the cache, unless the options say otherwise. */
#include "matinee/ranks.h"
#include "matinee/session.h"

const char *session_cache_directory(const struct options *options, char path[static DATA_PATH_BYTES])
{
    if (options->no_cache)
        return NULL;
    if (options->cache)
        return options->cache;
    return dataset_cache_locate(path, DATA_PATH_BYTES) ? path : NULL;
}

bool session_open_dataset(struct dataset *dataset, const struct dataset_options *wanted,
                          const struct options *options, struct error *error)
{
    char located[DATA_PATH_BYTES];
    struct dataset_options cached = *wanted;
    cached.cache = session_cache_directory(options, located);
    cached.map = options->map_reviews;
    cached.threads = options->threads;
    if (!dataset_open(dataset, &cached, error))
        return false;
    if (dataset->cache_note[0] && options->note && ranks_own_local(options) == 0)
        options->note(dataset->cache_note);
    return true;
}
