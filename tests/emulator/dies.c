#include "dies.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(void (*f)(void), int to)
{
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGABRT, SIG_DFL);
    dup2(to, STDERR_FILENO);
    f();
    _exit(0);
}

void expect_death(void (*f)(void), const char *words)
{
    static char text[1 << 16];
    size_t length = 0;
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run(f, ends[1]);
    close(ends[1]);
    for (ssize_t n = 1; n > 0 && length < sizeof text - 1; length += (size_t)n)
        if ((n = read(ends[0], text + length, sizeof text - 1 - length)) < 0)
            n = 0;
    text[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        fail_msg("the process ended well; \"%s\" was expected", words);
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, text);
}
