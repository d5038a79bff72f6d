/* A plugin whose structs have other sizes than the program's. */
#include "matinee/cuda_plugin.h"

#include <stdlib.h>

static bool never_asked(struct cuda_probe *probe, struct error *error)
{
    (void)probe;
    (void)error;
    abort();
}

const struct cuda_plugin *matinee_cuda_plugin(uint64_t layout)
{
    static const struct cuda_plugin plugin = {.probe = never_asked};
    return layout == cuda_plugin_layout() + 1 ? &plugin : NULL;
}
