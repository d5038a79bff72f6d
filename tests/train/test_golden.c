/* Golden m1: three training steps of Keras, repeated by the trainer on the CPU backend. */
#include "compare.h"
#include "golden.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct tolerance within_2e6 = {.absolute = 2e-6};

static void golden_reviews(struct reviews *reviews, struct golden *golden)
{
    *reviews = (struct reviews){.count = golden->N, .T = golden->T, .tokens = golden->x, .labels = golden->y};
    reviews->pads = allocate((size_t)golden->N, sizeof *reviews->pads);
    for (int n = 0; n < golden->N; n++)
        while (reviews->pads[n] < golden->T && golden->x[n * golden->T + reviews->pads[n]] == 0)
            reviews->pads[n]++;
}

static void expect_same_table(const struct golden *golden, const struct parameter_table *table)
{
    assert_int_equal(golden->total_count, table->total_count);
    assert_int_equal(golden->tensor_count, table->count);
    for (int i = 0; i < table->count; i++) {
        assert_int_equal(golden->tensors[i].offset, table->items[i].offset);
        assert_int_equal(golden->tensors[i].count, table->items[i].count);
    }
}

static void expect_predictions(struct small_run *run, const struct reviews *reviews, const double *expected)
{
    float *probabilities = allocate((size_t)reviews->count, sizeof *probabilities);
    struct score score;
    struct error error;
    fill_nan(probabilities, (size_t)reviews->count);
    network_upload(&run->network, &run->state);
    assert_true(trainer_evaluate(&run->network, reviews, &score, probabilities, &error));
    expect_close("predictions", probabilities, expected, (size_t)reviews->count, within_2e6);
    free(probabilities);
}

static void expect_moments(const struct golden *golden, const char *what, const float *moments,
                           const double *expected)
{
    for (int i = 0; i < golden->tensor_count; i++) {
        const struct golden_tensor *tensor = &golden->tensors[i];
        expect_close(what, moments + tensor->offset, expected + tensor->offset, tensor->count,
                     of_largest(1e-5, expected + tensor->offset, tensor->count));
    }
}

/* Every step is an epoch of one batch: its order of rows is another, which changes the rounding of sums only. */
static void check_m1(int threads)
{
    struct golden golden;
    struct small_run run;
    struct reviews reviews;
    golden_open(&golden, MATINEE_FIXTURES "/golden", 1);
    golden_reviews(&reviews, &golden);
    small_run_open(&run, (struct small_sizes){golden.V, golden.T, golden.E, golden.H, golden.N, threads},
                   1e-3);
    expect_same_table(&golden, &run.table);
    for (size_t k = 0; k < golden.total_count; k++)
        run.state.weights[k] = (float)golden.weights0[k];

    expect_predictions(&run, &reviews, golden.predict0);
    for (int s = 0; s < GOLDEN_STEPS; s++) {
        char what[64];
        snprintf(what, sizeof what, "weights after step %d", s + 1);
        struct score score = small_run_fit(&run, &reviews, 1, golden.N, 7);
        expect_close_number("loss", score.loss, golden.steps[s].loss, within_2e6);
        expect_close(what, run.state.weights, golden.steps[s].weights, golden.total_count, within_2e6);
        assert_int_equal(run.state.iterations, s + 1);
    }
    expect_moments(&golden, "Adam's m", run.state.m, golden.adam_m);
    expect_moments(&golden, "Adam's v", run.state.v, golden.adam_v);
    expect_predictions(&run, &reviews, golden.predict3);

    small_run_close(&run);
    free(reviews.pads);
    golden_close(&golden);
}

static void test_m1(void **state)
{
    (void)state;
    check_m1(1);
    check_m1(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_m1)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
