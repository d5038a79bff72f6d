/* The ranks of a job, each with a GPU, as NCCL's communicator. */
#ifndef NCCL_RANKS_H
#define NCCL_RANKS_H

#include "cuda_backend.h"

/* Joins the ranks of the options' communicator, all of which do the same now, and gives the backend its sum_ranks.
 * False, with one line, where NCCL is not there or refuses, or the GPUs do not fit together: two ranks have the same
 * one, or they differ in compute capability. */
bool nccl_ranks_open(struct cuda_backend *, const struct cudaDeviceProp *device, struct error *error);

/* After a failure of the backend it waits for no other rank. For a backend that is alone, too, and more than once. */
void nccl_ranks_close(struct cuda_backend *);

#endif
