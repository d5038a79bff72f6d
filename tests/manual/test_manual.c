/* The man pages, the reference and the completion hold every command and option, and what is special in their languages
 * is escaped. */
#include "blocks.h"
#include "manual.h"
#include "notes.h"
#include "value.h"

#include "matinee/command_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef void print_function(FILE *out);
typedef void print_text_function(FILE *out, const char *text, size_t length);

/* What a function prints; free() it. */
static char *printed(print_function *print)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    print(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *page_of(int command)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    manual_man_command(out, command);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *printed_text(print_text_function *print, const char *text)
{
    char *result = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&result, &bytes);
    assert_non_null(out);
    print(out, text, strlen(text));
    assert_int_equal(fclose(out), 0);
    return result;
}

static void expect_text(print_text_function *print, const char *text, const char *expected)
{
    char *result = printed_text(print, text);
    assert_string_equal(result, expected);
    free(result);
}

static void test_roff_is_escaped(void **state)
{
    (void)state;
    expect_text(manual_roff_text, ".csv or .tsv", "\\&.csv or .tsv\n");
    expect_text(manual_roff_text, "'tis Keras'", "\\&'tis Keras'\n");
    expect_text(manual_roff_text, "a\\b \"c\" ~/d `e ^f", "a\\(rsb \\(dqc\\(dq \\(ti/d \\(gae \\(haf\n");
    expect_text(manual_roff_text, "well-known: (--text-column), --no-quotes. - is",
                "well\\-known: (\\fB\\-\\-text\\-column\\fP), \\fB\\-\\-no\\-quotes\\fP.\n\\- is\n");
    expect_text(manual_roff_text, "-- and --Z and 3--4", "\\-\\- and \\-\\-Z and 3\\-\\-4\n");
    expect_text(manual_roff_text, "One. .two. 'Three", "One.\n\\&.two.\n\\&'Three\n");
}

/* Wherever the line is cut, no word may become a request. */
static void test_roff_lines_begin_with_no_request(void **state)
{
    (void)state;
    char text[256] = "";
    for (int length = 40; length < 90; length++) {
        memset(text, 'x', (size_t)length);
        strcpy(text + length, " .so 'so .so");
        char *result = printed_text(manual_roff_text, text);
        for (const char *line = strtok(result, "\n"); line; line = strtok(NULL, "\n")) {
            assert_true(line[0] != '.' && line[0] != '\'');
            assert_true(strlen(line) <= 90);
        }
        free(result);
    }
}

static void test_markdown_is_escaped(void **state)
{
    (void)state;
    expect_text(manual_markdown_text, "- is standard input", "\\- is standard input\n");
    expect_text(manual_markdown_text, "1. a 1. b", "1\\. a 1. b\n");
    expect_text(manual_markdown_text, "10) a", "10\\) a\n");
    expect_text(manual_markdown_text, "2 + 1+N #a", "2 + 1+N #a\n");
    expect_text(manual_markdown_text, "#a > b", "\\#a > b\n");
    expect_text(manual_markdown_text, "use_ema _x_ *y* <z> [a] `b` \\",
                "use_ema \\_x\\_ \\*y\\* \\<z> \\[a\\] \\`b\\` \\\\\n");
    expect_text(manual_markdown_text, "with --text-column, (--data)", "with `--text-column`, (`--data`)\n");
    char text[200];
    memset(text, 'x', 119);
    strcpy(text + 119, " - y");
    char *result = printed_text(manual_markdown_text, text);
    assert_string_equal(result + 119, "\n\\- y\n");
    free(result);
}

static void expect_within(const char *text, const char *part, const char *command)
{
    if (!strstr(text, part))
        fail_msg("%s: there is no \"%s\"", command, part);
}

/* "--text-column" as a man page has it. */
static void roff_name(const char *name, char *text, size_t bytes)
{
    size_t used = 0;
    for (; *name; name++)
        used += (size_t)snprintf(text + used, bytes - used, *name == '-' ? "\\-" : "%c", *name);
}

static void test_pages_hold_all_options(void **state)
{
    (void)state;
    static const char *const sections[] = {".SH NAME\n",    ".SH SYNOPSIS\n",    ".SH DESCRIPTION\n",
                                           ".SH OPTIONS\n", ".SH EXIT STATUS\n", ".SH SEE ALSO\n"};
    struct command_facts facts;
    struct option_facts option;
    char *program = printed(manual_man_program);
    int commands = 0;
    for (; command_facts(commands, &facts); commands++) {
        char name[128], expected[160];
        char *page = page_of(commands);
        const char *place = page;
        for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
            expect_within(place, sections[i], facts.name);
            place = strstr(place, sections[i]);
        }
        for (int i = 0; command_option_facts(commands, i, &option); i++) {
            roff_name(option.name, name, sizeof name);
            snprintf(expected, sizeof expected, "\\fB%s\\fP%s", name, option.argument ? "=" : "\n");
            expect_within(page, expected, facts.name);
        }
        for (const char *c = page; *c; c++)
            assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
        free(page);
        roff_name(facts.name, name, sizeof name);
        snprintf(expected, sizeof expected, ".TP\n.BR matinee\\-%s (1)\n", name);
        expect_within(program, expected, facts.name);
    }
    assert_true(commands >= 11);
    free(program);
}

/* The part of `text` from `begin` to `end`; free() it. */
static char *part_of(const char *text, const char *begin, const char *end)
{
    const char *first = strstr(text, begin);
    if (!first)
        fail_msg("there is no \"%s\"", begin);
    const char *last = strstr(first + strlen(begin), end);
    char *part = last ? strndup(first, (size_t)(last - first)) : strdup(first);
    assert_non_null(part);
    return part;
}

static void test_reference_and_completion_hold_all_options(void **state)
{
    (void)state;
    struct command_facts facts;
    struct option_facts option;
    char *markdown = printed(manual_markdown), *bash = printed(manual_bash), *zsh = printed(manual_zsh);
    expect_within(zsh, "'--train-limit=[Train on the first N training reviews in Keras'\\'' order]:N: '",
                  "train");
    char *bash_options = part_of(bash, "_matinee_options() {", "\n}\n");
    char *bash_values = part_of(bash, "_matinee_value() {", "\n}\n");
    for (int command = 0; command_facts(command, &facts); command++) {
        char begin[64], expected[128];
        snprintf(begin, sizeof begin, "\n## %s\n", facts.name);
        char *section = part_of(markdown, begin, "\n## ");
        snprintf(begin, sizeof begin, "\n    %s)\n", facts.name);
        char *options = part_of(bash_options, begin, ";;"), *values = part_of(bash_values, begin, "esac");
        snprintf(begin, sizeof begin, "\n_matinee_%s() {\n", facts.name);
        char *function = part_of(zsh, begin, "\n}\n");
        for (int i = 0; command_option_facts(command, i, &option); i++) {
            bool help = strcmp(option.name, "--help") == 0;
            snprintf(expected, sizeof expected, "\n- `%s%s%s%s`: ", help ? "-h, " : "", option.name,
                     option.argument ? " " : "", option.argument ? option.argument : "");
            expect_within(section, expected, facts.name);
            expect_within(options, option.name, facts.name);
            snprintf(expected, sizeof expected, "%s%s", help ? "{-h,--help}" : option.name,
                     help              ? "'["
                     : option.argument ? "=["
                                       : "[");
            expect_within(function, expected, facts.name);
            snprintf(expected, sizeof expected, " %s", option.name);
            if (option.argument)
                expect_within(values, expected, facts.name);
        }
        free(section);
        free(options);
        free(values);
        free(function);
    }
    free(markdown);
    free(bash);
    free(zsh);
    free(bash_options);
    free(bash_values);
}

static void test_values(void **state)
{
    (void)state;
    static const char *const words[] = {"test", "none", NULL};
    struct value value = value_of_option(&(struct option_facts){.argument = "WHAT", .words = words});
    assert_string_equal(value.words, "test none");
    assert_false(value.files || value.directories || value.list);
    value = value_of_option(&(struct option_facts){.argument = "N"});
    assert_true(value_is_open(&value));
    value = value_of_option(&(struct option_facts){.argument = "FILE.jsonl"});
    assert_true(value.files && !value.words[0]);
    value = value_of_option(&(struct option_facts){.argument = "RUN_DIRECTORY"});
    assert_true(value.directories && !value.files);
    value = value_of_option(&(struct option_facts){.argument = "PRESET|FILE"});
    assert_true(value.files && !value.list);
    assert_memory_equal(value.words, "lstm lstm-dropout ", 18);
    value = value_of_option(&(struct option_facts){.argument = "LIST"});
    assert_true(value.list && !value.files);
}

static void test_arguments(void **state)
{
    (void)state;
    struct arguments a = arguments_of_command(&(struct command_facts){.arguments = "MODEL [TEXT...]"});
    assert_int_equal(a.count, 2);
    assert_true(a.repeats && a.values[0].files && value_is_open(&a.values[1]));
    assert_string_equal(a.names[1], "TEXT");
    a = arguments_of_command(&(struct command_facts){.arguments = "info|words"});
    assert_int_equal(a.count, 1);
    assert_true(!a.repeats);
    assert_string_equal(a.values[0].words, "info words");
    a = arguments_of_command(&(struct command_facts){.arguments = ""});
    assert_int_equal(a.count, 0);
}

static void expect_block(const char **details, const char *term, const char *text)
{
    struct block block;
    assert_true(block_next(details, &block));
    assert_int_equal(block.term_bytes, term ? strlen(term) : 0);
    if (term)
        assert_memory_equal(block.term, term, block.term_bytes);
    assert_int_equal(block.text_bytes, strlen(text));
    assert_memory_equal(block.text, text, block.text_bytes);
}

static void test_blocks(void **state)
{
    (void)state;
    struct block block;
    const char *details = "info    reviews\nwords   the words\n\nA paragraph.\n\nAnother.";
    expect_block(&details, "info", "reviews");
    expect_block(&details, "words", "the words");
    expect_block(&details, NULL, "A paragraph.");
    expect_block(&details, NULL, "Another.");
    assert_false(block_next(&details, &block));
}

static void test_notes_concern_commands(void **state)
{
    (void)state;
    struct command_facts facts;
    struct note data = {"X", "x", "--data", "doctor"};
    for (int i = 0; command_facts(i, &facts); i++) {
        bool reads = strcmp(facts.name, "summary") != 0 && strcmp(facts.name, "convert") != 0 &&
                     strcmp(facts.name, "report") != 0;
        if (note_concerns(&data, i) != reads)
            fail_msg("%s: a note on --data and doctor %s", facts.name, reads ? "is missing" : "is there");
        assert_true(note_concerns(&exit_statuses[0], i));
    }
    assert_true(note_concerns(&data, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roff_is_escaped),
        cmocka_unit_test(test_roff_lines_begin_with_no_request),
        cmocka_unit_test(test_markdown_is_escaped),
        cmocka_unit_test(test_pages_hold_all_options),
        cmocka_unit_test(test_reference_and_completion_hold_all_options),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_notes_concern_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
