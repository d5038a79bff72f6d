/* The LSTM's backward pass through time: gates become dz in place, rows hand their gradient to the pad trajectory. */
#include "denormals.h"
#include "lstm_gradients.h"
#include "lstm_memory.h"

#include <omp.h>
#include <string.h>

struct backward {
    const struct cpu_kernels *kernels;
    const struct lstm_backward *op;
    struct lstm_memory memory;
};

/* dh = dz . recurrent_kernel^T, of the masked form gate by gate times the gate's mask. */
static void recurrent_back(const struct backward *b, const struct lstm_direction *direction,
                           struct row_group *group, int rows, const float *dz)
{
    const struct gate_matrix *matrix = &direction->recurrent_kernel_transposed;
    if (b->memory.form != LSTM_READS_MASKED_X) {
        b->kernels->product(&matrix->block[0], rows, dz, group->z_stride, NULL, group->dh, group->h_stride);
        return;
    }
    const size_t count = (size_t)rows * group->h_stride;
    memset(group->dh, 0, count * sizeof(float));
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        size_t mask = (gate * (size_t)b->op->forward.N + (size_t)group->row[0]) * group->h_stride;
        b->kernels->product(&matrix->block[gate], rows, dz + gate * b->memory.gate_stride, group->z_stride,
                            NULL, group->masked, group->h_stride);
        b->kernels->multiply_add(count, group->dh, group->masked, direction->recurrent_mask + mask);
    }
}

/* From d loss / d (h, c) after step t to before it, for the rows of that step. */
static void step_back(const struct backward *b, const struct lstm_direction *direction,
                      struct row_group *group, int t)
{
    struct gate_rows rows = {.rows = group->active[t],
                             .H = b->op->forward.H,
                             .z_stride = group->z_stride,
                             .h_stride = group->h_stride,
                             .gate_stride = b->memory.gate_stride,
                             .hard_slope = b->op->forward.hard_slope};
    float *gates = row_group_gates(group, t);
    b->kernels->gates_backward(&rows, gates, row_group_state(group, group->c, t),
                               row_group_state(group, group->c, t + 1), group->dh, group->dc);
    recurrent_back(b, direction, group, rows.rows, gates);
}

/* This direction's part of dy for batch row n: of step t, or of the last state. */
static const float *dy_of(const struct backward *b, const struct lstm_direction *direction, int t, int n)
{
    const struct lstm *lstm = &b->op->forward;
    size_t H = (size_t)lstm->H, row = (size_t)n;
    if (lstm->sequences)
        row = lstm_output_row(&b->memory, direction, lstm->N, t, n);
    return b->op->dy + row * (size_t)lstm->D * H + (direction == &b->memory.directions[1] ? H : 0);
}

static void clear_state_gradients(struct row_group *group)
{
    size_t bytes = (size_t)group->rows * group->h_stride * sizeof(float);
    memset(group->dh, 0, bytes);
    memset(group->dc, 0, bytes);
}

/* A row's dh and dc stay as they are once t is below its start: there the pad trajectory takes them. */
static void group_back(const struct backward *b, const struct lstm_direction *direction,
                       struct row_group *group)
{
    const size_t H = (size_t)b->op->forward.H;
    const bool sequences = b->op->forward.sequences;
    clear_state_gradients(group);
    for (int r = 0; !sequences && r < group->rows; r++)
        b->kernels->add(H, group->dh + (size_t)r * group->h_stride,
                        dy_of(b, direction, group->T - 1, group->row[r]));
    for (int t = group->T - 1; t >= 0 && group->active[t] > 0; t--) {
        for (int r = 0; sequences && r < group->active[t]; r++)
            b->kernels->add(H, group->dh + (size_t)r * group->h_stride,
                            dy_of(b, direction, t, group->row[r]));
        step_back(b, direction, group, t);
    }
}

/* Adds what the rows that started at step t hand back, in group order. unclaimed[g]: rows of group g that have not
 * handed back yet; they are sorted by start. */
static void receive(const struct backward *b, struct lstm_direction *direction, int t,
                    int unclaimed[ROW_GROUPS])
{
    struct row_group *pad = &direction->groups[PAD_GROUP];
    for (int g = 0; g < ROW_GROUPS; g++) {
        const struct row_group *group = &direction->groups[g];
        while (unclaimed[g] > 0 && group->start[unclaimed[g] - 1] == t) {
            size_t row = (size_t)--unclaimed[g] * group->h_stride;
            b->kernels->add(group->h_stride, pad->dh, group->dh + row);
            b->kernels->add(group->h_stride, pad->dc, group->dc + row);
        }
    }
}

/* Adds dy of step t of the rows that were still in their pads then. */
static void receive_outputs(const struct backward *b, struct lstm_direction *direction, int t)
{
    struct row_group *pad = &direction->groups[PAD_GROUP];
    for (int g = 0; g < ROW_GROUPS; g++) {
        const struct row_group *group = &direction->groups[g];
        for (int r = group->active[t]; r < group->rows; r++)
            b->kernels->add((size_t)b->op->forward.H, pad->dh, dy_of(b, direction, t, group->row[r]));
    }
}

static void pads_back(const struct backward *b, struct lstm_direction *direction)
{
    struct row_group *pad = &direction->groups[PAD_GROUP];
    int unclaimed[ROW_GROUPS];
    for (int g = 0; g < ROW_GROUPS; g++)
        unclaimed[g] = direction->groups[g].rows;
    clear_state_gradients(pad);
    for (int t = pad->T - 1; t >= 0; t--) {
        receive(b, direction, t + 1, unclaimed);
        if (b->op->forward.sequences)
            receive_outputs(b, direction, t);
        step_back(b, direction, pad, t);
    }
}

static void prepare(struct backward *b, const struct lstm_backward *op)
{
    lstm_memory_divide(&b->memory, &op->forward);
    for (int d = 0; d < op->forward.D; d++) {
        struct lstm_direction *direction = &b->memory.directions[d];
        direction->groups[PAD_GROUP].T = *direction->pad_steps;
        gate_matrix_pack(b->kernels, &direction->recurrent_kernel_transposed,
                         direction->weights->recurrent_kernel, op->forward.H);
    }
}

/* All directions' groups, most work first; with the pad trajectories before them. Numbers d * LSTM_GROUPS + g. */
static void list_groups(const struct lstm_memory *memory, int order[DIRECTIONS_MAX * LSTM_GROUPS])
{
    const struct row_group *groups[DIRECTIONS_MAX * ROW_GROUPS];
    int by_work[DIRECTIONS_MAX * ROW_GROUPS], count = 0;
    for (int d = 0; d < memory->D; d++) {
        *order++ = d * LSTM_GROUPS + PAD_GROUP;
        for (int g = 0; g < ROW_GROUPS; g++)
            groups[count++] = &memory->directions[d].groups[g];
    }
    row_groups_by_work(groups, count, by_work);
    for (int i = 0; i < count; i++)
        *order++ = by_work[i] / ROW_GROUPS * LSTM_GROUPS + by_work[i] % ROW_GROUPS;
}

void cpu_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct backward b = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    struct lstm_memory *memory = &b.memory;
    prepare(&b, op);
    int order[DIRECTIONS_MAX * LSTM_GROUPS] = {0};
    list_groups(memory, order);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
        struct gradient_scratch *scratch = &memory->per_thread[omp_get_thread_num()];
        gradient_scratch_begin(scratch, op->forward.V);
#pragma omp for schedule(dynamic, 1)
        for (int i = memory->D; i < memory->D * LSTM_GROUPS; i++) {
            struct lstm_direction *direction = &memory->directions[order[i] / LSTM_GROUPS];
            group_back(&b, direction, &direction->groups[order[i] % LSTM_GROUPS]);
        }
        /* The pad trajectory is one long dependency: it goes first, beside the groups' products. */
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < memory->D * LSTM_GROUPS; i++) {
            struct lstm_direction *direction = &memory->directions[order[i] / LSTM_GROUPS];
            int g = order[i] % LSTM_GROUPS;
            if (g == PAD_GROUP)
                pads_back(&b, direction);
            group_gradient(&(struct gradient_work){.kernels = b.kernels,
                                                   .lstm = &op->forward,
                                                   .memory = memory,
                                                   .direction = direction,
                                                   .group = &direction->groups[g],
                                                   .gradient = &direction->gradients[g],
                                                   .scratch = scratch});
        }
        add_group_gradients(b.kernels, op, memory);
        denormals_restore(mode);
    }
}
