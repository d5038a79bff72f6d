/* The LSTM's forward pass: project each distinct token of the batch once, run the pad trajectory, run the groups. */
#include "denormals.h"
#include "lstm_memory.h"

#include <string.h>

enum { PROJECTION_ROWS = 96 }; /* tokens that one work item projects */

struct forward {
    const struct cpu_kernels *kernels;
    const struct lstm *op;
    struct lstm_memory memory;
};

static int longest_pads(const struct lstm *op)
{
    int longest = 0;
    for (int n = 0; n < op->N; n++)
        longest = op->pads[n] > longest ? op->pads[n] : longest;
    return longest;
}

static void lay_out_groups(struct forward *f)
{
    const struct lstm *op = f->op;
    for (int g = 0; g < ROW_GROUPS; g++) {
        struct row_group *group = &f->memory.groups[g];
        int begin = row_group_begin(op->N, g);
        for (int r = 0; r < group->rows; r++) {
            group->row[r] = begin + r;
            group->start[r] = op->pads[begin + r];
            group->tokens[r] = op->tokens + (size_t)(begin + r) * (size_t)op->T;
        }
        row_group_lay_out(group);
    }
    struct row_group *pad = &f->memory.groups[PAD_GROUP];
    pad->T = *f->memory.pad_steps = longest_pads(op);
    memset(f->memory.pad_tokens, 0, (size_t)pad->T * sizeof *f->memory.pad_tokens);
    pad->row[0] = -1;
    pad->start[0] = 0;
    pad->tokens[0] = f->memory.pad_tokens;
    row_group_lay_out(pad);
}

static void give_slot(struct lstm_memory *memory, int32_t token)
{
    if (memory->slot_of_token[token] >= 0)
        return;
    memory->slot_of_token[token] = memory->token_count;
    memory->tokens[memory->token_count++] = token;
}

/* The pad comes first: its trajectory starts before the other tokens are projected. */
static void collect_tokens(struct forward *f)
{
    const struct lstm *op = f->op;
    struct lstm_memory *memory = &f->memory;
    memory->token_count = 0;
    memset(memory->slot_of_token, 0xff, (size_t)op->V * sizeof *memory->slot_of_token);
    if (*memory->pad_steps > 0)
        give_slot(memory, 0);
    for (int n = 0; n < op->N; n++)
        for (int t = op->pads[n]; t < op->T; t++)
            give_slot(memory, op->tokens[(size_t)n * (size_t)op->T + (size_t)t]);
}

/* table[slot,:] = bias + embeddings[token].kernel for slots [begin,end). */
static void project(struct forward *f, int begin, int end)
{
    const struct lstm *op = f->op;
    struct lstm_memory *memory = &f->memory;
    size_t E = (size_t)op->E;
    const float *init[PROJECTION_ROWS];
    for (int slot = begin; slot < end; slot++) {
        const float *embedding = op->embeddings + (size_t)memory->tokens[slot] * E;
        memcpy(memory->rows + (size_t)slot * E, embedding, E * sizeof(float));
        init[slot - begin] = memory->bias;
    }
    f->kernels->product(&memory->kernel, end - begin, memory->rows + (size_t)begin * E, E, init,
                        memory->table + (size_t)begin * memory->z_stride, memory->z_stride);
}

/* Gives the rows whose pads end here the pad trajectory's state. */
static void begin_rows(struct row_group *group, const struct row_group *pad, int t)
{
    size_t width = group->h_stride;
    float *h = row_group_state(group, group->h, t), *c = row_group_state(group, group->c, t);
    for (int r = t > 0 ? group->active[t - 1] : 0; r < group->active[t]; r++) {
        if (t == 0) {
            memset(h + (size_t)r * width, 0, width * sizeof(float));
            memset(c + (size_t)r * width, 0, width * sizeof(float));
        } else {
            memcpy(h + (size_t)r * width, row_group_state(pad, pad->h, t), width * sizeof(float));
            memcpy(c + (size_t)r * width, row_group_state(pad, pad->c, t), width * sizeof(float));
        }
    }
}

static void run_step(const struct forward *f, struct row_group *group, int t)
{
    const struct lstm_memory *memory = &f->memory;
    struct gate_rows rows = {
        .rows = group->active[t], .H = f->op->H, .z_stride = group->z_stride, .h_stride = group->h_stride};
    float *z = row_group_gates(group, t);
    for (int r = 0; r < rows.rows; r++) {
        size_t slot = (size_t)memory->slot_of_token[group->tokens[r][t]];
        group->projected[r] = memory->table + slot * memory->z_stride;
    }
    f->kernels->product(&memory->recurrent_kernel, rows.rows, row_group_state(group, group->h, t),
                        group->h_stride, group->projected, z, group->z_stride);
    f->kernels->gates_forward(&rows, z, row_group_state(group, group->c, t),
                              row_group_state(group, group->c, t + 1),
                              row_group_state(group, group->h, t + 1));
}

static void run_group(struct forward *f, struct row_group *group)
{
    for (int t = 0; t < group->T; t++) {
        begin_rows(group, &f->memory.groups[PAD_GROUP], t);
        if (group->active[t] > 0)
            run_step(f, group, t);
    }
    begin_rows(group, &f->memory.groups[PAD_GROUP], group->T);
}

static void write_last_states(const struct forward *f, const struct row_group *group)
{
    size_t H = (size_t)f->op->H;
    const float *h = row_group_state(group, group->h, group->T);
    for (int r = 0; r < group->rows; r++)
        memcpy(f->op->h + (size_t)group->row[r] * H, h + (size_t)r * group->h_stride, H * sizeof(float));
}

static void prepare(struct forward *f)
{
    const struct lstm *op = f->op;
    struct lstm_memory *memory = &f->memory;
    size_t gates = GATE_COUNT * (size_t)op->H;
    lay_out_groups(f);
    collect_tokens(f);
    f->kernels->pack(&memory->kernel, op->kernel, gates, false);
    f->kernels->pack(&memory->recurrent_kernel, op->recurrent_kernel, gates, false);
    memset(memory->bias, 0, memory->z_stride * sizeof(float));
    memcpy(memory->bias, op->bias, gates * sizeof(float));
}

void cpu_lstm(struct backend *backend, const struct lstm *op)
{
    struct forward f = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    lstm_memory_divide(&f.memory, op);
    prepare(&f);
    struct lstm_memory *memory = &f.memory;
    int order[ROW_GROUPS];
    row_groups_by_work(memory->groups, ROW_GROUPS, order);
    int first = memory->groups[PAD_GROUP].T > 0; /* the pad's own slot */
    int blocks = (memory->token_count - first + PROJECTION_ROWS - 1) / PROJECTION_ROWS;
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp single nowait
        {
            project(&f, 0, first);
            run_group(&f, &memory->groups[PAD_GROUP]);
        }
#pragma omp for schedule(dynamic, 1)
        for (int block = 0; block < blocks; block++) {
            int begin = first + block * PROJECTION_ROWS, end = begin + PROJECTION_ROWS;
            project(&f, begin, end < memory->token_count ? end : memory->token_count);
        }
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < ROW_GROUPS; g++) {
            struct row_group *group = &memory->groups[order[g]];
            run_group(&f, group);
            write_last_states(&f, group);
        }
        denormals_restore(mode);
    }
}
