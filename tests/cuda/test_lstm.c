/* The CUDA backend's LSTM by the engine generic, over the emulator, against the reference in double. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "ops/lstm_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int open_generic(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&(struct backend_options){.device = "cuda", .engine = ENGINE_GENERIC},
                                  &cuda)
               ? 0
               : -1;
}

/* Pads mean nothing to the engine: it makes every row's own dx whether it knows them or not. */
static void check_any(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    struct lstm_result result;
    lstm_case_open(&lstm_case, dims, form, rows);
    lstm_case_run(&lstm_case, cuda, PADS_KNOWN, &result);
    result.pads_known = false;
    lstm_case_check(&lstm_case, &result);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
}

/* The emulator runs a few million threads a second: of the lists only what is small enough. */
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    enum { LAUNCHED_THREADS = 128, MOST_THREADS = 14000 };
    const int units = dims.N * dims.H;
    if (dims.T * (units > LAUNCHED_THREADS ? units : LAUNCHED_THREADS) <= MOST_THREADS)
        check_any(dims, form, rows);
}

static void test_sizes(void **state)
{
    (void)state;
    lstm_suite_one_step(check_form, lstm_of_tokens);
    lstm_suite_units(check_form, lstm_of_tokens);
    lstm_suite_embeddings(check_form, lstm_of_tokens);
    lstm_suite_batches(check_form, lstm_of_tokens);
}

static void test_large_sizes(void **state)
{
    (void)state;
    struct lstm_form masked = lstm_masked_form(2, 0.2f, 0.3f, GATE_COUNT);
    masked.sequences = true;
    check_any((struct lstm_dims){2, 64, 50, 32, 100}, lstm_of_tokens, ROWS_MIXED);
    check_any((struct lstm_dims){2, 3, 50, 8, 257}, lstm_of_tokens, ROWS_MIXED);
    check_any((struct lstm_dims){2, 9, 50, 33, 112}, masked, ROWS_MIXED);
    check_any((struct lstm_dims){300, 2, 50, 8, 6}, lstm_of_tokens, ROWS_MIXED);
}

static void test_rows_of_one_kind(void **state)
{
    (void)state;
    lstm_suite_rows(check_form, lstm_of_tokens);
}

static void test_forms(void **state)
{
    (void)state;
    lstm_suite_x(check_form);
    lstm_suite_reversed(check_form);
    lstm_suite_sequences(check_form);
    lstm_suite_two_directions(check_form);
}

static void test_masks(void **state)
{
    (void)state;
    lstm_suite_gate_masks(check_form);
    lstm_suite_shared_masks(check_form);
    lstm_suite_masked_sequences(check_form);
}

static void test_hard_sigmoid(void **state)
{
    (void)state;
    lstm_suite_hard_sigmoid(check_form);
}

static void test_given_masks(void **state)
{
    (void)state;
    lstm_suite_given_masks(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_large_sizes),
        cmocka_unit_test(test_rows_of_one_kind),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_hard_sigmoid),
        cmocka_unit_test(test_given_masks),
    };
    return cmocka_run_group_tests(tests, open_generic, cuda_fixture_close);
}
