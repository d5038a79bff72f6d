/* The gradients of the layers' references against signed central differences of their own forward passes, masks on. */
#include "compare.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A layer as a function of one arena of inputs and weights. The objective is the sum of cotangent * output. */
struct problem {
    size_t count, outputs;
    double *arena, *gradients;  /* (count)   */
    double *output, *cotangent; /* (outputs) */
    void (*forward)(struct problem *problem);
    void *op;
};

static void fill(struct rng *rng, double *values, size_t count)
{
    for (size_t k = 0; k < count; k++)
        values[k] = 2.0 * rng_uniform(rng) - 1.0;
}

static double *random_mask(struct rng *rng, size_t count)
{
    double *mask = allocate(count, sizeof *mask);
    for (size_t k = 0; k < count; k++)
        mask[k] = rng_uniform(rng) < 0.3 ? 0.0 : 1.0 / 0.7;
    return mask;
}

static void problem_open(struct problem *problem, struct rng *rng, size_t count, size_t outputs)
{
    *problem = (struct problem){.count = count, .outputs = outputs};
    problem->arena = allocate(count, sizeof(double));
    problem->gradients = allocate(count, sizeof(double));
    problem->output = allocate(outputs, sizeof(double));
    problem->cotangent = allocate(outputs, sizeof(double));
    fill(rng, problem->arena, count);
    fill(rng, problem->cotangent, outputs);
}

static void problem_close(struct problem *problem)
{
    free(problem->arena);
    free(problem->gradients);
    free(problem->output);
    free(problem->cotangent);
}

static double objective(struct problem *problem)
{
    double sum = 0.0;
    problem->forward(problem);
    for (size_t k = 0; k < problem->outputs; k++)
        sum += problem->cotangent[k] * problem->output[k];
    return sum;
}

/* Every layer is linear in each element between its kinks, and the step is too short to meet one. */
static void check_each_element(struct problem *problem)
{
    static const double step = 1e-6;
    for (size_t k = 0; k < problem->count; k++) {
        char what[64];
        double kept = problem->arena[k];
        snprintf(what, sizeof what, "gradient of element %zu", k);
        problem->arena[k] = kept + step;
        double above = objective(problem);
        problem->arena[k] = kept - step;
        double below = objective(problem);
        problem->arena[k] = kept;
        expect_close_number(what, problem->gradients[k], (above - below) / (2.0 * step),
                            (struct tolerance){.absolute = 1e-8, .relative = 1e-7});
    }
}

static void embedding_forward(struct problem *problem)
{
    reference_embedding(problem->op);
}

static void test_embedding(void **state)
{
    (void)state;
    static const int32_t tokens[2 * 5] = {0, 0, 3, 1, 3, 2, 2, 0, 5, 1};
    struct rng rng = rng_open(61, RNG_SAMPLE, 0);
    struct problem problem;
    problem_open(&problem, &rng, 6 * 3, 5 * 2 * 3);
    double *rows = random_mask(&rng, 6), *elements = random_mask(&rng, 2 * 5 * 3);
    rows[3] = 1.0 / 0.7; /* whatever the draw: one word in use is kept, one is not */
    rows[2] = 0.0;
    for (int masks = 0; masks < 4; masks++) {
        struct reference_embedding op = {.T = 5,
                                         .N = 2,
                                         .V = 6,
                                         .E = 3,
                                         .tokens = tokens,
                                         .embeddings = problem.arena,
                                         .rows_mask = masks & 1 ? rows : NULL,
                                         .elements_mask = masks & 2 ? elements : NULL,
                                         .x = problem.output};
        for (size_t k = 0; k < problem.count; k++)
            problem.gradients[k] = 0.0;
        problem.op = &op;
        problem.forward = embedding_forward;
        reference_embedding_backward(&(struct reference_embedding_backward){
            .forward = op, .dx = problem.cotangent, .dembeddings = problem.gradients});
        check_each_element(&problem);
    }
    free(rows);
    free(elements);
    problem_close(&problem);
}

static void dropout_forward(struct problem *problem)
{
    reference_dropout(problem->op);
}

/* Its own backward pass. */
static void test_dropout(void **state)
{
    (void)state;
    enum { T = 3, N = 2, F = 4, COUNT = T * N * F };
    struct rng rng = rng_open(62, RNG_SAMPLE, 0);
    struct problem problem;
    problem_open(&problem, &rng, COUNT, COUNT);
    double *mask = random_mask(&rng, COUNT);
    for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++) {
        struct reference_dropout op = {.T = T,
                                       .N = N,
                                       .F = F,
                                       .unit = (enum dropout_unit)unit,
                                       .mask = mask,
                                       .x = problem.arena,
                                       .y = problem.output};
        struct reference_dropout backward = op;
        backward.x = problem.cotangent;
        backward.y = problem.gradients;
        reference_dropout(&backward);
        problem.op = &op;
        problem.forward = dropout_forward;
        check_each_element(&problem);
    }
    free(mask);
    problem_close(&problem);
}

/* By hand: what of (T,N,F) = (2,2,2) a mask's element is for. */
static void test_units_that_are_dropped(void **state)
{
    (void)state;
    static const double x[8] = {1, 1, 1, 1, 1, 1, 1, 1}, mask[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const double expected[][8] = {
        {1, 2, 5, 6, 3, 4, 7, 8}, {1, 2, 3, 4, 1, 2, 3, 4}, {1, 1, 3, 3, 2, 2, 4, 4}};
    double y[8];
    for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++) {
        reference_dropout(&(struct reference_dropout){
            .T = 2, .N = 2, .F = 2, .unit = (enum dropout_unit)unit, .mask = mask, .x = x, .y = y});
        expect_close_doubles("a unit", y, expected[unit], 8, (struct tolerance){0});
    }
}

static void conv_pool_forward(struct problem *problem)
{
    reference_conv_pool(problem->op);
}

static void check_conv_pool(struct reference_conv_pool op)
{
    struct rng rng = rng_open(63, RNG_SAMPLE, (uint32_t)(op.T * 100 + op.K * 10 + op.P));
    struct problem problem;
    size_t x = (size_t)(op.T * op.N * op.E), kernel = (size_t)(op.K * op.E * op.C), C = (size_t)op.C;
    problem_open(&problem, &rng, x + kernel + C, (size_t)(reference_conv_pool_steps(&op) * op.N) * C);
    op.x = problem.arena;
    op.kernel = problem.arena + x;
    op.bias = problem.arena + x + kernel;
    op.y = problem.output;
    for (size_t k = 0; k < x; k++)
        problem.gradients[k] = NAN; /* dx is overwritten */
    reference_conv_pool_backward(
        &(struct reference_conv_pool_backward){.forward = op,
                                               .dy = problem.cotangent,
                                               .dx = problem.gradients,
                                               .dkernel = problem.gradients + x,
                                               .dbias = problem.gradients + x + kernel});
    problem.op = &op;
    problem.forward = conv_pool_forward;
    check_each_element(&problem);
    problem_close(&problem);
}

static void test_conv_pool(void **state)
{
    (void)state;
    static const int sizes[][6] = {{1, 1, 1, 1, 1, 1}, {1, 2, 2, 3, 3, 1}, {6, 2, 3, 2, 3, 2},
                                   {7, 1, 2, 2, 4, 3}, {5, 2, 2, 2, 2, 5}, {3, 1, 2, 2, 8, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int kind = 0; kind < 16; kind++) {
            const int *size = sizes[i];
            struct reference_conv_pool op = {.T = size[0],
                                             .N = size[1],
                                             .E = size[2],
                                             .C = size[3],
                                             .K = size[4],
                                             .P = size[5],
                                             .stride = 1 + kind / 4,
                                             .same = kind & 1,
                                             .relu = kind & 2};
            if (reference_conv_pool_steps(&op) > 0)
                check_conv_pool(op);
        }
}

/* By hand: a kernel of one even and one odd width, to tell left from right and from a reversed kernel. */
static void test_which_step_a_kernel_reads(void **state)
{
    (void)state;
    static const double x[4] = {1, 10, 100, 1000}, kernel[4] = {1, 2, 3, 4}, bias[1] = {0};
    static const double same_3[4] = {32, 321, 3210, 2100}, same_4[4] = {432, 4321, 3210, 2100};
    static const double valid_2[3] = {21, 210, 2100}, pooled_2[2] = {321, 3210};
    double y[4];
    struct reference_conv_pool op = {.T = 4,
                                     .N = 1,
                                     .E = 1,
                                     .C = 1,
                                     .K = 3,
                                     .P = 1,
                                     .stride = 1,
                                     .same = true,
                                     .x = x,
                                     .kernel = kernel,
                                     .bias = bias,
                                     .y = y};
    reference_conv_pool(&op);
    expect_close_doubles("same, K = 3", y, same_3, 4, (struct tolerance){0});
    op.P = 2;
    reference_conv_pool(&op);
    expect_close_doubles("same, K = 3, P = 2", y, pooled_2, 2, (struct tolerance){0});
    op.P = 1;
    op.K = 4;
    reference_conv_pool(&op);
    expect_close_doubles("same, K = 4", y, same_4, 4, (struct tolerance){0});
    op.K = 2;
    op.same = false;
    reference_conv_pool(&op);
    expect_close_doubles("valid, K = 2", y, valid_2, 3, (struct tolerance){0});
}

/* As Keras 3.15 computes it. */
static void test_which_step_a_stride_reads(void **state)
{
    (void)state;
    static const double x[7] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    static const double kernel[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, bias[1] = {0};
    static const struct {
        int T, K, stride, steps;
        bool same;
        double y[4];
    } cases[] = {{7, 3, 2, 4, true, {32, 3210, 321000, 2100000}},
                 {7, 3, 2, 3, false, {321, 32100, 3210000}},
                 {7, 4, 3, 3, true, {432, 432100, 2100000}},
                 {7, 4, 3, 2, false, {4321, 4321000}},
                 {6, 4, 2, 3, true, {432, 43210, 321000}},
                 {6, 4, 2, 2, false, {4321, 432100}},
                 {5, 2, 3, 2, true, {21, 21000}},
                 {5, 2, 3, 2, false, {21, 21000}},
                 {7, 1, 4, 2, true, {1, 10000}},
                 {6, 12, 4, 2, true, {1209876, 765432}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double y[4];
        struct reference_conv_pool op = {.T = cases[i].T,
                                         .N = 1,
                                         .E = 1,
                                         .C = 1,
                                         .K = cases[i].K,
                                         .P = 1,
                                         .stride = cases[i].stride,
                                         .same = cases[i].same,
                                         .x = x,
                                         .kernel = kernel,
                                         .bias = bias,
                                         .y = y};
        assert_int_equal(reference_conv_pool_steps(&op), cases[i].steps);
        reference_conv_pool(&op);
        expect_close_doubles("a stride", y, cases[i].y, (size_t)cases[i].steps, (struct tolerance){0});
    }
}

static void max_pool_forward(struct problem *problem)
{
    reference_max_pool(problem->op);
}

static void test_max_pool(void **state)
{
    (void)state;
    for (int P = 1; P <= 7; P++) {
        enum { T = 7, N = 2, F = 3 };
        struct rng rng = rng_open(64, RNG_SAMPLE, (uint32_t)P);
        struct problem problem;
        problem_open(&problem, &rng, T * N * F, (size_t)(T / P * N * F));
        struct reference_max_pool op = {
            .T = T, .N = N, .F = F, .P = P, .x = problem.arena, .y = problem.output};
        reference_max_pool_backward(&(struct reference_max_pool_backward){
            .forward = op, .dy = problem.cotangent, .dx = problem.gradients});
        problem.op = &op;
        problem.forward = max_pool_forward;
        check_each_element(&problem);
        problem_close(&problem);
    }
}

static void global_pool_forward(struct problem *problem)
{
    reference_global_pool(problem->op);
}

/* The maximum, the mean, and the mean of the steps that count: none in the last row. */
static void test_global_pool(void **state)
{
    (void)state;
    enum { T = 5, N = 3, F = 2 };
    static const int32_t tokens[N * T] = {0, 0, 3, 0, 1, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0};
    for (int kind = 0; kind < 3; kind++) {
        struct rng rng = rng_open(65, RNG_SAMPLE, (uint32_t)kind);
        struct problem problem;
        problem_open(&problem, &rng, T * N * F, N * F);
        struct reference_global_pool op = {.T = T,
                                           .N = N,
                                           .F = F,
                                           .average = kind > 0,
                                           .tokens = kind > 1 ? tokens : NULL,
                                           .x = problem.arena,
                                           .y = problem.output};
        for (size_t k = 0; k < problem.count; k++)
            problem.gradients[k] = NAN;
        reference_global_pool_backward(&(struct reference_global_pool_backward){
            .forward = op, .dy = problem.cotangent, .dx = problem.gradients});
        problem.op = &op;
        problem.forward = global_pool_forward;
        check_each_element(&problem);
        problem_close(&problem);
    }
}

/* As Keras 3.15 and TensorFlow 2.21 compute it; equal maxima share their gradient. */
static void test_global_pool_by_hand(void **state)
{
    (void)state;
    static const int32_t tokens[4] = {1, 0, 7, 2};
    static const double x[4 * 3] = {1, 5, 2, 3, 5, 2, 3, 0, 2, 0, 5, 2}, dy[3] = {6, 6, 9};
    static const double maxima[3] = {3, 5, 2}, means[3] = {4.0 / 3, 10.0 / 3, 2};
    static const double of_maxima[4 * 3] = {0, 2, 2.25, 3, 2, 2.25, 3, 0, 2.25, 0, 2, 2.25};
    static const double of_means[4 * 3] = {2, 2, 3, 0, 0, 0, 2, 2, 3, 2, 2, 3};
    double y[3], dx[4 * 3];
    struct reference_global_pool op = {.T = 4, .N = 1, .F = 3, .tokens = tokens, .x = x, .y = y};
    reference_global_pool(&op);
    expect_close_doubles("maxima", y, maxima, 3, (struct tolerance){0});
    reference_global_pool_backward(
        &(struct reference_global_pool_backward){.forward = op, .dy = dy, .dx = dx});
    expect_close_doubles("dx of maxima", dx, of_maxima, 4 * 3, (struct tolerance){0});
    op.average = true;
    reference_global_pool(&op);
    expect_close_doubles("means", y, means, 3, (struct tolerance){.relative = 1e-15});
    reference_global_pool_backward(
        &(struct reference_global_pool_backward){.forward = op, .dy = dy, .dx = dx});
    expect_close_doubles("dx of means", dx, of_means, 4 * 3, (struct tolerance){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedding),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_units_that_are_dropped),
        cmocka_unit_test(test_conv_pool),
        cmocka_unit_test(test_which_step_a_kernel_reads),
        cmocka_unit_test(test_which_step_a_stride_reads),
        cmocka_unit_test(test_max_pool),
        cmocka_unit_test(test_global_pool),
        cmocka_unit_test(test_global_pool_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
