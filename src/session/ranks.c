#include "matinee/ranks.h"

#include "matinee/dims.h"
#include "matinee/machine.h"

#include <stdlib.h>
#include <string.h>

const char *ranks_launcher(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || !getenv("SLURM_PROCID") ? "mpirun" : "srun";
}

int ranks_own(const struct options *options)
{
    return options->communicator ? options->communicator->rank : 0;
}

int ranks_count(const struct options *options)
{
    return options->communicator ? options->communicator->ranks : 1;
}

int ranks_own_local(const struct options *options)
{
    return options->communicator ? options->communicator->local_rank : 0;
}

int64_t ranks_available_bytes(const struct options *options)
{
    return machine_available_bytes() / (options->communicator ? options->communicator->local_ranks : 1);
}

/* A sum has no need of memory. */
void ranks_wait(const struct options *options)
{
    const struct communicator *communicator = options->communicator;
    float here = 1;
    if (communicator)
        communicator->sum(communicator, &here, 1);
}

/* --gpus takes the first ones of this machine, and makes its processes itself. */
static bool check_gpus(const struct options *options, struct error *error)
{
    if (options->gpus == 0)
        return true;
    if (options->communicator)
        return error_set(error, "--gpus %d: %s has started %d processes already; leave --gpus out",
                         options->gpus, ranks_launcher(), ranks_count(options));
    return strcmp(options->device, "auto") == 0 || strcmp(options->device, "cuda") == 0 ||
           error_set(error, "--gpus %d: contradicts --device %s; leave one of them out", options->gpus,
                     options->device);
}

static bool check_exact_ranks(const struct options *options, int ranks, struct error *error)
{
    if (!options->exact_ranks)
        return true;
    if (options->virtual_ranks > 0)
        return error_set(error,
                         "--virtual-ranks %d: contradicts --exact-ranks, which has %d parts of its own; "
                         "leave one of them out",
                         options->virtual_ranks, ROW_GROUPS);
    return ROW_GROUPS % ranks == 0 ||
           error_set(error, "--exact-ranks: sums %d parts, on 1, 2, 4 or 8 processes alike, and there are %d",
                     ROW_GROUPS, ranks);
}

bool ranks_check(const struct options *options, struct error *error)
{
    const int ranks = options->gpus > 0 ? options->gpus : ranks_count(options);
    if (!check_gpus(options, error) || !check_exact_ranks(options, ranks, error))
        return false;
    const bool in_parts = ranks > 1 || options->exact_ranks || options->virtual_ranks > 1;
    return !in_parts || options->dropout_masks != MASKS_CUDNN ||
           error_set(error, "--dropout-masks cudnn: draws a mask for a whole batch, and %s; leave it out",
                     ranks > 1              ? "here several processes share one"
                     : options->exact_ranks ? "--exact-ranks cuts one into parts"
                                            : "--virtual-ranks cuts one into parts");
}

struct sharing ranks_sharing(const struct options *options)
{
    const int parts = options->exact_ranks         ? ROW_GROUPS / ranks_count(options)
                      : options->virtual_ranks > 0 ? options->virtual_ranks
                                                   : 1;
    return (struct sharing){
        .communicator = options->communicator, .parts = parts, .exact = options->exact_ranks};
}
