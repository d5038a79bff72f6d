#include "ops/head_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tolerance agreement = {.absolute = 1e-6, .relative = 1e-5};

static const struct metrics metrics_before = {.loss = 3.5, .correct = 5, .count = 9};

static float uniform(struct rng *rng, double limit)
{
    return (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = values[k];
    return wide;
}

static void run_reference(struct head_case *head)
{
    size_t N = (size_t)head->N, F = (size_t)head->F;
    double *h = widen(head->h, N * F), *kernel = widen(head->kernel, F), *bias = widen(head->bias, 1);
    double *labels = widen(head->labels, N);
    head->gradient = widen(head->before, F + 1);
    reference_dense_bce(&(struct reference_dense_bce){.N = head->N,
                                                      .batch = head->batch,
                                                      .F = head->F,
                                                      .h = h,
                                                      .kernel = kernel,
                                                      .bias = bias,
                                                      .labels = labels,
                                                      .prob = head->prob,
                                                      .dz = head->dz,
                                                      .loss = &head->loss,
                                                      .correct = &head->correct});
    reference_dense_backward(&(struct reference_dense_backward){.N = head->N,
                                                                .F = head->F,
                                                                .h = h,
                                                                .kernel = kernel,
                                                                .dz = head->dz,
                                                                .dh = head->dh,
                                                                .dkernel = head->gradient,
                                                                .dbias = head->gradient + F});
    free(h);
    free(kernel);
    free(bias);
    free(labels);
}

void head_case_open(struct head_case *head, int N, int F, double kernel_limit)
{
    struct rng rng = rng_open(31, RNG_SAMPLE, (uint32_t)(N * 2000 + F));
    size_t rows = (size_t)N, features = (size_t)F;
    *head = (struct head_case){.N = N, .F = F, .batch = N};
    head->h = allocate(rows * features, sizeof(float));
    head->kernel = allocate(features, sizeof(float));
    head->bias = allocate(1, sizeof(float));
    head->labels = allocate(rows, sizeof(float));
    head->before = allocate(features + 1, sizeof(float));
    head->prob = allocate(rows, sizeof(double));
    head->dz = allocate(rows, sizeof(double));
    head->dh = allocate(rows * features, sizeof(double));
    for (size_t k = 0; k < rows * features; k++)
        head->h[k] = uniform(&rng, 1.0);
    for (size_t k = 0; k < features; k++)
        head->kernel[k] = uniform(&rng, kernel_limit);
    for (size_t k = 0; k <= features; k++)
        head->before[k] = uniform(&rng, 0.1);
    for (size_t n = 0; n < rows; n++)
        head->labels[n] = (float)rng_below(&rng, 2);
    head->bias[0] = 0.25f;
    run_reference(head);
}

void head_case_close(struct head_case *head)
{
    float *const floats[] = {head->h, head->kernel, head->bias, head->labels, head->before};
    double *const doubles[] = {head->prob, head->dz, head->dh, head->gradient};
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++)
        free(floats[i]);
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++)
        free(doubles[i]);
}

void head_result_close(struct head_result *result)
{
    free(result->prob);
    free(result->dz);
    free(result->dh);
    free(result->gradient);
}

static float *download(struct backend *backend, const float *from, size_t count)
{
    float *to = allocate(count, sizeof *to);
    backend->memory->download(backend, to, from, count * sizeof *to);
    return to;
}

void head_case_run(const struct head_case *head, struct backend *backend, struct head_result *result)
{
    size_t N = (size_t)head->N, F = (size_t)head->F;
    struct guarded memory = guarded_open(backend);
    struct dense_bce forward = {.N = head->N, .F = head->F, .batch = head->batch};
    forward.h = guarded_input(&memory, "h", head->h, N * F * sizeof(float));
    forward.kernel = guarded_input(&memory, "kernel", head->kernel, F * sizeof(float));
    forward.bias = guarded_input(&memory, "bias", head->bias, sizeof(float));
    forward.labels = guarded_input(&memory, "labels", head->labels, N * sizeof(float));
    forward.prob = guarded_output(&memory, "prob", N * sizeof(float));
    forward.dz = guarded_output(&memory, "dz", N * sizeof(float));
    forward.metrics = guarded_inout(&memory, "metrics", &metrics_before, sizeof metrics_before);
    struct dense_backward backward = {.N = head->N, .F = head->F, .h = forward.h, .kernel = forward.kernel};
    backward.dz = forward.dz;
    backward.dh = guarded_output(&memory, "dh", N * F * sizeof(float));
    backward.dkernel = guarded_inout(&memory, "dkernel", head->before, F * sizeof(float));
    backward.dbias = guarded_inout(&memory, "dbias", head->before + F, sizeof(float));
    backend->ops->dense_bce(backend, &forward);
    backend->ops->dense_backward(backend, &backward);
    *result = (struct head_result){.prob = download(backend, forward.prob, N),
                                   .dz = download(backend, forward.dz, N),
                                   .dh = download(backend, backward.dh, N * F),
                                   .gradient = allocate(F + 1, sizeof(float))};
    backend->memory->download(backend, result->gradient, backward.dkernel, F * sizeof(float));
    backend->memory->download(backend, result->gradient + F, backward.dbias, sizeof(float));
    backend->memory->download(backend, &result->metrics, forward.metrics, sizeof result->metrics);
    guarded_close(&memory);
}

void head_case_check(const struct head_case *head, const struct head_result *result)
{
    size_t N = (size_t)head->N, F = (size_t)head->F;
    expect_close("prob", result->prob, head->prob, N, agreement);
    expect_close("dz", result->dz, head->dz, N, agreement);
    expect_close("dh", result->dh, head->dh, N * F, agreement);
    expect_close("dkernel and dbias", result->gradient, head->gradient, F + 1, agreement);
    expect_close_number("loss", result->metrics.loss - metrics_before.loss, head->loss,
                        (struct tolerance){.absolute = 1e-6 * head->N, .relative = 1e-5});
    assert_int_equal(result->metrics.correct - metrics_before.correct, head->correct);
    assert_int_equal(result->metrics.count - metrics_before.count, head->N);
}

void head_case_expect_same(const struct head_case *head, const struct head_result *result,
                           const struct head_result *expected)
{
    size_t N = (size_t)head->N, F = (size_t)head->F;
    expect_equal_bits("prob", result->prob, expected->prob, N * sizeof(float));
    expect_equal_bits("dz", result->dz, expected->dz, N * sizeof(float));
    expect_equal_bits("dh", result->dh, expected->dh, N * F * sizeof(float));
    expect_equal_bits("dkernel and dbias", result->gradient, expected->gradient, (F + 1) * sizeof(float));
    expect_equal_bits("metrics", &result->metrics, &expected->metrics, sizeof result->metrics);
}

void head_case_check_a_half(struct backend *backend)
{
    struct head_case head;
    struct head_result result;
    head_case_open(&head, 5, 3, 0.3);
    memset(head.kernel, 0, 3 * sizeof(float));
    head.bias[0] = 0.0f;
    int zeros = 0;
    for (int n = 0; n < head.N; n++)
        zeros += head.labels[n] == 0.0f;
    head_case_run(&head, backend, &result);
    assert_int_equal(result.metrics.correct - metrics_before.correct, zeros);
    assert_true(result.prob[0] == 0.5f);
    head_result_close(&result);
    head_case_close(&head);
}

static void check_parts(struct backend *backend, int F)
{
    static const int cuts[] = {40, 39, 17, 16, 8, 0};
    struct head_case head;
    struct head_result whole, of_part;
    struct metrics sums = metrics_before;
    head_case_open(&head, cuts[0], F, 3.0);
    head_case_run(&head, backend, &whole);
    for (size_t i = 1; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct head_case part = head;
        part.N = cuts[i - 1] - cuts[i];
        part.h += cuts[i] * F;
        part.labels += cuts[i];
        head_case_run(&part, backend, &of_part);
        expect_equal_bits("dz of a part", of_part.dz, whole.dz + cuts[i], (size_t)part.N * sizeof(float));
        sums.loss += of_part.metrics.loss - metrics_before.loss;
        sums.correct += of_part.metrics.correct - metrics_before.correct;
        sums.count += of_part.metrics.count - metrics_before.count;
        head_result_close(&of_part);
    }
    expect_equal_bits("metrics", &sums, &whole.metrics, sizeof sums);
    head_result_close(&whole);
    head_case_close(&head);
}

void head_case_check_parts(struct backend *backend)
{
    for (int F = 5; F < 15; F++)
        check_parts(backend, F);
}
