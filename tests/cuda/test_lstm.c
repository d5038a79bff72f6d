/* The CUDA backend's LSTM by the engine generic, over the emulator, against the reference in double. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "ops/lstm_suite.h"
#include "standin.h"

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
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
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

static const struct lstm_form of_x = {.D = 1, .x = true};

static void test_sizes(void **state)
{
    (void)state;
    lstm_suite_one_step(check_form, of_x);
    lstm_suite_units(check_form, of_x);
    lstm_suite_embeddings(check_form, of_x);
    lstm_suite_batches(check_form, of_x);
    lstm_suite_tutorials(check_form, of_x);
}

static void test_many_steps(void **state)
{
    (void)state;
    lstm_suite_many_steps(check_form, of_x);
}

static void test_x(void **state)
{
    (void)state;
    lstm_suite_x(check_form);
    lstm_suite_odd_sizes(check_form, (struct lstm_form){.D = 1, .x = true, .reversed = true});
    lstm_suite_odd_sizes(check_form, (struct lstm_form){.D = 2, .x = true});
    lstm_suite_odd_sizes(check_form, (struct lstm_form){.D = 2, .x = true, .sequences = true});
}

static void test_masks(void **state)
{
    (void)state;
    lstm_suite_gate_masks(check_form);
    lstm_suite_shared_masks(check_form);
    lstm_suite_masked_sequences(check_form);
}

static void test_given_masks(void **state)
{
    (void)state;
    lstm_suite_given_masks(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_many_steps),  cmocka_unit_test(test_x),
        cmocka_unit_test(test_masks), cmocka_unit_test(test_given_masks),
    };
    return cmocka_run_group_tests(tests, open_generic, cuda_fixture_close);
}
