/* The choice of kernels by name. */
#include "dispatch.h"
#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool no(void)
{
    return false;
}

static bool yes(void)
{
    return true;
}

/* A build for a processor that lacks the first of its tables. */
static const struct cpu_kernels newest = {.name = "Newest"}, usual = {.name = "Usual"}, old = {.name = "Old"};
static const struct kernel_table tables[] = {
    {"newest", &newest, no}, {"usual", &usual, yes}, {"old", &old, yes}};
enum { TABLES = sizeof tables / sizeof tables[0] };

static void test_auto_takes_the_first_that_runs(void **state)
{
    struct error error;
    (void)state;
    assert_ptr_equal(kernel_table_find(tables, TABLES, "auto", &error), &tables[1]);
    assert_ptr_equal(kernel_table_find(tables, TABLES, NULL, &error), &tables[1]);
}

static void test_a_name_is_taken_at_its_word(void **state)
{
    struct error error;
    (void)state;
    assert_ptr_equal(kernel_table_find(tables, TABLES, "usual", &error), &tables[1]);
    assert_ptr_equal(kernel_table_find(tables, TABLES, "old", &error), &tables[2]);
}

static void test_refusals(void **state)
{
    struct error error;
    (void)state;
    assert_null(kernel_table_find(tables, TABLES, "newest", &error));
    assert_string_equal(error.message,
                        "--cpu-kernels newest: this processor does not run Newest; use usual, old or auto");
    assert_null(kernel_table_find(tables, TABLES, "other", &error));
    assert_string_equal(error.message,
                        "--cpu-kernels other: this build has no such kernels; use usual, old or auto");
    struct backend *backend = NULL;
    const struct backend_options options = {.threads = 1, .cpu_kernels = "other"};
    assert_false(cpu_backend_open_with(&backend, &options, &error));
    assert_null(backend);
}

/* Every table of this build opens a backend that says what it runs, or is refused. */
static void test_backends(void **state)
{
    struct error error;
    struct kernel_set set;
    const struct lstm dims = {.T = 1, .N = 1, .E = 1, .H = 1, .D = 1};
    int runs = 0;
    (void)state;
    for (int i = 0; cpu_kernel_set(i, &set); i++) {
        struct backend *backend = NULL;
        const struct backend_options options = {.threads = 1, .cpu_kernels = set.name};
        assert_int_equal(cpu_backend_open_with(&backend, &options, &error), set.runs);
        if (!set.runs)
            continue;
        assert_non_null(strstr(backend->description, set.instructions));
        assert_string_equal(backend->memory->lstm_engine(backend, &dims, &error), set.instructions);
        backend->close(backend);
        if (runs++ == 0) {
            assert_true(cpu_backend_open(&backend, 1, &error));
            assert_non_null(strstr(backend->description, set.instructions));
            backend->close(backend);
        }
    }
    assert_in_range(runs, 1, kernel_table_count);
    assert_false(cpu_kernel_set(-1, &set));
    assert_false(cpu_kernel_set(kernel_table_count, &set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto_takes_the_first_that_runs),
        cmocka_unit_test(test_a_name_is_taken_at_its_word),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_backends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
