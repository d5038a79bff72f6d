/* The backward pass of conv_pool: each row group makes its own sums for the kernel and the bias; then the groups are
 * added in order. Leading steps without a gradient, as an LSTM leaves them where rows share pads, are left out. */
#include "conv_memory.h"
#include "denormals.h"

#include <string.h>

struct backward {
    const struct cpu_kernels *kernels;
    const struct conv_pool_backward *op;
    struct conv_memory memory;
};

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

/* Fills group->dz with row n's dz from step `first` of y on, adds its sum to dbias. */
static void unpool_row(const struct backward *b, struct conv_group *group, int n, int first)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t N = (size_t)op->N, C = (size_t)op->C, P = (size_t)op->P, width = padded(C);
    float *sum = group->dbias + C;
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
        b->kernels->unpool(C, op->P, index, dy, group->dz + (size_t)s * P * width, width);
#pragma omp simd
        for (size_t c = 0; c < C; c++) {
            float gradient = dy[c];
            sum[c] += index[c] >= 0 ? gradient : 0.0f;
        }
    }
    b->kernels->add(C, group->dbias, sum);
}

/* dkernel[k,e,c] += sum over t of x[t*stride + k,e] * dz[t,c], steps of z from `first` on. */
static void add_kernel_gradient(const struct backward *b, struct conv_group *group, int n, int first)
{
    enum { STEPS_AT_ONCE = 64 }; /* of both factors: they stay in the first cache */
    const struct conv_pool *op = &b->op->forward;
    const size_t width = padded((size_t)op->C), apart = (size_t)op->stride * (size_t)op->E;
    const int end = conv_pool_steps(op) * op->P;
    conv_extend_row(&b->memory, op, n, first, group);
    for (int t = first; t < end; t += STEPS_AT_ONCE)
        b->kernels->add_outer(&(struct outer){.M = op->K * op->E,
                                              .count = end - t < STEPS_AT_ONCE ? end - t : STEPS_AT_ONCE,
                                              .columns = (size_t)op->C,
                                              .a_stride = apart,
                                              .b_stride = width,
                                              .c_stride = width,
                                              .a = group->x + (size_t)t * apart,
                                              .b = group->dz + (size_t)t * width,
                                              .c = group->dkernel});
}

/* Adds to dx, extended, what the steps of z from `first` on give back: a product whose rows add up where they overlap. */
static void add_products(const struct backward *b, struct conv_group *group, int first)
{
    enum { ROWS_AT_ONCE = 96 };
    const struct conv_pool *op = &b->op->forward;
    const size_t width = padded((size_t)op->C), apart = (size_t)op->stride * (size_t)op->E;
    const int end = conv_pool_steps(op) * op->P;
    struct product_row row[ROWS_AT_ONCE];
    for (int t = first; t < end;) {
        int count = 0;
        for (; count < ROWS_AT_ONCE && t < end; count++, t++) {
            float *dx = group->dx + (size_t)t * apart;
            row[count] = (struct product_row){.a = group->dz + (size_t)t * width, .init = dx, .c = dx};
        }
        b->kernels->product(&b->memory.kernel, count, row);
    }
}

/* dx of row n; steps that no step of z from `first` on reads are zero. */
static void input_gradient(const struct backward *b, struct conv_group *group, int n, int first)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t N = (size_t)op->N, E = (size_t)op->E;
    const int begin = first < conv_pool_steps(op) * op->P ? first * op->stride : b->memory.span;
    memset(group->dx + (size_t)begin * E, 0, (size_t)(b->memory.span - begin) * E * sizeof(float));
    add_products(b, group, first);
    for (int t = 0; t < op->T; t++) {
        float *to = b->op->dx + ((size_t)t * N + (size_t)n) * E;
        const int from = t + b->memory.left;
        if (t + STEPS_AHEAD < op->T)
            prefetch_floats(to + STEPS_AHEAD * N * E, E);
        if (from < begin || from >= b->memory.span)
            memset(to, 0, E * sizeof(float));
        else
            memcpy(to, group->dx + (size_t)from * E, E * sizeof(float));
    }
}

static void run_group(const struct backward *b, int g)
{
    const struct conv_pool *op = &b->op->forward;
    const size_t E = (size_t)op->E, C = (size_t)op->C, K = (size_t)op->K;
    struct conv_group group = b->memory.groups[g];
    memset(group.dkernel, 0, K * E * padded(C) * sizeof(float));
    memset(group.dbias, 0, C * sizeof(float));
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
    b.kernels->pack(&b.memory.kernel, op->forward.kernel, C, true);
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
                               b.memory.groups[g].dkernel + (size_t)row * padded(C));
        denormals_restore(mode);
    }
}
