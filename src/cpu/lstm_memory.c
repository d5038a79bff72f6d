#include "lstm_memory.h"

#include <assert.h>

#include "cursor.h"

static float *take_floats(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count, sizeof(float));
}

static int32_t *take_ints(struct memory_cursor *cursor, size_t count)
{
    return cursor_take(cursor, count, sizeof(int32_t));
}

static struct gate_matrix take_matrix(struct memory_cursor *cursor, struct gate_matrix matrix)
{
    float *panels = take_floats(cursor, gate_matrix_floats(&matrix));
    if (panels)
        gate_matrix_place(&matrix, panels);
    return matrix;
}

static struct row_group take_group(struct memory_cursor *cursor, const struct lstm_memory *memory, size_t E,
                                   int rows, bool kept)
{
    size_t R = (size_t)rows, steps = (size_t)memory->T, states = R * (kept ? steps : 1);
    struct row_group group = {.T = memory->T,
                              .rows = rows,
                              .kept = kept,
                              .z_stride = memory->z_stride,
                              .h_stride = memory->h_stride,
                              .x_stride = memory->form == LSTM_READS_TOKENS ? 0 : E};
    size_t widest = group.x_stride > group.h_stride ? group.x_stride : group.h_stride;
    group.row = take_ints(cursor, R);
    group.start = take_ints(cursor, R);
    group.active = take_ints(cursor, steps + 1);
    group.offset = cursor_take(cursor, steps + 2, sizeof *group.offset);
    group.init = cursor_take(cursor, R, sizeof *group.init);
    group.x = take_floats(cursor, states * group.x_stride);
    group.gates = take_floats(cursor, states * memory->z_stride);
    group.h = take_floats(cursor, R * (kept ? steps + 1 : 2) * memory->h_stride);
    group.c = take_floats(cursor, R * (kept ? steps + 1 : 2) * memory->h_stride);
    group.dh = take_floats(cursor, kept ? R * memory->h_stride : 0);
    group.dc = take_floats(cursor, kept ? R * memory->h_stride : 0);
    group.masked = take_floats(cursor, memory->form == LSTM_READS_MASKED_X ? R * widest : 0);
    return group;
}

static int group_rows(const struct lstm *op, int group)
{
    return group == PAD_GROUP ? 1 : row_group_begin(op->N, group + 1) - row_group_begin(op->N, group);
}

/* What a direction keeps from the forward to the backward pass. */
static void take_kept(struct memory_cursor *cursor, struct lstm_memory *memory,
                      struct lstm_direction *direction, const struct lstm *op, bool training)
{
    size_t masks = memory->form == LSTM_READS_MASKED_X ? GATE_COUNT * (size_t)op->N : 0;
    direction->pad_steps = take_ints(cursor, 1);
    direction->input_mask = take_floats(cursor, masks * (size_t)op->E);
    direction->recurrent_mask = take_floats(cursor, masks * memory->h_stride);
    for (int g = 0; g < LSTM_GROUPS; g++)
        direction->groups[g] =
            take_group(cursor, memory, (size_t)op->E, group_rows(op, g), training || g == PAD_GROUP);
}

/* Distinct tokens among `positions`, at most; one more for the pad. */
static size_t most_tokens(const struct lstm *op, size_t positions)
{
    return positions < (size_t)op->V ? positions + 1 : (size_t)op->V;
}

static int blocks(const struct lstm_memory *memory)
{
    return memory->form == LSTM_READS_MASKED_X ? GATE_COUNT : 1;
}

static void take_forward(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    size_t tokens = most_tokens(op, (size_t)op->N * (size_t)op->T);
    memory->slot_of_token = take_ints(cursor, (size_t)op->V);
    memory->tokens = take_ints(cursor, tokens);
    memory->rows = take_floats(cursor, tokens * (size_t)op->E);
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        direction->kernel =
            take_matrix(cursor, gate_matrix_forward(blocks(memory), op->E, op->H, memory->gate_stride));
        direction->recurrent_kernel =
            take_matrix(cursor, gate_matrix_forward(blocks(memory), op->H, op->H, memory->gate_stride));
        direction->bias = take_floats(cursor, memory->z_stride);
        direction->table = take_floats(cursor, tokens * memory->z_stride);
    }
}

static void take_gradient(struct memory_cursor *cursor, const struct lstm_memory *memory,
                          const struct lstm *op, struct group_gradient *gradient, int rows)
{
    size_t E = (size_t)op->E, H = (size_t)op->H, Z = GATE_COUNT * H, states = (size_t)op->T * (size_t)rows;
    bool reads_tokens = memory->form == LSTM_READS_TOKENS;
    size_t tokens = reads_tokens ? most_tokens(op, states) : 0;
    *gradient = (struct group_gradient){.drecurrent_kernel = take_floats(cursor, H * Z),
                                        .dkernel = take_floats(cursor, E * Z),
                                        .dbias = take_floats(cursor, Z),
                                        .tokens = take_ints(cursor, tokens),
                                        .dembeddings = take_floats(cursor, tokens * E),
                                        .dx = take_floats(cursor, reads_tokens ? 0 : states * E)};
}

static void take_backward(struct memory_cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    size_t E = (size_t)op->E, H = (size_t)op->H, largest_group = (size_t)op->N / ROW_GROUPS + 1;
    size_t states = (size_t)op->T * largest_group, largest_input = E > H ? E : H;
    bool masked = memory->form == LSTM_READS_MASKED_X;
    size_t tokens = memory->form == LSTM_READS_TOKENS ? most_tokens(op, states) : 0;
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        direction->recurrent_kernel_transposed =
            take_matrix(cursor, gate_matrix_transposed(blocks(memory), op->H, op->H));
        for (int g = 0; g < LSTM_GROUPS; g++)
            take_gradient(cursor, memory, op, &direction->gradients[g], group_rows(op, g));
    }
    for (int g = 0; g < LSTM_GROUPS; g++)
        memory->per_thread[g] = (struct gradient_scratch){
            .number_of_token = take_ints(cursor, (size_t)op->V),
            .dtable = take_floats(cursor, tokens * memory->z_stride),
            .rows = take_floats(cursor, tokens * E),
            .of_row = take_floats(cursor, masked ? largest_input * memory->z_stride : 0),
            .dx_of_gate = take_floats(cursor, masked ? states * E : 0)};
}

struct used {
    size_t saved, scratch;
};

static struct used divide(struct lstm_memory *memory, const struct lstm *op, bool training)
{
    struct memory_cursor saved = {.base = op->saved}, forward = {.base = op->scratch},
                         backward = {.base = op->scratch};
    *memory = (struct lstm_memory){.form = lstm_form(op), .T = op->T, .D = op->D};
    memory->gate_stride = memory->form == LSTM_READS_MASKED_X ? padded((size_t)op->H) : (size_t)op->H;
    memory->h_stride = padded((size_t)op->H);
    memory->z_stride = padded(GATE_COUNT * memory->gate_stride);
    take_forward(&forward, memory, op);
    for (int d = 0; d < op->D; d++) {
        memory->directions[d].reversed = op->D == 1 ? op->reversed : d == 1;
        memory->directions[d].weights = &op->weights[d];
        take_kept(training ? &saved : &forward, memory, &memory->directions[d], op, training);
    }
    if (training)
        take_backward(&backward, memory, op);
    return (struct used){saved.used_bytes,
                         forward.used_bytes > backward.used_bytes ? forward.used_bytes : backward.used_bytes};
}

void lstm_memory_divide(struct lstm_memory *memory, const struct lstm *op)
{
    assert(op->stacked == 0); /* cpu_lstm_engine refuses it */
    divide(memory, op, op->saved != NULL);
}

struct op_sizes cpu_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    struct lstm_memory memory;
    struct used training = divide(&memory, &unplaced, true), inference = divide(&memory, &unplaced, false);
    return (struct op_sizes){.saved_bytes = training.saved,
                             .scratch_bytes = training.scratch,
                             .inference_bytes = inference.scratch};
}
