/* The table of Keras 3, byte for byte. */
#include "matinee/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct preset_options tutorial = {
    .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100, .layers = 1};

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

/* The layers of Keras' tutorials, as Keras prints them. */
static void test_every_kind_of_layer(void **state)
{
    (void)state;
    struct preset_options options;
    struct spec spec;
    struct parameter_table table;
    struct error error;
    assert_true(preset_defaults(&options, "cnn-lstm-dropout", &error));
    options.bidirectional = true;
    options.layers = 2;
    assert_true(spec_preset(&spec, "cnn-lstm-dropout", &options, &error));
    parameter_table_build(&table, &spec);
    char *text = written(&spec, &table, false, 80);
    static const char *const rows[] = {
        "│ embedding (Embedding)           │ (None, 500, 32)        │       160,000 │\n",
        "│ dropout (Dropout)               │ (None, 500, 32)        │             0 │\n",
        "│ conv1d (Conv1D)                 │ (None, 500, 32)        │         3,104 │\n",
        "│ max_pooling1d (MaxPooling1D)    │ (None, 250, 32)        │             0 │\n",
        "│ bidirectional (Bidirectional)   │ (None, 250, 200)       │       106,400 │\n",
        "│ dropout_1 (Dropout)             │ (None, 250, 200)       │             0 │\n",
        "│ bidirectional_1 (Bidirectional) │ (None, 200)            │       240,800 │\n",
        "│ dropout_2 (Dropout)             │ (None, 200)            │             0 │\n",
        "│ dense (Dense)                   │ (None, 1)              │           201 │\n",
        " Total params: 510,505 (1.95 MB)\n",
    };
    const char *after = text;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *row = strstr(after, rows[i]);
        if (!row)
            fail_msg("no row\n%safter the others in\n%s", rows[i], text);
        after = row;
    }
    free(text);
}

static void test_parameters_of_the_tutorials(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t count;
    } models[] = {
        {"lstm", 213301},
        {"lstm-dropout", 213301},
        {"lstm-gate-dropout", 213301},
        {"bilstm", 266601},
        {"bilstm-gate-dropout", 266601},
        {"cnn-lstm", 216405},
        {"cnn-lstm-dropout", 216405},
        {"lstm-reversed", 213301},
        {"lstm-embedding-dropout", 213301},
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct preset_options options;
        struct spec spec;
        struct parameter_table table;
        struct error error;
        assert_true(preset_defaults(&options, models[i].name, &error));
        assert_true(spec_preset(&spec, models[i].name, &options, &error));
        parameter_table_build(&table, &spec);
        assert_int_equal(summary_count(&spec, &table, true).trainable, models[i].count);
        assert_int_equal(summary_count(&spec, &table, true).optimizer, 2 * models[i].count + 2);
    }
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
        cmocka_unit_test(test_every_kind_of_layer),
        cmocka_unit_test(test_parameters_of_the_tutorials),
        cmocka_unit_test(test_before_training),
        cmocka_unit_test(test_after_training),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_terminal_widths),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
