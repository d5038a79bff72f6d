/* The LSTM by every engine on a device, in every form that the engine takes, against the reference in double. Here the
 * lists of cases run whole: over the emulator only what is small enough. */
#include "compare.h"
#include "cuda_fixture.h"
#include "device_engines.h"
#include "lstm_stack_case.h"
#include "ops/lstm_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int engine; /* whose turn it is */

/* The lists go beyond what the engine fused takes. */
static bool is_taken(struct lstm_dims dims, struct lstm_form form)
{
    enum { FUSED_UNITS_MAX = 108 };
    bool is_fused = strcmp(device_engine_name(engine), "fused") == 0;
    return !is_fused || (dims.H <= FUSED_UNITS_MAX && !(form.hard_slope > 0.0f));
}

/* Pads mean nothing to a GPU's engines: every row has its own dx whether they are known or not. */
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    enum { MOST_PRODUCTS_IF_TINY = 1000 };
    struct lstm_case lstm_case;
    struct lstm_result result;
    const long long products = (long long)dims.T * dims.N * dims.H * (dims.E + dims.H);
    if (!is_taken(dims, form) || (device_shapes_are_tiny() && products > MOST_PRODUCTS_IF_TINY))
        return;
    lstm_case_open(&lstm_case, dims, form, rows);
    lstm_case_run(&lstm_case, cuda, PADS_KNOWN, &result);
    result.pads_known = false;
    lstm_case_check(&lstm_case, &result);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
}

static void check_sizes(struct lstm_form form)
{
    lstm_suite_one_step(check_form, form);
    lstm_suite_units(check_form, form);
    lstm_suite_embeddings(check_form, form);
    lstm_suite_batches(check_form, form);
    lstm_suite_many_steps(check_form, form);
    lstm_suite_tutorials(check_form, form);
    lstm_suite_odd_sizes(check_form, form);
}

static void check_forms(void)
{
    check_sizes(lstm_of_tokens);
    lstm_suite_x(check_form);
    lstm_suite_reversed(check_form);
    lstm_suite_sequences(check_form);
    lstm_suite_two_directions(check_form);
}

static void check_masks(void)
{
    lstm_suite_gate_masks(check_form);
    lstm_suite_shared_masks(check_form);
    lstm_suite_masked_sequences(check_form);
    lstm_suite_hard_sigmoid(check_form);
    lstm_suite_given_masks(cuda);
    check_sizes(lstm_masked_form(2, 0.2f, 0.3f, 4));
}

static void check_stacks(void)
{
    static const struct lstm_stack_form forms[] = {
        {.T = 1, .N = 1, .E = 1, .H = 1, .D = 1, .layers = 2},
        {.T = 7, .N = 3, .E = 5, .H = 33, .D = 1, .layers = 2, .sequences = true},
        {.T = 5, .N = 9, .E = 33, .H = 6, .D = 2, .layers = 3},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (!device_shapes_are_tiny() || forms[i].H == 1)
            lstm_stack_check(cuda, &forms[i]);
}

/* What the engine says of the tutorials' layer goes to the log: which of cuDNN's algorithms it has chosen. */
static void tell_choice(void)
{
    struct error error;
    const int T = device_shapes_are_tiny() ? 5 : 500;
    const struct lstm tutorial = {.T = T, .N = 64, .E = 32, .H = 100, .D = 1, .mask_count = 1};
    const char *choice = cuda->memory->lstm_engine(cuda, &tutorial, &error);
    if (!choice)
        fail_msg("%s: %s", device_engine_name(engine), error.message);
    print_message("%s, N=64 T=%d E=32 H=100: %s\n", device_engine_name(engine), T, choice);
}

static void test_every_engine(void **state)
{
    (void)state;
    for (engine = 0; engine < DEVICE_ENGINES; engine++) {
        struct backend_options options = device_engine_options(engine);
        assert_true(cuda_fixture_open_with(&options, &cuda));
        tell_choice();
        check_forms();
        if (device_engine_takes(engine, "lstm-gate-dropout"))
            check_masks();
        if (strcmp(device_engine_name(engine), "cudnn") == 0)
            check_stacks();
        backend_close(cuda);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
