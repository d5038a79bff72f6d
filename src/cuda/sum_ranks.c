/* Sums over ranks by NCCL, in its group calls, so that they are one kernel. */
#include "add_parts.h"
#include "nccl_communicator.h"

#include <assert.h>

static_assert(offsetof(struct metrics, count) == offsetof(struct metrics, correct) + sizeof(int64_t),
              "correct and count are summed as two numbers");

static bool sum_metrics(struct cuda_backend *cuda, const struct sum_ranks *op)
{
    enum { COUNTS = 2 };
    const struct nccl_library *nccl = &cuda->ranks->library;
    ncclComm_t with = cuda->ranks->communicator;
    return nccl_check(cuda, nccl->ncclAllReduce(&op->own->loss, &op->all->loss, 1, ncclFloat64, ncclSum, with,
                                                cuda->stream)) &&
           nccl_check(cuda, nccl->ncclAllReduce(&op->own->correct, &op->all->correct, COUNTS, ncclInt64,
                                                ncclSum, with, cuda->stream));
}

static bool sum_gradients(struct cuda_backend *cuda, const struct sum_ranks *op)
{
    const struct nccl_library *nccl = &cuda->ranks->library;
    ncclComm_t with = cuda->ranks->communicator;
    if (op->gathered)
        return nccl_check(cuda, nccl->ncclAllGather(op->gradients, op->gathered, op->count, ncclFloat32, with,
                                                    cuda->stream));
    return nccl_check(cuda, nccl->ncclAllReduce(op->gradients, op->gradients, op->count, ncclFloat32, ncclSum,
                                                with, cuda->stream));
}

/* A group that has begun is always ended, whatever failed in it. */
static bool sum_group(struct cuda_backend *cuda, const struct sum_ranks *op)
{
    const struct nccl_library *nccl = &cuda->ranks->library;
    if (!nccl_check(cuda, nccl->ncclGroupStart()))
        return false;
    const bool given = sum_gradients(cuda, op) && sum_metrics(cuda, op);
    return nccl_check(cuda, nccl->ncclGroupEnd()) && given;
}

void cuda_sum_ranks(struct backend *backend, const struct sum_ranks *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed || !sum_group(cuda, op) || !op->gathered)
        return;
    const struct add_parts tree = {
        .count = op->count, .parts = cuda->ranks->ranks, .gradients = op->gathered};
    cuda_check(cuda, launch_add_parts(cuda->stream, &tree, op->gradients));
}
