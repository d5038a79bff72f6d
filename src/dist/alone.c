#include "alone.h"

#include <string.h>

static void alone_sum(const struct communicator *communicator, float *values, size_t count)
{
    (void)communicator, (void)values, (void)count;
}

static void alone_gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    (void)communicator;
    if (bytes > 0)
        memmove(all, own, bytes);
}

const struct communicator alone_communicator = {
    .ranks = 1, .local_ranks = 1, .sum = alone_sum, .gather = alone_gather};
