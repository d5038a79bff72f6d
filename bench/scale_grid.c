#include "scale_grid.h"

#include <assert.h>
#include <stddef.h>

/* A member of a point, and the values beside its default; 0 ends them. */
struct axis {
    size_t member;
    int values[8];
};

static int *member_of(struct scale_point *point, const struct axis *axis)
{
    return (int *)(void *)((char *)point + axis->member);
}

static void add_axis(struct scale_grid *grid, const struct axis *axis)
{
    for (const int *value = axis->values; *value; value++) {
        struct scale_point point = grid->points[0];
        if (*value == *member_of(&point, axis))
            continue;
        assert(grid->count < SCALE_POINTS_MAX);
        *member_of(&point, axis) = *value;
        point.is_default = false;
        grid->longest = point.T > grid->longest ? point.T : grid->longest;
        grid->points[grid->count++] = point;
    }
}

void scale_grid_make(struct scale_grid *grid, int threads, bool tiny)
{
    static const struct axis axes[] = {
        {offsetof(struct scale_point, T), {125, 250, 500, 1000}},
        {offsetof(struct scale_point, N), {16, 32, 64, 128, 256}},
        {offsetof(struct scale_point, H), {32, 64, 100, 128, 192, 256}},
        {offsetof(struct scale_point, E), {8, 16, 32, 64, 128}},
    };
    static const struct axis tiny_axes[] = {
        {offsetof(struct scale_point, T), {4, 12}},
        {offsetof(struct scale_point, N), {3, 16}},
        {offsetof(struct scale_point, H), {5}},
        {offsetof(struct scale_point, E), {2}},
    };
    struct axis fewer_threads = {.member = offsetof(struct scale_point, threads)};
    const struct scale_point defaults =
        tiny ? (struct scale_point){.T = 8, .N = 8, .H = 4, .E = 4, .threads = threads, .is_default = true}
             : (struct scale_point){
                   .T = 500, .N = 64, .H = 100, .E = 32, .threads = threads, .is_default = true};
    *grid = (struct scale_grid){.count = 1, .longest = defaults.T, .points = {defaults}};
    for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++)
        add_axis(grid, tiny ? &tiny_axes[i] : &axes[i]);
    for (int i = 0; i < 7 && 1 << i < threads; i++)
        fewer_threads.values[i] = 1 << i;
    add_axis(grid, &fewer_threads);
}
