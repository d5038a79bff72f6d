/* Opens a backend by device name: the only file that knows them. */
#include "matinee/backend.h"

#include "matinee/cpu.h"
#include "plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* CUDA's own library for the driver. Asked for before the plugin, whose libraries take 0.1 s to load. */
static bool has_driver(void)
{
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver)
        dlclose(driver);
    return driver != NULL;
}

static bool gpu_open(struct backend **backend, const struct backend_options *options, const char *device,
                     struct error *error)
{
    struct backend_options chosen = *options;
    chosen.device = device;
    if (!has_driver())
        return error_set(error, "no NVIDIA driver found");
    const struct cuda_plugin *plugin = plugin_load(error);
    return plugin && plugin->open(backend, &chosen, error);
}

/* The first option that only a GPU serves, as the command line has it; NULL: none was given. */
static const char *gpu_option(const struct backend_options *options)
{
    static const char *const engines[] = {[ENGINE_FUSED] = "--engine fused",
                                          [ENGINE_CUDNN] = "--engine cudnn",
                                          [ENGINE_GENERIC] = "--engine generic"};
    if (options->engine != ENGINE_AUTO)
        return engines[options->engine];
    if (options->precision != PRECISION_FP32)
        return "--precision tf32";
    if (options->masks != MASKS_COUNTER)
        return "--dropout-masks cudnn";
    return options->no_graph ? "--no-graph" : NULL;
}

/* `no_gpu` says why "auto" came here; NULL: "cpu" was asked for. What only a GPU can do is not silently left out. */
static bool cpu_open(struct backend **backend, const struct backend_options *options,
                     const struct error *no_gpu, struct error *error)
{
    const char *option = gpu_option(options);
    if (option && no_gpu)
        return error_set(error, "%s: needs a GPU, and none can be used: %.900s", option, no_gpu->message);
    if (option)
        return error_set(error, "%s: needs a GPU, and --device cpu is none; leave one of them out", option);
    return cpu_backend_open_with(backend, options, error);
}

bool backend_open(struct backend **backend, const struct backend_options *options, char *note,
                  struct error *error)
{
    const char *device = options->device;
    struct error reason;
    if (note)
        note[0] = '\0';
    if (strcmp(device, "cpu") == 0)
        return cpu_open(backend, options, NULL, error);
    if (strcmp(device, "auto") == 0) {
        if (gpu_open(backend, options, "cuda", &reason))
            return true;
        if (note)
            snprintf(note, ERROR_MESSAGE_BYTES, "%s", reason.message);
        return cpu_open(backend, options, &reason, error);
    }
    if (strcmp(device, "cuda") != 0 && strncmp(device, "cuda:", 5) != 0)
        return error_set(error, "--device %s: no such device; use auto, cpu, cuda or cuda:I", device);
    return gpu_open(backend, options, device, &reason) ||
           error_set(error, "--device %s: %.900s; --device cpu does without", device, reason.message);
}

bool backend_kernel_set(int number, struct kernel_set *set)
{
    return cpu_kernel_set(number, set);
}

void backend_close(struct backend *backend)
{
    if (backend)
        backend->close(backend);
}
