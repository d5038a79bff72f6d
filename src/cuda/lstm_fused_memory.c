#include "lstm_fused_memory.h"

#include "cursor.h"
#include "matinee/rng.h"

static float *take(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count * sizeof(float));
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void take_saved(struct memory_cursor *cursor, struct fused_memory *memory, const struct lstm *op)
{
    const size_t N = (size_t)op->N, T = (size_t)op->T, step_count = (size_t)memory->step_count;
    memory->slopes = take(cursor, N * (T + 1) * step_count);
    memory->paths = take(cursor, N * (T + 1) * step_count / 2);
    memory->h_before = take(cursor, T * N * (size_t)op->D * (size_t)op->H);
}

static void take_scratch(struct memory_cursor *cursor, struct fused_memory *memory, const struct lstm *op,
                         bool training)
{
    const size_t N = (size_t)op->N, T = (size_t)op->T, D = (size_t)op->D, E = (size_t)op->E,
                 H = (size_t)op->H, step_count = (size_t)memory->step_count;
    const size_t rows = N < FUSED_ROWS_MAX ? N : FUSED_ROWS_MAX;
    memory->kernel = take(cursor, (size_t)memory->kernels * E * step_count);
    memory->recurrent = take(cursor, D * lstm_fused_recurrent_count(lstm_fused_units(op->H)));
    memory->bias = take(cursor, step_count);
    memory->z = take(cursor, T * N * step_count);
    if (!training)
        return;
    memory->rows = (int)rows;
    memory->of_recurrent = take(cursor, rows * H * step_count);
    memory->of_kernel = take(cursor, rows * E * step_count);
    memory->of_bias = take(cursor, N * step_count);
}

static struct op_sizes divide(struct fused_memory *memory, const struct lstm *op, bool training)
{
    struct memory_cursor saved = {.base = op->saved}, scratch = {.base = op->scratch};
    *memory = (struct fused_memory){.step_count = op->D * lstm_fused_units(op->H) * GATE_COUNT,
                                    .kernels = op->input.rate > 0.0f ? op->N : 1};
    if (training)
        take_saved(&saved, memory, op);
    take_scratch(&scratch, memory, op, training);
    return (struct op_sizes){.saved_bytes = saved.used_bytes, .scratch_bytes = scratch.used_bytes};
}

struct fused_memory fused_memory_of(const struct lstm *op)
{
    struct fused_memory memory;
    divide(&memory, op, op->saved != NULL);
    return memory;
}

struct op_sizes fused_sizes(struct cuda_backend *cuda, const struct lstm *dims)
{
    (void)cuda;
    struct fused_memory memory;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    const struct op_sizes training = divide(&memory, &unplaced, true),
                          inference = divide(&memory, &unplaced, false);
    return (struct op_sizes){.saved_bytes = training.saved_bytes,
                             .scratch_bytes = larger(training.scratch_bytes, inference.scratch_bytes)};
}

/* One mask for each direction and gate, though gates may share theirs. */
static void fill_masks(struct mask *masks, const struct lstm *op, const struct dropout *dropout, int width)
{
    for (int i = 0; i < op->D * GATE_COUNT; i++) {
        const int d = i / GATE_COUNT, gate = op->mask_count == 1 ? 0 : i % GATE_COUNT;
        struct dropout of_gate = *dropout;
        of_gate.stream = dropout_gate_stream(dropout->stream, d, gate);
        if (of_gate.keep)
            of_gate.keep += (size_t)(d * op->mask_count + gate) * (size_t)op->N * (size_t)width;
        masks[i] = mask_of(&of_gate);
    }
}

struct lstm_fused lstm_fused_of(const struct lstm *op)
{
    struct lstm_fused lstm = {.T = op->T,
                              .N = op->N,
                              .E = op->E,
                              .H = op->H,
                              .D = op->D,
                              .units = lstm_fused_units(op->H),
                              .reversed = op->reversed,
                              .sequences = op->sequences};
    fill_masks(lstm.input, op, &op->input, op->E);
    fill_masks(lstm.recurrent, op, &op->recurrent, op->H);
    return lstm;
}

void fused_pack(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory,
                bool forward)
{
    struct lstm_fused_pack pack = {.lstm = lstm_fused_of(op),
                                   .forward = forward,
                                   .kernels = memory->kernels,
                                   .kernel = memory->kernel,
                                   .recurrent = memory->recurrent,
                                   .bias = forward ? memory->bias : NULL};
    for (int d = 0; d < op->D; d++)
        pack.weights[d] = op->weights[d];
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_fused_pack(cuda->stream, &pack));
}
