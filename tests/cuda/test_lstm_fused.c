/* The CUDA backend's LSTM by the engine fused, over the emulator, against the reference in double. */
#include "compare.h"
#include "cuda_fixture.h"
#include "ops/lstm_suite.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define count_of(array) (sizeof(array) / sizeof *(array))

static int open_fused(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&(struct backend_options){.device = "cuda", .engine = ENGINE_FUSED}, &cuda)
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

/* Of the lists what the engine takes, and what the emulator runs in little time: each row and step is hundreds of
 * threads. */
static void check(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    enum { UNITS_MAX = 108, MOST_BLOCK_STEPS = 60 };
    if (dims.H <= UNITS_MAX && dims.T * dims.N * form.D <= MOST_BLOCK_STEPS)
        check_any(dims, form, rows);
}

static const struct lstm_form of_x = {.D = 1, .x = true};

/* Two directions, all masks, all steps. */
static struct lstm_form fullest_form(void)
{
    struct lstm_form form = lstm_masked_form(2, 0.2f, 0.3f, GATE_COUNT);
    form.sequences = true;
    return form;
}

/* Each size that the kernels are built for, at its upper end and one above it. */
static void test_units(void **state)
{
    (void)state;
    static const int units[] = {1, 31, 32, 33, 64, 65, 96, 97, 100, 101, 104, 105, 108};
    for (size_t i = 0; i < count_of(units); i++) {
        check_any((struct lstm_dims){4, 2, 50, 7, units[i]}, of_x, ROWS_MIXED);
        check_any((struct lstm_dims){3, 2, 50, 7, units[i]}, fullest_form(), ROWS_MIXED);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    lstm_suite_one_step(check, lstm_of_tokens);
    lstm_suite_embeddings(check, of_x);
    lstm_suite_batches(check, lstm_of_tokens);
    lstm_suite_rows(check, lstm_of_tokens);
}

static void test_steps(void **state)
{
    (void)state;
    for (int T = 1; T <= 6; T++) {
        struct lstm_form form = {.D = 1, .x = true, .sequences = T % 2 == 0};
        check_any((struct lstm_dims){T, 2, 50, 5, 17}, form, ROWS_MIXED);
        form.sequences = !form.sequences;
        form.reversed = true;
        check_any((struct lstm_dims){T, 2, 50, 5, 17}, form, ROWS_MIXED);
        check_any((struct lstm_dims){T, 1, 50, 5, 17}, fullest_form(), ROWS_MIXED);
    }
    check_any((struct lstm_dims){501, 1, 50, 5, 17}, of_x, ROWS_MIXED);
}

/* More rows than multiprocessors, and than are added at once. */
static void test_many_rows(void **state)
{
    (void)state;
    check_any((struct lstm_dims){2, 130, 50, 3, 5}, of_x, ROWS_MIXED);
    check_any((struct lstm_dims){1, 261, 50, 3, 5}, lstm_masked_form(1, 0.3f, 0.3f, GATE_COUNT), ROWS_MIXED);
    check_any((struct lstm_dims){2, 64, 50, 32, 100}, lstm_of_tokens, ROWS_MIXED);
    check_any((struct lstm_dims){2, 261, 50, 3, 5}, lstm_of_tokens, ROWS_MIXED);
}

/* As many rows as begin after their pads in inference, which depends on the device; the reference knows no pads. */
static void test_shared_pads(void **state)
{
    (void)state;
    enum { ROWS_EACH = 64, LEAST_EACH = 4 };
    for (int form = 0; form < 8; form++) {
        const struct lstm_form of_rows = {.D = form & 1 ? 2 : 1, .x = form & 2, .sequences = form & 4};
        struct lstm_dims dims = {.T = 9, .N = 1, .V = 11, .E = 7, .H = 33};
        const struct lstm best = {.T = dims.T, .N = 1, .V = dims.V, .E = dims.E, .H = dims.H, .D = of_rows.D};
        dims.N = cuda->memory->inference_rows(cuda, &best) / (ROWS_EACH / LEAST_EACH);
        assert_true(dims.N > 1);
        check_any(dims, of_rows, ROWS_MIXED);
    }
}

static void test_forms(void **state)
{
    (void)state;
    lstm_suite_x(check);
    lstm_suite_reversed(check);
    lstm_suite_sequences(check);
    lstm_suite_two_directions(check);
}

static void test_masks(void **state)
{
    (void)state;
    lstm_suite_gate_masks(check);
    lstm_suite_shared_masks(check);
    lstm_suite_masked_sequences(check);
}

static void test_given_masks(void **state)
{
    (void)state;
    lstm_suite_given_masks(cuda);
}

static double relative_error(const float *found, const double *expected, size_t count)
{
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < count; i++) {
        difference += (found[i] - expected[i]) * (found[i] - expected[i]);
        size += expected[i] * expected[i];
    }
    return sqrt(difference / size);
}

/* Errors do not grow along the steps: those of all h and of what comes of all dz. A GPU's own exponential and
 * reciprocal are less exact than the emulator's. */
static void test_errors(void **state)
{
    (void)state;
    static const struct lstm_dims dims[] = {{100, 1, 50, 32, 100}, {25, 3, 50, 32, 100}};
    for (size_t i = 0; i < count_of(dims); i++) {
        struct lstm_case lstm_case;
        struct lstm_result result;
        lstm_case_open(&lstm_case, dims[i], fullest_form(), ROWS_MIXED);
        lstm_case_run(&lstm_case, cuda, PADS_KNOWN, &result);
        const double of_y = relative_error(result.y, lstm_case.y, lstm_case.y_count),
                     of_dx = relative_error(result.dx, lstm_case.dx, lstm_case.x_count);
        const double most = strstr(cuda->description, "Emulated") ? 1e-6 : 5e-6;
        print_message("%s: relative errors %.2g of y, %.2g of dx\n", lstm_case.name, of_y, of_dx);
        assert_true(of_y <= most && of_dx <= most);
        lstm_result_close(&result);
        lstm_case_close(&lstm_case);
    }
}

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* z far beyond what a power of two can hold makes gates of 0 and 1, as in another engine, but for the few z near zero,
 * which are sums of large terms in another order. What is no number stays none, and in its row. */
static void test_extremes(void **state)
{
    (void)state;
    enum { T = 2, N = 3, E = 7, H = 33, NAN_ROW = 1 };
    const struct lstm_form form = {.D = 1, .x = true, .sequences = true};
    struct backend *generic;
    struct lstm_case lstm_case;
    struct lstm_result result, expected;
    assert_true(cuda_fixture_open_with(&(struct backend_options){.device = "cuda", .engine = ENGINE_GENERIC},
                                       &generic));
    lstm_case_open(&lstm_case, (struct lstm_dims){T, N, 50, E, H}, form, ROWS_NO_PADS);
    for (size_t i = 0; i < lstm_case.count; i++)
        lstm_case.weights[i] *= 1000.0f;
    lstm_case_run(&lstm_case, cuda, PADS_UNKNOWN, &result);
    lstm_case_run(&lstm_case, generic, PADS_UNKNOWN, &expected);
    double wanted[T * N * H];
    for (size_t i = 0; i < lstm_case.y_count; i++)
        wanted[i] = (double)expected.y[i];
    expect_close("y", result.y, wanted, lstm_case.y_count, (struct tolerance){.absolute = 0.05});
    assert_true(all_finite(result.gradients, lstm_case.count) && all_finite(result.dx, lstm_case.x_count));
    lstm_result_close(&result);
    lstm_result_close(&expected);
    lstm_case.x[NAN_ROW * E] = NAN;
    lstm_case_run(&lstm_case, cuda, PADS_UNKNOWN, &result);
    for (size_t i = 0; i < lstm_case.y_count; i++)
        assert_int_equal(isnan(result.y[i]) != 0, i / H % N == NAN_ROW);
    for (size_t i = 0; i < lstm_case.x_count; i++)
        assert_int_equal(isnan(result.dx[i]) != 0, i / E % N == NAN_ROW);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
    generic->close(generic);
}

/* Whatever the order of a block's threads, the bits are those of their natural order. */
static void check_orders(struct lstm_dims dims, struct lstm_form form)
{
    static const char *const orders[] = {"0", "1", "7"};
    const char *set = getenv("MATINEE_EMULATOR_ORDER");
    char *before = set ? strdup(set) : NULL;
    struct lstm_case lstm_case;
    struct lstm_result results[count_of(orders)];
    lstm_case_open(&lstm_case, dims, form, ROWS_MIXED);
    for (size_t i = 0; i < count_of(orders); i++) {
        setenv("MATINEE_EMULATOR_ORDER", orders[i], 1);
        lstm_case_run(&lstm_case, cuda, PADS_KNOWN, &results[i]);
    }
    if (before)
        setenv("MATINEE_EMULATOR_ORDER", before, 1);
    else
        unsetenv("MATINEE_EMULATOR_ORDER");
    free(before);
    for (size_t i = 0; i < count_of(orders); i++) {
        expect_equal_bits("y", results[i].y, results[0].y, lstm_case.y_count * sizeof(float));
        expect_equal_bits("gradients", results[i].gradients, results[0].gradients,
                          lstm_case.count * sizeof(float));
        expect_equal_bits("dx", results[i].dx, results[0].dx, lstm_case.x_count * sizeof(float));
    }
    for (size_t i = 0; i < count_of(orders); i++)
        lstm_result_close(&results[i]);
    lstm_case_close(&lstm_case);
}

static void test_orders(void **state)
{
    (void)state;
    check_orders((struct lstm_dims){5, 2, 50, 7, 33}, fullest_form());
    check_orders((struct lstm_dims){4, 3, 50, 7, 100}, of_x);
}

static void expect_refused(struct lstm lstm, const char *reason)
{
    struct error error;
    assert_null(cuda->memory->lstm_engine(cuda, &lstm, &error));
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" is not in \"%s\"", reason, error.message);
}

static void test_refusals(void **state)
{
    (void)state;
    struct error error;
    struct lstm lstm = {.T = 3, .N = 2, .E = 4, .H = 108, .D = 1};
    assert_string_equal(cuda->memory->lstm_engine(cuda, &lstm, &error), "fused, one row a block");
    lstm.H = 109;
    expect_refused(lstm, "takes 1 to 108 units, not 109; use --engine cudnn");
    lstm.recurrent.rate = 0.5f;
    expect_refused(lstm, "takes 1 to 108 units, not 109; use --engine generic");
    lstm.H = 108;
    lstm.hard_slope = 0.2f;
    expect_refused(lstm, "no hard_sigmoid");
    lstm.stacked = 1;
    expect_refused(lstm, "not 2 stacked ones");
    expect_refused((struct lstm){.T = 1 << 20, .N = 1 << 12, .E = 4, .H = 5, .D = 1}, "--batch-size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),     cmocka_unit_test(test_sizes),       cmocka_unit_test(test_steps),
        cmocka_unit_test(test_many_rows), cmocka_unit_test(test_shared_pads), cmocka_unit_test(test_forms),
        cmocka_unit_test(test_masks),     cmocka_unit_test(test_given_masks), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_extremes),  cmocka_unit_test(test_orders),      cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, open_fused, cuda_fixture_close);
}
