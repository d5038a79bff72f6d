/* The CPU backend's maximum over steps, forward and backward: exact. */
#include "backends.h"
#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct problem {
    struct max_pool dims;
    size_t x_count, y_count;
    int32_t *pads;
    float *x, *dy;
    double *y, *dx; /* by the reference */
};

/* Few values, so that equal maxima are frequent. */
static void problem_open(struct problem *problem, int T, int N, int F, int P)
{
    struct rng rng = rng_open(74, RNG_SAMPLE, (uint32_t)(T * 1000 + N * 100 + F * 10 + P));
    *problem = (struct problem){.dims = {.T = T, .N = N, .F = F, .P = P},
                                .x_count = (size_t)T * (size_t)N * (size_t)F,
                                .y_count = (size_t)(T / P) * (size_t)N * (size_t)F};
    double *x = allocate(problem->x_count, sizeof *x), *dy = allocate(problem->y_count, sizeof *dy);
    problem->pads = allocate((size_t)N, sizeof(int32_t));
    problem->x = allocate(problem->x_count, sizeof(float));
    problem->dy = allocate(problem->y_count, sizeof(float));
    problem->y = allocate(problem->y_count, sizeof(double));
    problem->dx = allocate(problem->x_count, sizeof(double));
    for (size_t n = 0; n < (size_t)N; n++)
        problem->pads[n] = (int32_t)rng_below(&rng, (uint32_t)T + 1);
    for (size_t k = 0; k < problem->x_count; k++)
        x[k] = (double)(problem->x[k] = (float)rng_below(&rng, 5) - 3.0f);
    for (size_t k = 0; k < problem->y_count; k++)
        dy[k] = (double)(problem->dy[k] = (float)(rng_uniform(&rng) - 0.5));
    struct reference_max_pool op = {.T = T, .N = N, .F = F, .P = P, .x = x, .y = problem->y};
    reference_max_pool(&op);
    reference_max_pool_backward(
        &(struct reference_max_pool_backward){.forward = op, .dy = dy, .dx = problem->dx});
    free(x);
    free(dy);
}

static void problem_close(struct problem *problem)
{
    free(problem->pads);
    free(problem->x);
    free(problem->dy);
    free(problem->y);
    free(problem->dx);
}

struct result {
    float *y, *y_inference, *dx;
    int32_t *y_pads;
};

static void run(const struct problem *problem, struct backend *backend, struct result *result)
{
    size_t x_bytes = problem->x_count * sizeof(float), y_bytes = problem->y_count * sizeof(float);
    size_t rows = (size_t)problem->dims.N * sizeof(int32_t);
    struct guarded memory = guarded_open(backend);
    struct max_pool op = problem->dims;
    size_t saved_bytes = backend->memory->max_pool_sizes(backend, &op).saved_bytes;
    op.pads = guarded_input(&memory, "pads", problem->pads, rows);
    op.x = guarded_input(&memory, "x", problem->x, x_bytes);
    op.y_pads = guarded_output(&memory, "y_pads", rows);
    op.saved = guarded_output(&memory, "saved", saved_bytes);
    op.y = guarded_output(&memory, "y", y_bytes);
    struct max_pool inference = op;
    inference.y = guarded_output(&memory, "y of inference", y_bytes);
    inference.saved = NULL;
    struct max_pool_backward backward = {.forward = op};
    backward.dy = guarded_input(&memory, "dy", problem->dy, y_bytes);
    backward.dx = guarded_output(&memory, "dx", x_bytes);
    backend->ops->max_pool(backend, &inference);
    backend->ops->max_pool(backend, &op);
    backend->ops->max_pool_backward(backend, &backward);
    result->y = allocate(problem->y_count, sizeof(float));
    result->y_inference = allocate(problem->y_count, sizeof(float));
    result->dx = allocate(problem->x_count, sizeof(float));
    result->y_pads = allocate((size_t)op.N, sizeof(int32_t));
    backend->memory->download(backend, result->y, op.y, y_bytes);
    backend->memory->download(backend, result->y_inference, inference.y, y_bytes);
    backend->memory->download(backend, result->dx, backward.dx, x_bytes);
    backend->memory->download(backend, result->y_pads, op.y_pads, rows);
    guarded_close(&memory);
}

static void result_close(struct result *result)
{
    free(result->y);
    free(result->y_inference);
    free(result->dx);
    free(result->y_pads);
}

static void check(int T, int N, int F, int P)
{
    struct problem problem;
    struct result result;
    problem_open(&problem, T, N, F, P);
    for (int i = 0; i < BACKENDS; i++) {
        run(&problem, backends[i], &result);
        expect_close("y", result.y, problem.y, problem.y_count, (struct tolerance){0});
        expect_equal_bits("y of inference", result.y_inference, result.y, problem.y_count * sizeof(float));
        expect_close("dx", result.dx, problem.dx, problem.x_count, (struct tolerance){0});
        for (int n = 0; n < N; n++)
            assert_int_equal(result.y_pads[n], problem.pads[n] / P);
        result_close(&result);
    }
    problem_close(&problem);
}

static void test_shapes(void **state)
{
    (void)state;
    static const int pools[] = {1, 2, 3, 13};
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
        check(13, 1, 1, pools[i]);
        check(13, 9, 7, pools[i]);
        check(13, 64, 33, pools[i]); /* longer than what is pooled at once */
    }
    check(1, 1, 1, 1);
    check(1, 8, 16, 1);
}

/* Any number of threads makes the same bits, -0 and 0 and the choice among equals included. */
static void test_threads(void **state)
{
    (void)state;
    struct problem problem;
    struct result one, other;
    problem_open(&problem, 29, 65, 33, 2);
    for (size_t k = 0; k < problem.x_count; k++)
        problem.x[k] = k % 3 == 0 ? -0.0f : k % 5 == 0 ? 0.0f : problem.x[k] - 2.0f;
    run(&problem, backends[0], &one);
    for (int i = 1; i < BACKENDS; i++) {
        run(&problem, backends[i], &other);
        expect_equal_bits("y", other.y, one.y, problem.y_count * sizeof(float));
        expect_equal_bits("y of inference", other.y_inference, one.y_inference,
                          problem.y_count * sizeof(float));
        expect_equal_bits("dx", other.dx, one.dx, problem.x_count * sizeof(float));
        expect_equal_bits("y_pads", other.y_pads, one.y_pads, (size_t)problem.dims.N * sizeof(int32_t));
        result_close(&other);
    }
    result_close(&one);
    problem_close(&problem);
}

/* A NaN is seen in y, wherever it stands in its pool, and the gradient goes to it; its neighbours are as without it. */
static void test_nan(void **state)
{
    (void)state;
    enum { T = 9, N = 3, F = 19, P = 3, ROW = N * F };
    static const int features[] = {0, 16, 18}; /* of a strip of 16, and of the rest */
    for (int p = 0; p < P; p++)
        for (int i = 0; i < 3; i++) {
            struct problem problem;
            struct result with, without;
            problem_open(&problem, T, N, F, P);
            run(&problem, backends[1], &without);
            size_t of_y = 1 * ROW + 2 * F + (size_t)features[i], of_x = of_y + (size_t)(P - 1 + p) * ROW;
            problem.x[of_x] = NAN;
            run(&problem, backends[1], &with);
            assert_true(isnan(with.y[of_y]) && isnan(with.y_inference[of_y]));
            assert_true(with.dx[of_x] == problem.dy[of_y]);
            for (int other = 0; other < P; other++)
                if (other != p)
                    assert_true(with.dx[of_y + (size_t)(P - 1 + other) * ROW] == 0.0f);
            with.y[of_y] = without.y[of_y];
            expect_equal_bits("the other elements of y", with.y, without.y, problem.y_count * sizeof(float));
            result_close(&with);
            result_close(&without);
            problem_close(&problem);
        }
}

/* Rows are equal as far as both have pads, and words lie above pads. So rows of y must be equal before the lesser of
 * their y_pads; and no y_pads could be greater: the step that it names has a word in its pool. */
static void check_pads(int T, int N, int F, int P)
{
    struct problem problem;
    struct result result;
    problem_open(&problem, T, N, F, P);
    const size_t row = (size_t)F;
    for (int t = 0; t < T; t++)
        for (int n = 0; n < N; n++)
            for (int f = 0; f < F; f++)
                problem.x[((size_t)t * (size_t)N + (size_t)n) * row + (size_t)f] =
                    t < problem.pads[n] ? -1.0f - (float)((t * 7 + f * 3) % 11) : (float)(n + 1);
    run(&problem, backends[1], &result);
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
    result_close(&result);
    problem_close(&problem);
}

static void test_pads_that_rows_of_y_share(void **state)
{
    (void)state;
    for (int P = 1; P <= 13; P++) {
        check_pads(13, 24, 5, P);
        check_pads(26, 9, 1, P);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_pads_that_rows_of_y_share),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
