/* Where runs are written. */
#include "run_directory.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int enter_scratch(void **state)
{
    *state = scratch_open();
    return chdir(*state);
}

static int leave_scratch(void **state)
{
    if (chdir("/") != 0)
        return -1;
    scratch_close(*state);
    return 0;
}

static void choose(struct run_directory *directory, const char *out)
{
    struct error error = {""};
    if (!run_directory_choose(directory, out, "lstm", 7, &error))
        fail_msg("%s", error.message);
}

static void make(struct run_directory *directory)
{
    struct error error = {""};
    if (!run_directory_make(directory, &error))
        fail_msg("%s", error.message);
}

/* Two runs that chose before either had made its directory. */
static void test_runs_at_once(void **state)
{
    (void)state;
    struct run_directory one, other;
    choose(&one, NULL);
    choose(&other, NULL);
    make(&one);
    make(&other);
    assert_string_equal(one.path, "runs/lstm-7");
    assert_string_equal(other.path, "runs/lstm-7-2");
    run_directory_close(&other);
    run_directory_close(&one);
    assert_int_equal(access("runs", F_OK), -1);
}

static void test_nothing_written_leaves_nothing(void **state)
{
    (void)state;
    struct run_directory directory;
    choose(&directory, "a/b/c");
    make(&directory);
    assert_int_equal(access("a/b/c", F_OK), 0);
    run_directory_close(&directory);
    assert_int_equal(access("a", F_OK), -1);
}

static void test_what_is_written_stays(void **state)
{
    struct run_directory directory;
    char file[RUN_PATH_BYTES];
    (void)state;
    choose(&directory, "a/b");
    make(&directory);
    run_directory_file(&directory, "model.keras", file);
    assert_string_equal(file, "a/b/model.keras");
    scratch_write(file, "x", 1);
    run_directory_close(&directory);
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir("a/b"), 0);
    assert_int_equal(rmdir("a"), 0);
}

/* Nothing goes but what a write of ours that never ended leaves. */
static void test_tidying(void **state)
{
    static const char *const left_over[] = {"a/model.keras.aB3xYz", "a/best.keras.000000",
                                            "a/history.csv.abcdef", "a/run.json.ZZZZZZ"};
    static const char *const others[] = {"a/model.keras",         "a/model.keras.aB3xY",
                                         "a/model.keras.aB3xYz1", "a/my.model.keras.aB3xYz",
                                         "a/history.csv",         "a/model.keras-aB3xYz"};
    (void)state;
    struct run_directory directory;
    choose(&directory, "a");
    make(&directory);
    for (size_t i = 0; i < sizeof left_over / sizeof left_over[0]; i++)
        scratch_write(left_over[i], "x", 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        scratch_write(others[i], "x", 1);
    run_directory_tidy(&directory);
    for (size_t i = 0; i < sizeof left_over / sizeof left_over[0]; i++)
        assert_int_equal(access(left_over[i], F_OK), -1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(unlink(others[i]), 0);
    run_directory_close(&directory);
    assert_int_equal(access("a", F_OK), -1);
    run_directory_tidy(&directory); /* of a directory that is gone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_at_once),
        cmocka_unit_test(test_nothing_written_leaves_nothing),
        cmocka_unit_test(test_what_is_written_stays),
        cmocka_unit_test(test_tidying),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
