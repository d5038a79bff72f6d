/* What JSON cannot say is said otherwise, and never left out. */
#include "matinee/json_values.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
    (void)state;
    const double not_finite[] = {NAN, -(double)NAN, INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < sizeof not_finite / sizeof not_finite[0]; i++) {
        json_t *value = json_number(not_finite[i]);
        assert_true(json_is_null(value));
        json_decref(value);
    }
    json_t *value = json_number(0.8712);
    assert_true(json_real_value(value) == 0.8712);
    json_decref(value);
}

static void test_file_names(void **state)
{
    (void)state;
    json_t *value = json_text("d\xC3\xA9j\xC3\xA0 vu");
    assert_string_equal(json_string_value(value), "d\xC3\xA9j\xC3\xA0 vu");
    json_decref(value);
    value = json_text("\xFF/run");
    assert_string_equal(json_string_value(value), "?/run");
    json_decref(value);
    value = json_text(NULL);
    assert_true(json_is_null(value));
    json_decref(value);
}

static void test_epochs(void **state)
{
    (void)state;
    struct epoch_record record = {.epoch = 2,
                                  .steps = 391,
                                  .train = {.loss = NAN, .accuracy = 0.5},
                                  .seconds = 45,
                                  .validation_seconds = 0};
    json_t *value = json_epoch(&record);
    assert_true(json_is_null(json_object_get(value, "loss")));
    assert_true(json_real_value(json_object_get(value, "accuracy")) == 0.5);
    assert_int_equal(json_integer_value(json_object_get(value, "steps")), 391);
    assert_null(json_object_get(value, "val_loss"));
    json_decref(value);
    record.validated = true;
    value = json_epoch(&record);
    assert_non_null(json_object_get(value, "val_loss"));
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
