/* Sizes by their standard letters, and the fixed cut of a batch into row groups. */
#ifndef MATINEE_DIMS_H
#define MATINEE_DIMS_H

/* T time steps, N examples in a batch, V vocabulary, E embedding (or whatever a layer reads at a step), C filters,
 * K kernel width, P pool, H hidden units, D directions, F features. Gates in Keras' order i f c o. */
enum gate { GATE_I, GATE_F, GATE_C, GATE_O, GATE_COUNT };

enum { DIRECTIONS_MAX = 2 };

/* What of a sequence is dropped or kept as a whole: a number, a feature at all steps, a step with all its features. */
enum dropout_unit { DROP_ELEMENTS, DROP_FEATURES, DROP_STEPS };

/* A batch is cut into 8 groups of consecutive rows, whatever the number of threads or ranks. Each group makes its own
 * gradient and the groups are added in order: so the bits do not depend on who computed which group. */
enum { ROW_GROUPS = 8 };

/* First row of a group; group ROW_GROUPS begins at N. With N < 8 some groups are empty. */
static inline int row_group_begin(int N, int group)
{
    return (int)((long long)N * group / ROW_GROUPS);
}

#endif
