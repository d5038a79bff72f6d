/* The CPU backend's LSTM, forward and backward, against the reference in double. */
#include "backends.h"
#include "compare.h"
#include "cpu_backend.h"
#include "kernel_sets.h"
#include "matinee/cpu.h"
#include "ops/lstm_case.h"

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

/* The reference takes no short cut, so both ways of running are held to numbers made without knowing pads. */
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    bool masked = form.input_rate > 0.0f || form.recurrent_rate > 0.0f;
    lstm_case_open(&lstm_case, dims, form, rows);
    for (int pads = PADS_KNOWN; pads <= (masked ? PADS_KNOWN : PADS_UNKNOWN); pads++) {
        struct lstm_result result;
        lstm_case_run(&lstm_case, backend, (enum pads_known)pads, &result);
        lstm_case_check(&lstm_case, &result);
        expect_denormals();
        lstm_result_close(&result);
    }
    lstm_case_close(&lstm_case);
}

static void check(struct lstm_dims dims, enum rows_kind rows)
{
    check_form(dims, lstm_of_tokens, rows);
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

/* With sizes that leave every kind of remainder. */
static void check_odd_sizes(struct lstm_form form)
{
    static const struct lstm_dims sizes[] = {
        {1, 1, 3, 1, 1},    {1, 3, 50, 7, 16}, {2, 7, 50, 32, 5},    {2, 1, 50, 7, 108}, {17, 9, 50, 7, 5},
        {17, 8, 50, 1, 16}, {17, 3, 50, 7, 1}, {2, 64, 50, 32, 100}, {17, 64, 50, 7, 5}, {17, 2, 50, 33, 17},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_form(sizes[i], form, ROWS_MIXED);
    check_form((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_ALL_PADS);
    check_form((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_NO_PADS);
    check_form((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_EQUAL);
}

static void test_x(void **state)
{
    (void)state;
    check_odd_sizes((struct lstm_form){.D = 1, .x = true});
}

static void test_reversed(void **state)
{
    (void)state;
    check_odd_sizes((struct lstm_form){.D = 1, .reversed = true});
    check_odd_sizes((struct lstm_form){.D = 1, .reversed = true, .x = true, .sequences = true});
}

static void test_sequences(void **state)
{
    (void)state;
    check_odd_sizes((struct lstm_form){.D = 1, .sequences = true});
    check_odd_sizes((struct lstm_form){.D = 1, .sequences = true, .x = true});
}

static void test_two_directions(void **state)
{
    (void)state;
    check_odd_sizes((struct lstm_form){.D = 2});
    check_odd_sizes((struct lstm_form){.D = 2, .x = true});
    check_odd_sizes((struct lstm_form){.D = 2, .x = true, .sequences = true});
}

static struct lstm_form with_masks(int D, float input_rate, float recurrent_rate, int mask_count)
{
    return (struct lstm_form){.D = D,
                              .x = true,
                              .input_rate = input_rate,
                              .recurrent_rate = recurrent_rate,
                              .mask_count = mask_count,
                              .first_row = 5};
}

static void test_masks_of_the_gates(void **state)
{
    (void)state;
    check_odd_sizes(with_masks(1, 0.2f, 0.3f, GATE_COUNT));
    check_odd_sizes(with_masks(2, 0.3f, 0.2f, GATE_COUNT));
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, with_masks(1, 0.0f, 0.5f, GATE_COUNT), ROWS_MIXED);
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, with_masks(1, 0.5f, 0.0f, GATE_COUNT), ROWS_MIXED);
}

static void test_shared_masks(void **state)
{
    (void)state;
    check_odd_sizes(with_masks(1, 0.2f, 0.0f, 1));
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, with_masks(1, 0.3f, 0.2f, 1), ROWS_MIXED);
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, with_masks(2, 0.3f, 0.2f, 1), ROWS_MIXED);
}

static void test_reversed_and_sequences_with_masks(void **state)
{
    (void)state;
    struct lstm_form form = with_masks(1, 0.3f, 0.2f, GATE_COUNT);
    form.sequences = true;
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, form, ROWS_MIXED);
    form.reversed = true;
    check_form((struct lstm_dims){5, 9, 50, 7, 17}, form, ROWS_MIXED);
    form = with_masks(2, 0.3f, 0.2f, GATE_COUNT);
    form.sequences = true;
    check_odd_sizes(form);
}

static void test_hard_sigmoid(void **state)
{
    (void)state;
    static const float slopes[] = {0.2f, 1.0f / 6.0f, 1.0f}; /* the last clips most gates */
    for (size_t i = 0; i < sizeof slopes / sizeof slopes[0]; i++) {
        check_form((struct lstm_dims){17, 9, 50, 7, 17}, (struct lstm_form){.D = 1, .hard_slope = slopes[i]},
                   ROWS_MIXED);
        struct lstm_form form = with_masks(2, 0.3f, 0.2f, GATE_COUNT);
        form.hard_slope = slopes[i];
        check_form((struct lstm_dims){5, 9, 50, 7, 16}, form, ROWS_MIXED);
    }
}

/* Masks that are handed in and the same masks as a function give the same bits. */
static void check_given_masks(struct lstm_dims dims, struct lstm_form form)
{
    struct lstm_case lstm_case;
    struct lstm_result function, given;
    lstm_case_open(&lstm_case, dims, form, ROWS_MIXED);
    lstm_case_run(&lstm_case, backend, PADS_KNOWN, &function);
    lstm_case.form.given = true;
    lstm_case_run(&lstm_case, backend, PADS_KNOWN, &given);
    lstm_case_check(&lstm_case, &given);
    expect_equal_bits("y", given.y, function.y, lstm_case.y_count * sizeof(float));
    expect_equal_bits("gradients", given.gradients, function.gradients, lstm_case.count * sizeof(float));
    expect_equal_bits("dx", given.dx, function.dx, lstm_case.x_count * sizeof(float));
    lstm_result_close(&function);
    lstm_result_close(&given);
    lstm_case_close(&lstm_case);
}

static void test_given_masks(void **state)
{
    (void)state;
    check_given_masks((struct lstm_dims){5, 9, 50, 7, 17}, with_masks(1, 0.2f, 0.2f, GATE_COUNT));
    check_given_masks((struct lstm_dims){5, 3, 50, 7, 17}, with_masks(2, 0.2f, 0.2f, GATE_COUNT));
    check_given_masks((struct lstm_dims){5, 9, 50, 33, 5}, with_masks(1, 0.2f, 0.0f, 1));
}

/* The kernels of every instruction set that this processor has. */
static void test_every_kernel_set(void **state)
{
    (void)state;
    struct kernel_sets sets;
    struct cpu_backend *cpu = cpu_backend_of(backend);
    const struct cpu_kernels *chosen = cpu->kernels;
    kernel_sets_find(&sets);
    for (int i = 0; i < sets.count; i++) {
        struct lstm_form form = with_masks(2, 0.2f, 0.3f, GATE_COUNT);
        form.sequences = true;
        cpu->kernels = sets.sets[i];
        check((struct lstm_dims){17, 9, 50, 7, 33}, ROWS_MIXED);
        check_form((struct lstm_dims){17, 9, 50, 7, 33}, form, ROWS_MIXED);
        check_form((struct lstm_dims){2, 13, 50, 32, 100}, form, ROWS_MIXED);
        check_form((struct lstm_dims){5, 9, 50, 7, 17}, (struct lstm_form){.D = 2, .hard_slope = 0.2f},
                   ROWS_MIXED);
    }
    cpu->kernels = chosen;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_step),         cmocka_unit_test(test_odd_units),
        cmocka_unit_test(test_odd_embeddings),   cmocka_unit_test(test_odd_batches),
        cmocka_unit_test(test_many_steps),       cmocka_unit_test(test_the_tutorials_sizes),
        cmocka_unit_test(test_rows_of_one_kind), cmocka_unit_test(test_x),
        cmocka_unit_test(test_reversed),         cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_two_directions),   cmocka_unit_test(test_masks_of_the_gates),
        cmocka_unit_test(test_shared_masks),     cmocka_unit_test(test_reversed_and_sequences_with_masks),
        cmocka_unit_test(test_hard_sigmoid),     cmocka_unit_test(test_given_masks),
        cmocka_unit_test(test_every_kernel_set),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
