#include "ops/pool_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

void pool_case_open(struct pool_case *pool_case, int T, int N, int F, int P)
{
    struct rng rng = rng_open(74, RNG_SAMPLE, (uint32_t)(T * 1000 + N * 100 + F * 10 + P));
    *pool_case = (struct pool_case){.dims = {.T = T, .N = N, .F = F, .P = P},
                                    .x_count = (size_t)T * (size_t)N * (size_t)F,
                                    .y_count = (size_t)(T / P) * (size_t)N * (size_t)F};
    double *x = allocate(pool_case->x_count, sizeof *x), *dy = allocate(pool_case->y_count, sizeof *dy);
    pool_case->pads = allocate((size_t)N, sizeof(int32_t));
    pool_case->x = allocate(pool_case->x_count, sizeof(float));
    pool_case->dy = allocate(pool_case->y_count, sizeof(float));
    pool_case->y = allocate(pool_case->y_count, sizeof(double));
    pool_case->dx = allocate(pool_case->x_count, sizeof(double));
    for (size_t n = 0; n < (size_t)N; n++)
        pool_case->pads[n] = (int32_t)rng_below(&rng, (uint32_t)T + 1);
    for (size_t k = 0; k < pool_case->x_count; k++)
        x[k] = (double)(pool_case->x[k] = (float)rng_below(&rng, 5) - 3.0f);
    for (size_t k = 0; k < pool_case->y_count; k++)
        dy[k] = (double)(pool_case->dy[k] = (float)(rng_uniform(&rng) - 0.5));
    struct reference_max_pool op = {.T = T, .N = N, .F = F, .P = P, .x = x, .y = pool_case->y};
    reference_max_pool(&op);
    reference_max_pool_backward(
        &(struct reference_max_pool_backward){.forward = op, .dy = dy, .dx = pool_case->dx});
    free(x);
    free(dy);
}

void pool_case_close(struct pool_case *pool_case)
{
    free(pool_case->pads);
    free(pool_case->x);
    free(pool_case->dy);
    free(pool_case->y);
    free(pool_case->dx);
}

void pool_case_run(const struct pool_case *pool_case, struct backend *backend, struct pool_result *result)
{
    size_t x_bytes = pool_case->x_count * sizeof(float), y_bytes = pool_case->y_count * sizeof(float);
    size_t rows = (size_t)pool_case->dims.N * sizeof(int32_t);
    struct guarded memory = guarded_open(backend);
    struct max_pool op = pool_case->dims;
    size_t saved_bytes = backend->memory->max_pool_sizes(backend, &op).saved_bytes;
    op.pads = guarded_input(&memory, "pads", pool_case->pads, rows);
    op.x = guarded_input(&memory, "x", pool_case->x, x_bytes);
    op.y_pads = guarded_output(&memory, "y_pads", rows);
    op.saved = guarded_output(&memory, "saved", saved_bytes);
    op.y = guarded_output(&memory, "y", y_bytes);
    struct max_pool inference = op;
    inference.y = guarded_output(&memory, "y of inference", y_bytes);
    inference.saved = NULL;
    struct max_pool_backward backward = {.forward = op};
    backward.dy = guarded_input(&memory, "dy", pool_case->dy, y_bytes);
    backward.dx = guarded_output(&memory, "dx", x_bytes);
    backend->ops->max_pool(backend, &inference);
    backend->ops->max_pool(backend, &op);
    backend->ops->max_pool_backward(backend, &backward);
    result->y = allocate(pool_case->y_count, sizeof(float));
    result->y_inference = allocate(pool_case->y_count, sizeof(float));
    result->dx = allocate(pool_case->x_count, sizeof(float));
    result->y_pads = allocate((size_t)op.N, sizeof(int32_t));
    backend->memory->download(backend, result->y, op.y, y_bytes);
    backend->memory->download(backend, result->y_inference, inference.y, y_bytes);
    backend->memory->download(backend, result->dx, backward.dx, x_bytes);
    backend->memory->download(backend, result->y_pads, op.y_pads, rows);
    guarded_close(&memory);
}

void pool_result_close(struct pool_result *result)
{
    free(result->y);
    free(result->y_inference);
    free(result->dx);
    free(result->y_pads);
}

void pool_case_check(const struct pool_case *pool_case, const struct pool_result *result)
{
    expect_close("y", result->y, pool_case->y, pool_case->y_count, (struct tolerance){0});
    expect_equal_bits("y of inference", result->y_inference, result->y, pool_case->y_count * sizeof(float));
    expect_close("dx", result->dx, pool_case->dx, pool_case->x_count, (struct tolerance){0});
    for (int n = 0; n < pool_case->dims.N; n++)
        assert_int_equal(result->y_pads[n], pool_case->pads[n] / pool_case->dims.P);
}

void pool_case_check_nan(struct backend *backend)
{
    enum { T = 9, N = 3, F = 19, P = 3, ROW = N * F };
    static const int features[] = {0, 16, 18}; /* of a strip of 16, and of the rest */
    for (int p = 0; p < P; p++)
        for (int i = 0; i < 3; i++) {
            struct pool_case pool_case;
            struct pool_result with, without;
            pool_case_open(&pool_case, T, N, F, P);
            pool_case_run(&pool_case, backend, &without);
            size_t of_y = 1 * ROW + 2 * F + (size_t)features[i], of_x = of_y + (size_t)(P - 1 + p) * ROW;
            pool_case.x[of_x] = NAN;
            pool_case_run(&pool_case, backend, &with);
            assert_true(isnan(with.y[of_y]) && isnan(with.y_inference[of_y]));
            assert_true(with.dx[of_x] == pool_case.dy[of_y]);
            for (int other = 0; other < P; other++)
                if (other != p)
                    assert_true(with.dx[of_y + (size_t)(P - 1 + other) * ROW] == 0.0f);
            with.y[of_y] = without.y[of_y];
            expect_equal_bits("the other elements of y", with.y, without.y,
                              pool_case.y_count * sizeof(float));
            pool_result_close(&with);
            pool_result_close(&without);
            pool_case_close(&pool_case);
        }
}

/* Rows are equal as far as both have pads, and words lie above pads. So rows of y must be equal before the lesser of
 * their y_pads; and no y_pads could be greater: the step that it names has a word in its pool. */
void pool_case_check_pads(struct backend *backend, int T, int N, int F, int P)
{
    struct pool_case pool_case;
    struct pool_result result;
    pool_case_open(&pool_case, T, N, F, P);
    const size_t row = (size_t)F;
    for (int t = 0; t < T; t++)
        for (int n = 0; n < N; n++)
            for (int f = 0; f < F; f++)
                pool_case.x[((size_t)t * (size_t)N + (size_t)n) * row + (size_t)f] =
                    t < pool_case.pads[n] ? -1.0f - (float)((t * 7 + f * 3) % 11) : (float)(n + 1);
    pool_case_run(&pool_case, backend, &result);
    for (int n = 0; n < N; n++)
        for (int m = 0; m < N; m++)
            for (int s = 0; s < T / P && s < result.y_pads[n] && s < result.y_pads[m]; s++)
                expect_equal_bits("y of pads", result.y + ((size_t)s * (size_t)N + (size_t)n) * row,
                                  result.y + ((size_t)s * (size_t)N + (size_t)m) * row, row * sizeof(float));
    for (int n = 0; n < N; n++) {
        int end = result.y_pads[n];
        assert_true(0 <= end && end <= T / P);
        if (end < T / P)
            assert_true(result.y[((size_t)end * (size_t)N + (size_t)n) * row] == (float)(n + 1));
    }
    pool_result_close(&result);
    pool_case_close(&pool_case);
}
