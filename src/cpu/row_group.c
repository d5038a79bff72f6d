#include "row_group.h"

/* Insertion sort by start, stable: a group has a handful of rows. */
static void sort_rows(struct row_group *group)
{
    for (int i = 1; i < group->rows; i++) {
        int32_t row = group->row[i], start = group->start[i];
        int at = i;
        for (; at > 0 && group->start[at - 1] > start; at--) {
            group->row[at] = group->row[at - 1];
            group->start[at] = group->start[at - 1];
        }
        group->row[at] = row;
        group->start[at] = start;
    }
}

void row_group_lay_out(struct row_group *group)
{
    sort_rows(group);
    int active = 0;
    size_t offset = 0;
    for (int t = 0; t <= group->T; t++) {
        while (active < group->rows && group->start[active] <= t)
            active++;
        group->active[t] = active;
        group->offset[t] = offset;
        offset += (size_t)active;
    }
    group->offset[group->T + 1] = offset;
}

void row_groups_by_work(const struct row_group *const *groups, int count, int *order)
{
    for (int g = 0; g < count; g++) {
        int at = g;
        size_t work = groups[g]->offset[groups[g]->T];
        for (; at > 0 && groups[order[at - 1]]->offset[groups[order[at - 1]]->T] < work; at--)
            order[at] = order[at - 1];
        order[at] = g;
    }
}
