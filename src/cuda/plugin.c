/* What the plugin exports. */
#include "cuda_device.h"
#include "matinee/cuda_plugin.h"

#include <cudnn_version.h>
#include <dlfcn.h>
#include <stdio.h>

/* cuDNN has NVRTC compile its dynamic RNNs, and NVRTC asks for a library of its own without saying where that is. Loaded
 * from here it is found where the others are. cuDNN has other algorithms for where it is missing. */
static void load_nvrtc_part(void)
{
    char name[64];
    snprintf(name, sizeof name, "libnvrtc-builtins.so.%d.%d", CUDART_VERSION / 1000,
             CUDART_VERSION % 1000 / 10);
    (void)dlopen(name, RTLD_LAZY | RTLD_LOCAL);
}

/* cuDNN loads its parts when they are first used, and ends the program if the first of them is not there: so they are
 * looked for before it is asked anything. They stay loaded; it needs them anyway. */
static bool load_cudnn_parts(struct error *error)
{
    static const char *const parts[] = {"graph", "ops", "adv"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "libcudnn_%s.so.%d", parts[i], CUDNN_MAJOR);
        if (!dlopen(name, RTLD_LAZY | RTLD_LOCAL))
            return error_set(error, "a part of cuDNN is missing: %.500s; install all of cuDNN %d", dlerror(),
                             CUDNN_MAJOR);
    }
    load_nvrtc_part();
    return true;
}

static bool plugin_open(struct backend **backend, const struct backend_options *options, struct error *error)
{
    return load_cudnn_parts(error) && matinee_cuda_open(backend, options, error);
}

static bool plugin_probe(struct cuda_probe *probe, struct error *error)
{
    struct error trouble;
    bool found = matinee_cuda_probe(probe, error);
    if (!load_cudnn_parts(&trouble) || !cuda_cudnn_check(&probe->cudnn_version, &trouble))
        snprintf(probe->cudnn_trouble, sizeof probe->cudnn_trouble, "%.250s", trouble.message);
    if (!cuda_nccl_check(&probe->nccl_version, &trouble))
        snprintf(probe->nccl_trouble, sizeof probe->nccl_trouble, "%.250s", trouble.message);
    return found;
}

__attribute__((visibility("default"))) const struct cuda_plugin *matinee_cuda_plugin(uint64_t layout)
{
    static const struct cuda_plugin plugin = {
        .open = plugin_open, .probe = plugin_probe, .count = cuda_device_count};
    return layout == cuda_plugin_layout() ? &plugin : NULL;
}
