/* What a log says of the time within epochs. */
#include "run_log.h"

#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *scratch, *path;

static int open_scratch(void **state)
{
    (void)state;
    scratch = scratch_open();
    path = scratch_path(scratch, "log.jsonl");
    return 0;
}

static int close_scratch(void **state)
{
    (void)state;
    free(path);
    scratch_close(scratch);
    return 0;
}

static void check(const char *text, int count, const double *epochs, const double *accuracies,
                  const double *losses)
{
    struct run_log log = {.count = 0};
    struct error error;
    scratch_write(path, text, strlen(text));
    assert_true(run_log_read(&log, path, &error));
    assert_int_equal(log.count, count);
    for (int i = 0; i < count; i++)
        if (!(fabs(log.epochs[i] - epochs[i]) < 1e-9 && fabs(log.accuracies[i] - accuracies[i]) < 1e-9 &&
              fabs(log.losses[i] - losses[i]) < 1e-9))
            fail_msg("point %d is %g: %g %g", i, log.epochs[i], log.accuracies[i], log.losses[i]);
    run_log_close(&log);
}

#define STEP(epoch, step, accuracy, loss)                                                                    \
    "{\"event\":\"step\",\"epoch\":" epoch ",\"step\":" step ",\"steps\":80,\"accuracy\":" accuracy          \
    ",\"loss\":" loss ",\"seconds\":1}\n"
#define EPOCH(epoch, accuracy, loss)                                                                         \
    "{\"event\":\"epoch\",\"epoch\":" epoch ",\"steps\":80,\"accuracy\":" accuracy ",\"loss\":" loss "}\n"

/* The means since the epoch began are 0.5, then (50 * 0.5 + 30 * 0.9) / 80. */
static void test_means(void **state)
{
    (void)state;
    check("{\"event\":\"start\",\"epochs\":2}\n" STEP("1", "50", "0.5", "1.0") EPOCH("1", "0.65", "0.7")
              STEP("2", "50", "0.9", "0.25") EPOCH("2", "0.9", "0.25") "{\"event\":\"end\"}\n",
          4, (const double[]){0.3125, 0.8125, 1.3125, 1.8125}, (const double[]){0.5, 0.9, 0.9, 0.9},
          (const double[]){1, 0.2, 0.25, 0.25});
}

/* Killed in the second epoch after its step 50 and gone on with from the end of the first. */
static void test_resumed(void **state)
{
    (void)state;
    check(EPOCH("1", "0.5", "1")
              STEP("2", "50", "0.1", "9") "{\"event\":\"resume\"}\n" STEP("2", "50", "0.7", "0.5")
                  EPOCH("2", "0.7", "0.5"),
          3, (const double[]){0.5, 1.3125, 1.8125}, (const double[]){0.5, 0.7, 0.7},
          (const double[]){1, 0.5, 0.5});
}

static void test_no_log(void **state)
{
    (void)state;
    struct run_log log = {.count = 0};
    struct error error;
    check("", 0, NULL, NULL, NULL);
    check("no JSON\n{\"event\":\"step\"}\n[]\n{\"event\":\"step\",\"epoch\":1,\"step\":9,\"steps\":8}\n\0", 0,
          NULL, NULL, NULL);
    assert_true(run_log_read(&log, "/nowhere/log", &error));
    assert_int_equal(log.count, 0);
    assert_true(run_log_read(&log, scratch, &error));
    assert_int_equal(log.count, 0);
    run_log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_no_log),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
