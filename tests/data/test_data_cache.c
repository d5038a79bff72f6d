/* The cache gives what the data give, and only as long as they are what they were. */
#include "cache_directory.h"
#include "data_set_compare.h"
#include "random_reviews.h"
#include "scratch.h"
#include "small_set.h"

#include "matinee/output_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* What all tests share: written once, because a directory counts when its changes are two seconds old. */
static struct {
    char *scratch, *cache, *directory, *tar, *zip, *csv, *test_csv, *npz, *index;
    char *changing[5];
    struct vocabulary *encoder;
} set;

static const struct timespec long_enough = {.tv_sec = 2, .tv_nsec = 100000000};

static void open_set(struct dataset *dataset, struct dataset_options options)
{
    struct error error;
    if (options.num_words == 0)
        options.num_words = 30;
    if (options.maxlen == 0)
        options.maxlen = 12;
    if (!dataset_open(dataset, &options, &error))
        fail_msg("%s", error.message);
    assert_string_equal(dataset->cache_note, "");
}

static int make_set(void **state)
{
    (void)state;
    random_reviews_make();
    set.scratch = scratch_open();
    set.cache = scratch_path(set.scratch, "cache/of/some depth");
    set.directory = scratch_path(set.scratch, "reviews");
    set.tar = scratch_path(set.scratch, "reviews.tar.gz");
    set.zip = scratch_path(set.scratch, "reviews.zip");
    set.csv = scratch_path(set.scratch, "train.csv");
    set.test_csv = scratch_path(set.scratch, "test.csv");
    set.npz = scratch_path(set.scratch, "imdb.npz");
    set.index = scratch_path(set.scratch, "imdb_word_index.json");
    small_set_directory(set.directory, random_reviews, REVIEWS);
    small_set_archive(set.tar, "aclImdb", SMALL_SET_GZIP, random_reviews, REVIEWS);
    small_set_archive(set.zip, "aclImdb", SMALL_SET_ZIP, random_reviews, REVIEWS);
    random_reviews_table(set.csv, 0, TRAIN);
    random_reviews_table(set.test_csv, TRAIN, REVIEWS);
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "changing%d", i);
        set.changing[i] = scratch_path(set.scratch, name);
        small_set_directory(set.changing[i], random_reviews, REVIEWS);
    }
    struct dataset dataset;
    struct error error;
    char *json;
    size_t bytes;
    open_set(&dataset, (struct dataset_options){.path = set.directory, .keep_ranks = true});
    assert_true(dataset_write_npz(&dataset, set.npz, &error));
    assert_true(word_index_to_json(dataset.words, &json, &bytes, &error));
    scratch_write(set.index, json, bytes);
    free(json);
    dataset_close(&dataset);
    /* A model's words: those of the test reviews, with a few of the training reviews. */
    open_set(&dataset, (struct dataset_options){.path = set.test_csv, .num_words = 25, .maxlen = 9});
    set.encoder = vocabulary_copy(dataset.vocabulary);
    dataset_close(&dataset);
    nanosleep(&long_enough, NULL);
    return 0;
}

static int remove_set(void **state)
{
    (void)state;
    vocabulary_close(set.encoder);
    char *all[] = {set.cache,       set.directory,   set.tar,        set.zip,         set.csv,
                   set.test_csv,    set.npz,         set.index,      set.changing[0], set.changing[1],
                   set.changing[2], set.changing[3], set.changing[4]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    scratch_close(set.scratch);
    return 0;
}

/* Opened without the cache, with it and with it again: the same. */
static void check_cached(struct dataset_options options, bool first_is_cached)
{
    struct dataset fresh, first, second;
    options.cache = NULL;
    open_set(&fresh, options);
    assert_false(fresh.from_cache || fresh.is_cached);
    options.cache = set.cache;
    open_set(&first, options);
    open_set(&second, options);
    assert_int_equal(first.from_cache, first_is_cached);
    assert_true(first.is_cached && second.is_cached && second.from_cache);
    check_same_data(&fresh, &first);
    check_same_data(&fresh, &second);
    dataset_close(&fresh);
    dataset_close(&first);
    dataset_close(&second);
}

/* What is kept does not depend on how it is encoded. */
static void check_encodings(struct dataset_options options)
{
    check_cached(options, false);
    options.num_words = 7;
    check_cached(options, true);
    options.maxlen = 3;
    options.threads = 3;
    check_cached(options, true);
    options.keep_ranks = true;
    check_cached(options, true);
    options.keep_ranks = false;
    options.encoder = set.encoder;
    check_cached(options, true);
    options.encoder = NULL;
    options.word_index = set.index;
    check_cached(options, true);
    options.word_index = NULL;
    options.test_only = true;
    check_cached(options, true);
}

static void all_kinds_of_data(void **state)
{
    (void)state;
    const char *const paths[] = {set.directory, set.tar, set.zip};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_encodings((struct dataset_options){.path = paths[i]});
    check_encodings((struct dataset_options){.path = set.csv, .table = {.test = set.test_csv}});
}

static void tables_by_their_options(void **state)
{
    (void)state;
    struct dataset_options options = {.path = set.csv};
    options.table.test_fraction = 0.2;
    check_cached(options, false);
    options.table.test_fraction = 0.25;
    check_cached(options, false);
    options.table.text_column = "other";
    check_cached(options, false);
    options.table.text_column = NULL;
    options.table.label_column = "1";
    options.table.text_column = "2";
    options.table.test_fraction = 0;
    options.test_only = true;
    options.encoder = set.encoder;
    options.table.label_column = "label";
    options.table.text_column = "text";
    check_cached(options, false);
    options.table.test = set.test_csv;
    check_cached(options, false);
    options.path = set.test_csv;
    options.table.test = set.csv;
    check_cached(options, false);
}

/* Test reviews alone are less than a whole data set, which has them, too. */
static void test_reviews_alone(void **state)
{
    (void)state;
    char *kept = set.cache;
    set.cache = scratch_path(set.scratch, "second cache");
    for (int by_index = 0; by_index < 2; by_index++) {
        struct dataset_options options = {.path = by_index ? set.tar : set.directory, .test_only = true};
        options.encoder = by_index ? NULL : set.encoder;
        options.word_index = by_index ? set.index : NULL;
        check_cached(options, false);
        options.test_only = false;
        check_cached(options, false);
        options.test_only = true;
        check_cached(options, true);
    }
    free(set.cache);
    set.cache = kept;
}

static void an_npz(void **state)
{
    (void)state;
    struct dataset_options options = {.path = set.npz};
    check_cached(options, false);
    options.keep_ranks = true;
    check_cached(options, true);
    options.keep_ranks = false;
    options.encoder = set.encoder;
    check_cached(options, true);
    options.test_only = true;
    check_cached(options, true);
}

static void not_the_sample(void **state)
{
    (void)state;
    struct dataset dataset;
    char *nowhere = scratch_path(set.scratch, "nowhere");
    open_set(&dataset, (struct dataset_options){.path = dataset_sample_name, .cache = nowhere});
    assert_false(dataset.from_cache || dataset.is_cached);
    assert_int_equal(access(nowhere, F_OK), -1);
    dataset_close(&dataset);
    free(nowhere);
}

/* One thread or many, whichever finds a word first: the sample takes several blocks. */
static void any_number_of_threads(void **state)
{
    (void)state;
    struct dataset one, many;
    struct dataset_options options = {
        .path = dataset_sample_name, .num_words = 500, .maxlen = 60, .keep_ranks = true, .threads = 1};
    open_set(&one, options);
    for (options.threads = 2; options.threads <= 7; options.threads++) {
        open_set(&many, options);
        check_same_data(&one, &many);
        dataset_close(&many);
    }
    dataset_close(&one);
}

static void set_times(const char *path, const struct stat *status)
{
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Replaces the first word by another one of the same length, as of the same time. */
static void change_text(const char *path)
{
    struct stat status;
    size_t bytes;
    char *text = scratch_read(path, &bytes);
    assert_int_equal(stat(path, &status), 0);
    text[0] = 'V';
    scratch_write(path, text, bytes);
    set_times(path, &status);
    free(text);
}

/* Whatever is done to a directory is seen, and at first nothing is kept of it: a change that follows at once could have
 * the same time. */
static void a_changed_directory(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        check_cached((struct dataset_options){.path = set.changing[i]}, false); /* of other times */
    char *paths[5], *other = scratch_path(set.changing[1], "train/pos/77_7.txt");
    for (int i = 0; i < 5; i++)
        paths[i] = scratch_path(set.changing[i], random_reviews[0].path);
    change_text(paths[0]);
    assert_int_equal(rename(paths[1], other), 0);
    assert_int_equal(unlink(paths[2]), 0);
    assert_int_equal(utimensat(AT_FDCWD, paths[3], NULL, 0), 0);
    scratch_write(paths[4], "One more word", 13);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
            struct dataset fresh, dataset;
            struct dataset_options options = {.path = set.changing[i]};
            open_set(&fresh, options);
            options.cache = set.cache;
            open_set(&dataset, options);
            const bool all_old = i == 2; /* those that are left */
            assert_int_equal(dataset.from_cache, all_old && round == 1);
            assert_int_equal(dataset.is_cached, all_old || round == 1);
            check_same_data(&fresh, &dataset);
            dataset_close(&fresh);
            dataset_close(&dataset);
        }
        nanosleep(&long_enough, NULL);
    }
    for (int i = 0; i < 5; i++)
        free(paths[i]);
    free(other);
}

/* An archive of other contents under the name, size and time of the first. */
static void a_replaced_archive(void **state)
{
    (void)state;
    struct stat status;
    struct dataset first, second, fresh;
    char *path = scratch_path(set.scratch, "one.csv"), kept = random_texts[0][0];
    struct dataset_options options = {.path = path, .cache = set.cache};
    random_reviews_table(path, 0, TRAIN);
    assert_int_equal(stat(path, &status), 0);
    open_set(&first, options);
    random_texts[0][0] = 'V';
    random_reviews_table(path, 0, TRAIN);
    set_times(path, &status);
    open_set(&second, options);
    assert_false(second.from_cache);
    options.cache = NULL;
    open_set(&fresh, options);
    check_same_data(&fresh, &second);
    random_texts[0][0] = kept;
    dataset_close(&fresh);
    dataset_close(&first);
    dataset_close(&second);
    free(path);
}

/* Its contents are the key, not its place. */
static void a_moved_archive(void **state)
{
    (void)state;
    struct dataset dataset;
    char *path = scratch_path(set.scratch, "other name.tar.gz");
    size_t bytes;
    char *archive = scratch_read(set.tar, &bytes);
    scratch_write(path, archive, bytes);
    free(archive);
    open_set(&dataset, (struct dataset_options){.path = path, .cache = set.cache});
    assert_true(dataset.from_cache);
    assert_string_equal(dataset.source, path);
    dataset_close(&dataset);
    free(path);
}

/* A review without a known word is named, which the cache cannot do. */
static void errors_are_the_same(void **state)
{
    (void)state;
    struct error fresh, cached;
    struct dataset dataset;
    struct dataset_options options = {
        .path = set.directory, .num_words = 30, .maxlen = 12, .word_index = set.index};
    char *few = scratch_path(set.scratch, "few.json");
    scratch_write(few, "{\"1\": 1}", 8);
    check_cached((struct dataset_options){.path = set.directory}, true);
    options.word_index = few;
    assert_false(dataset_open(&dataset, &options, &fresh));
    options.cache = set.cache;
    assert_false(dataset_open(&dataset, &options, &cached));
    assert_string_equal(fresh.message, cached.message);
    assert_non_null(strstr(fresh.message, ".txt: the review has no known word"));
    free(few);
}

/* The only entry of a cache that has one. */
static char *only_entry(const char *cache)
{
    struct error error;
    struct dataset_cache_list list;
    assert_true(dataset_cache_list_open(&list, cache, &error));
    assert_int_equal(list.count, 1);
    assert_true(list.items[0].is_sound);
    char *path = scratch_path(cache, list.items[0].name);
    dataset_cache_list_close(&list);
    return path;
}

/* A damaged entry is told, not used, and replaced. */
static void a_damaged_entry(void **state)
{
    (void)state;
    struct error error;
    struct dataset fresh, dataset;
    char *cache = scratch_path(set.scratch, "damaged cache");
    struct dataset_options options = {.path = set.csv, .num_words = 30, .maxlen = 12};
    open_set(&fresh, options);
    options.cache = cache;
    open_set(&dataset, options);
    dataset_close(&dataset);
    char *path = only_entry(cache);
    size_t bytes, again;
    char *good = scratch_read(path, &bytes);
    for (int kind = 0; kind < 3; kind++) {
        char *bad = scratch_read(path, &again);
        bad[bytes / 2] = (char)~bad[bytes / 2];
        bad[bytes - 1] = (char)~bad[bytes - 1];
        scratch_write(path, kind == 2 ? "short" : bad, kind == 2 ? 5 : bytes - (kind == 1));
        free(bad);
        assert_true(dataset_open(&dataset, &options, &error));
        assert_false(dataset.from_cache);
        assert_true(dataset.is_cached);
        assert_non_null(strstr(dataset.cache_note, path));
        assert_non_null(strstr(dataset.cache_note, "damaged"));
        check_same_data(&fresh, &dataset);
        dataset_close(&dataset);
        char *now = scratch_read(path, &again);
        assert_int_equal(again, bytes);
        assert_memory_equal(now, good, bytes);
        free(now);
    }
    dataset_close(&fresh);
    free(good);
    free(path);
    free(cache);
}

/* Nowhere to write: the data all the same, and a note. */
static void no_place_for_it(void **state)
{
    (void)state;
    struct error error;
    struct dataset fresh, dataset;
    char *cache = scratch_path(set.csv, "below a file");
    struct dataset_options options = {.path = set.tar, .num_words = 30, .maxlen = 12};
    open_set(&fresh, options);
    options.cache = cache;
    assert_true(dataset_open(&dataset, &options, &error));
    assert_false(dataset.from_cache || dataset.is_cached);
    assert_non_null(strstr(dataset.cache_note, "the reviews are not cached: "));
    assert_non_null(strstr(dataset.cache_note, set.csv));
    assert_null(strchr(dataset.cache_note, '\n'));
    check_same_data(&fresh, &dataset);
    dataset_close(&fresh);
    dataset_close(&dataset);
    free(cache);
}

/* Several programs at once read the same data for the first time. */
static void several_writers(void **state)
{
    (void)state;
    enum { WRITERS = 6, ROUNDS = 5 };
    char *cache = scratch_path(set.scratch, "shared cache");
    struct dataset fresh;
    struct error error;
    struct dataset_options options = {.path = set.tar, .num_words = 30, .maxlen = 12};
    open_set(&fresh, options);
    options.cache = cache;
    for (int round = 0; round < ROUNDS; round++) {
        pid_t writers[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            writers[i] = fork();
            if (writers[i] == 0) {
                struct dataset dataset;
                size_t bytes = (size_t)fresh.train.count * 12 * sizeof(int32_t);
                bool same = dataset_open(&dataset, &options, &error) && dataset.is_cached &&
                            dataset.cache_note[0] == '\0' &&
                            memcmp(dataset.train.tokens, fresh.train.tokens, bytes) == 0;
                _exit(same ? 0 : 1);
            }
            assert_true(writers[i] > 0);
        }
        for (int i = 0; i < WRITERS; i++) {
            int status;
            assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
            assert_int_equal(status, 0);
        }
        char *path = only_entry(cache);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_int_equal(scratch_count(cache), 1); /* the stamps */
    dataset_close(&fresh);
    free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_data),   cmocka_unit_test(tables_by_their_options),
        cmocka_unit_test(test_reviews_alone),  cmocka_unit_test(an_npz),
        cmocka_unit_test(not_the_sample),      cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(a_moved_archive),     cmocka_unit_test(errors_are_the_same),
        cmocka_unit_test(a_damaged_entry),     cmocka_unit_test(no_place_for_it),
        cmocka_unit_test(several_writers),     cmocka_unit_test(a_replaced_archive),
        cmocka_unit_test(a_changed_directory),
    };
    return cmocka_run_group_tests(tests, make_set, remove_set);
}
