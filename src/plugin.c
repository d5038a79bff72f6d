#include "plugin.h"

#include "matinee/plugin.h"

typedef const struct cuda_plugin *plugin_ask(uint64_t layout);

const struct cuda_plugin *plugin_load(struct error *error)
{
    static const struct plugin cuda = {.kind = "CUDA",
                                       .file = "matinee_cuda.so",
                                       .function = "matinee_cuda_plugin",
                                       .package = "matinee-cuda",
                                       .needs = "a CUDA toolkit is installed"};
    plugin_ask *ask = (plugin_ask *)plugin_function(&cuda, error);
    const struct cuda_plugin *plugin = ask ? ask(cuda_plugin_layout()) : NULL;
    if (ask && !plugin)
        plugin_other_version(&cuda, error);
    return plugin;
}

bool cuda_probe(struct cuda_probe *probe, struct error *error)
{
    *probe = (struct cuda_probe){0};
    const struct cuda_plugin *plugin = plugin_load(error);
    return plugin && plugin->probe(probe, error);
}
