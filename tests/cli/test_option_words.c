/* The words that completion offers for an option are those that it takes, and those that its refusal names. */
#include "matinee/options.h"

#include "matinee/command_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_words_are_taken(void **state)
{
    (void)state;
    int with_words = 0;
    for (enum option_id id = 0; id < OPTION_END; id++) {
        const char *const *words = option_words(id);
        with_words += words != NULL;
        for (int i = 0; words && words[i]; i++) {
            struct options options = option_defaults;
            struct error error;
            if (!option_set(&options, id, words[i], &error))
                fail_msg("%s", error.message);
        }
    }
    assert_true(with_words >= 14);
}

/* "must be A, B or C". An option that is called so takes its words and nothing else. */
static void test_refusals_name_the_words(void **state)
{
    (void)state;
    for (enum option_id id = 0; id < OPTION_END; id++) {
        struct options options = option_defaults;
        struct error error;
        const char *argument = option_argument(id);
        if (!argument || (strcmp(argument, "WHICH") != 0 && strcmp(argument, "ENGINE") != 0))
            continue;
        const char *const *words = option_words(id);
        char expected[256];
        if (!words)
            fail_msg("%s: takes words that option_words does not know", option_name(id));
        size_t used = (size_t)snprintf(expected, sizeof expected, "%s ?: must be ", option_name(id));
        for (int i = 0; words[i]; i++)
            used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
                                     i == 0         ? ""
                                     : words[i + 1] ? ", "
                                                    : " or ",
                                     words[i]);
        assert_false(option_set(&options, id, "?", &error));
        assert_string_equal(error.message, expected);
    }
}

/* The facts of a command are those of its --help. */
static void test_facts(void **state)
{
    (void)state;
    struct command_facts command;
    struct option_facts option;
    assert_true(command_facts(0, &command));
    assert_string_equal(command.name, "train");
    assert_true(command_option_facts(0, 0, &option));
    assert_string_equal(option.name, "--model");
    assert_string_equal(option.argument, "PRESET|FILE");
    int last = 0;
    while (command_option_facts(0, last + 1, &option))
        last++;
    assert_true(command_option_facts(0, last, &option));
    assert_string_equal(option.name, "--help");
    assert_null(option.argument);
    int commands = 0;
    while (command_facts(commands, &command))
        commands++;
    assert_false(command_facts(-1, &command));
    assert_false(command_option_facts(commands, 0, &option));
    assert_false(command_option_facts(-1, 0, &option));
    assert_false(command_option_facts(0, -1, &option));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_taken),
        cmocka_unit_test(test_refusals_name_the_words),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
