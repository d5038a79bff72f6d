/* The CPU backend's maximum over steps, forward and backward: exact. */
#include "compare.h"
#include "guarded.h"
#include "matinee/cpu.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct backend *backend;

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 2, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

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

static void run(const struct problem *problem, float *y, float *y_inference, float *dx, int32_t *y_pads)
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
    backend->memory->download(backend, y, op.y, y_bytes);
    backend->memory->download(backend, y_inference, inference.y, y_bytes);
    backend->memory->download(backend, dx, backward.dx, x_bytes);
    backend->memory->download(backend, y_pads, op.y_pads, rows);
    guarded_close(&memory);
}

static void check(int T, int N, int F, int P)
{
    struct problem problem;
    problem_open(&problem, T, N, F, P);
    float *y = allocate(problem.y_count, sizeof *y), *y_inference = allocate(problem.y_count, sizeof *y);
    float *dx = allocate(problem.x_count, sizeof *dx);
    int32_t *y_pads = allocate((size_t)N, sizeof *y_pads);
    run(&problem, y, y_inference, dx, y_pads);
    expect_close("y", y, problem.y, problem.y_count, (struct tolerance){0});
    expect_equal_bits("y of inference", y_inference, y, problem.y_count * sizeof *y);
    expect_close("dx", dx, problem.dx, problem.x_count, (struct tolerance){0});
    for (int n = 0; n < N; n++)
        assert_int_equal(y_pads[n], problem.pads[n] / P);
    free(y);
    free(y_inference);
    free(dx);
    free(y_pads);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
