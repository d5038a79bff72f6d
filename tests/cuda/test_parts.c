/* The CUDA backend's add_parts over the emulator. */
#include "cuda_fixture.h"
#include "ops/parts_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_parts_and_sizes(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 255, 256, 257, 1031};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
        for (int parts = 1; parts <= 9; parts++)
            parts_case_check(cuda, parts, counts[k]);
}

/* Around the powers of 8, where a branch begins. */
static void test_many_parts(void **state)
{
    (void)state;
    static const int all[] = {15, 16, 17, 56, 57, 63, 64, 65, 72, 73, 100, 128, 511, 512, 513, 1025};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        parts_case_check(cuda, all[i], 5);
}

static void test_written_out(void **state)
{
    (void)state;
    parts_case_check_written_out(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_and_sizes),
        cmocka_unit_test(test_many_parts),
        cmocka_unit_test(test_written_out),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
