#include "ops/global_pool_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int32_t *draw_tokens(struct rng *rng, size_t N, size_t T)
{
    int32_t *tokens = allocate(N * T, sizeof *tokens);
    for (size_t n = 1; n < N; n++)
        for (size_t t = 0; t < T; t++)
            tokens[n * T + t] = (int32_t)(n == 1 ? 1 + rng_below(rng, 3) : rng_below(rng, 3));
    return tokens;
}

static void run_reference(struct global_pool_case *pool_case)
{
    double *x = allocate(pool_case->x_count, sizeof *x), *dy = allocate(pool_case->y_count, sizeof *dy);
    for (size_t k = 0; k < pool_case->x_count; k++)
        x[k] = (double)pool_case->x[k];
    for (size_t k = 0; k < pool_case->y_count; k++)
        dy[k] = (double)pool_case->dy[k];
    struct reference_global_pool op = {.T = pool_case->dims.T,
                                       .N = pool_case->dims.N,
                                       .F = pool_case->dims.F,
                                       .average = pool_case->dims.average,
                                       .tokens = pool_case->tokens,
                                       .x = x,
                                       .y = pool_case->y};
    reference_global_pool(&op);
    reference_global_pool_backward(
        &(struct reference_global_pool_backward){.forward = op, .dy = dy, .dx = pool_case->dx});
    free(x);
    free(dy);
}

void global_pool_case_open(struct global_pool_case *pool_case, int T, int N, int F,
                           enum global_pool_kind kind)
{
    struct rng rng = rng_open(75, RNG_SAMPLE, (uint32_t)(T * 1000 + N * 100 + F * 10 + (int)kind));
    *pool_case = (struct global_pool_case){.dims = {.T = T, .N = N, .F = F, .average = kind != GLOBAL_MAX},
                                           .x_count = (size_t)T * (size_t)N * (size_t)F,
                                           .y_count = (size_t)N * (size_t)F};
    if (kind == GLOBAL_MASKED_AVERAGE)
        pool_case->tokens = draw_tokens(&rng, (size_t)N, (size_t)T);
    pool_case->x = allocate(pool_case->x_count, sizeof(float));
    pool_case->dy = allocate(pool_case->y_count, sizeof(float));
    pool_case->y = allocate(pool_case->y_count, sizeof(double));
    pool_case->dx = allocate(pool_case->x_count, sizeof(double));
    for (size_t k = 0; k < pool_case->x_count; k++)
        pool_case->x[k] =
            kind == GLOBAL_MAX ? (float)rng_below(&rng, 5) - 6.0f : (float)(2.0 * rng_uniform(&rng) - 1.0);
    for (size_t k = 0; k < pool_case->y_count; k++)
        pool_case->dy[k] = (float)(rng_uniform(&rng) - 0.5);
    run_reference(pool_case);
}

void global_pool_case_close(struct global_pool_case *pool_case)
{
    free(pool_case->tokens);
    free(pool_case->x);
    free(pool_case->dy);
    free(pool_case->y);
    free(pool_case->dx);
}

void global_pool_case_run(const struct global_pool_case *pool_case, struct backend *backend,
                          struct global_pool_result *result)
{
    size_t x_bytes = pool_case->x_count * sizeof(float), y_bytes = pool_case->y_count * sizeof(float);
    struct guarded memory = guarded_open(backend);
    struct global_pool op = pool_case->dims;
    size_t saved_bytes = backend->memory->global_pool_sizes(backend, &op).saved_bytes;
    if (pool_case->tokens)
        op.tokens = guarded_input(&memory, "tokens", pool_case->tokens,
                                  (size_t)op.N * (size_t)op.T * sizeof(int32_t));
    op.x = guarded_input(&memory, "x", pool_case->x, x_bytes);
    op.saved = guarded_output(&memory, "saved", saved_bytes);
    op.y = guarded_output(&memory, "y", y_bytes);
    struct global_pool inference = op;
    inference.y = guarded_output(&memory, "y of inference", y_bytes);
    inference.saved = NULL;
    struct global_pool_backward backward = {.forward = op};
    backward.dy = guarded_input(&memory, "dy", pool_case->dy, y_bytes);
    backward.dx = guarded_output(&memory, "dx", x_bytes);
    result->y = allocate(pool_case->y_count, sizeof(float));
    result->y_inference = allocate(pool_case->y_count, sizeof(float));
    result->dx = allocate(pool_case->x_count, sizeof(float));
    backend->ops->global_pool(backend, &inference);
    backend->ops->global_pool(backend, &op);
    backend->memory->download(backend, result->y, op.y, y_bytes);
    backend->ops->clear(backend, op.y, y_bytes);
    backend->ops->global_pool_backward(backend, &backward);
    backend->memory->download(backend, result->y_inference, inference.y, y_bytes);
    backend->memory->download(backend, result->dx, backward.dx, x_bytes);
    guarded_close(&memory);
}

void global_pool_result_close(struct global_pool_result *result)
{
    free(result->y);
    free(result->y_inference);
    free(result->dx);
}

void global_pool_case_check(const struct global_pool_case *pool_case, const struct global_pool_result *result)
{
    const struct tolerance of_mean = {.absolute = 1e-6, .relative = 1e-5};
    expect_close("y", result->y, pool_case->y, pool_case->y_count,
                 pool_case->dims.average ? of_mean : (struct tolerance){0});
    expect_equal_bits("y of inference", result->y_inference, result->y, pool_case->y_count * sizeof(float));
    expect_close("dx", result->dx, pool_case->dx, pool_case->x_count, (struct tolerance){.relative = 1e-6});
}

static void check_nan_at(struct backend *backend, enum global_pool_kind kind, int t, int f)
{
    enum { T = 9, N = 3, F = 19, n = 2 };
    struct global_pool_case pool_case;
    struct global_pool_result with, without;
    global_pool_case_open(&pool_case, T, N, F, kind);
    global_pool_case_run(&pool_case, backend, &without);
    const int of_y = n * F + f, of_x = t * N * F + of_y;
    const bool hidden = pool_case.tokens && pool_case.tokens[n * T + t] == 0;
    fill_nan(pool_case.x + of_x, 1);
    global_pool_case_run(&pool_case, backend, &with);
    if (!hidden) {
        assert_true(isnan(with.y[of_y]) && isnan(with.y_inference[of_y]));
        with.y[of_y] = without.y[of_y];
    }
    expect_equal_bits("the other elements of y", with.y, without.y, pool_case.y_count * sizeof(float));
    for (int k = 0; k < T * N * F; k++)
        if (k % (N * F) != of_y)
            assert_true(with.dx[k] == without.dx[k]);
    global_pool_result_close(&with);
    global_pool_result_close(&without);
    global_pool_case_close(&pool_case);
}

void global_pool_case_check_nan(struct backend *backend, enum global_pool_kind kind)
{
    for (int t = 0; t < 9; t++)
        for (int f = 0; f < 19; f += 6) /* of a strip of 16, and of the rest */
            check_nan_at(backend, kind, t, f);
}

void global_pool_case_check_long(struct backend *backend)
{
    enum { T = 100000, N = 1, F = 2 };
    struct global_pool_case pool_case;
    struct global_pool_result result;
    global_pool_case_open(&pool_case, T, N, F, GLOBAL_AVERAGE);
    for (int k = 0; k < T * F; k++)
        pool_case.x[k] = k % F == 0 ? 0.1f : 1000.1f;
    run_reference(&pool_case);
    global_pool_case_run(&pool_case, backend, &result);
    global_pool_case_check(&pool_case, &result);
    global_pool_result_close(&result);
    global_pool_case_close(&pool_case);
}
