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

/* Whether this process sees a GPU, and otherwise why not. */
static bool has_gpu(struct error *reason)
{
    int count;
    if (!has_driver())
        return error_set(reason, "no NVIDIA driver found");
    const struct cuda_plugin *plugin = plugin_load(reason);
    return plugin && plugin->count(&count, reason);
}

/* How many of the ranks see a GPU. All of them ask. */
static int ranks_with_gpu(const struct communicator *ranks, struct error *reason)
{
    float seen = has_gpu(reason) ? 1.0f : 0.0f;
    ranks->sum(ranks, &seen, 1);
    return (int)seen;
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

/* Of "auto": all ranks take GPUs or none does. What goes wrong with a GPU after that is an error. */
static bool auto_open_ranks(struct backend **backend, const struct backend_options *options, char *note,
                            struct error *error)
{
    struct error reason;
    const int with_gpu = ranks_with_gpu(options->communicator, &reason);
    if (with_gpu > 0)
        return gpu_open(backend, options, "cuda", &reason) ||
               error_set(error, "--device auto: %.900s; --device cpu does without", reason.message);
    if (note)
        snprintf(note, ERROR_MESSAGE_BYTES, "%s", reason.message);
    return cpu_open(backend, options, &reason, error);
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
    const bool alone = !options->communicator || options->communicator->ranks == 1;
    if (strcmp(device, "auto") == 0 && !alone)
        return auto_open_ranks(backend, options, note, error);
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
