/* The gradient of z, before ReLU and maximum: dy where the forward pass saved that the maximum stood, zero elsewhere. */
#ifndef KERNELS_CONV_DZ_CUH
#define KERNELS_CONV_DZ_CUH

#include "conv_pool.h"
#include "device.cuh"

struct conv_dz {
    int left; /* zeros before the first step of x */
    int S;    /* steps of y */
};

static inline struct conv_dz conv_dz_of(const struct conv_pool *forward)
{
    struct conv_dz dz = {conv_left(forward), conv_pool_steps(forward)};
    return dz;
}

/* dz[step,n,c]; zero outside. */
static __device__ inline float conv_dz_at(const struct conv_pool_backward &op, const struct conv_dz &dz,
                                          int step, int n, int c)
{
    const struct conv_pool &forward = op.forward;
    if (step < 0 || step >= dz.S * forward.P || c >= forward.C)
        return 0.0f;
    const int s = step / forward.P;
    const size_t at = ((size_t)s * forward.N + n) * forward.C + c;
    return ((const int32_t *)forward.saved)[at] == step - s * forward.P ? op.dy[at] : 0.0f;
}

#endif
