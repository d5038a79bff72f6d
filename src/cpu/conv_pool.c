/* The forward pass of conv_pool. What the rows share is computed once, on the row with the most pads, and copied. */
#include "conv_memory.h"
#include "denormals.h"

#include <string.h>

struct forward {
    const struct cpu_kernels *kernels;
    const struct conv_pool *op;
    struct conv_memory memory;
    int longest; /* the first row with the most pads */
};

/* Steps of y that a row with `pads` leading pads shares with every row that has as many or more.
 *
 * Step t of z reads K steps of x from t*stride - left on, as far as they are within 0 .. T-1; what lies outside is zero
 * in every row. It is shared iff the last step that it does read is a pad: t*stride - left + K - 1 < pads, or
 * pads = T, when there is nothing but pads to read. (It does read one: none of its steps begins after T-1 or ends
 * before 0. With pads < T a step that reaches beyond T-1 reads T-1, which is no pad.) As the last step read grows with
 * t, the shared steps are the first ones; a step of y is shared iff its P steps of z are. */
static int shared_steps(const struct conv_pool *op, const struct conv_memory *memory, int pads)
{
    const int beyond = pads - (op->K - 1 - memory->left); /* > 0: step 0 of z is shared */
    if (pads >= op->T)
        return memory->steps / op->P;
    return beyond > 0 ? ((beyond - 1) / op->stride + 1) / op->P : 0;
}

static void prepare(struct forward *f)
{
    const struct conv_pool *op = f->op;
    struct conv_memory *memory = &f->memory;
    const size_t C = (size_t)op->C;
    for (int n = 0; n < op->N; n++) {
        op->y_pads[n] = shared_steps(op, memory, op->pads[n]);
        if (op->pads[n] > op->pads[f->longest])
            f->longest = n;
    }
    f->kernels->pack(&memory->kernel, op->kernel, C, false);
    memset(memory->bias, 0, padded(C) * sizeof(float));
    memcpy(memory->bias, op->bias, C * sizeof(float));
}

/* Steps [begin, S) of y of row n. */
static void compute_row(struct forward *f, struct conv_group *group, int n, int begin)
{
    const struct conv_pool *op = f->op;
    const size_t N = (size_t)op->N, C = (size_t)op->C, P = (size_t)op->P, width = padded(C);
    const size_t apart = (size_t)op->stride * (size_t)op->E;
    const int S = conv_pool_steps(op), first = begin * op->P;
    conv_extend_row(&f->memory, op, n, first, group);
    product_of_rows(f->kernels, &f->memory.kernel, S * op->P - first, group->x + (size_t)first * apart, apart,
                    f->memory.bias, group->z + (size_t)first * width, width);
    for (int s = begin; s < S; s++) {
        size_t at = ((size_t)s * N + (size_t)n) * C;
        float *y = op->y + at;
        int32_t *index = f->memory.index ? f->memory.index + at : group->index;
        if (s + STEPS_AHEAD < S) {
            prefetch_floats(y + STEPS_AHEAD * N * C, C);
            if (f->memory.index)
                prefetch_floats((const float *)index + STEPS_AHEAD * N * C, C);
        }
        f->kernels->pool(C, op->P, op->relu, group->z + (size_t)s * P * width, width, y, index);
    }
}

/* Steps [0, end) of y of row n from the longest row. */
static void copy_shared(const struct forward *f, int n, int end)
{
    const size_t N = (size_t)f->op->N, C = (size_t)f->op->C;
    for (int s = 0; s < end; s++) {
        size_t from = ((size_t)s * N + (size_t)f->longest) * C, to = ((size_t)s * N + (size_t)n) * C;
        memcpy(f->op->y + to, f->op->y + from, C * sizeof(float));
        if (f->memory.index)
            memcpy(f->memory.index + to, f->memory.index + from, C * sizeof *f->memory.index);
    }
}

void cpu_conv_pool(struct backend *backend, const struct conv_pool *op)
{
    struct forward f = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    conv_memory_divide(&f.memory, op, false);
    prepare(&f);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp single
        compute_row(&f, &f.memory.groups[0], f.longest, 0);
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < ROW_GROUPS; g++)
            for (int n = row_group_begin(op->N, g); n < row_group_begin(op->N, g + 1); n++)
                if (n != f.longest) {
                    copy_shared(&f, n, op->y_pads[n]);
                    compute_row(&f, &f.memory.groups[g], n, op->y_pads[n]);
                }
        denormals_restore(mode);
    }
}
