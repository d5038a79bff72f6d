#include "corpus.h"
#include "fixture.h"
#include "matinee/data.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct dataset_options usual = {.num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN};

static void open_dataset(struct dataset *dataset, const char *path, struct dataset_options options)
{
    struct error error;
    options.path = path;
    if (!dataset_open(dataset, &options, &error))
        fail_msg("%s", error.message);
}

static void check_reviews(const struct reviews *reviews, int count, const int32_t *tokens,
                          const int32_t *pads, const uint8_t *labels)
{
    size_t rows = (size_t)count;
    assert_int_equal(reviews->count, count);
    assert_int_equal(reviews->T, FIXTURE_MAXLEN);
    assert_memory_equal(reviews->tokens, tokens, rows * FIXTURE_MAXLEN * sizeof *tokens);
    assert_memory_equal(reviews->pads, pads, rows * sizeof *pads);
    assert_memory_equal(reviews->labels, labels, rows);
}

/* Seed 113 reads the three training reviews in the order 2 0 1 and then the two test reviews in the order 1 0. */
static void check_train(const struct reviews *train)
{
    check_reviews(train, 3, (const int32_t[]){0, 1, 2, 5, 1, 6, 4, 2, 1, 4, 4, 5}, (const int32_t[]){1, 0, 0},
                  (const uint8_t[]){0, 1, 1});
}

static void check_test(const struct reviews *test)
{
    check_reviews(test, 2, (const int32_t[]){1, 2, 2, 5, 0, 1, 4, 2}, (const int32_t[]){0, 1},
                  (const uint8_t[]){0, 1});
}

static void check_statistics(const struct dataset *dataset)
{
    const struct split_statistics *train = &dataset->train_statistics, *test = &dataset->test_statistics;
    assert_int_equal(train->reviews, 3);
    assert_int_equal(train->positive, 2);
    assert_int_equal(train->words, 8);
    assert_int_equal(train->dropped, 0);
    assert_int_equal(train->out_of_vocabulary, 2);
    assert_int_equal(train->shortest, 3);
    assert_int_equal(train->longest, 4);
    assert_int_equal(train->median_length, 4);
    assert_true(fabs(train->mean_length - 11.0 / 3) <= 1e-12);
    assert_int_equal(train->truncated, 0);
    assert_int_equal(test->reviews, 2);
    assert_int_equal(test->positive, 1);
    assert_int_equal(test->words, 5);
    assert_int_equal(test->dropped, 1);
    assert_int_equal(test->out_of_vocabulary, 3);
    assert_int_equal(test->shortest, 3);
    assert_int_equal(test->longest, 4);
    assert_int_equal(test->median_length, 3);
    assert_true(fabs(test->mean_length - 3.5) <= 1e-12);
}

static void check_words(const struct word_index *words)
{
    static const char *const expected[] = {"good", "film", "a", "bad", "day"};
    static const int64_t counts[] = {3, 2, 1, 1, 1};
    assert_int_equal(word_index_count(words), 5);
    for (int rank = 1; rank <= 5; rank++) {
        size_t bytes;
        int64_t count;
        const char *word = word_index_word(words, rank, &bytes, &count);
        assert_int_equal(bytes, strlen(expected[rank - 1]));
        assert_memory_equal(word, expected[rank - 1], bytes);
        assert_int_equal(count, counts[rank - 1]);
        assert_int_equal(word_index_id(rank), rank + 3);
    }
}

static void check_whole(const char *path)
{
    struct dataset dataset;
    open_dataset(&dataset, path, usual);
    assert_string_equal(dataset.source, path);
    assert_false(dataset.is_sample);
    check_train(&dataset.train);
    check_test(&dataset.test);
    check_statistics(&dataset);
    check_words(dataset.words);
    assert_int_equal(vocabulary_size(dataset.vocabulary), FIXTURE_NUM_WORDS);
    assert_int_equal(vocabulary_maxlen(dataset.vocabulary), FIXTURE_MAXLEN);
    dataset_close(&dataset);
    dataset_close(&dataset);
}

/* A directory, and archives of each kind whatever is above the reviews in them. */
static void directory_and_archives_agree(void **state)
{
    (void)state;
    static const struct {
        const char *name, *folder;
        enum small_set_filter filter;
    } archives[] = {
        {"a.tar", "aclImdb", SMALL_SET_PLAIN},
        {"a.tar.gz", "aclImdb", SMALL_SET_GZIP},
        {"a.tar.xz", "aclImdb", SMALL_SET_XZ},
        {"b.tar.xz", ".", SMALL_SET_XZ},
        {"named-otherwise", "test/pos", SMALL_SET_GZIP},
        {"c.tar", "./some/where", SMALL_SET_PLAIN},
        {"a.tar.bz2", "aclImdb", SMALL_SET_BZIP2},
        {"a.tar.zst", "aclImdb", SMALL_SET_ZSTD},
        {"a.zip", "aclImdb", SMALL_SET_ZIP},
        {"zip-named-otherwise", "../../..", SMALL_SET_ZIP},
    };
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "aclImdb");
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    check_whole(directory);
    for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
        char *path = scratch_path(scratch, archives[i].name);
        small_set_archive(path, archives[i].folder, archives[i].filter, fixture, FIXTURE_MEMBERS);
        check_whole(path);
        free(path);
    }
    free(directory);
    scratch_close(scratch);
}

static void truncates(void **state)
{
    (void)state;
    char *scratch = scratch_open();
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    struct dataset dataset;
    open_dataset(&dataset, scratch, (struct dataset_options){.num_words = 1000, .maxlen = 3});
    assert_memory_equal(dataset.train.tokens, ((const int32_t[]){1, 7, 5, 6, 4, 8, 4, 4, 5}),
                        9 * sizeof(int32_t));
    assert_int_equal(dataset.train_statistics.truncated, 2);
    assert_int_equal(dataset.test_statistics.truncated, 1);
    assert_int_equal(dataset.train_statistics.out_of_vocabulary, 0);
    dataset_close(&dataset);
    scratch_close(scratch);
}

static void check_test_only(const char *path, const struct vocabulary *encoder)
{
    struct dataset dataset;
    open_dataset(&dataset, path, (struct dataset_options){.test_only = true, .encoder = encoder});
    assert_int_equal(dataset.train.count, 0);
    assert_null(dataset.train.tokens);
    assert_null(dataset.words);
    check_test(&dataset.test);
    assert_int_equal(dataset.test_statistics.dropped, 1);
    dataset_close(&dataset);
}

/* A model that travelled as JSON sees the test reviews as they were when it was trained, and in the same order; the
 * training reviews, here with one that could not be read, are only counted. */
static void a_models_vocabulary_encodes(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "set");
    char *archive = scratch_path(scratch, "set.tar.xz"), *zip = scratch_path(scratch, "set.zip");
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);

    struct error error;
    struct dataset dataset;
    open_dataset(&dataset, directory, usual);
    size_t bytes;
    char *json = vocabulary_to_json(dataset.vocabulary, &bytes);
    struct vocabulary *encoder = NULL;
    assert_true(vocabulary_from_json(&encoder, json, bytes, &error));
    free(json);
    dataset_close(&dataset);

    open_dataset(&dataset, directory, (struct dataset_options){.encoder = encoder});
    check_train(&dataset.train);
    check_test(&dataset.test);
    assert_null(dataset.words);
    dataset_close(&dataset);

    struct member changed[FIXTURE_MEMBERS];
    memcpy(changed, fixture, sizeof changed);
    for (int i = 0; i < FIXTURE_MEMBERS; i++)
        if (strncmp(changed[i].path, "train/", 6) == 0)
            changed[i].text = "\xE9";
    small_set_directory(directory, changed, FIXTURE_MEMBERS);
    small_set_archive(archive, "aclImdb", SMALL_SET_XZ, changed, FIXTURE_MEMBERS);
    check_test_only(directory, encoder);
    check_test_only(archive, encoder);
    small_set_archive(zip, "aclImdb", SMALL_SET_ZIP, changed, FIXTURE_MEMBERS);
    check_test_only(zip, encoder);
    vocabulary_close(encoder);
    free(directory);
    free(archive);
    free(zip);
    scratch_close(scratch);
}

static void test_split_with_its_own_words(void **state)
{
    (void)state;
    char *scratch = scratch_open();
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    struct dataset dataset;
    struct dataset_options options = usual;
    options.test_only = true;
    open_dataset(&dataset, scratch, options);
    assert_int_equal(dataset.train.count, 0);
    check_test(&dataset.test);
    check_words(dataset.words);
    dataset_close(&dataset);
    scratch_close(scratch);
}

/* Without training reviews at all a model can still be evaluated. */
static void test_split_alone(void **state)
{
    (void)state;
    static const char json[] =
        "{\"num_words\":7,\"maxlen\":4,\"start_char\":1,\"oov_char\":2,\"index_from\":3,"
        "\"words\":[\"good\",\"film\",\"a\",\"bad\",\"day\"]}";
    struct error error;
    struct vocabulary *encoder = NULL;
    assert_true(vocabulary_from_json(&encoder, json, sizeof json - 1, &error));
    char *scratch = scratch_open(), *archive = scratch_path(scratch, "test.tar.gz");
    small_set_directory(scratch, fixture + 1, 2);
    small_set_archive(archive, "aclImdb", SMALL_SET_GZIP, fixture + 1, 2);
    const char *const paths[] = {scratch, archive};
    for (int i = 0; i < 2; i++) {
        struct dataset dataset;
        open_dataset(&dataset, paths[i], (struct dataset_options){.test_only = true, .encoder = encoder});
        assert_int_equal(dataset.test.count, 2);
        dataset_close(&dataset);
    }
    vocabulary_close(encoder);
    free(archive);
    scratch_close(scratch);
}

static void check_source(const char *expected, bool is_sample)
{
    struct dataset dataset;
    open_dataset(&dataset, NULL, usual);
    assert_string_equal(dataset.source, expected);
    assert_int_equal(dataset.is_sample, is_sample);
    dataset_close(&dataset);
}

static void check_no_cache(void)
{
    char path[DATA_PATH_BYTES] = "x";
    assert_int_equal(dataset_locate(path, sizeof path), DATA_SAMPLE);
    assert_string_equal(path, "");
    check_source("built-in sample", true);
}

/* Under every name, the directory before the archives; a directory that is named keeps the cache out. */
static void data_directory_is_searched(void **state)
{
    (void)state;
    static const char *const archives[] = {"aclImdb_v1.zip",    "aclImdb_v1.tar.zst", "aclImdb_v1.tar.xz",
                                           "aclImdb_v1.tar.gz", "aclImdb.zip",        "aclImdb.tar.zst",
                                           "aclImdb.tar.xz",    "aclImdb.tar.gz"};
    static const struct member no_members[1] = {{.path = "matinee/keep", .text = "x"}};
    char *scratch = scratch_open(), *cache = scratch_path(scratch, "cache"),
         *set = scratch_path(scratch, "aclImdb");
    char *in_cache = scratch_path(cache, "matinee/aclImdb_v1.tar.gz"), path[DATA_PATH_BYTES];
    small_set_directory(cache, no_members, 1);
    small_set_archive(in_cache, "aclImdb", SMALL_SET_GZIP, fixture, FIXTURE_MEMBERS);
    unsetenv("MATINEE_DATA");
    setenv("XDG_CACHE_HOME", cache, 1);
    setenv("MATINEE_DATA_DIRECTORY", scratch, 1);

    char *first = scratch_path(scratch, "aclImdb_v1.tar.gz");
    assert_int_equal(dataset_locate(path, sizeof path), DATA_SAMPLE);
    assert_string_equal(path, first);
    free(first);
    for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
        char *archive = scratch_path(scratch, archives[i]);
        small_set_archive(archive, "aclImdb", SMALL_SET_GZIP, fixture, FIXTURE_MEMBERS);
        check_source(archive, false);
        free(archive);
    }
    small_set_directory(set, fixture, FIXTURE_MEMBERS);
    check_source(set, false);
    setenv("MATINEE_DATA", in_cache, 1);
    check_source(in_cache, false);
    unsetenv("MATINEE_DATA");
    setenv("MATINEE_DATA_DIRECTORY", "", 1);
    check_source(in_cache, false);

    unsetenv("MATINEE_DATA_DIRECTORY");
    unsetenv("XDG_CACHE_HOME");
    free(in_cache);
    free(set);
    free(cache);
    scratch_close(scratch);
}

/* The path that is named, then MATINEE_DATA, then either cache directory, then the sample. */
static void data_is_found(void **state)
{
    (void)state;
    static const struct member no_members[1] = {{.path = "matinee/keep", .text = "x"}};
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "set");
    char *home = scratch_path(scratch, "home"), *home_cache = scratch_path(home, ".cache");
    char *other_cache = scratch_path(scratch, "cache");
    char *in_home = scratch_path(home_cache, "matinee/aclImdb_v1.tar.gz");
    char *in_other = scratch_path(other_cache, "matinee/aclImdb_v1.tar.gz");
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    small_set_directory(home_cache, no_members, 1);
    small_set_directory(other_cache, no_members, 1);

    setenv("HOME", home, 1);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("MATINEE_DATA_DIRECTORY");
    setenv("MATINEE_DATA", "", 1);
    check_source("built-in sample", true);
    small_set_archive(in_home, "aclImdb", SMALL_SET_GZIP, fixture, FIXTURE_MEMBERS);
    check_source(in_home, false);
    setenv("XDG_CACHE_HOME", other_cache, 1);
    check_source("built-in sample", true);
    small_set_archive(in_other, "aclImdb", SMALL_SET_GZIP, fixture, FIXTURE_MEMBERS);
    check_source(in_other, false);
    /* XDG's rule: a relative path does not count. */
    assert_int_equal(chdir(scratch), 0);
    setenv("XDG_CACHE_HOME", "cache", 1);
    check_source(in_home, false);
    unsetenv("HOME");
    check_no_cache();
    unsetenv("XDG_CACHE_HOME");
    check_no_cache();
    setenv("MATINEE_DATA", directory, 1);
    check_source(directory, false);
    check_whole(in_home);

    setenv("MATINEE_DATA", "/nowhere/at/all", 1);
    struct error error;
    struct dataset dataset;
    assert_false(dataset_open(&dataset, &usual, &error));
    assert_memory_equal(error.message, "MATINEE_DATA: /nowhere/at/all: ", 31);
    unsetenv("MATINEE_DATA");

    free(in_other);
    free(in_home);
    free(other_cache);
    free(home_cache);
    free(home);
    free(directory);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directory_and_archives_agree),
        cmocka_unit_test(truncates),
        cmocka_unit_test(a_models_vocabulary_encodes),
        cmocka_unit_test(test_split_with_its_own_words),
        cmocka_unit_test(test_split_alone),
        cmocka_unit_test(data_is_found),
        cmocka_unit_test(data_directory_is_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
