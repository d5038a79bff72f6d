/* Which rows of a table of vectors point the same way: closeness in a learned embedding. */
#ifndef MATINEE_NEIGHBORS_H
#define MATINEE_NEIGHBORS_H

#include "matinee/error.h"

#include <stdbool.h>

struct neighbor {
    int row;
    double similarity; /* cosine of the angle, in [-1,1] */
};

enum neighbor_order { NEIGHBORS_NEAREST, NEIGHBORS_FARTHEST };

struct neighbors {
    int count;
    struct neighbor *items; /* (count) */
};

/* The rows first <= row < end of a table (.,E) of finite numbers, without `row` itself and without rows of zeros,
 * which have no direction, sorted by their cosine similarity to `row`; of equally similar ones the lower row comes
 * first. In double. False without memory, and if `row` is zeros. */
bool neighbors_open(struct neighbors *neighbors, const float *table, int E, int row, int first, int end,
                    enum neighbor_order order, struct error *error);

/* Accepts a zeroed struct. */
void neighbors_close(struct neighbors *neighbors);

#endif
