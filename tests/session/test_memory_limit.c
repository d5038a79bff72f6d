/* The limits of control groups, in files as Linux writes them. */
#include "memory_limit.h"

#include "matinee/output_file.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put(const char *root, const char *folder, const char *name, const char *text)
{
    char path[4096];
    struct error error;
    snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_true(make_directories(path, &error));
    snprintf(path, sizeof path, "%s/%s/%s", root, folder, name);
    scratch_write(path, text, strlen(text));
}

static void the_least_counts(void **state)
{
    (void)state;
    char *root = scratch_open();
    assert_true(memory_limit_left(root) == INT64_MAX);
    put(root, "proc/self", "cgroup", "4:memory:/old\n0::/a/b\n");
    assert_true(memory_limit_left(root) == INT64_MAX);
    put(root, "sys/fs/cgroup/a/b", "memory.max", "max\n");
    put(root, "sys/fs/cgroup/a/b", "memory.current", "4096\n");
    assert_true(memory_limit_left(root) == INT64_MAX);
    put(root, "sys/fs/cgroup/a/b", "memory.max", "8000000000\n");
    assert_true(memory_limit_left(root) == INT64_C(7999995904));

    /* A group above has less; what files have in memory is free. */
    put(root, "sys/fs/cgroup/a", "memory.max", "1000000\n");
    put(root, "sys/fs/cgroup/a", "memory.current", "900000\n");
    assert_true(memory_limit_left(root) == 100000);
    put(root, "sys/fs/cgroup/a", "memory.stat",
        "anon 100\nfile 555\ninactive_file 200000\nactive_file 100000\nslab 7\n");
    assert_true(memory_limit_left(root) == 400000);
    put(root, "sys/fs/cgroup", "memory.max", "5000\n"); /* as a container sees its own */
    put(root, "sys/fs/cgroup", "memory.current", "2000\n");
    assert_true(memory_limit_left(root) == 3000);
    put(root, "sys/fs/cgroup", "memory.current", "5001\n"); /* 0 would mean that nothing is known */
    assert_true(memory_limit_left(root) == 1);
    put(root, "sys/fs/cgroup", "memory.current", "2000\n");

    put(root, "sys/fs/cgroup/a/b", "memory.max", "6000\n");
    assert_true(memory_limit_left(root) == 1904);

    /* Not below what it can see. */
    put(root, "proc/self", "cgroup", "0::/../a\n");
    assert_true(memory_limit_left(root) == 3000);
    put(root, "proc/self", "cgroup", "0::/\n");
    assert_true(memory_limit_left(root) == 3000);
    scratch_close(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_least_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
