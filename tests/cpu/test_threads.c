/* The same bits from every number of threads, from every run, and for a row whatever the rows beside it. */
#include "compare.h"
#include "matinee/cpu.h"
#include "ops/lstm_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

static void expect_same_bits(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    struct lstm_result one, other;
    lstm_case_open(&lstm_case, dims, form, rows);
    lstm_case_run(&lstm_case, backends[0], PADS_KNOWN, &one);
    size_t y_bytes = lstm_case.y_count * sizeof(float);
    for (int i = 1; i < THREAD_COUNTS; i++) {
        lstm_case_run(&lstm_case, backends[i], PADS_KNOWN, &other);
        expect_equal_bits("y", other.y, one.y, y_bytes);
        expect_equal_bits("y of inference", other.y_inference, one.y_inference, y_bytes);
        expect_equal_bits("dx", other.dx, one.dx, lstm_case.x_count * sizeof(float));
        expect_equal_bits("gradients", other.gradients, one.gradients, lstm_case.count * sizeof(float));
        lstm_result_close(&other);
    }
    lstm_result_close(&one);
    lstm_case_close(&lstm_case);
}

static void test_lstm(void **state)
{
    (void)state;
    expect_same_bits((struct lstm_dims){13, 1, 50, 8, 7}, lstm_of_tokens, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 7, 50, 8, 33}, lstm_of_tokens, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 40, 50, 32, 31}, lstm_of_tokens, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 64, 50, 32, 100}, lstm_of_tokens, ROWS_MIXED);
    expect_same_bits((struct lstm_dims){13, 65, 50, 33, 6}, lstm_of_tokens, ROWS_NO_PADS);
    expect_same_bits((struct lstm_dims){13, 9, 50, 8, 16}, lstm_of_tokens, ROWS_ALL_PADS);
    expect_same_bits((struct lstm_dims){13, 64, 700, 8, 16}, lstm_of_tokens,
                     ROWS_MIXED); /* several blocks of tokens */
}

static void test_other_forms(void **state)
{
    (void)state;
    static const struct lstm_form forms[] = {
        {.D = 1, .x = true, .sequences = true},
        {.D = 1, .reversed = true},
        {.D = 2, .x = true, .sequences = true},
        {.D = 2},
        {.D = 1, .x = true, .input_rate = 0.2f, .recurrent_rate = 0.2f, .mask_count = 4},
        {.D = 2, .x = true, .input_rate = 0.2f, .recurrent_rate = 0.2f, .mask_count = 4},
        {.D = 1, .x = true, .input_rate = 0.2f, .mask_count = 1, .hard_slope = 0.2f},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        expect_same_bits((struct lstm_dims){13, 7, 50, 8, 17}, forms[i], ROWS_MIXED);
        expect_same_bits((struct lstm_dims){5, 65, 50, 32, 31}, forms[i], ROWS_MIXED);
    }
}

/* Equal rows in one batch have equal states to the bit: a row does not know where it stands. */
static void test_equal_rows(void **state)
{
    (void)state;
    struct lstm_dims dims = {13, 65, 50, 8, 33};
    struct lstm_case lstm_case;
    struct lstm_result result;
    lstm_case_open(&lstm_case, dims, lstm_of_tokens, ROWS_EQUAL);
    lstm_case_run(&lstm_case, backends[1], PADS_KNOWN, &result);
    for (int n = 1; n < dims.N; n++)
        expect_equal_bits("y of a row", result.y + n * dims.H, result.y, (size_t)dims.H * sizeof(float));
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
}

enum { ALL = 8, FIRST = 4, PART = ALL - FIRST };

/* The rows FIRST to ALL-1 of `all` as a case of their own, whose first row is first_row. */
static struct lstm_result run_part(const struct lstm_case *all, uint32_t first_row)
{
    struct lstm_dims dims = all->dims;
    struct lstm_form form = all->form;
    struct lstm_case part;
    struct lstm_result result;
    const size_t E = (size_t)dims.E;
    dims.N = PART;
    form.first_row = first_row;
    lstm_case_open(&part, dims, form, ROWS_MIXED);
    memcpy(part.weights, all->weights, all->count * sizeof(float));
    for (size_t t = 0; t < (size_t)dims.T; t++)
        memcpy(part.x + t * PART * E, all->x + (t * ALL + FIRST) * E, PART * E * sizeof(float));
    lstm_case_run(&part, backends[1], PADS_KNOWN, &result);
    lstm_case_close(&part);
    return result;
}

static bool same_rows(const struct lstm_case *all, const float *whole, const float *part)
{
    const size_t F = (size_t)all->form.D * (size_t)all->dims.H, steps = all->y_count / (ALL * F);
    for (size_t t = 0; t < steps; t++)
        if (memcmp(whole + (t * ALL + FIRST) * F, part + t * PART * F, PART * F * sizeof(float)) != 0)
            return false;
    return true;
}

/* The masks are those of the global row: half a batch that says where it begins has the other half's numbers to the
 * bit, and others if it says anything else. */
static void test_masked_rows_in_another_batch(void **state)
{
    (void)state;
    static const struct lstm_form forms[] = {
        {.D = 1, .input_rate = 0.2f, .recurrent_rate = 0.3f, .mask_count = 4},
        {.D = 2, .input_rate = 0.2f, .recurrent_rate = 0.3f, .mask_count = 4},
        {.D = 1, .input_rate = 0.2f, .mask_count = 1, .sequences = true},
        {.D = 2, .recurrent_rate = 0.3f, .mask_count = 4, .sequences = true},
        {.D = 1, .input_rate = 0.2f, .recurrent_rate = 0.3f, .mask_count = 4, .reversed = true},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct lstm_case all;
        struct lstm_result whole;
        struct lstm_form form = forms[i];
        form.x = true;
        form.first_row = 5;
        lstm_case_open(&all, (struct lstm_dims){5, ALL, 50, 7, 17}, form, ROWS_MIXED);
        lstm_case_run(&all, backends[1], PADS_KNOWN, &whole);
        struct lstm_result right = run_part(&all, form.first_row + FIRST);
        struct lstm_result wrong = run_part(&all, form.first_row);
        assert_true(same_rows(&all, whole.y, right.y));
        assert_true(same_rows(&all, whole.y_inference, right.y_inference));
        assert_false(same_rows(&all, whole.y, wrong.y));
        lstm_result_close(&whole);
        lstm_result_close(&right);
        lstm_result_close(&wrong);
        lstm_case_close(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lstm), cmocka_unit_test(test_other_forms),
                                       cmocka_unit_test(test_equal_rows),
                                       cmocka_unit_test(test_masked_rows_in_another_batch)};
    return cmocka_run_group_tests(tests, open_backends, close_backends);
}
