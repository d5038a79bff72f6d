/* Messages: cut to their size, context in front. */
#include "matinee/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set_formats_and_is_false(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_set(&error, "%s: line %d", "a.txt", 7));
    assert_string_equal(error.message, "a.txt: line 7");
}

static void test_context_goes_in_front(void **state)
{
    (void)state;
    struct error error;
    error_set(&error, "no room");
    assert_false(error_within(&error, "member %d", 3));
    assert_string_equal(error.message, "member 3: no room");
}

static void test_memory_names_bytes_and_purpose(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_memory(&error, "the reviews", 123));
    assert_non_null(strstr(error.message, "123"));
    assert_non_null(strstr(error.message, "the reviews"));
}

static void test_long_messages_are_cut(void **state)
{
    (void)state;
    char text[2 * ERROR_MESSAGE_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct error error;
    error_set(&error, "%s", text);
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_BYTES - 1);
    error_within(&error, "short");
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_BYTES - 1);
    assert_memory_equal(error.message, "short: x", 8);
    error_within(&error, "%s", text);
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_formats_and_is_false),
        cmocka_unit_test(test_context_goes_in_front),
        cmocka_unit_test(test_memory_names_bytes_and_purpose),
        cmocka_unit_test(test_long_messages_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
