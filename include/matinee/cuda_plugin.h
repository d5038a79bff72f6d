/* What the CUDA plugin, ../lib/matinee/matinee_cuda.so as seen from the running program's directory, offers. */
#ifndef MATINEE_CUDA_PLUGIN_H
#define MATINEE_CUDA_PLUGIN_H

#include "matinee/backend.h"
#include "matinee/cuda_probe.h"

struct cuda_plugin {
    /* Opens the CUDA backend: options->device is "cuda" (the first device; with ranks that of the local rank) or
     * "cuda:I". False and one line without a driver, without that device, for a device that the build has no code for,
     * or where a library fails; also where ranks cannot sum: NCCL is not there or refuses, or their GPUs do not fit. */
    bool (*open)(struct backend **backend, const struct backend_options *options, struct error *error);
    /* As cuda_probe(). */
    bool (*probe)(struct cuda_probe *probe, struct error *error);
    /* How many devices there are. False, with one line, if there is none. */
    bool (*count)(int *count, struct error *error);
};

/* The plugin's one exported function. NULL if `layout` is not what the plugin was built with. */
const struct cuda_plugin *matinee_cuda_plugin(uint64_t layout);

/* A number of the sizes of all structs, and of the last values of the enums, that program and plugin share: a plugin of
 * another version has another number. */
static inline uint64_t cuda_plugin_layout(void)
{
    const size_t numbers[] = {sizeof(struct backend),
                              sizeof(struct backend_options),
                              sizeof(struct backend_ops),
                              sizeof(struct backend_memory),
                              sizeof(struct next_step),
                              sizeof(struct step_state),
                              sizeof(struct metrics),
                              sizeof(struct load_batch),
                              sizeof(struct embedding_backward),
                              sizeof(struct dropout_layer),
                              sizeof(struct conv_pool_backward),
                              sizeof(struct max_pool_backward),
                              sizeof(struct global_pool_backward),
                              sizeof(struct lstm_backward),
                              sizeof(struct dense_bce),
                              sizeof(struct dense_backward),
                              sizeof(struct add_parts),
                              sizeof(struct sum_ranks),
                              sizeof(struct communicator),
                              sizeof(struct adam),
                              sizeof(struct op_sizes),
                              sizeof(struct error),
                              sizeof(struct cuda_plugin),
                              sizeof(struct cuda_probe),
                              ENGINE_GENERIC,
                              PRECISION_TF32,
                              MASKS_CUDNN};
    uint64_t layout = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        layout = layout * 1000003 + numbers[i];
    return layout;
}

/* The first two, where the plugin's code is linked instead of loaded; the second says nothing of cuDNN and NCCL. */
bool matinee_cuda_open(struct backend **backend, const struct backend_options *options, struct error *error);
bool matinee_cuda_probe(struct cuda_probe *probe, struct error *error);

#endif
