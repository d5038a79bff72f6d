/* The command line: what is taken, and what is refused with which words. */
#include "commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* Parses "train --epochs 3": words are separated by one blank. */
static bool parse(struct options *options, const char *line, struct error *error)
{
    static char text[512], *words[WORDS_MAX + 1];
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    const struct command *command = command_find(words[0]);
    assert_non_null(command);
    error->message[0] = '\0';
    return options_parse(options, command, count, words, error);
}

static void expect_refused(const char *line, const char *message)
{
    struct options options;
    struct error error;
    assert_false(parse(&options, line, &error));
    assert_string_equal(error.message, message);
}

static void test_defaults_are_the_tutorials(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "train", &error));
    assert_string_equal(o.model, "lstm");
    assert_int_equal(o.epochs, 3);
    assert_int_equal(o.batch_size, 64);
    assert_true(o.learning_rate == 1e-3 && o.epsilon == 1e-7);
    assert_int_equal(o.seed, 7);
    assert_int_equal(o.sizes.vocabulary, 5000);
    assert_int_equal(o.sizes.maxlen, 500);
    assert_int_equal(o.initializers, INITIALIZERS_KERAS);
    assert_string_equal(o.device, "auto");
    assert_int_equal(o.threads, 0);
    assert_int_equal(o.validation, VALIDATION_TEST);
    assert_null(o.data);
    assert_null(o.table.test);
    assert_true(o.table.test_fraction == 0);
    assert_null(o.table.text_column);
    assert_null(o.table.label_column);
    assert_null(o.out);
    for (int id = 0; id < OPTION_END; id++)
        assert_null(o.given[id]);
}

static void test_values_arrive(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o,
                      "train --epochs=5 --learning-rate 2.5e-4 --validation 0.25 --seed 9223372036854775807 "
                      "--device cuda:1 --quiet --units 8",
                      &error));
    assert_int_equal(o.epochs, 5);
    assert_true(o.learning_rate == 2.5e-4);
    assert_int_equal(o.validation, VALIDATION_FRACTION);
    assert_true(o.validation_fraction == 0.25);
    assert_true(o.seed == INT64_MAX);
    assert_string_equal(o.device, "cuda:1");
    assert_true(o.quiet);
    assert_false(o.dry_run);
    assert_true(option_given(&o, OPTION_UNITS));
    assert_false(option_given(&o, OPTION_MAXLEN));
}

static void test_values_of_layers_arrive(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "summary lstm --filters 8 --kernel-size 5 --pool-size 4 --layers 2 --bidirectional",
                      &error));
    assert_int_equal(o.sizes.filters, 8);
    assert_int_equal(o.sizes.kernel_size, 5);
    assert_int_equal(o.sizes.pool_size, 4);
    assert_int_equal(o.sizes.layers, 2);
    assert_true(o.sizes.bidirectional);
    assert_false(option_given(&o, OPTION_DROPOUT));
    assert_true(
        parse(&o,
              "train --dropout 0 --recurrent-dropout .5 --embedding-dropout 0.999 --gate-masks shared "
              "--initializers keras1 --recurrent-activation hard_sigmoid_keras1",
              &error));
    assert_true(option_given(&o, OPTION_DROPOUT));
    assert_true(o.sizes.dropout == 0 && o.sizes.recurrent_dropout == 0.5 &&
                o.sizes.embedding_dropout == 0.999);
    assert_int_equal(o.sizes.gate_masks, GATE_MASKS_SHARED);
    assert_int_equal(o.initializers, INITIALIZERS_KERAS1);
    assert_true(o.sizes.hard_sigmoid_slope == 0.2);
    assert_true(parse(&o, "train --recurrent-activation hard_sigmoid --gate-masks per-gate", &error));
    assert_true(o.sizes.hard_sigmoid_slope == 1.0 / 6);
    assert_int_equal(o.sizes.gate_masks, GATE_MASKS_PER_GATE);
}

static void test_values_of_a_gpu_arrive(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "train", &error));
    assert_true(o.engine == ENGINE_AUTO && o.precision == PRECISION_FP32 && o.dropout_masks == MASKS_COUNTER);
    assert_false(o.no_graph);
    assert_true(
        parse(&o, "train --engine cudnn --precision tf32 --dropout-masks cudnn --no-graph --quiet", &error));
    assert_true(o.engine == ENGINE_CUDNN && o.precision == PRECISION_TF32 && o.dropout_masks == MASKS_CUDNN);
    assert_true(o.no_graph && o.quiet && !o.dry_run);
    assert_true(o.gpus == 0 && o.virtual_ranks == 0 && !o.exact_ranks);
    assert_true(parse(&o, "train --gpus 4 --virtual-ranks 64 --exact-ranks", &error));
    assert_true(o.gpus == 4 && o.virtual_ranks == 64 && o.exact_ranks);
    assert_true(parse(&o, "evaluate m.keras --engine generic --precision fp32", &error));
    assert_true(o.engine == ENGINE_GENERIC && o.precision == PRECISION_FP32);
    assert_true(parse(&o, "evaluate m.keras --engine fused", &error));
    assert_int_equal(o.engine, ENGINE_FUSED);
    assert_true(parse(&o, "predict m.keras text --engine auto", &error));
    assert_int_equal(o.engine, ENGINE_AUTO);
}

static void test_values_of_tables_arrive(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "train --data a.csv --test b.csv --text-column body --label-column 2", &error));
    assert_string_equal(o.table.test, "b.csv");
    assert_true(o.table.test_fraction == 0);
    assert_string_equal(o.table.text_column, "body");
    assert_string_equal(o.table.label_column, "2");
    assert_true(parse(&o, "evaluate m.keras --data a.csv --test b.csv --test .25", &error));
    assert_null(o.table.test);
    assert_true(o.table.test_fraction == 0.25);
    assert_true(parse(&o, "data info --test .25 --test ./0.5", &error));
    assert_string_equal(o.table.test, "./0.5");
    assert_true(o.table.test_fraction == 0);
    static const char *const wrong[] = {"0", "1", "-0.5", "1.5", "1e5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[64], message[128];
        snprintf(line, sizeof line, "train --test %s", wrong[i]);
        snprintf(message, sizeof message, "--test %s: must be a file, or a fraction above 0 and below 1",
                 wrong[i]);
        expect_refused(line, message);
    }
    expect_refused("train --test=", "--test : must be a file, or a fraction above 0 and below 1");
    expect_refused("train --text-column=", "--text-column: must not be empty");
}

/* Every option has a bit of its own, the last ones as well. */
static void test_given_options_are_told_apart(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "train --dry-run", &error));
    for (enum option_id id = 0; id < OPTION_END; id++)
        assert_int_equal(option_given(&o, id), id == OPTION_DRY_RUN);
}

static void test_arguments(void **state)
{
    (void)state;
    struct options o;
    struct error error;
    assert_true(parse(&o, "predict m.keras good --json film", &error));
    assert_int_equal(o.argument_count, 3);
    assert_string_equal(o.arguments[0], "m.keras");
    assert_string_equal(o.arguments[2], "film");
    assert_true(o.json);
    assert_true(parse(&o, "predict m.keras -- --json", &error));
    assert_string_equal(o.arguments[1], "--json");
    assert_false(o.json);
    expect_refused("evaluate", "an argument is missing: evaluate MODEL");
    expect_refused("evaluate a b", "b: one argument too many; expected is evaluate MODEL");
}

static void test_wrong_whole_numbers(void **state)
{
    (void)state;
    expect_refused("train --epochs -1", "--epochs -1: must be a whole number from 1 to 100000");
    expect_refused("train --epochs 0", "--epochs 0: must be a whole number from 1 to 100000");
    expect_refused("train --epochs 3x", "--epochs 3x: must be a whole number from 1 to 100000");
    expect_refused("train --epochs 0x3", "--epochs 0x3: must be a whole number from 1 to 100000");
    expect_refused("train --epochs=", "--epochs : must be a whole number from 1 to 100000");
    expect_refused("train --epochs 99999999999999999999",
                   "--epochs 99999999999999999999: must be a whole number from 1 to 100000");
    expect_refused("train --maxlen 0", "--maxlen 0: must be a whole number from 1 to 1000000");
    expect_refused("train --maxlen 1000001", "--maxlen 1000001: must be a whole number from 1 to 1000000");
    expect_refused("train --vocabulary 4", "--vocabulary 4: must be a whole number from 5 to 10000000");
    expect_refused("train --threads 1025", "--threads 1025: must be a whole number from 0 to 1024");
    expect_refused("train --gpus 0", "--gpus 0: must be a whole number from 1 to 1024");
    expect_refused("train --virtual-ranks 65", "--virtual-ranks 65: must be a whole number from 1 to 64");
    expect_refused("evaluate m.keras --exact-ranks",
                   "--exact-ranks: there is no such option; --help lists them");
    expect_refused("train --seed -1", "--seed -1: must be a whole number from 0 to 9223372036854775807");
    expect_refused("train --seed 9223372036854775808",
                   "--seed 9223372036854775808: must be a whole number from 0 to 9223372036854775807");
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    expect_refused("train --learning-rate 0", "--learning-rate 0: must be a number above 0 and at most 1000");
    expect_refused("train --learning-rate nan",
                   "--learning-rate nan: must be a number above 0 and at most 1000");
    expect_refused("train --learning-rate -1e-3",
                   "--learning-rate -1e-3: must be a number above 0 and at most 1000");
    expect_refused("train --learning-rate 1e400",
                   "--learning-rate 1e400: must be a number above 0 and at most 1000");
    expect_refused("train --epsilon inf", "--epsilon inf: must be a number above 0 and at most 1");
    expect_refused("train --validation 1",
                   "--validation 1: must be test, none, or a fraction above 0 and below 1");
    expect_refused("train --validation 0",
                   "--validation 0: must be test, none, or a fraction above 0 and below 1");
    expect_refused("train --validation all",
                   "--validation all: must be test, none, or a fraction above 0 and below 1");
    expect_refused("train --device gpu", "--device gpu: must be auto, cpu, cuda or cuda:I with I from 0");
    expect_refused("train --device cuda:", "--device cuda:: must be auto, cpu, cuda or cuda:I with I from 0");
    expect_refused("train --out=", "--out: must not be empty");
}

static void test_wrong_rates_and_words(void **state)
{
    (void)state;
    static const char *const rates[] = {"1", "-0.1", "nan", "0.2x", "1e400"};
    static const char *const names[] = {"--dropout", "--recurrent-dropout", "--embedding-dropout"};
    char line[128], message[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
            snprintf(line, sizeof line, "train %s %s", names[i], rates[k]);
            snprintf(message, sizeof message, "%s %s: must be a number from 0 to below 1", names[i],
                     rates[k]);
            expect_refused(line, message);
        }
    expect_refused("train --recurrent-activation tanh",
                   "--recurrent-activation tanh: must be sigmoid, hard_sigmoid or hard_sigmoid_keras1");
    expect_refused("train --gate-masks own", "--gate-masks own: must be per-gate or shared");
    expect_refused("train --initializers keras2", "--initializers keras2: must be keras or keras1");
    expect_refused("train --engine fast", "--engine fast: must be auto, fused, cudnn or generic");
    expect_refused("predict m.keras --precision bf16", "--precision bf16: must be fp32 or tf32");
    expect_refused("train --dropout-masks keras", "--dropout-masks keras: must be counter or cudnn");
    expect_refused("train --no-graph=1", "--no-graph: takes no value");
    expect_refused("evaluate m.keras --no-graph", "--no-graph: there is no such option; --help lists them");
    expect_refused("train --layers 17", "--layers 17: must be a whole number from 0 to 16");
    expect_refused("train --filters 0", "--filters 0: must be a whole number from 1 to 16384");
    expect_refused("train --bidirectional=yes", "--bidirectional: takes no value");
    expect_refused("evaluate m.keras --dropout 0.1", "--dropout: there is no such option; --help lists them");
}

static void test_wrong_options(void **state)
{
    (void)state;
    expect_refused("train --epoch-count 3", "--epoch-count: there is no such option; --help lists them");
    expect_refused("train -x", "-x: there is no such option; --help lists them");
    expect_refused("train --quiet -xy", "-xy: there is no such option; --help lists them");
    expect_refused("summary lstm --initializers keras1",
                   "--initializers: there is no such option; --help lists them");
    expect_refused("evaluate m.keras --epochs 3", "--epochs: there is no such option; --help lists them");
    expect_refused("train --epochs", "--epochs: needs a value, --epochs=N");
    expect_refused("train --quiet=yes", "--quiet: takes no value");
    expect_refused("train --e 3", "--e: may be --epochs or --ema");
}

static void test_help_lists_the_presets(void **state)
{
    (void)state;
    static const char *const commands[] = {"train", "summary"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!strstr(command_find(commands[i])->details, preset_names()))
            fail_msg("the details of the command %s do not list the presets: %s", commands[i],
                     preset_names());
}

static void test_every_command_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"train",   "evaluate", "predict", "neighbors",
                                        "summary", "data",     "doctor"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(command_find(names[i]));
        assert_non_null(strstr(command_names(), names[i]));
    }
    assert_null(command_find("trai"));
    assert_null(command_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_the_tutorials),
        cmocka_unit_test(test_values_arrive),
        cmocka_unit_test(test_values_of_layers_arrive),
        cmocka_unit_test(test_values_of_a_gpu_arrive),
        cmocka_unit_test(test_values_of_tables_arrive),
        cmocka_unit_test(test_given_options_are_told_apart),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_wrong_whole_numbers),
        cmocka_unit_test(test_wrong_numbers),
        cmocka_unit_test(test_wrong_rates_and_words),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_help_lists_the_presets),
        cmocka_unit_test(test_every_command_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
