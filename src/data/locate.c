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

/* `rest` follows the name of our directory. Empty without XDG_CACHE_HOME and HOME: there is no cache then. */
static void cache_path(char *path, size_t bytes, const char *rest)
{
    const char *cache = environment("XDG_CACHE_HOME"), *home = environment("HOME");
    path[0] = '\0';
    if (cache != NULL && cache[0] == '/')
        snprintf(path, bytes, "%s/matinee%s", cache, rest);
    else if (home != NULL)
        snprintf(path, bytes, "%s/.cache/matinee%s", home, rest);
}

bool dataset_cache_locate(char *path, size_t bytes)
{
    const char *named = environment("MATINEE_CACHE");
    if (named != NULL)
        snprintf(path, bytes, "%s", named);
    else
        cache_path(path, bytes, "/encoded");
    return path[0] != '\0';
}

/* The directory of scripts/fetch_imdb.sh. False where the environment names none. */
static bool downloads_locate(char *path, size_t bytes)
{
    const char *named = environment("MATINEE_DATA_DIRECTORY");
    if (named != NULL)
        snprintf(path, bytes, "%s", named);
    else
        cache_path(path, bytes, "");
    return path[0] != '\0';
}

enum data_origin dataset_locate(char *path, size_t bytes)
{
    static const char *const names[] = {"aclImdb",           "aclImdb.tar.gz",     "aclImdb.tar.xz",
                                        "aclImdb.tar.zst",   "aclImdb.zip",        "aclImdb_v1.tar.gz",
                                        "aclImdb_v1.tar.xz", "aclImdb_v1.tar.zst", "aclImdb_v1.zip"};
    enum { NAMES = sizeof names / sizeof names[0] };
    const char *named = environment("MATINEE_DATA");
    if (named != NULL) {
        snprintf(path, bytes, "%s", named);
        return DATA_NAMED;
    }
    char directory[DATA_PATH_BYTES];
    struct stat status;
    path[0] = '\0';
    if (!downloads_locate(directory, sizeof directory))
        return DATA_SAMPLE;
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, bytes, "%s/%s", directory, names[i]);
        if (stat(path, &status) == 0)
            return DATA_CACHED;
    }
    snprintf(path, bytes, "%s/aclImdb_v1.tar.gz", directory);
    return DATA_SAMPLE;
}
