/* history.csv. */
#include "matinee/trainer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[256];

static int make_file(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/matinee-history-XXXXXX", parent ? parent : "/tmp");
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void expect_text(const char *expected)
{
    char text[512] = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_string_equal(text, expected);
}

static const struct epoch_record records[2] = {
    {.epoch = 1, .train = {.loss = 0.5, .accuracy = 0.75}, .seconds = 1.25},
    {.epoch = 2, .train = {.loss = 0.25, .accuracy = 0.875}, .seconds = 1.5},
};

static void test_without_validation(void **state)
{
    (void)state;
    struct error error;
    assert_true(history_write(path, records, 2, &error));
    expect_text("epoch,accuracy,loss,seconds\n1,0.75,0.5,1.250\n2,0.875,0.25,1.500\n");
}

static void test_with_validation(void **state)
{
    (void)state;
    struct error error;
    struct epoch_record validated = records[0];
    validated.validated = true;
    validated.validation = (struct score){.loss = 0.375, .accuracy = 0.8125};
    validated.validation_seconds = 0.5;
    assert_true(history_write(path, &validated, 1, &error));
    expect_text("epoch,accuracy,loss,val_accuracy,val_loss,seconds,validation_seconds\n"
                "1,0.75,0.5,0.8125,0.375,1.250,0.500\n");
}

/* An interrupted first epoch leaves no record. */
static void test_without_records(void **state)
{
    (void)state;
    struct error error;
    assert_true(history_write(path, records, 0, &error));
    expect_text("epoch,accuracy,loss,seconds\n");
}

static void test_an_unwritable_place_is_named(void **state)
{
    (void)state;
    struct error error;
    assert_false(history_write("/proc/matinee/history.csv", records, 2, &error));
    assert_non_null(strstr(error.message, "/proc/matinee/history.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_validation),
        cmocka_unit_test(test_with_validation),
        cmocka_unit_test(test_without_records),
        cmocka_unit_test(test_an_unwritable_place_is_named),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
