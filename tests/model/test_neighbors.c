/* Vectors whose angles are known. */
#include "matinee/neighbors.h"

#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { E = 2 };

/* Row 0 is outside every range that is asked for, and right beside row 3. */
static const float table[][E] = {
    {4, 0.01f}, {0, 7}, {-5, 0}, {4, 0}, {0x1p-100f, 0x1p-100f}, {0, 0}, {3e38f, 0}, {0, -1}, {2, 2}, {-1, 1},
};
enum { ROWS = sizeof table / sizeof table[0] };

static const double half_root = 0.70710678118654752440;

static void expect(int row, int first, int end, enum neighbor_order order, const struct neighbor *expected,
                   int count)
{
    struct neighbors neighbors;
    struct error error;
    if (!neighbors_open(&neighbors, table[0], E, row, first, end, order, &error))
        fail_msg("%s", error.message);
    assert_int_equal(neighbors.count, count);
    for (int i = 0; i < count; i++) {
        char what[32];
        snprintf(what, sizeof what, "neighbor %d", i);
        assert_int_equal(neighbors.items[i].row, expected[i].row);
        expect_close_number(what, neighbors.items[i].similarity, expected[i].similarity,
                            (struct tolerance){.absolute = 1e-15});
    }
    neighbors_close(&neighbors);
    neighbors_close(&neighbors);
}

/* Lengths do not count, be they 2^-100 or 3e38, and rows as near as each other come in order. */
static void test_nearest(void **state)
{
    (void)state;
    static const struct neighbor expected[] = {{6, 1}, {4, half_root},  {8, half_root}, {1, 0},
                                               {7, 0}, {9, -half_root}, {2, -1}};
    expect(3, 1, ROWS, NEIGHBORS_NEAREST, expected, 7);
}

static void test_farthest(void **state)
{
    (void)state;
    static const struct neighbor expected[] = {{2, -1},        {9, -half_root}, {1, 0}, {7, 0},
                                               {4, half_root}, {8, half_root},  {6, 1}};
    expect(3, 1, ROWS, NEIGHBORS_FARTHEST, expected, 7);
}

static void test_range(void **state)
{
    (void)state;
    static const struct neighbor expected[] = {{8, 0}, {7, -half_root}};
    expect(9, 7, 9, NEIGHBORS_NEAREST, expected, 2);
    expect(3, 3, 4, NEIGHBORS_NEAREST, NULL, 0);
    expect(3, 5, 6, NEIGHBORS_NEAREST, NULL, 0);
    expect(3, 9, 4, NEIGHBORS_NEAREST, NULL, 0);
}

/* A vector again, whatever its digits, is at 1 and no nearer. */
static void test_the_same_again(void **state)
{
    (void)state;
    static const float same[][3] = {{0.1f, -0.7f, 0.3f}, {0.1f, -0.7f, 0.3f}, {-0.1f, 0.7f, -0.3f}};
    struct neighbors neighbors;
    struct error error;
    assert_true(neighbors_open(&neighbors, same[0], 3, 0, 0, 3, NEIGHBORS_NEAREST, &error));
    assert_int_equal(neighbors.count, 2);
    assert_true(neighbors.items[0].row == 1 && neighbors.items[0].similarity == 1.0);
    assert_true(neighbors.items[1].row == 2 && neighbors.items[1].similarity == -1.0);
    neighbors_close(&neighbors);
}

static void test_zeros_have_no_direction(void **state)
{
    (void)state;
    struct neighbors neighbors;
    struct error error = {""};
    assert_false(neighbors_open(&neighbors, table[0], E, 5, 1, ROWS, NEIGHBORS_NEAREST, &error));
    assert_non_null(strstr(error.message, "all zero"));
    neighbors_close(&neighbors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_farthest),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_zeros_have_no_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
