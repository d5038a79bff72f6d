/* What a terminal can show, asked of a pseudo terminal. */
#define _XOPEN_SOURCE 700
#include "terminal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

static int master = -1, terminal = -1;

static int open_terminal(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
        terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    return 0;
}

static int close_terminal(void **state)
{
    (void)state;
    if (terminal >= 0)
        close(terminal);
    if (master >= 0)
        close(master);
    return 0;
}

static void test_columns(void **state)
{
    (void)state;
    if (terminal < 0)
        skip();
    struct winsize size = {.ws_row = 24, .ws_col = 57};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    assert_int_equal(terminal_columns(terminal), 57);
}

static void test_redraws(void **state)
{
    (void)state;
    if (terminal < 0)
        skip();
    setenv("TERM", "xterm", 1);
    assert_true(terminal_redraws(terminal));
    setenv("TERM", "dumb", 1);
    assert_false(terminal_redraws(terminal));
    setenv("TERM", "", 1);
    assert_false(terminal_redraws(terminal));
    unsetenv("TERM");
    assert_false(terminal_redraws(terminal));
}

static void test_no_terminal(void **state)
{
    (void)state;
    int file = open("/dev/null", O_WRONLY);
    assert_true(file >= 0);
    setenv("TERM", "xterm", 1);
    assert_false(terminal_redraws(file));
    assert_int_equal(terminal_columns(file), 0);
    assert_int_equal(terminal_columns(-1), 0);
    close(file);
}

static void test_colours(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    assert_true(terminal_colours());
    setenv("NO_COLOR", "", 1);
    assert_true(terminal_colours());
    setenv("NO_COLOR", "1", 1);
    assert_false(terminal_colours());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_redraws),
        cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_colours),
    };
    return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}
