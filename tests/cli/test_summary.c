/* The table of Keras 3, byte for byte. */
#include "matinee/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct preset_sizes tutorial = {
    .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100};

static void make(struct spec *spec, struct parameter_table *table)
{
    struct error error;
    assert_true(spec_preset(spec, "lstm", &tutorial, &error));
    parameter_table_build(table, spec);
}

static char *written(const struct spec *spec, const struct parameter_table *table, bool slots, int columns)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    summary_write(stream, spec, table, slots, columns);
    assert_int_equal(fclose(stream), 0);
    return text;
}

#define TUTORIAL_TABLE                                                                                                                                                                                                                       \
    "Model: \"sequential\"\n"                                                                                                                                                                                                                \
    "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n" \
    "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"                                                                                                                                                 \
    "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n" \
    "│ embedding (Embedding)           │ (None, 500, 32)        │       160,000 │\n"                                                                                                                                                 \
    "├─────────────────────────────────┼────────────────────────┼───────────────┤\n" \
    "│ lstm (LSTM)                     │ (None, 100)            │        53,200 │\n"                                                                                                                                                 \
    "├─────────────────────────────────┼────────────────────────┼───────────────┤\n" \
    "│ dense (Dense)                   │ (None, 1)              │           101 │\n"                                                                                                                                                 \
    "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"

static void test_before_training(void **state)
{
    (void)state;
    struct spec spec;
    struct parameter_table table;
    make(&spec, &table);
    char *text = written(&spec, &table, false, 80);
    assert_string_equal(text, TUTORIAL_TABLE " Total params: 213,301 (833.21 KB)\n"
                                             " Trainable params: 213,301 (833.21 KB)\n"
                                             " Non-trainable params: 0 (0.00 B)\n");
    free(text);
}

static void test_after_training(void **state)
{
    (void)state;
    struct spec spec;
    struct parameter_table table;
    make(&spec, &table);
    char *text = written(&spec, &table, true, 80);
    assert_string_equal(text, TUTORIAL_TABLE " Total params: 639,905 (2.44 MB)\n"
                                             " Trainable params: 213,301 (833.21 KB)\n"
                                             " Non-trainable params: 0 (0.00 B)\n"
                                             " Optimizer params: 426,604 (1.63 MB)\n");
    free(text);
}

/* Whole words go to the next line, and a word that no line holds is cut. */
static void test_long_name(void **state)
{
    (void)state;
    struct spec spec;
    struct parameter_table table;
    make(&spec, &table);
    strcpy(spec.layers[1].name, "the_only_recurrent_layer_in_it");
    strcpy(spec.layers[2].name, "a_name_that_is_longer_than_a_whole_line");
    char *text = written(&spec, &table, false, 80);
    assert_non_null(strstr(text,
                           "│ the_only_recurrent_layer_in_it  │ (None, 100)            │        53,200 │\n"
                           "│ (LSTM)                          │                        │               │\n"));
    assert_non_null(strstr(text,
                           "│ a_name_that_is_longer_than_a_wh │ (None, 1)              │           101 │\n"
                           "│ ole_line (Dense)                │                        │               │\n"));
    free(text);
}

/* Columns of every line, a character being one column. */
static void expect_table_width(int columns, int expected)
{
    struct spec spec;
    struct parameter_table table;
    make(&spec, &table);
    char *text = written(&spec, &table, false, columns);
    const char *line = strchr(text, '\n') + 1;
    int lines = 0;
    for (; line[0] != ' '; line = strchr(line, '\n') + 1, lines++) {
        int width = 0;
        for (const char *c = line; *c != '\n'; c++)
            width += ((unsigned char)*c & 0xC0) != 0x80;
        assert_int_equal(width, expected);
    }
    assert_true(lines >= 9);
    free(text);
}

static void test_terminal_widths(void **state)
{
    (void)state;
    expect_table_width(80, 76);
    expect_table_width(79, 75);
    expect_table_width(61, 57);
    expect_table_width(200, 88);
    expect_table_width(1, 36);
}

static void test_memory(void **state)
{
    (void)state;
    char text[32];
    summary_memory(text, sizeof text, 1023);
    assert_string_equal(text, "1023.00 B");
    summary_memory(text, sizeof text, 1024);
    assert_string_equal(text, "1.00 KB");
    summary_memory(text, sizeof text, 1066404);
    assert_string_equal(text, "1.02 MB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_training), cmocka_unit_test(test_after_training),
        cmocka_unit_test(test_long_name),       cmocka_unit_test(test_terminal_widths),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
