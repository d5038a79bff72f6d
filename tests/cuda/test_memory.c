/* The CUDA backend's tables, batches, memory and recordings over the emulator. */
#include "cuda_fixture.h"
#include "ops/batch_case.h"
#include "ops/memory_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_the_tables_are_complete(void **state)
{
    (void)state;
    memory_case_check_tables(cuda, "cuda");
}

static void test_load_batch(void **state)
{
    (void)state;
    batch_case_check_load(cuda);
}

static void test_next_step(void **state)
{
    (void)state;
    batch_case_check_next_step(cuda);
}

static void test_clear(void **state)
{
    (void)state;
    memory_case_check_clear(cuda);
}

static void test_memory_is_aligned(void **state)
{
    (void)state;
    memory_case_check_alignment(cuda);
}

static void test_too_much_memory_is_an_error(void **state)
{
    (void)state;
    memory_case_check_too_much(cuda);
}

static void test_poll(void **state)
{
    (void)state;
    memory_case_check_poll(cuda);
}

static void test_replay_equals_calls(void **state)
{
    (void)state;
    memory_case_check_replay(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tables_are_complete),
        cmocka_unit_test(test_load_batch),
        cmocka_unit_test(test_next_step),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_memory_is_aligned),
        cmocka_unit_test(test_too_much_memory_is_an_error),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_replay_equals_calls),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
