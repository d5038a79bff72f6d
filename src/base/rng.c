#include "matinee/rng.h"

#include <Random123/philox.h>
#include <math.h>

struct rng rng_open(uint64_t seed, enum rng_stream stream, uint32_t index)
{
    return (struct rng){.seed = seed, .stream = stream, .index = index, .used = 4};
}

uint32_t rng_next(struct rng *rng)
{
    if (rng->used == 4) {
        philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
        philox4x32_ctr_t counter = {
            {(uint32_t)rng->block, (uint32_t)(rng->block >> 32), rng->index, rng->stream}};
        philox4x32_ctr_t random = philox4x32(counter, key);
        for (int i = 0; i < 4; i++)
            rng->words[i] = random.v[i];
        rng->block++;
        rng->used = 0;
    }
    return rng->words[rng->used++];
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    uint32_t unfair = -n % n; /* 2^32 mod n: that many low products would favour small results */
    uint64_t product;
    do {
        product = (uint64_t)rng_next(rng) * n;
    } while ((uint32_t)product < unfair);
    return (uint32_t)(product >> 32);
}

double rng_uniform(struct rng *rng)
{
    uint64_t high = rng_next(rng), low = rng_next(rng);
    return (double)((high << 21) ^ (low >> 11)) * 0x1p-53;
}

double rng_normal(struct rng *rng)
{
    for (;;) {
        double u = 1.0 - rng_uniform(rng); /* (0,1] */
        double v = 1.7156 * (rng_uniform(rng) - 0.5);
        double x = u - 0.449871, y = fabs(v) + 0.386595;
        double q = x * x + y * (0.19600 * y - 0.25472 * x);
        if (q < 0.27597)
            return v / u;
        if (q <= 0.27846 && v * v <= -4.0 * u * u * log(u))
            return v / u;
    }
}

void rng_permutation(struct rng *rng, int32_t *order, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        order[i] = i;
    for (int32_t i = n - 1; i > 0; i--) {
        int32_t j = (int32_t)rng_below(rng, (uint32_t)i + 1);
        int32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
