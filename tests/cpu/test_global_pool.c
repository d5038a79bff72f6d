/* The CPU backend's maximum and mean over all steps, forward and backward. */
#include "backends.h"
#include "compare.h"
#include "ops/global_pool_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect_same(const struct global_pool_case *pool_case, const struct global_pool_result *result,
                        const struct global_pool_result *expected)
{
    expect_equal_bits("y", result->y, expected->y, pool_case->y_count * sizeof(float));
    expect_equal_bits("dx", result->dx, expected->dx, pool_case->x_count * sizeof(float));
}

/* Against the reference, and the same bits from any number of threads. */
static void check(int T, int N, int F)
{
    for (int kind = 0; kind < GLOBAL_POOL_KINDS; kind++) {
        struct global_pool_case pool_case;
        struct global_pool_result one, other;
        global_pool_case_open(&pool_case, T, N, F, (enum global_pool_kind)kind);
        global_pool_case_run(&pool_case, backends[0], &one);
        global_pool_case_check(&pool_case, &one);
        expect_denormals();
        for (int i = 1; i < BACKENDS; i++) {
            global_pool_case_run(&pool_case, backends[i], &other);
            expect_same(&pool_case, &other, &one);
            global_pool_result_close(&other);
        }
        global_pool_result_close(&one);
        global_pool_case_close(&pool_case);
    }
}

/* Rows that end within a piece of columns, at its end and beyond it. */
static void test_shapes(void **state)
{
    (void)state;
    check(1, 1, 1);
    check(1, 9, 33);
    check(13, 1, 1);
    check(13, 9, 7);
    check(31, 64, 1);
    check(20, 64, 96);
    check(7, 3, 255);
    check(7, 3, 256);
    check(7, 2, 700);
    check(400, 5, 16);
}

static void test_nan(void **state)
{
    (void)state;
    for (int kind = 0; kind < GLOBAL_POOL_KINDS; kind++)
        global_pool_case_check_nan(backends[1], (enum global_pool_kind)kind);
}

static void test_a_long_mean(void **state)
{
    (void)state;
    global_pool_case_check_long(backends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_a_long_mean),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
