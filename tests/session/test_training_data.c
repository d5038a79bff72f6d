/* Which reviews are trained on and which validated on. */
#include "matinee/training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TRAIN = 10, TEST = 4, T = 3 };

static int32_t train_tokens[TRAIN * T], train_pads[TRAIN], test_tokens[TEST * T], test_pads[TEST];
static uint8_t train_labels[TRAIN], test_labels[TEST];

static const struct dataset dataset = {
    .source = "here",
    .train = {.count = TRAIN, .T = T, .tokens = train_tokens, .pads = train_pads, .labels = train_labels},
    .test = {.count = TEST, .T = T, .tokens = test_tokens, .pads = test_pads, .labels = test_labels},
};

static void test_all_and_the_test_split(void **state)
{
    (void)state;
    struct training_data parts;
    struct error error;
    struct options options = {.validation = VALIDATION_TEST};
    assert_true(training_data_split(&parts, &dataset, &options, &error));
    assert_int_equal(parts.train.count, TRAIN);
    assert_int_equal(parts.validation.count, TEST);
    assert_ptr_equal(parts.validation.tokens, test_tokens);
    options.validation = VALIDATION_NONE;
    assert_true(training_data_split(&parts, &dataset, &options, &error));
    assert_int_equal(parts.validation.count, 0);
}

/* Keras: split_at = int(floor(9 * (1 - 0.25))) = 6, of the first nine reviews. */
static void test_fraction_is_the_end_of_the_limit(void **state)
{
    (void)state;
    struct training_data parts;
    struct error error;
    struct options options = {
        .train_limit = 9, .validation = VALIDATION_FRACTION, .validation_fraction = 0.25};
    assert_true(training_data_split(&parts, &dataset, &options, &error));
    assert_int_equal(parts.train.count, 6);
    assert_ptr_equal(parts.train.tokens, train_tokens);
    assert_int_equal(parts.validation.count, 3);
    assert_int_equal(parts.validation.T, T);
    assert_ptr_equal(parts.validation.tokens, train_tokens + 6 * T);
    assert_ptr_equal(parts.validation.pads, train_pads + 6);
    assert_ptr_equal(parts.validation.labels, train_labels + 6);
}

/* Without test reviews the last fifth of the others takes their place, unless they were asked for. */
static void test_no_test_reviews(void **state)
{
    (void)state;
    struct training_data parts;
    struct error error;
    struct dataset table = dataset;
    table.test = (struct reviews){.T = T};
    struct options options = {.validation = VALIDATION_TEST};
    assert_true(training_data_split(&parts, &table, &options, &error));
    assert_int_equal(parts.kind, VALIDATION_FRACTION);
    assert_true(parts.fraction == 0.2);
    assert_int_equal(parts.train.count, 8);
    assert_int_equal(parts.validation.count, 2);
    assert_ptr_equal(parts.validation.labels, train_labels + 8);

    options.given[OPTION_VALIDATION] = "";
    assert_false(training_data_split(&parts, &table, &options, &error));
    assert_memory_equal(error.message, "--validation test: here has no test reviews; give --test ", 57);
    options.validation = VALIDATION_NONE;
    assert_true(training_data_split(&parts, &table, &options, &error));
    assert_int_equal(parts.kind, VALIDATION_NONE);
    assert_int_equal(parts.train.count, TRAIN);
    assert_int_equal(parts.validation.count, 0);
}

static void test_impossible_parts(void **state)
{
    (void)state;
    struct training_data parts;
    struct error error;
    struct options options = {.train_limit = TRAIN + 1, .validation = VALIDATION_NONE};
    assert_false(training_data_split(&parts, &dataset, &options, &error));
    assert_string_equal(error.message, "--train-limit 11: here has 10 training reviews");
    options =
        (struct options){.train_limit = 1, .validation = VALIDATION_FRACTION, .validation_fraction = 0.5};
    assert_false(training_data_split(&parts, &dataset, &options, &error));
    assert_string_equal(
        error.message,
        "--validation 0.5: of 1 training reviews that leaves 0 to train on and 1 to validate on");
}

static void expect_other_mark(const struct training_data *parts, const char *mark)
{
    char other[DATA_MARK_BYTES];
    training_data_mark(other, parts);
    assert_string_not_equal(other, mark);
}

/* The same reviews with ids of two bytes are the same data, and are cut in the same places. */
static void check_short_tokens(const char *mark)
{
    enum { LONG_T = 5000 };
    static uint16_t train[TRAIN * T], test[TEST * T], long_rows[2 * LONG_T];
    static int32_t long_ids[2 * LONG_T], long_pads[2];
    static uint8_t long_labels[2];
    struct dataset other = dataset;
    struct training_data parts;
    struct error error;
    struct options options = {.validation = VALIDATION_FRACTION, .validation_fraction = 0.3};
    char again[DATA_MARK_BYTES], third[DATA_MARK_BYTES];
    for (int i = 0; i < TRAIN * T; i++)
        train[i] = (uint16_t)train_tokens[i];
    for (int i = 0; i < TEST * T; i++)
        test[i] = (uint16_t)test_tokens[i];
    other.train.tokens = other.test.tokens = NULL;
    other.train.short_tokens = train;
    other.test.short_tokens = test;
    parts = (struct training_data){.train = other.train, .validation = other.test};
    training_data_mark(again, &parts);
    assert_string_equal(again, mark);
    assert_true(training_data_split(&parts, &other, &options, &error));
    assert_ptr_equal(parts.train.short_tokens, train);
    assert_int_equal(parts.train.count, 7);
    assert_ptr_equal(parts.validation.short_tokens, train + 7 * T);
    assert_null(parts.train.tokens);
    assert_null(parts.validation.tokens);

    for (int i = 0; i < 2 * LONG_T; i++)
        long_rows[i] = (uint16_t)(long_ids[i] = 3 * i);
    parts = (struct training_data){
        .train = {.count = 2, .T = LONG_T, .tokens = long_ids, .pads = long_pads, .labels = long_labels}};
    training_data_mark(again, &parts);
    parts.train.tokens = NULL;
    parts.train.short_tokens = long_rows;
    training_data_mark(third, &parts);
    assert_string_equal(third, again);
}

/* Every id and every label counts, and where the parts end. */
static void test_marks_tell_data_apart(void **state)
{
    (void)state;
    struct training_data parts = {.train = dataset.train, .validation = dataset.test}, fewer = parts;
    char mark[DATA_MARK_BYTES], again[DATA_MARK_BYTES];
    training_data_mark(mark, &parts);
    check_short_tokens(mark);
    training_data_mark(again, &parts);
    assert_string_equal(again, mark);
    train_tokens[TRAIN * T - 1]++;
    expect_other_mark(&parts, mark);
    train_tokens[TRAIN * T - 1]--;
    test_tokens[0]++;
    expect_other_mark(&parts, mark);
    test_tokens[0]--;
    train_labels[TRAIN - 1] = 1;
    expect_other_mark(&parts, mark);
    train_labels[TRAIN - 1] = 0;
    test_labels[TEST - 1] = 1;
    expect_other_mark(&parts, mark);
    test_labels[TEST - 1] = 0;
    fewer.train.count--;
    expect_other_mark(&fewer, mark);
    fewer = (struct training_data){.train = dataset.train};
    expect_other_mark(&fewer, mark);
    training_data_mark(again, &parts);
    assert_string_equal(again, mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_and_the_test_split),
        cmocka_unit_test(test_fraction_is_the_end_of_the_limit),
        cmocka_unit_test(test_no_test_reviews),
        cmocka_unit_test(test_impossible_parts),
        cmocka_unit_test(test_marks_tell_data_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
