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

/* From d loss / d (h, c) after step t to before it, for the rows of that step. */
static void step_back(const struct backward *b, struct row_group *group, int t)
{
    struct gate_rows rows = {.rows = group->active[t],
                             .H = b->op->forward.H,
                             .z_stride = group->z_stride,
                             .h_stride = group->h_stride};
    float *gates = row_group_gates(group, t);
    b->kernels->gates_backward(&rows, gates, row_group_state(group, group->c, t),
                               row_group_state(group, group->c, t + 1), group->dh, group->dc);
    b->kernels->product(&b->memory.recurrent_kernel_transposed, rows.rows, gates, group->z_stride, NULL,
                        group->dh, group->h_stride);
}

/* A row's dh and dc stay as they are once t is below its start: there the pad trajectory takes them. */
static void group_back(const struct backward *b, struct row_group *group)
{
    size_t H = (size_t)b->op->forward.H, width = group->h_stride;
    memset(group->dh, 0, (size_t)group->rows * width * sizeof(float));
    memset(group->dc, 0, (size_t)group->rows * width * sizeof(float));
    for (int r = 0; r < group->rows; r++)
        memcpy(group->dh + (size_t)r * width, b->op->dh + (size_t)group->row[r] * H, H * sizeof(float));
    for (int t = group->T - 1; t >= 0 && group->active[t] > 0; t--)
        step_back(b, group, t);
}

/* Adds what the rows that started at step t hand back, in group order. unclaimed[g]: rows of group g that have not
 * handed back yet; they are sorted by start. */
static void receive(const struct backward *b, struct row_group *pad, int t, int unclaimed[ROW_GROUPS])
{
    for (int g = 0; g < ROW_GROUPS; g++) {
        const struct row_group *group = &b->memory.groups[g];
        while (unclaimed[g] > 0 && group->start[unclaimed[g] - 1] == t) {
            size_t row = (size_t)--unclaimed[g] * group->h_stride;
            b->kernels->add(group->h_stride, pad->dh, group->dh + row);
            b->kernels->add(group->h_stride, pad->dc, group->dc + row);
        }
    }
}

static void pad_back(const struct backward *b, struct row_group *pad)
{
    int unclaimed[ROW_GROUPS];
    for (int g = 0; g < ROW_GROUPS; g++)
        unclaimed[g] = b->memory.groups[g].rows;
    memset(pad->dh, 0, pad->h_stride * sizeof(float));
    memset(pad->dc, 0, pad->h_stride * sizeof(float));
    for (int t = pad->T - 1; t >= 0; t--) {
        receive(b, pad, t + 1, unclaimed);
        step_back(b, pad, t);
    }
}

void cpu_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct backward b = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    struct lstm_memory *memory = &b.memory;
    lstm_memory_divide(memory, &op->forward);
    memory->groups[PAD_GROUP].T = *memory->pad_steps;
    b.kernels->pack(&memory->recurrent_kernel_transposed, op->forward.recurrent_kernel,
                    GATE_COUNT * (size_t)op->forward.H, true);
    int order[ROW_GROUPS];
    row_groups_by_work(memory->groups, ROW_GROUPS, order);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
        struct gradient_scratch *scratch = &memory->per_thread[omp_get_thread_num()];
        gradient_scratch_begin(scratch, op->forward.V);
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < ROW_GROUPS; g++) {
            group_back(&b, &memory->groups[order[g]]);
        }
#pragma omp for schedule(dynamic, 1)
        for (int i = -1; i < ROW_GROUPS; i++) {
            /* The pad trajectory is one long dependency: it goes first, beside the groups' products. */
            int g = i < 0 ? PAD_GROUP : order[i];
            if (g == PAD_GROUP)
                pad_back(&b, &memory->groups[PAD_GROUP]);
            group_gradient(b.kernels, op, &memory->groups[g], &memory->gradients[g], scratch);
        }
        add_group_gradients(b.kernels, op, memory->gradients, LSTM_GROUPS);
        denormals_restore(mode);
    }
}
