/* global_pool and global_pool_backward of the CUDA backend over the emulator. */
#include "compare.h"
#include "cuda_fixture.h"
#include "ops/global_pool_case.h"
#include "ops/sizes_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(int T, int N, int F)
{
    for (int kind = 0; kind < GLOBAL_POOL_KINDS; kind++) {
        struct global_pool_case pool_case;
        struct global_pool_result result;
        global_pool_case_open(&pool_case, T, N, F, (enum global_pool_kind)kind);
        global_pool_case_run(&pool_case, cuda, &result);
        global_pool_case_check(&pool_case, &result);
        global_pool_result_close(&result);
        global_pool_case_close(&pool_case);
    }
}

/* Fewer steps than a block has warps, and more; fewer columns than a warp has lanes, and more. */
static void test_shapes(void **state)
{
    (void)state;
    static const int steps[] = {1, 2, 15, 16, 17, 31, 257};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        check(steps[i], 1, 1);
        check(steps[i], 3, 7);
        check(steps[i], 9, 33);
    }
    check(5, 257, 1);
    check(3, 2, 300);
}

static void test_nan(void **state)
{
    (void)state;
    for (int kind = 0; kind < GLOBAL_POOL_KINDS; kind++)
        global_pool_case_check_nan(cuda, (enum global_pool_kind)kind);
}

static void test_long_rows(void **state)
{
    (void)state;
    global_pool_case_check_long(cuda);
}

/* Bit by bit again. */
static void test_reruns(void **state)
{
    (void)state;
    struct global_pool_case pool_case;
    struct global_pool_result expected, result;
    global_pool_case_open(&pool_case, 131, 5, 37, GLOBAL_MASKED_AVERAGE);
    global_pool_case_run(&pool_case, cuda, &expected);
    global_pool_case_run(&pool_case, cuda, &result);
    expect_equal_bits("y", result.y, expected.y, pool_case.y_count * sizeof(float));
    expect_equal_bits("dx", result.dx, expected.dx, pool_case.x_count * sizeof(float));
    global_pool_result_close(&result);
    global_pool_result_close(&expected);
    global_pool_case_close(&pool_case);
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    sizes_case_check_global_pool(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_reruns),
        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
