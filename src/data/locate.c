#include "matinee/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *const dataset_sample_name = "sample";

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Empty without XDG_CACHE_HOME and HOME: there is no cache then. */
static void cache_path(char *path, size_t bytes, const char *name)
{
    const char *cache = environment("XDG_CACHE_HOME"), *home = environment("HOME");
    path[0] = '\0';
    if (cache != NULL && cache[0] == '/')
        snprintf(path, bytes, "%s/matinee/%s", cache, name);
    else if (home != NULL)
        snprintf(path, bytes, "%s/.cache/matinee/%s", home, name);
}

bool dataset_cache_locate(char *path, size_t bytes)
{
    const char *named = environment("MATINEE_CACHE");
    if (named != NULL)
        snprintf(path, bytes, "%s", named);
    else
        cache_path(path, bytes, "encoded");
    return path[0] != '\0';
}

enum data_origin dataset_locate(char *path, size_t bytes)
{
    const char *named = environment("MATINEE_DATA");
    if (named != NULL) {
        snprintf(path, bytes, "%s", named);
        return DATA_NAMED;
    }
    cache_path(path, bytes, "aclImdb_v1.tar.gz");
    struct stat status;
    return stat(path, &status) == 0 ? DATA_CACHED : DATA_SAMPLE;
}
