/* The maximum of P steps, and where it stood: what the forward passes save for the backward ones. */
#ifndef KERNELS_POOL_CUH
#define KERNELS_POOL_CUH

#include "device.cuh"

#include <math.h>

enum { POOL_DEAD = -1 }; /* ReLU let nothing through: there is no gradient */

struct pooled {
    float best;
    int32_t step; /* of P; POOL_DEAD */
};

static __device__ inline struct pooled pool_begin(bool relu)
{
    struct pooled pooled = {relu ? 0.0f : -INFINITY, relu ? POOL_DEAD : 0};
    return pooled;
}

/* The first of equal maxima stays. A NaN is greater than anything: it must stay visible. */
static __device__ inline void pool_take(struct pooled &pooled, float value, int step)
{
    if (value > pooled.best || value != value) {
        pooled.best = value;
        pooled.step = step;
    }
}

#endif
