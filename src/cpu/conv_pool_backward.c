/* The backward pass of conv_pool: each row group makes its own sums for the kernel and the bias; then the groups are
 * added in order. Leading steps without a gradient, as an LSTM leaves them where rows share pads, are left out. */
#include "conv_memory.h"
#include "denormals.h"
#include "pool.h"

#include <cblas.h>
#include <string.h>

struct backward {
    const struct cpu_kernels *kernels;
    const struct conv_pool_backward *op;
    struct conv_memory memory;
};

/* dx[t] = sum over k of dz[t + left - k] . kernel[k] transposed. In the order of time, the last k comes first. */
static void pack_reversed(struct backward *b)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t E = (size_t)op->E, C = (size_t)op->C, K = (size_t)op->K;
    for (size_t e = 0; e < E; e++)
        for (size_t k = 0; k < K; k++)
            memcpy(b->memory.reversed + (e * K + K - 1 - k) * C, op->kernel + (k * E + e) * C,
                   C * sizeof(float));
    b->kernels->pack(&b->memory.kernel, b->memory.reversed, K * C, true);
}

static bool all_zero(size_t count, const float *values)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0.0f)
            return false;
    return true;
}

/* First step of dy of row n that is not zero; S if there is none. */
static int first_step(const struct conv_pool_backward *op, int n)
{
    const size_t C = (size_t)op->forward.C, stride = (size_t)op->forward.N * C;
    const float *dy = op->dy + (size_t)n * C;
    int s = 0, S = conv_pool_steps(&op->forward);
    for (; s < S && all_zero(C, dy); s++, dy += stride)
        if (s + STEPS_AHEAD < S)
            prefetch_floats(dy + STEPS_AHEAD * stride, C);
    return s;
}

/* Where step 0 of z stands in group->dz. */
static int lead(const struct backward *b)
{
    return b->op->forward.K - 1 - b->memory.left;
}

/* Fills group->dz with row n's dz, adds its sum to dbias. */
static void unpool_row(const struct backward *b, struct conv_group *group, int n, int first)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t N = (size_t)op->N, C = (size_t)op->C, P = (size_t)op->P;
    float *dz = group->dz + (size_t)lead(b) * C, *sum = group->dbias + C;
    memset(dz, 0, (size_t)first * P * C * sizeof(float));
    memset(sum, 0, C * sizeof(float));
    const int S = conv_pool_steps(op);
    for (int s = first; s < S; s++) {
        const size_t at = ((size_t)s * N + (size_t)n) * C;
        const int32_t *index = b->memory.index + at;
        const float *dy = b->op->dy + at;
        if (s + STEPS_AHEAD < S) {
            prefetch_floats(dy + STEPS_AHEAD * N * C, C);
            prefetch_floats((const float *)index + STEPS_AHEAD * N * C, C);
        }
        unpool_steps(C, op->P, index, dy, dz + (size_t)s * P * C, C);
#pragma omp simd
        for (size_t c = 0; c < C; c++) {
            float gradient = dy[c];
            sum[c] += index[c] >= 0 ? gradient : 0.0f;
        }
    }
    b->kernels->add(C, group->dbias, sum);
}

/* dkernel[k,e,c] += sum over t of x[t + k,e] * dz[t,c], steps of z from `first` on. */
static void add_kernel_gradient(const struct backward *b, struct conv_group *group, int n, int first)
{
    const struct conv_pool *op = &b->op->forward;
    const int E = op->E, C = op->C, end = conv_pool_steps(op) * op->P;
    if (first == end)
        return;
    conv_extend_row(&b->memory, op, n, first, group);
    const float *dz = group->dz + (size_t)(lead(b) + first) * (size_t)C;
    for (int k = 0; k < op->K; k++)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, E, C, end - first, 1.0f,
                    group->x + (size_t)(first + k) * (size_t)E, E, dz, C, 1.0f,
                    group->dkernel + (size_t)k * (size_t)E * (size_t)C, C);
}

/* dx of row n; steps that read no z from `first` on are zero. */
static void input_gradient(const struct backward *b, struct conv_group *group, int n, int first)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t N = (size_t)op->N, E = (size_t)op->E, stride = padded(E);
    int begin = first < conv_pool_steps(op) * op->P ? first - b->memory.left : op->T;
    begin = begin > 0 ? begin : 0;
    begin = begin < op->T ? begin : op->T;
    product_of_rows(b->kernels, &b->memory.kernel, op->T - begin, group->dz + (size_t)begin * (size_t)op->C,
                    (size_t)op->C, NULL, group->dx, stride);
    for (int t = 0; t < op->T; t++) {
        float *to = b->op->dx + ((size_t)t * N + (size_t)n) * E;
        if (t < begin)
            memset(to, 0, E * sizeof(float));
        else
            memcpy(to, group->dx + (size_t)(t - begin) * stride, E * sizeof(float));
    }
}

static void run_group(const struct backward *b, int g)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t E = (size_t)op->E, C = (size_t)op->C, K = (size_t)op->K;
    struct conv_group group = b->memory.groups[g];
    memset(group.dkernel, 0, K * E * C * sizeof(float));
    memset(group.dbias, 0, C * sizeof(float));
    memset(group.dz, 0, ((size_t)op->T + K - 1) * C * sizeof(float)); /* what no step of z ever writes */
    for (int n = row_group_begin(op->N, g); n < row_group_begin(op->N, g + 1); n++) {
        int first = first_step(b->op, n);
        unpool_row(b, &group, n, first);
        add_kernel_gradient(b, &group, n, first * op->P);
        input_gradient(b, &group, n, first * op->P);
    }
}

void cpu_conv_pool_backward(struct backend *backend, const struct conv_pool_backward *op)
{
    struct backward b = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    const size_t C = (size_t)op->forward.C;
    conv_memory_divide(&b.memory, &op->forward, true);
    pack_reversed(&b);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < ROW_GROUPS; g++)
            run_group(&b, g);
#pragma omp single nowait
        for (int g = 0; g < ROW_GROUPS; g++)
            b.kernels->add(C, op->dbias, b.memory.groups[g].dbias);
#pragma omp for schedule(static)
        for (int row = 0; row < op->forward.K * op->forward.E; row++)
            for (int g = 0; g < ROW_GROUPS; g++)
                b.kernels->add(C, op->dkernel + (size_t)row * C,
                               b.memory.groups[g].dkernel + (size_t)row * C);
        denormals_restore(mode);
    }
}
