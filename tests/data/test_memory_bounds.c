/* How much memory a first reading may take: the cache makes it possible to read more, and never less. */
#include "map_set.h"
#include "scratch.h"
#include "spill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SMALL_REVIEWS = 1000 };

/* Reviews of one word each, all of which differ. */
static void write_small(const char *path)
{
    char text[SMALL_REVIEWS * 16];
    size_t used = (size_t)sprintf(text, "label,text\n");
    for (int i = 0; i < SMALL_REVIEWS; i++)
        used += (size_t)sprintf(text + used, "%d,w%d\n", i % 2, i);
    scratch_write(path, text, used);
}

/* 200 bytes for each, and the table of the words, are more than a quarter of the memory, and the texts are not. */
static void many_small_reviews(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "small.csv"),
         *cache = scratch_path(scratch, "cache");
    struct dataset dataset;
    struct error error;
    struct dataset_options options = {.path = path, .maxlen = 1, .bytes_max = INT64_C(4) * 30000};
    write_small(path);
    map_set_open(&dataset, options);
    dataset_close(&dataset);
    options.cache = cache;
    options.map = MAP_REVIEWS_NEVER;
    map_set_open(&dataset, options);
    dataset_close(&dataset);
    int entries;
    int64_t bytes;
    assert_true(dataset_cache_clear(cache, &entries, &bytes, &error));
    options.map = MAP_REVIEWS_AUTO;
    map_set_open(&dataset, options);
    assert_int_equal(dataset.train.count, SMALL_REVIEWS);
    dataset_close(&dataset);

    /* The words alone are too many where their numbers go to a file. */
    assert_true(dataset_cache_clear(cache, &entries, &bytes, &error));
    options.map = MAP_REVIEWS_ALWAYS;
    options.num_words = 30;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "the words that differ take more than "));
    assert_non_null(strstr(error.message, "--map-reviews never"));
    free(path);
    free(cache);
    scratch_close(scratch);
}

/* Reviews that are only counted take no memory. */
static void skipped_reviews(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *train = scratch_path(scratch, "train.csv"),
         *test = scratch_path(scratch, "test.csv"), *cache = scratch_path(scratch, "cache");
    struct dataset dataset;
    map_set_large(train);
    map_set_large(test);
    map_set_open(&dataset, (struct dataset_options){.path = train});
    struct vocabulary *encoder = vocabulary_copy(dataset.vocabulary);
    dataset_close(&dataset);
    map_set_open(&dataset, (struct dataset_options){.path = train,
                                                    .table = {.test = test},
                                                    .test_only = true,
                                                    .encoder = encoder,
                                                    .cache = cache,
                                                    .bytes_max = 4 * 200 * (LARGE_REVIEWS + 1)});
    assert_int_equal(dataset.test.count, LARGE_REVIEWS);
    dataset_close(&dataset);
    vocabulary_close(encoder);
    free(train);
    free(test);
    free(cache);
    scratch_close(scratch);
}

/* The splits share what may stay in memory. */
static void one_room_for_all(void **state)
{
    (void)state;
    char *scratch = scratch_open();
    struct mapped_file *mapped;
    struct error error;
    struct spill *spill = spill_open(scratch, 1000, &error);
    assert_non_null(spill);
    assert_true(spill_map(spill, 600, &mapped, &error));
    assert_null(mapped);
    assert_true(spill_map(spill, 401, &mapped, &error));
    assert_non_null(mapped);
    mapped_file_close(mapped);
    assert_true(spill_map(spill, 400, &mapped, &error));
    assert_null(mapped);
    spill_close(spill);

    /* Twice as much where no file can be made, and no more. */
    char *file = scratch_path(scratch, "file");
    scratch_write(file, "", 0);
    spill = spill_open(file, 1000, &error);
    assert_non_null(spill);
    assert_true(spill_map(spill, 1500, &mapped, &error));
    assert_null(mapped);
    assert_false(spill_map(spill, 600, &mapped, &error));
    assert_true(spill_map(spill, 0, &mapped, &error));
    assert_null(mapped);
    spill_close(spill);
    free(file);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_small_reviews),
        cmocka_unit_test(skipped_reviews),
        cmocka_unit_test(one_room_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
