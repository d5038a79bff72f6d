/* Plugins are found from the program, or from the library that asks. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "matinee/plugin_path.h"
#include "scratch.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_of_the_program(void **state)
{
    (void)state;
    char path[PATH_MAX], program[PATH_MAX] = "", expected[2 * PATH_MAX];
    struct error error;
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    *strrchr(program, '/') = '\0';
    snprintf(expected, sizeof expected, "%s/../lib/matinee/some.so", program);
    assert_true(plugin_path(path, "some.so", &error));
    assert_string_equal(path, expected);
}

typedef bool path_function(char path[static PATH_MAX], const char *file, struct error *error);

static void expect(path_function *find, const char *root, const char *expected)
{
    char path[PATH_MAX], whole[PATH_MAX];
    struct error error;
    snprintf(whole, sizeof whole, "%s/%s", root, expected);
    assert_true(find(path, "some.so", &error));
    assert_string_equal(path, whole);
}

static void make_plugin(const char *root, const char *folder)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/some.so");
    scratch_write(path, "", 0);
}

/* A copy in ROOT/lib/machine/x.so.0, behind a link, as packages have it. */
static void test_of_a_library(void **state)
{
    (void)state;
    char *directory = scratch_open(), *root = realpath(directory, NULL), path[PATH_MAX], link[PATH_MAX];
    size_t bytes;
    char *library = scratch_read(PLUGIN_PATH_LIBRARY, &bytes);
    snprintf(path, sizeof path, "%s/lib", root);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/machine");
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/x.so.0");
    scratch_write(path, library, bytes);
    snprintf(link, sizeof link, "%s/x.so", root);
    assert_int_equal(symlink("lib/machine/x.so.0", link), 0);

    void *loaded = dlopen(link, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(loaded);
    path_function *find = (path_function *)dlsym(loaded, "library_plugin_path");
    assert_non_null(find);
    expect(find, root, "lib/machine/matinee/some.so");
    make_plugin(root, "lib/matinee");
    expect(find, root, "lib/machine/../matinee/some.so");
    make_plugin(root, "lib/machine/matinee");
    expect(find, root, "lib/machine/matinee/some.so");
    dlclose(loaded);
    free(library);
    free(root);
    scratch_close(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_of_the_program),
                                       cmocka_unit_test(test_of_a_library)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
