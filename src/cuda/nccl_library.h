/* NVIDIA's library for sums over GPUs, which is opened where several train together. */
#ifndef NCCL_LIBRARY_H
#define NCCL_LIBRARY_H

#include "matinee/error.h"

#include <nccl.h>

/* The calls that we make. */
#define NCCL_CALLS(each)                                                                                     \
    each(ncclGetVersion) each(ncclGetErrorString) each(ncclGetLastError) each(ncclGetUniqueId)               \
        each(ncclCommInitRankConfig) each(ncclCommFinalize) each(ncclCommDestroy) each(ncclCommAbort)        \
            each(ncclGroupStart) each(ncclGroupEnd) each(ncclAllReduce) each(ncclAllGather)

struct nccl_library {
#define nccl_member(call) __typeof__(call) *(call);
    NCCL_CALLS(nccl_member)
#undef nccl_member
    int version; /* 22809 is 2.28.9 */
};

extern const char nccl_library_name[];

/* Opens the library of that name and finds the calls in it. It stays loaded until the program ends: it leaves threads.
 * False if it is not there, lacks a call, or does not tell its version. */
bool nccl_library_open(struct nccl_library *library, const char *name, struct error *error);

#endif
