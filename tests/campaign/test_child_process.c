/* Another program: what it prints, how it ends, what it costs, and that it can be stopped. */
#include "child_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static volatile sig_atomic_t stop;

static struct child_end run(const char *script)
{
    struct child_end end;
    struct error error;
    char *const words[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    if (!child_process_run(&end, "/bin/sh", words, &stop, &error))
        fail_msg("%s", error.message);
    return end;
}

static int prepare(void **state)
{
    (void)state;
    stop = 0;
    return 0;
}

static void test_output_and_message(void **state)
{
    (void)state;
    struct child_end end = run("echo out; echo more; echo first >&2; echo last >&2; exit 3");
    assert_int_equal(end.status, 3);
    assert_string_equal(end.output, "out\nmore\n");
    assert_string_equal(end.message, "last");
    free(end.output);
}

static void test_nothing_is_said(void **state)
{
    (void)state;
    struct child_end end = run("read line; exit $?"); /* standard input is at its end */
    assert_int_equal(end.status, 1);
    assert_string_equal(end.output, "");
    assert_string_equal(end.message, "");
    free(end.output);
}

static void test_a_signal_ends_it(void **state)
{
    (void)state;
    struct child_end end = run("kill -KILL $$");
    assert_int_equal(end.status, 128 + SIGKILL);
    free(end.output);
}

/* More than a pipe holds, and more than is kept. */
static void test_much_output(void **state)
{
    (void)state;
    struct child_end end = run("yes abcdefg | head -c 3000000; echo end >&2");
    assert_int_equal(end.status, 0);
    assert_int_equal(strlen(end.output), CHILD_OUTPUT_BYTES);
    assert_memory_equal(end.output, "abcdefg\nabcdefg\n", 16);
    assert_string_equal(end.message, "end");
    free(end.output);
}

static void test_what_it_costs(void **state)
{
    (void)state;
    struct child_end end = run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.2");
    assert_true(end.cpu_seconds > 0.01);
    assert_true(end.wall_seconds >= 0.2 && end.wall_seconds < 60);
    assert_true(end.wall_seconds > end.cpu_seconds);
    assert_true(end.peak_bytes > 100000 && end.peak_bytes < 1000000000);
    free(end.output);
}

static void test_stop_is_handed_on(void **state)
{
    (void)state;
    stop = 1;
    struct child_end end =
        run("trap 'echo saved; exit 130' TERM; i=0; while [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done");
    assert_int_equal(end.status == 130 || end.status == 128 + SIGTERM, 1); /* before or after its trap */
    assert_true(end.wall_seconds < 20);
    free(end.output);
}

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

/* While it runs: the script tells us to, once its trap is there. */
static void test_stop_while_it_works(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    struct child_end end = run("trap 'echo saved; exit 130' TERM; kill -USR1 $PPID; i=0; "
                               "while [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done");
    assert_int_equal(end.status, 130);
    assert_string_equal(end.output, "saved\n");
    free(end.output);
}

/* The terminal's Ctrl-C is for the process group of this one. */
static void test_it_has_a_process_group_of_its_own(void **state)
{
    (void)state;
    struct child_end end = run("set -- $(cat /proc/self/stat); [ \"$5\" = $$ ]");
    assert_int_equal(end.status, 0);
    free(end.output);
}

static void test_what_cannot_be_started(void **state)
{
    (void)state;
    struct child_end end;
    struct error error;
    char *const words[] = {(char *)"none", NULL};
    assert_false(child_process_run(&end, "/nonexistent/program", words, &stop, &error));
    assert_string_equal(error.message, "/nonexistent/program: cannot be started: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_output_and_message, prepare),
        cmocka_unit_test_setup(test_nothing_is_said, prepare),
        cmocka_unit_test_setup(test_a_signal_ends_it, prepare),
        cmocka_unit_test_setup(test_much_output, prepare),
        cmocka_unit_test_setup(test_what_it_costs, prepare),
        cmocka_unit_test_setup(test_stop_is_handed_on, prepare),
        cmocka_unit_test_setup(test_stop_while_it_works, prepare),
        cmocka_unit_test_setup(test_it_has_a_process_group_of_its_own, prepare),
        cmocka_unit_test_setup(test_what_cannot_be_started, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
