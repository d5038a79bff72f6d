/* The CPU backend's LSTM, forward and backward, against the reference in double. */
#include "compare.h"
#include "matinee/cpu.h"
#include "ops/lstm_case.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>

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

/* The ops flush denormals for speed; the caller's arithmetic must be as it was. */
static void expect_denormals(void)
{
    volatile float smallest_normal = FLT_MIN;
    volatile float half = 0.5f * smallest_normal;
    assert_true(half > 0.0f);
}

/* The reference takes no short cut, so both ways of running are held to numbers made without knowing pads. */
static void check(struct lstm_dims dims, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    lstm_case_open(&lstm_case, dims, rows);
    for (int pads = PADS_KNOWN; pads <= PADS_UNKNOWN; pads++) {
        struct lstm_result result;
        lstm_case_run(&lstm_case, backend, (enum pads_known)pads, &result);
        lstm_case_check(&lstm_case, &result);
        expect_denormals();
        lstm_result_close(&result);
    }
    lstm_case_close(&lstm_case);
}

static void test_one_step(void **state)
{
    (void)state;
    check((struct lstm_dims){1, 1, 2, 1, 1}, ROWS_MIXED);
    check((struct lstm_dims){1, 7, 50, 8, 6}, ROWS_MIXED);
    check((struct lstm_dims){1, 65, 50, 32, 31}, ROWS_MIXED);
}

static void test_odd_units(void **state)
{
    (void)state;
    static const int units[] = {1, 6, 7, 16, 31, 33, 100, 112, 257};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        check((struct lstm_dims){13, 5, 50, 8, units[i]}, ROWS_MIXED);
}

static void test_odd_embeddings(void **state)
{
    (void)state;
    static const int embeddings[] = {1, 8, 32, 33};
    for (size_t i = 0; i < sizeof embeddings / sizeof embeddings[0]; i++)
        check((struct lstm_dims){13, 9, 50, embeddings[i], 17}, ROWS_MIXED);
}

static void test_odd_batches(void **state)
{
    (void)state;
    static const int rows[] = {1, 3, 7, 8, 9, 40, 64, 65};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check((struct lstm_dims){13, rows[i], 50, 8, 7}, ROWS_MIXED);
        check((struct lstm_dims){2, rows[i], 2, 33, 33}, ROWS_MIXED);
    }
}

static void test_many_steps(void **state)
{
    (void)state;
    check((struct lstm_dims){500, 1, 50, 8, 6}, ROWS_MIXED);
    check((struct lstm_dims){500, 3, 50, 8, 33}, ROWS_MIXED);
}

static void test_the_tutorials_sizes(void **state)
{
    (void)state;
    check((struct lstm_dims){20, 64, 50, 32, 100}, ROWS_MIXED);
    check((struct lstm_dims){13, 64, 700, 8, 7}, ROWS_MIXED); /* several blocks of tokens */
}

static void test_rows_of_one_kind(void **state)
{
    (void)state;
    static const enum rows_kind kinds[] = {ROWS_ALL_PADS, ROWS_NO_PADS, ROWS_EQUAL};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        check((struct lstm_dims){13, 9, 50, 8, 33}, kinds[i]);
        check((struct lstm_dims){13, 1, 50, 8, 6}, kinds[i]);
        check((struct lstm_dims){1, 9, 50, 8, 6}, kinds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_step),         cmocka_unit_test(test_odd_units),
        cmocka_unit_test(test_odd_embeddings),   cmocka_unit_test(test_odd_batches),
        cmocka_unit_test(test_many_steps),       cmocka_unit_test(test_the_tutorials_sizes),
        cmocka_unit_test(test_rows_of_one_kind),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
