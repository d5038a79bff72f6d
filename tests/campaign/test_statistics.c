/* Means, deviations and intervals against tables and hand calculation; numbers that are none stay none. */
#include "statistics.h"

#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct tolerance exact = {1e-12, 1e-12}, printed = {5.1e-4, 0};

/* Two-sided, as tables print them with three digits. */
static void test_quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        int freedom;
        double at90, at95, at99;
    } rows[] = {{1, 6.314, 12.706, 63.657}, {2, 2.920, 4.303, 9.925},   {3, 2.353, 3.182, 5.841},
                {4, 2.132, 2.776, 4.604},   {5, 2.015, 2.571, 4.032},   {9, 1.833, 2.262, 3.250},
                {10, 1.812, 2.228, 3.169},  {29, 1.699, 2.045, 2.756},  {30, 1.697, 2.042, 2.750},
                {60, 1.671, 2.000, 2.660},  {120, 1.658, 1.980, 2.617}, {1000, 1.646, 1.962, 2.581}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_close_number("t(0.90)", student_quantile(0.90, rows[i].freedom), rows[i].at90, printed);
        expect_close_number("t(0.95)", student_quantile(0.95, rows[i].freedom), rows[i].at95, printed);
        expect_close_number("t(0.99)", student_quantile(0.99, rows[i].freedom), rows[i].at99, printed);
    }
}

/* One degree of freedom is Cauchy's distribution, two have a closed form, very many are the normal distribution. */
static void test_quantiles_have_their_closed_forms(void **state)
{
    (void)state;
    const double pi = acos(-1);
    for (double p = 0.05; p < 1; p += 0.05) {
        expect_close_number("one", student_quantile(p, 1), tan(pi * p / 2), (struct tolerance){0, 1e-9});
        expect_close_number("two", student_quantile(p, 2), p * sqrt(2 / (1 - p * p)),
                            (struct tolerance){0, 1e-9});
        expect_close_number("many", erf(student_quantile(p, 2000000000) / sqrt(2)), p,
                            (struct tolerance){1e-5, 0});
    }
}

static void test_what_has_no_quantile(void **state)
{
    (void)state;
    assert_true(isnan(student_quantile(0, 3)));
    assert_true(isnan(student_quantile(1, 3)));
    assert_true(isnan(student_quantile(NAN, 3)));
    assert_true(isnan(student_quantile(0.95, 0)));
}

static void test_a_sample(void **state)
{
    (void)state;
    const double values[] = {2, 4, 4, 4, 6}; /* squares of the differences: 4 + 4 */
    struct sample sample = sample_of(values, 5);
    const double reach = student_quantile(0.95, 4) * sqrt(2) / sqrt(5);
    assert_int_equal(sample.count, 5);
    expect_close_number("mean", sample.mean, 4, exact);
    expect_close_number("deviation", sample.deviation, sqrt(2), exact);
    expect_close_number("low", sample.interval.low, 4 - reach, exact);
    expect_close_number("high", sample.interval.high, 4 + reach, exact);
    expect_close_number("by hand", sample.interval.high, 5.7560, printed);
}

static void test_ratios(void **state)
{
    (void)state;
    double ratios[] = {1, 4, 2}, logarithms[] = {0, log(4), log(2)};
    struct sample ratio = sample_of_ratios(ratios, 3), sample = sample_of(logarithms, 3);
    expect_close_number("geometric mean", ratio.mean, 2, exact);
    expect_close_number("low", log(ratio.interval.low), sample.interval.low, exact);
    expect_close_number("high", log(ratio.interval.high), sample.interval.high, exact);
    double zero[] = {1, 0}, negative[] = {1, -1};
    assert_true(isnan(sample_of_ratios(zero, 2).mean));
    assert_true(isnan(sample_of_ratios(negative, 2).interval.low));
}

static void test_too_few(void **state)
{
    (void)state;
    const double one = 3;
    struct sample none = sample_of(&one, 0), single = sample_of(&one, 1);
    assert_true(isnan(none.mean) && isnan(none.interval.low));
    assert_true(single.mean == 3 && isnan(single.deviation));
    assert_true(isnan(single.interval.low) && isnan(single.interval.high));
}

static void test_no_number_is_no_sample(void **state)
{
    (void)state;
    const double values[] = {1, NAN, 2};
    struct sample sample = sample_of(values, 3);
    assert_true(isnan(sample.mean) && isnan(sample.deviation));
    assert_true(isnan(sample.interval.low) && isnan(sample.interval.high));
}

static void test_equal_values_have_an_interval_of_no_width(void **state)
{
    (void)state;
    const double values[] = {0.5, 0.5, 0.5};
    struct sample sample = sample_of(values, 3);
    assert_true(sample.deviation == 0 && sample.interval.low == 0.5 && sample.interval.high == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_those_of_the_tables),
        cmocka_unit_test(test_quantiles_have_their_closed_forms),
        cmocka_unit_test(test_what_has_no_quantile),
        cmocka_unit_test(test_a_sample),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_too_few),
        cmocka_unit_test(test_no_number_is_no_sample),
        cmocka_unit_test(test_equal_values_have_an_interval_of_no_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
