/* The same bits from every number of threads, from every run, and for a row whatever the rows beside it. */
#include "compare.h"
#include "matinee/cpu.h"
#include "ops/lstm_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { THREAD_COUNTS = 6 };

static const int thread_counts[THREAD_COUNTS] = {1, 2, 3, 8, 16, 1}; /* the last one: a second run */
static struct backend *backends[THREAD_COUNTS];

static int open_backends(void **state)
{
    struct error error;
    (void)state;
    for (int i = 0; i < THREAD_COUNTS; i++)
        if (!cpu_backend_open(&backends[i], thread_counts[i], &error))
            return -1;
    return 0;
}

static int close_backends(void **state)
{
    (void)state;
    for (int i = 0; i < THREAD_COUNTS; i++)
        backends[i]->close(backends[i]);
    return 0;
}

static void expect_same_bits(struct lstm_dims dims, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    struct lstm_result one, other;
    lstm_case_open(&lstm_case, dims, rows);
    lstm_case_run(&lstm_case, backends[0], PADS_KNOWN, &one);
    size_t h_bytes = (size_t)dims.N * (size_t)dims.H * sizeof(float);
    for (int i = 1; i < THREAD_COUNTS; i++) {
        lstm_case_run(&lstm_case, backends[i], PADS_KNOWN, &other);
        expect_equal_bits("h", other.h, one.h, h_bytes);
        expect_equal_bits("h of inference", other.h_inference, one.h_inference, h_bytes);
        expect_equal_bits("gradients", other.gradients, one.gradients, lstm_case.count * sizeof(float));
        lstm_result_close(&other);
    }
    lstm_result_close(&one);
    lstm_case_close(&lstm_case);
}

static void test_lstm(void **state)
{
    (void)state;
    expect_same_bits((struct lstm_dims){13, 1, 50, 8, 7}, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 7, 50, 8, 33}, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 40, 50, 32, 31}, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 64, 50, 32, 100}, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 65, 50, 33, 6}, ROWS_NO_PADS);
    expect_same_bits((struct lstm_dims){13, 9, 50, 8, 16}, ROWS_ALL_PADS);
    expect_same_bits((struct lstm_dims){13, 64, 700, 8, 16}, ROWS_MIXED); /* several blocks of tokens */
}

/* Equal rows in one batch have equal states to the bit: a row does not know where it stands. */
static void test_equal_rows(void **state)
{
    (void)state;
    struct lstm_dims dims = {13, 65, 50, 8, 33};
    struct lstm_case lstm_case;
    struct lstm_result result;
    lstm_case_open(&lstm_case, dims, ROWS_EQUAL);
    lstm_case_run(&lstm_case, backends[1], PADS_KNOWN, &result);
    for (int n = 1; n < dims.N; n++)
        expect_equal_bits("h of a row", result.h + n * dims.H, result.h, (size_t)dims.H * sizeof(float));
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lstm), cmocka_unit_test(test_equal_rows)};
    return cmocka_run_group_tests(tests, open_backends, close_backends);
}
