/* The comparator itself: a test that cannot fail is a defect. */
#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct tolerance tight = {.absolute = 1e-6, .relative = 1e-5};

static void test_close_values_are_close(void **state)
{
    (void)state;
    assert_true(is_close(1.0, 1.0, (struct tolerance){0}));
    assert_true(is_close(1.00001, 1.0, tight));
    assert_true(is_close(-1e-6, 0.0, tight));
}

static void test_far_values_are_not_close(void **state)
{
    (void)state;
    assert_false(is_close(1.00002, 1.0, tight));
    assert_false(is_close(-1.0, 1.0, tight));
    assert_false(is_close(2e-6, 0.0, tight));
}

static void test_nothing_is_close_to_nan_or_infinity(void **state)
{
    (void)state;
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++) {
        assert_false(is_close(odd[k], 1.0, tight));
        assert_false(is_close(1.0, odd[k], tight));
        assert_false(is_close(odd[k], odd[k], tight));
    }
}

static void test_the_first_difference_is_found(void **state)
{
    (void)state;
    static const double expected[] = {0.0, 1.0, 2.0};
    float values[3];
    fill_nan(values, 3);
    assert_int_equal(first_difference(values, expected, 3, tight), 0);
    values[0] = 0.0f;
    values[1] = 1.0f;
    assert_int_equal(first_difference(values, expected, 3, tight), 2);
    values[2] = 2.0f;
    assert_int_equal(first_difference(values, expected, 3, tight), 3);
}

static void test_the_tolerance_follows_the_largest_element(void **state)
{
    (void)state;
    static const double expected[] = {0.5, -4.0, 0.0};
    struct tolerance tolerance = of_largest(1e-3, expected, 3);
    assert_true(is_close(tolerance.absolute, 4e-3, (struct tolerance){.absolute = 1e-15}));
    assert_true(tolerance.relative == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close_values_are_close),
        cmocka_unit_test(test_far_values_are_not_close),
        cmocka_unit_test(test_nothing_is_close_to_nan_or_infinity),
        cmocka_unit_test(test_the_first_difference_is_found),
        cmocka_unit_test(test_the_tolerance_follows_the_largest_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
