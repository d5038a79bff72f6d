#include "lstm_gradients.h"

#include <cblas.h>
#include <string.h>

void gradient_scratch_begin(struct gradient_scratch *scratch, int V)
{
    memset(scratch->number_of_token, 0xff, (size_t)V * sizeof *scratch->number_of_token);
}

/* What the products below do not overwrite; the weights only where no product is made. */
static void clear_gradient(const struct gradient_work *work, bool weights)
{
    const size_t H = (size_t)work->lstm->H, E = (size_t)work->lstm->E, gates = GATE_COUNT * H;
    if (weights) {
        memset(work->gradient->drecurrent_kernel, 0, H * gates * sizeof(float));
        memset(work->gradient->dkernel, 0, E * gates * sizeof(float));
    }
    memset(work->gradient->dbias, 0, gates * sizeof(float));
    work->gradient->token_count = 0;
}

/* dtable[number of token,:] = sum of dz over the token's occurrences in the group, in order of steps, then row. */
static void sum_by_token(const struct gradient_work *work)
{
    const struct row_group *group = work->group;
    struct gradient_scratch *scratch = work->scratch;
    struct group_gradient *gradient = work->gradient;
    const size_t width = group->z_stride, T = (size_t)work->lstm->T;
    for (int t = 0; t < group->T; t++) {
        const float *dz = row_group_gates(group, t);
        const int32_t *tokens = work->lstm->tokens + lstm_position(work->memory, work->direction, t);
        for (int r = 0; r < group->active[t]; r++, dz += width) {
            int32_t token = tokens[(size_t)group->row[r] * T], number = scratch->number_of_token[token];
            if (number >= 0) {
                work->kernels->add(width, scratch->dtable + (size_t)number * width, dz);
                continue;
            }
            number = gradient->token_count++;
            scratch->number_of_token[token] = number;
            gradient->tokens[number] = token;
            memcpy(scratch->dtable + (size_t)number * width, dz, width * sizeof(float));
        }
    }
    for (int i = 0; i < gradient->token_count; i++)
        scratch->number_of_token[gradient->tokens[i]] = -1;
}

/* inputs (rows,E) and their dz (rows,4H) to what they give: dkernel, dbias, and dinputs (rows,E). */
static void input_gradient(const struct gradient_work *work, int rows, const float *inputs, const float *dz,
                           float *dinputs)
{
    const int E = work->lstm->E, gates = GATE_COUNT * work->lstm->H, width = (int)work->group->z_stride;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, E, gates, rows, 1.0f, inputs, E, dz, width, 0.0f,
                work->gradient->dkernel, gates);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, E, gates, 1.0f, dz, width,
                work->direction->weights->kernel, gates, 0.0f, dinputs, E);
    for (int i = 0; i < rows; i++)
        work->kernels->add((size_t)gates, work->gradient->dbias, dz + (size_t)i * (size_t)width);
}

static void token_gradient(const struct gradient_work *work)
{
    const size_t E = (size_t)work->lstm->E;
    struct group_gradient *gradient = work->gradient;
    sum_by_token(work);
    for (int i = 0; i < gradient->token_count; i++)
        memcpy(work->scratch->rows + (size_t)i * E, work->lstm->embeddings + (size_t)gradient->tokens[i] * E,
               E * sizeof(float));
    input_gradient(work, gradient->token_count, work->scratch->rows, work->scratch->dtable,
                   gradient->dembeddings);
}

void group_gradient(const struct gradient_work *work)
{
    const struct row_group *group = work->group;
    const enum lstm_form form = work->memory->form;
    const int H = work->lstm->H, gates = GATE_COUNT * H, states = (int)group->offset[group->T];
    clear_gradient(work, states == 0 || form == LSTM_READS_MASKED_X);
    if (states == 0)
        return;
    if (form == LSTM_READS_MASKED_X) {
        masked_gradient(work);
        return;
    }
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, H, gates, states, 1.0f, group->h,
                (int)group->h_stride, group->gates, (int)group->z_stride, 0.0f,
                work->gradient->drecurrent_kernel, gates);
    if (form == LSTM_READS_TOKENS)
        token_gradient(work);
    else
        input_gradient(work, states, group->x, group->gates, work->gradient->dx);
}

static void add_embeddings(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                           const struct group_gradient *gradient)
{
    size_t E = (size_t)op->forward.E;
    for (int i = 0; i < gradient->token_count; i++)
        kernels->add(E, op->dembeddings + (size_t)gradient->tokens[i] * E,
                     gradient->dembeddings + (size_t)i * E);
}

/* A group's share of dx, which holds the sum of the directions before this one. */
static void add_dx(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                   const struct lstm_memory *memory, const struct lstm_direction *direction,
                   const struct row_group *group, const float *dx)
{
    const size_t E = (size_t)op->forward.E, N = (size_t)op->forward.N;
    for (int t = 0; t < group->T; t++) {
        float *to = op->dx + (size_t)lstm_position(memory, direction, t) * N * E;
        for (int r = 0; r < group->active[t]; r++, dx += E)
            kernels->add(E, to + (size_t)group->row[r] * E, dx);
    }
}

/* dx of the rows of group g in both directions; the pad trajectory's goes to the row whose pads it is made of. */
static void write_dx(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                     const struct lstm_memory *memory, int g)
{
    const size_t E = (size_t)op->forward.E, N = (size_t)op->forward.N;
    const size_t begin = (size_t)row_group_begin((int)N, g), end = (size_t)row_group_begin((int)N, g + 1);
    for (size_t t = 0; t < (size_t)memory->T; t++)
        memset(op->dx + (t * N + begin) * E, 0, (end - begin) * E * sizeof(float));
    for (int d = 0; d < memory->D; d++) {
        const struct lstm_direction *direction = &memory->directions[d];
        const struct row_group *pad = &direction->groups[PAD_GROUP];
        add_dx(kernels, op, memory, direction, &direction->groups[g], direction->gradients[g].dx);
        if (pad->T > 0 && (size_t)pad->row[0] >= begin && (size_t)pad->row[0] < end)
            add_dx(kernels, op, memory, direction, pad, direction->gradients[PAD_GROUP].dx);
    }
}

static void add_direction(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                          const struct lstm_direction *direction, const struct lstm_gradients *to)
{
    const size_t gates = GATE_COUNT * (size_t)op->forward.H;
#pragma omp for schedule(dynamic, 8) nowait
    for (int j = 0; j < op->forward.H; j++)
        for (int g = 0; g < LSTM_GROUPS; g++)
            kernels->add(gates, to->drecurrent_kernel + (size_t)j * gates,
                         direction->gradients[g].drecurrent_kernel + (size_t)j * gates);
#pragma omp for schedule(dynamic, 8) nowait
    for (int e = 0; e < op->forward.E; e++)
        for (int g = 0; g < LSTM_GROUPS; g++)
            kernels->add(gates, to->dkernel + (size_t)e * gates,
                         direction->gradients[g].dkernel + (size_t)e * gates);
}

void add_group_gradients(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                         const struct lstm_memory *memory)
{
    const size_t gates = GATE_COUNT * (size_t)op->forward.H;
#pragma omp single nowait
    for (int d = 0; d < memory->D; d++)
        for (int g = 0; g < LSTM_GROUPS; g++) {
            const struct group_gradient *gradient = &memory->directions[d].gradients[g];
            add_embeddings(kernels, op, gradient);
            kernels->add(gates, op->gradients[d].dbias, gradient->dbias);
        }
    for (int d = 0; d < memory->D; d++)
        add_direction(kernels, op, &memory->directions[d], &op->gradients[d]);
#pragma omp for schedule(dynamic, 1)
    for (int g = 0; g < (memory->form == LSTM_READS_TOKENS ? 0 : ROW_GROUPS); g++)
        write_dx(kernels, op, memory, g);
}
