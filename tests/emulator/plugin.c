/* The emulated backend as a plugin: what the program opens in place of the real one. */
#include "matinee/cuda_plugin.h"

const struct cuda_plugin *matinee_cuda_plugin(uint64_t layout)
{
    static const struct cuda_plugin plugin = {.open = matinee_cuda_open, .probe = matinee_cuda_probe};
    return layout == cuda_plugin_layout() ? &plugin : NULL;
}
