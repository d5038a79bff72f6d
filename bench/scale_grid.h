/* The sizes that bench_scale measures: the tutorials', and each of them varied alone. */
#ifndef BENCH_SCALE_GRID_H
#define BENCH_SCALE_GRID_H

#include <stdbool.h>

enum { SCALE_POINTS_MAX = 40 };

struct scale_point {
    int T, N, H, E, threads;
    bool is_default;
};

struct scale_grid {
    int count, longest;                          /* the largest T */
    struct scale_point points[SCALE_POINTS_MAX]; /* the defaults first */
};

/* threads: all that there are; fewer are 1, 2, 4, ... tiny: sizes that take no time. */
void scale_grid_make(struct scale_grid *grid, int threads, bool tiny);

#endif
