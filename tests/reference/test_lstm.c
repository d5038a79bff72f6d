/* The reference LSTM's gradients against signed central differences of its own forward pass, in double. */
#include "compare.h"
#include "matinee/dims.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All weights in one arena: embeddings, kernel, recurrent_kernel, bias. */
struct problem {
    struct reference_lstm op;
    int32_t *tokens;
    size_t count;
    double *weights, *gradients, *dh;
};

static void bind_weights(struct problem *problem)
{
    struct reference_lstm *op = &problem->op;
    size_t E = (size_t)op->E, columns = GATE_COUNT * (size_t)op->H;
    op->embeddings = problem->weights;
    op->kernel = op->embeddings + (size_t)op->V * E;
    op->recurrent_kernel = op->kernel + E * columns;
    op->bias = op->recurrent_kernel + (size_t)op->H * columns;
    problem->count = (size_t)(op->bias - problem->weights) + columns;
}

static double uniform(struct rng *rng, double limit)
{
    return limit * (2.0 * rng_uniform(rng) - 1.0);
}

static void problem_open(struct problem *problem, int T, int N, int V, int E, int H)
{
    struct rng rng = rng_open(1, RNG_SAMPLE, (uint32_t)(T * 10000 + N * 1000 + V * 100 + E * 10 + H));
    size_t rows = (size_t)N, states = rows * (size_t)H;
    *problem = (struct problem){.op = {.T = T, .N = N, .V = V, .E = E, .H = H}};
    bind_weights(problem); /* with no arena yet: only to count */
    problem->weights = allocate(problem->count, sizeof(double));
    problem->gradients = allocate(problem->count, sizeof(double));
    bind_weights(problem);
    problem->tokens = allocate(rows * (size_t)T, sizeof(int32_t));
    problem->dh = allocate(states, sizeof(double));
    problem->op.tokens = problem->tokens;
    problem->op.h = allocate(states, sizeof(double));
    problem->op.saved = allocate(reference_lstm_saved_count(T, N, H), sizeof(double));
    for (size_t k = 0; k < problem->count; k++)
        problem->weights[k] = uniform(&rng, 0.8);
    for (size_t k = 0; k < states; k++)
        problem->dh[k] = uniform(&rng, 1.0);
    for (size_t k = 0; k < rows * (size_t)T; k++)
        problem->tokens[k] =
            (int32_t)rng_below(&rng, (uint32_t)V); /* few words: tokens repeat, and 0 occurs */
}

static void problem_close(struct problem *problem)
{
    free(problem->weights);
    free(problem->gradients);
    free(problem->tokens);
    free(problem->dh);
    free(problem->op.h);
    free(problem->op.saved);
}

/* The scalar whose gradient with respect to h is dh. */
static double objective(const struct problem *problem)
{
    double sum = 0.0;
    reference_lstm(&problem->op);
    for (size_t k = 0; k < (size_t)problem->op.N * (size_t)problem->op.H; k++)
        sum += problem->dh[k] * problem->op.h[k];
    return sum;
}

static void run_backward(struct problem *problem)
{
    const struct reference_lstm *op = &problem->op;
    double *gradients = problem->gradients;
    struct reference_lstm_backward backward = {
        .forward = *op,
        .dh = problem->dh,
        .dembeddings = gradients,
        .dkernel = gradients + (op->kernel - problem->weights),
        .drecurrent_kernel = gradients + (op->recurrent_kernel - problem->weights),
        .dbias = gradients + (op->bias - problem->weights),
    };
    reference_lstm(op);
    reference_lstm_backward(&backward);
}

/* d objective / d step along `direction`, by the difference of fourth order. */
static double slope(struct problem *problem, const double *direction)
{
    static const double step = 1e-3, offsets[] = {1, -1, 2, -2}, factors[] = {8, -8, -1, 1};
    double sum = 0.0, *kept = allocate(problem->count, sizeof *kept);
    memcpy(kept, problem->weights, problem->count * sizeof *kept);
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < problem->count; k++)
            problem->weights[k] = kept[k] + offsets[i] * step * direction[k];
        sum += factors[i] * objective(problem);
    }
    memcpy(problem->weights, kept, problem->count * sizeof *kept);
    free(kept);
    return sum / (12.0 * step);
}

/* Absolute part: elements that no token reaches, and the differences' own rounding (1e-16 / step). */
static const struct tolerance of_slopes = {.absolute = 1e-11, .relative = 1e-6};

static void check_single_weights(struct problem *problem)
{
    double *direction = allocate(problem->count, sizeof *direction);
    run_backward(problem);
    for (size_t k = 0; k < problem->count; k++) {
        char what[64];
        snprintf(what, sizeof what, "gradient of weight %zu", k);
        direction[k] = 1.0;
        expect_close_number(what, problem->gradients[k], slope(problem, direction), of_slopes);
        direction[k] = 0.0;
    }
    free(direction);
}

static void check_directions(struct problem *problem, int directions)
{
    struct rng rng = rng_open(2, RNG_SAMPLE, 0);
    double *direction = allocate(problem->count, sizeof *direction);
    run_backward(problem);
    for (int i = 0; i < directions; i++) {
        double along = 0.0;
        for (size_t k = 0; k < problem->count; k++) {
            direction[k] = uniform(&rng, 0.2);
            along += direction[k] * problem->gradients[k];
        }
        expect_close_number("gradient along a direction", along, slope(problem, direction), of_slopes);
    }
    free(direction);
}

static void test_each_weight(void **state)
{
    (void)state;
    static const int sizes[][5] = {{1, 1, 2, 1, 1}, {3, 1, 2, 2, 2}, {4, 3, 3, 2, 3}, {6, 2, 2, 3, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct problem problem;
        problem_open(&problem, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3], sizes[i][4]);
        check_single_weights(&problem);
        problem_close(&problem);
    }
}

static void test_random_directions(void **state)
{
    (void)state;
    static const int sizes[][5] = {{1, 4, 5, 8, 7}, {13, 1, 9, 3, 6}, {20, 5, 12, 8, 9}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct problem problem;
        problem_open(&problem, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3], sizes[i][4]);
        check_directions(&problem, 8);
        problem_close(&problem);
    }
}

/* Leading zeros, a zero after the first word, a row of zeros alone, and one word all along. */
static void test_zeros_and_repeated_tokens(void **state)
{
    (void)state;
    static const int32_t rows[4][5] = {{0, 0, 2, 0, 1}, {1, 0, 0, 2, 2}, {0, 0, 0, 0, 0}, {3, 3, 3, 3, 3}};
    struct problem problem;
    problem_open(&problem, 5, 4, 5, 2, 3);
    memcpy(problem.tokens, rows, sizeof rows);
    check_single_weights(&problem);
    expect_close_doubles("gradient of a word that does not occur", problem.gradients + 4 * 2,
                         (double[]){0.0, 0.0}, 2, (struct tolerance){0});
    problem_close(&problem);
}

static void test_gradients_add(void **state)
{
    (void)state;
    struct problem problem;
    problem_open(&problem, 4, 2, 3, 2, 3);
    run_backward(&problem);
    double *once = allocate(problem.count, sizeof *once);
    for (size_t k = 0; k < problem.count; k++)
        once[k] = 2.0 * problem.gradients[k];
    run_backward(&problem);
    expect_close_doubles("two backward passes", problem.gradients, once, problem.count,
                         (struct tolerance){.absolute = 1e-15, .relative = 1e-14});
    free(once);
    problem_close(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_weight),
        cmocka_unit_test(test_random_directions),
        cmocka_unit_test(test_zeros_and_repeated_tokens),
        cmocka_unit_test(test_gradients_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
