#include "cpu_backend.h"

enum { PARTS_BLOCK = 1024 };

/* Where the sum of `parts` neighbouring arenas is, for `count` floats of each: in `to`, which may be the first arena, or
 * in the one arena itself. What waits for a neighbour is the last: so one branch of the tree has the largest power of
 * two of arenas that leaves any for the other. */
static const float *add_tree(size_t count, int parts, const float *arenas, size_t arena_count, float *to)
{
    if (parts == 1)
        return arenas;
    float room[PARTS_BLOCK];
    int half = 1;
    while (half < parts - half)
        half *= 2;
    const float *left = add_tree(count, half, arenas, arena_count, to);
    const float *right =
        add_tree(count, parts - half, arenas + (size_t)half * arena_count, arena_count, room);
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        to[i] = left[i] + right[i];
    return to;
}

/* Denormals are kept: the bits must be those of any machine. */
void cpu_add_arenas(struct backend *backend, const struct add_parts *op, float *sum)
{
    const size_t blocks = (op->count + PARTS_BLOCK - 1) / PARTS_BLOCK;
#pragma omp parallel for schedule(static) num_threads(backend->threads)
    for (size_t block = 0; block < blocks; block++) {
        const size_t at = block * PARTS_BLOCK, rest = op->count - at;
        const size_t count = rest < PARTS_BLOCK ? rest : PARTS_BLOCK;
        add_tree(count, op->parts, op->gradients + at, op->count, sum + at);
    }
}

void cpu_add_parts(struct backend *backend, const struct add_parts *op)
{
    cpu_add_arenas(backend, op, op->gradients);
}
