/* The CPU backend's Adam, for several numbers of threads. */
#include "matinee/cpu.h"
#include "ops/adam_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_sizes_and_threads(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 16, 1000, 100003};
    for (int threads = 1; threads <= 3; threads++) {
        struct backend *backend;
        struct error error;
        assert_true(cpu_backend_open(&backend, threads, &error));
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            adam_case_check(backend, counts[i]);
        backend->close(backend);
    }
}

/* Each kernel table that this processor runs. */
static void test_instruction_sets(void **state)
{
    (void)state;
    struct kernel_set set;
    for (int i = 0; cpu_kernel_set(i, &set); i++) {
        struct backend *backend;
        struct error error;
        if (!set.runs)
            continue;
        const struct backend_options options = {.threads = 2, .cpu_kernels = set.name};
        assert_true(cpu_backend_open_with(&backend, &options, &error));
        adam_case_check(backend, 8192 + 77);
        backend->close(backend);
    }
}

static void test_rows_without_gradient_move(void **state)
{
    (void)state;
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 1, &error));
    adam_case_check_without_gradient(backend);
    backend->close(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_threads),
        cmocka_unit_test(test_instruction_sets),
        cmocka_unit_test(test_rows_without_gradient_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
