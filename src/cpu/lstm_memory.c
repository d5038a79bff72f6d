#include "lstm_memory.h"

enum { CACHE_LINE = 64 };

struct cursor {
    char *base; /* NULL: only count */
    size_t used;
};

static void *take(struct cursor *cursor, size_t count, size_t element_bytes)
{
    void *taken = cursor->base ? cursor->base + cursor->used : NULL;
    cursor->used += (count * element_bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return taken;
}

static float *take_floats(struct cursor *cursor, size_t count)
{
    return take(cursor, count, sizeof(float));
}

static int32_t *take_ints(struct cursor *cursor, size_t count)
{
    return take(cursor, count, sizeof(int32_t));
}

static struct packed_matrix take_packed(struct cursor *cursor, int K, int columns)
{
    return (struct packed_matrix){
        .K = K, .columns = columns, .panels = take_floats(cursor, (size_t)K * padded((size_t)columns))};
}

static struct row_group take_group(struct cursor *cursor, const struct lstm_memory *memory, int T, int rows,
                                   bool kept)
{
    size_t R = (size_t)rows, steps = (size_t)T;
    struct row_group group = {
        .T = T, .rows = rows, .kept = kept, .z_stride = memory->z_stride, .h_stride = memory->h_stride};
    group.tokens = take(cursor, R, sizeof *group.tokens);
    group.row = take_ints(cursor, R);
    group.start = take_ints(cursor, R);
    group.active = take_ints(cursor, steps + 1);
    group.offset = take(cursor, steps + 2, sizeof *group.offset);
    group.projected = take(cursor, R, sizeof *group.projected);
    group.gates = take_floats(cursor, R * (kept ? steps : 1) * memory->z_stride);
    group.h = take_floats(cursor, R * (kept ? steps + 1 : 2) * memory->h_stride);
    group.c = take_floats(cursor, R * (kept ? steps + 1 : 2) * memory->h_stride);
    group.dh = take_floats(cursor, kept ? R * memory->h_stride : 0);
    group.dc = take_floats(cursor, kept ? R * memory->h_stride : 0);
    return group;
}

static int group_rows(const struct lstm *op, int group)
{
    return group == PAD_GROUP ? 1 : row_group_begin(op->N, group + 1) - row_group_begin(op->N, group);
}

static void take_groups(struct cursor *cursor, struct lstm_memory *memory, const struct lstm *op,
                        bool training)
{
    memory->pad_steps = take_ints(cursor, 1);
    memory->pad_tokens = take_ints(cursor, (size_t)op->T);
    for (int g = 0; g < LSTM_GROUPS; g++)
        memory->groups[g] = take_group(cursor, memory, op->T, group_rows(op, g), training || g == PAD_GROUP);
}

/* Distinct tokens among `positions`, at most; one more for the pad. */
static size_t most_tokens(const struct lstm *op, size_t positions)
{
    return positions < (size_t)op->V ? positions + 1 : (size_t)op->V;
}

static void take_forward(struct cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    size_t tokens = most_tokens(op, (size_t)op->N * (size_t)op->T);
    memory->kernel = take_packed(cursor, op->E, GATE_COUNT * op->H);
    memory->recurrent_kernel = take_packed(cursor, op->H, GATE_COUNT * op->H);
    memory->slot_of_token = take_ints(cursor, (size_t)op->V);
    memory->tokens = take_ints(cursor, tokens);
    memory->rows = take_floats(cursor, tokens * (size_t)op->E);
    memory->bias = take_floats(cursor, memory->z_stride);
    memory->table = take_floats(cursor, tokens * memory->z_stride);
}

static void take_backward(struct cursor *cursor, struct lstm_memory *memory, const struct lstm *op)
{
    size_t T = (size_t)op->T, V = (size_t)op->V, E = (size_t)op->E, H = (size_t)op->H, Z = GATE_COUNT * H;
    size_t largest = most_tokens(op, T * (size_t)(op->N / ROW_GROUPS + 1));
    memory->recurrent_kernel_transposed = take_packed(cursor, GATE_COUNT * op->H, op->H);
    for (int g = 0; g < LSTM_GROUPS; g++) {
        size_t tokens = most_tokens(op, T * (size_t)group_rows(op, g));
        memory->gradients[g] = (struct group_gradient){.drecurrent_kernel = take_floats(cursor, H * Z),
                                                       .dkernel = take_floats(cursor, E * Z),
                                                       .dbias = take_floats(cursor, Z),
                                                       .tokens = take_ints(cursor, tokens),
                                                       .dembeddings = take_floats(cursor, tokens * E)};
        memory->per_thread[g] =
            (struct gradient_scratch){.number_of_token = take_ints(cursor, V),
                                      .dtable = take_floats(cursor, largest * memory->z_stride),
                                      .rows = take_floats(cursor, largest * E)};
    }
}

struct used {
    size_t saved, scratch;
};

static struct used divide(struct lstm_memory *memory, const struct lstm *op, bool training)
{
    struct cursor saved = {.base = op->saved}, forward = {.base = op->scratch},
                  backward = {.base = op->scratch};
    memory->h_stride = padded((size_t)op->H);
    memory->z_stride = padded(GATE_COUNT * (size_t)op->H);
    take_forward(&forward, memory, op);
    take_groups(training ? &saved : &forward, memory, op, training);
    if (training)
        take_backward(&backward, memory, op);
    return (struct used){saved.used, forward.used > backward.used ? forward.used : backward.used};
}

void lstm_memory_divide(struct lstm_memory *memory, const struct lstm *op)
{
    divide(memory, op, op->saved != NULL);
}

struct lstm_sizes cpu_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    struct lstm_memory memory;
    struct used training = divide(&memory, &unplaced, true), inference = divide(&memory, &unplaced, false);
    return (struct lstm_sizes){.saved_bytes = training.saved,
                               .scratch_bytes = training.scratch > inference.scratch ? training.scratch
                                                                                     : inference.scratch};
}
