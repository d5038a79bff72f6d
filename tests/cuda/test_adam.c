/* The CUDA backend's Adam over the emulator. */
#include "cuda_fixture.h"
#include "ops/adam_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_sizes(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 256, 257, 10007};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        adam_case_check(cuda, counts[i]);
}

static void test_rows_without_gradient_move(void **state)
{
    (void)state;
    adam_case_check_without_gradient(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_rows_without_gradient_move),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
