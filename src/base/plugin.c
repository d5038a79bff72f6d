#include "matinee/plugin.h"

#include "matinee/plugin_path.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool find_plugin(const struct plugin *plugin, char path[PATH_MAX], struct error *error)
{
    if (!plugin_path(path, plugin->file, error))
        return false;
    if (access(path, F_OK) != 0)
        return error_set(error, "%s: no %s plugin: %s; install the package %s, or build Matinee where %s",
                         path, plugin->kind, strerror(errno), plugin->package, plugin->needs);
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
