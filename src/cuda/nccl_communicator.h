/* What nccl_ranks.c opens and sum_ranks.c uses. */
#ifndef NCCL_COMMUNICATOR_H
#define NCCL_COMMUNICATOR_H

#include "cuda_backend.h"
#include "nccl_library.h"

struct nccl_ranks {
    struct nccl_library library;
    ncclComm_t communicator;
    int ranks;
};

/* As cuda_check. */
#define nccl_check(cuda, call) nccl_check_status(cuda, call, #call, __FILE__, __LINE__)

bool nccl_check_status(struct cuda_backend *, ncclResult_t, const char *call, const char *file, int line);

void cuda_sum_ranks(struct backend *, const struct sum_ranks *);

#endif
