/* Rows of a batch that one thread runs through all time steps, alone: there is no barrier inside the recurrence.
 *
 * Without element-wise dropout all rows go through the same states while they read leading pads. So one pad trajectory
 * per batch is computed first, a row starts where its pads end with a copy of that trajectory's state, and in the
 * backward pass it hands its gradient back to it there. Nothing is approximated.
 *
 * Rows are sorted by their start, so the rows that take part in step t are [0, active[t]). Storage is ragged: state t
 * (before step t) has active[t] rows.
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
    const int32_t **tokens;    /* (rows)  each row's T tokens */
    int32_t *row;              /* (rows)  its number in the batch */
    int32_t *start;            /* (rows)  its first own step: how many leading pads; not decreasing */
    int32_t *active;           /* (T+1)   active[T] = rows */
    size_t *offset;            /* (T+2)   rows of all states before state t */
    const float **projected;   /* (rows)  bias + x.kernel of each row's present token */
    float *gates;              /* (offset[T],z_stride)    i f c o after the nonlinearity; then dz */
    float *h, *c;              /* (offset[T+1],h_stride)  row [offset[t] + r] is before step t */
    float *dh, *dc;            /* (rows,h_stride)         of the state a row is at; backward */
};

/* Sorts the rows (row, tokens and start are set) and fills active and offset. */
void row_group_lay_out(struct row_group *group);

/* Numbers of the groups, most work first, so that threads which take them in turn end together. */
void row_groups_by_work(const struct row_group *groups, int count, int *order);

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

#endif
