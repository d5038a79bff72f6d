/* The reference LSTM's gradients against signed central differences of its own forward pass, in double; and its forms
 * against each other. */
#include "compare.h"
#include "matinee/rng.h"
#include "reference/lstm_problem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Absolute part: elements that no token reaches, and the differences' own rounding (1e-16 / step). */
static const struct tolerance of_slopes = {.absolute = 1e-11, .relative = 1e-6};

static void check_single_inputs(struct lstm_problem *problem)
{
    double *direction = allocate(problem->count, sizeof *direction);
    lstm_problem_backward(problem);
    for (size_t k = 0; k < problem->count; k++) {
        char what[64];
        snprintf(what, sizeof what, "gradient of input %zu", k);
        direction[k] = 1.0;
        expect_close_number(what, problem->gradients[k], lstm_problem_slope(problem, direction), of_slopes);
        direction[k] = 0.0;
    }
    free(direction);
}

static void check_directions(struct lstm_problem *problem, int directions)
{
    struct rng rng = rng_open(2, RNG_SAMPLE, 0);
    double *direction = allocate(problem->count, sizeof *direction);
    lstm_problem_backward(problem);
    for (int i = 0; i < directions; i++) {
        double along = 0.0;
        for (size_t k = 0; k < problem->count; k++) {
            direction[k] = 0.2 * (2.0 * rng_uniform(&rng) - 1.0);
            along += direction[k] * problem->gradients[k];
        }
        expect_close_number("gradient along a direction", along, lstm_problem_slope(problem, direction),
                            of_slopes);
    }
    free(direction);
}

/* Every single gradient, for some small sizes; the vocabulary is of use with tokens only. */
static void check_form(struct reference_lstm form, bool tokens)
{
    static const int sizes[][5] = {{1, 1, 2, 1, 1}, {1, 3, 3, 2, 2}, {3, 1, 2, 2, 2}, {4, 3, 3, 2, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct lstm_problem problem;
        form.T = sizes[i][0], form.N = sizes[i][1], form.V = tokens ? sizes[i][2] : 0;
        form.E = sizes[i][3], form.H = sizes[i][4];
        lstm_problem_open(&problem, form);
        check_single_inputs(&problem);
        lstm_problem_close(&problem);
    }
}

static void test_tokens(void **state)
{
    (void)state;
    check_form((struct reference_lstm){.D = 1}, true);
    check_form((struct reference_lstm){.D = 1, .reversed = true}, true);
    check_form((struct reference_lstm){.D = 1, .sequences = true}, true);
    check_form((struct reference_lstm){.D = 2}, true);
    check_form((struct reference_lstm){.D = 2, .sequences = true}, true);
}

static void test_x(void **state)
{
    (void)state;
    check_form((struct reference_lstm){.D = 1}, false);
    check_form((struct reference_lstm){.D = 1, .reversed = true, .sequences = true}, false);
    check_form((struct reference_lstm){.D = 2}, false);
    check_form((struct reference_lstm){.D = 2, .sequences = true}, false);
}

static void test_masks(void **state)
{
    (void)state;
    static const int counts[] = {1, GATE_COUNT};
    for (int i = 0; i < 2; i++) {
        check_form((struct reference_lstm){.D = 1, .mask_count = counts[i]}, false);
        check_form((struct reference_lstm){.D = 1, .mask_count = counts[i], .reversed = true}, false);
        check_form((struct reference_lstm){.D = 2, .mask_count = counts[i], .sequences = true}, false);
    }
}

static void test_random_directions(void **state)
{
    (void)state;
    static const struct reference_lstm forms[] = {
        {.T = 1, .N = 4, .V = 5, .E = 8, .H = 7, .D = 1},
        {.T = 20, .N = 5, .V = 12, .E = 8, .H = 9, .D = 1},
        {.T = 13, .N = 1, .E = 3, .H = 17, .D = 2, .mask_count = 4, .sequences = true},
        {.T = 13, .N = 3, .E = 3, .H = 6, .D = 2, .mask_count = 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct lstm_problem problem;
        lstm_problem_open(&problem, forms[i]);
        check_directions(&problem, 8);
        lstm_problem_close(&problem);
    }
}

/* A slope so steep that some gates are clipped; lstm_problem_slope watches the kinks. */
static void test_hard_sigmoid(void **state)
{
    (void)state;
    static const struct reference_lstm forms[] = {
        {.T = 4, .N = 3, .V = 3, .E = 2, .H = 3, .D = 1},
        {.T = 3, .N = 2, .E = 2, .H = 2, .D = 2, .mask_count = 4, .sequences = true},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct lstm_problem problem;
        struct reference_lstm form = forms[i];
        form.hard_slope = 0.55;
        lstm_problem_open(&problem, form);
        check_single_inputs(&problem);
        size_t sigmoids = (size_t)form.T * (size_t)form.N * (size_t)(3 * form.H * form.D);
        assert_in_range(lstm_problem_clipped(&problem), sigmoids / 20, sigmoids / 2);
        lstm_problem_close(&problem);
    }
}

/* Leading zeros, a zero after the first word, a row of zeros alone, and one word all along. */
static void test_zeros_and_repeated_tokens(void **state)
{
    (void)state;
    static const int32_t rows[4][5] = {{0, 0, 2, 0, 1}, {1, 0, 0, 2, 2}, {0, 0, 0, 0, 0}, {3, 3, 3, 3, 3}};
    struct lstm_problem problem;
    lstm_problem_open(&problem, (struct reference_lstm){.T = 5, .N = 4, .V = 5, .E = 2, .H = 3, .D = 1});
    memcpy(problem.tokens, rows, sizeof rows);
    check_single_inputs(&problem);
    expect_close_doubles("gradient of a word that does not occur", problem.gradients + 4 * 2,
                         (double[]){0.0, 0.0}, 2, (struct tolerance){0});
    lstm_problem_close(&problem);
}

/* Weight gradients add, dx is overwritten. */
static void check_second_backward_pass(int V, size_t overwritten)
{
    struct lstm_problem problem;
    lstm_problem_open(&problem, (struct reference_lstm){.T = 4, .N = 2, .V = V, .E = 2, .H = 3, .D = 2});
    lstm_problem_backward(&problem);
    double *expected = allocate(problem.count, sizeof *expected);
    for (size_t k = 0; k < problem.count; k++)
        expected[k] = (k < overwritten ? 1.0 : 2.0) * problem.gradients[k];
    lstm_problem_backward(&problem);
    expect_close_doubles("two backward passes", problem.gradients, expected, problem.count,
                         (struct tolerance){.absolute = 1e-15, .relative = 1e-14});
    free(expected);
    lstm_problem_close(&problem);
}

static void test_gradients_add(void **state)
{
    (void)state;
    check_second_backward_pass(3, 0);
    check_second_backward_pass(0, 4 * 2 * 2);
}

/* Both directions are one that reads forward and one that reads backward, each with its own weights and masks. */
static void check_two_directions(bool sequences)
{
    enum { T = 4, N = 3, E = 2, H = 3, G = GATE_COUNT };
    struct lstm_problem problem;
    lstm_problem_open(&problem,
                      (struct reference_lstm){
                          .T = T, .N = N, .E = E, .H = H, .D = 2, .sequences = sequences, .mask_count = G});
    reference_lstm(&problem.op);
    for (int direction = 0; direction < 2; direction++) {
        double y[T * N * H];
        struct reference_lstm one = problem.op;
        one.D = 1;
        one.reversed = direction == 1;
        one.weights[0] = problem.op.weights[direction];
        one.input_mask += direction * G * N * E;
        one.recurrent_mask += direction * G * N * H;
        one.y = y;
        one.saved = allocate(reference_lstm_saved_count(&one), sizeof(double));
        reference_lstm(&one);
        free(one.saved);
        for (int t = 0; t < (sequences ? T : 1); t++)
            for (int n = 0; n < N; n++) {
                int read = sequences && direction == 1 ? T - 1 - t : t;
                expect_close_doubles("one direction of two", problem.op.y + ((t * N + n) * 2 + direction) * H,
                                     y + (read * N + n) * H, H, (struct tolerance){0});
            }
    }
    lstm_problem_close(&problem);
}

static void test_two_directions(void **state)
{
    (void)state;
    check_two_directions(false);
    check_two_directions(true);
}

/* Step s of a sequence is the last step of an input that ends there. */
static void test_sequences(void **state)
{
    (void)state;
    enum { T = 5, N = 2, E = 3, H = 4 };
    struct lstm_problem problem;
    lstm_problem_open(&problem,
                      (struct reference_lstm){.T = T, .N = N, .E = E, .H = H, .D = 1, .sequences = true});
    reference_lstm(&problem.op);
    for (int s = 0; s < T; s++) {
        double y[N * H];
        struct reference_lstm shorter = problem.op;
        shorter.T = s + 1;
        shorter.sequences = false;
        shorter.y = y;
        shorter.saved = allocate(reference_lstm_saved_count(&shorter), sizeof(double));
        reference_lstm(&shorter);
        free(shorter.saved);
        expect_close_doubles("a step of a sequence", problem.op.y + s * N * H, y, N * H,
                             (struct tolerance){0});
    }
    lstm_problem_close(&problem);
}

/* By hand: one step from zero with z = (1, *, 2, -1) and slope 0.2 has i = 0.7, o = 0.3; with slope 1, i = 1 and o = 0. */
static void test_one_step_by_hand(void **state)
{
    (void)state;
    static const double kernel[4] = {1.0, 5.0, 2.0, -1.0}, recurrent_kernel[4] = {9.0, 9.0, 9.0, 9.0},
                        bias[4] = {0.0}, x = 1.0;
    double y, saved[8];
    struct reference_lstm op = {.T = 1,
                                .N = 1,
                                .E = 1,
                                .H = 1,
                                .D = 1,
                                .hard_slope = 0.2,
                                .x = &x,
                                .weights = {{kernel, recurrent_kernel, bias}},
                                .y = &y,
                                .saved = saved};
    reference_lstm(&op);
    expect_close_number("slope 0.2", y, 0.3 * tanh(0.7 * tanh(2.0)), (struct tolerance){.absolute = 1e-15});
    op.hard_slope = 1.0;
    reference_lstm(&op);
    expect_close_number("clipped", y, 0.0, (struct tolerance){0});
    op.hard_slope = 0.0;
    reference_lstm(&op);
    expect_close_number("logistic", y, tanh(tanh(2.0) / (1.0 + exp(-1.0))) / (1.0 + exp(1.0)),
                        (struct tolerance){.absolute = 1e-15});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),        cmocka_unit_test(test_x),
        cmocka_unit_test(test_masks),         cmocka_unit_test(test_random_directions),
        cmocka_unit_test(test_hard_sigmoid),  cmocka_unit_test(test_zeros_and_repeated_tokens),
        cmocka_unit_test(test_gradients_add), cmocka_unit_test(test_two_directions),
        cmocka_unit_test(test_sequences),     cmocka_unit_test(test_one_step_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
