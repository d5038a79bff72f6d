/* Texts that a terminal must not obey, digits for people, and a machine with too little memory. */
#include "matinee/machine.h"

#include "matinee/cli.h"
#include "matinee/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_printable(const char *text, const char *expected)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", text);
    make_printable(copy);
    assert_string_equal(copy, expected);
}

static void test_printable(void **state)
{
    (void)state;
    expect_printable("", "");
    expect_printable("d\xC3\xA9j\xC3\xA0 \xE2\x80\x93 vu \xF0\x9F\x8E\xAC",
                     "d\xC3\xA9j\xC3\xA0 \xE2\x80\x93 vu \xF0\x9F\x8E\xAC");
    expect_printable("a\tb\nc\r\v\fd", "a b c   d");
    expect_printable("\x1b[2J\x07\x7F\x01", "?[2J???");
    expect_printable("a\xC2\x80z\xC2\x9Fz\xC2\xA0z", "a?z?z\xC2\xA0z");
    expect_printable("\x9B"
                     "31m\xFF\xC2",
                     "?31m??");
    expect_printable("\xE2\x80", "??");
    expect_printable("\xC3(", "?(");
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {213301, "213,301"},
                 {-213301, "-213,301"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SUMMARY_NUMBER_BYTES];
        assert_string_equal(summary_number(text, cases[i].number), cases[i].text);
    }
}

static void test_memory(void **state)
{
    (void)state;
    struct error error;
    assert_true(machine_has_memory("memory", 1 << 20, 1 << 20, "less", &error));
    assert_false(machine_has_memory("memory", 1 << 20, 3 << 20, "a smaller --maxlen", &error));
    assert_string_equal(error.message,
                        "training needs 3.00 MB of memory and 1.00 MB are free; take a smaller "
                        "--maxlen");
    assert_true(machine_has_memory("memory", 0, INT64_MAX, "less", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
