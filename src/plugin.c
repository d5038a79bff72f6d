#include "plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef const struct cuda_plugin *plugin_function(uint64_t layout);

static bool find_plugin(char path[PATH_MAX], struct error *error)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length < 0)
        return error_set(error, "/proc/self/exe: cannot find the program's directory: %s", strerror(errno));
    if ((size_t)length == sizeof program)
        return error_set(error, "/proc/self/exe: the program's path is too long; move it");
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    int written = snprintf(path, PATH_MAX, "%s/../lib/matinee/matinee_cuda.so", program);
    if (written < 0 || written >= PATH_MAX)
        return error_set(error, "%s: the path is too long; move the program", program);
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
