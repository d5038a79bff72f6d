/* Names and texts that are kept belong to the rows that they are asked for by: each text encodes to its row. */
#include "fixture.h"
#include "matinee/data.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct dataset_options usual = {.num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN};

static void open_dataset(struct dataset *dataset, struct dataset_options options)
{
    struct error error;
    if (!dataset_open(dataset, &options, &error))
        fail_msg("%s", error.message);
}

static void check_row(const struct dataset *dataset, int row, const char *name, const char *text)
{
    struct error error;
    char found[REVIEW_NAME_BYTES], *read;
    size_t bytes;
    review_texts_name(dataset->texts, row, found);
    assert_string_equal(found, name);
    assert_true(review_texts_read(dataset->texts, row, &read, &bytes, &error));
    assert_non_null(read);
    assert_int_equal(bytes, strlen(text));
    assert_memory_equal(read, text, bytes);
    free(read);
}

static void check_encoding(const struct dataset *dataset, const struct reviews *reviews)
{
    struct error error;
    int32_t *row = malloc((size_t)reviews->T * sizeof *row), pads;
    for (int k = 0; k < reviews->count; k++) {
        char *text;
        size_t bytes;
        assert_true(review_texts_read(dataset->texts, k, &text, &bytes, &error));
        assert_non_null(text);
        assert_true(vocabulary_encode(dataset->vocabulary, text, bytes, row, &pads, &error));
        assert_int_equal(pads, reviews->pads[k]);
        assert_memory_equal(row, reviews->tokens + (size_t)k * (size_t)reviews->T,
                            (size_t)reviews->T * sizeof *row);
        free(text);
    }
    free(row);
}

static void test_files(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "reviews");
    small_set_directory(path, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = usual;
    struct dataset dataset;
    options.path = path;
    open_dataset(&dataset, options);
    assert_null(dataset.texts);
    dataset_close(&dataset);

    options.keep_texts = KEEP_TEST_TEXTS;
    open_dataset(&dataset, options);
    check_row(&dataset, 0, "test/neg/0_2.txt", "Bad, BAD film!");
    check_row(&dataset, 1, "test/pos/0_7.txt", "good unknown day");
    check_encoding(&dataset, &dataset.test);
    options.encoder = dataset.vocabulary;
    options.test_only = true;
    struct dataset again;
    open_dataset(&again, options);
    check_row(&again, 1, "test/pos/0_7.txt", "good unknown day");
    assert_null(again.train_places);
    dataset_close(&again);
    dataset_close(&dataset);

    options = usual;
    options.path = path;
    options.keep_texts = KEEP_TRAINING_TEXTS;
    open_dataset(&dataset, options);
    check_row(&dataset, 0, "train/neg/0_1.txt", "bad film");
    check_row(&dataset, 1, "train/pos/10_8.txt", "a good<day>");
    check_row(&dataset, 2, "train/pos/2_9.txt", "Good, good film");
    assert_memory_equal(dataset.train_places, ((const int32_t[]){2, 0, 1}), 3 * sizeof(int32_t));
    check_encoding(&dataset, &dataset.train);
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

static void test_sample_texts(void **state)
{
    (void)state;
    struct dataset dataset;
    open_dataset(&dataset, (struct dataset_options){.path = dataset_sample_name,
                                                    .num_words = 1000,
                                                    .maxlen = 100,
                                                    .keep_texts = KEEP_TEST_TEXTS});
    check_encoding(&dataset, &dataset.test);
    for (int k = 0; k < dataset.test.count; k++) {
        char name[REVIEW_NAME_BYTES];
        review_texts_name(dataset.texts, k, name);
        assert_memory_equal(name, dataset.test.labels[k] ? "test/pos/" : "test/neg/", 9);
    }
    dataset_close(&dataset);
}

/* The held-out reviews are rows of the same file; without any those of training take their place. */
static void test_table(void **state)
{
    (void)state;
    static const char table[] =
        "text,label\ngood film,1\nbad film,0\n\"a \"\"good\"\" day\",1\nbad bad day,0\n"
        "good good film,1\nbad film a,0\n";
    char *scratch = scratch_open(), *path = scratch_path(scratch, "a.csv");
    scratch_write(path, table, strlen(table));
    struct dataset_options options = usual;
    options.path = path;
    options.keep_texts = KEEP_TEST_TEXTS;
    options.table.test_fraction = 0.34;
    struct dataset dataset;
    open_dataset(&dataset, options);
    assert_int_equal(dataset.test.count, 2);
    check_row(&dataset, 0, dataset.test.labels[0] ? "line 6" : "line 7",
              dataset.test.labels[0] ? "good good film" : "bad film a");
    check_row(&dataset, 1, dataset.test.labels[1] ? "line 6" : "line 7",
              dataset.test.labels[1] ? "good good film" : "bad film a");
    check_encoding(&dataset, &dataset.test);
    dataset_close(&dataset);

    options.table.test_fraction = 0;
    open_dataset(&dataset, options);
    assert_int_equal(dataset.test.count, 0);
    assert_int_equal(dataset.train.count, 6);
    check_encoding(&dataset, &dataset.train);
    for (int k = 0; k < 6; k++) {
        char name[REVIEW_NAME_BYTES], line[32];
        snprintf(line, sizeof line, "line %d", (int)dataset.train_places[k] + 2);
        review_texts_name(dataset.texts, k, name);
        assert_string_equal(name, line);
    }
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

/* An .npz has neither names nor texts: a review is the one of its number. */
static void test_npz(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "reviews"),
         *path = scratch_path(scratch, "imdb.npz");
    struct dataset_options options = usual;
    struct dataset dataset;
    struct error error;
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    options.path = directory;
    options.keep_ranks = true;
    open_dataset(&dataset, options);
    assert_true(dataset_write_npz(&dataset, path, &error));
    dataset_close(&dataset);

    options = usual;
    options.path = path;
    options.keep_texts = KEEP_TEST_TEXTS;
    open_dataset(&dataset, options);
    static const char *const names[] = {"x_test[1]", "x_test[0]"};
    for (int k = 0; k < 2; k++) {
        char name[REVIEW_NAME_BYTES], *text;
        size_t bytes;
        review_texts_name(dataset.texts, k, name);
        assert_string_equal(name, names[k]);
        assert_true(review_texts_read(dataset.texts, k, &text, &bytes, &error));
        assert_null(text);
    }
    dataset_close(&dataset);
    free(path);
    free(directory);
    scratch_close(scratch);
}

/* The cache has neither names nor texts: they are read of the data once they are asked for. */
static void test_cached(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "reviews"),
         *cache = scratch_path(scratch, "cache");
    small_set_directory(path, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = usual;
    struct dataset dataset;
    struct error error;
    options.path = path;
    options.cache = cache;
    const struct timespec long_enough = {.tv_sec = 2,
                                         .tv_nsec = 200000000}; /* for the cache to trust the files */
    nanosleep(&long_enough, NULL);
    open_dataset(&dataset, options);
    assert_true(dataset.is_cached && !dataset.from_cache);
    dataset_close(&dataset);
    for (enum kept_texts which = KEEP_TEST_TEXTS; which <= KEEP_TRAINING_TEXTS; which++) {
        const bool is_test = which == KEEP_TEST_TEXTS;
        options.keep_texts = which;
        open_dataset(&dataset, options);
        assert_true(dataset.from_cache);
        assert_true(review_texts_prepare(dataset.texts, &error));
        check_row(&dataset, 0, is_test ? "test/neg/0_2.txt" : "train/neg/0_1.txt",
                  is_test ? "Bad, BAD film!" : "bad film");
        check_encoding(&dataset, is_test ? &dataset.test : &dataset.train);
        assert_true(review_texts_prepare(dataset.texts, &error));
        dataset_close(&dataset);
    }
    free(cache);
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files), cmocka_unit_test(test_sample_texts), cmocka_unit_test(test_table),
        cmocka_unit_test(test_npz),   cmocka_unit_test(test_cached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
