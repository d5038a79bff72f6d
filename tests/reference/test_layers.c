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
    struct reference_dropout op = {
        .T = T, .N = N, .F = F, .mask = mask, .x = problem.arena, .y = problem.output};
    struct reference_dropout backward = op;
    backward.x = problem.cotangent;
    backward.y = problem.gradients;
    reference_dropout(&backward);
    problem.op = &op;
    problem.forward = dropout_forward;
    check_each_element(&problem);
    free(mask);
    problem_close(&problem);
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
        for (int kind = 0; kind < 4; kind++) {
            const int *size = sizes[i];
            struct reference_conv_pool op = {size[0], size[1], size[2],          size[3],
                                             size[4], size[5], .same = kind & 1, .relu = kind & 2};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedding), cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_conv_pool), cmocka_unit_test(test_which_step_a_kernel_reads),
        cmocka_unit_test(test_max_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
