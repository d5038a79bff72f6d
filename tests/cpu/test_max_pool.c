/* The CPU backend's maximum over steps, forward and backward: exact. */
#include "backends.h"
#include "compare.h"
#include "ops/pool_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(int T, int N, int F, int P)
{
    struct pool_case pool_case;
    struct pool_result result;
    pool_case_open(&pool_case, T, N, F, P);
    for (int i = 0; i < BACKENDS; i++) {
        pool_case_run(&pool_case, backends[i], &result);
        pool_case_check(&pool_case, &result);
        pool_result_close(&result);
    }
    pool_case_close(&pool_case);
}

static void test_shapes(void **state)
{
    (void)state;
    static const int pools[] = {1, 2, 3, 13};
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
        check(13, 1, 1, pools[i]);
        check(13, 9, 7, pools[i]);
        check(13, 64, 33, pools[i]); /* longer than what is pooled at once */
    }
    check(1, 1, 1, 1);
    check(1, 8, 16, 1);
}

/* Any number of threads makes the same bits, -0 and 0 and the choice among equals included. */
static void test_threads(void **state)
{
    (void)state;
    struct pool_case pool_case;
    struct pool_result one, other;
    pool_case_open(&pool_case, 29, 65, 33, 2);
    for (size_t k = 0; k < pool_case.x_count; k++)
        pool_case.x[k] = k % 3 == 0 ? -0.0f : k % 5 == 0 ? 0.0f : pool_case.x[k] - 2.0f;
    pool_case_run(&pool_case, backends[0], &one);
    for (int i = 1; i < BACKENDS; i++) {
        pool_case_run(&pool_case, backends[i], &other);
        expect_equal_bits("y", other.y, one.y, pool_case.y_count * sizeof(float));
        expect_equal_bits("y of inference", other.y_inference, one.y_inference,
                          pool_case.y_count * sizeof(float));
        expect_equal_bits("dx", other.dx, one.dx, pool_case.x_count * sizeof(float));
        expect_equal_bits("y_pads", other.y_pads, one.y_pads, (size_t)pool_case.dims.N * sizeof(int32_t));
        pool_result_close(&other);
    }
    pool_result_close(&one);
    pool_case_close(&pool_case);
}

static void test_nan(void **state)
{
    (void)state;
    pool_case_check_nan(backends[1]);
}

static void test_pads_that_rows_of_y_share(void **state)
{
    (void)state;
    for (int P = 1; P <= 13; P++) {
        pool_case_check_pads(backends[1], 13, 24, 5, P);
        pool_case_check_pads(backends[1], 26, 9, 1, P);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_pads_that_rows_of_y_share),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
