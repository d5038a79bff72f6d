#include "column_sums.h"
#include "cursor.h"
#include "lstm_generic.h"

static float *take(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count * sizeof(float));
}

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What a training pass keeps, and what inference needs at once: it runs the directions one after the other. */
static void take_steps(struct memory_cursor *cursor, struct generic_memory *memory, const struct lstm *op,
                       bool training)
{
    const size_t states = (training ? (size_t)op->T : 1) * generic_states(op);
    memory->state_step = training ? generic_states(op) : 0;
    for (int d = 0; d < op->D; d++) {
        memory->steps[d] = memory->steps[0];
        if (d > 0 && !training)
            continue;
        memory->steps[d].gates = take(cursor, GATE_COUNT * generic_rows(op) * (size_t)op->H);
        memory->steps[d].c = take(cursor, states);
        memory->steps[d].h = take(cursor, states);
    }
    memory->input_mask = take(cursor, (size_t)(op->D * memory->input_masks) * generic_inputs(op));
    memory->recurrent_mask = take(cursor, (size_t)(op->D * memory->recurrent_masks) * generic_states(op));
}

static void take_forward(struct memory_cursor *cursor, struct generic_memory *memory, const struct lstm *op)
{
    memory->masked_x = take(cursor, memory->input_masks ? generic_rows(op) * (size_t)op->E : 0);
    memory->masked_h = take(cursor, (size_t)memory->recurrent_masks * generic_states(op));
}

static void take_backward(struct memory_cursor *cursor, struct generic_memory *memory, const struct lstm *op)
{
    const size_t of_x = memory->input_masks ? (size_t)op->E : 0,
                 of_h = memory->recurrent_masks ? (size_t)op->H : 0;
    memory->dh = take(cursor, largest((size_t)memory->recurrent_masks, 1) * generic_states(op));
    memory->dc = take(cursor, generic_states(op));
    memory->masked = take(cursor, generic_rows(op) * largest(of_x, of_h));
    memory->parts = take(cursor, column_parts(generic_rows(op)) * GATE_COUNT * (size_t)op->H);
}

static struct op_sizes divide(struct generic_memory *memory, const struct lstm *op, bool training)
{
    struct memory_cursor saved = {.base = op->saved}, forward = {.base = op->scratch},
                         backward = {.base = op->scratch};
    *memory = (struct generic_memory){.input_masks = op->input.rate > 0.0f ? op->mask_count : 0,
                                      .recurrent_masks = op->recurrent.rate > 0.0f ? op->mask_count : 0};
    take_steps(training ? &saved : &forward, memory, op, training);
    take_forward(&forward, memory, op);
    if (training)
        take_backward(&backward, memory, op);
    return (struct op_sizes){.saved_bytes = saved.used_bytes,
                             .scratch_bytes = largest(forward.used_bytes, backward.used_bytes)};
}

struct generic_memory generic_memory_of(const struct lstm *op)
{
    struct generic_memory memory;
    divide(&memory, op, op->saved != NULL);
    return memory;
}

struct op_sizes generic_sizes(struct cuda_backend *cuda, const struct lstm *dims)
{
    (void)cuda;
    struct generic_memory memory;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    const struct op_sizes training = divide(&memory, &unplaced, true),
                          inference = divide(&memory, &unplaced, false);
    return (struct op_sizes){.saved_bytes = training.saved_bytes,
                             .scratch_bytes = training.scratch_bytes,
                             .inference_bytes = inference.scratch_bytes};
}
