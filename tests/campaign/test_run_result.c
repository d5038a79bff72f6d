/* What is read from run directories: complete, begun, damaged. */
#include "run_result.h"

#include "compare.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char run_json[] = "{\"status\": \"done\", \"parameters\": 12, \"train_reviews\": 64, "
                               "\"validation_reviews\": 32, \"device\": \"cpu\","
                               " \"engine\": null, \"epochs\": ["
                               "{\"steps\": 1, \"accuracy\": 0.5, \"loss\": 0.7, \"val_accuracy\": 0.6, "
                               "\"val_loss\": 0.65, \"seconds\": 2},"
                               "{\"steps\": 1, \"accuracy\": 0.75, \"loss\": null, \"val_accuracy\": 0.625, "
                               "\"val_loss\": 0.6, \"seconds\": 4}]}";

static char *directory;

static int open_directory(void **state)
{
    (void)state;
    directory = scratch_open();
    return 0;
}

static int close_directory(void **state)
{
    (void)state;
    scratch_close(directory);
    return 0;
}

static void write_text(const char *name, const char *text)
{
    char *path = scratch_path(directory, name);
    scratch_write(path, text, strlen(text));
    free(path);
}

static enum run_stage read_run(struct run_result *result)
{
    enum run_stage stage;
    struct error error;
    assert_true(run_result_read(result, &stage, directory, &error));
    return stage;
}

static void write_cost(double wall)
{
    struct error error;
    struct run_cost cost = {wall, 2 * wall, 1 << 20, {NAN, NAN}};
    assert_true(run_cost_write(&cost, directory, &error));
}

static void test_a_complete_run(void **state)
{
    (void)state;
    struct run_result result;
    write_text("model.keras", "");
    write_text("run.json", run_json);
    write_cost(7.5);
    assert_int_equal(read_run(&result), RUN_COMPLETE);
    assert_int_equal(result.epoch_count, 2);
    assert_int_equal(result.parameters, 12);
    assert_int_equal(result.train_reviews, 64);
    assert_int_equal(result.validation_reviews, 32);
    assert_string_equal(result.device, "cpu");
    assert_true(result.epochs[0].train.loss == 0.7 && result.epochs[0].validation.loss == 0.65);
    assert_true(isnan(result.epochs[1].train.loss)); /* null is no 0 */
    assert_true(run_epoch_seconds(&result) == 3);
    assert_true(run_last_validation(&result).accuracy == 0.625);
    assert_true(run_accuracy(&result) == 0.625);
    assert_true(result.cost.wall_seconds == 7.5 && result.cost.cpu_seconds == 15);
    assert_int_equal(result.cost.peak_bytes, 1 << 20);
    run_result_close(&result);
}

static void test_a_score_on_the_test_reviews_comes_first(void **state)
{
    (void)state;
    struct run_result result;
    struct error error;
    write_text("model.keras", "");
    write_text("run.json", run_json);
    write_cost(1);
    read_run(&result);
    assert_true(run_cost_take_score(&result.cost, "{\"accuracy\": 0.875, \"loss\": 0.5}", &error));
    assert_true(run_cost_write(&result.cost, directory, &error));
    run_result_close(&result);
    assert_int_equal(read_run(&result), RUN_COMPLETE);
    assert_true(run_accuracy(&result) == 0.875 && result.cost.test.loss == 0.5);
    assert_false(run_cost_take_score(&result.cost, "{\"loss\": 0.5}", &error));
    assert_false(run_cost_take_score(&result.cost, "no JSON", &error));
    run_result_close(&result);
}

/* Every state in which a run may be found that is not complete. */
static void test_stages(void **state)
{
    (void)state;
    struct run_result result;
    assert_int_equal(read_run(&result), RUN_ABSENT);
    write_text("run.json", run_json);
    write_cost(1);
    assert_int_equal(read_run(&result), RUN_ABSENT); /* without a model there is nothing to go on with */
    write_text("model.keras", "");
    char *interrupted = strdup(run_json);
    memcpy(strstr(interrupted, "done"), "over", 4);
    write_text("run.json", interrupted);
    free(interrupted);
    assert_int_equal(read_run(&result), RUN_BEGUN);
    assert_int_equal(result.epoch_count, 0);
    assert_true(result.cost.wall_seconds == 1);
    run_result_close(&result);
    static const char *const damaged[] = {
        "", "{", "[]", "{\"status\": 1}", "{\"status\": \"done\"}", "{\"status\": \"done\", \"epochs\": 3}"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        write_text("run.json", damaged[i]);
        assert_int_equal(read_run(&result), RUN_BEGUN);
        run_result_close(&result);
    }
    write_text("run.json", run_json);
    write_text("cost.json", "");
    assert_int_equal(read_run(&result), RUN_BEGUN);
    assert_true(isnan(result.cost.wall_seconds));
    run_result_close(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_complete_run, open_directory, close_directory),
        cmocka_unit_test_setup_teardown(test_a_score_on_the_test_reviews_comes_first, open_directory,
                                        close_directory),
        cmocka_unit_test_setup_teardown(test_stages, open_directory, close_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
