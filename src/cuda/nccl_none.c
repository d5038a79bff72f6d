/* In place of NCCL where its header was not there to build with. */
#include "cuda_device.h"
#include "nccl_ranks.h"

bool cuda_nccl_check(int *version, struct error *error)
{
    *version = 0;
    return error_set(error,
                     "this build is without NCCL, which several GPUs need; build Matinee where nccl.h is");
}

bool nccl_ranks_open(struct cuda_backend *cuda, const struct cudaDeviceProp *device, struct error *error)
{
    int version;
    (void)cuda;
    (void)device;
    return cuda_nccl_check(&version, error);
}

void nccl_ranks_close(struct cuda_backend *cuda)
{
    (void)cuda;
}
