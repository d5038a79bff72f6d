#include "matinee/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool find_plugin(const struct plugin *plugin, char path[PATH_MAX], struct error *error)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length < 0)
        return error_set(error, "/proc/self/exe: cannot find the program's directory: %s", strerror(errno));
    if ((size_t)length == sizeof program)
        return error_set(error, "/proc/self/exe: the program's path is too long; move it");
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    int written = snprintf(path, PATH_MAX, "%s/../lib/matinee/%s", program, plugin->file);
    if (written < 0 || written >= PATH_MAX)
        return error_set(error, "%s: the path is too long; move the program", program);
    if (access(path, F_OK) != 0)
        return error_set(error, "%s: no %s plugin: %s; build Matinee where %s", path, plugin->kind,
                         strerror(errno), plugin->needs);
    return true;
}

void *plugin_function(const struct plugin *plugin, struct error *error)
{
    char path[PATH_MAX];
    if (!find_plugin(plugin, path, error))
        return NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error_set(error, "cannot load the %s plugin: %s; install that library or build the plugin again",
                  plugin->kind, dlerror());
        return NULL;
    }
    void *function = dlsym(library, plugin->function);
    if (!function) {
        error_set(error, "%s: not a plugin of this program; build it again", path);
        dlclose(library);
    }
    return function;
}

bool plugin_other_version(const struct plugin *plugin, struct error *error)
{
    char path[PATH_MAX];
    return find_plugin(plugin, path, error) &&
           error_set(error, "%s: of another version than the program; build both again", path);
}
