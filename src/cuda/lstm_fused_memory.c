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

static size_t z_rows(const struct lstm *op)
{
    return op->V > 0 ? (size_t)op->V : (size_t)op->T * (size_t)op->N;
}

static void take_saved(struct memory_cursor *cursor, struct fused_memory *memory, const struct lstm *op)
{
    const size_t N = (size_t)op->N, T = (size_t)op->T, step_count = (size_t)memory->step_count;
    const struct token_batch batch = fused_batch(op);
    memory->slopes = take(cursor, N * (T + 1) * step_count);
    memory->paths = take(cursor, N * (T + 1) * step_count / 2);
    memory->h_before = take(cursor, T * N * (size_t)op->D * (size_t)op->H);
    memory->backward = take(cursor, (size_t)op->D * lstm_fused_recurrent_count(lstm_fused_units(op->H)));
    if (op->V > 0) {
        token_order_take(cursor, &memory->order, &batch);
        memory->dtable = take(cursor, z_rows(op) * step_count);
    }
}

static void take_forward(struct memory_cursor *cursor, struct fused_memory *memory, const struct lstm *op,
                         bool training)
{
    const int units = lstm_fused_units(op->H);
    memory->forward = take(cursor, (size_t)op->D * lstm_fused_recurrent_count(units));
    memory->bias = take(cursor, (size_t)memory->step_count);
    memory->z = take(cursor, z_rows(op) * (size_t)memory->step_count);
    if (!training)
        memory->states = take(cursor, ((size_t)op->T + 1) * 2 * (size_t)units);
    memory->order.storage = cursor_take(cursor, 0);
}

static void take_backward(struct memory_cursor *cursor, struct fused_memory *memory, const struct lstm *op)
{
    const size_t N = (size_t)op->N, E = (size_t)op->E, step_count = (size_t)memory->step_count;
    const size_t rows = N < FUSED_ROWS_MAX ? N : FUSED_ROWS_MAX;
    const struct token_batch batch = fused_batch(op);
    memory->rows = (int)rows;
    memory->dz = take(cursor, (size_t)op->T * N * step_count);
    memory->of_recurrent = take(cursor, rows * (size_t)op->H * step_count);
    memory->of_kernel = take(cursor, (op->V > 0 ? 1 : rows) * E * step_count);
    memory->of_bias = take(cursor, N * step_count);
    if (op->V > 0)
        memory->partial_sums = take(cursor, token_order_partial_count(&batch, memory->step_count));
}

/* The sort's storage is not counted. */
static struct op_sizes divide(struct fused_memory *memory, const struct lstm *op, bool training)
{
    struct memory_cursor saved = {.base = op->saved}, forward = {.base = op->scratch},
                         backward = {.base = op->scratch};
    *memory = (struct fused_memory){.step_count = op->D * lstm_fused_units(op->H) * GATE_COUNT,
                                    .kernels = op->input.rate > 0.0f ? op->N : 1};
    memory->kernel = take(training ? &saved : &forward,
                          (size_t)memory->kernels * (size_t)op->E * (size_t)memory->step_count);
    if (training) {
        take_saved(&saved, memory, op);
        take_backward(&backward, memory, op);
    }
    take_forward(&forward, memory, op, training);
    return (struct op_sizes){.saved_bytes = saved.used_bytes,
                             .scratch_bytes = larger(forward.used_bytes, backward.used_bytes)};
}

struct fused_memory fused_memory_of(const struct lstm *op)
{
    struct fused_memory memory;
    divide(&memory, op, op->saved != NULL);
    return memory;
}

struct op_sizes fused_sizes(struct cuda_backend *cuda, const struct lstm *dims)
{
    struct fused_memory memory;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    const struct token_batch batch = fused_batch(dims);
    struct op_sizes sizes = divide(&memory, &unplaced, true);
    if (dims->V > 0)
        sizes.scratch_bytes += token_order_storage_bytes(cuda, &batch);
    sizes.inference_bytes = divide(&memory, &unplaced, false).scratch_bytes;
    return sizes;
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
