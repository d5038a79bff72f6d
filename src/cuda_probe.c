#include "matinee/cuda_probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef bool probe_function(struct cuda_probe *, size_t, struct error *);

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

bool cuda_probe(struct cuda_probe *probe, struct error *error)
{
    char path[PATH_MAX];
    *probe = (struct cuda_probe){0};
    if (!find_plugin(path, error))
        return false;
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin)
        return error_set(error, "cannot load the CUDA plugin: %s; build it again", dlerror());
    probe_function *probe_devices = (probe_function *)dlsym(plugin, "matinee_cuda_probe_sized");
    bool found;
    if (probe_devices)
        found = probe_devices(probe, sizeof *probe, error);
    else
        found = error_set(error, "%s: not a plugin of this program; build it again", path);
    dlclose(plugin);
    return found;
}
