/* The CPU backend's add_parts, for several numbers of threads. */
#include "backends.h"
#include "matinee/cpu.h"
#include "ops/parts_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_parts_and_sizes(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 1023, 1024, 1025, 10007};
    for (int i = 0; i < BACKENDS; i++)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            for (int parts = 1; parts <= 9; parts++)
                parts_case_check(backends[i], parts, counts[k]);
}

static void test_many_parts(void **state)
{
    (void)state;
    for (int parts = 10; parts < 140; parts += 7)
        parts_case_check(backends[0], parts, 33);
    parts_case_check(backends[0], 64, 33);
    parts_case_check(backends[0], 1025, 5);
}

static void test_written_out(void **state)
{
    (void)state;
    parts_case_check_written_out(backends[1]);
    expect_denormals();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_and_sizes),
        cmocka_unit_test(test_many_parts),
        cmocka_unit_test(test_written_out),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
