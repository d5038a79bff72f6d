/* Ten updates of small networks with strides, global pooling and mask_zero, beside the same ten updates of Keras. */
#include "compare.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As tests/fixtures/layers/make.py has them. */
enum { T = 24, V = 30, N = 16, STEPS = 10 };
static const double tolerance = 2e-6;

static void make_reviews(struct reviews *reviews)
{
    small_reviews_open(reviews, N, T, V);
    for (int n = 0; n < N; n++) {
        reviews->pads[n] = 5 * n % T;
        reviews->labels[n] = (uint8_t)(n % 2);
        for (int t = 0; t < T; t++)
            reviews->tokens[n * T + t] = t < reviews->pads[n] ? 0 : 1 + (7 * n + 11 * t + n * t) % (V - 1);
    }
    reviews->tokens[3 * T + 20] = reviews->tokens[3 * T + 21] = 0;
}

static void read_losses(const char *name, double losses[static STEPS])
{
    FILE *file = fopen(MATINEE_FIXTURES "/layers/losses.txt", "r");
    char found[32] = "";
    assert_non_null(file);
    while (strcmp(found, name) != 0) {
        assert_int_equal(fscanf(file, "%31s", found), 1);
        for (int i = 0; i < STEPS; i++)
            assert_int_equal(fscanf(file, "%lf", &losses[i]), 1);
    }
    fclose(file);
}

static void load(struct checkpoint *checkpoint, const char *name, const char *when)
{
    char path[512];
    struct error error;
    snprintf(path, sizeof path, MATINEE_FIXTURES "/layers/%s_%s.keras", name, when);
    if (!checkpoint_load(checkpoint, path, &error))
        fail_msg("%s", error.message);
}

static void expect_near(const char *name, const char *what, double got, double expected)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%s: %s is %.9g, not %.9g", name, what, got, expected);
}

static void expect_network(const char *name)
{
    struct checkpoint before, after;
    struct small_run run;
    struct reviews reviews;
    double losses[STEPS];
    load(&before, name, "before");
    load(&after, name, "after");
    read_losses(name, losses);
    make_reviews(&reviews);
    small_run_open_spec(&run, &before.spec, N, 2, 7);
    memcpy(run.state.weights, before.state.weights, run.table.total_count * sizeof(float));
    for (int step = 0; step < STEPS; step++)
        expect_near(name, "a loss", small_run_fit(&run, &reviews, 1, N, 7).loss, losses[step]);
    for (size_t i = 0; i < run.table.total_count; i++)
        expect_near(name, "a weight", (double)run.state.weights[i], (double)after.state.weights[i]);
    small_run_close(&run);
    small_reviews_close(&reviews);
    checkpoint_close(&before);
    checkpoint_close(&after);
}

static void test_strides(void **state)
{
    (void)state;
    expect_network("strides");
}

static void test_maximum(void **state)
{
    (void)state;
    expect_network("maximum");
}

static void test_average(void **state)
{
    (void)state;
    expect_network("average");
}

static void test_average_of_what_is_not_masked(void **state)
{
    (void)state;
    expect_network("mask");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_average_of_what_is_not_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
