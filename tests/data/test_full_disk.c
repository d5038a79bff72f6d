/* A disk that has no room for what is to be mapped. */
#include "map_set.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The message of a program of its own that may write no file of more than so many bytes; "" if it opened the data. */
static void open_with_limit(const struct dataset_options *options, rlim_t file_bytes, bool *opened,
                            bool *mapped, char message[static ERROR_MESSAGE_BYTES])
{
    struct {
        bool opened, mapped;
        char message[ERROR_MESSAGE_BYTES];
    } answer = {.opened = false};
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {.rlim_cur = file_bytes, .rlim_max = file_bytes};
        struct dataset dataset;
        struct error error = {.message = ""};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        answer.opened = dataset_open(&dataset, options, &error);
        answer.mapped = answer.opened && dataset.train.mapped != NULL;
        snprintf(answer.message, sizeof answer.message, "%s",
                 answer.opened ? dataset.cache_note : error.message);
        if (answer.opened)
            dataset_close(&dataset);
        _exit(write(ends[1], &answer, sizeof answer) == (ssize_t)sizeof answer ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &answer, sizeof answer), sizeof answer);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    *opened = answer.opened;
    *mapped = answer.mapped;
    memcpy(message, answer.message, sizeof answer.message);
}

/* No room for the rows: in memory with a note, or refused where nothing else will do; no file is left. */
static void a_full_disk(void **state)
{
    (void)state;
    char message[ERROR_MESSAGE_BYTES], path[PATH_BYTES], *scratch = scratch_open(),
                                                         *cache = scratch_path(scratch, "full"),
                                                         *large = scratch_path(scratch, "large.csv");
    bool opened, mapped;
    struct dataset_options options = {
        .path = large, .num_words = 900, .maxlen = 500, .cache = cache, .threads = 2};
    struct dataset dataset;
    map_set_large(large);
    map_set_open(&dataset, options); /* the entry is there */
    dataset_close(&dataset);
    options.bytes_max = 20000000;
    open_with_limit(&options, 100000, &opened, &mapped, message);
    assert_true(opened && !mapped);
    assert_non_null(strstr(message, "the reviews are not mapped: "));
    assert_non_null(strstr(message, ".rows: cannot write the file: "));
    options.bytes_max = 6000000;
    open_with_limit(&options, 100000, &opened, &mapped, message);
    assert_false(opened);
    assert_non_null(strstr(message, " take a smaller --maxlen; they cannot be mapped: "));
    assert_non_null(strstr(message, ".rows: cannot write the file: "));
    options.map = MAP_REVIEWS_ALWAYS;
    open_with_limit(&options, 100000, &opened, &mapped, message);
    assert_false(opened);
    assert_non_null(strstr(message, "the reviews cannot be mapped: "));
    assert_int_equal(map_set_files(cache, ".rows", path), 0);
    assert_int_equal(map_set_files(cache, ".reviews", path), 1);
    assert_true(scratch_count(cache) <= 2); /* the stamps, on a slow machine */
    free(large);
    free(cache);
    scratch_close(scratch);
}

/* Words of one letter have numbers of twice their bytes: no room for them on the disk is no harm where memory has it. */
static void a_full_disk_while_reading(void **state)
{
    (void)state;
    enum { LETTERS = 1000, LETTER_REVIEWS = 400 };
    char message[ERROR_MESSAGE_BYTES], *scratch = scratch_open(),
                                       *cache = scratch_path(scratch, "full of words"),
                                       *path = scratch_path(scratch, "letters.csv");
    char *text = malloc(LETTER_REVIEWS * (2 * LETTERS + 8) + 16);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "label,text\n");
    for (int i = 0; i < LETTER_REVIEWS; i++) {
        used += (size_t)sprintf(text + used, "%d,", i % 2);
        for (int k = 0; k < LETTERS; k++)
            used += (size_t)sprintf(text + used, "%c ", 'a' + (i * k + k / 7) % 11);
        used += (size_t)sprintf(text + used, "\n");
    }
    scratch_write(path, text, used);
    free(text);
    bool opened, mapped;
    struct dataset dataset;
    struct dataset_options options = {
        .path = path, .num_words = 30, .maxlen = 2, .threads = 2, .cache = cache};
    options.bytes_max = 4 * 900000;
    open_with_limit(&options, 4096, &opened, &mapped, message);
    assert_true(opened && !mapped);
    assert_non_null(strstr(message, "the reviews are not cached: "));
    options.bytes_max = 4 * 400000;
    open_with_limit(&options, 4096, &opened, &mapped, message);
    assert_false(opened);
    assert_non_null(strstr(message, ": more words than fit into memory cannot be written there: "));
    assert_true(scratch_count(cache) <= 1); /* the stamps */
    options.maxlen = 1000;
    map_set_open(&dataset, options);
    assert_non_null(dataset.train.mapped);
    dataset_close(&dataset);
    free(path);
    free(cache);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(a_full_disk_while_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
