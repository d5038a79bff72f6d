/* Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Random123).
 *
 * Every use has a stream of its own, so that adding a draw in one place moves no number in another, and no bit depends
 * on the processor, the number of threads or the C library.
 */
#ifndef MATINEE_RNG_H
#define MATINEE_RNG_H

#include <stdint.h>

/* The last word of the counter {block low, block high, index, stream}. Values are part of the file format of a seed:
 * never renumber. */
enum rng_stream {
    RNG_INITIALIZER = 1, /* index: number of the parameter */
    RNG_SHUFFLE = 2,     /* index: epoch, from 0 */
    RNG_SAMPLE = 3,      /* index: number of the review */
};

struct rng {
    uint64_t seed;
    uint32_t stream, index;
    uint64_t block;    /* next Philox block */
    uint32_t words[4]; /* of the current block */
    int used;          /* words taken from it */
};

struct rng rng_open(uint64_t seed, enum rng_stream stream, uint32_t index);

/* Uniform on 0 .. 2^32 - 1. */
uint32_t rng_next(struct rng *rng);

/* Uniform on 0 .. n - 1 without bias, n > 0. */
uint32_t rng_below(struct rng *rng, uint32_t n);

/* Uniform on [0, 1), 53 bits. */
double rng_uniform(struct rng *rng);

/* Standard normal, by Leva's ratio of uniforms (ACM TOMS 18, 1992): the value needs only + - * / and the rare exact
 * test a logarithm, so it is the same on every machine. */
double rng_normal(struct rng *rng);

/* Fisher-Yates: a uniform permutation of 0 .. n - 1. */
void rng_permutation(struct rng *rng, int32_t *order, int32_t n);

#endif
