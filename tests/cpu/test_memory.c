/* The rest of the CPU backend: its table, load_batch, clear, memory and recordings. */
#include "matinee/cpu.h"
#include "ops/batch_case.h"
#include "ops/memory_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct backend *backend;

/* With AddressSanitizer an allocation that cannot be is NULL, as without it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 0, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

static void test_the_tables_are_complete(void **state)
{
    (void)state;
    memory_case_check_tables(backend, "cpu");
}

/* Never fewer than were asked for. */
static void test_inference_rows(void **state)
{
    (void)state;
    static const int rows[][2] = {{1, 512}, {64, 512}, {512, 512}, {1000, 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct lstm lstm = {.T = 500, .N = rows[i][0], .V = 5000, .E = 32, .H = 100, .D = 1};
        assert_int_equal(backend->memory->inference_rows(backend, &lstm), rows[i][1]);
    }
    assert_int_equal(backend->inference_bytes, 64 << 20);
}

static void test_load_batch(void **state)
{
    (void)state;
    batch_case_check_load(backend);
}

static void test_next_step(void **state)
{
    (void)state;
    batch_case_check_next_step(backend);
}

static void test_clear(void **state)
{
    (void)state;
    memory_case_check_clear(backend);
}

static void test_memory_is_aligned(void **state)
{
    (void)state;
    memory_case_check_alignment(backend);
}

static void test_too_much_memory_is_an_error(void **state)
{
    (void)state;
    memory_case_check_too_much(backend);
}

static void test_poll(void **state)
{
    (void)state;
    memory_case_check_poll(backend);
}

static void test_replay_equals_calls(void **state)
{
    (void)state;
    memory_case_check_replay(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tables_are_complete),
        cmocka_unit_test(test_inference_rows),
        cmocka_unit_test(test_load_batch),
        cmocka_unit_test(test_next_step),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_memory_is_aligned),
        cmocka_unit_test(test_too_much_memory_is_an_error),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_replay_equals_calls),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
