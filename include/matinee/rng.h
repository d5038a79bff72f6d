/* Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Random123).
 *
 * Every use has a stream of its own, so that adding a draw in one place moves no number in another, and no bit depends
 * on the processor, the number of threads or the C library.
 */
#ifndef MATINEE_RNG_H
#define MATINEE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* The last word of the counter {block low, block high, index, stream}. Values are part of the file format of a seed:
 * never renumber. */
enum rng_stream {
    RNG_INITIALIZER = 1, /* index: number of the parameter */
    RNG_SHUFFLE = 2,     /* index: epoch, from 0 */
    RNG_SAMPLE = 3,      /* index: number of the review */
};

/* What a dropout mask is for; part of its counter. Values are part of the file format of a seed, too. */
enum dropout_kind {
    DROPOUT_EMBEDDING_OUTPUT = 1,
    DROPOUT_LSTM_OUTPUT = 2,
    DROPOUT_GATE_INPUT = 3,
    DROPOUT_GATE_RECURRENT = 4,
    DROPOUT_CONV_OUTPUT = 5,    /* of a Conv1D or a MaxPooling1D */
    DROPOUT_EMBEDDING_ROWS = 6, /* row 0; the element is the token */
    DROPOUT_POOL_OUTPUT = 7,    /* of a global pooling */
};

/* The last word of a mask's counter. layer: index in the Sequential; direction: 1 for the backward one of a
 * Bidirectional; gate: 0 to 3, or 0 for a mask that the gates share. No value is one of enum rng_stream. */
static inline uint32_t dropout_stream(int layer, enum dropout_kind kind)
{
    return (uint32_t)layer << 16 | (uint32_t)kind << 8;
}

static inline uint32_t dropout_gate_stream(uint32_t stream, int direction, int gate)
{
    return stream | (uint32_t)direction << 12 | (uint32_t)gate;
}

/* A mask as a function: element i of global row `row` of the batch is kept iff
 *
 *     philox4x32-10(key = seed, counter = {i / 4, row, step, stream})[i % 4] >= floor(rate * 2^32)
 *
 * so its bits do not depend on the batch's split, the threads, the backend or a replay. */
struct dropout_key {
    uint64_t seed;
    uint32_t stream, step;
};

/* mask[k] = 1/(1 - rate) if element first + k of the row is kept, else 0, for count elements. 0 <= rate < 1,
 * first + count <= 2^34. */
void dropout_mask(const struct dropout_key *key, uint32_t row, float rate, size_t first, size_t count,
                  float *mask);

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
