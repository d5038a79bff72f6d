#include "lstm_input.h"

#include "lstm_masks.h"

#include <assert.h>
#include <string.h>

/* The first row with the most pads: its pads are the pad trajectory. */
static int longest_pads(const struct lstm *op)
{
    int longest = 0;
    for (int n = 1; n < op->N; n++)
        if (op->pads[n] > op->pads[longest])
            longest = n;
    return longest;
}

/* A reversed direction reads its pads last, in states of each row's own. */
static void lay_out_groups(const struct lstm *op, struct lstm_direction *direction)
{
    for (int g = 0; g < ROW_GROUPS; g++) {
        struct row_group *group = &direction->groups[g];
        int begin = row_group_begin(op->N, g);
        for (int r = 0; r < group->rows; r++) {
            group->row[r] = begin + r;
            group->start[r] = direction->reversed ? 0 : op->pads[begin + r];
        }
        row_group_lay_out(group);
    }
    struct row_group *pad = &direction->groups[PAD_GROUP];
    pad->row[0] = longest_pads(op);
    pad->start[0] = 0;
    pad->T = *direction->pad_steps = direction->reversed ? 0 : op->pads[pad->row[0]];
    row_group_lay_out(pad);
}

static bool has_pad_trajectory(const struct lstm_memory *memory)
{
    for (int d = 0; d < memory->D; d++)
        if (memory->directions[d].groups[PAD_GROUP].T > 0)
            return true;
    return false;
}

static void give_slot(struct lstm_memory *memory, int32_t token)
{
    if (memory->slot_of_token[token] >= 0)
        return;
    memory->slot_of_token[token] = memory->token_count;
    memory->tokens[memory->token_count++] = token;
}

/* The pad comes first: its trajectory starts before the other tokens are projected. */
static void collect_tokens(struct lstm_memory *memory, const struct lstm *op)
{
    memory->token_count = 0;
    memset(memory->slot_of_token, 0xff, (size_t)op->V * sizeof *memory->slot_of_token);
    if (has_pad_trajectory(memory))
        give_slot(memory, 0);
    for (int n = 0; n < op->N; n++)
        for (int t = 0; t < op->T; t++)
            give_slot(memory, op->tokens[(size_t)n * (size_t)op->T + (size_t)t]);
}

static bool shares_nothing(const struct lstm *op)
{
    for (int n = 0; n < op->N; n++)
        if (op->pads[n] != 0)
            return false;
    return true;
}

/* bias (4H) with the gates as far apart as in z. */
static void spread_bias(const struct lstm_memory *memory, const struct lstm_direction *direction, int H)
{
    memset(direction->bias, 0, memory->z_stride * sizeof(float));
    for (int gate = 0; gate < GATE_COUNT; gate++)
        memcpy(direction->bias + (size_t)gate * memory->gate_stride,
               direction->weights->bias + (size_t)gate * (size_t)H, (size_t)H * sizeof(float));
}

void lstm_input_prepare(struct lstm_forward *f)
{
    const struct lstm *op = f->op;
    struct lstm_memory *memory = &f->memory;
    assert(op->V == 0 || (op->input.rate <= 0.0f && op->recurrent.rate <= 0.0f));
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        lay_out_groups(op, direction);
        spread_bias(memory, direction, op->H);
        gate_matrix_pack(f->kernels, &direction->kernel, direction->weights->kernel, op->H);
        gate_matrix_pack(f->kernels, &direction->recurrent_kernel, direction->weights->recurrent_kernel,
                         op->H);
    }
    if (memory->form == LSTM_READS_TOKENS)
        collect_tokens(memory, op);
    if (memory->form == LSTM_READS_MASKED_X) {
        assert(shares_nothing(op));
        lstm_masks_fill(memory, op);
    }
}

int lstm_input_pad_slots(const struct lstm_forward *f)
{
    return f->memory.form == LSTM_READS_TOKENS && has_pad_trajectory(&f->memory);
}

void lstm_input_project(struct lstm_forward *f, int begin, int end)
{
    const struct lstm *op = f->op;
    struct lstm_memory *memory = &f->memory;
    size_t E = (size_t)op->E;
    float *rows = memory->rows + (size_t)begin * E;
    for (int slot = begin; slot < end; slot++)
        memcpy(memory->rows + (size_t)slot * E, op->embeddings + (size_t)memory->tokens[slot] * E,
               E * sizeof(float));
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        const float *init[PROJECTION_ROWS];
        for (int slot = begin; slot < end; slot++)
            init[slot - begin] = direction->bias;
        f->kernels->product(&direction->kernel.block[0], end - begin, rows, E, init,
                            direction->table + (size_t)begin * memory->z_stride, memory->z_stride);
    }
}

static void step_of_tokens(const struct lstm_forward *f, const struct lstm_direction *direction,
                           struct row_group *group, int t)
{
    const struct lstm_memory *memory = &f->memory;
    size_t T = (size_t)f->op->T, at = (size_t)lstm_position(memory, direction, t);
    for (int r = 0; r < group->active[t]; r++) {
        int32_t token = f->op->tokens[(size_t)group->row[r] * T + at];
        group->init[r] = direction->table + (size_t)memory->slot_of_token[token] * memory->z_stride;
    }
}

static void gather_x(const struct lstm_forward *f, const struct lstm_direction *direction,
                     const struct row_group *group, int t)
{
    size_t E = (size_t)f->op->E, N = (size_t)f->op->N, at = (size_t)lstm_position(&f->memory, direction, t);
    float *x = row_group_x(group, t);
    for (int r = 0; r < group->active[t]; r++)
        memcpy(x + (size_t)r * E, f->op->x + (at * N + (size_t)group->row[r]) * E, E * sizeof(float));
}

static void step_of_x(const struct lstm_forward *f, const struct lstm_direction *direction,
                      struct row_group *group, int t)
{
    const struct cpu_kernels *kernels = f->kernels;
    const size_t E = group->x_stride, rows = (size_t)group->active[t];
    const float *x = row_group_x(group, t);
    float *z = row_group_gates(group, t);
    gather_x(f, direction, group, t);
    for (size_t r = 0; r < rows; r++)
        group->init[r] = direction->bias;
    for (int b = 0; b < direction->kernel.blocks; b++) {
        const float *a = x;
        if (f->memory.form == LSTM_READS_MASKED_X) {
            size_t mask = ((size_t)b * (size_t)f->op->N + (size_t)group->row[0]) * E;
            kernels->multiply(rows * E, group->masked, x, direction->input_mask + mask);
            a = group->masked;
        }
        kernels->product(&direction->kernel.block[b], (int)rows, a, E, group->init, z, group->z_stride);
    }
    for (size_t r = 0; r < rows; r++)
        group->init[r] = z + r * group->z_stride;
}

void lstm_input_step(const struct lstm_forward *f, const struct lstm_direction *direction,
                     struct row_group *group, int t)
{
    if (f->memory.form == LSTM_READS_TOKENS)
        step_of_tokens(f, direction, group, t);
    else
        step_of_x(f, direction, group, t);
}
