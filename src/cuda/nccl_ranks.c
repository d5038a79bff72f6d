/* Ranks find each other by an id that rank 0 makes, which goes to the others with what each says of its GPU. */
#include "nccl_ranks.h"
#include "nccl_communicator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct introduction {
    ncclUniqueId id; /* of rank 0 alone */
    cudaUUID_t uuid;
    int device, capability, nccl_version;
};

/* One line: NCCL's words for the status, the first line of what it says of this failure, and where more is to be had. */
static void describe(char *words, size_t bytes, const struct nccl_library *nccl, ncclResult_t status)
{
    enum { LINE_MAX_BYTES = 140 };
    const char *general = nccl->ncclGetErrorString(status), *last = nccl->ncclGetLastError(NULL);
    const char *remedy = status == ncclInProgress         ? "; unset NCCL_COMM_BLOCKING"
                         : strstr(general, "NCCL_DEBUG=") ? ""
                                                          : "; NCCL_DEBUG=WARN in the environment says more";
    const size_t length = last ? strcspn(last, "\r\n") : 0;
    snprintf(words, bytes, "%.100s%s%.*s%s", general, length > 0 ? ": " : "",
             length < LINE_MAX_BYTES ? (int)length : LINE_MAX_BYTES, last ? last : "", remedy);
}

bool nccl_check_status(struct cuda_backend *cuda, ncclResult_t status, const char *call, const char *file,
                       int line)
{
    char words[300];
    if (status == ncclSuccess)
        return true;
    describe(words, sizeof words, &cuda->ranks->library, status);
    cuda_latch(cuda, call, "NCCL", (int)status, words, file, line);
    return false;
}

static bool is_same_device(const struct introduction *a, const struct introduction *b)
{
    return memcmp(&a->uuid, &b->uuid, sizeof a->uuid) == 0;
}

/* All ranks find the same fault, so that rank 0 may say it for all. */
static bool check_devices(const struct introduction *all, int ranks, struct error *error)
{
    for (int rank = 1; rank < ranks; rank++) {
        const struct introduction *first = &all[0], *other = &all[rank];
        for (int before = 0; before < rank; before++)
            if (is_same_device(&all[before], other))
                return error_set(error,
                                 "ranks %d and %d have the same GPU, cuda:%d; start one rank for each GPU",
                                 before, rank, other->device);
        if (other->capability != first->capability)
            return error_set(
                error,
                "rank 0 has a GPU of compute capability %d.%d and rank %d one of %d.%d; name GPUs of "
                "one kind in CUDA_VISIBLE_DEVICES",
                first->capability / 10, first->capability % 10, rank, other->capability / 10,
                other->capability % 10);
        if (other->nccl_version != first->nccl_version)
            return error_set(error, "rank 0 has NCCL %d.%d.%d and rank %d NCCL %d.%d.%d; install one version",
                             first->nccl_version / 10000, first->nccl_version % 10000 / 100,
                             first->nccl_version % 100, rank, other->nccl_version / 10000,
                             other->nccl_version % 10000 / 100, other->nccl_version % 100);
    }
    return true;
}

static bool introduce(struct cuda_backend *cuda, const struct cudaDeviceProp *device,
                      struct introduction *all, struct error *error)
{
    const struct communicator *with = cuda->options.communicator;
    const struct nccl_library *nccl = &cuda->ranks->library;
    struct introduction own = {.uuid = device->uuid,
                               .device = cuda->device,
                               .capability = 10 * device->major + device->minor,
                               .nccl_version = nccl->version};
    if (with->rank == 0 && !nccl_check(cuda, nccl->ncclGetUniqueId(&own.id))) {
        *error = cuda->failure;
        return false;
    }
    with->gather(with, &own, sizeof own, all);
    return check_devices(all, with->ranks, error);
}

static bool join(struct cuda_backend *cuda, const ncclUniqueId *id, struct error *error)
{
    const struct communicator *with = cuda->options.communicator;
    const struct nccl_library *nccl = &cuda->ranks->library;
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 1;
    if (nccl_check(cuda, nccl->ncclCommInitRankConfig(&cuda->ranks->communicator, with->ranks, *id,
                                                      with->rank, &config)))
        return true;
    return error_set(error, "%.800s; %.1f MiB of its memory are free", cuda->failure.message,
                     (double)cuda_free_bytes(&cuda->base) / (1024.0 * 1024));
}

static bool open_ranks(struct cuda_backend *cuda, const struct cudaDeviceProp *device,
                       struct introduction *all, struct error *error)
{
    return nccl_library_open(&cuda->ranks->library, nccl_library_name, error) &&
           introduce(cuda, device, all, error) && join(cuda, &all[0].id, error);
}

static void add_to_description(struct cuda_backend *cuda)
{
    char *description = cuda->base.description;
    const size_t used = strlen(description);
    const int version = cuda->ranks->library.version;
    snprintf(description + used, sizeof cuda->base.description - used, ", NCCL %d.%d", version / 10000,
             version % 10000 / 100);
}

bool nccl_ranks_open(struct cuda_backend *cuda, const struct cudaDeviceProp *device, struct error *error)
{
    const size_t ranks = (size_t)cuda->options.communicator->ranks;
    struct introduction *all = calloc(ranks, sizeof *all);
    cuda->ranks = calloc(1, sizeof *cuda->ranks);
    if (!all || !cuda->ranks) {
        free(all);
        return error_memory(error, "the ranks' GPUs", ranks * sizeof *all + sizeof *cuda->ranks);
    }
    cuda->ranks->ranks = (int)ranks;
    bool good = open_ranks(cuda, device, all, error);
    free(all);
    if (!good)
        return false;
    cuda->ops.sum_ranks = cuda_sum_ranks;
    add_to_description(cuda);
    return true;
}

void nccl_ranks_close(struct cuda_backend *cuda)
{
    struct nccl_ranks *ranks = cuda->ranks;
    if (ranks && ranks->communicator) {
        const struct nccl_library *nccl = &ranks->library;
        if (cuda->failed || cuda->base.is_abandoned) {
            nccl->ncclCommAbort(ranks->communicator);
        } else {
            nccl->ncclCommFinalize(ranks->communicator);
            nccl->ncclCommDestroy(ranks->communicator);
        }
    }
    free(ranks);
    cuda->ranks = NULL;
}
