/* The LSTM's forward pass: project what is read, run the pad trajectory, run the groups of all directions. */
#include "denormals.h"
#include "lstm_input.h"
#include "lstm_memory.h"

#include <string.h>

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

/* z += (h * recurrent_mask) . recurrent_kernel, from group->init. */
static void add_recurrent(const struct lstm_forward *f, const struct lstm_direction *direction,
                          const struct row_group *group, int t, float *z)
{
    const int rows = group->active[t];
    const float *h = row_group_state(group, group->h, t);
    for (int b = 0; b < direction->recurrent_kernel.blocks; b++) {
        const float *a = h;
        if (f->memory.form == LSTM_READS_MASKED_X) {
            size_t mask = ((size_t)b * (size_t)f->op->N + (size_t)group->row[0]) * group->h_stride;
            f->kernels->multiply((size_t)rows * group->h_stride, group->masked, h,
                                 direction->recurrent_mask + mask);
            a = group->masked;
        }
        f->kernels->product(&direction->recurrent_kernel.block[b], rows, a, group->h_stride, group->init, z,
                            group->z_stride);
    }
}

static void run_step(const struct lstm_forward *f, const struct lstm_direction *direction,
                     struct row_group *group, int t)
{
    struct gate_rows rows = {.rows = group->active[t],
                             .H = f->op->H,
                             .z_stride = group->z_stride,
                             .h_stride = group->h_stride,
                             .gate_stride = f->memory.gate_stride,
                             .hard_slope = f->op->hard_slope};
    float *z = row_group_gates(group, t);
    lstm_input_step(f, direction, group, t);
    add_recurrent(f, direction, group, t, z);
    f->kernels->gates_forward(&rows, z, row_group_state(group, group->c, t),
                              row_group_state(group, group->c, t + 1),
                              row_group_state(group, group->h, t + 1));
}

/* h after step t, of the rows that are still in their pads the pad trajectory's. */
static void write_step(const struct lstm_forward *f, const struct lstm_direction *direction,
                       const struct row_group *group, int t, size_t column)
{
    const struct lstm *op = f->op;
    const struct row_group *pad = &direction->groups[PAD_GROUP];
    const size_t H = (size_t)op->H, width = (size_t)op->D * H;
    for (int r = 0; r < group->rows; r++) {
        const float *h = r < group->active[t]
                             ? row_group_state(group, group->h, t + 1) + (size_t)r * group->h_stride
                             : row_group_state(pad, pad->h, t + 1);
        size_t row = lstm_output_row(&f->memory, direction, op->N, t, group->row[r]);
        memcpy(op->y + row * width + column, h, H * sizeof(float));
    }
}

static void write_last_states(const struct lstm_forward *f, const struct row_group *group, size_t column)
{
    const size_t H = (size_t)f->op->H, width = (size_t)f->op->D * H;
    const float *h = row_group_state(group, group->h, group->T);
    for (int r = 0; r < group->rows; r++)
        memcpy(f->op->y + (size_t)group->row[r] * width + column, h + (size_t)r * group->h_stride,
               H * sizeof(float));
}

static void run_pads(const struct lstm_forward *f, struct lstm_direction *direction)
{
    struct row_group *pad = &direction->groups[PAD_GROUP];
    for (int t = 0; t < pad->T; t++) {
        begin_rows(pad, pad, t);
        run_step(f, direction, pad, t);
    }
}

static void run_group(const struct lstm_forward *f, struct lstm_direction *direction, struct row_group *group)
{
    const struct row_group *pad = &direction->groups[PAD_GROUP];
    const size_t column = direction == &f->memory.directions[1] ? (size_t)f->op->H : 0;
    for (int t = 0; t < group->T; t++) {
        begin_rows(group, pad, t);
        if (group->active[t] > 0)
            run_step(f, direction, group, t);
        if (f->op->sequences)
            write_step(f, direction, group, t, column);
    }
    begin_rows(group, pad, group->T);
    if (!f->op->sequences)
        write_last_states(f, group, column);
}

/* All directions' groups, most work first. */
static int list_groups(const struct lstm_memory *memory, int order[DIRECTIONS_MAX * ROW_GROUPS])
{
    const struct row_group *groups[DIRECTIONS_MAX * ROW_GROUPS];
    int count = 0;
    for (int d = 0; d < memory->D; d++)
        for (int g = 0; g < ROW_GROUPS; g++)
            groups[count++] = &memory->directions[d].groups[g];
    row_groups_by_work(groups, count, order);
    return count;
}

void cpu_lstm(struct backend *backend, const struct lstm *op)
{
    struct lstm_forward f = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    struct lstm_memory *memory = &f.memory;
    lstm_memory_divide(memory, op);
    lstm_input_prepare(&f);
    int order[DIRECTIONS_MAX * ROW_GROUPS], groups = list_groups(memory, order);
    int first = lstm_input_pad_slots(&f);
    int blocks = (memory->token_count - first + PROJECTION_ROWS - 1) / PROJECTION_ROWS;
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp single nowait
        {
            lstm_input_project(&f, 0, first);
            run_pads(&f, &memory->directions[0]);
        }
#pragma omp for schedule(dynamic, 1)
        for (int block = 0; block < blocks; block++) {
            int begin = first + block * PROJECTION_ROWS, end = begin + PROJECTION_ROWS;
            lstm_input_project(&f, begin, end < memory->token_count ? end : memory->token_count);
        }
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < groups; i++) {
            struct lstm_direction *direction = &memory->directions[order[i] / ROW_GROUPS];
            run_group(&f, direction, &direction->groups[order[i] % ROW_GROUPS]);
        }
        denormals_restore(mode);
    }
}
