#include "lstm_gradients.h"

#include <cblas.h>
#include <string.h>

void gradient_scratch_begin(struct gradient_scratch *scratch, int V)
{
    memset(scratch->number_of_token, 0xff, (size_t)V * sizeof *scratch->number_of_token);
}

/* dtable[number of token,:] = sum of dz over the token's occurrences in the group, in order of time, then row. */
static void sum_by_token(const struct cpu_kernels *kernels, const struct row_group *group,
                         struct group_gradient *gradient, struct gradient_scratch *scratch)
{
    size_t width = group->z_stride;
    for (int t = 0; t < group->T; t++) {
        const float *dz = row_group_gates(group, t);
        for (int r = 0; r < group->active[t]; r++, dz += width) {
            int32_t token = group->tokens[r][t], number = scratch->number_of_token[token];
            if (number >= 0) {
                kernels->add(width, scratch->dtable + (size_t)number * width, dz);
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

static void clear_gradient(struct group_gradient *gradient, size_t H, size_t E)
{
    const size_t gates = GATE_COUNT * H;
    memset(gradient->drecurrent_kernel, 0, H * gates * sizeof(float));
    memset(gradient->dkernel, 0, E * gates * sizeof(float));
    memset(gradient->dbias, 0, gates * sizeof(float));
    gradient->token_count = 0;
}

void group_gradient(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                    const struct row_group *group, struct group_gradient *gradient,
                    struct gradient_scratch *scratch)
{
    const struct lstm *lstm = &op->forward;
    const int H = lstm->H, E = lstm->E, gates = GATE_COUNT * H;
    const int states = (int)group->offset[group->T], h_stride = (int)group->h_stride,
              width = (int)group->z_stride;
    clear_gradient(gradient, (size_t)H, (size_t)E);
    if (states == 0)
        return;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, H, gates, states, 1.0f, group->h, h_stride,
                group->gates, width, 0.0f, gradient->drecurrent_kernel, gates);

    sum_by_token(kernels, group, gradient, scratch);
    const int tokens = gradient->token_count;
    for (int i = 0; i < tokens; i++)
        memcpy(scratch->rows + (size_t)i * (size_t)E,
               lstm->embeddings + (size_t)gradient->tokens[i] * (size_t)E, (size_t)E * sizeof(float));
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, E, gates, tokens, 1.0f, scratch->rows, E,
                scratch->dtable, width, 0.0f, gradient->dkernel, gates);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, tokens, E, gates, 1.0f, scratch->dtable, width,
                lstm->kernel, gates, 0.0f, gradient->dembeddings, E);
    for (int i = 0; i < tokens; i++)
        kernels->add((size_t)gates, gradient->dbias, scratch->dtable + (size_t)i * group->z_stride);
}

static void add_embeddings(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                           const struct group_gradient *gradient)
{
    size_t E = (size_t)op->forward.E;
    for (int i = 0; i < gradient->token_count; i++)
        kernels->add(E, op->dembeddings + (size_t)gradient->tokens[i] * E,
                     gradient->dembeddings + (size_t)i * E);
}

void add_group_gradients(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                         const struct group_gradient *gradients, int count)
{
    const size_t gates = GATE_COUNT * (size_t)op->forward.H;
#pragma omp single nowait
    for (int g = 0; g < count; g++) {
        add_embeddings(kernels, op, &gradients[g]);
        kernels->add(gates, op->dbias, gradients[g].dbias);
    }
#pragma omp for schedule(dynamic, 8) nowait
    for (int j = 0; j < op->forward.H; j++)
        for (int g = 0; g < count; g++)
            kernels->add(gates, op->drecurrent_kernel + (size_t)j * gates,
                         gradients[g].drecurrent_kernel + (size_t)j * gates);
#pragma omp for schedule(dynamic, 8)
    for (int e = 0; e < op->forward.E; e++)
        for (int g = 0; g < count; g++)
            kernels->add(gates, op->dkernel + (size_t)e * gates, gradients[g].dkernel + (size_t)e * gates);
}
