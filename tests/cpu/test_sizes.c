/* The memory that the CPU backend asks for. */
#include "matinee/cpu.h"
#include "ops/sizes_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct backend *backend;

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 2, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

static void test_lstm(void **state)
{
    (void)state;
    sizes_case_check_lstm(backend);
}

static void test_other_ops(void **state)
{
    (void)state;
    sizes_case_check_embedding(backend);
    sizes_case_check_conv_pool(backend);
    sizes_case_check_max_pool(backend);
    sizes_case_check_global_pool(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),
        cmocka_unit_test(test_other_ops),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
