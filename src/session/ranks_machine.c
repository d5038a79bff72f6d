#define _GNU_SOURCE /* sched_getaffinity */
#include "matinee/ranks.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What each rank tells the others, compared in parts byte by byte. */
struct surroundings {
    struct processors {
        char host[64];
        cpu_set_t set; /* that it may use; empty: not known */
    } processors;
    char device[16]; /* as its options have it */
};

static struct surroundings look_around(const struct options *options)
{
    struct surroundings own;
    memset(&own, 0, sizeof own);
    if (gethostname(own.processors.host, sizeof own.processors.host - 1) != 0)
        own.processors.host[0] = '\0';
    if (sched_getaffinity(0, sizeof own.processors.set, &own.processors.set) != 0)
        CPU_ZERO(&own.processors.set);
    memcpy(own.device, options->device, strnlen(options->device, sizeof own.device - 1));
    return own;
}

/* Backends of another kind would wait for each other for ever. */
static bool check_devices(const struct surroundings *all, int ranks, struct error *error)
{
    for (int rank = 1; rank < ranks; rank++)
        if (strcmp(all[rank].device, all[0].device) != 0)
            return error_set(error, "rank %d of %d has --device %s, and rank 0 %s; give all the same", rank,
                             ranks, all[rank].device, all[0].device);
    return true;
}

/* Of the processors of this rank, with all ranks of its machine that have been given the same ones. Containers on
 * several machines may all have one name. */
static int share_threads(const struct surroundings *all, const struct communicator *communicator)
{
    const struct processors *own = &all[communicator->rank].processors;
    const int processors = CPU_COUNT(&own->set);
    int sharers = 1;
    for (int rank = 0; rank < communicator->ranks && sharers < communicator->local_ranks; rank++)
        sharers += rank != communicator->rank && memcmp(&all[rank].processors, own, sizeof *own) == 0;
    return processors == 0 ? 0 : processors > sharers ? processors / sharers : 1;
}

bool ranks_share_machine(int *threads, const struct options *options, struct error *error)
{
    const struct communicator *communicator = options->communicator;
    *threads = options->threads;
    if (ranks_count(options) == 1)
        return true;
    const size_t bytes = (size_t)communicator->ranks * sizeof(struct surroundings);
    struct surroundings own = look_around(options), *all = malloc(bytes);
    if (!all)
        return error_memory(error, "the surroundings of all processes", bytes);
    communicator->gather(communicator, &own, sizeof own, all);
    const bool alike = check_devices(all, communicator->ranks, error);
    if (alike && options->threads == 0)
        *threads = share_threads(all, communicator);
    free(all);
    return alike;
}
