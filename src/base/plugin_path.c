#define _GNU_SOURCE /* dladdr1 */
#include "matinee/plugin_path.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The shared library that this code is part of; "" if that is the program. */
static const char *own_library(void)
{
    static const char here;
    Dl_info unused;
    struct link_map *map = NULL;
    return dladdr1(&here, &unused, (void **)&map, RTLD_DL_LINKMAP) && map ? map->l_name : "";
}

static bool program_directory(char directory[static PATH_MAX], struct error *error)
{
    ssize_t length = readlink("/proc/self/exe", directory, PATH_MAX);
    if (length < 0)
        return error_set(error, "/proc/self/exe: cannot find the program's directory: %s", strerror(errno));
    if (length == PATH_MAX)
        return error_set(error, "/proc/self/exe: the program's path is too long; move it");
    directory[length] = '\0';
    *strrchr(directory, '/') = '\0';
    return true;
}

static bool join(char path[static PATH_MAX], const char *directory, const char *way, const char *file,
                 struct error *error)
{
    int written = snprintf(path, PATH_MAX, "%s/%s/%s", directory, way, file);
    return (written >= 0 && written < PATH_MAX) ||
           error_set(error, "%s: the path is too long; move the program", directory);
}

bool plugin_path(char path[static PATH_MAX], const char *file, struct error *error)
{
    const char *library = own_library();
    char directory[PATH_MAX];
    if (!library[0])
        return program_directory(directory, error) && join(path, directory, "../lib/matinee", file, error);
    if (!realpath(library, directory))
        return error_set(error, "%s: cannot find the library's directory: %s", library, strerror(errno));
    *strrchr(directory, '/') = '\0';
    char beside[PATH_MAX];
    if (!join(path, directory, "matinee", file, error) || !join(beside, directory, "../matinee", file, error))
        return false;
    if (access(path, F_OK) != 0 && access(beside, F_OK) == 0)
        memcpy(path, beside, sizeof beside);
    return true;
}
