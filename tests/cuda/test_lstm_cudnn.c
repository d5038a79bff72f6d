/* The CUDA backend's LSTM by the engine cudnn, over a stand-in of the library or on a device, against the reference in
 * double. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "lstm_stack_case.h"
#include "ops/lstm_suite.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct backend_options with_cudnn = {.device = "cuda", .engine = ENGINE_CUDNN};

static int open_cudnn(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&with_cudnn, &cuda) ? 0 : -1;
}

/* Pads mean nothing to the library: every row has its own dx whether they are known or not. */
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

/* The stand-in's loops are plain: of the lists only what is small enough. */
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    enum { MOST_PRODUCTS = 50000 };
    const long long products = (long long)dims.T * dims.N * dims.H * (dims.E + dims.H);
    if (products <= MOST_PRODUCTS)
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
    check_any((struct lstm_dims){2, 64, 50, 32, 100}, lstm_of_tokens, ROWS_MIXED);
    check_any((struct lstm_dims){2, 3, 50, 8, 257}, lstm_of_tokens, ROWS_MIXED);
    check_any((struct lstm_dims){300, 2, 50, 8, 6}, lstm_of_tokens, ROWS_MIXED);
}

static void test_forms(void **state)
{
    (void)state;
    lstm_suite_x(check_form);
    lstm_suite_reversed(check_form);
    lstm_suite_sequences(check_form);
    lstm_suite_two_directions(check_form);
}

static void test_stacks(void **state)
{
    (void)state;
    static const struct lstm_stack_form forms[] = {
        {.T = 1, .N = 1, .E = 1, .H = 1, .D = 1, .layers = 2},
        {.T = 7, .N = 3, .E = 5, .H = 4, .D = 1, .layers = 2},
        {.T = 7, .N = 3, .E = 5, .H = 33, .D = 1, .layers = 2, .sequences = true},
        {.T = 5, .N = 9, .E = 33, .H = 6, .D = 2, .layers = 3},
        {.T = 5, .N = 2, .E = 3, .H = 17, .D = 2, .layers = 2, .sequences = true},
        {.T = 3, .N = 2, .E = 3, .H = 4, .D = 1, .layers = LSTM_STACK_MAX},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        lstm_stack_check(cuda, &forms[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_large_sizes),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_stacks),
    };
    return cmocka_run_group_tests(tests, open_cudnn, cuda_fixture_close);
}
