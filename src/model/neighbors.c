#include "matinee/neighbors.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static double product(const float *a, const float *b, int E)
{
    double sum = 0.0;
    for (int e = 0; e < E; e++)
        sum += (double)a[e] * (double)b[e];
    return sum;
}

static int compare(const struct neighbor *a, const struct neighbor *b)
{
    if (a->similarity != b->similarity)
        return a->similarity > b->similarity ? -1 : 1;
    return 0;
}

static int by_nearness(const void *left, const void *right)
{
    const struct neighbor *a = left, *b = right;
    const int order = compare(a, b);
    return order ? order : a->row - b->row;
}

static int by_farness(const void *left, const void *right)
{
    const struct neighbor *a = left, *b = right;
    const int order = compare(b, a);
    return order ? order : a->row - b->row;
}

bool neighbors_open(struct neighbors *neighbors, const float *table, int E, int row, int first, int end,
                    enum neighbor_order order, struct error *error)
{
    const float *own = table + (size_t)row * (size_t)E;
    const double own_square = product(own, own, E);
    *neighbors = (struct neighbors){0};
    if (!(own_square > 0.0))
        return error_set(error, "its numbers are all zero, so nothing is near it; give another word");
    const size_t bytes = ((size_t)(end > first ? end - first : 0) + 1) * sizeof *neighbors->items;
    neighbors->items = malloc(bytes);
    if (!neighbors->items)
        return error_memory(error, "the neighbors", bytes);
    for (int other = first; other < end; other++) {
        const float *vector = table + (size_t)other * (size_t)E;
        const double square = product(vector, vector, E);
        if (other == row || !(square > 0.0))
            continue;
        /* One root: the same vector again is then at exactly 1. Squares of floats are far from double's limits. */
        const double cosine = product(own, vector, E) / sqrt(own_square * square);
        neighbors->items[neighbors->count++] =
            (struct neighbor){.row = other, .similarity = fmin(1.0, fmax(-1.0, cosine))};
    }
    qsort(neighbors->items, (size_t)neighbors->count, sizeof *neighbors->items,
          order == NEIGHBORS_NEAREST ? by_nearness : by_farness);
    return true;
}

void neighbors_close(struct neighbors *neighbors)
{
    free(neighbors->items);
    *neighbors = (struct neighbors){0};
}
