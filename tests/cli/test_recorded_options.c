/* Options that a run remembers. */
#include "commands.h"
#include "recorded_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 24 };

/* Parses "train --epochs 3"; its words stay until the next call but one. */
static void parse(struct options *options, const char *line)
{
    static char texts[2][512], *words[2][WORDS_MAX + 1];
    static int turn;
    struct error error;
    int count = 0;
    turn = !turn;
    snprintf(texts[turn], sizeof texts[turn], "%s", line);
    for (char *word = strtok(texts[turn], " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[turn][count++] = word;
    words[turn][count] = NULL;
    if (!options_parse(options, command_find("train"), count, words[turn], &error))
        fail_msg("%s", error.message);
}

static void test_all_come_back(void **state)
{
    (void)state;
    struct options began, now;
    struct error error;
    parse(&began, "train --epochs 9 --batch-size 8 --seed 9223372036854775807 --train-limit 5 --validation "
                  "0.1 --precision tf32 --dropout-masks cudnn --save-every 20 --keep-best --patience 3 "
                  "--exact-ranks");
    json_t *recorded = recorded_options_json(&began, options_of_run);
    assert_non_null(recorded);
    assert_int_equal(json_object_size(recorded), 11);
    parse(&now, "train --resume run");
    assert_true(recorded_options_restore(&now, options_of_run, recorded, &error));
    assert_int_equal(now.epochs, 9);
    assert_int_equal(now.batch_size, 8);
    assert_true(now.seed == INT64_MAX);
    assert_int_equal(now.train_limit, 5);
    assert_int_equal(now.validation, VALIDATION_FRACTION);
    assert_true(now.validation_fraction == 0.1);
    assert_int_equal(now.precision, PRECISION_TF32);
    assert_int_equal(now.dropout_masks, MASKS_CUDNN);
    assert_int_equal(now.save_every, 20);
    assert_true(now.keep_best);
    assert_true(now.exact_ranks);
    assert_int_equal(now.patience, 3);
    json_decref(recorded);
}

/* Where nothing was asked for, the defaults of then are kept, and what has none is absent. */
static void test_defaults(void **state)
{
    (void)state;
    struct options began;
    parse(&began, "train");
    json_t *of_run = recorded_options_json(&began, options_of_run),
           *of_device = recorded_options_json(&began, options_of_device);
    json_t *expected = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "epochs", "3", "batch-size", "64", "seed",
                                 "7", "validation", "test", "precision", "fp32", "dropout-masks", "counter");
    assert_true(json_equal(of_run, expected));
    json_decref(expected);
    expected = json_pack("{s:s, s:s, s:s}", "device", "auto", "engine", "auto", "cpu-kernels", "auto");
    assert_true(json_equal(of_device, expected));
    json_decref(expected);
    json_decref(of_run);
    json_decref(of_device);
}

static void test_the_command_line_wins(void **state)
{
    (void)state;
    struct options began, now;
    struct error error;
    parse(&began,
          "train --epochs 9 --device cuda:1 --engine cudnn --no-graph --cpu-kernels sse2 --data sample");
    json_t *of_run = recorded_options_json(&began, options_of_run),
           *of_data = recorded_options_json(&began, options_of_data),
           *of_device = recorded_options_json(&began, options_of_device);
    parse(&now, "train --resume run --epochs 12 --engine generic");
    assert_true(recorded_options_restore(&now, options_of_run, of_run, &error));
    assert_true(recorded_options_restore(&now, options_of_data, of_data, &error));
    assert_true(recorded_options_restore(&now, options_of_device, of_device, &error));
    assert_int_equal(now.epochs, 12);
    assert_string_equal(now.device, "cuda:1");
    assert_int_equal(now.engine, ENGINE_GENERIC);
    assert_true(now.no_graph);
    assert_string_equal(now.cpu_kernels, "sse2");
    assert_string_equal(now.data, "sample");
    json_decref(of_run);
    json_decref(of_data);
    json_decref(of_device);
}

static void test_paths_hold_anywhere(void **state)
{
    (void)state;
    struct options began;
    parse(&began, "train --data reviews");
    json_t *recorded = recorded_options_json(&began, options_of_data);
    const char *data = json_string_value(json_object_get(recorded, "data"));
    assert_non_null(data);
    assert_int_equal(data[0], '/');
    assert_string_equal(strrchr(data, '/'), "/reviews");
    json_decref(recorded);
    parse(&began, "train --data /reviews");
    recorded = recorded_options_json(&began, options_of_data);
    assert_string_equal(json_string_value(json_object_get(recorded, "data")), "/reviews");
    json_decref(recorded);
    parse(&began, "train --data a.csv --test b.csv --word-index w.json");
    recorded = recorded_options_json(&began, options_of_data);
    assert_int_equal(json_string_value(json_object_get(recorded, "test"))[0], '/');
    assert_int_equal(json_string_value(json_object_get(recorded, "word-index"))[0], '/');
    json_decref(recorded);
}

/* A table is read again as it was. */
static void test_tables(void **state)
{
    (void)state;
    struct options began, now;
    struct error error;
    parse(&began, "train --data a.csv --test 0.25 --text-column 2 --label-column stars --no-quotes");
    json_t *recorded = recorded_options_json(&began, options_of_data);
    parse(&now, "train --resume run");
    assert_true(recorded_options_restore(&now, options_of_data, recorded, &error));
    assert_null(now.table.test);
    assert_true(now.table.test_fraction == 0.25);
    assert_string_equal(now.table.text_column, "2");
    assert_string_equal(now.table.label_column, "stars");
    assert_true(now.table.no_quotes);
    json_decref(recorded);
}

static void test_what_a_file_may_not_say(void **state)
{
    (void)state;
    struct options options;
    struct error error = {""};
    parse(&options, "train --resume run");
    json_t *recorded = json_pack("{s:s}", "batch-size", "0");
    assert_false(recorded_options_restore(&options, options_of_run, recorded, &error));
    assert_string_equal(error.message, "--batch-size 0: must be a whole number from 1 to 65536");
    json_decref(recorded);
    assert_true(recorded_options_restore(&options, options_of_run, NULL, &error));
}

static void check_of(const char *line, const char *refused)
{
    struct options options;
    struct error error = {""};
    parse(&options, line);
    bool good = recorded_options_check(&options, &error);
    if (good != !refused || (refused && strncmp(error.message, refused, strlen(refused)) != 0))
        fail_msg("%s: %s", line, error.message);
}

static void test_what_may_be_changed(void **state)
{
    (void)state;
    check_of("train --resume run", NULL);
    check_of("train --resume run --epochs 5 --patience 2 --save-every 9 --data d --device cpu --engine auto",
             NULL);
    check_of("train --resume run --no-graph --threads 1 --cpu-kernels sse2 --log l --quiet --dry-run", NULL);
    check_of("train --resume run --quiet --seed 7", "--seed: run goes on with what it began with; ");
    check_of("train --resume run --out there", "--out: ");
    check_of("train --resume run --gate-masks shared", "--gate-masks: ");
    check_of("train --resume run --gpus 2 --virtual-ranks 2", NULL);
    check_of("train --resume run --exact-ranks", "--exact-ranks: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_come_back),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_the_command_line_wins),
        cmocka_unit_test(test_paths_hold_anywhere),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_what_a_file_may_not_say),
        cmocka_unit_test(test_what_may_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
