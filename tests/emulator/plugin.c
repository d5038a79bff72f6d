/* The emulated backend as a plugin: what the program opens in place of the real one. */
#include "cuda_device.h"
#include "matinee/cuda_plugin.h"

#include <stdio.h>

static bool probe_with_nccl(struct cuda_probe *probe, struct error *error)
{
    struct error trouble;
    bool found = matinee_cuda_probe(probe, error);
    if (!cuda_nccl_check(&probe->nccl_version, &trouble))
        snprintf(probe->nccl_trouble, sizeof probe->nccl_trouble, "%.250s", trouble.message);
    return found;
}

const struct cuda_plugin *matinee_cuda_plugin(uint64_t layout)
{
    static const struct cuda_plugin plugin = {
        .open = matinee_cuda_open, .probe = probe_with_nccl, .count = cuda_device_count};
    return layout == cuda_plugin_layout() ? &plugin : NULL;
}
