/* Files that appear whole or not at all. Every test works in a directory of its own and counts what is left there. */
#include "matinee/output_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_BYTES = 256 };

struct place {
    char directory[PATH_BYTES];
    char file[PATH_BYTES + 16];
};

static int place_open(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    const char *parent = getenv("TMPDIR");
    if (!place)
        return -1;
    snprintf(place->directory, sizeof place->directory, "%s/matinee-output-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(place->directory)) {
        free(place);
        return -1;
    }
    snprintf(place->file, sizeof place->file, "%s/file", place->directory);
    *state = place;
    return 0;
}

static int place_close(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    rmdir(place->directory);
    free(place);
    return 0;
}

static int files_in(const char *directory)
{
    int count = 0;
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2; /* "." and ".." */
}

static void expect_contents(const char *path, const char *text)
{
    char buffer[64] = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(buffer, 1, sizeof buffer - 1, file);
    fclose(file);
    assert_int_equal(bytes, strlen(text));
    assert_string_equal(buffer, text);
}

static void write_text(const char *path, const char *text)
{
    struct error error;
    assert_true(output_file_write(path, text, strlen(text), &error));
}

static void test_commit_makes_the_file(void **state)
{
    struct place *place = *state;
    struct output_file file;
    struct error error;
    assert_true(output_file_open(&file, place->file, &error));
    fputs("new", file.stream);
    assert_int_equal(access(place->file, F_OK), -1);
    assert_true(output_file_commit(&file, &error));
    expect_contents(place->file, "new");
    assert_int_equal(files_in(place->directory), 1);
    output_file_abandon(&file);
    expect_contents(place->file, "new");
}

static void test_commit_replaces_the_old_file(void **state)
{
    struct place *place = *state;
    write_text(place->file, "the old one");
    struct output_file file;
    struct error error;
    assert_true(output_file_open(&file, place->file, &error));
    fputs("new", file.stream);
    fflush(file.stream);
    expect_contents(place->file, "the old one");
    assert_true(output_file_commit(&file, &error));
    expect_contents(place->file, "new");
    assert_int_equal(files_in(place->directory), 1);
}

static void test_abandon_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    write_text(place->file, "old");
    struct output_file file;
    struct error error;
    assert_true(output_file_open(&file, place->file, &error));
    fputs("new", file.stream);
    output_file_abandon(&file);
    output_file_abandon(&file);
    expect_contents(place->file, "old");
    assert_int_equal(files_in(place->directory), 1);
}

static void test_mode_follows_the_umask(void **state)
{
    struct place *place = *state;
    struct stat status;
    mode_t kept = umask(027);
    write_text(place->file, "x");
    umask(kept);
    assert_int_equal(stat(place->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

/* A limit on file sizes fails the write as a full disk does. */
static void expect_failed_write(const char *path, size_t bytes)
{
    struct rlimit kept;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    char *data = calloc(bytes, 1);
    assert_non_null(data);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct error error = {""};
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = kept.rlim_max});
    bool written = output_file_write(path, data, bytes, &error);
    setrlimit(RLIMIT_FSIZE, &kept);
    signal(SIGXFSZ, handler);
    free(data);
    assert_false(written);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, "File too large; make room or choose another place"));
}

static void test_failed_write_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    write_text(place->file, "old");
    expect_failed_write(place->file, 4097);    /* seen when the stream is flushed */
    expect_failed_write(place->file, 1 << 20); /* seen by fwrite, before the commit */
    expect_contents(place->file, "old");
    assert_int_equal(files_in(place->directory), 1);
}

/* What a caller wrote and did not look at: the disk had room again by the time of the commit. */
static void test_commit_remembers_a_failed_write(void **state)
{
    struct place *place = *state;
    static const char data[1 << 16];
    struct output_file file;
    struct error error = {""};
    struct rlimit kept;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_true(output_file_open(&file, place->file, &error));
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = kept.rlim_max});
    size_t written = fwrite(data, 1, sizeof data, file.stream);
    setrlimit(RLIMIT_FSIZE, &kept);
    signal(SIGXFSZ, handler);
    assert_true(written < sizeof data);
    assert_false(output_file_commit(&file, &error));
    assert_non_null(strstr(error.message, place->file));
    assert_int_equal(files_in(place->directory), 0);
}

static void test_failed_write_leaves_nothing(void **state)
{
    struct place *place = *state;
    expect_failed_write(place->file, 1 << 20);
    assert_int_equal(files_in(place->directory), 0);
}

static void test_failed_rename_leaves_no_temporary(void **state)
{
    struct place *place = *state;
    struct error error;
    assert_int_equal(mkdir(place->file, 0777), 0);
    assert_false(output_file_write(place->file, "x", 1, &error));
    assert_non_null(strstr(error.message, place->file));
    assert_int_equal(files_in(place->directory), 1);
    assert_int_equal(rmdir(place->file), 0);
}

static void test_unwritable_places_are_errors(void **state)
{
    struct place *place = *state;
    struct error error;
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/missing/file", place->directory);
    assert_false(output_file_write(path, "x", 1, &error));
    assert_non_null(strstr(error.message, path));
    assert_false(output_file_write("/proc/matinee", "x", 1, &error)); /* closed to root as well */
    assert_non_null(strstr(error.message, "/proc/matinee: "));
    assert_non_null(strstr(error.message, "; choose another place"));
    if (geteuid() != 0) {
        chmod(place->directory, 0500);
        bool written = output_file_write(place->file, "x", 1, &error);
        chmod(place->directory, 0700);
        assert_false(written);
    }
    assert_int_equal(files_in(place->directory), 0);
}

static void test_directories_are_made(void **state)
{
    struct place *place = *state;
    struct error error;
    char path[PATH_BYTES + 32];
    struct stat status;
    snprintf(path, sizeof path, "%s/a/b", place->directory);
    assert_true(make_directories(path, &error));
    assert_true(make_directories(path, &error));
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/a", place->directory);
    assert_int_equal(rmdir(path), 0);
}

static void test_directories_through_a_file_are_errors(void **state)
{
    struct place *place = *state;
    struct error error;
    char path[PATH_BYTES + 32];
    write_text(place->file, "old");
    assert_false(make_directories(place->file, &error));
    assert_non_null(strstr(error.message, place->file));
    snprintf(path, sizeof path, "%s/below", place->file);
    assert_false(make_directories(path, &error));
    assert_non_null(strstr(error.message, place->file));
    expect_contents(place->file, "old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_makes_the_file, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_commit_replaces_the_old_file, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_abandon_leaves_the_old_file, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_mode_follows_the_umask, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_failed_write_leaves_the_old_file, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_commit_remembers_a_failed_write, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_failed_write_leaves_nothing, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_failed_rename_leaves_no_temporary, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_unwritable_places_are_errors, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_directories_are_made, place_open, place_close),
        cmocka_unit_test_setup_teardown(test_directories_through_a_file_are_errors, place_open, place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
