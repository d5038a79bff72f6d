/* The CUDA backend's dense_bce and dense_backward over the emulator. */
#include "cuda_fixture.h"
#include "ops/head_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Against the reference, and once more to the bit. */
static void check(int N, int F, double kernel_limit)
{
    struct head_case head;
    struct head_result first, again;
    head_case_open(&head, N, F, kernel_limit);
    head_case_run(&head, cuda, &first);
    head_case_check(&head, &first);
    head_case_run(&head, cuda, &again);
    head_case_expect_same(&head, &again, &first);
    head_result_close(&first);
    head_result_close(&again);
    head_case_close(&head);
}

static void test_odd_sizes(void **state)
{
    (void)state;
    static const int rows[] = {1, 7, 16, 17, 40, 65}, features[] = {1, 31, 33, 100};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++)
        for (size_t f = 0; f < sizeof features / sizeof features[0]; f++)
            check(rows[n], features[f], 0.3);
    check(257, 7, 0.3);
    check(1100, 3, 0.3); /* beyond 512 rows the warps begin again */
    check(17, 1024, 0.3);
    check(2, 2500, 0.3);
    check(64, 100, 0.3);
}

/* Logits in the hundreds: probabilities are 0 or 1, the loss stays finite and linear. */
static void test_confident_mistakes(void **state)
{
    (void)state;
    check(64, 100, 200.0);
}

static void test_a_half_predicts_zero(void **state)
{
    (void)state;
    head_case_check_a_half(cuda);
}

static void test_parts_add_up(void **state)
{
    (void)state;
    head_case_check_parts(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_confident_mistakes),
        cmocka_unit_test(test_a_half_predicts_zero),
        cmocka_unit_test(test_parts_add_up),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
