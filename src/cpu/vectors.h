/* Vectors of floats in GCC's vector extensions, as wide as the instruction set that a file is compiled for. */
#ifndef CPU_VECTORS_H
#define CPU_VECTORS_H

#include <stddef.h>
#include <string.h>

#define always_inline static inline __attribute__((always_inline))

/* A tile of TILE_ROWS x TILE_VECTORS accumulators, its operands and one broadcast fill the register file: 32 registers
 * with AVX-512 and on arm64, 16 elsewhere. Four vectors: the four gates of as many units as a vector has lanes. */
#if defined(__AVX512F__)
enum { LANES = 16, TILE_ROWS = 6 };
#elif defined(__AVX__)
enum { LANES = 8, TILE_ROWS = 3 };
#elif defined(__aarch64__)
enum { LANES = 4, TILE_ROWS = 6 };
#else
enum { LANES = 4, TILE_ROWS = 3 };
#endif
enum { TILE_VECTORS = 4, PANEL = LANES * TILE_VECTORS };

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int mask __attribute__((vector_size(LANES * sizeof(float))));

/* Floats in so many vectors. */
always_inline size_t lanes(int vectors)
{
    return (size_t)vectors * LANES;
}

always_inline vector load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

always_inline void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

always_inline vector select(mask condition, vector yes, vector no)
{
    return (vector)((condition & (mask)yes) | (~condition & (mask)no));
}

always_inline vector splat(float value)
{
    return value - (vector){0};
}

#endif
