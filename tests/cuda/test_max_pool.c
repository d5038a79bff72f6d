/* max_pool and max_pool_backward of the CUDA backend over the emulator: exact. */
#include "cuda_fixture.h"
#include "ops/pool_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(int T, int N, int F, int P)
{
    struct pool_case pool_case;
    struct pool_result result;
    pool_case_open(&pool_case, T, N, F, P);
    pool_case_run(&pool_case, cuda, &result);
    pool_case_check(&pool_case, &result);
    pool_result_close(&result);
    pool_case_close(&pool_case);
}

static void test_shapes(void **state)
{
    (void)state;
    static const int pools[] = {1, 2, 3, 13};
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
        check(13, 1, 1, pools[i]);
        check(13, 9, 7, pools[i]);
        check(31, 7, 33, pools[i]);
    }
    check(1, 1, 1, 1);
    check(2, 257, 1, 2);
    check(3, 300, 1, 3); /* y_pads in more than one block */
    check(257, 2, 3, 256);
}

static void test_nan(void **state)
{
    (void)state;
    pool_case_check_nan(cuda);
}

static void test_pads_that_rows_of_y_share(void **state)
{
    (void)state;
    for (int P = 1; P <= 13; P++) {
        pool_case_check_pads(cuda, 13, 24, 5, P);
        pool_case_check_pads(cuda, 26, 9, 1, P);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_pads_that_rows_of_y_share),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
