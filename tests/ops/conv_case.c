#include "ops/conv_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float draw(struct rng *rng, enum conv_numbers numbers)
{
    if (numbers == CONV_EXACT)
        return ((float)rng_below(rng, 7) - 3.0f) / 4.0f;
    return (float)(2.0 * rng_uniform(rng) - 1.0);
}

static float *draw_many(struct rng *rng, enum conv_numbers numbers, size_t count)
{
    float *values = allocate(count, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = draw(rng, numbers);
    return values;
}

/* Row 0 has no pads, row 1 nothing else, the others any number of them. */
static void draw_rows(struct conv_case *conv_case, struct rng *rng, enum conv_numbers numbers)
{
    const size_t T = (size_t)conv_case->dims.T, N = (size_t)conv_case->dims.N, E = (size_t)conv_case->dims.E;
    float *shared = draw_many(rng, numbers, T * E);
    conv_case->x = draw_many(rng, numbers, conv_case->x_count);
    for (size_t n = 0; n < N; n++) {
        conv_case->pads[n] = n == 0 ? 0 : n == 1 ? (int32_t)T : (int32_t)rng_below(rng, (uint32_t)T + 1);
        for (size_t t = 0; t < (size_t)conv_case->pads[n]; t++)
            memcpy(conv_case->x + (t * N + n) * E, shared + t * E, E * sizeof(float));
    }
    free(shared);
}

/* Some rows without a gradient at first, as an LSTM leaves them where rows share pads; one without any. */
static void clear_leading(struct conv_case *conv_case)
{
    const size_t N = (size_t)conv_case->dims.N, C = (size_t)conv_case->dims.C;
    for (size_t n = 2; n < N; n += 2)
        for (size_t s = 0; s < (size_t)(n == 4 ? conv_case->S : conv_case->y_pads[n]); s++)
            memset(conv_case->dy + (s * N + n) * C, 0, C * sizeof(float));
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = (double)values[k];
    return wide;
}

static int stride_of(const struct conv_dims *dims)
{
    return dims->stride > 0 ? dims->stride : 1;
}

static struct reference_conv_pool reference_of(const struct conv_dims *dims)
{
    return (struct reference_conv_pool){.T = dims->T,
                                        .N = dims->N,
                                        .E = dims->E,
                                        .C = dims->C,
                                        .K = dims->K,
                                        .P = dims->P,
                                        .stride = stride_of(dims),
                                        .same = dims->same,
                                        .relu = dims->relu};
}

int conv_dims_steps(struct conv_dims dims)
{
    const struct reference_conv_pool op = reference_of(&dims);
    return reference_conv_pool_steps(&op);
}

static void run_reference(struct conv_case *conv_case)
{
    const struct conv_dims *dims = &conv_case->dims;
    size_t kernel = conv_case->kernel_count;
    double *x = widen(conv_case->x, conv_case->x_count);
    double *weights = widen(conv_case->weights, kernel + (size_t)dims->C);
    struct reference_conv_pool op = reference_of(dims);
    op.x = x;
    op.kernel = weights;
    op.bias = weights + kernel;
    op.y = conv_case->y;
    reference_conv_pool(&op);
    for (int n = 0; n < dims->N; n++)
        conv_case->y_pads[n] = reference_conv_pool_pads(&op, conv_case->pads[n]);
    clear_leading(conv_case);
    double *dy = widen(conv_case->dy, conv_case->y_count);
    reference_conv_pool_backward(
        &(struct reference_conv_pool_backward){.forward = op,
                                               .dy = dy,
                                               .dx = conv_case->dx,
                                               .dkernel = conv_case->gradients,
                                               .dbias = conv_case->gradients + kernel});
    free(x);
    free(weights);
    free(dy);
}

void conv_case_open(struct conv_case *conv_case, struct conv_dims dims, enum conv_numbers numbers)
{
    struct rng rng =
        rng_open(71, RNG_SAMPLE, (uint32_t)(dims.T * 1000 + dims.N * 100 + dims.K * 10 + dims.P));
    size_t N = (size_t)dims.N, C = (size_t)dims.C, E = (size_t)dims.E;
    *conv_case = (struct conv_case){.dims = dims,
                                    .S = conv_dims_steps(dims),
                                    .x_count = (size_t)dims.T * N * E,
                                    .kernel_count = (size_t)dims.K * E * C};
    snprintf(conv_case->name, sizeof conv_case->name, "T=%d N=%d E=%d C=%d K=%d P=%d stride=%d%s%s", dims.T,
             dims.N, dims.E, dims.C, dims.K, dims.P, stride_of(&dims), dims.same ? " same" : "",
             dims.relu ? " relu" : "");
    conv_case->y_count = (size_t)conv_case->S * N * C;
    conv_case->pads = allocate(N, sizeof(int32_t));
    conv_case->none = allocate(N, sizeof(int32_t));
    conv_case->y_pads = allocate(N, sizeof(int32_t));
    draw_rows(conv_case, &rng, numbers);
    conv_case->weights = draw_many(&rng, numbers, conv_case->kernel_count + C);
    conv_case->before = draw_many(&rng, numbers, conv_case->kernel_count + C);
    conv_case->dy = draw_many(&rng, numbers, conv_case->y_count);
    conv_case->y = allocate(conv_case->y_count, sizeof(double));
    conv_case->dx = allocate(conv_case->x_count, sizeof(double));
    conv_case->gradients = allocate(conv_case->kernel_count + C, sizeof(double));
    run_reference(conv_case);
}

void conv_case_close(struct conv_case *conv_case)
{
    free(conv_case->pads);
    free(conv_case->none);
    free(conv_case->x);
    free(conv_case->weights);
    free(conv_case->dy);
    free(conv_case->before);
    free(conv_case->y_pads);
    free(conv_case->y);
    free(conv_case->dx);
    free(conv_case->gradients);
}

static struct conv_pool place(const struct conv_case *conv_case, struct guarded *memory, bool pads_known)
{
    const struct conv_dims *dims = &conv_case->dims;
    size_t rows = (size_t)dims->N * sizeof(int32_t), kernel = conv_case->kernel_count;
    struct conv_pool op = {.T = dims->T,
                           .N = dims->N,
                           .E = dims->E,
                           .C = dims->C,
                           .K = dims->K,
                           .P = dims->P,
                           .stride = stride_of(dims),
                           .same = dims->same,
                           .relu = dims->relu};
    struct op_sizes sizes = memory->backend->memory->conv_pool_sizes(memory->backend, &op);
    op.pads = guarded_input(memory, "pads", pads_known ? conv_case->pads : conv_case->none, rows);
    op.x = guarded_input(memory, "x", conv_case->x, conv_case->x_count * sizeof(float));
    op.kernel = guarded_input(memory, "kernel", conv_case->weights, kernel * sizeof(float));
    op.bias = guarded_input(memory, "bias", conv_case->weights + kernel, (size_t)dims->C * sizeof(float));
    op.y_pads = guarded_output(memory, "y_pads", rows);
    op.saved = guarded_output(memory, "saved", sizes.saved_bytes);
    op.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    return op;
}

static float *fetch(struct backend *backend, const void *from, size_t count)
{
    float *host = allocate(count, sizeof *host);
    backend->memory->download(backend, host, from, count * sizeof *host);
    return host;
}

void conv_case_run(const struct conv_case *conv_case, struct backend *backend, bool pads_known,
                   struct conv_result *result)
{
    size_t y_bytes = conv_case->y_count * sizeof(float),
           kernel_bytes = conv_case->kernel_count * sizeof(float);
    size_t N = (size_t)conv_case->dims.N, C = (size_t)conv_case->dims.C, kernel = conv_case->kernel_count;
    struct guarded memory = guarded_open(backend);
    struct conv_pool op = place(conv_case, &memory, pads_known), inference = op;
    op.y = guarded_output(&memory, "y", y_bytes);
    inference.y = guarded_output(&memory, "y of inference", y_bytes);
    inference.saved = NULL;
    inference.scratch = guarded_output(&memory, "scratch of inference",
                                       backend->memory->conv_pool_sizes(backend, &op).inference_bytes);
    struct conv_pool_backward backward = {.forward = op};
    backward.dy = guarded_input(&memory, "dy", conv_case->dy, y_bytes);
    backward.dx = guarded_output(&memory, "dx", conv_case->x_count * sizeof(float));
    backward.dkernel = guarded_inout(&memory, "dkernel", conv_case->before, kernel_bytes);
    backward.dbias = guarded_inout(&memory, "dbias", conv_case->before + kernel, C * sizeof(float));
    backend->ops->conv_pool(backend, &inference);
    backend->ops->conv_pool(backend, &op);
    backend->ops->conv_pool_backward(backend, &backward);
    *result = (struct conv_result){.y = fetch(backend, op.y, conv_case->y_count),
                                   .y_inference = fetch(backend, inference.y, conv_case->y_count),
                                   .dx = fetch(backend, backward.dx, conv_case->x_count),
                                   .gradients = allocate(kernel + C, sizeof(float)),
                                   .y_pads = allocate(N, sizeof(int32_t))};
    backend->memory->download(backend, result->gradients, backward.dkernel, kernel_bytes);
    backend->memory->download(backend, result->gradients + kernel, backward.dbias, C * sizeof(float));
    backend->memory->download(backend, result->y_pads, op.y_pads, N * sizeof(int32_t));
    guarded_close(&memory);
}

void conv_result_close(struct conv_result *result)
{
    free(result->y);
    free(result->y_inference);
    free(result->dx);
    free(result->gradients);
    free(result->y_pads);
}

/* Of a gradient tensor: relative to its largest element, and to each. */
static void check_gradient(const struct conv_case *conv_case, const char *tensor, const float *values,
                           const double *expected, size_t count)
{
    char what[128];
    struct tolerance tolerance = of_largest(1e-5, expected, count);
    tolerance.relative = 1e-5;
    snprintf(what, sizeof what, "%s of %s", tensor, conv_case->name);
    expect_close(what, values, expected, count, tolerance);
}

void conv_case_check(const struct conv_case *conv_case, bool pads_known, const struct conv_result *result)
{
    size_t N = (size_t)conv_case->dims.N, C = (size_t)conv_case->dims.C, kernel = conv_case->kernel_count;
    expect_close(conv_case->name, result->y, conv_case->y, conv_case->y_count,
                 (struct tolerance){.absolute = 1e-5, .relative = 1e-5});
    expect_equal_bits("y of inference", result->y_inference, result->y, conv_case->y_count * sizeof(float));
    if (pads_known)
        expect_equal_bits(conv_case->name, result->y_pads, conv_case->y_pads, N * sizeof(int32_t));
    check_gradient(conv_case, "dx", result->dx, conv_case->dx, conv_case->x_count);
    double *gradients = allocate(kernel + C, sizeof *gradients);
    for (size_t k = 0; k < kernel + C; k++)
        gradients[k] = conv_case->gradients[k] + (double)conv_case->before[k];
    check_gradient(conv_case, "dkernel", result->gradients, gradients, kernel);
    check_gradient(conv_case, "dbias", result->gradients + kernel, gradients + kernel, C);
    free(gradients);
}

void conv_case_expect_same(const struct conv_case *conv_case, const struct conv_result *result,
                           const struct conv_result *expected)
{
    size_t weights = conv_case->kernel_count + (size_t)conv_case->dims.C;
    expect_equal_bits("y", result->y, expected->y, conv_case->y_count * sizeof(float));
    expect_equal_bits("dx", result->dx, expected->dx, conv_case->x_count * sizeof(float));
    expect_equal_bits("gradients", result->gradients, expected->gradients, weights * sizeof(float));
}
