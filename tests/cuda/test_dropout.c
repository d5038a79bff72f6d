/* The CUDA backend's dropout over the emulator. */
#include "cuda_fixture.h"
#include "ops/dropout_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Whole float4s and not, rows longer than a block, and T = 1. */
static void test_dropout(void **state)
{
    (void)state;
    static const int all[][3] = {{1, 1, 1},  {1, 64, 100}, {13, 7, 5}, {31, 3, 32},
                                 {7, 5, 33}, {3, 2, 1300}, {257, 2, 1}};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++) {
            const struct dropout_dims dims = {all[k][0], all[k][1], all[k][2], (enum dropout_unit)unit};
            dropout_case_check(cuda, dims, 0.0f);
            dropout_case_check(cuda, dims, 0.2f);
            dropout_case_check(cuda, dims, 0.9f);
        }
}

static void test_step_counts(void **state)
{
    (void)state;
    dropout_case_check_steps(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_step_counts),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
