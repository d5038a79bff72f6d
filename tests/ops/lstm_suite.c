#include "ops/lstm_suite.h"

#include "compare.h"
#include "matinee/dims.h"

#define count_of(array) (sizeof(array) / sizeof *(array))

void lstm_suite_one_step(lstm_check *check, struct lstm_form form)
{
    check((struct lstm_dims){1, 1, 2, 1, 1}, form, ROWS_MIXED);
    check((struct lstm_dims){1, 7, 50, 8, 6}, form, ROWS_MIXED);
    check((struct lstm_dims){1, 65, 50, 32, 31}, form, ROWS_MIXED);
}

void lstm_suite_units(lstm_check *check, struct lstm_form form)
{
    static const int units[] = {1, 6, 7, 16, 31, 33, 100, 112, 257};
    for (size_t i = 0; i < count_of(units); i++)
        check((struct lstm_dims){13, 5, 50, 8, units[i]}, form, ROWS_MIXED);
}

void lstm_suite_embeddings(lstm_check *check, struct lstm_form form)
{
    static const int embeddings[] = {1, 8, 32, 33};
    for (size_t i = 0; i < count_of(embeddings); i++)
        check((struct lstm_dims){13, 9, 50, embeddings[i], 17}, form, ROWS_MIXED);
}

void lstm_suite_batches(lstm_check *check, struct lstm_form form)
{
    static const int rows[] = {1, 3, 7, 8, 9, 40, 64, 65};
    for (size_t i = 0; i < count_of(rows); i++) {
        check((struct lstm_dims){13, rows[i], 50, 8, 7}, form, ROWS_MIXED);
        check((struct lstm_dims){2, rows[i], 2, 33, 33}, form, ROWS_MIXED);
    }
}

void lstm_suite_many_steps(lstm_check *check, struct lstm_form form)
{
    check((struct lstm_dims){500, 1, 50, 8, 6}, form, ROWS_MIXED);
    check((struct lstm_dims){500, 3, 50, 8, 33}, form, ROWS_MIXED);
}

void lstm_suite_tutorials(lstm_check *check, struct lstm_form form)
{
    check((struct lstm_dims){20, 64, 50, 32, 100}, form, ROWS_MIXED);
    check((struct lstm_dims){13, 64, 700, 8, 7}, form, ROWS_MIXED); /* several blocks of tokens */
}

void lstm_suite_rows(lstm_check *check, struct lstm_form form)
{
    static const enum rows_kind kinds[] = {ROWS_ALL_PADS, ROWS_NO_PADS, ROWS_EQUAL};
    for (size_t i = 0; i < count_of(kinds); i++) {
        check((struct lstm_dims){13, 9, 50, 8, 33}, form, kinds[i]);
        check((struct lstm_dims){13, 1, 50, 8, 6}, form, kinds[i]);
        check((struct lstm_dims){1, 9, 50, 8, 6}, form, kinds[i]);
    }
}

void lstm_suite_odd_sizes(lstm_check *check, struct lstm_form form)
{
    static const struct lstm_dims sizes[] = {
        {1, 1, 3, 1, 1},    {1, 3, 50, 7, 16}, {2, 7, 50, 32, 5},    {2, 1, 50, 7, 108}, {17, 9, 50, 7, 5},
        {17, 8, 50, 1, 16}, {17, 3, 50, 7, 1}, {2, 64, 50, 32, 100}, {17, 64, 50, 7, 5}, {17, 2, 50, 33, 17},
    };
    for (size_t i = 0; i < count_of(sizes); i++)
        check(sizes[i], form, ROWS_MIXED);
    check((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_ALL_PADS);
    check((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_NO_PADS);
    check((struct lstm_dims){5, 9, 50, 7, 6}, form, ROWS_EQUAL);
}

void lstm_suite_x(lstm_check *check)
{
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 1, .x = true});
}

void lstm_suite_reversed(lstm_check *check)
{
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 1, .reversed = true});
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 1, .reversed = true, .x = true, .sequences = true});
}

void lstm_suite_sequences(lstm_check *check)
{
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 1, .sequences = true});
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 1, .sequences = true, .x = true});
}

void lstm_suite_two_directions(lstm_check *check)
{
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 2});
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 2, .x = true});
    lstm_suite_odd_sizes(check, (struct lstm_form){.D = 2, .x = true, .sequences = true});
}

struct lstm_form lstm_masked_form(int D, float input_rate, float recurrent_rate, int mask_count)
{
    return (struct lstm_form){.D = D,
                              .x = true,
                              .input_rate = input_rate,
                              .recurrent_rate = recurrent_rate,
                              .mask_count = mask_count,
                              .first_row = 5};
}

void lstm_suite_gate_masks(lstm_check *check)
{
    const struct lstm_dims dims = {5, 9, 50, 7, 17};
    lstm_suite_odd_sizes(check, lstm_masked_form(1, 0.2f, 0.3f, GATE_COUNT));
    lstm_suite_odd_sizes(check, lstm_masked_form(2, 0.3f, 0.2f, GATE_COUNT));
    check(dims, lstm_masked_form(1, 0.0f, 0.5f, GATE_COUNT), ROWS_MIXED);
    check(dims, lstm_masked_form(1, 0.5f, 0.0f, GATE_COUNT), ROWS_MIXED);
}

void lstm_suite_shared_masks(lstm_check *check)
{
    const struct lstm_dims dims = {5, 9, 50, 7, 17};
    lstm_suite_odd_sizes(check, lstm_masked_form(1, 0.2f, 0.0f, 1));
    check(dims, lstm_masked_form(1, 0.3f, 0.2f, 1), ROWS_MIXED);
    check(dims, lstm_masked_form(2, 0.3f, 0.2f, 1), ROWS_MIXED);
}

void lstm_suite_masked_sequences(lstm_check *check)
{
    const struct lstm_dims dims = {5, 9, 50, 7, 17};
    struct lstm_form form = lstm_masked_form(1, 0.3f, 0.2f, GATE_COUNT);
    form.sequences = true;
    check(dims, form, ROWS_MIXED);
    form.reversed = true;
    check(dims, form, ROWS_MIXED);
    form = lstm_masked_form(2, 0.3f, 0.2f, GATE_COUNT);
    form.sequences = true;
    lstm_suite_odd_sizes(check, form);
}

void lstm_suite_hard_sigmoid(lstm_check *check)
{
    static const float slopes[] = {0.2f, 1.0f / 6.0f, 1.0f}; /* the last clips most gates */
    for (size_t i = 0; i < count_of(slopes); i++) {
        struct lstm_form masked = lstm_masked_form(2, 0.3f, 0.2f, GATE_COUNT);
        masked.hard_slope = slopes[i];
        check((struct lstm_dims){17, 9, 50, 7, 17}, (struct lstm_form){.D = 1, .hard_slope = slopes[i]},
              ROWS_MIXED);
        check((struct lstm_dims){5, 9, 50, 7, 16}, masked, ROWS_MIXED);
    }
}

static void check_given_masks(struct backend *backend, struct lstm_dims dims, struct lstm_form form)
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

void lstm_suite_given_masks(struct backend *backend)
{
    check_given_masks(backend, (struct lstm_dims){5, 9, 50, 7, 17},
                      lstm_masked_form(1, 0.2f, 0.2f, GATE_COUNT));
    check_given_masks(backend, (struct lstm_dims){5, 3, 50, 7, 17},
                      lstm_masked_form(2, 0.2f, 0.2f, GATE_COUNT));
    check_given_masks(backend, (struct lstm_dims){5, 9, 50, 33, 5}, lstm_masked_form(1, 0.2f, 0.0f, 1));
}
