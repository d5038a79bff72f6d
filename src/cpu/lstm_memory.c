#include "lstm_memory.h"

#include "cursor.h"

#include <assert.h>

static float *take_floats(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count, sizeof(float));
}

static int32_t *take_ints(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count, sizeof(int32_t));
}

static size_t rounded_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static void set_sizes(struct lstm_memory *memory, struct backend *backend, const struct lstm *op)
{
    const int lanes = cpu_backend_of(backend)->kernels->lanes;
    const bool masked = op->input.rate > 0.0f || op->recurrent.rate > 0.0f;
    *memory = (struct lstm_memory){.T = op->T,
                                   .D = op->D,
                                   .E = op->E,
                                   .threads = backend->threads,
                                   .parts = lstm_part_count(op->N, backend->threads),
                                   .mask_count = masked ? op->mask_count : 0,
                                   .has_tokens = op->V > 0,
                                   .layout = {.H = op->H, .units = op->H, .lanes = lanes},
                                   .h_stride = padded((size_t)op->H)};
    struct gate_layout *layout = &memory->layout;
    if (memory->mask_count == GATE_COUNT) {
        layout->units = (int)rounded_up((size_t)op->H, (size_t)lanes);
        layout->gate_stride = memory->h_stride;
    }
    /* The vector of the last few units reaches beyond the last gate. */
    size_t rest = (size_t)(layout->units % lanes), reach = rest ? (size_t)lanes - rest : 0;
    memory->z_stride = layout->gate_stride ? GATE_COUNT * layout->gate_stride
                                           : padded(GATE_COUNT * (size_t)layout->units + reach);
}

/* Distinct tokens of the batch, at most; one more for the pad. */
static size_t most_tokens(const struct lstm *op)
{
    size_t positions = (size_t)op->N * (size_t)op->T;
    return positions < (size_t)op->V ? positions + 1 : (size_t)op->V;
}

static void take_rows(struct memory_cursor *cursor, struct lstm_rows *rows, const struct lstm *op)
{
    const size_t N = (size_t)op->N;
    *rows = (struct lstm_rows){.N = op->N,
                               .T = op->T,
                               .row = take_ints(cursor, N),
                               .start = take_ints(cursor, N),
                               .before = take_ints(cursor, (size_t)op->T + 2),
                               .step_at = cursor_take(cursor, N + 1, sizeof(size_t))};
}

/* The pads' gates stand behind all other rows' gates. */
static void take_states(struct memory_cursor *cursor, const struct lstm_memory *memory,
                        struct lstm_direction *direction, const struct lstm *op, bool training)
{
    const size_t N = (size_t)op->N, T = (size_t)op->T;
    if (training)
        direction->kept = (struct lstm_states){.gates = take_floats(cursor, (N + 1) * T * memory->z_stride),
                                               .h = take_floats(cursor, N * (T + 1) * memory->h_stride),
                                               .c = take_floats(cursor, N * (T + 1) * memory->h_stride)};
    direction->pads = (struct lstm_states){.h = take_floats(cursor, (T + 1) * memory->h_stride),
                                           .c = take_floats(cursor, (T + 1) * memory->h_stride)};
    if (direction->kept.gates)
        direction->pads.gates = direction->kept.gates + N * T * memory->z_stride;
}

/* What goes from the forward to the backward pass. */
static void take_kept(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op,
                      bool training)
{
    const size_t tokens = memory->has_tokens ? most_tokens(op) : 0,
                 masks = (size_t)op->N * (size_t)memory->mask_count;
    memory->slot_of_token = take_ints(cursor, (size_t)op->V);
    memory->tokens = take_ints(cursor, tokens);
    memory->token_count = take_ints(cursor, 1);
    memory->embeddings = take_floats(cursor, tokens * (size_t)op->E);
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        direction->reversed = op->D == 1 ? op->reversed : d == 1;
        direction->weights = &op->weights[d];
        take_rows(cursor, &direction->rows, op);
        take_states(cursor, memory, direction, op, training);
        if (op->input.rate > 0.0f) /* vectors read beyond the last row */
            direction->input_mask = take_floats(cursor, masks * (size_t)op->E + PADDED_FLOATS);
        if (op->recurrent.rate > 0.0f)
            direction->recurrent_mask = take_floats(cursor, masks * memory->h_stride);
    }
}

static void take_forward(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    const int columns = GATE_COUNT * memory->layout.units, E = memory->has_tokens ? 0 : op->E;
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        direction->step = cursor_take_packed(cursor, E + op->H, columns);
        direction->bias = take_floats(cursor, memory->z_stride);
        if (!memory->has_tokens)
            continue;
        direction->project = cursor_take_packed(cursor, op->E, columns);
        direction->table = take_floats(cursor, most_tokens(op) * memory->z_stride);
    }
}

static void take_backward(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    const bool apart = memory->layout.gate_stride > 0;
    const size_t N = (size_t)op->N, T = (size_t)op->T, E = (size_t)op->E, H = (size_t)op->H;
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        for (int gate = 0; gate < (apart ? GATE_COUNT : 1); gate++) {
            int K = apart ? op->H : GATE_COUNT * memory->layout.units;
            direction->recurrent_transposed[gate] = cursor_take_packed(cursor, K, op->H);
            direction->kernel_transposed[gate] = cursor_take_packed(cursor, K, op->E);
            direction->recurrent_transposed[gate].folds = direction->kernel_transposed[gate].folds = true;
        }
        direction->dh = take_floats(cursor, (N + 1) * memory->h_stride);
        direction->dc = take_floats(cursor, (N + 1) * memory->h_stride);
        direction->dweights = take_floats(cursor, (E + H + 1) * memory->z_stride);
        if (memory->has_tokens)
            direction->dtable = take_floats(cursor, most_tokens(op) * memory->z_stride);
        else if (d > 0)
            direction->dx = take_floats(cursor, T * N * E);
    }
}

static void take_both(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    const size_t columns = GATE_COUNT * (size_t)memory->layout.units;
    memory->arranged = take_floats(cursor, (size_t)(op->E + op->H) * columns);
    memory->of_threads = cursor_take(cursor, (size_t)memory->threads, memory->thread_bytes);
}

/* Of the base NULL: only counts. */
static size_t divide_thread(const struct lstm_memory *memory, struct lstm_thread *thread, char *base)
{
    struct memory_cursor cursor = {.base = base};
    const size_t masks = (size_t)memory->mask_count, E = (size_t)memory->E;
    thread->x = take_floats(&cursor, PART_ROWS_MAX * masks * E);
    thread->h = take_floats(&cursor, PART_ROWS_MAX * masks * memory->h_stride);
    thread->states = take_floats(&cursor, (size_t)PART_ROWS_MAX * THREAD_STATES * memory->h_stride);
    thread->block = take_floats(&cursor, BLOCK_ROWS * padded(E));
    return cursor.used_bytes;
}

struct lstm_thread lstm_thread_memory(const struct lstm_memory *memory, int thread)
{
    struct lstm_thread arrays;
    divide_thread(memory, &arrays, memory->of_threads + (size_t)thread * memory->thread_bytes);
    return arrays;
}

struct used {
    size_t saved, scratch;
};

static struct used divide(struct lstm_memory *memory, struct backend *backend, const struct lstm *op,
                          bool training)
{
    struct memory_cursor saved = {.base = op->saved}, forward = {.base = op->scratch},
                         backward = {.base = op->scratch};
    struct lstm_thread unplaced;
    set_sizes(memory, backend, op);
    memory->thread_bytes = divide_thread(memory, &unplaced, NULL);
    take_both(&forward, memory, op);
    backward.used_bytes = forward.used_bytes;
    take_kept(training ? &saved : &forward, memory, op, training);
    take_forward(&forward, memory, op);
    if (training)
        take_backward(&backward, memory, op);
    return (struct used){saved.used_bytes,
                         forward.used_bytes > backward.used_bytes ? forward.used_bytes : backward.used_bytes};
}

void lstm_memory_divide(struct lstm_memory *memory, struct backend *backend, const struct lstm *op)
{
    assert(op->stacked == 0); /* cpu_lstm_engine refuses it */
    divide(memory, backend, op, op->saved != NULL);
    assert(op->V == 0 || memory->mask_count == 0);
}

struct op_sizes cpu_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    struct lstm_memory memory;
    struct used training = divide(&memory, backend, &unplaced, true),
                inference = divide(&memory, backend, &unplaced, false);
    return (struct op_sizes){.saved_bytes = training.saved,
                             .scratch_bytes = training.scratch,
                             .inference_bytes = inference.scratch};
}

void lstm_memory_lay_out_rows(struct lstm_memory *memory, const struct lstm *op)
{
    for (int d = 0; d < op->D; d++)
        lstm_rows_lay_out(&memory->directions[d].rows, op, memory->directions[d].reversed);
}
