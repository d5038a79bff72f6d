#include "conv_memory.h"

#include "cursor.h"

#include <string.h>

static void take_group(struct memory_cursor *cursor, struct conv_group *group, const struct conv_pool *op,
                       const struct conv_memory *memory, bool backward)
{
    const size_t E = (size_t)op->E, C = (size_t)op->C, K = (size_t)op->K, steps = (size_t)memory->steps,
                 span = (size_t)memory->span;
    *group = (struct conv_group){.x = cursor_take(cursor, span * E, sizeof(float))};
    if (backward) {
        group->dz = cursor_take(cursor, steps * padded(C), sizeof(float));
        group->dx = cursor_take(cursor, span * E + PADDED_FLOATS, sizeof(float));
        group->dkernel = cursor_take(cursor, K * E * padded(C), sizeof(float));
        group->dbias = cursor_take(cursor, 2 * C, sizeof(float));
    } else {
        group->z = cursor_take(cursor, steps * padded(C), sizeof(float));
        group->index = cursor_take(cursor, C, sizeof(int32_t));
    }
}

static size_t divide(struct conv_memory *memory, const struct conv_pool *op, bool backward)
{
    struct memory_cursor cursor = {.base = op->scratch};
    *memory = (struct conv_memory){.left = conv_left(op),
                                   .steps = conv_steps(op),
                                   .span = (conv_steps(op) - 1) * op->stride + op->K,
                                   .index = op->saved};
    if (backward) {
        memory->kernel = cursor_take_packed(&cursor, op->C, op->K * op->E);
    } else {
        memory->kernel = cursor_take_packed(&cursor, op->K * op->E, op->C);
        memory->bias = cursor_take(&cursor, padded((size_t)op->C), sizeof(float));
    }
    for (int g = 0; g < ROW_GROUPS; g++)
        take_group(&cursor, &memory->groups[g], op, memory, backward);
    return cursor.used_bytes;
}

void conv_memory_divide(struct conv_memory *memory, const struct conv_pool *op, bool backward)
{
    divide(memory, op, backward);
}

struct op_sizes cpu_conv_pool_sizes(struct backend *backend, const struct conv_pool *dims)
{
    (void)backend;
    struct conv_pool unplaced = *dims;
    struct conv_memory memory;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    size_t forward = divide(&memory, &unplaced, false), backward = divide(&memory, &unplaced, true);
    size_t outputs = (size_t)conv_pool_steps(dims) * (size_t)dims->N * (size_t)dims->C;
    return (struct op_sizes){.saved_bytes = outputs * sizeof(int32_t),
                             .scratch_bytes = forward > backward ? forward : backward,
                             .inference_bytes = forward};
}

void conv_extend_row(const struct conv_memory *memory, const struct conv_pool *op, int n, int first,
                     struct conv_group *group)
{
    const size_t E = (size_t)op->E, N = (size_t)op->N;
    for (int step = first * op->stride; step < memory->span; step++) {
        int t = step - memory->left;
        float *to = group->x + (size_t)step * E;
        if (t + STEPS_AHEAD >= 0 && t + STEPS_AHEAD < op->T)
            prefetch_floats(op->x + ((size_t)(t + STEPS_AHEAD) * N + (size_t)n) * E, E);
        if (t >= 0 && t < op->T)
            memcpy(to, op->x + ((size_t)t * N + (size_t)n) * E, E * sizeof(float));
        else
            memset(to, 0, E * sizeof(float));
    }
}
