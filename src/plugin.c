#include "plugin.h"

#include "matinee/plugin_path.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef const struct cuda_plugin *plugin_function(uint64_t layout);

static bool find_plugin(char path[PATH_MAX], struct error *error)
{
    if (!plugin_path(path, "matinee_cuda.so", error))
        return false;
    if (access(path, F_OK) != 0)
        return error_set(error, "%s: no CUDA plugin: %s; build Matinee where a CUDA toolkit is installed",
                         path, strerror(errno));
    return true;
}

const struct cuda_plugin *plugin_load(struct error *error)
{
    char path[PATH_MAX];
    if (!find_plugin(path, error))
        return NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error_set(error, "cannot load the CUDA plugin: %s; install that library or build the plugin again",
                  dlerror());
        return NULL;
    }
    plugin_function *ask = (plugin_function *)dlsym(library, "matinee_cuda_plugin");
    const struct cuda_plugin *plugin = ask ? ask(cuda_plugin_layout()) : NULL;
    if (plugin)
        return plugin;
    error_set(error,
              ask ? "%s: of another version than the program; build both again"
                  : "%s: not a plugin of this program; build it again",
              path);
    dlclose(library);
    return NULL;
}

bool cuda_probe(struct cuda_probe *probe, struct error *error)
{
    *probe = (struct cuda_probe){0};
    const struct cuda_plugin *plugin = plugin_load(error);
    return plugin && plugin->probe(probe, error);
}
