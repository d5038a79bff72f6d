/* Rows of a batch that one thread runs through all steps of one direction, alone: there is no barrier inside the
 * recurrence.
 *
 * Where rows share their leading pads they go through the same states there. So one pad trajectory per batch is
 * computed first, a row starts where its pads end with a copy of that trajectory's state, and in the backward pass it
 * hands its gradient back to it there. Nothing is approximated.
 *
 * Steps are counted in the order in which they are read. Rows are sorted by their start, so the rows that take part in
 * step t are [0, active[t]). Storage is ragged: state t (before step t) has active[t] rows.
 */
#ifndef CPU_ROW_GROUP_H
#define CPU_ROW_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row_group {
    int T, rows;
    bool kept;                 /* every state stays for the backward pass; otherwise the last two */
    size_t z_stride, h_stride; /* floats from row to row */
    size_t x_stride;           /* E, or 0 if the group reads tokens and needs no x */
    int32_t *row;              /* (rows)  its number in the batch */
    int32_t *start;            /* (rows)  its first own step: how many leading pads; not decreasing */
    int32_t *active;           /* (T+1)   active[T] = rows */
    size_t *offset;            /* (T+2)   rows of all states before state t */
    const float **init;        /* (rows)  what a step's product begins with */
    float *x;                  /* (offset[T],x_stride)    what is read at each step, before any mask */
    float *gates;              /* (offset[T],z_stride)    i f c o after the nonlinearity; then dz */
    float *h, *c;              /* (offset[T+1],h_stride)  row [offset[t] + r] is before step t */
    float *dh, *dc;            /* (rows,h_stride)         of the state a row is at; backward */
    float *masked;             /* (rows,larger of h_stride and x_stride)  one gate's masked h, x or dh */
};

/* Sorts the rows (row and start are set) and fills active and offset. */
void row_group_lay_out(struct row_group *group);

/* Numbers of the groups, most work first, so that threads which take them in turn end together. */
void row_groups_by_work(const struct row_group *const *groups, int count, int *order);

/* First row of state t, 0 <= t <= T, in h or c. */
static inline float *row_group_state(const struct row_group *group, float *states, int t)
{
    size_t row = group->kept ? group->offset[t] : (size_t)(t & 1) * (size_t)group->rows;
    return states + row * group->h_stride;
}

/* First row of the gates of step t. */
static inline float *row_group_gates(const struct row_group *group, int t)
{
    return group->gates + (group->kept ? group->offset[t] : 0) * group->z_stride;
}

/* First row of x of step t. */
static inline float *row_group_x(const struct row_group *group, int t)
{
    return group->x + (group->kept ? group->offset[t] : 0) * group->x_stride;
}

#endif
